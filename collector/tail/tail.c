/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/entropy.h"
#include "self/counters.h"
#include "store/scratch.h"
#include "tail/tail_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often clients are looked at that may be due. */
#define TICK_NS 250000000

/* ---- What comes in. ---- */

static struct tail_pending *pending_at(struct tail *tail, uint32_t index)
{
    return &tail->pending[(tail->pending_begin + index) % TAIL_PENDING_MAX];
}

/* Under the lock; false: the body is still the caller's. */
static bool push_pending(struct tail *tail, unsigned char *body, size_t size, uint32_t lines)
{
    bool fits = tail->pending_count < TAIL_PENDING_MAX &&
                tail->pending_bytes + size <= TAIL_PENDING_SIZE_MAX;
    if (!fits && tail->pending_count > 0) {
        pending_at(tail, tail->pending_count - 1)->lost_after += lines;
        return false;
    }
    *pending_at(tail, tail->pending_count) =
        (struct tail_pending){.body = fits ? body : NULL, .size = fits ? size : 0, .lines = lines};
    tail->pending_bytes += fits ? size : 0;
    tail->pending_count++;
    return fits;
}

void tail_offer(struct tail *tail, enum signal signal, struct slice body, size_t line_count)
{
    if (signal != SIGNAL_LOGS || line_count == 0 || !atomic_load(&tail->active)) {
        return;
    }
    unsigned char *copy = body.size <= TAIL_BATCH_SIZE_MAX ? malloc(body.size) : NULL;
    if (copy != NULL) {
        memcpy(copy, body.base, body.size);
    }
    (void)pthread_mutex_lock(&tail->mutex);
    bool taken = push_pending(tail, copy, copy != NULL ? body.size : 0, (uint32_t)line_count);
    (void)pthread_cond_signal(&tail->arrived);
    (void)pthread_mutex_unlock(&tail->mutex);
    if (!taken) {
        free(copy);
    }
}

/* ---- The thread. ---- */

static void add_batch(struct tail *tail, struct tail_batch *batch)
{
    if (batch != NULL) {
        counters_add(COUNTER_TAIL_SKIPPED, batch->lost ? batch->count : 0);
        tail_ring_add(&tail->ring, batch);
    }
}

/* Under the lock, which is given back meanwhile. */
static void take_pending(struct tail *tail)
{
    struct tail_pending pending = *pending_at(tail, 0);
    tail->pending_begin = (tail->pending_begin + 1) % TAIL_PENDING_MAX;
    tail->pending_count--;
    tail->pending_bytes -= pending.size;
    (void)pthread_mutex_unlock(&tail->mutex);
    struct tail_batch *batch = pending.body != NULL ? tail_lines_make(&tail->maker, pending.body,
                                                                      pending.size, pending.lines)
                                                    : tail_lines_lost(pending.lines);
    struct tail_batch *lost = tail_lines_lost(pending.lost_after);
    (void)pthread_mutex_lock(&tail->mutex);
    add_batch(tail, batch);
    add_batch(tail, lost);
}

static void drop_pending(struct tail *tail)
{
    for (; tail->pending_count > 0; tail->pending_count--) {
        free(pending_at(tail, 0)->body);
        tail->pending_begin = (tail->pending_begin + 1) % TAIL_PENDING_MAX;
    }
    tail->pending_bytes = 0;
}

/* Wake everybody, or those whose time has come. */
static void wake(struct tail *tail, uint64_t now_ns)
{
    for (struct tail_follower *each = tail->followers; each != NULL; each = each->after) {
        if (each->stream != NULL && atomic_load(&each->due_ns) <= now_ns) {
            web_stream_wake(each->stream);
        }
    }
}

