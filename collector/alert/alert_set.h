/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_SET_H
#define THAW_COLLECTOR_ALERT_ALERT_SET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "rules/rule_state.h"
#include "rules/rules_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The rules that are evaluated, of all files, with what is remembered of each.  Rules are read once
 * and stay as they are; a file that changes makes a new set, which inherits the states of the old
 * one. Who evaluates locks.
 */

/* What is said of a rule by the series thaw:threshold, thaw:clear and thaw:minimum of its name. */
struct alert_facts {
    bool has_threshold, has_clear, has_minimum;
    double threshold, clear, minimum;
    int64_t window_ms; /* 0: none. */
    /* What the numbers are, by the series' label unit: dollars, seconds, times; empty: a share
     * below 1, else a count. */
    struct slice unit, minimum_unit;
};

struct alert_set_rule {
    const struct rule *rule;
    const struct rule_group *group;
    struct rule_state state;
    struct alert_facts facts;
    int examples; /* enum alert_examples_kind (alert_view.h) */
};

struct alert_set_group {
    const struct rule_group *group;
    struct slice file;
    size_t first, count;  /* Of the rules. */
    int64_t evaluated_ms; /* The time of its latest evaluation; 0: none. */
    uint64_t took_ns;
};

struct alert_set {
    unsigned char *memory;
    struct arena arena;
    struct alert_set_group *groups;
    size_t group_count;
    struct alert_set_rule *rules;
    size_t rule_count;
    const struct alert_set_text *texts; /* It was made of. */
    size_t text_count;
};

/* A file as it was read. */
struct alert_set_text {
    struct slice name, text;
    bool draft; /* It may be a rule alone. */
};

/* Make a set of files; texts are copied.  STATUS_BAD: errors says line by line what is wrong.
 * STATUS_FULL without memory. */
enum status alert_set_create(struct alert_set **set, const struct alert_set_text *texts,
                             size_t count, struct buf *errors) THAW_CHECK;
void alert_set_free(struct alert_set *set); /* NULL is fine. */

/* Let the rules that were there before go on where they were.  What is left in old is of rules that
 * are no more. */
void alert_set_inherit(struct alert_set *set, struct alert_set *old);

/* The rule of this key, or NULL. */
struct alert_set_rule *alert_set_find(struct alert_set *set, uint64_t key);

#endif
