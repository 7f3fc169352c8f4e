/* SPDX-License-Identifier: Apache-2.0 */
#include "self/metrics.h"

#include "base/clock.h"
#include "base/number.h"
#include "self/counters.h"

#include <stddef.h>
#include <string.h>

/* A number that is not in counters.def: what is now. */
struct metrics_gauge {
    const char *metric;
    const char *type;
    const char *help;
    uint64_t value;
    unsigned digits; /* value / 10^digits. */
    bool absent;     /* There is no such thing here. */
};

static void metrics_head(struct buf *out, const char *metric, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, type);
}

static void metrics_counters(struct buf *out)
{
    const char *before = "";
    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        const struct counter_row *row = counters_row((enum counter)i);
        if (strcmp(before, row->metric) != 0) {
            metrics_head(out, row->metric, "counter", row->help);
            before = row->metric;
        }
        buf_append_text(out, row->metric);
        if (row->labels[0] != '\0') {
            buf_printf(out, "{%s}", row->labels);
        }
        buf_append_byte(out, ' ');
        buf_append_u64(out, counters_get((enum counter)i));
        buf_append_byte(out, '\n');
    }
}

/* The rows of what is now. */
enum {
    METRICS_GAUGE_COUNT = 26,
    METRICS_SERIES_COUNT = 9,
    METRICS_WORK_COUNT = 2,
    METRICS_NOTIFY_COUNT = 6,
};

static void metrics_series(const struct series_stats *series,
                           struct metrics_gauge gauges[METRICS_SERIES_COUNT])
{
    const struct metrics_gauge filled[METRICS_SERIES_COUNT] = {
        {"thaw_collector_series", "gauge", "Series of metrics that were sent.", series->count, 0,
         false},
        {"thaw_collector_series_limit", "gauge", "Series that there may be.", series->count_max, 0,
         false},
        {"thaw_collector_series_bytes", "gauge", "Bytes of memory that their samples take.",
         series->bytes, 0, false},
        {"thaw_collector_series_bytes_limit", "gauge",
         "Bytes from which on samples are thinned earlier.", series->bytes_max, 0, false},
        {"thaw_collector_series_samples", "gauge", "Samples of series in memory.", series->samples,
         0, false},
        {"thaw_collector_series_points_total", "counter", "Data points taken into series.",
         series->points, 0, false},
        {"thaw_collector_series_points_repeated_total", "counter",
         "Data points that were there already.", series->repeated, 0, false},
        {"thaw_collector_series_evicted_total", "counter",
         "Idle series that were forgotten because others wanted their place.", series->evicted, 0,
         false},
        {"thaw_collector_series_samples_cut_total", "counter",
         "Samples that were forgotten before their time for want of memory.", series->cut, 0,
         false},
    };
    memcpy(gauges, filled, sizeof(filled));
}

static void metrics_notify(const struct notify_stats *notify,
                           struct metrics_gauge gauges[METRICS_NOTIFY_COUNT])
{
    const struct metrics_gauge filled[METRICS_NOTIFY_COUNT] = {
        {"thaw_collector_notifications_waiting", "gauge", "Messages that wait for their receiver.",
         notify->waiting, 0, false},
        {"thaw_collector_notifications_delivered_total", "counter",
         "Messages that their receiver took.", notify->delivered, 0, false},
        {"thaw_collector_notifications_failed_total", "counter",
         "Messages that were given up: refused, or not taken for a day.", notify->failed, 0, false},
        {"thaw_collector_notifications_retries_total", "counter",
         "Attempts after which a message waits on.", notify->retried, 0, false},
        {"thaw_collector_notifications_refused_alerts_total", "counter",
         "Alerts that no room was left for; they are taken when there is.", notify->refused, 0,
         false},
        {"thaw_collector_notify_reload_failing", "gauge",
         "1 while the receivers in use are older than the file of --notify, which is wrong; not "
         "there without one.",
         notify->file.failing ? 1 : 0, 0, !notify->file.used},
    };
    memcpy(gauges, filled, sizeof(filled));
}

