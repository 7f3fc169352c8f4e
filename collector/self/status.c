/* SPDX-License-Identifier: Apache-2.0 */
#include "self/status.h"

#include "base/clock.h"
#include "self/counters.h"

#include <stddef.h>

/* A function that nobody has heard of for so long is silent. */
#define STATUS_SILENT_NS (INT64_C(86400) * INT64_C(1000000000))

/* Nanoseconds are milliseconds with so many digits of a fraction. */
#define STATUS_MS_DIGITS 6

static void status_store(const struct status_state *state, struct json_write *writer)
{
    const struct store_stats *store = &state->store;
    json_write_member_object(writer, SLICE("store"));
    json_write_member_string(writer, SLICE("path"), state->store_path);
    json_write_member_u64(writer, SLICE("segments"), store->segments);
    json_write_member_u64(writer, SLICE("bytes"), store->bytes);
    json_write_member_u64(writer, SLICE("frames"), store->frames);
    json_write_key(writer, SLICE("last_sync_ms"));
    json_write_scaled(writer, (int64_t)store->last_sync_ns, STATUS_MS_DIGITS);
    json_write_member_u64(writer, SLICE("recovered_frames"), store->recovered_frames);
    json_write_member_u64(writer, SLICE("cut_bytes"), store->cut_bytes);
    json_write_member_u64(writer, SLICE("quarantined"), store->quarantined);
    json_write_object_end(writer);
}

static void status_rejected(struct json_write *writer)
{
    static const struct {
        struct slice reason;
        enum counter counter;
    } reasons[] = {
        {SLICE_INIT("malformed"), COUNTER_REJECTED_MALFORMED},
        {SLICE_INIT("too_deep"), COUNTER_REJECTED_TOO_DEEP},
        {SLICE_INIT("too_large"), COUNTER_REJECTED_TOO_LARGE},
        {SLICE_INIT("compression_ratio"), COUNTER_REJECTED_RATIO},
        {SLICE_INIT("content_type"), COUNTER_REJECTED_TYPE},
        {SLICE_INIT("content_encoding"), COUNTER_REJECTED_ENCODING},
        {SLICE_INIT("busy"), COUNTER_REJECTED_BUSY},
        {SLICE_INIT("storage"), COUNTER_REJECTED_STORAGE},
        {SLICE_INIT("token"), COUNTER_HTTP_REFUSED_TOKEN},
        {SLICE_INIT("body_too_large"), COUNTER_HTTP_REFUSED_TOO_LARGE},
        {SLICE_INIT("records_without_ids"), COUNTER_REJECTED_RECORDS},
    };
    json_write_member_object(writer, SLICE("rejected"));
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        json_write_member_u64(writer, reasons[i].reason, counters_get(reasons[i].counter));
    }
    json_write_object_end(writer);
}

static void status_ingest(const struct status_state *state, struct json_write *writer)
{
    json_write_member_object(writer, SLICE("ingest"));
    json_write_member_u64(writer, SLICE("requests"),
                          counters_get(COUNTER_INGEST_TRACES) + counters_get(COUNTER_INGEST_LOGS) +
                              counters_get(COUNTER_INGEST_METRICS) +
                              counters_get(COUNTER_INGEST_FIREHOSE) +
                              counters_get(COUNTER_INGEST_CLOUDWATCH));
    json_write_member_object(writer, SLICE("records"));
    json_write_member_u64(writer, SLICE("spans"), counters_get(COUNTER_ACCEPTED_SPANS));
    json_write_member_u64(writer, SLICE("logs"), counters_get(COUNTER_ACCEPTED_LOGS));
    json_write_member_u64(writer, SLICE("points"), counters_get(COUNTER_ACCEPTED_POINTS));
    json_write_object_end(writer);
    status_rejected(writer);
    json_write_member_u64(writer, SLICE("duplicates"), counters_get(COUNTER_DUPLICATES));
    json_write_key(writer, SLICE("lag_ms"));
    json_write_scaled(writer, (int64_t)state->lag_ns, STATUS_MS_DIGITS);
    json_write_object_end(writer);
}

/* What live deliveries of log streams brought, and what of it was of no use. */
static void status_streams(const struct status_state *state, struct json_write *writer)
{
    json_write_member_object(writer, SLICE("log_streams"));
    json_write_member_u64(writer, SLICE("deliveries"),
                          counters_get(COUNTER_INGEST_FIREHOSE) +
                              counters_get(COUNTER_INGEST_CLOUDWATCH));
    json_write_member_u64(writer, SLICE("events"), counters_get(COUNTER_STREAMS_EVENTS));
    json_write_member_u64(writer, SLICE("control_messages"), counters_get(COUNTER_STREAMS_CONTROL));
    json_write_key(writer, SLICE("refused"));
    refusals_write(state->refusals, writer);
    json_write_object_end(writer);
}

