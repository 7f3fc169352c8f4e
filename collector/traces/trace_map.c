/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_map.h"

#include "base/map.h"
#include "query/search.h"
#include "query/transaction.h"
#include "traces/trace.h"
#include "traces/traces_limits.h"

#include <stdlib.h>
#include <string.h>

/* How long one call took. */
struct sample {
    uint32_t edge;
    int64_t duration_ns;
};

struct mapping {
    const struct query *query;
    struct deadline deadline;
    struct arena *arena;
    struct arena names; /* A part of it. */
    struct trace_map *map;
    struct map nodes, edges;
    struct sample *samples;
    uint32_t sample_count;
    /* Of the transaction that is looked at. */
    const struct transaction *transaction;
    struct map spans;
};

/* ---- Nodes and edges. ---- */

struct node_lookup {
    const struct trace_map_node *nodes;
    struct slice name;
};

static bool node_is(const void *context, uint32_t row)
{
    const struct node_lookup *lookup = context;
    return slice_equal(lookup->nodes[row].name, lookup->name);
}

/* NONE where there is no room. */
static uint32_t node_of(struct mapping *mapping, const struct span *span)
{
    struct trace_map *map = mapping->map;
    struct node_lookup lookup = {map->nodes, trace_service(span->resource)};
    uint64_t hash = hash_sip64(&mapping->query->key, lookup.name);
    uint32_t row;
    if (map_find(&mapping->nodes, hash, node_is, &lookup, &row)) {
        return row;
    }
    if (map->node_count == TRACES_MAP_NODES_MAX ||
        map_insert(&mapping->nodes, hash, map->node_count) != STATUS_OK) {
        map->partial = true;
        return UINT32_MAX;
    }
    map->nodes[map->node_count] = (struct trace_map_node){.name = lookup.name};
    return map->node_count++;
}

static uint32_t edge_of(struct mapping *mapping, uint32_t from, uint32_t to, bool message)
{
    struct trace_map *map = mapping->map;
    uint64_t hash = hash_u64(((uint64_t)from << 32 | to) * 2 + (message ? 1 : 0));
    uint32_t row;
    if (map_find(&mapping->edges, hash, NULL, NULL, &row)) {
        return row;
    }
    if (map->edge_count == TRACES_MAP_EDGES_MAX ||
        map_insert(&mapping->edges, hash, map->edge_count) != STATUS_OK) {
        map->partial = true;
        return UINT32_MAX;
    }
    map->edges[map->edge_count] =
        (struct trace_map_edge){.from = from, .to = to, .message = message};
    return map->edge_count++;
}

static void count_edge(struct mapping *mapping, const struct transaction_span *caller,
                       const struct transaction_span *row, bool message)
{
    uint32_t from = node_of(mapping, caller->span);
    uint32_t to = node_of(mapping, row->span);
    if (from == UINT32_MAX || to == UINT32_MAX || from == to) {
        return;
    }
    uint32_t edge = edge_of(mapping, from, to, message);
    if (edge == UINT32_MAX) {
        return;
    }
    mapping->map->edges[edge].count++;
    mapping->map->edges[edge].errors += row->span->status == SPAN_STATUS_ERROR ? 1 : 0;
    if (mapping->sample_count < TRACES_MAP_SAMPLES_MAX) {
        mapping->samples[mapping->sample_count++] =
            (struct sample){edge, row->end_ns > row->start_ns ? row->end_ns - row->start_ns : 0};
    }
}

/* ---- Spans. ---- */

struct span_lookup {
    const struct transaction *transaction;
    struct id8 id;
};

static bool span_is(const void *context, uint32_t row)
{
    const struct span_lookup *lookup = context;
    return memcmp(&lookup->transaction->spans[row].span->span_id, &lookup->id,
                  sizeof(lookup->id)) == 0;
}

static uint64_t hash_id(const struct mapping *mapping, struct id8 id)
{
    return hash_sip64(&mapping->query->key, slice_of(id.bytes, sizeof(id.bytes)));
}

static const struct transaction_span *find_span(const struct mapping *mapping, struct id8 id)
{
    struct span_lookup lookup = {mapping->transaction, id};
    uint32_t row;
    return map_find(&mapping->spans, hash_id(mapping, id), span_is, &lookup, &row)
               ? &mapping->transaction->spans[row]
               : NULL;
}

static void count_span(struct mapping *mapping, const struct transaction_span *row)
{
    uint32_t node = node_of(mapping, row->span);
    if (node != UINT32_MAX) {
        mapping->map->nodes[node].spans++;
        mapping->map->nodes[node].errors += row->span->status == SPAN_STATUS_ERROR ? 1 : 0;
    }
    const struct transaction_span *caller = find_span(mapping, row->parent);
    if (caller != NULL) {
        count_edge(mapping, caller, row, false);
    }
    for (size_t i = 0; i < row->span->link_count; i++) {
        const struct transaction_span *sender = find_span(mapping, row->span->links[i].span_id);
        if (sender != NULL && sender != caller) {
            count_edge(mapping, sender, row, true);
        }
    }
}

