/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/own.h"

#include "base/ensure.h"
#include "sources/sources_limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Labels of one series, its name included. */
enum { OWN_LABEL_COUNT_MAX = 8 };

struct own_series {
    const char *name, *labels;
    double *values; /* Of each tick; sample_stale(): it was not there.  Ours. */
};

/* Ticks are a ring: that number t is at t modulo their count. */
struct own {
    pthread_mutex_t lock; /* A leaf. */
    int64_t times_ms[OWN_TICK_COUNT];
    uint64_t ticks; /* So many were ever. */
    struct own_series series[OWN_SERIES_COUNT_MAX];
    size_t count;
    /* Of the notes that are being taken, by their thread alone: */
    double noted[OWN_SERIES_COUNT_MAX];
    int64_t now_ms;
};

struct own *own_create(void)
{
    struct own *own = calloc(1, sizeof(*own));
    if (own != NULL && pthread_mutex_init(&own->lock, NULL) != 0) {
        free(own);
        return NULL;
    }
    return own;
}

void own_free(struct own *own)
{
    if (own == NULL) {
        return;
    }
    for (size_t i = 0; i < own->count; i++) {
        free(own->series[i].values);
    }
    pthread_mutex_destroy(&own->lock);
    free(own);
}

/* ---- Noting. ---- */

bool own_due(struct own *own, int64_t now_ms)
{
    int64_t last_ms = own->times_ms[(own->ticks + OWN_TICK_COUNT - 1) % OWN_TICK_COUNT];
    if (own->ticks > 0 && now_ms - last_ms < OWN_STEP_MS) {
        return false;
    }
    own->now_ms = now_ms;
    for (size_t i = 0; i < OWN_SERIES_COUNT_MAX; i++) {
        own->noted[i] = sample_stale();
    }
    return true;
}

static size_t own_find(const struct own *own, const char *name, const char *labels)
{
    size_t i = 0;
    while (i < own->count && (own->series[i].name != name || own->series[i].labels != labels)) {
        i++;
    }
    return i;
}

/* One more series, which was not there at any tick so far; false: there is no room. */
static bool own_add(struct own *own, const char *name, const char *labels)
{
    if (own->count == OWN_SERIES_COUNT_MAX) {
        return false;
    }
    double *values = malloc(OWN_TICK_COUNT * sizeof(values[0]));
    if (values == NULL) {
        return false;
    }
    for (size_t i = 0; i < OWN_TICK_COUNT; i++) {
        values[i] = sample_stale();
    }
    pthread_mutex_lock(&own->lock);
    own->series[own->count++] = (struct own_series){name, labels, values};
    pthread_mutex_unlock(&own->lock);
    return true;
}

void own_note(struct own *own, const char *name, const char *labels, double value)
{
    size_t at = own_find(own, name, labels);
    if (at < own->count || own_add(own, name, labels)) {
        own->noted[at] = value;
    }
}

void own_end(struct own *own)
{
    pthread_mutex_lock(&own->lock);
    size_t tick = own->ticks % OWN_TICK_COUNT;
    own->times_ms[tick] = own->now_ms;
    for (size_t i = 0; i < own->count; i++) {
        own->series[i].values[tick] = own->noted[i];
    }
    own->ticks++;
    pthread_mutex_unlock(&own->lock);
}

/* ---- Asking. ---- */

struct own_call {
    struct own *own;
    const struct selection *selection;
    struct arena *arena;
};

static int by_name(const void *one, const void *other)
{
    return slice_compare(((const struct label *)one)->name, ((const struct label *)other)->name);
}

/* The labels of a series; count 0: there is no room. */
static struct label_set own_labels(const struct own_series *series, struct arena *arena)
{
    struct label *labels = arena_alloc_array(arena, OWN_LABEL_COUNT_MAX, sizeof(labels[0]));
    struct slice rest = slice_from(series->labels), name, value;
    size_t count = 0;
    if (labels == NULL) {
        return (struct label_set){NULL, 0};
    }
    labels[count++] = (struct label){LABEL_NAME, slice_from(series->name)};
    while (slice_cut(rest, '=', &name, &rest) && count < OWN_LABEL_COUNT_MAX) {
        (void)slice_cut(slice_skip(rest, 1), '"', &value, &rest);
        labels[count++] = (struct label){name, value};
        rest = slice_skip(rest, rest.size > 0 ? 1 : 0); /* The comma. */
    }
    qsort(labels, count, sizeof(labels[0]), by_name);
    return (struct label_set){labels, count};
}

/* The samples of a series in the span; NULL: there is no room. */
static struct sample *own_samples(struct own_call *call, size_t index, size_t *count)
{
    struct own *own = call->own;
    struct sample *samples = arena_alloc_array(call->arena, OWN_TICK_COUNT, sizeof(samples[0]));
    *count = 0;
    pthread_mutex_lock(&own->lock);
    uint64_t first = own->ticks > OWN_TICK_COUNT ? own->ticks - OWN_TICK_COUNT : 0;
    for (uint64_t tick = first; samples != NULL && tick < own->ticks; tick++) {
        int64_t time_ms = own->times_ms[tick % OWN_TICK_COUNT];
        double value = own->series[index].values[tick % OWN_TICK_COUNT];
        bool rises = *count == 0 || time_ms > samples[*count - 1].time_ms;
        if (time_ms >= call->selection->from_ms && time_ms <= call->selection->to_ms && rises &&
            !sample_is_stale(value)) {
            samples[(*count)++] = (struct sample){time_ms, value};
        }
    }
    pthread_mutex_unlock(&own->lock);
    return samples;
}

static enum status own_run(struct own_call *call, series_visit *visit, void *context)
{
    const struct selection *selection = call->selection;
    enum status status = STATUS_OK;
    pthread_mutex_lock(&call->own->lock);
    size_t series = call->own->count;
    pthread_mutex_unlock(&call->own->lock);
    for (size_t i = 0; i < series && status == STATUS_OK; i++) {
        size_t mark = arena_mark(call->arena), count;
        struct label_set labels = own_labels(&call->own->series[i], call->arena);
        if (labels.count == 0) {
            return STATUS_FULL;
        }
        switch (
            matchers_match(selection->matchers, selection->matcher_count, &labels, call->arena)) {
        case PATTERN_LIMIT:
            return STATUS_BAD;
        case PATTERN_DIFFERS:
            arena_rewind(call->arena, mark);
            continue;
        case PATTERN_MATCHES:
            break;
        }
        const struct sample *samples = own_samples(call, i, &count);
        if (samples == NULL) {
            return STATUS_FULL;
        }
        if (count > 0) {
            status = visit(
                context,
                &(struct series){.labels = labels, .samples = samples, .sample_count = count});
        }
    }
    return status;
}

static enum status own_select(void *context, const struct selection *selection, struct arena *arena,
                              series_visit *visit, void *visit_context)
{
    struct own_call call = {context, selection, arena};
    return own_run(&call, visit, visit_context);
}

struct own_listing {
    labels_visit *visit;
    void *context;
};

static enum status own_list_one(void *context, const struct series *series)
{
    const struct own_listing *listing = context;
    return listing->visit(listing->context, &series->labels);
}

static enum status own_list(void *context, const struct selection *selection, struct arena *arena,
                            labels_visit *visit, void *visit_context)
{
    struct own_call call = {context, selection, arena};
    struct own_listing listing = {visit, visit_context};
    return own_run(&call, own_list_one, &listing);
}

struct series_source own_source(struct own *own)
{
    return (struct series_source){.context = own, .select = own_select, .list = own_list};
}
