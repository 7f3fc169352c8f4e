/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SELECT_PRIVATE_H
#define THAW_COLUMNS_SELECT_PRIVATE_H

#include "columns/phrase.h"
#include "columns/select.h"

/* What was found of a resource. */
enum verdict { VERDICT_UNKNOWN, VERDICT_NO, VERDICT_YES };

/* A condition made ready. */
struct ready {
    const struct scan_condition *condition;
    struct phrase phrase; /* Of SCAN_WORDS, SCAN_TEXT, SCAN_NAME. */
    bool prunes;          /* pair is in the filter of a block that has it: the value is a string. */
    uint64_t pair;        /* Of SCAN_ATTR, SCAN_SERVICE, SCAN_FUNCTION; */
    uint64_t other_pair;  /* of SCAN_FUNCTION also that of a service. */
    bool is_int, is_double; /* What text may be but a string. */
    int64_t integer;
    double number;
    uint8_t *resources; /* enum verdict of each of the dictionary, where resources matter. */
};

struct select {
    const struct scan_query *query;
    struct ready ready[SCAN_CONDITIONS_MAX];
    size_t count;
    bool wants_filter;
    const struct dictionary *dictionary; /* Of the verdicts, */
    uint8_t *verdicts;                   /* which lie here. */
    size_t verdict_capacity;
    bool lines; /* select_rows(): the block's. */
};

/* Whether a value is what SCAN_ATTR asks for. */
bool select_value(const struct ready *ready, const struct value *value);

/* Whether a resource meets a condition by itself. */
bool select_resource(const struct ready *ready, const struct resource *resource);

/* Whether attributes do. */
bool select_attrs(const struct ready *ready, struct attrs attrs);

/* Whether any of the events' names has the phrase. */
bool select_events(const struct ready *ready, const struct span *span);

#endif
