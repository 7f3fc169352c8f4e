/* SPDX-License-Identifier: Apache-2.0 */
#include "self/status.h"

#include "base/clock.h"
#include "self/counters.h"

#include <stddef.h>

/* A function that nobody has heard of for so long is silent. */
#define STATUS_SILENT_NS (INT64_C(86400) * INT64_C(1000000000))

#define STATUS_HOUR_NS (INT64_C(3600) * INT64_C(1000000000))

/* Nanoseconds are milliseconds with so many digits of a fraction. */
#define STATUS_MS_DIGITS 6

static void status_store(const struct status_state *state, struct json_write *writer)
{
    const struct store_stats *store = &state->store;
    json_write_member_object(writer, SLICE("store"));
    json_write_member_string(writer, SLICE("path"), state->store_path);
    json_write_member_u64(writer, SLICE("segments"), store->segments);
    json_write_member_u64(writer, SLICE("sealed"), store->sealed);
    json_write_member_u64(writer, SLICE("seals_failed"), store->seals_failed);
    json_write_member_u64(writer, SLICE("guides"), store->guides);
    json_write_member_u64(writer, SLICE("asked"), store->asked);
    json_write_member_u64(writer, SLICE("merges"), store->merges);
    json_write_member_u64(writer, SLICE("merges_failed"), store->merges_failed);
    json_write_member_u64(writer, SLICE("merged_bytes"), store->merged_bytes);
    json_write_member_u64(writer, SLICE("bytes"), store->bytes);
    json_write_member_u64(writer, SLICE("frames"), store->frames);
    json_write_key(writer, SLICE("last_sync_ms"));
    json_write_scaled(writer, (int64_t)store->last_sync_ns, STATUS_MS_DIGITS);
    json_write_member_u64(writer, SLICE("recovered_frames"), store->recovered_frames);
    json_write_member_u64(writer, SLICE("cut_bytes"), store->cut_bytes);
    json_write_member_u64(writer, SLICE("quarantined"), store->quarantined);
    json_write_member_object(writer, SLICE("view"));
    json_write_member_u64(writer, SLICE("saves"), store->saves);
    json_write_member_u64(writer, SLICE("failures"), store->save_failures);
    json_write_member_u64(writer, SLICE("bytes"), store->save_bytes);
    json_write_key(writer, SLICE("save_ms"));
    json_write_scaled(writer, (int64_t)store->save_ns, STATUS_MS_DIGITS);
    if (store->save_reason[0] == '\0') {
        json_write_member_null(writer, SLICE("reason"));
    } else {
        json_write_member_string(writer, SLICE("reason"), slice_from(store->save_reason));
    }
    json_write_object_end(writer);
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
    int64_t forgotten_ns = view_forgotten_ns(state->view);
    view_read_end(state->view);
    json_write_member_object(writer, SLICE("memory"));
    json_write_member_u64(writer, SLICE("functions"), stats.functions);
    json_write_member_u64(writer, SLICE("instances"), stats.instances);
    json_write_member_u64(writer, SLICE("invocations"), stats.invocations);
    json_write_member_u64(writer, SLICE("minutes"), stats.rollups);
    json_write_key(writer, SLICE("since"));
    if (forgotten_ns == INT64_MIN) {
        json_write_null(writer);
    } else {
        json_write_i64_text(writer, forgotten_ns);
    }
    json_write_member_u64(writer, SLICE("forgotten_invocations"), stats.forgotten_full);
    json_write_member_u64(writer, SLICE("forgotten_functions"), stats.forgotten_functions);
    json_write_member_u64(writer, SLICE("refused_records"), stats.refused_full);
    json_write_member_u64(writer, SLICE("refused_counts"), stats.refused_counts);
    json_write_object_end(writer);
}

/* A point that was refused: whose, and of what. */
static void status_series_refusal(const struct series_refusal *refusal, struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("reason"),
                             slice_from(series_reason_name(refusal->reason)));
    json_write_member_string(writer, SLICE("function"), slice_from(refusal->owner));
    json_write_member_string(writer, SLICE("metric"), slice_from(refusal->metric));
    json_write_member_u64(writer, SLICE("points"), refusal->count);
    json_write_member_u64_text(writer, SLICE("last_at"), refusal->last_ns);
    json_write_object_end(writer);
}

