/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/senders.h"

#include "base/ensure.h"
#include "columns/nested.h"
#include "columns/varint.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Memory is taken in pieces, of which the latest has room.  A resource takes this many times its
 * bytes at most, and itself: the smallest of its values is of two bytes, and takes 40 with its key.
 */
#define CHUNK_SIZE  ((size_t)16 << 10)
#define CHUNK_RATIO 64

struct chunk {
    struct chunk *next;
    struct arena arena; /* Of what is behind it. */
};
_Static_assert(sizeof(struct chunk) % ARENA_ALIGN == 0, "an arena is aligned");

struct senders {
    const struct slice *strings;
    const uint32_t *plain;
    uint32_t count;
    pthread_mutex_t mutex; /* A leaf, of what is below. */
    struct chunk *chunks;
    _Atomic(struct resource *) *made; /* Of each; NULL: not yet. */
    struct resource *all;             /* Side by side, if somebody asked for all of them. */
    atomic_size_t memory;
};

struct senders *senders_create(const struct slice *strings, const uint32_t *plain, uint32_t count)
{
    struct senders *senders = calloc(1, sizeof(*senders));
    if (senders == NULL) {
        return NULL;
    }
    senders->strings = strings;
    senders->plain = plain;
    senders->count = count;
    senders->made = calloc((size_t)count + 1, sizeof(senders->made[0]));
    atomic_init(&senders->memory, sizeof(*senders) + count * sizeof(senders->made[0]));
    if (senders->made == NULL || pthread_mutex_init(&senders->mutex, NULL) != 0) {
        free(senders->made);
        free(senders);
        return NULL;
    }
    return senders;
}

void senders_free(struct senders *senders)
{
    if (senders == NULL) {
        return;
    }
    while (senders->chunks != NULL) {
        struct chunk *chunk = senders->chunks;
        senders->chunks = chunk->next;
        free(chunk);
    }
    (void)pthread_mutex_destroy(&senders->mutex);
    free(senders->all);
    free(senders->made);
    free(senders);
}

size_t senders_memory(const struct senders *senders)
{
    return atomic_load_explicit(&senders->memory, memory_order_relaxed);
}

/* Another piece, with room for what these bytes may take; false: no memory.  The mutex is held. */
static bool senders_grow(struct senders *senders, size_t size)
{
    size_t most = size * CHUNK_RATIO + 2 * sizeof(struct resource);
    size_t room = most > CHUNK_SIZE ? most : CHUNK_SIZE;
    struct chunk *chunk = malloc(sizeof(*chunk) + room);
    if (chunk == NULL) {
        return false;
    }
    arena_init(&chunk->arena, (unsigned char *)chunk + sizeof(*chunk), room);
    chunk->next = senders->chunks;
    senders->chunks = chunk;
    (void)atomic_fetch_add_explicit(&senders->memory, sizeof(*chunk) + room, memory_order_relaxed);
    return true;
}

static enum status read_resource(struct arena *arena, struct slice bytes, bool plain,
                                 struct resource *resource)
{
    enum status status = nested_read_attrs(&bytes, arena, &resource->attrs);
    if (status != STATUS_OK) {
        return status;
    }
    if (plain) {
        record_name_sender(resource);
        return bytes.size == 0 ? STATUS_OK : STATUS_BAD;
    }
    bool good = nested_read_text(&bytes, &resource->service) &&
                nested_read_text(&bytes, &resource->account) &&
                nested_read_text(&bytes, &resource->region) &&
                nested_read_text(&bytes, &resource->function) &&
                nested_read_text(&bytes, &resource->version) &&
                nested_read_text(&bytes, &resource->instance) &&
                varint_take(&bytes, &resource->epoch) && varint_take(&bytes, &resource->seq);
    return good && bytes.size == 0 ? STATUS_OK : STATUS_BAD;
}

/* In the latest piece, if it fits.  The mutex is held. */
static enum status senders_try(struct senders *senders, uint32_t number)
{
    if (senders->chunks == NULL) {
        return STATUS_FULL;
    }
    struct arena *arena = &senders->chunks->arena;
    size_t mark = arena_mark(arena);
    struct resource *resource = arena_alloc_array(arena, 1, sizeof(*resource));
    enum status status = resource != NULL ? read_resource(arena, senders->strings[number],
                                                          senders->plain[number] == 1, resource)
                                          : STATUS_FULL;
    if (status == STATUS_OK) {
        atomic_store_explicit(&senders->made[number], resource, memory_order_release);
    } else {
        arena_rewind(arena, mark);
    }
    return status;
}

/* The mutex is held. */
static enum status senders_make(struct senders *senders, uint32_t number)
{
    if (atomic_load_explicit(&senders->made[number], memory_order_relaxed) != NULL) {
        return STATUS_OK; /* Somebody was quicker. */
    }
    enum status status = senders_try(senders, number);
    if (status == STATUS_FULL && senders_grow(senders, senders->strings[number].size)) {
        status = senders_try(senders, number);
    }
    return status;
}

enum status senders_get(struct senders *senders, uint32_t number, const struct resource **resource)
{
    ENSURE(number < senders->count);
    enum status status = STATUS_OK;
    *resource = atomic_load_explicit(&senders->made[number], memory_order_acquire);
    if (*resource == NULL) {
        (void)pthread_mutex_lock(&senders->mutex);
        status = senders_make(senders, number);
        *resource = atomic_load_explicit(&senders->made[number], memory_order_relaxed);
        (void)pthread_mutex_unlock(&senders->mutex);
    }
    return status;
}

/* The mutex is held. */
static enum status senders_make_all(struct senders *senders)
{
    enum status status = STATUS_OK;
    struct resource *all = calloc((size_t)senders->count + 1, sizeof(all[0]));
    if (all == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < senders->count; i++) {
        status = senders_make(senders, i);
        if (status == STATUS_OK) {
            all[i] = *atomic_load_explicit(&senders->made[i], memory_order_relaxed);
        }
    }
    if (status != STATUS_OK) {
        free(all);
        return status;
    }
    senders->all = all;
    (void)atomic_fetch_add_explicit(&senders->memory, senders->count * sizeof(all[0]),
                                    memory_order_relaxed);
    return STATUS_OK;
}

enum status senders_all(struct senders *senders, const struct resource **resources)
{
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&senders->mutex);
    if (senders->all == NULL) {
        status = senders_make_all(senders);
    }
    *resources = senders->all;
    (void)pthread_mutex_unlock(&senders->mutex);
    return status;
}