static void metrics_gauges(const struct metrics_state *state,
                           struct metrics_gauge gauges[METRICS_GAUGE_COUNT])
{
    const struct store_stats *store = &state->store;
    const struct metrics_gauge filled[METRICS_GAUGE_COUNT] = {
        {"thaw_collector_accepting", "gauge", "1 while telemetry is accepted, else 0.",
         store->accepting ? 1 : 0, 0, false},
        {"thaw_collector_store_segments", "gauge", "Segments on the disk.", store->segments, 0,
         false},
        {"thaw_collector_store_segments_sealed", "gauge", "Of them, those that are sealed.",
         store->sealed, 0, false},
        {"thaw_collector_store_seals_failed_total", "counter",
         "Attempts to seal a segment that failed; they are repeated.", store->seals_failed, 0,
         false},
        {"thaw_collector_store_asked", "gauge",
         "Files that a look-up by id asks: of merged ids, and of single segments.", store->asked, 0,
         false},
        {"thaw_collector_store_merges_total", "counter", "Times that ids of segments were merged.",
         store->merges, 0, false},
        {"thaw_collector_store_merges_failed_total", "counter",
         "Times they could not be; it is repeated.", store->merges_failed, 0, false},
        {"thaw_collector_store_merged_bytes_total", "counter", "Bytes that merging has written.",
         store->merged_bytes, 0, false},
        {"thaw_collector_store_bytes", "gauge", "Bytes of logs and sealed segments on the disk.",
         store->bytes, 0, false},
        {"thaw_collector_store_frames", "gauge", "Frames (request bodies) on the disk.",
         store->frames, 0, false},
        {"thaw_collector_store_recovered_frames", "gauge", "Frames replayed at the last start.",
         store->recovered_frames, 0, false},
        {"thaw_collector_store_cut_bytes", "gauge", "Bytes of torn tails cut at the last start.",
         store->cut_bytes, 0, false},
        {"thaw_collector_store_quarantined", "gauge",
         "Damaged places, missing segments and frames set aside at the last start.",
         store->quarantined, 0, false},
        {"thaw_collector_store_syncs_total", "counter", "Syncs of the log.", store->syncs, 0,
         false},
        {"thaw_collector_store_last_sync_seconds", "gauge", "How long the latest sync took.",
         store->last_sync_ns, 9, false},
        {"thaw_collector_view_saves_total", "counter", "Times the view was saved.", store->saves, 0,
         false},
        {"thaw_collector_view_save_failures_total", "counter",
         "Times it could not be; the next start replays more of the log.", store->save_failures, 0,
         false},
        {"thaw_collector_view_save_bytes", "gauge", "Size of the latest saved view.",
         store->save_bytes, 0, false},
        {"thaw_collector_view_save_seconds", "gauge",
         "How long the latest one took, with waiting for the disk.", store->save_ns, 9, false},
        {"thaw_collector_alerts_firing", "gauge", "Alerts that are firing.", state->firing, 0,
         false},
        {"thaw_collector_start_time_seconds", "gauge", "When the process began, in Unix time.",
         state->start_ns / CLOCK_NS_PER_MS, 3, false},
        {"thaw_collector_http_connections", "gauge", "Connections that are open.",
         state->web.connections, 0, false},
        {"thaw_collector_http_connections_limit", "gauge", "Connections that may be open.",
         state->web.connections_max, 0, false},
        {"thaw_collector_tls_certificate_expiry_time_seconds", "gauge",
         "When the first certificate of the chain that is shown expires, in Unix time; not there "
         "without TLS.",
         (uint64_t)state->web.certificate.expires_s, 0, !state->web.tls.used},
        {"thaw_collector_tls_reload_failing", "gauge",
         "1 while certificate and key in use are older than their files, which are wrong; not "
         "there "
         "without TLS.",
         state->web.tls.failing ? 1 : 0, 0, !state->web.tls.used},
        {"thaw_collector_tokens_reload_failing", "gauge",
         "1 while the tokens in use are older than their file, which is wrong; not there without "
         "tokens.",
         state->web.tokens.failing ? 1 : 0, 0, !state->web.tokens.used},
    };
    memcpy(gauges, filled, sizeof(filled));
}

/* What is done, and for whom. */
static void metrics_work(const struct metrics_state *state,
                         struct metrics_gauge gauges[METRICS_WORK_COUNT])
{
    const struct metrics_gauge filled[METRICS_WORK_COUNT] = {
        {"thaw_collector_ingest_lag_seconds", "gauge",
         "How long the latest acknowledged request waited for the disk.", state->lag_ns, 9, false},
        {"thaw_agent_instances_alive", "gauge", "Instances of functions that are alive.",
         state->instances_alive, 0, false},
    };
    memcpy(gauges, filled, sizeof(filled));
}

void metrics_take_series(struct metrics_state *state, struct series_store *series)
{
    series_read_begin(series);
    series_stats(series, &state->series);
    state->refusal_count = series_refusal_count(series);
    for (size_t i = 0; i < state->refusal_count; i++) {
        series_refusal(series, i, &state->refusals[i]);
    }
    series_read_end(series);
}

/* The value of a label: a name that somebody sent. */
static void metrics_label(struct buf *out, const char *text)
{
    buf_append_byte(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            buf_append_byte(out, '\\');
        }
        /* Names are cut, perhaps inside of a character. */
        buf_append_byte(out, byte < 0x20 || byte >= 0x7f ? '?' : byte);
    }
    buf_append_byte(out, '"');
}

#define METRICS_REFUSED "thaw_collector_series_refused_points_total"
#define METRICS_REFUSED_HELP                                                                       \
    "Data points that were not taken into series, by reason, function (or service) and metric."

static void metrics_refusals(const struct metrics_state *state, struct buf *out)
{
    if (state->refusal_count > 0) {
        metrics_head(out, METRICS_REFUSED, "counter", METRICS_REFUSED_HELP);
    }
    for (size_t i = 0; i < state->refusal_count; i++) {
        const struct series_refusal *refusal = &state->refusals[i];
        buf_printf(out,
                   METRICS_REFUSED "{reason=\"%s\",function=", series_reason_name(refusal->reason));
        metrics_label(out, refusal->owner);
        buf_append_text(out, ",metric=");
        metrics_label(out, refusal->metric);
        buf_append_text(out, "} ");
        buf_append_u64(out, refusal->count);
        buf_append_byte(out, '\n');
    }
}

