/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_view.h"

#include "model/view.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* Functions read before others get a turn at the view. */
#define ROWS_AT_A_TIME 64

/* The functions of one reading; their slices live as long as the view. */
struct gather {
    struct alert_sample *samples;
    size_t count;
    struct map by_name; /* Hash of the names -> index of the sample. */
};

static void add_minute(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                       const struct rollup_facts *facts)
{
    struct alert_counts *counts = context;
    (void)function;
    (void)trigger;
    (void)minute_ns;
    counts->samples += facts->invocations;
    counts->hits += facts->cold;
}

static bool same_names(const struct alert_sample *sample, const struct function_facts *facts)
{
    return slice_equal(sample->function, facts->name) &&
           slice_equal(sample->region, facts->region) &&
           slice_equal(sample->account, facts->account);
}

struct wanted {
    const struct gather *gather;
    const struct function_facts *facts;
};

static bool is_wanted(const void *context, uint32_t row)
{
    const struct wanted *wanted = context;
    return same_names(&wanted->gather->samples[row], wanted->facts);
}

/* Add a version's counts to its function's.  False without memory. */
static bool gather_add(struct gather *gather, const struct function_facts *facts,
                       const struct alert_counts *counts)
{
    uint64_t hash = alert_book_fingerprint(SLICE_EMPTY, facts->account, facts->region, facts->name);
    const struct wanted wanted = {.gather = gather, .facts = facts};
    uint32_t row = 0;
    if (!map_find(&gather->by_name, hash, is_wanted, &wanted, &row)) {
        row = (uint32_t)gather->count;
        if (map_insert(&gather->by_name, hash, row) != STATUS_OK) {
            return false;
        }
        gather->samples[row] = (struct alert_sample){
            .account = facts->account, .region = facts->region, .function = facts->name};
        gather->count++;
    }
    gather->samples[row].counts.samples += counts->samples;
    gather->samples[row].counts.hits += counts->hits;
    return true;
}

/* Read some rows of functions.  False without memory. */
static bool gather_rows(struct gather *gather, struct view *view, uint32_t first, uint32_t end,
                        const uint64_t span_ns[2])
{
    bool right = true;
    view_read_begin(view);
    for (uint32_t row = first; row < end && right; row++) {
        struct alert_counts counts = {0, 0};
        view_rollup_each(view, row, (int64_t)span_ns[0], (int64_t)span_ns[1], add_minute, &counts);
        if (counts.samples > 0) {
            struct function_facts facts;
            view_function(view, row, &facts);
            right = gather_add(gather, &facts, &counts);
        }
    }
    view_read_end(view);
    return right;
}

void alert_view_read(struct view *view, uint64_t from_ns, uint64_t to_ns, alert_run_visit *visit,
                     void *visitor)
{
    const uint64_t span_ns[2] = {from_ns, to_ns};
    view_read_begin(view);
    uint32_t count = view_function_count(view);
    view_read_end(view);
    if (count == 0) {
        return;
    }
    struct gather gather = {.samples = calloc(count, sizeof(*gather.samples))};
    map_init_growing(&gather.by_name, count);
    bool right = gather.samples != NULL;
    for (uint32_t first = 0; first < count && right; first += ROWS_AT_A_TIME) {
        uint32_t end = count - first < ROWS_AT_A_TIME ? count : first + ROWS_AT_A_TIME;
        right = gather_rows(&gather, view, first, end, span_ns);
    }
    if (!right) {
        log_error("alert-counts-without-memory");
    }
    for (size_t i = 0; i < gather.count && right; i++) {
        visit(visitor, &gather.samples[i]);
    }
    map_fini(&gather.by_name);
    free(gather.samples);
}

static bool is_new_transaction(const struct alert_examples *found, const struct id16 *trace_id)
{
    for (size_t i = 0; i < found->count; i++) {
        if (memcmp(found->items[i].trace_id, trace_id->bytes, sizeof(trace_id->bytes)) == 0) {
            return false;
        }
    }
    return true;
}

/* Take an invocation as an example if it is one. */
static void consider(const struct view *view, uint32_t row, const struct alert_sample *sample,
                     struct alert_examples *found)
{
    struct invocation_facts facts;
    struct function_facts function;
    view_invocation(view, row, &facts);
    if (!facts.cold || facts.proactive || !is_new_transaction(found, &facts.trace_id)) {
        return;
    }
    view_function(view, facts.function, &function);
    if (!same_names(sample, &function)) {
        return;
    }
    struct alert_example *example = &found->items[found->count];
    memcpy(example->trace_id, facts.trace_id.bytes, sizeof(example->trace_id));
    memcpy(example->request_id, facts.request_id.bytes, sizeof(example->request_id));
    found->count++;
}

void alert_view_find(struct view *view, uint64_t from_ns, uint64_t to_ns,
                     const struct alert_sample *sample, struct alert_examples *found)
{
    struct view_walk walk;
    int64_t minute_ns = 0;
    size_t looked_at = 0;
    found->count = 0;
    view_walk_init(&walk, (int64_t)from_ns, (int64_t)to_ns);
    view_read_begin(view);
    while (found->count < ALERT_EXAMPLE_COUNT_MAX && looked_at < ALERT_EXAMPLE_WALK_MAX &&
           view_walk_minute(view, &walk, &minute_ns)) {
        uint32_t row = view_walk_invocation(view, &walk);
        while (row != ROW_NONE && found->count < ALERT_EXAMPLE_COUNT_MAX &&
               looked_at < ALERT_EXAMPLE_WALK_MAX) {
            consider(view, row, sample, found);
            looked_at++;
            row = view_walk_invocation(view, &walk);
        }
    }
    view_read_end(view);
}
