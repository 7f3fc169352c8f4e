/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/parse.h"

#include "promql/promql_limits.h"
#include "promql/text.h"

#include <math.h>

struct slice parse_string(struct parse *parse, const struct token *token)
{
    struct slice value = SLICE_EMPTY;
    const char *reason = "";
    if (!text_unquote(token->text, parse->arena, &value, &reason)) {
        parse_fail(parse, token->position, "error unquoting string " SLICE_FMT ": %s",
                   SLICE_ARG(token->text), reason);
    } else if (arena_overflowed(parse->arena)) {
        parse_full(parse);
    }
    return value;
}

/* --- selectors -------------------------------------------------------------------------------- */

/* The operator of a matcher. */
static bool take_kind(struct parse *parse, enum matcher_kind *kind)
{
    switch (parse->token.kind) {
    case TOKEN_ASSIGN:
        *kind = MATCHER_EQUAL;
        break;
    case TOKEN_OPERATOR: /* Inside braces there is only != */
        *kind = MATCHER_NOT_EQUAL;
        break;
    case TOKEN_PATTERN:
        *kind = MATCHER_PATTERN;
        break;
    case TOKEN_NOT_PATTERN:
        *kind = MATCHER_NOT_PATTERN;
        break;
    case TOKEN_END:
    case TOKEN_WRONG:
    case TOKEN_COMMA:
    case TOKEN_COLON:
    case TOKEN_LEFT_PAREN:
    case TOKEN_RIGHT_PAREN:
    case TOKEN_LEFT_BRACE:
    case TOKEN_RIGHT_BRACE:
    case TOKEN_LEFT_BRACKET:
    case TOKEN_RIGHT_BRACKET:
    case TOKEN_AT:
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
    case TOKEN_STRING:
    case TOKEN_IDENTIFIER:
    case TOKEN_METRIC:
    case TOKEN_AGGREGATE:
    case TOKEN_BOOL:
    case TOKEN_BY:
    case TOKEN_GROUP_LEFT:
    case TOKEN_GROUP_RIGHT:
    case TOKEN_IGNORING:
    case TOKEN_OFFSET:
    case TOKEN_ON:
    case TOKEN_WITHOUT:
    case TOKEN_START:
    case TOKEN_FINISH:
        parse_unexpected(parse, "label matching", "label matching operator");
        return false;
    }
    parse_advance(parse);
    return true;
}

/* Compile the pattern of a matcher. */
static void compile(struct parse *parse, struct matcher *matcher, size_t position)
{
    if (matcher->kind == MATCHER_EQUAL || matcher->kind == MATCHER_NOT_EQUAL) {
        return;
    }
    struct pattern_error error;
    enum status status = pattern_compile(matcher->value, parse->arena, &matcher->pattern, &error);
    if (status != STATUS_OK) {
        struct slice shown = slice_take(matcher->value, 80);
        parse_fail(parse, position,
                   "error parsing regexp: " SLICE_FMT " at byte %zu of `" SLICE_FMT "`",
                   SLICE_ARG(error.reason), error.offset, SLICE_ARG(shown));
    }
}

static void add_name(struct parse *parse, struct growing *list, struct slice name)
{
    struct matcher *matcher = growing_push(list);
    if (matcher == NULL) {
        parse_full(parse);
        return;
    }
    *matcher = (struct matcher){.kind = MATCHER_EQUAL, .name = LABEL_NAME, .value = name};
}

/* One matcher, or, in quotes and alone, the name of the metric. */
static void parse_matcher(struct parse *parse, struct growing *list, struct slice *metric)
{
    struct token name = parse->token;
    bool quoted = name.kind == TOKEN_STRING;
    if (name.kind != TOKEN_IDENTIFIER && !quoted) {
        parse_unexpected(parse, "label matching", "identifier or \"}\"");
        return;
    }
    parse_advance(parse);
    struct matcher matcher = {.name = quoted ? parse_string(parse, &name) : name.text};
    bool alone = parse->token.kind == TOKEN_COMMA || parse->token.kind == TOKEN_RIGHT_BRACE;
    if (quoted && alone) {
        if (metric->size > 0) {
            parse_fail(parse, name.position,
                       "metric name must not be set twice: \"" SLICE_FMT "\" or \"" SLICE_FMT "\"",
                       SLICE_ARG(*metric), SLICE_ARG(matcher.name));
        }
        *metric = matcher.name;
        return;
    }
    if (!take_kind(parse, &matcher.kind)) {
        return;
    }
    struct token value = parse->token;
    if (value.kind != TOKEN_STRING) {
        parse_unexpected(parse, "label matching", "string");
        return;
    }
    parse_advance(parse);
    matcher.value = parse_string(parse, &value);
    if (parse->failed) {
        return;
    }
    compile(parse, &matcher, name.position);
    struct matcher *slot = parse->failed ? NULL : growing_push(list);
    if (slot == NULL) {
        parse_full(parse);
        return;
    }
    *slot = matcher;
}

