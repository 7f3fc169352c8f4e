/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_store.h"

#include "base/clock.h"
#include "series/series_private.h"

#include <stdlib.h>
#include <string.h>

/* Memory in which the labels of a resource are made, which are few, and those of a point: as many
 * as may be, as long as they may be, joined twice. */
#define STORE_SENDER_SIZE (UINT32_C(8) * SERIES_LABEL_VALUE_SIZE_MAX)
#define STORE_ARENA_SIZE  (UINT32_C(4) * SERIES_LABEL_COUNT_MAX * 1024)

/* Ticks of a round while there is too much. */
#define STORE_HURRY_TICKS 10

/* Sweeps are so far apart. */
#define STORE_SWEEP_MS INT64_C(60000)

struct series_store *series_create(const struct hash_key *key)
{
    struct series_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return NULL;
    }
    store->key = *key;
    store->arena_memory = malloc(STORE_SENDER_SIZE + STORE_ARENA_SIZE);
    store->scratch = calloc((size_t)SERIES_WIDTH_MAX * 2, sizeof(store->scratch[0]));
    if (store->arena_memory == NULL || store->scratch == NULL ||
        pthread_mutex_init(&store->lock, NULL) != 0) {
        free(store->arena_memory);
        free(store->scratch);
        free(store);
        return NULL;
    }
    arena_init(&store->sender, store->arena_memory, STORE_SENDER_SIZE);
    arena_init(&store->arena, store->arena_memory + STORE_SENDER_SIZE, STORE_ARENA_SIZE);
    map_init_growing(&store->row_map, SERIES_COUNT_MAX);
    map_init_growing(&store->metric_map, SERIES_METRIC_COUNT_MAX);
    map_init_growing(&store->owner_map, SERIES_OWNERS_MAX);
    series_limit(store, SERIES_COUNT_MAX, SERIES_OWNER_COUNT_MAX, SERIES_BYTES_MAX);
    return store;
}

void series_limit(struct series_store *store, uint32_t count_max, uint32_t owner_count_max,
                  uint64_t bytes_max)
{
    store->count_max = count_max;
    store->owner_count_max = owner_count_max;
    store->bytes_max = bytes_max;
}

void series_free(struct series_store *store)
{
    if (store == NULL) {
        return;
    }
    for (uint32_t i = 0; i < store->row_count; i++) {
        if (store->rows[i].used) {
            series_table_remove(store, i);
        }
    }
    for (uint32_t i = 0; i < store->metric_count; i++) {
        free(store->metrics[i].memory); /* Of a load that failed in between. */
    }
    free(store->rows);
    free(store->metrics);
    free(store->owners);
    map_fini(&store->row_map);
    map_fini(&store->metric_map);
    map_fini(&store->owner_map);
    free(store->arena_memory);
    free(store->scratch);
    (void)pthread_mutex_destroy(&store->lock);
    free(store);
}

/* ---- Time. ---- */

static void store_thin(struct series_store *store, uint32_t number, int64_t now_ms)
{
    struct series_row *row = &store->rows[number];
    if (!row->used) {
        return;
    }
    series_keep_thin(store, row, now_ms);
    if (row->chunks.first == NULL && row->chunks.open == NULL &&
        row->pending_ms < now_ms - (SERIES_AGE_MAX_MS >> store->stats.pressure)) {
        series_table_remove(store, number);
    }
}

/* All series were looked at once more. */
static void store_round(struct series_store *store)
{
    struct series_stats *stats = &store->stats;
    store->tick_at = 0;
    if (stats->bytes > store->bytes_max && stats->pressure < SERIES_PRESSURE_MAX) {
        stats->pressure++;
    } else if (stats->bytes < store->bytes_max / 4 && stats->pressure > 0) {
        stats->pressure--;
    }
}

static int64_t store_pass(struct series_store *store, uint64_t now_ns)
{
    store->now_ns = now_ns > store->now_ns ? now_ns : store->now_ns;
    return (int64_t)(store->now_ns / CLOCK_NS_PER_MS);
}

void series_tick(struct series_store *store, uint64_t now_ns)
{
    (void)pthread_mutex_lock(&store->lock);
    int64_t now_ms = store_pass(store, now_ns);
    uint32_t ticks = store->stats.bytes > store->bytes_max ? STORE_HURRY_TICKS : SERIES_ROUND_TICKS;
    uint32_t count = store->row_count / ticks + 1;
    for (; count > 0 && store->tick_at < store->row_count; count--) {
        store_thin(store, store->tick_at++, now_ms);
    }
    if (store->tick_at >= store->row_count) {
        store_round(store);
    }
    if (now_ms - store->swept_ms >= STORE_SWEEP_MS) {
        store->swept_ms = now_ms;
        series_table_sweep(store, now_ms);
    }
    (void)pthread_mutex_unlock(&store->lock);
}