static void metrics_write_gauges(const struct metrics_gauge *gauges, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct metrics_gauge *gauge = &gauges[i];
        char text[NUMBER_TEXT_SIZE];
        if (gauge->absent) {
            continue;
        }
        (void)number_format_scaled((int64_t)gauge->value, gauge->digits, text);
        metrics_head(out, gauge->metric, gauge->type, gauge->help);
        buf_printf(out, "%s %s\n", gauge->metric, text);
    }
}

#define METRICS_INFO      "thaw_collector_info"
#define METRICS_INFO_HELP "1; the label tells the version."

void metrics_write(const struct metrics_state *state, struct buf *out)
{
    struct metrics_gauge series[METRICS_SERIES_COUNT];
    struct metrics_gauge gauges[METRICS_GAUGE_COUNT];
    struct metrics_gauge work[METRICS_WORK_COUNT];
    struct metrics_gauge notify[METRICS_NOTIFY_COUNT];
    metrics_counters(out);
    metrics_refusals(state, out);
    metrics_series(&state->series, series);
    metrics_gauges(state, gauges);
    metrics_work(state, work);
    metrics_write_gauges(series, METRICS_SERIES_COUNT, out);
    metrics_write_gauges(gauges, METRICS_GAUGE_COUNT, out);
    metrics_write_gauges(work, METRICS_WORK_COUNT, out);
    metrics_notify(&state->notify, notify);
    metrics_write_gauges(notify, METRICS_NOTIFY_COUNT, out);
    metrics_head(out, METRICS_INFO, "gauge", METRICS_INFO_HELP);
    buf_append_text(out, METRICS_INFO "{version=\"" THAW_VERSION "\"} 1\n");
}

static void metrics_each_gauge(const struct metrics_gauge *gauges, size_t count,
                               metrics_visit *visit, void *context)
{
    static const double scales[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    for (size_t i = 0; i < count; i++) {
        if (!gauges[i].absent) {
            visit(context, gauges[i].metric, "",
                  (double)gauges[i].value / scales[gauges[i].digits]);
        }
    }
}

void metrics_each(const struct metrics_state *state, metrics_visit *visit, void *context)
{
    struct metrics_gauge series[METRICS_SERIES_COUNT];
    struct metrics_gauge gauges[METRICS_GAUGE_COUNT];
    struct metrics_gauge work[METRICS_WORK_COUNT];
    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        const struct counter_row *row = counters_row((enum counter)i);
        visit(context, row->metric, row->labels, (double)counters_get((enum counter)i));
    }
    metrics_series(&state->series, series);
    metrics_gauges(state, gauges);
    metrics_work(state, work);
    metrics_each_gauge(series, METRICS_SERIES_COUNT, visit, context);
    metrics_each_gauge(gauges, METRICS_GAUGE_COUNT, visit, context);
    metrics_each_gauge(work, METRICS_WORK_COUNT, visit, context);
    visit(context, METRICS_INFO, "version=\"" THAW_VERSION "\"", 1);
}

static void metrics_reference_gauges(const struct metrics_gauge *gauges, size_t count,
                                     struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "| `%s` | | %s | %s |\n", gauges[i].metric, gauges[i].type, gauges[i].help);
    }
}

void metrics_write_reference(struct buf *out)
{
    static const struct metrics_state nothing;
    struct metrics_gauge series[METRICS_SERIES_COUNT];
    struct metrics_gauge gauges[METRICS_GAUGE_COUNT];
    struct metrics_gauge work[METRICS_WORK_COUNT];
    struct metrics_gauge notify[METRICS_NOTIFY_COUNT];
    const char *before = "";
    buf_append_text(out, "| metric | labels | type | meaning |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        const struct counter_row *row = counters_row((enum counter)i);
        const char *help = strcmp(before, row->metric) != 0 ? row->help : "";
        buf_printf(out, "| `%s` | %s | counter | %s |\n", row->metric, row->labels, help);
        before = row->metric;
    }
    buf_append_text(out, "| `" METRICS_REFUSED
                         "` | reason, function, metric | counter | " METRICS_REFUSED_HELP " |\n");
    metrics_series(&nothing.series, series);
    metrics_gauges(&nothing, gauges);
    metrics_work(&nothing, work);
    metrics_reference_gauges(series, METRICS_SERIES_COUNT, out);
    metrics_reference_gauges(gauges, METRICS_GAUGE_COUNT, out);
    metrics_reference_gauges(work, METRICS_WORK_COUNT, out);
    metrics_notify(&nothing.notify, notify);
    metrics_reference_gauges(notify, METRICS_NOTIFY_COUNT, out);
    buf_append_text(out, "| `" METRICS_INFO "` | version | gauge | " METRICS_INFO_HELP " |\n");
}
