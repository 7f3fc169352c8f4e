/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sealer.h"

#include "base/ensure.h"
#include "store/scratch.h"

#include <sched.h>

/*
 * Whoever wakes goes before it, since a request that waits costs its sender; but its share of the
 * processors is a whole one.  With less it falls behind when they are busy, and then each log is
 * read and decoded again, because drafts have no room to wait: that made a line cost a tenth more.
 */
static void sealer_give_way(void)
{
    struct sched_param none = {.sched_priority = 0};
    (void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
}

static void sealer_run_one(struct sealer *sealer)
{
    struct segment segment = sealer->segment; /* Nobody changes it while it is asked for. */
    enum status status = sealer->guide != NULL
                             ? guide_make(sealer->guide)
                             : seal_segment(&sealer->seal, &segment, sealer->draft);
    (void)pthread_mutex_lock(&sealer->mutex);
    sealer->status = status;
    sealer->state = SEALER_DONE;
    (void)pthread_mutex_unlock(&sealer->mutex);
}

static void *sealer_run(void *context)
{
    struct sealer *sealer = context;
    sealer_give_way();
    for (;;) {
        (void)pthread_mutex_lock(&sealer->mutex);
        while (sealer->state != SEALER_ASKED && !sealer->closing) {
            (void)pthread_cond_wait(&sealer->cond, &sealer->mutex);
        }
        bool closing = sealer->state != SEALER_ASKED;
        (void)pthread_mutex_unlock(&sealer->mutex);
        if (closing) {
            return NULL;
        }
        sealer_run_one(sealer);
        sealer->done(sealer->context);
    }
}

enum status sealer_init(struct sealer *sealer, const struct seal *seal, bool threaded,
                        void (*done)(void *context), void *context)
{
    *sealer = (struct sealer){
        .seal = *seal,
        .threaded = threaded,
        .done = done,
        .context = context,
        .state = SEALER_IDLE,
    };
    sealer->seal.arena = &sealer->arena;
    if (scratch_init(&sealer->arena) != STATUS_OK) {
        return STATUS_FULL;
    }
    if (pthread_mutex_init(&sealer->mutex, NULL) != 0) {
        goto fini_scratch;
    }
    if (pthread_cond_init(&sealer->cond, NULL) != 0) {
        goto destroy_mutex;
    }
    if (!threaded || pthread_create(&sealer->thread, NULL, sealer_run, sealer) == 0) {
        return STATUS_OK;
    }
    (void)pthread_cond_destroy(&sealer->cond);
destroy_mutex:
    (void)pthread_mutex_destroy(&sealer->mutex);
fini_scratch:
    scratch_fini(&sealer->arena);
    return STATUS_FULL;
}

void sealer_fini(struct sealer *sealer)
{
    atomic_store(&sealer->stop, true);
    if (sealer->threaded) {
        (void)pthread_mutex_lock(&sealer->mutex);
        sealer->closing = true;
        (void)pthread_cond_signal(&sealer->cond);
        (void)pthread_mutex_unlock(&sealer->mutex);
        (void)pthread_join(sealer->thread, NULL);
    }
    (void)pthread_cond_destroy(&sealer->cond);
    (void)pthread_mutex_destroy(&sealer->mutex);
    scratch_fini(&sealer->arena);
}

/* Begin what was filled in by then; the mutex is held. */
static void sealer_begin(struct sealer *sealer)
{
    sealer->state = SEALER_ASKED;
    (void)pthread_cond_signal(&sealer->cond);
    (void)pthread_mutex_unlock(&sealer->mutex);
    if (!sealer->threaded) {
        sealer_run_one(sealer);
    }
}

void sealer_ask(struct sealer *sealer, const struct segment *segment, struct draft *draft)
{
    (void)pthread_mutex_lock(&sealer->mutex);
    ENSURE(sealer->state == SEALER_IDLE);
    sealer->segment = *segment;
    sealer->draft = draft;
    sealer_begin(sealer);
}

void sealer_ask_guide(struct sealer *sealer, struct guide_make *guide)
{
    (void)pthread_mutex_lock(&sealer->mutex);
    ENSURE(sealer->state == SEALER_IDLE);
    guide->stop = &sealer->stop;
    sealer->guide = guide;
    sealer_begin(sealer);
}

bool sealer_idle(struct sealer *sealer)
{
    (void)pthread_mutex_lock(&sealer->mutex);
    bool idle = sealer->state == SEALER_IDLE;
    (void)pthread_mutex_unlock(&sealer->mutex);
    return idle;
}

uint32_t sealer_segment(struct sealer *sealer)
{
    (void)pthread_mutex_lock(&sealer->mutex);
    bool busy = sealer->state != SEALER_IDLE && sealer->guide == NULL;
    uint32_t number = busy ? sealer->segment.number : 0;
    (void)pthread_mutex_unlock(&sealer->mutex);
    return number;
}

bool sealer_take(struct sealer *sealer, struct segment *segment, enum status *status)
{
    (void)pthread_mutex_lock(&sealer->mutex);
    bool done = sealer->state == SEALER_DONE && sealer->guide == NULL;
    if (done) {
        *segment = sealer->segment;
        *status = sealer->status;
        sealer->state = SEALER_IDLE;
    }
    (void)pthread_mutex_unlock(&sealer->mutex);
    return done;
}

bool sealer_take_guide(struct sealer *sealer, enum status *status)
{
    (void)pthread_mutex_lock(&sealer->mutex);
    bool done = sealer->state == SEALER_DONE && sealer->guide != NULL;
    if (done) {
        *status = sealer->status;
        sealer->guide = NULL;
        sealer->state = SEALER_IDLE;
    }
    (void)pthread_mutex_unlock(&sealer->mutex);
    return done;
}
