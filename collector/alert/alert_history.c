/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_history.h"

#include "alert/alert_limits.h"

#include "promql/growing.h"

#include <stdlib.h>

#define MS_NS UINT64_C(1000000)

struct span {
    struct label_set labels;
    int64_t from_ms, to_ms;
    bool open; /* It goes on. */
};

struct gathering {
    const struct alert_history *history;
    struct growing spans;
    uint64_t left_out;
};

/* ---- Spans. ---- */

static void end_span(struct gathering *gathering, const struct series *series, int64_t from_ms,
                     int64_t to_ms, bool open)
{
    struct span *slot = growing_push(&gathering->spans);
    if (slot == NULL) {
        gathering->left_out++;
    } else {
        *slot = (struct span){series->labels, from_ms, to_ms, open};
    }
}

/* A series of ALERTS is active from a sample on until its marker, or until there is none for long.
 */
static enum status take_series(void *context, const struct series *series)
{
    struct gathering *gathering = context;
    const struct alert_history *history = gathering->history;
    bool active = false;
    int64_t from_ms = 0, last_ms = 0;
    for (size_t i = 0; i < series->sample_count; i++) {
        int64_t time_ms = series->samples[i].time_ms;
        bool ends = sample_is_stale(series->samples[i].value);
        if (active && (ends || time_ms - last_ms > ALERT_HISTORY_GAP_MS)) {
            end_span(gathering, series, from_ms, ends ? time_ms : last_ms, false);
            active = false;
        }
        if (!ends && !active) {
            from_ms = time_ms;
            active = true;
        }
        last_ms = time_ms;
    }
    if (active) {
        end_span(gathering, series, from_ms, last_ms,
                 last_ms >= history->now_ms - ALERT_HISTORY_GAP_MS);
    }
    return STATUS_OK;
}

static int latest_first(const void *one, const void *other)
{
    const struct span *left = one, *right = other;
    if (left->from_ms != right->from_ms) {
        return left->from_ms > right->from_ms ? -1 : 1;
    }
    return labels_compare(&left->labels, &right->labels);
}

/* ---- Writing. ---- */

static void write_time(struct json_write *writer, struct slice key, int64_t time_ms,
                       uint64_t delay_ns)
{
    json_write_member_u64_text(writer, key, (uint64_t)time_ms * MS_NS + delay_ns);
}

static void write_span(struct json_write *writer, const struct span *span, uint64_t delay_ns)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("rule"),
                             labels_value(&span->labels, SLICE("alertname")));
    json_write_member_string(writer, SLICE("state"),
                             labels_value(&span->labels, SLICE("alertstate")));
    json_write_member_object(writer, SLICE("labels"));
    for (size_t i = 0; i < span->labels.count; i++) {
        const struct label *label = &span->labels.items[i];
        if (!slice_equal(label->name, LABEL_NAME) &&
            !slice_equal(label->name, SLICE("alertstate"))) {
            json_write_member_string(writer, label->name, label->value);
        }
    }
    json_write_object_end(writer);
    write_time(writer, SLICE("from"), span->from_ms, delay_ns);
    if (span->open) {
        json_write_member_null(writer, SLICE("to"));
    } else {
        write_time(writer, SLICE("to"), span->to_ms, delay_ns);
    }
    json_write_object_end(writer);
}

void alert_history_write(const struct alert_history *history, struct arena *arena,
                         struct json_write *writer)
{
    const struct matcher named = {
        .kind = MATCHER_EQUAL, .name = LABEL_NAME, .value = SLICE("ALERTS")};
    const struct selection selection = {.matchers = &named,
                                        .matcher_count = 1,
                                        .from_ms = history->from_ms,
                                        .to_ms = history->to_ms};
    struct gathering gathering = {.history = history,
                                  .spans = growing_of(arena, sizeof(struct span))};
    enum status status = history->source->select(history->source->context, &selection, arena,
                                                 take_series, &gathering);
    struct span *spans = gathering.spans.items;
    size_t count = gathering.spans.count;
    if (count > 1) {
        qsort(spans, count, sizeof(*spans), latest_first);
    }
    size_t shown = count < ALERT_HISTORY_COUNT_MAX ? count : (size_t)ALERT_HISTORY_COUNT_MAX;
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("history"));
    for (size_t i = 0; i < shown; i++) {
        write_span(writer, &spans[i], history->delay_ns);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("more"), count - shown + gathering.left_out);
    json_write_member_bool(writer, SLICE("partial"), status != STATUS_OK);
    if (history->oldest_ms == INT64_MAX) {
        json_write_member_null(writer, SLICE("since"));
    } else {
        write_time(writer, SLICE("since"), history->oldest_ms, history->delay_ns);
    }
    json_write_object_end(writer);
}
