/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_BOOK_WORLD_H
#define THAW_TESTS_BOOK_WORLD_H

#include "alert/alert_book.h"

#include <string.h>

/* What the tests of the book and of what is made of it have in common. */

#define WORLD_START_NS UINT64_C(1795392000000000000) /* 2026-11-23T00:00:00Z */
#define WORLD_SECOND   UINT64_C(1000000000)

/* Fires and resolves at one evaluation each. */
static const struct alert_rule world_rule = {.threshold_ppm = 50000,
                                             .clear_ppm = 30000,
                                             .minimum = 50,
                                             .window_ns = 600 * WORLD_SECOND,
                                             .for_ns = 0,
                                             .clear_for_ns = 0,
                                             .gap_max_ns = 60 * WORLD_SECOND};

static inline void world_find(void *context, const struct alert_sample *sample,
                              struct alert_examples *found)
{
    (void)context;
    (void)sample;
    found->count = 2;
    memset(&found->items[0], 0xab, sizeof(found->items[0]));
    memset(&found->items[1], 0x01, sizeof(found->items[1]));
}

static inline struct alert_terms world_terms(void)
{
    return (struct alert_terms){
        .rule_name = SLICE("ColdStartRate"), .rule = world_rule, .find = world_find};
}

static inline struct alert_sample world_sample(const char *function, uint64_t samples,
                                               uint64_t hits)
{
    return (struct alert_sample){.account = SLICE("123456789012"),
                                 .region = SLICE("us-east-1"),
                                 .function = slice_from(function),
                                 .counts = {samples, hits}};
}

/* One evaluation in which only this function has calls. */
static inline bool world_evaluate(struct alert_book *book, const struct alert_terms *terms,
                                  uint64_t now_ns, struct alert_sample sample)
{
    alert_book_begin(book);
    bool changed = alert_book_count(book, terms, now_ns, &sample);
    return alert_book_end(book, terms, now_ns) || changed;
}

#endif
