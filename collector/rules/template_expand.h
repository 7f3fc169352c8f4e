/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_TEMPLATE_EXPAND_H
#define THAW_RULES_TEMPLATE_EXPAND_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/source.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Texts of labels and annotations, expanded for one sample of a rule: the language and the
 * functions that Prometheus has (template.h says whether a text is one).
 *
 * Pure but for query, which asks the samples.  Work is bounded: steps, bytes of the text and
 * queries have limits (rules_limits.h), and beyond one the text says so.
 */
struct template_data {
    const struct label_set *labels; /* Of the sample, its name included. */
    double value;
    const struct label_set *external_labels;
    struct slice external_url;
    /* Ask for an instant: the samples, in the arena; STATUS_BAD with a sentence in error.  NULL:
     * nothing may be asked. */
    enum status (*query)(void *context, struct slice text, struct arena *arena,
                         const struct series **series, size_t *count, struct slice *error);
    void *context;
};

/*
 * The text, in the arena or, where nothing is to be expanded, as it is.  An error becomes the text
 * "<error expanding template: ...>", as in Prometheus: an alert is worth more than its words.
 */
struct slice template_expand(struct slice text, const struct template_data *data,
                             struct arena *arena);

#endif
