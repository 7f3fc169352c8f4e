/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/parse.h"

#include "promql/function.h"

const char *parse_type_name(enum promql_type type)
{
    switch (type) {
    case PROMQL_SCALAR:
        return "scalar";
    case PROMQL_STRING:
        return "string";
    case PROMQL_VECTOR:
        return "instant vector";
    case PROMQL_MATRIX:
        break;
    }
    return "range vector";
}

static void expect(struct parse *parse, const struct node *node, enum promql_type wanted,
                   const char *context, const char *name)
{
    parse_check(parse, node);
    if (node->type != wanted) {
        parse_fail(parse, node->begin, "expected type %s in %s%s%s%s, got %s",
                   parse_type_name(wanted), context, name[0] == 0 ? "" : " \"", name,
                   name[0] == 0 ? "" : "\"", parse_type_name(node->type));
    }
}

static void check_call(struct parse *parse, const struct node *node)
{
    const struct function *function = node->call.function;
    const struct node_call *call = &node->call;
    int count = (int)call->count;
    if (function->optional == 0 && count != function->count) {
        parse_fail(parse, node->begin, "expected %d argument(s) in call to \"%s\", got %d",
                   function->count, function->name, count);
    }
    int least = function->count - (function->optional < 0 ? 1 : function->optional);
    if (count < least) {
        parse_fail(parse, node->begin, "expected at least %d argument(s) in call to \"%s\", got %d",
                   least, function->name, count);
    } else if (function->optional > 0 && count > function->count) {
        parse_fail(parse, node->begin, "expected at most %d argument(s) in call to \"%s\", got %d",
                   function->count, function->name, count);
    }
    for (int i = 0; i < count && !parse->failed; i++) {
        int at = i < function->count ? i : function->count - 1;
        expect(parse, call->arguments[i], function->arguments[at], "call to function",
               function->name);
    }
}

static void check_aggregate(struct parse *parse, const struct node_aggregate *aggregate)
{
    expect(parse, aggregate->inner, PROMQL_VECTOR, "aggregation expression", "");
    if (aggregate->parameter != NULL) {
        bool text = aggregate->operation == AGGREGATE_COUNT_VALUES;
        expect(parse, aggregate->parameter, text ? PROMQL_STRING : PROMQL_SCALAR,
               "aggregation parameter", "");
    }
}

static bool is_value(const struct node *node)
{
    return node->type == PROMQL_SCALAR || node->type == PROMQL_VECTOR;
}

/* on() names no label that group_left() copies. */
static void check_include(struct parse *parse, const struct node *node)
{
    const struct node_binary *binary = &node->binary;
    for (size_t i = 0; i < binary->matching.count && binary->on; i++) {
        for (size_t k = 0; k < binary->include.count; k++) {
            if (slice_equal(binary->matching.names[i], binary->include.names[k])) {
                parse_fail(parse, node->begin,
                           "label \"" SLICE_FMT "\" must not occur in ON and GROUP clause at once",
                           SLICE_ARG(binary->include.names[k]));
            }
        }
    }
}

static const char *set_name(enum operator operation)
{
    return operation == OPERATOR_AND ? "and" : operation == OPERATOR_OR ? "or" : "unless";
}

static void check_binary(struct parse *parse, const struct node *node)
{
    const struct node_binary *binary = &node->binary;
    parse_check(parse, binary->left);
    parse_check(parse, binary->right);
    bool scalars = binary->left->type == PROMQL_SCALAR && binary->right->type == PROMQL_SCALAR;
    bool vectors = binary->left->type == PROMQL_VECTOR && binary->right->type == PROMQL_VECTOR;
    bool is_set = operator_is_set(binary->operation);
    if (binary->returns_bool && !operator_compares(binary->operation)) {
        parse_fail(parse, binary->left->end,
                   "bool modifier can only be used on comparison operators");
    }
    if (operator_compares(binary->operation) && !binary->returns_bool && scalars) {
        parse_fail(parse, binary->left->end, "comparisons between scalars must use BOOL modifier");
    }
    check_include(parse, node);
    if (!is_value(binary->left) || !is_value(binary->right)) {
        parse_fail(parse, is_value(binary->left) ? binary->right->begin : binary->left->begin,
                   "binary expression must contain only scalar and instant vector types");
    }
    if (!vectors && binary->matching.count > 0) {
        parse_fail(parse, node->begin, "vector matching only allowed between instant vectors");
    }
    if (is_set && binary->card != CARD_ONE_TO_ONE) {
        parse_fail(parse, node->begin, "no grouping allowed for \"%s\" operation",
                   set_name(binary->operation));
    }
    if (is_set && !vectors) {
        parse_fail(parse, node->begin,
                   "set operator \"%s\" not allowed in binary scalar expression",
                   set_name(binary->operation));
    }
}

static void check_selector(struct parse *parse, const struct node *node)
{
    const struct node_selector *selector = &node->selector;
    bool named = selector->name.size > 0;
    bool restricts = named;
    size_t count = selector->matcher_count - (named ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        const struct matcher *matcher = &selector->matchers[i];
        if (named && slice_equal(matcher->name, LABEL_NAME)) {
            parse_fail(parse, node->begin,
                       "metric name must not be set twice: \"" SLICE_FMT "\" or \"" SLICE_FMT "\"",
                       SLICE_ARG(selector->name), SLICE_ARG(matcher->value));
        }
        restricts =
            restricts || matcher_match(matcher, SLICE_EMPTY, parse->arena) == PATTERN_DIFFERS;
    }
    if (!restricts) {
        parse_fail(parse, node->begin,
                   "vector selector must contain at least one non-empty matcher");
    }
}

void parse_check(struct parse *parse, const struct node *node)
{
    if (parse->failed) {
        return;
    }
    switch (node->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
        return;
    case NODE_SELECTOR:
        check_selector(parse, node);
        return;
    case NODE_RANGE:
        check_selector(parse, node->range.selector);
        return;
    case NODE_SUBQUERY:
        parse_check(parse, node->subquery.inner);
        if (node->subquery.inner->type != PROMQL_VECTOR) {
            parse_fail(parse, node->begin,
                       "subquery is only allowed on instant vector, got %s instead",
                       parse_type_name(node->subquery.inner->type));
        }
        return;
    case NODE_CALL:
        check_call(parse, node);
        return;
    case NODE_AGGREGATE:
        check_aggregate(parse, &node->aggregate);
        return;
    case NODE_BINARY:
        check_binary(parse, node);
        return;
    case NODE_NEGATE:
        parse_check(parse, node->negated);
        return;
    }
}
