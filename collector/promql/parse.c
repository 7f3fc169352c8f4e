/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/parse.h"

#include "promql/promql.h"
#include "promql/promql_limits.h"
#include "promql/text.h"

#include <stdarg.h>
#include <stdio.h>

/* --- errors ----------------------------------------------------------------------------------- */

/* Line and column of a byte, both from 1. */
static void place(struct slice text, size_t position, size_t *line, size_t *column)
{
    *line = 1;
    *column = position + 1;
    for (size_t i = 0; i < position && i < text.size; i++) {
        if (text.base[i] == '\n') {
            *line += 1;
            *column = position - i;
        }
    }
}

void parse_fail(struct parse *parse, size_t position, const char *format, ...)
{
    if (parse->failed) {
        return;
    }
    parse->failed = true;
    struct promql_error *error = parse->error;
    error->kind = PROMQL_ERROR_PARSE;
    error->position = position;
    size_t line = 0, column = 0;
    place(parse->lex.text, position, &line, &column);
    int size =
        snprintf(error->message, sizeof(error->message), "%zu:%zu: parse error: ", line, column);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(error->message + size, sizeof(error->message) - (size_t)size, format, values);
    va_end(values);
}

void parse_full(struct parse *parse)
{
    parse_fail(parse, parse->token.position, "the query is too large");
}

/* A token as messages show it. */
static void describe(const struct token *token, struct buf *out)
{
    switch (token->kind) {
    case TOKEN_END:
        buf_append_text(out, "end of input");
        return;
    case TOKEN_IDENTIFIER:
        buf_append_text(out, "identifier ");
        break;
    case TOKEN_METRIC:
        buf_append_text(out, "metric identifier ");
        break;
    case TOKEN_NUMBER:
        buf_append_text(out, "number ");
        break;
    case TOKEN_DURATION:
        buf_append_text(out, "duration ");
        break;
    case TOKEN_STRING:
        buf_append_text(out, "string ");
        break;
    case TOKEN_OPERATOR:
        buf_printf(out, "<op:" SLICE_FMT ">", SLICE_ARG(token->text));
        return;
    case TOKEN_AGGREGATE:
        buf_printf(out, "<aggr:" SLICE_FMT ">", SLICE_ARG(token->text));
        return;
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
        buf_printf(out, "<" SLICE_FMT ">", SLICE_ARG(token->text));
        return;
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
    case TOKEN_ASSIGN:
    case TOKEN_PATTERN:
    case TOKEN_NOT_PATTERN:
        break;
    }
    text_quote(slice_take(token->text, 40), out);
}

void parse_unexpected(struct parse *parse, const char *context, const char *expected)
{
    char text[256];
    struct buf out;
    if (parse->token.kind == TOKEN_WRONG) {
        return; /* The lexer has said so. */
    }
    buf_init_fixed(&out, text, sizeof(text));
    describe(&parse->token, &out);
    struct slice seen = buf_bytes(&out);
    parse_fail(parse, parse->token.position, "unexpected " SLICE_FMT "%s%s%s%s", SLICE_ARG(seen),
               context[0] == 0 ? "" : " in ", context, expected[0] == 0 ? "" : ", expected ",
               expected);
}

/* --- tokens and nodes ------------------------------------------------------------------------- */

void parse_advance(struct parse *parse)
{
    parse->end_before = parse->token.position + parse->token.text.size;
    parse->token = promql_lex_next(&parse->lex);
    if (parse->token.kind == TOKEN_WRONG && !parse->failed) {
        char text[128] = "";
        struct buf out;
        buf_init_fixed(&out, text, sizeof(text) - 1);
        if (parse->lex.culprit.size > 0) {
            text_quote(slice_take(parse->lex.culprit, 40), &out);
        }
        struct slice culprit = buf_bytes(&out);
        parse_fail(parse, parse->token.position, "%s" SLICE_FMT, parse->lex.message,
                   SLICE_ARG(culprit));
    }
}

bool parse_accept(struct parse *parse, enum token_kind kind)
{
    if (parse->token.kind != kind) {
        return false;
    }
    parse_advance(parse);
    return true;
}