/* What of all that is stored is in memory, for lists and sums, and what had no room there. */
static void status_memory(const struct status_state *state, struct json_write *writer)
{
    struct view_stats stats;
    view_read_begin(state->view);
    view_stats(state->view, &stats);
    view_read_end(state->view);
    json_write_member_object(writer, SLICE("memory"));
    json_write_member_u64(writer, SLICE("functions"), stats.functions);
    json_write_member_u64(writer, SLICE("instances"), stats.instances);
    json_write_member_u64(writer, SLICE("invocations"), stats.invocations);
    json_write_member_u64(writer, SLICE("minutes"), stats.rollups);
    json_write_member_u64(writer, SLICE("forgotten_invocations"), stats.forgotten_full);
    json_write_member_u64(writer, SLICE("forgotten_functions"), stats.forgotten_functions);
    json_write_member_u64(writer, SLICE("refused_records"), stats.refused_full);
    json_write_member_u64(writer, SLICE("refused_counts"), stats.refused_counts);
    json_write_object_end(writer);
}

static void status_functions(const struct status_state *state, struct json_write *writer)
{
    uint64_t seen = 0;
    uint64_t with_agent = 0;
    uint64_t silent = 0;
    uint64_t dropped = 0;
    struct view_stats stats;
    view_read_begin(state->view);
    view_stats(state->view, &stats);
    uint32_t count = view_function_count(state->view);
    for (uint32_t row = 0; row < count; row++) {
        struct function_facts facts;
        view_function(state->view, row, &facts);
        if (facts.last_seen_ns == UNKNOWN_NS) {
            continue; /* It turned out to be another. */
        }
        seen++;
        with_agent += facts.agent_version.size > 0 ? 1 : 0;
        silent += (int64_t)state->now_ns - facts.last_seen_ns > STATUS_SILENT_NS ? 1 : 0;
    }
    uint32_t instances = view_instance_count(state->view);
    for (uint32_t row = 0; row < instances; row++) {
        struct instance_facts facts;
        view_instance(state->view, row, &facts);
        dropped += facts.agent_dropped;
    }
    view_read_end(state->view);
    json_write_member_object(writer, SLICE("agents"));
    json_write_member_u64(writer, SLICE("instances_alive"), stats.instances_alive);
    /* Agents tell what they dropped, by reason, when their instance ends; the view adds it up. */
    json_write_member_object(writer, SLICE("dropped"));
    if (dropped > 0) {
        json_write_member_u64(writer, SLICE("all_reasons"), dropped);
    }
    json_write_object_end(writer);
    json_write_object_end(writer);
    json_write_member_object(writer, SLICE("functions"));
    json_write_member_u64(writer, SLICE("seen"), seen);
    json_write_member_u64(writer, SLICE("with_agent"), with_agent);
    json_write_member_u64(writer, SLICE("silent_24h"), silent);
    json_write_object_end(writer);
}

static void status_alerts(const struct status_state *state, struct json_write *writer)
{
    json_write_member_object(writer, SLICE("alerts"));
    if (state->alerts.evaluated_ns > 0) {
        json_write_member_u64_text(writer, SLICE("evaluated_at"), state->alerts.evaluated_ns);
    } else {
        json_write_member_null(writer, SLICE("evaluated_at"));
    }
    json_write_member_u64(writer, SLICE("firing"), state->alerts.firing);
    json_write_object_end(writer);
}

void status_write(const struct status_state *state, struct json_write *writer)
{
    uint64_t up_ns = state->now_ns > state->start_ns ? state->now_ns - state->start_ns : 0;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("version"), SLICE(THAW_VERSION));
    json_write_member_u64_text(writer, SLICE("started_at"), state->start_ns);
    json_write_member_u64(writer, SLICE("uptime_s"), up_ns / CLOCK_NS_PER_S);
    json_write_member_bool(writer, SLICE("accepting"), state->store.accepting);
    if (state->store.accepting) {
        json_write_member_null(writer, SLICE("reason"));
    } else {
        json_write_member_string(writer, SLICE("reason"), slice_from(state->store.reason));
    }
    status_store(state, writer);
    status_ingest(state, writer);
    status_streams(state, writer);
    status_memory(state, writer);
    status_functions(state, writer);
    status_alerts(state, writer);
    json_write_member_object(writer, SLICE("prices"));
    json_write_member_string(writer, SLICE("version"), state->prices.version);
    json_write_member_string(writer, SLICE("date"), state->prices.date);
    json_write_object_end(writer);
    json_write_object_end(writer);
}
