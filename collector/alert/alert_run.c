/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_run.h"

#include "alert/alert_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "notify/notice.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_NS (60 * CLOCK_NS_PER_S)

struct alert_run {
    struct alert_run_options options;
    struct alert_ports ports;

    pthread_mutex_t saving; /* Taken before lock. */
    pthread_mutex_t lock;   /* Guards all below. */
    pthread_cond_t wakes;
    struct alert_book book;
    uint64_t window_from_ns; /* Of the evaluation under way: for find. */
    uint64_t window_to_ns;
    bool stopping;

    pthread_t thread;
};

void alert_run_window(const struct alert_run_options *options, uint64_t now_ns, uint64_t *from_ns,
                      uint64_t *to_ns)
{
    uint64_t end_ns = now_ns > options->delay_ns ? now_ns - options->delay_ns : 0;
    *to_ns = end_ns / MINUTE_NS * MINUTE_NS + MINUTE_NS;
    *from_ns = *to_ns > options->rule.window_ns ? *to_ns - options->rule.window_ns : 0;
}

/* Wait on a condition for at most this long; the lock is held. */
static void wait_for(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t duration_ns)
{
    uint64_t until_ns = clock_monotonic_ns() + duration_ns;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
                                   .tv_nsec = (long)(until_ns % CLOCK_NS_PER_S)};
    (void)pthread_cond_timedwait(condition, lock, &until);
}

/* Write the book as it is now and keep it.  No lock is held on entry. */
static void save(struct alert_run *run)
{
    struct buf state;
    buf_init_growing(&state, ALERT_STATE_SIZE_MAX);
    pthread_mutex_lock(&run->saving);
    pthread_mutex_lock(&run->lock);
    alert_state_write(&run->book, &state);
    pthread_mutex_unlock(&run->lock);
    enum status status = STATUS_FULL;
    if (!buf_overflowed(&state)) {
        status = run->ports.save(run->ports.context, buf_bytes(&state));
    }
    pthread_mutex_unlock(&run->saving);
    buf_fini(&state);
    if (status != STATUS_OK) {
        log_error("alert-state-not-saved", log_status(status));
    }
}

/* ---- Evaluating. ---- */

/* The samples of one evaluation.  Their slices live as long as their reader promises: the view's.
 */
struct samples {
    struct alert_sample *items;
    size_t count;
    size_t capacity;
    bool full;
};

static void collect(void *visitor, const struct alert_sample *sample)
{
    struct samples *samples = visitor;
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity == 0 ? 64 : samples->capacity * 2;
        struct alert_sample *items = realloc(samples->items, capacity * sizeof(*items));
        if (items == NULL) {
            samples->full = true;
            return;
        }
        samples->items = items;
        samples->capacity = capacity;
    }
    samples->items[samples->count] = *sample;
    samples->count++;
}

static void find_examples(void *context, const struct alert_sample *sample,
                          struct alert_examples *found)
{
    struct alert_run *run = context;
    run->ports.find(run->ports.context, run->window_from_ns, run->window_to_ns, sample, found);
}

/* Whether somebody is to hear of an entry: it fires, or was resolved lately. */
static bool is_told(const struct alert_watch *watch, uint64_t now_ns)
{
    if (watch->phase == ALERT_FIRING || watch->phase == ALERT_RESOLVING) {
        return true;
    }
    return watch->phase == ALERT_OK && watch->resolved_ns != 0 &&
           (now_ns < watch->resolved_ns || now_ns - watch->resolved_ns < NOTIFY_RESOLVED_NS);
}

/* Say what is so, of a copy: who is told takes its time. */
static void tell(struct alert_run *run, uint64_t now_ns)
{
    size_t count = 0;
    pthread_mutex_lock(&run->lock);
    struct alert_entry *entries = calloc(run->book.entry_count + 1, sizeof(*entries));
    for (size_t i = 0; i < run->book.entry_count && entries != NULL; i++) {
        if (is_told(&run->book.entries[i].watch, now_ns)) {
            entries[count] = run->book.entries[i];
            count++;
        }
    }
    pthread_mutex_unlock(&run->lock);
    if (count > 0) {
        run->ports.tell(run->ports.context, &run->options.rule, entries, count, now_ns);
    }
    free(entries);
}