struct node *parse_node(struct parse *parse, enum node_kind kind, size_t begin)
{
    struct node *node = parse->failed ? NULL : arena_alloc_array(parse->arena, 1, sizeof(*node));
    if (node == NULL) {
        parse_full(parse);
        return NULL;
    }
    node->kind = kind;
    node->type = PROMQL_VECTOR;
    node->begin = begin;
    node->end = parse->end_before;
    node->depth = 1;
    return node;
}

void parse_contains(struct parse *parse, struct node *node, const struct node *inner)
{
    if (inner->depth >= node->depth) {
        node->depth = inner->depth + 1;
    }
    if (node->depth > PROMQL_DEPTH_MAX) {
        parse_fail(parse, inner->begin, "more than %d expressions inside each other",
                   PROMQL_DEPTH_MAX);
    }
}

/* --- expressions ------------------------------------------------------------------------------ */

static struct node *parse_literal(struct parse *parse)
{
    struct token token = parse->token;
    parse_advance(parse);
    enum node_kind kind = token.kind == TOKEN_STRING ? NODE_STRING : NODE_NUMBER;
    struct node *node = parse_node(parse, kind, token.position);
    if (node == NULL) {
        return NULL;
    }
    if (kind == NODE_STRING) {
        node->type = PROMQL_STRING;
        node->string = parse_string(parse, &token);
        return node;
    }
    node->type = PROMQL_SCALAR;
    int64_t duration_ms = 0;
    if (token.kind == TOKEN_NUMBER) {
        if (!text_number(token.text, &node->number)) {
            parse_fail(parse, token.position, "error parsing number: " SLICE_FMT,
                       SLICE_ARG(token.text));
        }
    } else if (text_duration(token.text, &duration_ms)) {
        node->number = (double)duration_ms / 1000;
    } else {
        parse_fail(parse, token.position, "not a valid duration string: \"" SLICE_FMT "\"",
                   SLICE_ARG(token.text));
    }
    return node;
}

static struct node *parse_parens(struct parse *parse)
{
    size_t begin = parse->token.position;
    parse_advance(parse);
    struct node *node = parse_expression(parse);
    if (node == NULL) {
        return NULL;
    }
    if (parse->token.kind != TOKEN_RIGHT_PAREN) {
        parse_unexpected(parse, "", "");
        return NULL;
    }
    parse_advance(parse);
    node->parenthesised = true;
    node->begin = begin;
    node->end = parse->end_before;
    return node;
}

/* Whether the token behind the next one is this; nothing is taken. */
static struct token peek_second(const struct parse *parse)
{
    struct promql_lex lex = parse->lex;
    return promql_lex_next(&lex);
}

static struct node *parse_named(struct parse *parse)
{
    struct token name = parse->token;
    enum token_kind second = peek_second(parse).kind;
    bool modified = second == TOKEN_BY || second == TOKEN_WITHOUT;
    if (name.kind == TOKEN_AGGREGATE && (second == TOKEN_LEFT_PAREN || modified)) {
        parse_advance(parse);
        return parse_aggregate(parse, &name);
    }
    if (name.kind == TOKEN_IDENTIFIER && second == TOKEN_LEFT_PAREN) {
        parse_advance(parse);
        return parse_call(parse, &name);
    }
    return parse_selector(parse);
}

