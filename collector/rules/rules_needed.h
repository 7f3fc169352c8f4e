/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_NEEDED_H
#define THAW_RULES_RULES_NEEDED_H

#include "base/arena.h"
#include "base/status.h"
#include "rules/rules_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which rules others read: a rule over a recorded series needs the rule that records it, and one
 * over ALERTS needs those that alert.  What templates ask for is not looked at.  Pure.
 */
struct rules_needed {
    bool in_order;   /* Each stands behind those that it reads. */
    int64_t back_ms; /* How far back what is recorded is read, of all that lead to each other. */
};

/* Mark all that the marked ones of so many rules read, directly or through others.  STATUS_FULL:
 * the arena is. */
enum status rules_needed_mark(const struct rule *const *rules, bool *marks, size_t count,
                              struct arena *arena, struct rules_needed *needed) THAW_CHECK;

#endif
