/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/source.h"

#include "promql/growing.h"

#include <stdlib.h>

/*
 * All series of all sources, sorted by labels, those of the same labels beside each other and in
 * the order of their sources: then each group is one series.
 */
struct gathered {
    struct growing list; /* of struct owned */
    size_t source;
};

struct owned {
    struct series series;
    size_t source;
};

static enum status gather(void *context, const struct series *series)
{
    struct gathered *gathered = context;
    struct owned *slot = growing_push(&gathered->list);
    if (slot == NULL) {
        return STATUS_FULL;
    }
    *slot = (struct owned){.series = *series, .source = gathered->source};
    return STATUS_OK;
}

static enum status gather_labels(void *context, const struct label_set *labels)
{
    struct series series = {.labels = *labels};
    return gather(context, &series);
}

static int by_labels(const void *one, const void *other)
{
    const struct owned *left = one, *right = other;
    int order = labels_compare(&left->series.labels, &right->series.labels);
    return order != 0 ? order : (left->source > right->source) - (left->source < right->source);
}

/* The next time that one of both has, into merged; of the same time that of one. */
static bool merge_samples(struct series *one, const struct series *other, struct arena *arena)
{
    size_t sum = one->sample_count + other->sample_count;
    struct sample *merged = sum == 0 ? NULL : arena_alloc_array(arena, sum, sizeof(*merged));
    if (sum > 0 && merged == NULL) {
        return false;
    }
    size_t count = 0, left = 0, right = 0;
    while (left < one->sample_count || right < other->sample_count) {
        bool first = right == other->sample_count ||
                     (left < one->sample_count &&
                      one->samples[left].time_ms <= other->samples[right].time_ms);
        const struct sample *next = first ? &one->samples[left++] : &other->samples[right++];
        if (count == 0 || merged[count - 1].time_ms < next->time_ms) {
            merged[count++] = *next;
        }
    }
    one->samples = merged;
    one->sample_count = count;
    return true;
}

static bool merge_histograms(struct series *one, const struct series *other, struct arena *arena)
{
    size_t sum = one->histogram_count + other->histogram_count;
    struct histogram_sample *merged =
        sum == 0 ? NULL : arena_alloc_array(arena, sum, sizeof(*merged));
    if (sum > 0 && merged == NULL) {
        return false;
    }
    size_t count = 0, left = 0, right = 0;
    while (left < one->histogram_count || right < other->histogram_count) {
        bool first = right == other->histogram_count ||
                     (left < one->histogram_count &&
                      one->histograms[left].time_ms <= other->histograms[right].time_ms);
        const struct histogram_sample *next =
            first ? &one->histograms[left++] : &other->histograms[right++];
        if (count == 0 || merged[count - 1].time_ms < next->time_ms) {
            merged[count++] = *next;
        }
    }
    one->histograms = merged;
    one->histogram_count = count;
    return true;
}

/* Sort, and show each label set once. */
static enum status show_merged(struct gathered *gathered, struct arena *arena, series_visit *visit,
                               void *context)
{
    struct owned *items = gathered->list.items;
    size_t count = gathered->list.count;
    if (count > 1) {
        qsort(items, count, sizeof(*items), by_labels);
    }
    for (size_t i = 0; i < count;) {
        struct series merged = items[i].series;
        size_t next = i + 1;
        for (; next < count && labels_equal(&merged.labels, &items[next].series.labels); next++) {
            if (!merge_samples(&merged, &items[next].series, arena) ||
                !merge_histograms(&merged, &items[next].series, arena)) {
                return STATUS_FULL;
            }
        }
        enum status status = visit(context, &merged);
        if (status != STATUS_OK) {
            return status;
        }
        i = next;
    }
    return STATUS_OK;
}

static enum status union_select(void *context, const struct selection *selection,
                                struct arena *arena, series_visit *visit, void *visit_context)
{
    const struct source_union *sources = context;
    struct gathered gathered = {.list = growing_of(arena, sizeof(struct owned))};
    for (; gathered.source < sources->count; gathered.source++) {
        const struct series_source *source = &sources->items[gathered.source];
        enum status status = source->select(source->context, selection, arena, gather, &gathered);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return show_merged(&gathered, arena, visit, visit_context);
}

/* What show_merged() shows to one who wants labels alone. */
struct labels_only {
    labels_visit *visit;
    void *context;
};

static enum status show_labels(void *context, const struct series *series)
{
    const struct labels_only *only = context;
    return only->visit(only->context, &series->labels);
}

static enum status union_list(void *context, const struct selection *selection, struct arena *arena,
                              labels_visit *visit, void *visit_context)
{
    const struct source_union *sources = context;
    struct gathered gathered = {.list = growing_of(arena, sizeof(struct owned))};
    for (; gathered.source < sources->count; gathered.source++) {
        const struct series_source *source = &sources->items[gathered.source];
        enum status status =
            source->list(source->context, selection, arena, gather_labels, &gathered);
        if (status != STATUS_OK) {
            return status;
        }
    }
    struct labels_only only = {visit, visit_context};
    return show_merged(&gathered, arena, show_labels, &only);
}

struct series_source source_union(struct source_union *sources)
{
    return (struct series_source){.context = sources, .select = union_select, .list = union_list};
}
