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
    struct sweep_entry *next;
    struct sweep_entry **link; /* What points to this. */
    int socket;
    uint64_t deadline_ns;
};

struct sweep {
    pthread_mutex_t mutex; /* Guards all; a leaf: nothing is locked or awaited under it. */
    pthread_cond_t cond;
    struct sweep_entry *first;
    bool stopping;
    pthread_t thread;
};

static void sweep_cut_locked(const struct sweep *sweep, uint64_t now_ns)
{
    for (struct sweep_entry *entry = sweep->first; entry != NULL; entry = entry->next) {
        if (entry->deadline_ns != 0 && now_ns > entry->deadline_ns) {
            (void)shutdown(entry->socket, SHUT_RDWR);
            entry->deadline_ns = 0;
            counters_add(COUNTER_CONNECTIONS_SWEPT, 1);
        }
    }
}

static void *sweep_run(void *context)
{
    struct sweep *sweep = context;
    (void)pthread_mutex_lock(&sweep->mutex);
    while (!sweep->stopping) {
        uint64_t now_ns = clock_monotonic_ns();
        sweep_cut_locked(sweep, now_ns);
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
    ENSURE(sweep->first == NULL);
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
    entry->socket = socket;
    entry->deadline_ns = deadline_ns;
    (void)pthread_mutex_lock(&sweep->mutex);
    entry->next = sweep->first;
    entry->link = &sweep->first;
    if (entry->next != NULL) {
        entry->next->link = &entry->next;
    }
    sweep->first = entry;
    (void)pthread_mutex_unlock(&sweep->mutex);
    return entry;
}

void sweep_set(struct sweep *sweep, struct sweep_entry *entry, uint64_t deadline_ns)
{
    if (entry == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sweep->mutex);
    entry->deadline_ns = deadline_ns;
    (void)pthread_mutex_unlock(&sweep->mutex);
}

void sweep_remove(struct sweep *sweep, struct sweep_entry *entry)
{
    if (entry == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sweep->mutex);
    *entry->link = entry->next;
    if (entry->next != NULL) {
        entry->next->link = entry->link;
    }
    (void)pthread_mutex_unlock(&sweep->mutex);
    free(entry);
}