static void rest(struct tail *tail)
{
    uint64_t now_ns = clock_monotonic_ns();
    wake(tail, now_ns);
    if (tail->follower_count == 0 && atomic_load(&tail->active) &&
        now_ns >= tail->alone_ns + TAIL_LINGER_NS) {
        atomic_store(&tail->active, false);
        drop_pending(tail);
        tail_ring_clear(&tail->ring);
    }
    if (!atomic_load(&tail->active)) {
        (void)pthread_cond_wait(&tail->arrived, &tail->mutex);
        return;
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_cond_timedwait(&tail->arrived, &tail->mutex, &until);
}

static void *run(void *context)
{
    struct tail *tail = context;
    (void)pthread_mutex_lock(&tail->mutex);
    while (!tail->quit) {
        if (tail->pending_count == 0) {
            rest(tail);
            continue;
        }
        take_pending(tail);
        wake(tail, UINT64_MAX);
    }
    (void)pthread_mutex_unlock(&tail->mutex);
    return NULL;
}

/* ---- Who follows. ---- */

/* "EPOCH-ID", as events have it; false: it is another epoch's, or nothing of ours. */
static bool read_last(const struct tail *tail, const char *last, uint64_t *id)
{
    char *end;
    uint64_t epoch = strtoull(last, &end, 16);
    if (*end != '-') {
        return false;
    }
    *id = strtoull(end + 1, &end, 10);
    return *end == '\0' && epoch == tail->epoch && *id < tail->ring.next_id;
}

bool tail_join(struct tail *tail, struct tail_follower *follower, const char *last,
               uint32_t per_second)
{
    (void)pthread_mutex_lock(&tail->mutex);
    bool taken = tail->follower_count < TAIL_CLIENTS_MAX && !atomic_load(&tail->stopping);
    if (taken) {
        if (!atomic_load(&tail->active)) {
            tail->epoch = clock_wall_ns();
            atomic_store(&tail->active, true);
            (void)pthread_cond_signal(&tail->arrived);
        }
        uint64_t id = tail->ring.next_id - 1;
        bool lost = last != NULL && !read_last(tail, last, &id);
        tail_client_init(&follower->client, tail->epoch, id + 1, lost, per_second);
        follower->after = tail->followers;
        if (tail->followers != NULL) {
            tail->followers->before = follower;
        }
        tail->followers = follower;
        tail->follower_count++;
    }
    (void)pthread_mutex_unlock(&tail->mutex);
    return taken;
}

void tail_leave(struct tail *tail, struct tail_follower *follower)
{
    (void)pthread_mutex_lock(&tail->mutex);
    if (follower->before != NULL) {
        follower->before->after = follower->after;
    } else {
        tail->followers = follower->after;
    }
    if (follower->after != NULL) {
        follower->after->before = follower->before;
    }
    tail->follower_count--;
    tail->alone_ns = clock_monotonic_ns();
    (void)pthread_mutex_unlock(&tail->mutex);
}

/* ---- Begin and end. ---- */

static bool init_condition(struct tail *tail)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    bool good = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&tail->arrived, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return good;
}

struct tail *tail_create(void)
{
    struct hash_key key;
    struct tail *tail = calloc(1, sizeof(*tail));
    if (tail == NULL || entropy_fill(&key, sizeof(key)) != STATUS_OK) {
        goto free_tail;
    }
    tail_ring_init(&tail->ring);
    tail_number_init(&tail->maker.number, &key);
    if (scratch_init(&tail->maker.scratch) != STATUS_OK) {
        goto free_tail;
    }
    if (pthread_mutex_init(&tail->mutex, NULL) != 0) {
        goto fini_scratch;
    }
    if (!init_condition(tail)) {
        goto destroy_mutex;
    }
    if (pthread_create(&tail->thread, NULL, run, tail) != 0) {
        goto destroy_condition;
    }
    return tail;

destroy_condition:
    (void)pthread_cond_destroy(&tail->arrived);
destroy_mutex:
    (void)pthread_mutex_destroy(&tail->mutex);
fini_scratch:
    scratch_fini(&tail->maker.scratch);
free_tail:
    free(tail);
    return NULL;
}

void tail_stop(struct tail *tail)
{
    if (tail == NULL) {
        return;
    }
    atomic_store(&tail->stopping, true);
    (void)pthread_mutex_lock(&tail->mutex);
    wake(tail, UINT64_MAX);
    (void)pthread_mutex_unlock(&tail->mutex);
}

void tail_free(struct tail *tail)
{
    if (tail == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&tail->mutex);
    ENSURE(tail->follower_count == 0);
    tail->quit = true;
    (void)pthread_cond_signal(&tail->arrived);
    (void)pthread_mutex_unlock(&tail->mutex);
    (void)pthread_join(tail->thread, NULL);
    drop_pending(tail);
    tail_ring_clear(&tail->ring);
    (void)pthread_cond_destroy(&tail->arrived);
    (void)pthread_mutex_destroy(&tail->mutex);
    scratch_fini(&tail->maker.scratch);
    free(tail);
}