static void count_transaction(struct mapping *mapping, const struct transaction *transaction)
{
    mapping->transaction = transaction;
    mapping->map->transactions++;
    map_reset(&mapping->spans);
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        if (map_insert(&mapping->spans, hash_id(mapping, transaction->spans[i].span->span_id), i) !=
            STATUS_OK) {
            mapping->map->partial = true;
            return;
        }
    }
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        count_span(mapping, &transaction->spans[i]);
    }
}

/* Names of what goes with the transaction become the map's. */
static bool own_names(struct mapping *mapping, uint32_t first)
{
    for (uint32_t i = first; i < mapping->map->node_count; i++) {
        struct trace_map_node *node = &mapping->map->nodes[i];
        node->name = arena_dup(&mapping->names, node->name);
    }
    return !arena_overflowed(&mapping->names);
}

static bool read_row(struct mapping *mapping, struct id16 id)
{
    struct transaction transaction;
    size_t mark = arena_mark(mapping->arena);
    uint32_t first = mapping->map->node_count;
    if (transaction_read(mapping->query, id, mapping->arena, &transaction) == STATUS_OK) {
        count_transaction(mapping, &transaction);
    }
    bool good = own_names(mapping, first);
    transaction_release(&transaction);
    arena_rewind(mapping->arena, mark);
    return good;
}

/* ---- The map. ---- */

static int compare_samples(const void *one, const void *other)
{
    const struct sample *a = one;
    const struct sample *b = other;
    if (a->edge != b->edge) {
        return a->edge < b->edge ? -1 : 1;
    }
    return (a->duration_ns > b->duration_ns) - (a->duration_ns < b->duration_ns);
}

static void find_percentiles(struct mapping *mapping)
{
    qsort(mapping->samples, mapping->sample_count, sizeof(mapping->samples[0]), compare_samples);
    for (uint32_t begin = 0, end; begin < mapping->sample_count; begin = end) {
        for (end = begin; end < mapping->sample_count &&
                          mapping->samples[end].edge == mapping->samples[begin].edge;
             end++) {
        }
        uint32_t rank = ((end - begin) * 95 + 99) / 100; /* The nearest one. */
        mapping->map->edges[mapping->samples[begin].edge].p95_ns =
            mapping->samples[begin + rank - 1].duration_ns;
    }
}

static enum status read_rows(struct mapping *mapping, struct query_range range, uint32_t limit)
{
    static const struct search_expr everything;
    const struct search search = {
        .expr = &everything,
        .range = range,
        .order = SEARCH_BY_START,
        .limit = limit,
        .deadline = mapping->deadline,
    };
    struct search_answer answer;
    enum status status = search_run(mapping->query, &search, mapping->arena, &answer);
    if (status != STATUS_OK) {
        return STATUS_FULL;
    }
    mapping->map->partial = answer.next_cursor.size > 0 || answer.partial != QUERY_LIMIT_NONE;
    for (uint32_t i = 0; i < answer.row_count; i++) {
        if (deadline_over(&mapping->deadline)) {
            mapping->map->partial = true;
            break;
        }
        if (!read_row(mapping, answer.rows[i].id)) {
            return STATUS_FULL;
        }
    }
    find_percentiles(mapping);
    return STATUS_OK;
}

enum status trace_map_make(const struct query *query, struct query_range range, uint32_t limit,
                           struct deadline deadline, struct arena *arena, struct trace_map *map)
{
    struct mapping mapping = {
        .query = query,
        .deadline = deadline,
        .arena = arena,
        .map = map,
        .samples = malloc(TRACES_MAP_SAMPLES_MAX * sizeof(struct sample)),
    };
    *map = (struct trace_map){
        .nodes = arena_alloc_array(arena, TRACES_MAP_NODES_MAX, sizeof(map->nodes[0])),
        .edges = arena_alloc_array(arena, TRACES_MAP_EDGES_MAX, sizeof(map->edges[0])),
    };
    enum status status = STATUS_FULL;
    void *names = arena_alloc(arena, TRACES_MAP_NAMES_SIZE);
    map_init_growing(&mapping.nodes, TRACES_MAP_NODES_MAX);
    map_init_growing(&mapping.edges, TRACES_MAP_EDGES_MAX);
    map_init_growing(&mapping.spans, UINT32_MAX);
    if (mapping.samples != NULL && map->nodes != NULL && map->edges != NULL && names != NULL) {
        arena_init(&mapping.names, names, TRACES_MAP_NAMES_SIZE);
        status = read_rows(&mapping, range, limit);
    }
    map_fini(&mapping.nodes);
    map_fini(&mapping.edges);
    map_fini(&mapping.spans);
    free(mapping.samples);
    return status;
}
