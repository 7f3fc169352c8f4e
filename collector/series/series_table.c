/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* ---- Metrics. ---- */

struct slice series_table_name(const struct series_metric_row *metric)
{
    return slice_of(metric->memory, metric->name_size);
}

struct metric_look {
    const struct series_store *store;
    struct slice name;
    enum series_kind kind;
};

static bool metric_equal(const void *context, uint32_t row)
{
    const struct metric_look *look = context;
    const struct series_metric_row *metric = &look->store->metrics[row];
    return metric->kind == look->kind && slice_equal(series_table_name(metric), look->name);
}

/* The number of a row that is not used; ROW_NONE without room. */
static uint32_t metric_vacant(struct series_store *store)
{
    for (uint32_t i = 0; i < store->metric_count; i++) {
        if (!store->metrics[i].used) {
            return i;
        }
    }
    void *rows = store->metrics;
    if (!rows_reserve(&rows, &store->metric_capacity, (uint64_t)store->metric_count + 1,
                      SERIES_METRIC_COUNT_MAX, sizeof(store->metrics[0]))) {
        return ROW_NONE;
    }
    store->metrics = rows;
    return store->metric_count++;
}

uint32_t series_table_metric(struct series_store *store, struct slice name, enum series_kind kind,
                             struct slice help, struct slice unit)
{
    struct metric_look look = {store, name, kind};
    uint64_t hash = hash_sip64(&store->key, name) + (uint64_t)kind;
    uint32_t row;
    if (map_find(&store->metric_map, hash, metric_equal, &look, &row)) {
        return row;
    }
    help = slice_take(help, SERIES_HELP_SIZE_MAX);
    unit = slice_take(unit, SERIES_UNIT_SIZE_MAX);
    unsigned char *memory = malloc(name.size + help.size + unit.size + 1);
    row = memory != NULL ? metric_vacant(store) : ROW_NONE;
    if (row == ROW_NONE) {
        free(memory);
        return ROW_NONE;
    }
    store->metrics[row] = (struct series_metric_row){.used = false};
    if (map_insert(&store->metric_map, hash, row) != STATUS_OK) {
        free(memory);
        return ROW_NONE;
    }
    memcpy(memory, name.base, name.size);
    if (help.size > 0) {
        memcpy(memory + name.size, help.base, help.size);
    }
    if (unit.size > 0) {
        memcpy(memory + name.size + help.size, unit.base, unit.size);
    }
    store->metrics[row] = (struct series_metric_row){
        .used = true,
        .kind = kind,
        .memory = memory,
        .name_size = (uint16_t)name.size,
        .help_size = (uint16_t)help.size,
        .unit_size = (uint16_t)unit.size,
        .first = ROW_NONE,
        .hash = hash,
    };
    return row;
}

static void metric_drop(struct series_store *store, uint32_t row)
{
    struct series_metric_row *metric = &store->metrics[row];
    if (--metric->count == 0) {
        (void)map_remove(&store->metric_map, metric->hash, row);
        free(metric->memory);
        *metric = (struct series_metric_row){.first = ROW_NONE};
    }
}

void series_table_release(struct series_store *store, uint32_t row)
{
    if (store->metrics[row].count == 0) {
        store->metrics[row].count = 1;
        metric_drop(store, row);
    }
}

/* ---- Owners. ---- */

struct owner_look {
    const struct series_store *store;
    struct slice name;
};

static bool owner_equal(const void *context, uint32_t row)
{
    const struct owner_look *look = context;
    const struct series_owner *owner = &look->store->owners[row];
    return slice_equal(slice_of(owner->memory, owner->size), look->name);
}

static uint32_t owner_vacant(struct series_store *store)
{
    for (uint32_t i = 0; i < store->owner_count; i++) {
        if (store->owners[i].memory == NULL) {
            return i;
        }
    }
    void *rows = store->owners;
    if (!rows_reserve(&rows, &store->owner_capacity, (uint64_t)store->owner_count + 1,
                      SERIES_OWNERS_MAX, sizeof(store->owners[0]))) {
        return ROW_NONE;
    }
    store->owners = rows;
    return store->owner_count++;
}