static void parse_braces(struct parse *parse, struct growing *list, struct slice *metric)
{
    parse_advance(parse);
    while (!parse->failed && parse->token.kind != TOKEN_RIGHT_BRACE) {
        parse_matcher(parse, list, metric);
        if (list->count > PROMQL_LIST_COUNT_MAX) {
            parse_fail(parse, parse->token.position, "more than %d matchers",
                       PROMQL_LIST_COUNT_MAX);
        }
        if (!parse_accept(parse, TOKEN_COMMA) && parse->token.kind != TOKEN_RIGHT_BRACE) {
            parse_unexpected(parse, "label matching", "\",\" or \"}\"");
            return;
        }
    }
    (void)parse_accept(parse, TOKEN_RIGHT_BRACE);
}

/* Whether a token may be the name of a metric in front of braces. */
static bool names_metric(const struct token *token)
{
    return token->kind == TOKEN_IDENTIFIER || token->kind == TOKEN_METRIC ||
           token->kind == TOKEN_AGGREGATE || token->kind == TOKEN_BY ||
           token->kind == TOKEN_OFFSET || token->kind == TOKEN_WITHOUT ||
           token->kind == TOKEN_START || token->kind == TOKEN_FINISH ||
           (token->kind == TOKEN_OPERATOR && operator_is_set(token->operation));
}

struct node *parse_selector(struct parse *parse)
{
    struct token first = parse->token;
    struct slice metric = SLICE_EMPTY;
    struct growing list = growing_of(parse->arena, sizeof(struct matcher));
    if (names_metric(&first)) {
        metric = first.text;
        parse_advance(parse);
    } else if (first.kind != TOKEN_LEFT_BRACE) {
        parse_unexpected(parse, "", "");
        return NULL;
    }
    if (parse->token.kind == TOKEN_LEFT_BRACE) {
        parse_braces(parse, &list, &metric);
    }
    struct node *node = parse_node(parse, NODE_SELECTOR, first.position);
    if (node == NULL) {
        return NULL;
    }
    node->selector.name = metric;
    if (metric.size > 0) {
        add_name(parse, &list, metric);
    }
    node->selector.matchers = list.items;
    node->selector.matcher_count = list.count;
    return parse->failed ? NULL : node;
}

/* --- what follows ----------------------------------------------------------------------------- */

/* A duration, or a number of seconds. */
static bool take_duration(struct parse *parse, int64_t *duration_ms)
{
    struct token token = parse->token;
    double seconds = 0;
    bool good = false;
    if (token.kind == TOKEN_DURATION) {
        good = text_duration(token.text, duration_ms);
    } else if (token.kind == TOKEN_NUMBER) {
        good = text_number(token.text, &seconds) &&
               fabs(seconds) * 1000 <= (double)PROMQL_DURATION_MS_MAX;
        *duration_ms = good ? (int64_t)llround(seconds * 1000) : 0;
    } else {
        return false;
    }
    if (!good) {
        parse_fail(parse, token.position, "not a valid duration string: \"" SLICE_FMT "\"",
                   SLICE_ARG(token.text));
    }
    parse_advance(parse);
    return !parse->failed;
}

static bool take_positive_duration(struct parse *parse, int64_t *duration_ms)
{
    size_t position = parse->token.position;
    if (!take_duration(parse, duration_ms)) {
        return false;
    }
    if (*duration_ms <= 0) {
        parse_fail(parse, position, "duration must be greater than 0");
        return false;
    }
    return true;
}

/* The offset and @ of a node, or NULL for one that takes none. */
static struct node_when *when_of(struct node *node)
{
    if (node->parenthesised) {
        return NULL;
    }
    if (node->kind == NODE_SELECTOR) {
        return &node->selector.when;
    }
    if (node->kind == NODE_SUBQUERY) {
        return &node->subquery.when;
    }
    /* The selector in a range was made by this parser, which may still change it. */
    return node->kind == NODE_RANGE
               ? &((struct node *)(uintptr_t)node->range.selector)->selector.when
               : NULL;
}

static void parse_offset(struct parse *parse, struct node *node)
{
    parse_advance(parse);
    bool minus = parse->token.kind == TOKEN_OPERATOR && parse->token.operation == OPERATOR_SUBTRACT;
    bool plus = parse->token.kind == TOKEN_OPERATOR && parse->token.operation == OPERATOR_ADD;
    if (minus || plus) {
        parse_advance(parse);
    }
    int64_t offset_ms = 0;
    if (!take_duration(parse, &offset_ms)) {
        parse_unexpected(parse, "offset", "duration");
        return;
    }
    struct node_when *when = when_of(node);
    if (when == NULL) {
        parse_fail(parse, node->begin,
                   "offset modifier must be preceded by an instant vector selector or range vector "
                   "selector or a subquery");
    } else if (when->has_offset) {
        parse_fail(parse, node->begin, "offset may not be set multiple times");
    } else {
        when->has_offset = true;
        when->offset_ms = minus ? -offset_ms : offset_ms;
    }
}

