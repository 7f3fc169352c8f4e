/* SPDX-License-Identifier: Apache-2.0 */
#include "http/desk.h"

#include "base/ensure.h"

#include <pthread.h>
#include <stdlib.h>

struct desk_line {
    struct desk_item *first, *last;
};

struct desk {
    desk_work *work;
    void *context;
    pthread_mutex_t mutex; /* Guards what follows; a leaf. */
    pthread_cond_t cond;
    struct desk_line quick, slow;
    unsigned slow_busy; /* Slow work that is being done. */
    bool stopping;
    unsigned thread_count;
    pthread_t threads[];
};

static void line_add(struct desk_line *line, struct desk_item *item)
{
    item->next = NULL;
    if (line->first == NULL) {
        line->first = item;
    } else {
        line->last->next = item;
    }
    line->last = item;
}

static struct desk_item *line_take(struct desk_line *line)
{
    struct desk_item *item = line->first;
    if (item != NULL) {
        line->first = item->next;
    }
    return item;
}

/* What is to be done next by a thread that has nothing to do; NULL: nothing. */
static struct desk_item *desk_next(struct desk *desk)
{
    struct desk_item *item = line_take(&desk->quick);
    if (item == NULL && desk->slow_busy < desk->thread_count - 1) {
        item = line_take(&desk->slow);
        desk->slow_busy += item != NULL;
    }
    return item;
}

static void *desk_run(void *context)
{
    struct desk *desk = context;
    (void)pthread_mutex_lock(&desk->mutex);
    for (;;) {
        struct desk_item *item = desk_next(desk);
        if (item == NULL && desk->stopping) {
            break; /* Slow work that still waits is done by those that do some. */
        }
        if (item == NULL) {
            (void)pthread_cond_wait(&desk->cond, &desk->mutex);
            continue;
        }
        bool slow = item->slow;
        (void)pthread_mutex_unlock(&desk->mutex);
        desk->work(desk->context, item);
        (void)pthread_mutex_lock(&desk->mutex);
        desk->slow_busy -= slow;
    }
    (void)pthread_mutex_unlock(&desk->mutex);
    return NULL;
}

static void desk_join(struct desk *desk, unsigned count)
{
    (void)pthread_mutex_lock(&desk->mutex);
    desk->stopping = true;
    (void)pthread_cond_broadcast(&desk->cond);
    (void)pthread_mutex_unlock(&desk->mutex);
    for (unsigned i = 0; i < count; i++) {
        (void)pthread_join(desk->threads[i], NULL);
    }
}

enum status desk_start(struct desk **desk, unsigned threads, desk_work *work, void *context)
{
    ENSURE(threads >= 2);
    struct desk *made = calloc(1, sizeof(*made) + threads * sizeof(made->threads[0]));
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->work = work;
    made->context = context;
    made->thread_count = threads;
    if (pthread_mutex_init(&made->mutex, NULL) != 0) {
        goto free_desk;
    }
    if (pthread_cond_init(&made->cond, NULL) != 0) {
        goto destroy_mutex;
    }
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&made->threads[i], NULL, desk_run, made) != 0) {
            desk_join(made, i);
            goto destroy_cond;
        }
    }
    *desk = made;
    return STATUS_OK;

destroy_cond:
    (void)pthread_cond_destroy(&made->cond);
destroy_mutex:
    (void)pthread_mutex_destroy(&made->mutex);
free_desk:
    free(made);
    return STATUS_FULL;
}

void desk_put(struct desk *desk, struct desk_item *item, bool slow)
{
    (void)pthread_mutex_lock(&desk->mutex);
    ENSURE(!desk->stopping);
    item->slow = slow;
    line_add(slow ? &desk->slow : &desk->quick, item);
    (void)pthread_cond_signal(&desk->cond);
    (void)pthread_mutex_unlock(&desk->mutex);
}

void desk_stop(struct desk *desk)
{
    if (desk == NULL) {
        return;
    }
    desk_join(desk, desk->thread_count);
    ENSURE(desk->quick.first == NULL && desk->slow.first == NULL && desk->slow_busy == 0);
    (void)pthread_cond_destroy(&desk->cond);
    (void)pthread_mutex_destroy(&desk->mutex);
    free(desk);
}
