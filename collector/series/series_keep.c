/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

int64_t series_keep_step_ms(unsigned tier)
{
    static const int64_t steps[SERIES_TIER_COUNT] = {SERIES_STEP_0_MS, SERIES_STEP_1_MS,
                                                     SERIES_STEP_2_MS, SERIES_STEP_3_MS};
    return steps[tier];
}

/* The step that a time is in. */
static int64_t keep_bucket(int64_t time_ms, unsigned tier)
{
    int64_t step_ms = series_keep_step_ms(tier);
    return time_ms / step_ms - (time_ms % step_ms < 0);
}

/* ---- A list of chunks that grows. ---- */

struct keep_out {
    struct series_store *store;
    const struct chunk_shape *shape;
    struct series_chunks chunks;
    unsigned width;
};

static void keep_account(struct series_store *store, uint64_t before, uint64_t after)
{
    store->stats.bytes = store->stats.bytes - before + after;
}

/* The open chunk takes no more. */
static void keep_close(struct series_store *store, struct series_chunks *chunks)
{
    if (chunks->open == NULL) {
        return;
    }
    uint64_t before = chunk_memory(chunks->open);
    chunk_close(&chunks->open);
    keep_account(store, before, chunk_memory(chunks->open));
    if (chunks->tail == NULL) {
        chunks->first = chunks->open;
    } else {
        chunks->tail->next = chunks->open;
    }
    chunks->tail = chunks->open;
    chunks->open = NULL;
}

/* Add a sample to the end. */
static bool keep_append(struct keep_out *out, uint8_t tier, int64_t time_ms, const double *values)
{
    struct series_chunks *chunks = &out->chunks;
    if (chunks->open != NULL && chunk_full(chunks->open)) {
        keep_close(out->store, chunks);
    }
    if (chunks->open == NULL) {
        chunks->open = chunk_create(out->width, tier, out->shape);
        if (chunks->open == NULL) {
            return false;
        }
        keep_account(out->store, 0, chunk_memory(chunks->open));
        chunks->last = (struct chunk_last){.values = chunks->last.values};
    }
    uint64_t before = chunk_memory(chunks->open);
    if (!chunk_append(&chunks->open, &chunks->last, time_ms, values)) {
        return false;
    }
    keep_account(out->store, before, chunk_memory(chunks->open));
    out->store->stats.samples++;
    return true;
}

static void keep_free_list(struct series_store *store, struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        keep_account(store, chunk_memory(chunk), 0);
        store->stats.samples -= chunk->count;
        free(chunk);
        chunk = next;
    }
}

/* Forget the oldest chunk. */
static void keep_drop_first(struct series_store *store, struct series_chunks *chunks)
{
    struct chunk *chunk = chunks->first;
    chunks->first = chunk->next;
    if (chunks->first == NULL) {
        chunks->tail = NULL;
    }
    chunk->next = NULL;
    keep_free_list(store, chunk);
}

/* ---- The newest. ---- */

/* The time of the latest sample in a chunk. */
static int64_t keep_last_ms(const struct series_chunks *chunks)
{
    return chunks->open != NULL && chunks->open->count > 0 ? chunks->open->last_ms
           : chunks->tail != NULL                          ? chunks->tail->last_ms
                                                           : SERIES_NEVER;
}

/* What is pending goes into the chunk. */
static bool keep_flush(struct series_store *store, struct series_row *row)
{
    struct series_chunks *chunks = &row->chunks;
    if (row->pending_ms == SERIES_NEVER || keep_last_ms(chunks) >= row->pending_ms) {
        return true;
    }
    while (chunks->first != NULL && store->stats.bytes > store->bytes_max + store->bytes_max / 4) {
        store->stats.cut += chunks->first->count;
        keep_drop_first(store, chunks);
    }
    struct keep_out out = {store, row->shape, *chunks, row->width};
    bool good = keep_append(&out, 0, row->pending_ms, row->values);
    *chunks = out.chunks;
    return good;
}

bool series_keep_put(struct series_store *store, struct series_row *row, int64_t time_ms,
                     const double *values, bool apart)
{
    ENSURE(row->pending_ms == SERIES_NEVER || time_ms > row->pending_ms);
    if (row->pending_ms != SERIES_NEVER &&
        (apart || keep_bucket(time_ms, 0) != keep_bucket(row->pending_ms, 0)) &&
        !keep_flush(store, row)) {
        return false;
    }
    row->pending_ms = time_ms;
    memmove(row->values, values, row->width * sizeof(values[0]));
    return true;
}

bool series_keep_reshape(struct series_store *store, struct series_row *row,
                         const struct chunk_shape *shape, const double *values)
{
    unsigned width = series_shape_width(shape);
    double *memory = calloc((size_t)width * 2, sizeof(memory[0]));
    if (memory == NULL || !keep_flush(store, row)) {
        free(memory);
        return false;
    }
    keep_close(store, &row->chunks);
    memcpy(memory, values, width * sizeof(values[0]));
    free(row->values);
    row->values = memory;
    row->chunks.last = (struct chunk_last){.values = memory + width};
    row->bounds = memory + (size_t)width * 2;
    row->width = (uint16_t)width;
    *row->shape = *shape;
    return true;
}

