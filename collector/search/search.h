/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_SEARCH_H
#define THAW_COLLECTOR_SEARCH_SEARCH_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "columns/phrase.h"
#include "model/record.h"
#include "search/search_limits.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The language in which transactions, spans and log lines are looked for
 * (docs/reference/search.md), as a tree:
 *
 *     function:checkout (level:>=warn OR "card declined") -retry*
 *
 *                 AND
 *               /     \
 *            AND       NOT
 *           /   \        \
 *     function  GROUP    retry*
 *                 |
 *                 OR
 *               /    \
 *           level   "card declined"
 *
 * Its nodes lie in one array, each behind what is below it, so that whoever walks it goes from left
 * to right and needs no more than a stack.  Pure; nothing here allocates but from an arena.
 */
enum search_field {
#define FIELD(identifier, name, kind) SEARCH_FIELD_##identifier,
#include "search/fields.def"
#undef FIELD
    SEARCH_FIELD_ATTR, /* An attribute; key says which. */
};

enum search_test {
    SEARCH_TEST_HAS,   /* There is one, whatever it is. */
    SEARCH_TEST_IS,    /* It is value. */
    SEARCH_TEST_GLOB,  /* It is like value, in which each * stands for any text. */
    SEARCH_TEST_RANGE, /* A number from low to high. */
    SEARCH_TEST_FLAG,  /* It is so, or, where flag is false, it is not. */
    SEARCH_TEST_ID,    /* It is id. */
    SEARCH_TEST_WORDS, /* Its own text has these words, as phrase says. */
    SEARCH_TEST_PARTS, /* Its own text is somewhere like value. */
};

struct search_term {
    enum search_field field;
    enum search_test test;
    struct slice key;   /* Of an attribute. */
    struct slice value; /* Without its quotes; of SEARCH_TEST_PARTS in lower case. */
    bool string;        /* It stood in quotes: no number. */
    bool flag;
    bool is_integer, is_number; /* What value may be but a text. */
    int64_t integer;
    double number;
    double low, high;               /* Durations in ns, memory in MB, money in dollars, levels as */
    bool low_without, high_without; /* OTLP's numbers; whether the bound itself is outside. */
    struct id16 id;
    const struct phrase *phrase;
};

enum search_node_kind { SEARCH_TERM, SEARCH_NOT, SEARCH_AND, SEARCH_OR, SEARCH_GROUP };

struct search_node {
    enum search_node_kind kind;
    uint16_t first; /* Where what is below it begins; it ends right before the node. */
    uint16_t over;  /* The AND or OR of which it is the left side, or 0. */
    const struct search_term *term; /* Of SEARCH_TERM. */
};

/* What was asked for; no nodes at all: everything. */
struct search_expr {
    const struct search_node *nodes;
    uint32_t count; /* The last one is the root. */
    uint32_t term_count;
};

/* Where a text is wrong, in bytes, and how. */
struct search_error {
    size_t at, size;
    const char *reason;
};

/* Read a query; what it points to lives in the arena, nothing in the text.  False: the text is
 * none, and *error says why. */
bool search_parse(struct slice text, struct arena *arena, struct search_expr *expr,
                  struct search_error *error) THAW_CHECK;

/* The name of a field as the language has it. */
struct slice search_field_name(enum search_field field);

#endif
