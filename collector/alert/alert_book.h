/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_BOOK_H
#define THAW_COLLECTOR_ALERT_ALERT_BOOK_H

#include "alert/alert_limits.h"
#include "alert/alert_step.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The book holds what alerting must not forget: which functions are not ok, and since when.  Pure
 * memory: it reads no counts, writes no disk and tells nobody; the shell (alert_run.c) does, under
 * its lock.
 *
 * Invariant: entries with a phase other than ok are never dropped to make room.
 */

/* A name as it is shown: cut at a limit, any bytes. */
struct alert_name {
    uint32_t size;
    unsigned char bytes[ALERT_NAME_SIZE_MAX];
};

/* Whose alert it is. */
struct alert_labels {
    struct alert_name account;
    struct alert_name region;
    struct alert_name function;
};

/* A transaction in which it happened. */
struct alert_example {
    unsigned char trace_id[16];
    unsigned char request_id[16];
};

struct alert_examples {
    struct alert_example items[ALERT_EXAMPLE_COUNT_MAX];
    size_t count;
};

/* One function's alert. */
struct alert_entry {
    uint64_t fingerprint; /* Of the rule and the whole names. */
    struct alert_labels labels;
    struct alert_watch watch;
    struct alert_counts counts;     /* Of the latest evaluation. */
    struct alert_counts fired_with; /* Of the one that fired, or that resolved it. */
    struct alert_examples examples; /* Found when it fired. */
    bool counted;                   /* It was given counts since book_begin. */
};

struct alert_book {
    struct alert_entry *entries;
    size_t entry_count;
    uint64_t evaluated_ns;
    uint64_t refused_entries; /* Alerts that no room was left for. */
};

/* An empty book.  STATUS_FULL without memory. */
enum status alert_book_init(struct alert_book *book) THAW_CHECK;
void alert_book_fini(struct alert_book *book);

/* The alert of these names under a rule of this name. */
uint64_t alert_book_fingerprint(struct slice rule, struct slice account, struct slice region,
                                struct slice function);

/* Cut a name to what is kept of it. */
struct alert_name alert_book_name(struct slice name);

/* One function's counts in one evaluation. */
struct alert_sample {
    struct slice account;
    struct slice region;
    struct slice function;
    struct alert_counts counts;
};

/* What evaluations are made with. */
struct alert_terms {
    struct slice rule_name;
    struct alert_rule rule;
    /* Find examples for an alert that fires now; may be NULL.  Called within alert_book_count(). */
    void (*find)(void *context, const struct alert_sample *sample, struct alert_examples *found);
    void *context;
};

/*
 * An evaluation: begin, then the counts of every function that has any, then
 * end, which takes every alert that was given none as having no calls.  count
 * and end answer whether something changed that must be saved.
 */
void alert_book_begin(struct alert_book *book);
bool alert_book_count(struct alert_book *book, const struct alert_terms *terms, uint64_t now_ns,
                      const struct alert_sample *sample);
bool alert_book_end(struct alert_book *book, const struct alert_terms *terms, uint64_t now_ns);

/* Whether time itself is part of what must be saved: something is pending or resolving. */
bool alert_book_moving(const struct alert_book *book);

#endif
