/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_share.h"
#include "api/api_limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct shared {
    struct hash_128 name;
    uint64_t since_ns;     /* The second in which it is counted who asks; 0: the place is free. */
    uint32_t asked;        /* In that second. */
    unsigned char *memory; /* The answer, ours; NULL: there is none. */
    size_t size;
    uint64_t made_ns;
};

/* The lock is a leaf. */
struct api_share {
    pthread_mutex_t lock;
    struct shared rows[API_SHARE_COUNT];
};

struct api_share *api_share_create(void)
{
    struct api_share *share = calloc(1, sizeof(*share));
    if (share != NULL && pthread_mutex_init(&share->lock, NULL) != 0) {
        free(share);
        return NULL;
    }
    return share;
}

static void drop_answer(struct shared *row)
{
    free(row->memory);
    row->memory = NULL;
    row->size = 0;
}

void api_share_free(struct api_share *share)
{
    if (share == NULL) {
        return;
    }
    for (size_t i = 0; i < API_SHARE_COUNT; i++) {
        drop_answer(&share->rows[i]);
    }
    pthread_mutex_destroy(&share->lock);
    free(share);
}

static struct shared *find(struct api_share *share, struct hash_128 name)
{
    for (size_t i = 0; i < API_SHARE_COUNT; i++) {
        struct shared *row = &share->rows[i];
        if (row->since_ns != 0 && memcmp(&row->name, &name, sizeof(name)) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The place of what was asked for longest ago. */
static struct shared *replace(struct api_share *share, struct hash_128 name, uint64_t now_ns)
{
    struct shared *oldest = &share->rows[0];
    for (size_t i = 1; i < API_SHARE_COUNT; i++) {
        if (share->rows[i].since_ns < oldest->since_ns) {
            oldest = &share->rows[i];
        }
    }
    drop_answer(oldest);
    *oldest = (struct shared){.name = name, .since_ns = now_ns};
    return oldest;
}

bool api_share_ask(struct api_share *share, struct hash_128 name, uint64_t now_ns,
                   struct arena *arena, struct slice *body, bool *wanted)
{
    bool answered = false;
    pthread_mutex_lock(&share->lock);
    struct shared *row = find(share, name);
    row = row != NULL ? row : replace(share, name, now_ns);
    if (now_ns - row->since_ns > API_SHARE_SECOND_NS) {
        row->since_ns = now_ns;
        row->asked = 0;
    }
    row->asked++;
    *wanted = row->asked >= API_SHARE_ASKED;
    if (*wanted && row->memory != NULL && now_ns - row->made_ns <= API_SHARE_NS) {
        *body = arena_dup(arena, slice_of(row->memory, row->size));
        answered = body->size == row->size;
    }
    pthread_mutex_unlock(&share->lock);
    return answered;
}

void api_share_keep(struct api_share *share, struct hash_128 name, uint64_t now_ns,
                    struct slice body)
{
    unsigned char *memory = body.size <= API_SHARE_SIZE_MAX ? malloc(body.size + 1) : NULL;
    if (memory == NULL) {
        return;
    }
    memcpy(memory, body.base, body.size);
    pthread_mutex_lock(&share->lock);
    struct shared *row = find(share, name);
    if (row != NULL) {
        drop_answer(row);
        row->memory = memory;
        row->size = body.size;
        row->made_ns = now_ns;
        memory = NULL;
    }
    pthread_mutex_unlock(&share->lock);
    free(memory);
}
