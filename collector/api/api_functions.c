/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_functions.h"

#include "query/inventory.h"

#define MB_MS_PER_GB_S 1024000.0

static void write_counts(struct json_write *writer, const struct inventory_row *row)
{
    const struct rollup_facts *facts = &row->sum->facts;
    json_write_member_u64(writer, SLICE("invocations"), facts->invocations);
    json_write_member_u64(writer, SLICE("errors"), facts->errors);
    json_write_member_u64(writer, SLICE("timeouts"), facts->timeouts);
    json_write_member_u64(writer, SLICE("cold_starts"), facts->cold);
    json_write_member_u64(writer, SLICE("proactive_inits"), facts->proactive);
    json_write_key(writer, SLICE("cold_start_rate"));
    if (facts->invocations > 0) {
        json_write_double(writer, (double)facts->cold / (double)facts->invocations,
                          JSON_NONFINITE_NULL);
    } else {
        json_write_null(writer);
    }
    api_write_percentiles(writer, SLICE("wait_ms"), &row->sum->wait);
    api_write_percentiles(writer, SLICE("init_ms"), &row->sum->init);
    api_write_percentiles(writer, SLICE("duration_ms"), &row->sum->reported);
    api_write_int(writer, SLICE("max_memory_mb"),
                  facts->invocations > 0 ? facts->max_memory_mb : UNKNOWN_INT);
    json_write_member_u64(writer, SLICE("billed_ms"), facts->billed_ms);
    json_write_key(writer, SLICE("gb_seconds"));
    json_write_double(writer, (double)facts->mb_ms / MB_MS_PER_GB_S, JSON_NONFINITE_NULL);
}

static void write_triggers(struct json_write *writer, const struct inventory_row *row)
{
    json_write_member_array(writer, SLICE("triggers"));
    for (uint32_t i = 0; i < row->trigger_count; i++) {
        const struct inventory_trigger *trigger = &row->triggers[i];
        if (trigger->invocations == 0) {
            continue; /* Proactive inits have none. */
        }
        json_write_object_begin(writer);
        api_write_text(writer, SLICE("trigger"), trigger->name);
        json_write_member_u64(writer, SLICE("invocations"), trigger->invocations);
        json_write_member_u64(writer, SLICE("cold_starts"), trigger->cold);
        api_write_waits(writer, trigger->name);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

#define NS_PER_US 1000

/* A mean over those invocations of which it is known; null without any. */
static void write_mean_ms(struct json_write *writer, struct slice key, uint64_t sum_us,
                          uint64_t count)
{
    api_write_ms(writer, key, count > 0 ? (int64_t)(sum_us * NS_PER_US / count) : UNKNOWN_NS);
}

/* What the agents of a function cost; null where none tells. */
static void write_agent(struct json_write *writer, const struct inventory_row *row)
{
    const struct agent_sums *agent = &row->sum->facts.agent;
    json_write_key(writer, SLICE("agent"));
    if (agent->told == 0) {
        json_write_null(writer);
        return;
    }
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("invocations"), agent->told);
    api_write_ms(writer, SLICE("cpu_ms"), (int64_t)(agent->cpu_us * NS_PER_US));
    write_mean_ms(writer, SLICE("cpu_ms_per_invocation"), agent->cpu_us, agent->told);
    api_write_ms(writer, SLICE("held_ms"), (int64_t)(agent->held_us * NS_PER_US));
    write_mean_ms(writer, SLICE("held_ms_per_invocation"), agent->held_us, agent->told);
    json_write_member_u64(writer, SLICE("wire_bytes"), agent->wire_bytes);
    api_write_int(writer, SLICE("memory_bytes"), row->agent_memory_bytes);
    api_write_money(writer, SLICE("cost"), &row->held);
    json_write_object_end(writer);
}

/* What may wait in frozen instances. */
static void write_waiting(struct json_write *writer, const struct inventory_waiting *waiting)
{
    json_write_member_object(writer, SLICE("waiting"));
    json_write_member_u64(writer, SLICE("instances"), waiting->instances);
    json_write_member_u64(writer, SLICE("records"), waiting->records);
    api_write_time(writer, SLICE("since"), waiting->since_ns);
    json_write_object_end(writer);
}

static void write_row(struct json_write *writer, const struct inventory_row *row)
{
    const struct function_facts *function = &row->function;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), function->name);
    api_write_text(writer, SLICE("version"), function->version);
    api_write_text(writer, SLICE("region"), function->region);
    api_write_text(writer, SLICE("account"), function->account);
    api_write_text(writer, SLICE("provider"), function->provider);
    api_write_text(writer, SLICE("platform"), function->platform);
    api_write_sources(writer, function->sources);
    json_write_member_bool(writer, SLICE("made_up"), function->made_up);
    api_write_text(writer, SLICE("runtime"), function->runtime);
    api_write_text(writer, SLICE("arch"), function->arch);
    api_write_text(writer, SLICE("env"), function->environment);
    api_write_text(writer, SLICE("application"), row->application);
    api_write_int(writer, SLICE("memory_mb"), function->memory_mb);
    api_write_int(writer, SLICE("timeout_ms"), function->timeout_ms);
    write_counts(writer, row);
    write_triggers(writer, row);
    api_write_money(writer, SLICE("cost"), &row->cost);
    json_write_member_u64(writer, SLICE("instances"), row->instances);
    write_agent(writer, row);
    unsent_write(writer, &row->unsent);
    write_waiting(writer, &row->waiting);
    api_write_time(writer, SLICE("first_seen"), function->first_seen_ns);
    api_write_time(writer, SLICE("last_seen"), function->last_seen_ns);
    api_write_text(writer, SLICE("agent_version"), function->agent_version);
    json_write_object_end(writer);
}

