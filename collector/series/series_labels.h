/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_LABELS_H
#define THAW_SERIES_LABELS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/metric.h"
#include "series/series_limits.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The labels of a series, of what OTLP says of a point: those of its resource, then the attributes
 * of the point (docs/reference/metrics.md has the rule).  Names ascend, none is there twice, no
 * value is empty.  The name of the metric is not among them.
 *
 * As bytes they are the identity of a series: how many labels (one byte), then of each the size of
 * its name and of its value (two bytes each, little end first), then both.
 */
struct series_label {
    struct slice name, value;
};

struct series_labels {
    struct series_label items[SERIES_LABEL_COUNT_MAX];
    size_t count;
};

/* What a resource gives to all of its points, in the arena.  False: the arena is full. */
bool series_labels_resource(struct series_labels *labels, const struct resource *resource,
                            struct arena *arena) THAW_CHECK;

/*
 * Add a point's attributes.  One of the name of a label that is there is called exported_<name>;
 * two of the same name (after translation) are one, their values joined by a semicolon; lists, maps
 * and bytes are no labels.  STATUS_BAD: too many labels; STATUS_FULL: the arena is full.
 */
enum status series_labels_point(struct series_labels *labels, struct attrs attrs,
                                struct arena *arena) THAW_CHECK;

/* Who owns a series, for limits: the function of a resource, else its job. */
struct slice series_labels_owner(const struct series_labels *labels);

/* The identity; the empty slice if the arena is full. */
struct slice series_labels_encode(const struct series_labels *labels, struct arena *arena);

/* The next label of an identity without its first byte, which moves on; false at its end, or where
 * it is none. */
bool series_labels_next(struct slice *identity, struct series_label *label);

/* Whether bytes are an identity. */
bool series_labels_valid(struct slice identity);

#endif