static struct node *parse_primary(struct parse *parse)
{
    switch (parse->token.kind) {
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
    case TOKEN_STRING:
        return parse_literal(parse);
    case TOKEN_LEFT_PAREN:
        return parse_parens(parse);
    case TOKEN_LEFT_BRACE:
        return parse_selector(parse);
    case TOKEN_OPERATOR: /* and, or, unless may be names of metrics. */
        if (operator_is_set(parse->token.operation)) {
            return parse_selector(parse);
        }
        break;
    case TOKEN_IDENTIFIER:
    case TOKEN_METRIC:
    case TOKEN_AGGREGATE:
    case TOKEN_BY:
    case TOKEN_OFFSET:
    case TOKEN_WITHOUT:
    case TOKEN_START:
    case TOKEN_FINISH:
        return parse_named(parse);
    case TOKEN_END:
    case TOKEN_WRONG:
    case TOKEN_COMMA:
    case TOKEN_COLON:
    case TOKEN_RIGHT_PAREN:
    case TOKEN_RIGHT_BRACE:
    case TOKEN_LEFT_BRACKET:
    case TOKEN_RIGHT_BRACKET:
    case TOKEN_AT:
    case TOKEN_ASSIGN:
    case TOKEN_PATTERN:
    case TOKEN_NOT_PATTERN:
    case TOKEN_BOOL:
    case TOKEN_GROUP_LEFT:
    case TOKEN_GROUP_RIGHT:
    case TOKEN_IGNORING:
    case TOKEN_ON:
        break;
    }
    parse_unexpected(parse, "", "");
    return NULL;
}

enum { PRECEDENCE_UNARY = 6, PRECEDENCE_POWER = 6 };

/* The higher, the tighter. */
static int precedence(enum operator operation)
{
    switch (operation) {
    case OPERATOR_OR:
        return 1;
    case OPERATOR_AND:
    case OPERATOR_UNLESS:
        return 2;
    case OPERATOR_EQUAL:
    case OPERATOR_NOT_EQUAL:
    case OPERATOR_LESS:
    case OPERATOR_LESS_EQUAL:
    case OPERATOR_GREATER:
    case OPERATOR_GREATER_EQUAL:
        return 3;
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT:
        return 4;
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE:
    case OPERATOR_MODULO:
    case OPERATOR_ATAN2:
        return 5;
    case OPERATOR_POWER:
        break;
    }
    return PRECEDENCE_POWER;
}

static struct node *parse_binary(struct parse *parse, int lowest);

static struct node *parse_unary(struct parse *parse)
{
    struct token token = parse->token;
    bool minus = token.operation == OPERATOR_SUBTRACT;
    if (token.kind != TOKEN_OPERATOR || (!minus && token.operation != OPERATOR_ADD)) {
        struct node *node = parse_primary(parse);
        return node == NULL ? NULL : parse_suffixes(parse, node);
    }
    parse_advance(parse);
    struct node *inner = parse_binary(parse, PRECEDENCE_UNARY);
    if (inner == NULL) {
        return NULL;
    }
    if (inner->kind == NODE_NUMBER) {
        inner->number = minus ? -inner->number : inner->number;
        inner->begin = token.position;
        return inner;
    }
    if (inner->type != PROMQL_SCALAR && inner->type != PROMQL_VECTOR) {
        parse_fail(parse, token.position,
                   "unary expression only allowed on expressions of type scalar or instant vector, "
                   "got \"%s\"",
                   parse_type_name(inner->type));
        return NULL;
    }
    if (!minus) {
        return inner;
    }
    struct node *node = parse_node(parse, NODE_NEGATE, token.position);
    if (node != NULL) {
        node->negated = inner;
        node->type = inner->type;
        parse_contains(parse, node, inner);
    }
    return node;
}

/* bool, on, ignoring, group_left, group_right behind an operator. */
static void parse_matching(struct parse *parse, struct node_binary *binary)
{
    binary->returns_bool = parse_accept(parse, TOKEN_BOOL);
    if (parse->token.kind != TOKEN_ON && parse->token.kind != TOKEN_IGNORING) {
        return;
    }
    binary->has_matching = true;
    binary->on = parse->token.kind == TOKEN_ON;
    parse_advance(parse);
    if (!parse_labels(parse, &binary->matching)) {
        return;
    }
    if (parse->token.kind == TOKEN_GROUP_LEFT || parse->token.kind == TOKEN_GROUP_RIGHT) {
        binary->card = parse->token.kind == TOKEN_GROUP_LEFT ? CARD_MANY_TO_ONE : CARD_ONE_TO_MANY;
        parse_advance(parse);
        if (parse->token.kind == TOKEN_LEFT_PAREN) {
            (void)!parse_labels(parse, &binary->include);
        }
    }
}

