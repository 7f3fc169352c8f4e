/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_NODE_H
#define THAW_COLLECTOR_PROMQL_NODE_H

#include "base/slice.h"
#include "promql/matcher.h"
#include "promql/promql.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A query as a tree, as the parser makes it and the evaluator walks it.  All of it lies in the
 * arena of the parser and is immutable afterwards.  Parentheses leave no node.
 */
enum node_kind {
    NODE_NUMBER,
    NODE_STRING,
    NODE_SELECTOR,
    NODE_RANGE,    /* A selector with a range: x[5m]. */
    NODE_SUBQUERY, /* x[5m:1m]. */
    NODE_CALL,
    NODE_AGGREGATE,
    NODE_BINARY,
    NODE_NEGATE,
};

enum operator{
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_MODULO,
    OPERATOR_POWER,
    OPERATOR_ATAN2,
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_AND,
    OPERATOR_OR,
    OPERATOR_UNLESS,
};

static inline bool operator_compares(enum operator operation)
{
    return operation >= OPERATOR_EQUAL && operation <= OPERATOR_GREATER_EQUAL;
}

static inline bool operator_is_set(enum operator operation)
{
    return operation >= OPERATOR_AND;
}

enum aggregate {
    AGGREGATE_AVG,
    AGGREGATE_BOTTOMK,
    AGGREGATE_COUNT,
    AGGREGATE_COUNT_VALUES,
    AGGREGATE_GROUP,
    AGGREGATE_MAX,
    AGGREGATE_MIN,
    AGGREGATE_QUANTILE,
    AGGREGATE_STDDEV,
    AGGREGATE_STDVAR,
    AGGREGATE_SUM,
    AGGREGATE_TOPK,
};

/* offset and @ of a selector, a range or a subquery. */
enum node_at {
    AT_EVALUATION, /* There is no @. */
    AT_TIME,
    AT_START,
    AT_END,
};

struct node_when {
    int64_t offset_ms;
    bool has_offset;
    enum node_at at;
    int64_t at_ms;
};

/* Labels by name: of by, without, on, ignoring, group_left, group_right; sorted, each once. */
struct node_labels {
    const struct slice *names;
    size_t count;
};

struct node_selector {
    struct slice name; /* In front of the braces, or the first quoted one in them; may be empty. */
    const struct matcher *matchers;
    size_t matcher_count;
    struct node_when when;
};

struct node_range {
    const struct node *selector;
    int64_t range_ms;
};

struct node_subquery {
    const struct node *inner;
    int64_t range_ms, step_ms; /* step 0: the default one. */
    struct node_when when;
};

struct node_call {
    const struct function *function;
    const struct node *const *arguments;
    size_t count;
    const struct pattern *pattern; /* Of label_replace(); NULL: its text is none. */
};

struct node_aggregate {
    enum aggregate operation;
    const struct node *inner, *parameter; /* parameter may be NULL. */
    struct node_labels grouping;
    bool without;
};

enum node_card {
    CARD_ONE_TO_ONE,
    CARD_MANY_TO_ONE, /* group_left */
    CARD_ONE_TO_MANY, /* group_right */
};

struct node_binary {
    enum operator operation;
    const struct node *left, *right;
    bool returns_bool;
    bool on; /* matching are those that count; else those that do not. */
    bool has_matching;
    enum node_card card;
    struct node_labels matching, include;
};

struct node {
    enum node_kind kind;
    enum promql_type type;
    size_t begin, end;  /* Bytes of the text, for errors. */
    unsigned depth;     /* Nodes from here down to the deepest. */
    bool parenthesised; /* No modifier may follow. */
    union {
        double number;
        struct slice string;
        struct node_selector selector;
        struct node_range range;
        struct node_subquery subquery;
        struct node_call call;
        struct node_aggregate aggregate;
        struct node_binary binary;
        const struct node *negated;
    };
};

struct promql_query {
    const struct node *root;
    struct slice text;
};

#endif