/* ---- The old. ---- */

/* How dense samples of an age are kept; SERIES_TIER_COUNT: not at all. */
static unsigned keep_tier(const struct series_store *store, int64_t age_ms)
{
    static const int64_t ages[SERIES_TIER_COUNT] = {SERIES_AGE_1_MS, SERIES_AGE_2_MS,
                                                    SERIES_AGE_3_MS, SERIES_AGE_MAX_MS};
    unsigned tier = 0;
    while (tier < SERIES_TIER_COUNT && age_ms >= ages[tier] >> store->stats.pressure) {
        tier++;
    }
    return tier;
}

/* The tier that a chunk is to have; never less than it has. */
static unsigned keep_wanted(const struct series_store *store, const struct chunk *chunk,
                            int64_t now_ms)
{
    unsigned tier = keep_tier(store, now_ms - chunk->last_ms);
    return tier > chunk->tier ? tier : chunk->tier;
}

/* Write a chunk's samples again, of each step the last one, behind what is there. */
static bool keep_rewrite(struct keep_out *out, const struct chunk *chunk, unsigned tier,
                         double *values)
{
    double *held = values + SERIES_WIDTH_MAX;
    struct chunk_reader reader;
    int64_t held_ms = SERIES_NEVER;
    chunk_read(&reader, chunk, values);
    while (chunk_next(&reader)) {
        if (held_ms != SERIES_NEVER &&
            keep_bucket(held_ms, tier) != keep_bucket(reader.time_ms, tier) &&
            !keep_append(out, (uint8_t)tier, held_ms, held)) {
            return false;
        }
        held_ms = reader.time_ms;
        memcpy(held, values, chunk->width * sizeof(values[0]));
    }
    return held_ms == SERIES_NEVER || keep_append(out, (uint8_t)tier, held_ms, held);
}

/* Whether two neighbours that are short are to be one. */
static bool keep_joins(const struct chunk *one, const struct chunk *other)
{
    struct chunk_shape a = chunk_shape(one);
    struct chunk_shape b = chunk_shape(other);
    return one->tier == other->tier && one->tier > 0 && one->width == other->width &&
           one->shaped == other->shaped && (!one->shaped || series_shape_same(&a, &b)) &&
           one->count + other->count <= SERIES_CHUNK_COUNT_MAX &&
           one->size + other->size <= SERIES_CHUNK_SIZE_MAX;
}

/* Others in the place of a chunk, or of two, of this tier; without memory they stay as they are. */
static bool keep_replace(struct series_store *store, struct chunk **link, bool two, unsigned tier)
{
    struct chunk *one = *link;
    struct chunk *other = two ? one->next : one;
    double last[SERIES_WIDTH_MAX];
    struct chunk_shape shape = chunk_shape(one);
    struct keep_out out = {
        .store = store,
        .shape = one->shaped ? &shape : NULL,
        .chunks = {.last = {.values = last}},
        .width = one->width,
    };
    bool good = keep_rewrite(&out, one, tier, store->scratch) &&
                (!two || keep_rewrite(&out, other, tier, store->scratch));
    keep_close(store, &out.chunks);
    if (!good) {
        keep_free_list(store, out.chunks.first);
        return false;
    }
    out.chunks.tail->next = other->next;
    *link = out.chunks.first;
    other->next = NULL;
    keep_free_list(store, one);
    return true;
}

static void keep_find_tail(struct series_chunks *chunks)
{
    chunks->tail = chunks->first;
    while (chunks->tail != NULL && chunks->tail->next != NULL) {
        chunks->tail = chunks->tail->next;
    }
}

void series_keep_thin(struct series_store *store, struct series_row *row, int64_t now_ms)
{
    struct series_chunks *chunks = &row->chunks;
    if (chunks->open != NULL && keep_wanted(store, chunks->open, now_ms) > 0) {
        keep_close(store, chunks);
    }
    while (chunks->first != NULL &&
           keep_wanted(store, chunks->first, now_ms) == SERIES_TIER_COUNT) {
        keep_drop_first(store, chunks);
    }
    for (struct chunk **link = &chunks->first; *link != NULL; link = &(*link)->next) {
        unsigned tier = keep_wanted(store, *link, now_ms);
        if (tier > (*link)->tier && tier < SERIES_TIER_COUNT) {
            (void)!keep_replace(store, link, false, tier);
        }
    }
    for (struct chunk **link = &chunks->first; *link != NULL && (*link)->next != NULL;) {
        if (!keep_joins(*link, (*link)->next) || !keep_replace(store, link, true, (*link)->tier)) {
            link = &(*link)->next;
        }
    }
    keep_find_tail(chunks);
}

void series_keep_free(struct series_store *store, struct series_row *row)
{
    uint32_t generation = row->generation;
    keep_close(store, &row->chunks);
    keep_free_list(store, row->chunks.first);
    free(row->identity);
    free(row->values);
    free(row->recent);
    free(row->shape);
    *row = (struct series_row){.generation = generation + 1};
}
