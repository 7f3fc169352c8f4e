/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_PARSE_H
#define THAW_COLLECTOR_PROMQL_PARSE_H

#include "base/arena.h"
#include "base/status.h"
#include "promql/growing.h"
#include "promql/lex.h"
#include "promql/node.h"
#include "promql/promql.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The parser, in parts: expressions and operators (parse.c), selectors and what follows them
 * (parse_selector.c), calls, aggregations and lists (parse_call.c), then the types
 * (parse_check.c).  One token is looked at ahead.  The first error ends it: every function answers
 * NULL or false from then on.
 */
struct parse {
    struct promql_lex lex;
    struct token token; /* The next one. */
    size_t end_before;  /* Where the one before it ended. */
    struct arena *arena;
    struct promql_error *error;
    unsigned depth;
    bool failed;
};

/* --- parse.c ---------------------------------------------------------------------------------- */

/* Take the next token. */
void parse_advance(struct parse *parse);

/* Take it if it is of this kind. */
bool parse_accept(struct parse *parse, enum token_kind kind);

/* An error at a byte of the text; the first one counts. */
void parse_fail(struct parse *parse, size_t position, const char *format, ...) THAW_PRINTF(3, 4);

/* The next token is not what was expected; context and expected may be empty. */
void parse_unexpected(struct parse *parse, const char *context, const char *expected);

/* There is no room for more. */
void parse_full(struct parse *parse);

/* A node that begins there and ends where the parser is; NULL without room, or too deep. */
struct node *parse_node(struct parse *parse, enum node_kind kind, size_t begin);

/* Let a node be deeper than another, which is inside it. */
void parse_contains(struct parse *parse, struct node *node, const struct node *inner);

/* An expression. */
struct node *parse_expression(struct parse *parse);

/* --- parse_selector.c ------------------------------------------------------------------------- */

/* What a quoted token says. */
struct slice parse_string(struct parse *parse, const struct token *token);

/* A selector; the next token is its name or its brace. */
struct node *parse_selector(struct parse *parse);

/* offset, @ and [...] behind an expression. */
struct node *parse_suffixes(struct parse *parse, struct node *node);

/* --- parse_call.c ----------------------------------------------------------------------------- */

/* Labels in parentheses. */
bool parse_labels(struct parse *parse, struct node_labels *labels);

/* A call; the name was taken. */
struct node *parse_call(struct parse *parse, const struct token *name);

/* An aggregation; its name was taken. */
struct node *parse_aggregate(struct parse *parse, const struct token *name);

/* --- parse_check.c ---------------------------------------------------------------------------- */

/* The types of a tree, as Prometheus wants them. */
void parse_check(struct parse *parse, const struct node *node);

/* A type as people call it. */
const char *parse_type_name(enum promql_type type);

#endif
