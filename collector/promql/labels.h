/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_LABELS_H
#define THAW_COLLECTOR_PROMQL_LABELS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Labels say which series one is.  A name of a metric is the label __name__ like any other.
 *
 * Invariants of a label set: names ascend strictly, byte by byte; no name and no value is empty (a
 * label without a value is no label).
 */
struct label {
    struct slice name, value;
};

struct label_set {
    const struct label *items;
    size_t count;
};

#define LABEL_NAME   SLICE("__name__")
#define LABEL_BUCKET SLICE("le")

/* The value of a label; the empty slice where there is none. */
struct slice labels_value(const struct label_set *labels, struct slice name);

/* Less than 0, 0, more than 0: by name and value of the first label that differs. */
int labels_compare(const struct label_set *one, const struct label_set *other);
bool labels_equal(const struct label_set *one, const struct label_set *other);

/* A copy with its texts in an arena; false if there is no room.  Where a text has none it is empty,
 * and the arena knows. */
bool labels_dup(const struct label_set *labels, struct arena *arena, struct label_set *copy)
    __attribute__((warn_unused_result));

/* A hash of all of them, for tables: the same for equal sets, by this key. */
uint64_t labels_hash(const struct hash_key *key, const struct label_set *labels);

/* Sort items of a set that was made in any order; the last of two of the same name counts, and
 * empty values go.  The answer is how many are left. */
size_t labels_normalise(struct label *items, size_t count);

/* Whether a text may be the name of a label: not empty, and UTF-8 (as since Prometheus 3). */
bool label_name_valid(struct slice name);

#endif