static uint32_t owner_make(struct series_store *store, struct slice name)
{
    struct owner_look look = {store, name};
    uint64_t hash = hash_sip64(&store->key, name);
    uint32_t row;
    if (map_find(&store->owner_map, hash, owner_equal, &look, &row)) {
        return row;
    }
    unsigned char *memory = malloc(name.size + 1);
    row = memory != NULL ? owner_vacant(store) : ROW_NONE;
    if (row != ROW_NONE) {
        store->owners[row] = (struct series_owner){.hash = hash};
    }
    if (row == ROW_NONE || map_insert(&store->owner_map, hash, row) != STATUS_OK) {
        free(memory);
        return ROW_NONE;
    }
    if (name.size > 0) {
        memcpy(memory, name.base, name.size);
    }
    store->owners[row].memory = memory;
    store->owners[row].size = (uint16_t)name.size;
    store->stats.owners++;
    return row;
}

static void owner_drop(struct series_store *store, uint32_t row)
{
    struct series_owner *owner = &store->owners[row];
    if (--owner->count == 0) {
        (void)map_remove(&store->owner_map, owner->hash, row);
        free(owner->memory);
        *owner = (struct series_owner){.size = 0};
        store->stats.owners--;
    }
}

/* ---- Rows. ---- */

struct row_look {
    const struct series_store *store;
    const struct series_key *key;
};

static bool row_equal(const void *context, uint32_t number)
{
    const struct row_look *look = context;
    const struct series_key *key = look->key;
    const struct series_row *row = &look->store->rows[number];
    return row->metric == key->metric && row->bound_count == key->bound_count &&
           (key->shape != NULL || row->width == key->width) &&
           slice_equal(slice_of(row->identity, row->identity_size), key->identity) &&
           (key->bound_count == 0 ||
            memcmp(row->bounds, key->bounds, key->bound_count * sizeof(key->bounds[0])) == 0);
}

static uint64_t row_hash(const struct series_store *store, const struct series_key *key)
{
    uint64_t hash = hash_sip64(&store->key, key->identity);
    if (key->bound_count > 0) {
        hash ^= hash_u64(hash_sip64(
            &store->key, slice_of(key->bounds, key->bound_count * sizeof(key->bounds[0]))));
    }
    return hash ^ hash_u64(key->metric);
}

uint32_t series_table_find(const struct series_store *store, const struct series_key *key)
{
    struct row_look look = {store, key};
    uint32_t row;
    return map_find(&store->row_map, row_hash(store, key), row_equal, &look, &row) ? row : ROW_NONE;
}

static uint32_t row_vacant(struct series_store *store)
{
    for (; store->row_free < store->row_count; store->row_free++) {
        if (!store->rows[store->row_free].used) {
            return store->row_free;
        }
    }
    void *rows = store->rows;
    if (!rows_reserve(&rows, &store->row_capacity, (uint64_t)store->row_count + 1, UINT32_MAX - 1,
                      sizeof(store->rows[0]))) {
        return ROW_NONE;
    }
    store->rows = rows;
    store->rows[store->row_count] = (struct series_row){.used = false};
    store->row_free = store->row_count + 1;
    return store->row_count++;
}

/* The memory of a row; what was there goes when there is none. */
static bool row_fill(struct series_row *row, const struct series_key *key)
{
    row->identity = malloc(key->identity.size);
    row->values = calloc((size_t)key->width * 2 + key->bound_count, sizeof(row->values[0]));
    row->shape = key->shape != NULL ? malloc(sizeof(*row->shape)) : NULL;
    if (row->identity == NULL || row->values == NULL ||
        (key->shape != NULL && row->shape == NULL)) {
        free(row->identity);
        free(row->values);
        free(row->shape);
        return false;
    }
    memcpy(row->identity, key->identity.base, key->identity.size);
    row->identity_size = (uint32_t)key->identity.size;
    row->chunks.last.values = row->values + key->width;
    row->bounds = row->values + (size_t)key->width * 2;
    if (key->bound_count > 0) {
        memcpy(row->bounds, key->bounds, key->bound_count * sizeof(row->bounds[0]));
    }
    if (key->shape != NULL) {
        *row->shape = *key->shape;
    }
    row->width = key->width;
    row->bound_count = key->bound_count;
    row->pending_ms = SERIES_NEVER;
    return true;
}