static void write_rows(struct json_write *writer, struct slice key,
                       const struct inventory *inventory)
{
    json_write_member_array(writer, key);
    for (uint32_t i = 0; i < inventory->row_count; i++) {
        write_row(writer, &inventory->rows[i]);
    }
    json_write_array_end(writer);
}

static void write_column_u64(struct json_write *writer, struct slice key,
                             const struct series *series, size_t offset)
{
    json_write_member_array(writer, key);
    for (uint32_t i = 0; i < series->point_count; i++) {
        const char *facts = (const char *)&series->points[i].facts;
        json_write_u64(writer, *(const uint64_t *)(const void *)(facts + offset));
    }
    json_write_array_end(writer);
}

static void write_column_ms(struct json_write *writer, struct slice key,
                            const struct series *series, size_t offset)
{
    json_write_member_array(writer, key);
    for (uint32_t i = 0; i < series->point_count; i++) {
        const char *point = (const char *)&series->points[i];
        int64_t value_ns = *(const int64_t *)(const void *)(point + offset);
        if (value_ns == UNKNOWN_NS) {
            json_write_null(writer);
        } else {
            json_write_scaled(writer, value_ns, 6);
        }
    }
    json_write_array_end(writer);
}

static void write_series(struct json_write *writer, const struct series *series)
{
    static const struct {
        struct slice key;
        size_t offset;
    } counts[] = {
        {SLICE_INIT("invocations"), offsetof(struct rollup_facts, invocations)},
        {SLICE_INIT("errors"), offsetof(struct rollup_facts, errors)},
        {SLICE_INIT("timeouts"), offsetof(struct rollup_facts, timeouts)},
        {SLICE_INIT("cold_starts"), offsetof(struct rollup_facts, cold)},
        {SLICE_INIT("billed_ms"), offsetof(struct rollup_facts, billed_ms)},
    };
    static const struct {
        struct slice key;
        size_t offset;
    } durations[] = {
        {SLICE_INIT("wait_p50"), offsetof(struct series_point, wait_p50_ns)},
        {SLICE_INIT("wait_p95"), offsetof(struct series_point, wait_p95_ns)},
        {SLICE_INIT("wait_p99"), offsetof(struct series_point, wait_p99_ns)},
        {SLICE_INIT("init_p95"), offsetof(struct series_point, init_p95_ns)},
        {SLICE_INIT("duration_p50"), offsetof(struct series_point, duration_p50_ns)},
        {SLICE_INIT("duration_p95"), offsetof(struct series_point, duration_p95_ns)},
        {SLICE_INIT("duration_p99"), offsetof(struct series_point, duration_p99_ns)},
    };
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("step_ms"));
    json_write_scaled(writer, series->step_ns, 6);
    json_write_member_array(writer, SLICE("t"));
    for (uint32_t i = 0; i < series->point_count; i++) {
        json_write_i64_text(writer, series->points[i].start_ns);
    }
    json_write_array_end(writer);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        write_column_u64(writer, counts[i].key, series, counts[i].offset);
    }
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        write_column_ms(writer, durations[i].key, series, durations[i].offset);
    }
    json_write_member_array(writer, SLICE("cost"));
    for (uint32_t i = 0; i < series->point_count; i++) {
        char amount[MONEY_TEXT_SIZE];
        size_t size = money_format(series->points[i].cost.amount, amount);
        json_write_string(writer, slice_of(amount, size));
    }
    json_write_array_end(writer);
    json_write_member_bool(writer, SLICE("partial"), series->partial);
    json_write_object_end(writer);
}

void api_functions_list(struct api_call *call)
{
    struct query_range range;
    struct inventory inventory;
    if (!api_call_range(call, &range)) {
        return;
    }
    if (inventory_read(call->query, range, SLICE_EMPTY, call->arena, &inventory) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time");
        return;
    }
    json_write_object_begin(&call->writer);
    write_rows(&call->writer, SLICE("functions"), &inventory);
    api_write_time(&call->writer, SLICE("from"), range.from_ns);
    api_write_time(&call->writer, SLICE("to"), range.to_ns);
    json_write_member_bool(&call->writer, SLICE("partial"), inventory.partial);
    json_write_object_end(&call->writer);
}

static bool function_known(struct api_call *call, struct slice name)
{
    bool known = false;
    view_read_begin(call->query->view);
    for (uint32_t i = 0; !known && i < view_function_count(call->query->view); i++) {
        struct function_facts function;
        view_function(call->query->view, i, &function);
        known = slice_equal(function.name, name);
    }
    view_read_end(call->query->view);
    if (!known) {
        api_call_refuse(call, 404, "not_found", "GET functions?from=0 lists all",
                        "no function of this name has been seen");
    }
    return known;
}

void api_functions_get(struct api_call *call)
{
    struct query_range range;
    struct inventory inventory;
    struct series series;
    if (!api_call_range(call, &range) || !function_known(call, call->rest)) {
        return;
    }
    if (inventory_read(call->query, range, call->rest, call->arena, &inventory) != STATUS_OK ||
        series_read(call->query, range, call->rest, call->arena, &series) != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time");
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_string(&call->writer, SLICE("name"), call->rest);
    write_rows(&call->writer, SLICE("rows"), &inventory);
    json_write_member_bool(&call->writer, SLICE("partial"), inventory.partial);
    json_write_key(&call->writer, SLICE("series"));
    write_series(&call->writer, &series);
    json_write_object_end(&call->writer);
}

void api_functions_series(struct api_call *call)
{
    struct query_range range;
    struct series series;
    if (!api_call_range(call, &range)) {
        return;
    }
    if (series_read(call->query, range, api_call_text(call, "function"), call->arena, &series) !=
        STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time");
        return;
    }
    write_series(&call->writer, &series);
}