void series_settle(struct series_store *store, uint64_t now_ns)
{
    (void)pthread_mutex_lock(&store->lock);
    int64_t now_ms = store_pass(store, now_ns);
    for (uint32_t i = 0; i < store->row_count; i++) {
        store_thin(store, i, now_ms);
    }
    store_round(store);
    series_table_sweep(store, now_ms);
    (void)pthread_mutex_unlock(&store->lock);
}

/* ---- Reading. ---- */

void series_read_begin(struct series_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
}

void series_read_end(struct series_store *store)
{
    (void)pthread_mutex_unlock(&store->lock);
}

void series_stats(const struct series_store *store, struct series_stats *stats)
{
    *stats = store->stats;
    stats->count_max = store->count_max;
    stats->owner_count_max = store->owner_count_max;
    stats->bytes_max = store->bytes_max;
}

uint32_t series_metric_count(const struct series_store *store)
{
    return store->metric_count;
}

bool series_metric(const struct series_store *store, uint32_t number, struct series_metric *metric)
{
    const struct series_metric_row *row = &store->metrics[number];
    if (!row->used) {
        return false;
    }
    *metric = (struct series_metric){
        .name = series_table_name(row),
        .help = slice_of(row->memory + row->name_size, row->help_size),
        .unit = slice_of(row->memory + row->name_size + row->help_size, row->unit_size),
        .kind = row->kind,
        .first = row->first,
    };
    return true;
}

bool series_row(const struct series_store *store, uint32_t number, struct series_row_facts *facts)
{
    if (number >= store->row_count || !store->rows[number].used) {
        return false;
    }
    const struct series_row *row = &store->rows[number];
    const struct chunk *first = row->chunks.first != NULL ? row->chunks.first : row->chunks.open;
    *facts = (struct series_row_facts){
        .identity = slice_of(row->identity, row->identity_size),
        .generation = row->generation,
        .next = row->next,
        .metric = row->metric,
        .width = row->width,
        .bounds = row->bounds,
        .bound_count = row->bound_count,
        .first_ms = first != NULL ? first->first_ms : row->pending_ms,
        .last_ms = row->pending_ms,
    };
    return true;
}

struct store_show {
    int64_t from_ms, to_ms;
    series_sample_visit *visit;
    void *context;
    double values[SERIES_WIDTH_MAX];
};

static bool store_show_chunk(struct store_show *show, const struct chunk *chunk)
{
    struct chunk_reader reader;
    struct chunk_shape shape = chunk_shape(chunk);
    if (chunk->last_ms < show->from_ms || chunk->first_ms > show->to_ms) {
        return true;
    }
    chunk_read(&reader, chunk, show->values);
    while (chunk_next(&reader) && reader.time_ms <= show->to_ms) {
        struct series_sample sample = {
            .time_ms = reader.time_ms,
            .values = show->values,
            .width = chunk->width,
            .shape = chunk->shaped ? &shape : NULL,
            .step_ms = series_keep_step_ms(chunk->tier),
        };
        if (reader.time_ms >= show->from_ms && !show->visit(show->context, &sample)) {
            return false;
        }
    }
    return true;
}

bool series_samples(const struct series_store *store, uint32_t number, int64_t from_ms,
                    int64_t to_ms, series_sample_visit *visit, void *context)
{
    const struct series_row *row = &store->rows[number];
    struct store_show show = {
        .from_ms = from_ms, .to_ms = to_ms, .visit = visit, .context = context};
    int64_t last_ms = SERIES_NEVER;
    for (const struct chunk *chunk = row->chunks.first; chunk != NULL; chunk = chunk->next) {
        if (!store_show_chunk(&show, chunk)) {
            return false;
        }
        last_ms = chunk->last_ms;
    }
    if (row->chunks.open != NULL && row->chunks.open->count > 0) {
        if (!store_show_chunk(&show, row->chunks.open)) {
            return false;
        }
        last_ms = row->chunks.open->last_ms;
    }
    if (row->pending_ms <= last_ms || row->pending_ms < from_ms || row->pending_ms > to_ms) {
        return true;
    }
    struct series_sample sample = {
        .time_ms = row->pending_ms,
        .values = row->values,
        .width = row->width,
        .shape = row->shape,
        .step_ms = series_keep_step_ms(0),
    };
    return visit(context, &sample);
}