/* The metrics that functions and services send. */
static void status_series(const struct status_state *state, struct json_write *writer)
{
    struct series_stats stats;
    series_read_begin(state->series);
    series_stats(state->series, &stats);
    json_write_member_object(writer, SLICE("series"));
    json_write_member_u64(writer, SLICE("count"), stats.count);
    json_write_member_u64(writer, SLICE("limit"), stats.count_max);
    json_write_member_u64(writer, SLICE("function_limit"), stats.owner_count_max);
    json_write_member_u64(writer, SLICE("samples"), stats.samples);
    json_write_member_u64(writer, SLICE("bytes"), stats.bytes);
    json_write_member_u64(writer, SLICE("bytes_limit"), stats.bytes_max);
    json_write_member_u64(writer, SLICE("points"), stats.points);
    json_write_member_u64(writer, SLICE("repeated"), stats.repeated);
    json_write_member_u64(writer, SLICE("evicted"), stats.evicted);
    json_write_member_u64(writer, SLICE("cut"), stats.cut);
    json_write_member_array(writer, SLICE("refused"));
    for (size_t i = 0; i < series_refusal_count(state->series); i++) {
        struct series_refusal refusal;
        series_refusal(state->series, i, &refusal);
        status_series_refusal(&refusal, writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
    series_read_end(state->series);
}

/* What agents say of themselves, over all functions. */
struct status_agents {
    uint64_t instances_alive;
    struct unsent unsent;
    struct agent_sums hour; /* Of the last hour. */
    int64_t memory_bytes;   /* The most that one of those alive has; UNKNOWN_INT. */
    uint64_t waiting_instances, waiting_records;
    int64_t waiting_since_ns; /* UNKNOWN_NS */
};

static void add_minute(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                       const struct rollup_facts *facts)
{
    struct agent_sums *hour = context;
    (void)function;
    (void)trigger;
    (void)minute_ns;
    hour->told += facts->agent.told;
    hour->cpu_us += facts->agent.cpu_us;
    hour->held_us += facts->agent.held_us;
    hour->wire_bytes += facts->agent.wire_bytes;
}

static void add_instance(struct status_agents *agents, const struct instance_facts *facts)
{
    bool alive = facts->stop_ns == UNKNOWN_NS && !facts->silent;
    unsent_add(&agents->unsent, &facts->unsent);
    if (alive && facts->agent_memory_bytes > agents->memory_bytes) {
        agents->memory_bytes = facts->agent_memory_bytes;
    }
    if (facts->pool || facts->waiting_records == 0) {
        return;
    }
    if (agents->waiting_instances == 0 || facts->waiting_since_ns < agents->waiting_since_ns) {
        agents->waiting_since_ns = facts->waiting_since_ns;
    }
    agents->waiting_instances++;
    agents->waiting_records += facts->waiting_records;
}

static void write_agents(const struct status_agents *agents, struct json_write *writer)
{
    const int64_t us_ns = (int64_t)CLOCK_NS_PER_US;
    json_write_member_object(writer, SLICE("agents"));
    json_write_member_u64(writer, SLICE("instances_alive"), agents->instances_alive);
    /* Agents tell what they dropped, by reason, when their instance ends; the view adds it up. */
    unsent_write(writer, &agents->unsent);
    json_write_member_object(writer, SLICE("last_hour"));
    json_write_member_u64(writer, SLICE("invocations"), agents->hour.told);
    json_write_key(writer, SLICE("cpu_ms"));
    json_write_scaled(writer, (int64_t)agents->hour.cpu_us * us_ns, STATUS_MS_DIGITS);
    json_write_key(writer, SLICE("held_ms"));
    json_write_scaled(writer, (int64_t)agents->hour.held_us * us_ns, STATUS_MS_DIGITS);
    json_write_member_u64(writer, SLICE("wire_bytes"), agents->hour.wire_bytes);
    json_write_object_end(writer);
    json_write_key(writer, SLICE("memory_bytes"));
    if (agents->memory_bytes == UNKNOWN_INT) {
        json_write_null(writer);
    } else {
        json_write_i64(writer, agents->memory_bytes);
    }
    json_write_member_object(writer, SLICE("waiting"));
    json_write_member_u64(writer, SLICE("instances"), agents->waiting_instances);
    json_write_member_u64(writer, SLICE("records"), agents->waiting_records);
    json_write_key(writer, SLICE("since"));
    if (agents->waiting_instances == 0) {
        json_write_null(writer);
    } else {
        json_write_i64_text(writer, agents->waiting_since_ns);
    }
    json_write_object_end(writer);
    json_write_object_end(writer);
}

/* Files that are taken again when they change. */
static void status_reload(const struct reload_facts *facts, struct json_write *writer)
{
    json_write_member_u64_text(writer, SLICE("loaded_at"), facts->loaded_ns);
    if (facts->failing) {
        json_write_member_string(writer, SLICE("reload_error"), slice_from(facts->error));
    } else {
        json_write_member_null(writer, SLICE("reload_error"));
    }
}

/* Who connects, and what they are shown. */
static void status_http(const struct status_state *state, struct json_write *writer)
{
    const struct web_stats *web = &state->web;
    json_write_member_object(writer, SLICE("http"));
    json_write_member_u64(writer, SLICE("connections"), web->connections);
    json_write_member_u64(writer, SLICE("connections_limit"), web->connections_max);
    json_write_member_u64(writer, SLICE("connections_swept"),
                          counters_get(COUNTER_CONNECTIONS_SWEPT));
    json_write_member_u64(writer, SLICE("connections_evicted"),
                          counters_get(COUNTER_CONNECTIONS_EVICTED));
    json_write_member_u64(writer, SLICE("connections_refused"),
                          counters_get(COUNTER_CONNECTIONS_REFUSED));
    if (web->tls.used) {
        const struct certificate_facts *certificate = &web->certificate;
        json_write_member_object(writer, SLICE("tls"));
        json_write_member_string(writer, SLICE("subject"), slice_from(certificate->subject));
        json_write_member_u64_text(writer, SLICE("expires_at"),
                                   (uint64_t)certificate->expires_s * CLOCK_NS_PER_S);
        json_write_member_bool(writer, SLICE("expired"),
                               certificate->expires_s <= (int64_t)(state->now_ns / CLOCK_NS_PER_S));
        status_reload(&web->tls, writer);
        json_write_member_object(writer, SLICE("handshakes"));
        json_write_member_u64(writer, SLICE("full"), counters_get(COUNTER_HANDSHAKES_FULL));
        json_write_member_u64(writer, SLICE("resumed"), counters_get(COUNTER_HANDSHAKES_RESUMED));
        json_write_object_end(writer);
        json_write_object_end(writer);
    } else {
        json_write_member_null(writer, SLICE("tls"));
    }
    if (web->tokens.used) {
        json_write_member_object(writer, SLICE("token_file"));
        status_reload(&web->tokens, writer);
        json_write_object_end(writer);
    } else {
        json_write_member_null(writer, SLICE("token_file"));
    }
    json_write_object_end(writer);
}

static void status_functions(const struct status_state *state, struct json_write *writer)
{
    uint64_t seen = 0;
    uint64_t with_agent = 0;
    uint64_t silent = 0;
    int64_t now_ns = (int64_t)state->now_ns;
    struct status_agents agents = {.memory_bytes = UNKNOWN_INT, .waiting_since_ns = UNKNOWN_NS};
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
        silent += now_ns - facts.last_seen_ns > STATUS_SILENT_NS ? 1 : 0;
        view_rollup_each(state->view, row, now_ns - STATUS_HOUR_NS, now_ns, add_minute,
                         &agents.hour);
    }
    uint32_t instances = view_instance_count(state->view);
    for (uint32_t row = 0; row < instances; row++) {
        struct instance_facts facts;
        view_instance(state->view, row, &facts);
        add_instance(&agents, &facts);
    }
    view_read_end(state->view);
    agents.instances_alive = stats.instances_alive;
    write_agents(&agents, writer);
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
    json_write_member_u64(writer, SLICE("rules"), state->alerts.rules);
    json_write_member_u64(writer, SLICE("failing"), state->alerts.failing);
    json_write_member_u64(writer, SLICE("took_us"), state->alerts.took_ns / 1000);
    json_write_key(writer, SLICE("load_error"));
    if (state->alerts.load_error[0] == '\0') {
        json_write_null(writer);
    } else {
        json_write_string(writer, slice_from(state->alerts.load_error));
    }
    json_write_object_end(writer);
}

static void status_notify(const struct notify_stats *stats, struct json_write *writer)
{
    json_write_member_object(writer, SLICE("notify"));
    json_write_member_u64(writer, SLICE("alerts"), stats->alerts);
    json_write_member_u64(writer, SLICE("groups"), stats->groups);
    json_write_member_u64(writer, SLICE("waiting"), stats->waiting);
    json_write_member_u64(writer, SLICE("delivered"), stats->delivered);
    json_write_member_u64(writer, SLICE("failed"), stats->failed);
    json_write_member_u64(writer, SLICE("retries"), stats->retried);
    json_write_member_u64(writer, SLICE("refused_alerts"), stats->refused);
    json_write_key(writer, SLICE("file_error"));
    if (stats->file.failing) {
        json_write_string(writer, slice_from(stats->file.error));
    } else {
        json_write_null(writer);
    }
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
    status_http(state, writer);
    status_memory(state, writer);
    status_series(state, writer);
    status_functions(state, writer);
    status_alerts(state, writer);
    status_notify(&state->notify, writer);
    json_write_member_object(writer, SLICE("prices"));
    json_write_member_string(writer, SLICE("version"), state->prices.version);
    json_write_member_string(writer, SLICE("date"), state->prices.date);
    json_write_object_end(writer);
    json_write_object_end(writer);
}