/* Operators that bind at least so tightly, and what is between them. */
static struct node *parse_binary(struct parse *parse, int lowest)
{
    if (++parse->depth > PROMQL_DEPTH_MAX) {
        parse_fail(parse, parse->token.position, "more than %d expressions inside each other",
                   PROMQL_DEPTH_MAX);
    }
    struct node *left = parse->failed ? NULL : parse_unary(parse);
    while (left != NULL && parse->token.kind == TOKEN_OPERATOR &&
           precedence(parse->token.operation) >= lowest) {
        struct node_binary binary = {.operation = parse->token.operation, .left = left};
        int own = precedence(binary.operation);
        parse_advance(parse);
        parse_matching(parse, &binary);
        struct node *right = parse_binary(parse, own == PRECEDENCE_POWER ? own : own + 1);
        struct node *node = right == NULL ? NULL : parse_node(parse, NODE_BINARY, left->begin);
        if (node != NULL) {
            binary.right = right;
            node->binary = binary;
            bool scalar = left->type == PROMQL_SCALAR && right->type == PROMQL_SCALAR;
            node->type = scalar ? PROMQL_SCALAR : PROMQL_VECTOR;
            parse_contains(parse, node, left);
            parse_contains(parse, node, right);
        }
        left = node;
    }
    parse->depth--;
    return parse->failed ? NULL : left;
}

struct node *parse_expression(struct parse *parse)
{
    return parse_binary(parse, 0);
}

/* --- queries ---------------------------------------------------------------------------------- */

/* Begin with a copy of the text. */
static bool begin(struct parse *parse, struct slice text, struct arena *arena,
                  struct promql_error *error)
{
    *error = (struct promql_error){0};
    *parse = (struct parse){.arena = arena, .error = error};
    if (text.size > PROMQL_TEXT_SIZE_MAX) {
        parse_fail(parse, 0, "the query is longer than %d bytes", PROMQL_TEXT_SIZE_MAX);
        return false;
    }
    parse->lex.text = arena_dup(arena, text);
    if (parse->lex.text.size != text.size) {
        parse_full(parse);
        return false;
    }
    parse_advance(parse);
    return !parse->failed;
}

static enum status answer(const struct parse *parse)
{
    if (arena_overflowed(parse->arena)) {
        return STATUS_FULL;
    }
    return parse->failed ? STATUS_BAD : STATUS_OK;
}

enum status promql_parse(struct slice text, struct arena *arena, const struct promql_query **query,
                         struct promql_error *error)
{
    struct parse parse;
    if (!begin(&parse, text, arena, error)) {
        return answer(&parse);
    }
    if (parse.token.kind == TOKEN_END) {
        parse_fail(&parse, 0, "no expression found in input");
        return answer(&parse);
    }
    struct node *root = parse_expression(&parse);
    if (root != NULL && parse.token.kind != TOKEN_END) {
        parse_unexpected(&parse, "", "");
    }
    if (root != NULL && !parse.failed) {
        parse_check(&parse, root);
    }
    struct promql_query *made = parse.failed ? NULL : arena_alloc(arena, sizeof(*made));
    if (made != NULL) {
        *made = (struct promql_query){.root = root, .text = parse.lex.text};
        *query = made;
    } else if (!parse.failed) {
        parse_full(&parse);
    }
    return answer(&parse);
}

enum status promql_parse_selector(struct slice text, struct arena *arena,
                                  const struct matcher **matchers, size_t *count,
                                  struct promql_error *error)
{
    struct parse parse;
    if (!begin(&parse, text, arena, error)) {
        return answer(&parse);
    }
    struct node *node = parse_selector(&parse);
    if (node != NULL && parse.token.kind != TOKEN_END) {
        parse_unexpected(&parse, "", "");
    }
    if (node != NULL && !parse.failed) {
        parse_check(&parse, node);
    }
    if (node != NULL && !parse.failed) {
        *matchers = node->selector.matchers;
        *count = node->selector.matcher_count;
    }
    return answer(&parse);
}

enum promql_type promql_type(const struct promql_query *query)
{
    return query->root->type;
}