static void row_link(struct series_store *store, uint32_t number, uint32_t metric, uint32_t owner)
{
    struct series_row *row = &store->rows[number];
    row->metric = metric;
    row->owner = owner;
    row->before = ROW_NONE;
    row->next = store->metrics[metric].first;
    if (row->next != ROW_NONE) {
        store->rows[row->next].before = number;
    }
    store->metrics[metric].first = number;
    store->metrics[metric].count++;
    store->owners[owner].count++;
    store->stats.count++;
}

static uint32_t row_refused(struct series_store *store, const struct series_key *key,
                            uint32_t owner)
{
    /* What was made for this row alone goes again. */
    if (owner != ROW_NONE && store->owners[owner].count == 0) {
        store->owners[owner].count = 1;
        owner_drop(store, owner);
    }
    series_table_release(store, key->metric);
    return ROW_NONE;
}

uint32_t series_table_make(struct series_store *store, const struct series_key *key,
                           enum series_reason *reason)
{
    uint32_t owner = owner_make(store, key->owner);
    *reason = SERIES_MEMORY;
    if (owner == ROW_NONE) {
        return row_refused(store, key, owner);
    }
    if (store->owners[owner].count >= store->owner_count_max ||
        store->stats.count >= store->count_max) {
        *reason = store->stats.count >= store->count_max ? SERIES_COUNT_LIMIT : SERIES_OWNER_LIMIT;
        store->owners[owner].over = true;
        return row_refused(store, key, owner);
    }
    uint32_t number = row_vacant(store);
    if (number == ROW_NONE) {
        return row_refused(store, key, owner);
    }
    struct series_row *row = &store->rows[number];
    uint32_t generation = row->generation + 1;
    *row = (struct series_row){.generation = generation};
    uint64_t hash = row_hash(store, key);
    if (!row_fill(row, key)) {
        *row = (struct series_row){.generation = generation};
        return row_refused(store, key, owner);
    }
    if (map_insert(&store->row_map, hash, number) != STATUS_OK) {
        series_keep_free(store, row);
        return row_refused(store, key, owner);
    }
    row->used = true;
    row->hash = hash;
    row_link(store, number, key->metric, owner);
    return number;
}

void series_table_remove(struct series_store *store, uint32_t number)
{
    struct series_row *row = &store->rows[number];
    ENSURE(row->used);
    (void)map_remove(&store->row_map, row->hash, number);
    if (row->before == ROW_NONE) {
        store->metrics[row->metric].first = row->next;
    } else {
        store->rows[row->before].next = row->next;
    }
    if (row->next != ROW_NONE) {
        store->rows[row->next].before = row->before;
    }
    metric_drop(store, row->metric);
    owner_drop(store, row->owner);
    series_keep_free(store, row);
    store->stats.count--;
    store->row_free = number < store->row_free ? number : store->row_free;
}

void series_table_sweep(struct series_store *store, int64_t now_ms)
{
    bool all = store->stats.count >= store->count_max - store->count_max / 8;
    for (uint32_t i = 0; i < store->row_count; i++) {
        const struct series_row *row = &store->rows[i];
        if (row->used && row->pending_ms < now_ms - SERIES_IDLE_MS &&
            (all || store->owners[row->owner].over)) {
            series_table_remove(store, i);
            store->stats.evicted++;
        }
    }
    for (uint32_t i = 0; i < store->owner_count; i++) {
        store->owners[i].over = false;
    }
}