/* The time behind @: seconds, as a number or a duration; start() or end(). */
static bool take_time(struct parse *parse, struct node_when *when)
{
    struct token token = parse->token;
    bool minus = token.kind == TOKEN_OPERATOR && token.operation == OPERATOR_SUBTRACT;
    bool plus = token.kind == TOKEN_OPERATOR && token.operation == OPERATOR_ADD;
    double seconds = 0;
    if (token.kind == TOKEN_START || token.kind == TOKEN_FINISH) {
        when->at = token.kind == TOKEN_START ? AT_START : AT_END;
        parse_advance(parse);
        return parse_accept(parse, TOKEN_LEFT_PAREN) && parse_accept(parse, TOKEN_RIGHT_PAREN);
    }
    if (minus || plus) {
        parse_advance(parse);
    }
    int64_t duration_ms = 0;
    if (parse->token.kind == TOKEN_DURATION && text_duration(parse->token.text, &duration_ms)) {
        seconds = (double)duration_ms / 1000;
    } else if (parse->token.kind != TOKEN_NUMBER || !text_number(parse->token.text, &seconds)) {
        return false;
    }
    parse_advance(parse);
    seconds = minus ? -seconds : seconds;
    if (!(fabs(seconds) * 1000 <= (double)PROMQL_TIME_MS_MAX)) {
        parse_fail(parse, token.position, "timestamp out of bounds for @ modifier: %f", seconds);
        return true;
    }
    when->at = AT_TIME;
    when->at_ms = (int64_t)llround(seconds * 1000);
    return true;
}

static void parse_at(struct parse *parse, struct node *node)
{
    struct node_when seen = {0};
    parse_advance(parse);
    if (!take_time(parse, &seen)) {
        parse_unexpected(parse, "@", "timestamp");
        return;
    }
    struct node_when *when = when_of(node);
    if (when == NULL) {
        parse_fail(parse, node->begin,
                   "@ modifier must be preceded by an instant vector selector or range vector "
                   "selector or a subquery");
    } else if (when->at != AT_EVALUATION) {
        parse_fail(parse, node->begin, "@ <timestamp> may not be set multiple times");
    } else {
        when->at = seen.at;
        when->at_ms = seen.at_ms;
    }
}

static struct node *make_range(struct parse *parse, struct node *node, int64_t range_ms,
                               size_t position)
{
    if (node->kind != NODE_SELECTOR || node->parenthesised) {
        parse_fail(parse, position, "ranges only allowed for vector selectors");
    } else if (node->selector.when.has_offset) {
        parse_fail(parse, position, "no offset modifiers allowed before range");
    } else if (node->selector.when.at != AT_EVALUATION) {
        parse_fail(parse, position, "no @ modifiers allowed before range");
    }
    struct node *range = parse_node(parse, NODE_RANGE, node->begin);
    if (range != NULL) {
        range->type = PROMQL_MATRIX;
        range->range.selector = node;
        range->range.range_ms = range_ms;
        parse_contains(parse, range, node);
    }
    return range;
}

static struct node *make_subquery(struct parse *parse, struct node *node, int64_t range_ms,
                                  int64_t step_ms)
{
    struct node *subquery = parse_node(parse, NODE_SUBQUERY, node->begin);
    if (subquery != NULL) {
        subquery->type = PROMQL_MATRIX;
        subquery->subquery.inner = node;
        subquery->subquery.range_ms = range_ms;
        subquery->subquery.step_ms = step_ms;
        parse_contains(parse, subquery, node);
    }
    return subquery;
}

static struct node *parse_brackets(struct parse *parse, struct node *node)
{
    size_t position = parse->token.position;
    int64_t range_ms = 0, step_ms = 0;
    parse_advance(parse);
    if (!take_positive_duration(parse, &range_ms)) {
        parse_unexpected(parse, "subquery or range selector", "number or duration");
        return NULL;
    }
    if (parse_accept(parse, TOKEN_RIGHT_BRACKET)) {
        return make_range(parse, node, range_ms, position);
    }
    if (!parse_accept(parse, TOKEN_COLON)) {
        parse_unexpected(parse, "subquery or range", "\":\" or \"]\"");
        return NULL;
    }
    if (parse->token.kind != TOKEN_RIGHT_BRACKET && !take_positive_duration(parse, &step_ms)) {
        parse_unexpected(parse, "subquery selector", "duration or \"]\"");
        return NULL;
    }
    if (!parse_accept(parse, TOKEN_RIGHT_BRACKET)) {
        parse_unexpected(parse, "subquery selector", "\"]\"");
        return NULL;
    }
    return make_subquery(parse, node, range_ms, step_ms);
}

struct node *parse_suffixes(struct parse *parse, struct node *node)
{
    while (!parse->failed && node != NULL) {
        if (parse->token.kind == TOKEN_OFFSET) {
            parse_offset(parse, node);
            node->end = parse->end_before;
        } else if (parse->token.kind == TOKEN_AT) {
            parse_at(parse, node);
            node->end = parse->end_before;
        } else if (parse->token.kind == TOKEN_LEFT_BRACKET) {
            node = parse_brackets(parse, node);
        } else {
            break;
        }
    }
    return parse->failed ? NULL : node;
}