static void evaluate(struct alert_run *run)
{
    uint64_t now_ns = run->ports.now(run->ports.context);
    uint64_t from_ns = 0;
    uint64_t to_ns = 0;
    alert_run_window(&run->options, now_ns, &from_ns, &to_ns);
    struct samples samples = {.count = 0};
    if (run->options.enabled) {
        run->ports.read(run->ports.context, from_ns, to_ns, collect, &samples);
    }
    if (samples.full) {
        log_error("alert-evaluation-without-memory");
        free(samples.items);
        return;
    }
    const struct alert_terms terms = {.rule_name = run->options.rule_name,
                                      .rule = run->options.rule,
                                      .find = find_examples,
                                      .context = run};
    pthread_mutex_lock(&run->lock);
    run->window_from_ns = from_ns;
    run->window_to_ns = to_ns;
    uint64_t refused = run->book.refused_entries;
    bool changed = false;
    alert_book_begin(&run->book);
    for (size_t i = 0; i < samples.count; i++) {
        changed = alert_book_count(&run->book, &terms, now_ns, &samples.items[i]) || changed;
    }
    changed = alert_book_end(&run->book, &terms, now_ns) || changed;
    changed = changed || alert_book_moving(&run->book);
    refused = run->book.refused_entries - refused;
    pthread_mutex_unlock(&run->lock);
    free(samples.items);
    if (refused > 0) {
        log_error("alerts-refused-full", log_u64("count", refused));
    }
    if (changed) {
        save(run);
    }
    tell(run, now_ns);
}

static void *run_thread(void *context)
{
    struct alert_run *run = context;
    pthread_mutex_lock(&run->lock);
    while (!run->stopping) {
        pthread_mutex_unlock(&run->lock);
        evaluate(run);
        pthread_mutex_lock(&run->lock);
        if (!run->stopping) {
            wait_for(&run->wakes, &run->lock, run->options.interval_ns);
        }
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* ---- Life. ---- */

static void locks_init(struct alert_run *run)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&run->wakes, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&run->saving, NULL);
    (void)pthread_mutex_init(&run->lock, NULL);
}

static void dispose(struct alert_run *run)
{
    alert_book_fini(&run->book);
    pthread_cond_destroy(&run->wakes);
    pthread_mutex_destroy(&run->saving);
    pthread_mutex_destroy(&run->lock);
    free(run);
}

/* Tell the thread to end. */
static void ask_to_stop(struct alert_run *run)
{
    pthread_mutex_lock(&run->lock);
    run->stopping = true;
    pthread_cond_signal(&run->wakes);
    pthread_mutex_unlock(&run->lock);
}

enum status alert_run_start(struct alert_run **run, const struct alert_run_options *options,
                            const struct alert_ports *ports)
{
    struct alert_run *made = calloc(1, sizeof(*made));
    *run = NULL;
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->options = *options;
    made->options.state = SLICE_EMPTY;
    made->ports = *ports;
    locks_init(made);
    enum status status = alert_book_init(&made->book);
    if (status != STATUS_OK) {
        goto dispose_made;
    }
    if (options->state.size > 0 && alert_state_read(&made->book, options->state) != STATUS_OK) {
        log_error("alert-state-unreadable", log_u64("bytes", options->state.size));
    }
    if (pthread_create(&made->thread, NULL, run_thread, made) != 0) {
        status = STATUS_IO;
        goto dispose_made;
    }
    *run = made;
    return STATUS_OK;

dispose_made:
    dispose(made);
    return status;
}

void alert_run_stop(struct alert_run *run)
{
    if (run == NULL) {
        return;
    }
    ask_to_stop(run);
    (void)pthread_join(run->thread, NULL);
    save(run);
    dispose(run);
}

void alert_run_read(struct alert_run *run,
                    void (*reader)(void *context, const struct alert_book *book), void *context)
{
    pthread_mutex_lock(&run->lock);
    reader(context, &run->book);
    pthread_mutex_unlock(&run->lock);
}

const struct alert_rule *alert_run_rule(const struct alert_run *run)
{
    return &run->options.rule;
}

bool alert_run_enabled(const struct alert_run *run)
{
    return run->options.enabled;
}
