/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/parse.h"

#include "pattern/pattern.h"
#include "promql/call.h"
#include "promql/function.h"
#include "promql/promql_limits.h"
#include "promql/text.h"

#include <stdlib.h>

/* --- lists ------------------------------------------------------------------------------------ */

static int by_name(const void *one, const void *other)
{
    const struct slice *left = one, *right = other;
    return slice_compare(*left, *right);
}

/* Sorted, each once. */
static struct node_labels sorted(struct growing *list)
{
    struct slice *names = list->items;
    size_t kept = 0;
    if (list->count > 1) {
        qsort(names, list->count, sizeof(*names), by_name);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || !slice_equal(names[kept - 1], names[i])) {
            names[kept++] = names[i];
        }
    }
    return (struct node_labels){names, kept};
}

/* The name of a label in a grouping: keywords may be names, too. */
static bool take_label(struct parse *parse, struct slice *name)
{
    struct token token = parse->token;
    if (token.kind == TOKEN_STRING) {
        parse_advance(parse);
        *name = parse_string(parse, &token);
        return name->size > 0;
    }
    if (token.kind == TOKEN_NUMBER || token.kind == TOKEN_DURATION ||
        !text_is_plain_label(token.text)) {
        return false;
    }
    *name = token.text;
    parse_advance(parse);
    return true;
}

bool parse_labels(struct parse *parse, struct node_labels *labels)
{
    struct growing list = growing_of(parse->arena, sizeof(struct slice));
    if (!parse_accept(parse, TOKEN_LEFT_PAREN)) {
        parse_unexpected(parse, "grouping opts", "\"(\"");
        return false;
    }
    while (!parse->failed && parse->token.kind != TOKEN_RIGHT_PAREN) {
        struct slice name = SLICE_EMPTY;
        if (!take_label(parse, &name)) {
            parse_unexpected(parse, "grouping opts", "label");
            return false;
        }
        struct slice *slot = growing_push(&list);
        if (slot == NULL || list.count > PROMQL_LIST_COUNT_MAX) {
            parse_full(parse);
            return false;
        }
        *slot = name;
        if (!parse_accept(parse, TOKEN_COMMA) && parse->token.kind != TOKEN_RIGHT_PAREN) {
            parse_unexpected(parse, "grouping opts", "\",\" or \")\"");
            return false;
        }
    }
    *labels = sorted(&list);
    return parse_accept(parse, TOKEN_RIGHT_PAREN);
}

/* Expressions in parentheses: a list of pointers to nodes. */
static bool parse_arguments(struct parse *parse, struct growing *list)
{
    parse_advance(parse);
    if (parse_accept(parse, TOKEN_RIGHT_PAREN)) {
        return !parse->failed;
    }
    for (;;) {
        struct node *argument = parse_expression(parse);
        const struct node **slot = argument == NULL ? NULL : growing_push(list);
        if (argument == NULL) {
            return false;
        }
        if (slot == NULL || list->count > PROMQL_LIST_COUNT_MAX) {
            parse_full(parse);
            return false;
        }
        *slot = argument;
        if (parse_accept(parse, TOKEN_RIGHT_PAREN)) {
            return !parse->failed;
        }
        size_t comma = parse->token.position;
        if (!parse_accept(parse, TOKEN_COMMA)) {
            parse_unexpected(parse, "", "");
            return false;
        }
        if (parse->token.kind == TOKEN_RIGHT_PAREN) {
            parse_fail(parse, comma, "trailing commas not allowed in function call args");
            return false;
        }
    }
}

/* --- calls ------------------------------------------------------------------------------------ */

/* The place of its expression among the arguments of label_replace(). */
enum { LABEL_REPLACE_PATTERN = 4 };

/* A query is evaluated more often than it is read.  What is no expression is said when it is. */
static void compile_pattern(const struct parse *parse, struct node *call)
{
    struct pattern_error error;
    const struct node *text = call->call.count > LABEL_REPLACE_PATTERN
                                  ? call->call.arguments[LABEL_REPLACE_PATTERN]
                                  : NULL;
    if (call->call.function->eval == call_label_replace && text != NULL &&
        text->kind == NODE_STRING &&
        pattern_compile(text->string, parse->arena, &call->call.pattern, &error) != STATUS_OK) {
        call->call.pattern = NULL;
    }
}

struct node *parse_call(struct parse *parse, const struct token *name)
{
    const struct function *function = promql_function_find(name->text);
    if (function == NULL) {
        bool absent = promql_function_is_absent(name->text);
        parse_fail(parse, name->position,
                   absent ? "\"" SLICE_FMT "\" of Prometheus is not supported"
                          : "unknown function with name \"" SLICE_FMT "\"",
                   SLICE_ARG(name->text));
        return NULL;
    }
    struct growing list = growing_of(parse->arena, sizeof(const struct node *));
    if (!parse_arguments(parse, &list)) {
        return NULL;
    }
    struct node *node = parse_node(parse, NODE_CALL, name->position);
    if (node == NULL) {
        return NULL;
    }
    node->type = function->result;
    node->call.function = function;
    node->call.arguments = list.items;
    node->call.count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        parse_contains(parse, node, node->call.arguments[i]);
    }
    compile_pattern(parse, node);
    return parse->failed ? NULL : node;
}

/* --- aggregations ----------------------------------------------------------------------------- */

static bool takes_parameter(enum aggregate operation)
{
    return operation == AGGREGATE_TOPK || operation == AGGREGATE_BOTTOMK ||
           operation == AGGREGATE_QUANTILE || operation == AGGREGATE_COUNT_VALUES;
}

/* by or without, in front of the arguments or behind them. */
static bool parse_grouping(struct parse *parse, struct node_aggregate *aggregate)
{
    if (parse->token.kind != TOKEN_BY && parse->token.kind != TOKEN_WITHOUT) {
        return false;
    }
    aggregate->without = parse->token.kind == TOKEN_WITHOUT;
    parse_advance(parse);
    return parse_labels(parse, &aggregate->grouping);
}

struct node *parse_aggregate(struct parse *parse, const struct token *name)
{
    struct node_aggregate aggregate = {.operation = name->aggregate};
    struct growing list = growing_of(parse->arena, sizeof(const struct node *));
    bool grouped = parse_grouping(parse, &aggregate);
    if (!parse->failed && parse->token.kind != TOKEN_LEFT_PAREN) {
        parse_unexpected(parse, "aggregation", "");
    }
    if (parse->failed || !parse_arguments(parse, &list)) {
        return NULL;
    }
    if (!grouped) {
        (void)parse_grouping(parse, &aggregate);
    }
    struct node *node = parse_node(parse, NODE_AGGREGATE, name->position);
    if (node == NULL) {
        return NULL;
    }
    const struct node *const *arguments = list.items;
    size_t wanted = takes_parameter(aggregate.operation) ? 2 : 1;
    if (list.count == 0) {
        parse_fail(parse, name->position, "no arguments for aggregate expression provided");
        return NULL;
    }
    if (list.count != wanted) {
        parse_fail(parse, name->position,
                   "wrong number of arguments for aggregate expression provided, expected %zu, got "
                   "%zu",
                   wanted, list.count);
        return NULL;
    }
    aggregate.inner = arguments[wanted - 1];
    aggregate.parameter = wanted == 2 ? arguments[0] : NULL;
    node->aggregate = aggregate;
    for (size_t i = 0; i < wanted; i++) {
        parse_contains(parse, node, arguments[i]);
    }
    return parse->failed ? NULL : node;
}
