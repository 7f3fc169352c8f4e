/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"

#include "alert/alert_history.h"
#include "alert/alert_limits.h"
#include "alert/alert_preview.h"
#include "alert/alert_private.h"

#include "base/clock.h"
#include "base/entropy.h"
#include "notify/notify_rehearsal.h"
#include "query/query.h"

#include <stdlib.h>

/* ---- What would have been. ---- */

/* The rules that are evaluated now, as texts in memory of their own. */
struct copied {
    void *memory;
    struct alert_set_text *texts;
    size_t count;
};

static void copy_texts(void *context, const struct alert_run_sight *sight)
{
    struct copied *copied = context;
    const struct alert_set *set = sight->set;
    size_t size = (set->text_count + 1) * sizeof(struct alert_set_text);
    for (size_t i = 0; i < set->text_count; i++) {
        size += set->texts[i].name.size + set->texts[i].text.size + 2 * ARENA_ALIGN;
    }
    struct arena arena;
    copied->memory = malloc(size);
    if (copied->memory == NULL) {
        return;
    }
    arena_init(&arena, copied->memory, size);
    copied->texts = arena_alloc_array(&arena, set->text_count + 1, sizeof(*copied->texts));
    for (size_t i = 0; i < set->text_count && copied->texts != NULL; i++) {
        copied->texts[i] = (struct alert_set_text){.name = arena_dup(&arena, set->texts[i].name),
                                                   .text = arena_dup(&arena, set->texts[i].text)};
    }
    copied->count = set->text_count;
}

/* Before when counts are kept by the hour or longer, as far as it matters. */
static int64_t coarse_before(struct view *view, int64_t from_ns, int64_t to_ns)
{
    const int64_t hour_ns = INT64_C(3600) * 1000000000, minute_ns = hour_ns / 60;
    view_read_begin(view);
    int64_t low = from_ns / hour_ns, high = to_ns / hour_ns + 1;
    bool coarse = view_rollup_grain(view, from_ns) > minute_ns;
    while (coarse && low < high) {
        int64_t middle = low + (high - low) / 2;
        if (view_rollup_grain(view, middle * hour_ns) > minute_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    view_read_end(view);
    return coarse ? low * (hour_ns / 1000000) : INT64_MIN;
}

static void rehearse(void *context, struct json_write *writer, const struct notify_alert *told,
                     size_t count)
{
    const struct alerts *alerts = context;
    notify_rehearsal_write(alerts->notify, told, count, clock_wall_ns(), writer);
}

static enum status preview_of(struct alerts *alerts, const struct alert_preview_request *request,
                              const struct copied *copied, struct json_write *writer,
                              struct buf *errors)
{
    struct derived derived = {
        .query = &alerts->query, .now_ns = clock_wall_ns, .keep = alerts->derived.keep};
    const struct series_source items[] = {derived_source(&derived), alerts->items[1],
                                          alerts->items[2]};
    struct source_union all = {.items = items, .count = 3};
    const struct series_source source = source_union(&all);
    uint64_t to_ns = request->to_ns == 0 ? clock_wall_ns() : request->to_ns;
    uint64_t span_ns = (uint64_t)ALERT_PREVIEW_SPAN_MS * CLOCK_NS_PER_MS;
    struct alert_preview_options options = {
        .texts = copied->texts,
        .text_count = copied->count,
        .draft = request->draft,
        .rule = request->rule,
        .group = request->group,
        .from_ns = request->from_ns == 0 ? to_ns - span_ns : request->from_ns,
        .to_ns = to_ns,
        .step_ms = request->step_ms,
        .interval_ms = (int64_t)(alerts->settings->interval_ns / CLOCK_NS_PER_MS),
        .delay_ns = alerts->settings->delay_ns,
        .source = &source,
        .monotonic_ns = clock_monotonic_ns,
        .rehearse = rehearse,
        .context = alerts};
    enum status status = entropy_fill(&options.key, sizeof(options.key));
    options.coarse_ms = coarse_before(alerts->view, (int64_t)options.from_ns, (int64_t)to_ns);
    return status == STATUS_OK ? alert_preview_write(&options, writer, errors) : status;
}

enum status alert_preview(struct alerts *alerts, const struct alert_preview_request *request,
                          struct json_write *writer, struct buf *errors)
{
    struct copied copied = {.memory = NULL};
    /* One at a time: it takes a processor and some hundred megabytes. */
    if (atomic_flag_test_and_set(&alerts->previewing)) {
        return STATUS_AGAIN;
    }
    alert_run_read(alerts->run, copy_texts, &copied);
    enum status status =
        copied.texts == NULL ? STATUS_FULL : preview_of(alerts, request, &copied, writer, errors);
    free(copied.memory);
    atomic_flag_clear(&alerts->previewing);
    return status;
}

/* ---- What was. ---- */

void alert_write_history(struct alerts *alerts, uint64_t from_ns, uint64_t to_ns,
                         struct json_write *writer)
{
    struct arena arena;
    uint64_t now_ns = clock_wall_ns(), delay_ns = alerts->settings->delay_ns;
    uint64_t span_ns = (uint64_t)ALERT_PREVIEW_SPAN_MS * CLOCK_NS_PER_MS;
    struct rules_samples *samples = alert_run_samples(alerts->run);
    const struct series_source source = rules_samples_source(samples);
    void *memory = malloc(ALERT_SCRATCH_SIZE);
    to_ns = to_ns == 0 ? now_ns : to_ns;
    from_ns = from_ns == 0 ? to_ns - span_ns : from_ns;
    const struct alert_history history = {
        .source = &source,
        .from_ms = (int64_t)((from_ns > delay_ns ? from_ns - delay_ns : 0) / CLOCK_NS_PER_MS),
        .to_ms = (int64_t)((to_ns > delay_ns ? to_ns - delay_ns : 0) / CLOCK_NS_PER_MS),
        .now_ms = (int64_t)((now_ns - delay_ns) / CLOCK_NS_PER_MS),
        .oldest_ms = rules_samples_oldest(samples),
        .delay_ns = delay_ns};
    arena_init(&arena, memory, memory == NULL ? 0 : ALERT_SCRATCH_SIZE);
    alert_history_write(&history, &arena, writer);
    free(memory);
}
