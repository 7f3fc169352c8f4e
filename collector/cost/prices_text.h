/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_PRICES_TEXT_H
#define THAW_COLLECTOR_COST_PRICES_TEXT_H

#include "cost/prices.h"

/*
 * The text of a price table, line by line: words into rows.  Pure; how rows
 * become a table is the business of prices.c.  Slices point into the text.
 */

/* The row is for both architectures, or in every region. */
#define PRICES_ARCH_ANY (-1)

/* Day without end: `-` as valid_to. */
#define PRICES_NO_END UINT64_MAX

/* One `price` or `free` line. */
struct prices_row {
    enum billing billing;
    enum price_component component;
    int arch;            /* enum price_arch or PRICES_ARCH_ANY. */
    struct slice region; /* Empty: every region. */
    uint64_t valid_from_ns;
    uint64_t valid_to_ns; /* Excluded. */
    struct price_tier tier;
    size_t line; /* Where it stands. */
};

enum prices_line {
    PRICES_LINE_ROW,  /* *row is filled. */
    PRICES_LINE_NONE, /* A comment, an empty line, or something that *text now knows. */
    PRICES_LINE_BAD,  /* text->reason says why. */
    PRICES_LINE_END,
};

struct prices_source {
    struct slice id;
    struct slice title;
};

/* Reads one text from its first line to its last. */
struct prices_text {
    struct slice rest;
    size_t line; /* Of the line read last, from 1. */
    bool begun;  /* The line that names the format was seen. */
    struct slice version;
    struct slice date;
    struct prices_source *sources; /* The caller's, PRICES_SOURCE_COUNT_MAX of them. */
    size_t source_count;
    const char *reason;
};

void prices_text_init(struct prices_text *reader, struct slice text, struct prices_source *sources);

/* Read the next line. */
enum prices_line prices_text_next(struct prices_text *reader, struct prices_row *row) THAW_CHECK;

#endif
