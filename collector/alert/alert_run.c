/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_run.h"

#include "alert/alert_limits.h"
#include "alert/alert_pages.h"
#include "alert/alert_source.h"
#include "alert/alert_state.h"
#include "alert/alert_tell.h"
#include "alert/alert_world.h"

#include "base/clock.h"
#include "base/log.h"
#include "rules/rule_eval.h"
#include "sources/memo.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MS_NS UINT64_C(1000000)

struct alert_run {
    struct alert_run_options options;
    struct alert_ports ports;
    char external_url[ALERT_URL_SIZE_MAX];
    struct rules_samples *samples;
    unsigned char *memo_memory, *scratch_memory; /* Of the thread. */

    pthread_mutex_t lock; /* Guards all below. */
    pthread_cond_t wakes;
    struct alert_set *set;
    struct alert_tell tell; /* And alerts of rules that are no more. */
    uint64_t evaluated_ns, took_ns, loaded_ns;
    char load_error[ALERT_ERROR_SIZE_MAX];
    bool stopping, reload;

    uint64_t looked_ns; /* At files; of the thread. */
    struct alert_pages pages;
    bool recalled; /* Series stand in samples that nobody has written yet. */
    int64_t at_ms; /* Of the latest evaluation. */
    bool changed;  /* By the evaluation under way; of the thread. */
    pthread_t thread;
};

/* ---- Saving. ---- */

static void save(struct alert_run *run)
{
    struct buf state;
    buf_init_growing(&state, ALERT_STATE_SIZE_MAX);
    pthread_mutex_lock(&run->lock);
    alert_state_write(run->set, &state);
    pthread_mutex_unlock(&run->lock);
    enum status status = STATUS_FULL;
    if (!buf_overflowed(&state)) {
        status = run->ports.save(run->ports.context, buf_bytes(&state));
    }
    buf_fini(&state);
    if (status != STATUS_OK) {
        log_error("alert-state-not-saved", log_status(status));
    }
}

static void keep_pages(struct alert_run *run, bool changed)
{
    if (run->ports.save_page != NULL) {
        alert_pages_keep(&run->pages, run->samples, run->at_ms, changed);
    }
}

