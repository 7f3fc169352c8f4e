/* SPDX-License-Identifier: Apache-2.0 */
#include "http/sweep.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "http/http_limits.h"
#include "self/counters.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct sweep_entry {
    struct sweep_entry *next, *before;
    enum sweep_kind kind;
    int socket;
    uint64_t begin_ns; /* When this kind began. */
    uint64_t deadline_ns;
};

/* In order of begin_ns, and, where all have as long, of deadlines. */
struct sweep_list {
    struct sweep_entry *first, *last;
    size_t count, most; /* The most since there were none. */
};

struct sweep {
    pthread_mutex_t mutex; /* Guards all; a leaf: nothing is locked or awaited under it. */
    pthread_cond_t cond;
    struct sweep_list lists[SWEEP_IDLE + 1]; /* By kind. */
    bool stopping;
    pthread_t thread;
};

static void sweep_link(struct sweep *sweep, struct sweep_entry *entry)
{
    struct sweep_list *list = &sweep->lists[entry->kind];
    entry->next = NULL;
    entry->before = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = entry;
    list->last = entry;
    list->count++;
    list->most = list->count > list->most ? list->count : list->most;
}

static void sweep_unlink(struct sweep *sweep, struct sweep_entry *entry)
{
    struct sweep_list *list = &sweep->lists[entry->kind];
    *(entry->before != NULL ? &entry->before->next : &list->first) = entry->next;
    *(entry->next != NULL ? &entry->next->before : &list->last) = entry->before;
    list->count--;
    list->most = list->count > 0 ? list->most : 0;
}

/* Cut it; it is not looked at again. */
static void sweep_cut(struct sweep *sweep, struct sweep_entry *entry, enum counter counter)
{
    counters_add(counter, 1); /* Who sees that it is cut finds it counted. */
    (void)shutdown(entry->socket, SHUT_RDWR);
    sweep_unlink(sweep, entry);
    entry->kind = SWEEP_BUSY;
    entry->deadline_ns = 0;
    sweep_link(sweep, entry);
}

static void sweep_look(struct sweep *sweep, uint64_t now_ns)
{
    static const enum sweep_kind in_order[] = {SWEEP_NEW, SWEEP_IDLE};
    for (size_t i = 0; i < sizeof(in_order) / sizeof(in_order[0]); i++) {
        const struct sweep_list *list = &sweep->lists[in_order[i]];
        /* When many come at once, each waits for the others, and the last for all. */
        uint64_t each_ns = in_order[i] == SWEEP_NEW ? HTTP_FIRST_HEADER_EACH_NS : 0;
        while (list->first != NULL && now_ns > list->first->deadline_ns + list->most * each_ns) {
            sweep_cut(sweep, list->first, COUNTER_CONNECTIONS_SWEPT);
        }
    }
    struct sweep_entry *next;
    for (struct sweep_entry *entry = sweep->lists[SWEEP_BUSY].first; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->deadline_ns != 0 && now_ns > entry->deadline_ns) {
            sweep_cut(sweep, entry, COUNTER_CONNECTIONS_SWEPT);
        }
    }
}

static void *sweep_run(void *context)
{
    struct sweep *sweep = context;
    (void)pthread_mutex_lock(&sweep->mutex);
    while (!sweep->stopping) {
        uint64_t now_ns = clock_monotonic_ns();
        sweep_look(sweep, now_ns);
        uint64_t until_ns = now_ns + HTTP_SWEEP_NS;
        struct timespec until = {
            .tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
            .tv_nsec = (long)(until_ns % CLOCK_NS_PER_S),
        };
        (void)pthread_cond_timedwait(&sweep->cond, &sweep->mutex, &until);
    }
    (void)pthread_mutex_unlock(&sweep->mutex);
    return NULL;
}

enum status sweep_start(struct sweep **sweep)
{
    struct sweep *made = calloc(1, sizeof(*made));
    pthread_condattr_t attributes;
    if (made == NULL) {
        return STATUS_FULL;
    }
    if (pthread_condattr_init(&attributes) != 0) {
        goto free_sweep;
    }
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_cond_init(&made->cond, &attributes) != 0) {
        goto destroy_attributes;
    }
    if (pthread_mutex_init(&made->mutex, NULL) != 0) {
        goto destroy_cond;
    }
    if (pthread_create(&made->thread, NULL, sweep_run, made) != 0) {
        goto destroy_mutex;
    }
    (void)pthread_condattr_destroy(&attributes);
    *sweep = made;
    return STATUS_OK;

destroy_mutex:
    (void)pthread_mutex_destroy(&made->mutex);
destroy_cond:
    (void)pthread_cond_destroy(&made->cond);
destroy_attributes:
    (void)pthread_condattr_destroy(&attributes);
free_sweep:
    free(made);
    return STATUS_FULL;
}

void sweep_stop(struct sweep *sweep)
{
    if (sweep == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sweep->mutex);
    sweep->stopping = true;
    (void)pthread_cond_signal(&sweep->cond);
    (void)pthread_mutex_unlock(&sweep->mutex);
    (void)pthread_join(sweep->thread, NULL);
    for (size_t i = 0; i <= SWEEP_IDLE; i++) {
        ENSURE(sweep->lists[i].first == NULL);
    }
    (void)pthread_mutex_destroy(&sweep->mutex);
    (void)pthread_cond_destroy(&sweep->cond);
    free(sweep);
}

struct sweep_entry *sweep_add(struct sweep *sweep, int socket, uint64_t deadline_ns)
{
    struct sweep_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    entry->kind = SWEEP_NEW;
    entry->socket = socket;
    entry->begin_ns = clock_monotonic_ns();
    entry->deadline_ns = deadline_ns;
    (void)pthread_mutex_lock(&sweep->mutex);
    sweep_link(sweep, entry);
    (void)pthread_mutex_unlock(&sweep->mutex);
    return entry;
}

void sweep_set(struct sweep *sweep, struct sweep_entry *entry, enum sweep_kind kind,
               uint64_t deadline_ns)
{
    if (entry == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sweep->mutex);
    if (entry->kind != kind) {
        sweep_unlink(sweep, entry);
        entry->kind = kind;
        entry->begin_ns = clock_monotonic_ns();
        sweep_link(sweep, entry);
    }
    entry->deadline_ns = deadline_ns;
    (void)pthread_mutex_unlock(&sweep->mutex);
}

bool sweep_evict(struct sweep *sweep)
{
    uint64_t now_ns = clock_monotonic_ns();
    (void)pthread_mutex_lock(&sweep->mutex);
    struct sweep_entry *entry = sweep->lists[SWEEP_IDLE].first;
    if (entry == NULL) {
        entry = sweep->lists[SWEEP_NEW].first;
        entry = entry != NULL && now_ns - entry->begin_ns > HTTP_NEW_MIN_NS ? entry : NULL;
    }
    if (entry != NULL) {
        sweep_cut(sweep, entry, COUNTER_CONNECTIONS_EVICTED);
    }
    (void)pthread_mutex_unlock(&sweep->mutex);
    return entry != NULL;
}

void sweep_remove(struct sweep *sweep, struct sweep_entry *entry)
{
    if (entry == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sweep->mutex);
    sweep_unlink(sweep, entry);
    (void)pthread_mutex_unlock(&sweep->mutex);
    free(entry);
}
