/* SPDX-License-Identifier: Apache-2.0 */
#include "query/routes_told.h"
#include "query/query_limits.h"

#include "base/map.h"
#include "columns/scan_query.h"
#include "model/record_ids.h"
#include "model/rows.h"
#include "proto/names.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* That a span of a function with this id told a route. */
struct sight {
    uint64_t key; /* A keyed hash of the function's name and the id. */
    uint64_t start_ns;
    uint32_t text;
};

struct routes_told {
    const struct query *query;
    struct deadline deadline;
    struct scan_look look;
    struct arena arena; /* Of the texts, which are few: each is there once. */
    struct route_told *texts;
    uint32_t text_count;
    struct map text_map;
    struct sight *sights;
    uint32_t sight_count, sight_capacity;
    struct map sight_map;
    bool cut;
    unsigned char memory[ROUTES_TOLD_TEXT_SIZE];
};

/* ---- Texts. ---- */

struct text_lookup {
    const struct routes_told *told;
    const struct route_told *route;
};

static bool text_is(const void *context, uint32_t row)
{
    const struct text_lookup *lookup = context;
    const struct route_told *text = &lookup->told->texts[row];
    return slice_equal(text->method, lookup->route->method) &&
           slice_equal(text->route, lookup->route->route);
}

static uint32_t text_of(struct routes_told *told, const struct route_told *route)
{
    const struct text_lookup lookup = {told, route};
    uint64_t hash = hash_sip64(&told->query->key, route->route);
    uint32_t row;
    if (map_find(&told->text_map, hash, text_is, &lookup, &row)) {
        return row;
    }
    const struct route_told copy = {arena_dup(&told->arena, route->method),
                                    arena_dup(&told->arena, route->route)};
    if (told->text_count == GROUP_COUNT_MAX || arena_overflowed(&told->arena) ||
        map_insert(&told->text_map, hash, told->text_count) != STATUS_OK) {
        told->cut = true;
        return ROW_NONE;
    }
    told->texts[told->text_count] = copy;
    return told->text_count++;
}

/* ---- Who told them. ---- */

static uint64_t key_of(const struct routes_told *told, struct slice function, struct id16 id)
{
    struct {
        uint64_t function;
        struct id16 id;
    } both = {hash_sip64(&told->query->key, function), id};
    return hash_sip64(&told->query->key, slice_of(&both, sizeof(both)));
}

struct sight_lookup {
    const struct routes_told *told;
    uint64_t key;
};

static bool sight_is(const void *context, uint32_t row)
{
    const struct sight_lookup *lookup = context;
    return lookup->told->sights[row].key == lookup->key;
}

static void add_sight(struct routes_told *told, const struct sight *sight)
{
    const struct sight_lookup lookup = {told, sight->key};
    uint32_t row;
    if (map_find(&told->sight_map, sight->key, sight_is, &lookup, &row)) {
        if (sight->start_ns < told->sights[row].start_ns) {
            told->sights[row] = *sight;
        }
        return;
    }
    void *sights = told->sights;
    bool fits = rows_reserve(&sights, &told->sight_capacity, (uint64_t)told->sight_count + 1,
                             ROUTES_TOLD_COUNT_MAX, sizeof(told->sights[0]));
    told->sights = sights;
    if (!fits || map_insert(&told->sight_map, sight->key, told->sight_count) != STATUS_OK) {
        told->cut = true;
        return;
    }
    told->sights[told->sight_count++] = *sight;
}

/* ---- Spans. ---- */

static bool is_root(const struct span *span)
{
    static const struct id8 zero;
    return span->kind == SPAN_SERVER || memcmp(&span->parent_span_id, &zero, sizeof(zero)) == 0;
}

/* Each span is looked at here, and none is wanted. */
static bool look_at(void *context, const struct span *span, const struct log_line *line)
{
    struct routes_told *told = context;
    struct route_told route = {.method = SLICE_EMPTY};
    (void)line;
    told->look.cut = told->look.cut || deadline_over_soon(&told->deadline);
    if (told->look.cut || span == NULL || !is_root(span) ||
        !attrs_find_text(span->attrs, NAME_HTTP_ROUTE, &route.route) || route.route.size == 0) {
        return false;
    }
    if (!attrs_find_text(span->attrs, NAME_HTTP_REQUEST_METHOD, &route.method)) {
        (void)attrs_find_text(span->attrs, NAME_HTTP_METHOD, &route.method);
    }
    struct slice function = record_sender(span->resource);
    struct record_ids ids = record_ids_span(span);
    uint32_t text = text_of(told, &route);
    for (size_t i = 0; i < ids.count && text != ROW_NONE; i++) {
        add_sight(told, &(struct sight){key_of(told, function, ids.ids[i]), span->start_ns, text});
    }
    return false;
}

static bool stop(void *context)
{
    struct routes_told *told = context;
    return deadline_over(&told->deadline);
}

static bool count_none(void *context, const struct store_measures *measures)
{
    (void)context;
    (void)measures;
    return true;
}

static enum status read_spans(struct routes_told *told, struct query_range range)
{
    struct store_hold *hold = store_hold(told->query->store);
    if (hold == NULL) {
        return STATUS_FULL;
    }
    told->look = (struct scan_look){.wants = look_at, .stop = stop, .context = told};
    const struct scan_query scan = {
        .signals = SCAN_SPANS,
        .from_ns = range.from_ns > 0 ? (uint64_t)range.from_ns : 0,
        .to_ns = range.to_ns > 0 ? (uint64_t)range.to_ns : 0,
        .look = &told->look,
    };
    enum status status = store_measure(hold, &scan, STORE_TIMES | STORE_ERRORS, count_none, told);
    told->cut = told->cut || status != STATUS_OK || told->look.reached_ns > scan.from_ns;
    store_release(hold);
    return status == STATUS_FULL ? STATUS_FULL : STATUS_OK;
}

struct routes_told *routes_told_create(const struct query *query, struct query_range range,
                                       struct deadline deadline, bool *partial)
{
    struct routes_told *told = calloc(1, sizeof(*told));
    struct route_told *texts = calloc(GROUP_COUNT_MAX, sizeof(texts[0]));
    if (told == NULL || texts == NULL) {
        free(told);
        free(texts);
        return NULL;
    }
    told->query = query;
    told->deadline = deadline;
    told->texts = texts;
    arena_init(&told->arena, told->memory, sizeof(told->memory));
    map_init_growing(&told->text_map, GROUP_COUNT_MAX);
    map_init_growing(&told->sight_map, ROUTES_TOLD_COUNT_MAX);
    if (read_spans(told, range) != STATUS_OK) {
        routes_told_free(told);
        return NULL;
    }
    *partial = *partial || told->cut;
    return told;
}

void routes_told_free(struct routes_told *told)
{
    if (told == NULL) {
        return;
    }
    map_fini(&told->text_map);
    map_fini(&told->sight_map);
    free(told->texts);
    free(told->sights);
    free(told);
}

bool routes_told_find(const struct routes_told *told, const struct invocation_facts *facts,
                      const struct function_facts *function, struct route_told *route)
{
    const struct id16 ids[] = {facts->request_id, facts->trace_id};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        const struct sight_lookup lookup = {told, key_of(told, function->name, ids[i])};
        uint32_t row;
        if (map_find(&told->sight_map, lookup.key, sight_is, &lookup, &row)) {
            *route = told->texts[told->sights[row].text];
            return true;
        }
    }
    return false;
}
