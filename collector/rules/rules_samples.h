/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_SAMPLES_H
#define THAW_RULES_RULES_SAMPLES_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/status.h"
#include "promql/source.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What rules write: recorded samples, ALERTS and ALERTS_FOR_STATE, as a source of series.  In
 * memory only, for as long as its limits allow.
 *
 * Each series has an owner, the rule that writes it: what an evaluation of it does not write again
 * ends with a marker of staleness.
 *
 * One thread writes, any thread selects; a lock inside keeps them apart.
 */
struct rules_samples;

struct rules_samples_limits {
    size_t series_max;
    size_t bytes_max;   /* Of samples: the older half goes when they are more. */
    int64_t age_ms_max; /* 0: none is too old. */
    int64_t step_ms;    /* A sample less than that behind the one before the last replaces the last;
                           0: all are kept. */
};

/* NULL without memory. */
struct rules_samples *rules_samples_create(const struct hash_key *key,
                                           const struct rules_samples_limits *limits) THAW_CHECK;
void rules_samples_free(struct rules_samples *samples); /* NULL is fine. */

/* Write a sample; labels are copied where they are new.  STATUS_FULL: there is no room for another
 * series; STATUS_EXISTS: the series has a sample then, or later. */
enum status rules_samples_put(struct rules_samples *samples, uint32_t owner,
                              const struct label_set *labels, int64_t time_ms,
                              double value) THAW_CHECK;

/* End the series of an owner that have no sample of this time. */
void rules_samples_end(struct rules_samples *samples, uint32_t owner, int64_t time_ms);

/* The owner of series whose rule has not written them yet since they were loaded. */
#define RULES_SAMPLES_NOBODY UINT32_MAX

/*
 * Samples as bytes, for the disk (docs/formats/rules-samples.md): append those of a span, of as
 * many series as fit into the buf.  The answer is how many series there was no room for.
 */
size_t rules_samples_save(struct rules_samples *samples, int64_t from_ms, int64_t to_ms,
                          struct buf *out);

/* Put in what was saved; nobody owns it.  STATUS_BAD: these are no such bytes, and some of it may
 * be there; STATUS_FULL: there is no room for all.  What is there already stays. */
enum status rules_samples_load(struct rules_samples *samples, struct slice bytes) THAW_CHECK;

/* The time of the oldest sample; INT64_MAX: there is none. */
int64_t rules_samples_oldest(struct rules_samples *samples);

/* Let time pass: what is too old goes. */
void rules_samples_tick(struct rules_samples *samples, int64_t now_ms);

/* Whether a series of this name is written, or was. */
bool rules_samples_knows(struct rules_samples *samples, struct slice name);

struct series_source rules_samples_source(struct rules_samples *samples);

/* For statistics. */
void rules_samples_count(struct rules_samples *samples, size_t *series, size_t *bytes);

#endif
