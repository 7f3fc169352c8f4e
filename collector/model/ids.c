/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ids.h"
#include "model/model_limits.h"
#include "model/view.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

struct id_lookup {
    const struct ids *ids;
    const struct id16 *id;
};

static bool id_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->ids->rows[row].id, lookup->id, sizeof(*lookup->id)) == 0;
}

static uint64_t id_hash(const struct ids *ids, const struct id16 *id)
{
    return hash_bulk64(&ids->bulk, slice_of(id->bytes, sizeof(id->bytes)));
}

void ids_init(struct ids *ids, const struct hash_key *key)
{
    *ids = (struct ids){.count_max = ID_COUNT_MAX};
    hash_bulk_init(&ids->bulk, key);
    map_init_growing(&ids->map, ID_COUNT_MAX);
}

void ids_fini(struct ids *ids)
{
    free(ids->rows);
    free(ids->edges);
    map_fini(&ids->map);
}

bool ids_valid(struct id16 id)
{
    static const struct id16 zero;
    return memcmp(&id, &zero, sizeof(id)) != 0;
}

uint32_t ids_find(const struct ids *ids, struct id16 id)
{
    struct id_lookup lookup = {ids, &id};
    uint32_t row;
    return map_find(&ids->map, id_hash(ids, &id), id_is, &lookup, &row) ? row : ROW_NONE;
}

uint32_t ids_touch(struct ids *ids, struct id16 id, uint32_t segment)
{
    uint32_t row = ids_find(ids, id);
    if (row != ROW_NONE) {
        if (ids->rows[row].segment_last < segment) {
            ids->rows[row].segment_last = segment;
        }
        return row;
    }
    void *rows = ids->rows;
    if (!rows_reserve(&rows, &ids->capacity, (uint64_t)ids->count + 1, ids->count_max,
                      sizeof(ids->rows[0]))) {
        return ROW_NONE;
    }
    ids->rows = rows;
    if (map_insert(&ids->map, id_hash(ids, &id), ids->count) != STATUS_OK) {
        return ROW_NONE;
    }
    ids->rows[ids->count] = (struct id_row){
        .id = id,
        .request_edges = ROW_NONE,
        .other_edges = ROW_NONE,
        .invocations = ROW_NONE,
        .target_links = ROW_NONE,
        .consumer_links = ROW_NONE,
        .minute_previous = ROW_NONE,
        .minute_next = ROW_NONE,
        .minute_ns = UNKNOWN_NS,
        .start_ns = UNKNOWN_NS,
        .end_ns = UNKNOWN_NS,
        .segment_last = segment,
    };
    return ids->count++;
}

/* Look on the side that has fewer edges where that is known: a request id has at most
 * ALIAS_COUNT_MAX. */
static struct edge *edge_find(struct ids *ids, uint32_t request, uint32_t other)
{
    for (uint32_t i = ids->rows[request].request_edges; i != ROW_NONE;
         i = ids->edges[i].request_next) {
        if (ids->edges[i].other == other) {
            return &ids->edges[i];
        }
    }
    return NULL;
}

static void edge_list(struct ids *ids, uint32_t number)
{
    struct edge *edge = &ids->edges[number];
    edge->request_next = ids->rows[edge->request].request_edges;
    ids->rows[edge->request].request_edges = number;
    ids->rows[edge->request].edge_count++;
    edge->other_next = ids->rows[edge->other].other_edges;
    ids->rows[edge->other].other_edges = number;
}

bool ids_tie(struct ids *ids, uint32_t request, uint32_t other, enum edge_tie tie)
{
    ENSURE(request < ids->count && other < ids->count);
    if (request == other) {
        return true;
    }
    struct edge *edge = edge_find(ids, request, other);
    if (edge != NULL) {
        edge->ties |= (uint32_t)tie;
        return true;
    }
    void *edges = ids->edges;
    if (ids->rows[request].edge_count >= ALIAS_COUNT_MAX ||
        !rows_reserve(&edges, &ids->edge_capacity, (uint64_t)ids->edge_count + 1, EDGE_COUNT_MAX,
                      sizeof(ids->edges[0]))) {
        return false;
    }
    ids->edges = edges;
    ids->edges[ids->edge_count] =
        (struct edge){.request = request, .other = other, .ties = (uint32_t)tie};
    edge_list(ids, ids->edge_count++);
    return true;
}

bool ids_list(struct ids *ids, uint32_t row)
{
    return map_insert(&ids->map, id_hash(ids, &ids->rows[row].id), row) == STATUS_OK;
}

void ids_append_edge(struct ids *ids, uint32_t request, uint32_t other, uint32_t ties)
{
    ENSURE(ids->edge_count < ids->edge_capacity);
    ids->edges[ids->edge_count] = (struct edge){.request = request, .other = other, .ties = ties};
    edge_list(ids, ids->edge_count++);
}

bool ids_edge_alias(const struct ids *ids, const struct edge *edge)
{
    if ((edge->ties & (EDGE_OWN | EDGE_ROOT)) != 0) {
        return true;
    }
    if ((edge->ties & (EDGE_SEEN | EDGE_FOREIGN)) != 0) {
        return (edge->ties & EDGE_FOREIGN) == 0;
    }
    const struct edge *first = &ids->edges[ids->rows[edge->other].other_edges];
    return first == edge && first->other_next == ROW_NONE;
}

static void edges_compact(struct ids *ids, const uint32_t *moved)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ids->edge_count; i++) {
        uint32_t request = moved[ids->edges[i].request];
        uint32_t other = moved[ids->edges[i].other];
        if (request == ROW_NONE || other == ROW_NONE) {
            continue;
        }
        ids->edges[count] =
            (struct edge){.request = request, .other = other, .ties = ids->edges[i].ties};
        edge_list(ids, count++);
    }
    ids->edge_count = count;
}

void ids_compact(struct ids *ids, const bool *keep, uint32_t *moved)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ids->count; i++) {
        moved[i] = keep[i] ? count++ : ROW_NONE;
        if (keep[i]) {
            ids->rows[moved[i]] = ids->rows[i];
        }
    }
    ids->count = count;
    map_reset(&ids->map);
    for (uint32_t i = 0; i < count; i++) {
        struct id_row *row = &ids->rows[i];
        row->request_edges = row->other_edges = ROW_NONE;
        row->edge_count = 0;
        row->invocations = row->target_links = row->consumer_links = ROW_NONE;
        row->minute_previous = row->minute_next = ROW_NONE;
        row->minute_ns = UNKNOWN_NS;
        /* It held them before, so there is room for them again. */
        ENSURE(map_insert(&ids->map, id_hash(ids, &row->id), i) == STATUS_OK);
    }
    edges_compact(ids, moved);
}
