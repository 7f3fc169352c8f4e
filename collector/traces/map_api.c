/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/map_api.h"

#include "api/api_search.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "traces/trace_map.h"
#include "traces/traces_limits.h"

#define NS_PER_MS 1000000

/* False: it was refused. */
static bool make(struct api_call *call, struct query_range range, uint64_t limit,
                 struct trace_map *map)
{
    struct deadline deadline;
    if (!api_search_deadline(call, &deadline)) {
        return false;
    }
    if (trace_map_make(call->query, range, (uint32_t)limit, deadline, call->arena, map) ==
        STATUS_OK) {
        return true;
    }
    api_call_refuse_large(call, "ask for a shorter time");
    return false;
}

static void write_nodes(struct json_write *writer, const struct trace_map *map)
{
    json_write_member_array(writer, SLICE("nodes"));
    for (uint32_t i = 0; i < map->node_count; i++) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("name"), map->nodes[i].name);
        json_write_member_u64(writer, SLICE("spans"), map->nodes[i].spans);
        json_write_member_u64(writer, SLICE("errors"), map->nodes[i].errors);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_edges(struct json_write *writer, const struct trace_map *map)
{
    json_write_member_array(writer, SLICE("edges"));
    for (uint32_t i = 0; i < map->edge_count; i++) {
        const struct trace_map_edge *edge = &map->edges[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("from"), map->nodes[edge->from].name);
        json_write_member_string(writer, SLICE("to"), map->nodes[edge->to].name);
        json_write_member_string(writer, SLICE("kind"),
                                 edge->message ? SLICE("message") : SLICE("call"));
        json_write_member_u64(writer, SLICE("count"), edge->count);
        json_write_member_u64(writer, SLICE("errors"), edge->errors);
        json_write_key(writer, SLICE("error_rate"));
        json_write_double(writer, (double)edge->errors / (double)edge->count, JSON_NONFINITE_NULL);
        api_write_ms(writer, SLICE("p95_ms"), edge->p95_ns);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void map_api_get(struct api_call *call)
{
    struct query_range range;
    struct trace_map map;
    uint64_t limit;
    if (!api_call_range(call, &range) ||
        !api_call_number(call, "limit", 1, TRACES_MAP_LIMIT_MAX, TRACES_MAP_LIMIT, &limit) ||
        !make(call, range, limit, &map)) {
        return;
    }
    json_write_object_begin(&call->writer);
    write_nodes(&call->writer, &map);
    write_edges(&call->writer, &map);
    json_write_member_u64(&call->writer, SLICE("transactions"), map.transactions);
    json_write_key(&call->writer, SLICE("partial"));
    if (map.partial) {
        json_write_object_begin(&call->writer);
        json_write_member_string(&call->writer, SLICE("reason"),
                                 SLICE("only the latest transactions were looked at"));
        json_write_object_end(&call->writer);
    } else {
        json_write_bool(&call->writer, false);
    }
    json_write_object_end(&call->writer);
}

/* Calls and messages between the same two are one. */
static uint64_t calls_of(const struct trace_map *map, uint32_t index)
{
    const struct trace_map_edge *edge = &map->edges[index];
    uint64_t count = 0;
    for (uint32_t i = 0; i < map->edge_count; i++) {
        if (map->edges[i].from == edge->from && map->edges[i].to == edge->to) {
            if (i < index) {
                return 0; /* It was told there. */
            }
            count += map->edges[i].count;
        }
    }
    return count;
}

static uint64_t write_calls(struct api_call *call, const struct trace_map *map, bool text)
{
    struct json_write *writer = &call->writer;
    uint64_t total = 0;
    for (uint32_t i = 0; i < map->edge_count; i++) {
        uint64_t count = calls_of(map, i);
        if (count == 0) {
            continue;
        }
        total++;
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("parent"), map->nodes[map->edges[i].from].name);
        json_write_member_string(writer, SLICE("child"), map->nodes[map->edges[i].to].name);
        if (text) {
            json_write_member_u64_text(writer, SLICE("callCount"), count);
        } else {
            json_write_member_u64(writer, SLICE("callCount"), count);
        }
        json_write_object_end(writer);
    }
    return total;
}

static bool read_ms(struct api_call *call, const char *name, int64_t otherwise, int64_t *ns)
{
    struct slice text = api_call_text(call, name);
    uint64_t value;
    *ns = otherwise;
    if (text.size == 0) {
        return true;
    }
    if (number_parse_u64(text, &value) == NUMBER_OK && value <= INT64_MAX / NS_PER_MS) {
        *ns = (int64_t)value * NS_PER_MS;
        return true;
    }
    api_call_refuse(call, 400, "bad_number", "give milliseconds", "cannot parse %s", name);
    return false;
}

void map_api_dependencies(struct api_call *call)
{
    struct query_range range;
    struct trace_map map;
    int64_t back_ns;
    if (!read_ms(call, "endTs", call->now_ns + 1, &range.to_ns) ||
        !read_ms(call, "lookback", TRACES_MAP_BACK_NS, &back_ns)) {
        return;
    }
    range.from_ns = range.to_ns > back_ns ? range.to_ns - back_ns : 0;
    if (!make(call, range, TRACES_MAP_LIMIT, &map)) {
        return;
    }
    api_search_mark_partial(call, map.partial ? QUERY_LIMIT_ROWS : QUERY_LIMIT_NONE);
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("data"));
    uint64_t total = write_calls(call, &map, false);
    json_write_array_end(&call->writer);
    json_write_member_u64(&call->writer, SLICE("total"), total);
    json_write_member_u64(&call->writer, SLICE("limit"), 0);
    json_write_member_u64(&call->writer, SLICE("offset"), 0);
    json_write_member_null(&call->writer, SLICE("errors"));
    json_write_object_end(&call->writer);
}

static int64_t time_of(const struct api_call *call, const char *name, const char *other,
                       int64_t otherwise)
{
    struct slice text = api_call_text(call, name);
    uint64_t time_ns;
    text = text.size > 0 ? text : api_call_text(call, other);
    return timestamp_parse(text, &time_ns) && time_ns < INT64_MAX ? (int64_t)time_ns : otherwise;
}

void map_api_dependencies_v3(struct api_call *call)
{
    struct query_range range = {
        .to_ns = time_of(call, "endTime", "end_time", call->now_ns + 1),
    };
    struct trace_map map;
    int64_t from_ns = range.to_ns > TRACES_MAP_BACK_NS ? range.to_ns - TRACES_MAP_BACK_NS : 0;
    range.from_ns = time_of(call, "startTime", "start_time", from_ns);
    if (!make(call, range, TRACES_MAP_LIMIT, &map)) {
        return;
    }
    api_search_mark_partial(call, map.partial ? QUERY_LIMIT_ROWS : QUERY_LIMIT_NONE);
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("dependencies"));
    (void)write_calls(call, &map, true);
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}
