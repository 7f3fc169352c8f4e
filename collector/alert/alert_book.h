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
 * The book holds what alerting must not forget: which functions are not ok,
 * and which notifications were and were not delivered.  Pure memory: it reads
 * no counts, writes no disk and sends nothing; the shell (alert.c) does, under
 * its lock.
 *
 * A change that a receiver is to be told of becomes a notice, numbered once and
 * for ever.  Notices are delivered in the order of their numbers.  A notice is
 * a copy of all it says, so what is sent late is what was true.
 *
 * Invariants:
 *  1. Entries with a phase other than ok are never dropped to make room.
 *  2. Notices that wait are never dropped to make room.
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

#define ALERT_FINGERPRINT_SIZE 16 /* Without a NUL. */

/* One function's alert. */
struct alert_entry {
    uint64_t fingerprint; /* Of the rule and the whole names. */
    struct alert_labels labels;
    struct alert_watch watch;
    struct alert_counts counts;     /* Of the latest evaluation. */
    struct alert_counts fired_with; /* Of the one that fired. */
    struct alert_examples examples; /* Found when it fired. */
    bool counted;                   /* It was given counts since book_begin. */
};

enum alert_delivery { ALERT_WAITING, ALERT_DELIVERED, ALERT_FAILED };

/* One thing that a receiver is told. */
struct alert_notice {
    uint64_t number; /* From 1. */
    bool resolved;   /* Else it fired. */
    uint64_t fingerprint;
    struct alert_labels labels;
    struct alert_rule rule; /* As it was then. */
    struct alert_counts counts;
    struct alert_examples examples;
    uint64_t began_ns;
    uint64_t fired_ns;
    uint64_t resolved_ns; /* 0 while it fires. */

    enum alert_delivery delivery;
    uint32_t attempts;
    uint64_t made_ns;
    uint64_t next_ns;                 /* When to try again. */
    uint64_t settled_ns;              /* When it was delivered or given up. */
    char error[ALERT_ERROR_SIZE_MAX]; /* Why the latest attempt failed; empty if it did not. */
};

struct alert_book {
    struct alert_entry *entries;
    size_t entry_count;
    struct alert_notice *notices; /* In the order of their numbers. */
    size_t notice_count;
    uint64_t number_last;
    uint64_t evaluated_ns;
    uint64_t refused_entries; /* Alerts that no room was left for. */
    uint64_t refused_notices;
};

/* An empty book.  STATUS_FULL without memory. */
enum status alert_book_init(struct alert_book *book) THAW_CHECK;
void alert_book_fini(struct alert_book *book);

/* The alert of these names under a rule of this name. */
uint64_t alert_book_fingerprint(struct slice rule, struct slice account, struct slice region,
                                struct slice function);

/* Sixteen lower-case digits and a NUL. */
void alert_book_fingerprint_text(uint64_t fingerprint, char text[ALERT_FINGERPRINT_SIZE + 1]);

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
    bool notify; /* There is a receiver: firing and resolved become notices. */
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

/* The first notice that waits, or NULL.  Valid until the book changes. */
struct alert_notice *alert_book_waiting(struct alert_book *book);

/* The notice of this number, or NULL if it is no longer kept. */
struct alert_notice *alert_book_notice(struct alert_book *book, uint64_t number);

/* What came of an attempt. */
enum alert_attempt {
    ALERT_ATTEMPT_TAKEN,   /* The receiver has it. */
    ALERT_ATTEMPT_REFUSED, /* It will never take it. */
    ALERT_ATTEMPT_LATER,   /* It may take it later. */
};

/* Note an attempt and when the next one is due; a notice that is too old is given up. */
void alert_book_attempted(struct alert_notice *notice, enum alert_attempt attempt,
                          const char *error, uint64_t now_ns);

#endif
