/* SPDX-License-Identifier: Apache-2.0 */
#include "query/stored.h"

#include "base/hash.h"
#include "base/map.h"
#include "query/query_limits.h"

#include <stdlib.h>
#include <string.h>

#define ROW_NONE UINT32_MAX

struct storing {
    const struct query *query;
    struct arena *arena;
    struct stored *stored;
    struct deadline deadline;
    struct map map; /* Rows by name. */
    bool full;
    /* Of the resources of this id: */
    uint64_t resources_id;
    uint32_t resource_count;
    uint32_t *rows;   /* Of each; ROW_NONE: it was not looked for. */
    uint32_t *counts; /* Records of each, in the place that is measured. */
};

struct row_lookup {
    const struct stored *stored;
    struct slice name;
};

static bool row_is(const void *context, uint32_t row)
{
    const struct row_lookup *lookup = context;
    return slice_equal(lookup->stored->rows[row].function, lookup->name);
}

static struct slice name_of(const struct resource *resource)
{
    struct slice name = record_sender(resource);
    return name.size > 0 ? name : SLICE("unknown_service");
}

/* The row of a name, which may be new; ROW_NONE: there is no room. */
static uint32_t row_of(struct storing *storing, struct slice name)
{
    struct stored *stored = storing->stored;
    uint64_t hash = hash_sip64(&storing->query->key, name);
    const struct row_lookup lookup = {stored, name};
    uint32_t row;
    if (map_find(&storing->map, hash, row_is, &lookup, &row)) {
        return row;
    }
    struct slice kept = arena_dup(storing->arena, name);
    if (kept.size < name.size || stored->row_count == STORED_ROWS_MAX ||
        map_insert(&storing->map, hash, stored->row_count) != STATUS_OK) {
        return ROW_NONE;
    }
    stored->rows[stored->row_count] = (struct stored_row){.function = kept};
    return stored->row_count++;
}

/* Room for the resources of a place, where they are others than before. */
static bool begin_resources(struct storing *storing, const struct store_measures *measures)
{
    if (storing->rows != NULL && storing->resources_id == measures->resources_id &&
        storing->resource_count == measures->resource_count) {
        return true;
    }
    size_t count = (size_t)measures->resource_count + 1;
    free(storing->rows);
    free(storing->counts);
    storing->rows = malloc(count * sizeof(storing->rows[0]));
    storing->counts = calloc(count, sizeof(storing->counts[0]));
    storing->resources_id = measures->resources_id;
    storing->resource_count = measures->resource_count;
    if (storing->rows == NULL || storing->counts == NULL) {
        return false;
    }
    memset(storing->rows, 0xff, count * sizeof(storing->rows[0]));
    return true;
}

static bool add_records(struct storing *storing, const struct store_measures *measures,
                        uint32_t sender, uint64_t bytes)
{
    uint32_t count = storing->counts[sender];
    uint32_t *row = &storing->rows[sender];
    storing->counts[sender] = 0;
    if (*row == ROW_NONE) {
        *row = row_of(storing, name_of(&measures->resources[sender]));
    }
    if (*row == ROW_NONE) {
        return false;
    }
    struct stored_row *of[] = {&storing->stored->rows[*row], &storing->stored->all};
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        of[i]->spans += measures->signal == SIGNAL_TRACES ? count : 0;
        of[i]->lines += measures->signal == SIGNAL_LOGS ? count : 0;
        of[i]->bytes += bytes;
    }
    return true;
}

/* Each sender's share of the bytes is what lies between the shares of all before it, with it and
 * without: so they sum to all. */
static bool store_some(void *context, const struct store_measures *measures)
{
    struct storing *storing = context;
    uint64_t seen = 0;
    uint64_t told = 0;
    if (!begin_resources(storing, measures)) {
        storing->full = true;
        return false;
    }
    for (uint32_t i = 0; i < measures->count; i++) {
        storing->counts[measures->senders[i]]++;
    }
    for (uint32_t i = 0; i < measures->count; i++) {
        uint32_t sender = measures->senders[i];
        if (storing->counts[sender] == 0) {
            continue;
        }
        seen += storing->counts[sender];
        uint64_t until = measures->size * seen / measures->count;
        if (!add_records(storing, measures, sender, until - told)) {
            storing->full = true;
            return false;
        }
        told = until;
    }
    return true;
}

static bool is_late(void *context)
{
    struct storing *storing = context;
    return deadline_over(&storing->deadline);
}

static int by_bytes(const void *a, const void *b)
{
    const struct stored_row *one = a;
    const struct stored_row *other = b;
    if (one->bytes != other->bytes) {
        return one->bytes > other->bytes ? -1 : 1;
    }
    return slice_compare(one->function, other->function);
}

static enum status measure(struct storing *storing)
{
    struct scan_look look = {.stop = is_late, .context = storing};
    const struct scan_query scan = {
        .signals = SCAN_SPANS | SCAN_LINES, .to_ns = UINT64_MAX, .look = &look};
    struct store_hold *hold = store_hold(storing->query->store);
    enum status status =
        hold == NULL ? STATUS_FULL : store_measure(hold, &scan, STORE_SENDERS, store_some, storing);
    store_release(hold);
    if (look.reached_ns > 0) {
        storing->stored->partial = QUERY_LIMIT_TIME;
    } else if (status == STATUS_IO) {
        storing->stored->partial = QUERY_LIMIT_DAMAGE;
    }
    return status == STATUS_IO ? STATUS_OK : status;
}

enum status stored_read(const struct query *query, struct deadline deadline, struct arena *arena,
                        struct stored *stored)
{
    struct storing storing = {
        .query = query, .arena = arena, .stored = stored, .deadline = deadline};
    *stored =
        (struct stored){.rows = arena_alloc_array(arena, STORED_ROWS_MAX, sizeof(stored->rows[0]))};
    if (stored->rows == NULL) {
        return STATUS_FULL;
    }
    map_init_growing(&storing.map, STORED_ROWS_MAX);
    enum status status = measure(&storing);
    map_fini(&storing.map);
    free(storing.rows);
    free(storing.counts);
    qsort(stored->rows, stored->row_count, sizeof(stored->rows[0]), by_bytes);
    return storing.full ? STATUS_FULL : status;
}
