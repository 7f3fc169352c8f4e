/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULE_STATE_H
#define THAW_RULES_RULE_STATE_H

#include "base/hash.h"
#include "base/slice.h"
#include "promql/labels.h"
#include "rules/rule_step.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What must not be forgotten between two evaluations of a rule: its alerts, one for each set of
 * labels.  Pure memory.  Who evaluates locks.
 *
 * Invariant: an alert that is active is never dropped to make room.
 */
#define RULE_EXAMPLE_COUNT_MAX 3

/* A transaction in which it happened. */
struct rule_example {
    unsigned char trace_id[16], request_id[16];
};

struct rule_alert {
    uint64_t labels_hash; /* Of its labels: which alert it is. */
    uint64_t source_hash; /* Of the labels of the series it is made of, without its name. */
    uint64_t fingerprint; /* Of its rule and its labels: what others know it by. */
    struct label_set labels, annotations; /* With alertname.  In memory, which is ours. */
    void *memory;
    double value; /* Of the latest evaluation that had one. */
    struct rule_watch watch;
    int64_t data_ms; /* The latest evaluation that found something of it. */
    bool found;      /* By the one under way. */
    bool fresh;      /* Of whoever is told of changes. */
    struct rule_example examples[RULE_EXAMPLE_COUNT_MAX]; /* Of whoever is told that it fired. */
    size_t example_count;
};

struct rule_state {
    uint64_t key; /* Of the rule: the same over restarts and reloads. */
    struct rule_alert *alerts;
    size_t alert_count, alert_capacity;
    int64_t evaluated_ms; /* 0: not yet. */
    uint64_t took_ns;     /* The latest evaluation. */
    size_t sample_count;  /* Of its result. */
    char error[256];      /* Why it failed; empty: it did not. */
};

void rule_state_free(struct rule_state *state);

/* The key of the rule of this kind and name in a group: place counts those of the same name. */
uint64_t rule_state_key(struct slice group, struct slice name, size_t place);

/* The alert of these labels, or NULL. */
struct rule_alert *rule_state_find(struct rule_state *state, uint64_t labels_hash,
                                   const struct label_set *labels);

/* A new one; NULL without memory.  labels_hash is rule_labels_hash(). */
struct rule_alert *rule_state_add(struct rule_state *state, uint64_t labels_hash,
                                  const struct label_set *labels);

/* Let it say this; false without memory, and it says what it said. */
bool rule_alert_describe(struct rule_alert *alert, const struct label_set *labels,
                         const struct label_set *annotations);

/* Take one out; the last moves into its place. */
void rule_state_remove(struct rule_state *state, size_t index);

/* The worst phase of its alerts: firing, pending, no data, else ok. */
enum rule_phase rule_state_phase(const struct rule_state *state);

/* A hash that is the same for ever, for what others know an alert by. */
uint64_t rule_labels_hash(const struct label_set *labels);

#endif