/* Whether time itself is part of what must be saved. */
static bool is_moving(const struct alert_set *set)
{
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct rule_state *state = &set->rules[i].state;
        for (size_t a = 0; a < state->alert_count; a++) {
            enum rule_phase phase = state->alerts[a].watch.phase;
            if (phase == RULE_PHASE_PENDING || phase == RULE_PHASE_RESOLVING) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Files. ---- */

static void take_set(struct alert_run *run, struct alert_set *set, uint64_t now_ns)
{
    pthread_mutex_lock(&run->lock);
    struct alert_set *old = run->set;
    alert_set_inherit(set, old);
    alert_tell_retire(&run->tell, old, now_ns, run->options.delay_ns);
    run->set = set;
    run->loaded_ns = now_ns;
    run->load_error[0] = '\0';
    pthread_mutex_unlock(&run->lock);
    alert_set_free(old);
    run->changed = true;
    log_info("rules-read", log_u64("groups", set->group_count), log_u64("rules", set->rule_count));
}

static void look_at_files(struct alert_run *run, uint64_t now_ns)
{
    pthread_mutex_lock(&run->lock);
    bool forced = run->reload;
    run->reload = false;
    pthread_mutex_unlock(&run->lock);
    if (!forced && now_ns >= run->looked_ns && now_ns - run->looked_ns < ALERT_LOOK_NS) {
        return;
    }
    run->looked_ns = now_ns;
    struct alert_set *set = NULL;
    char memory[ALERT_ERROR_SIZE_MAX];
    struct buf errors;
    buf_init_fixed(&errors, memory, sizeof(memory) - 1);
    enum status status = run->ports.load(run->ports.context, forced, &set, &errors);
    if (status == STATUS_OK) {
        take_set(run, set, now_ns);
    } else if (status != STATUS_NOT_FOUND) {
        /* The last line needs no end. */
        errors.size -= errors.size > 0 && memory[errors.size - 1] == '\n' ? 1 : 0;
        memory[errors.size] = '\0';
        pthread_mutex_lock(&run->lock);
        memcpy(run->load_error, errors.size > 0 ? memory : "out of memory",
               errors.size > 0 ? errors.size + 1 : sizeof("out of memory"));
        pthread_mutex_unlock(&run->lock);
        log_error("rules-not-read", log_string("reason", run->load_error));
    }
}

/* ---- Evaluating. ---- */

static void take_change(void *context, const struct rule *rule, struct rule_alert *alert,
                        enum rule_change change)
{
    struct alert_run *run = context;
    (void)rule;
    run->changed = true;
    alert->fresh = change == RULE_FIRED;
}

/* Give those that fired now their examples. */
static void find_examples(struct alert_run *run, struct alert_set_rule *rule, int64_t time_ms)
{
    int64_t window_ms = rule->facts.window_ms > 0 ? rule->facts.window_ms : ALERT_EXAMPLE_WINDOW_MS;
    for (size_t i = 0; i < rule->state.alert_count; i++) {
        struct rule_alert *alert = &rule->state.alerts[i];
        if (alert->fresh) {
            alert->fresh = false;
            int64_t from_ms = time_ms > window_ms ? time_ms - window_ms : 0;
            run->ports.find(run->ports.context, (uint64_t)from_ms * MS_NS,
                            (uint64_t)time_ms * MS_NS + run->options.delay_ns, rule->examples,
                            alert);
        }
    }
}

static int64_t interval_of(const struct alert_run *run, const struct alert_set_group *group)
{
    return group->group->interval_ms > 0 ? group->group->interval_ms
                                         : (int64_t)(run->options.interval_ns / MS_NS);
}

static void evaluate_group(struct alert_run *run, struct alert_set_group *group,
                           struct rule_world *world, int64_t time_ms)
{
    uint64_t began_ns = clock_monotonic_ns();
    world->gap_ms = interval_of(run, group) * ALERT_GAP_INTERVALS;
    for (size_t i = group->first; i < group->first + group->count; i++) {
        struct alert_set_rule *rule = &run->set->rules[i];
        uint64_t rule_ns = clock_monotonic_ns();
        pthread_mutex_lock(&run->lock);
        bool stopping = run->stopping;
        if (!stopping) {
            rule_evaluate(&rule->state, rule->rule, rule->group, (uint32_t)i, world, time_ms);
            rule->state.took_ns = clock_monotonic_ns() - rule_ns;
            find_examples(run, rule, time_ms);
        }
        pthread_mutex_unlock(&run->lock);
        if (stopping) {
            return;
        }
    }
    pthread_mutex_lock(&run->lock);
    group->evaluated_ms = time_ms;
    group->took_ns = clock_monotonic_ns() - began_ns;
    pthread_mutex_unlock(&run->lock);
}

static bool is_due(const struct alert_run *run, const struct alert_set_group *group,
                   int64_t time_ms)
{
    /* A clock that was set back starts anew. */
    return group->evaluated_ms == 0 || time_ms < group->evaluated_ms - interval_of(run, group) ||
           time_ms - group->evaluated_ms >= interval_of(run, group);
}

/* All groups that are due, of one moment: what several rules read is read once. */
static void evaluate_due(struct alert_run *run, int64_t time_ms)
{
    struct arena memo_arena, scratch;
    struct memo memo;
    struct alert_source mixed, plain;
    arena_init(&memo_arena, run->memo_memory, ALERT_MEMO_SIZE);
    arena_init(&scratch, run->scratch_memory, ALERT_SCRATCH_SIZE);
    memo_init(&memo, run->ports.source, &memo_arena, &run->options.key);
    const struct series_source source = alert_source_make(&mixed, run->samples, memo_source(&memo));
    const struct series_source text = alert_source_make(&plain, run->samples, *run->ports.source);
    struct rule_world world = alert_world();
    world.source = &source;
    world.text_source = &text;
    world.arena = &scratch;
    world.key = run->options.key;
    world.external_url = slice_from(run->external_url);
    world.samples = run->samples;
    world.changed = take_change;
    world.context = run;
    for (size_t i = 0; i < run->set->group_count; i++) {
        if (is_due(run, &run->set->groups[i], time_ms)) {
            evaluate_group(run, &run->set->groups[i], &world, time_ms);
        }
    }
    memo_fini(&memo);
    (void)madvise(run->memo_memory, ALERT_MEMO_SIZE, MADV_DONTNEED);
    (void)madvise(run->scratch_memory, ALERT_SCRATCH_SIZE, MADV_DONTNEED);
    rules_samples_tick(run->samples, time_ms);
}

static void say(struct alert_run *run, uint64_t now_ns)
{
    pthread_mutex_lock(&run->lock);
    const struct notify_alert *alerts = NULL;
    size_t count = alert_tell_collect(&run->tell, run->set, now_ns, run->options.delay_ns, &alerts);
    if (count > 0) {
        run->ports.tell(run->ports.context, alerts, count, now_ns);
    }
    pthread_mutex_unlock(&run->lock);
}

static void evaluate(struct alert_run *run)
{
    uint64_t began_ns = clock_monotonic_ns();
    uint64_t now_ns = run->ports.now(run->ports.context);
    run->changed = false;
    look_at_files(run, now_ns);
    uint64_t at_ns = now_ns > run->options.delay_ns ? now_ns - run->options.delay_ns : 0;
    run->at_ms = (int64_t)(at_ns / MS_NS);
    evaluate_due(run, run->at_ms);
    if (run->recalled) {
        /* What was written before and is not any more ends here. */
        rules_samples_end(run->samples, RULES_SAMPLES_NOBODY, run->at_ms);
        run->recalled = false;
    }
    pthread_mutex_lock(&run->lock);
    bool changed = run->changed || is_moving(run->set);
    run->evaluated_ns = now_ns;
    run->took_ns = clock_monotonic_ns() - began_ns;
    pthread_mutex_unlock(&run->lock);
    if (changed) {
        save(run);
    }
    keep_pages(run, run->changed);
    if (run->ports.explain != NULL) {
        run->ports.explain(run->ports.context);
    }
    say(run, now_ns);
}

/* How long until something is due: the shortest interval. */
static uint64_t pause_ns(const struct alert_run *run)
{
    uint64_t shortest_ns = run->options.interval_ns;
    for (size_t i = 0; i < run->set->group_count; i++) {
        uint64_t interval_ns = (uint64_t)interval_of(run, &run->set->groups[i]) * MS_NS;
        shortest_ns = interval_ns < shortest_ns ? interval_ns : shortest_ns;
    }
    return shortest_ns < MS_NS ? MS_NS : shortest_ns;
}

static void wait_for(struct alert_run *run, uint64_t duration_ns)
{
    uint64_t until_ns = clock_monotonic_ns() + duration_ns;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
                                   .tv_nsec = (long)(until_ns % CLOCK_NS_PER_S)};
    (void)pthread_cond_timedwait(&run->wakes, &run->lock, &until);
}

static void *run_thread(void *context)
{
    struct alert_run *run = context;
    pthread_mutex_lock(&run->lock);
    while (!run->stopping) {
        pthread_mutex_unlock(&run->lock);
        evaluate(run);
        pthread_mutex_lock(&run->lock);
        if (!run->stopping && !run->reload) {
            wait_for(run, pause_ns(run));
        }
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* ---- Life. ---- */

static void *reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void locks_init(struct alert_run *run)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&run->wakes, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&run->lock, NULL);
}

static void dispose(struct alert_run *run)
{
    alert_set_free(run->set);
    alert_tell_fini(&run->tell);
    rules_samples_free(run->samples);
    if (run->memo_memory != NULL) {
        (void)munmap(run->memo_memory, ALERT_MEMO_SIZE);
    }
    if (run->scratch_memory != NULL) {
        (void)munmap(run->scratch_memory, ALERT_SCRATCH_SIZE);
    }
    pthread_cond_destroy(&run->wakes);
    pthread_mutex_destroy(&run->lock);
    free(run);
}

static bool prepare(struct alert_run *run)
{
    const struct rules_samples_limits limits = {.series_max = ALERT_WRITTEN_SERIES_MAX,
                                                .bytes_max = ALERT_WRITTEN_BYTES_MAX,
                                                .age_ms_max = ALERT_WRITTEN_AGE_MS,
                                                .step_ms = ALERT_WRITTEN_STEP_MS};
    run->samples = rules_samples_create(&run->options.key, &limits);
    run->memo_memory = reserve(ALERT_MEMO_SIZE);
    run->scratch_memory = reserve(ALERT_SCRATCH_SIZE);
    return run->samples != NULL && run->memo_memory != NULL && run->scratch_memory != NULL;
}

/* Let what rules wrote before be there again. */
static void recall_pages(struct alert_run *run)
{
    if (run->ports.load_page != NULL && run->ports.save_page != NULL) {
        run->pages = (struct alert_pages){.save = run->ports.save_page,
                                          .load = run->ports.load_page,
                                          .context = run->ports.context};
        alert_pages_recall(&run->pages, run->samples);
        run->recalled = true;
    }
}

enum status alert_run_start(struct alert_run **run, const struct alert_run_options *options,
                            const struct alert_ports *ports)
{
    struct alert_run *made = calloc(1, sizeof(*made));
    enum status status = STATUS_FULL;
    *run = NULL;
    if (made == NULL) {
        alert_set_free(options->set);
        return status;
    }
    made->options = *options;
    made->options.state = SLICE_EMPTY;
    made->set = options->set;
    made->ports = *ports;
    made->loaded_ns = made->looked_ns = ports->now(ports->context);
    (void)slice_copy_text(options->external_url, made->external_url, sizeof(made->external_url));
    made->options.external_url = slice_from(made->external_url);
    made->tell.external_url = slice_from(made->external_url);
    locks_init(made);
    if (!prepare(made)) {
        goto dispose_made;
    }
    if (options->state.size > 0 && alert_state_read(made->set, options->state) != STATUS_OK) {
        log_error("alert-state-unreadable", log_u64("bytes", options->state.size));
    }
    recall_pages(made);
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
    pthread_mutex_lock(&run->lock);
    run->stopping = true;
    pthread_cond_signal(&run->wakes);
    pthread_mutex_unlock(&run->lock);
    (void)pthread_join(run->thread, NULL);
    save(run);
    keep_pages(run, true);
    dispose(run);
}

void alert_run_reload(struct alert_run *run)
{
    pthread_mutex_lock(&run->lock);
    run->reload = true;
    pthread_cond_signal(&run->wakes);
    pthread_mutex_unlock(&run->lock);
}

void alert_run_read(struct alert_run *run,
                    void (*reader)(void *context, const struct alert_run_sight *sight),
                    void *context)
{
    pthread_mutex_lock(&run->lock);
    const struct alert_run_sight sight = {.set = run->set,
                                          .evaluated_ns = run->evaluated_ns,
                                          .took_ns = run->took_ns,
                                          .loaded_ns = run->loaded_ns,
                                          .load_error = slice_from(run->load_error),
                                          .delay_ns = run->options.delay_ns,
                                          .interval_ns = run->options.interval_ns};
    reader(context, &sight);
    pthread_mutex_unlock(&run->lock);
}

struct rules_samples *alert_run_samples(struct alert_run *run)
{
    return run->samples;
}
