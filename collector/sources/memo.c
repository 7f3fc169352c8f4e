/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/memo.h"

#include "sources/sources_limits.h"

/* What was shown for a selector. */
struct memo_entry {
    const struct matcher *matchers;
    size_t matcher_count;
    int64_t from_ms, to_ms;
    const struct series *series;
    size_t series_count;
};

void memo_init(struct memo *memo, const struct series_source *source, struct arena *arena,
               const struct hash_key *key)
{
    *memo = (struct memo){
        .source = source,
        .arena = arena,
        .key = *key,
        .entries = growing_of(arena, sizeof(struct memo_entry)),
    };
    map_init_growing(&memo->map, MEMO_COUNT_MAX);
}

void memo_fini(struct memo *memo)
{
    map_fini(&memo->map);
}

static uint64_t memo_hash(const struct memo *memo, const struct selection *selection)
{
    uint64_t hash = selection->matcher_count;
    for (size_t i = 0; i < selection->matcher_count; i++) {
        const struct matcher *matcher = &selection->matchers[i];
        hash = hash_u64(hash + (uint64_t)matcher->kind);
        hash = hash_u64(hash + hash_sip64(&memo->key, matcher->name));
        hash = hash_u64(hash + hash_sip64(&memo->key, matcher->value));
    }
    return hash;
}

struct memo_lookup {
    const struct memo *memo;
    const struct selection *selection;
};

static bool memo_answers(const void *context, uint32_t row)
{
    const struct memo_lookup *lookup = context;
    const struct selection *selection = lookup->selection;
    const struct memo_entry *entry = (const struct memo_entry *)lookup->memo->entries.items + row;
    bool same = entry->matcher_count == selection->matcher_count &&
                entry->from_ms <= selection->from_ms && entry->to_ms >= selection->to_ms;
    for (size_t i = 0; same && i < entry->matcher_count; i++) {
        const struct matcher *one = &entry->matchers[i], *other = &selection->matchers[i];
        same = one->kind == other->kind && slice_equal(one->name, other->name) &&
               slice_equal(one->value, other->value);
    }
    return same;
}

/* ---- Reading. ---- */

static enum status memo_take(void *context, const struct series *series)
{
    struct series *slot = growing_push(context);
    if (slot == NULL) {
        return STATUS_FULL;
    }
    *slot = *series;
    return STATUS_OK;
}

/* Ask the source.  NULL, and *status says why: STATUS_FULL, it does not fit. */
static const struct memo_entry *memo_read(struct memo *memo, const struct selection *selection,
                                          uint64_t hash, enum status *status)
{
    const struct series_source *source = memo->source;
    struct growing list = growing_of(memo->arena, sizeof(struct series));
    size_t mark = arena_mark(memo->arena);
    memo->reads++;
    *status = source->select(source->context, selection, memo->arena, memo_take, &list);
    if (*status != STATUS_OK) {
        arena_rewind(memo->arena, mark);
        return NULL;
    }
    *status = STATUS_FULL;
    uint32_t row = (uint32_t)memo->entries.count;
    if (row == MEMO_COUNT_MAX) {
        return NULL;
    }
    struct memo_entry *entry = growing_push(&memo->entries);
    if (entry == NULL) {
        return NULL;
    }
    *entry = (struct memo_entry){
        .matchers = selection->matchers,
        .matcher_count = selection->matcher_count,
        .from_ms = selection->from_ms,
        .to_ms = selection->to_ms,
        .series = list.items,
        .series_count = list.count,
    };
    *status = map_insert(&memo->map, hash, row);
    return *status == STATUS_OK ? entry : NULL;
}

/* ---- Showing. ---- */

static size_t samples_before(const struct series *series, int64_t time_ms)
{
    size_t low = 0, high = series->sample_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->samples[middle].time_ms < time_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t histograms_before(const struct series *series, int64_t time_ms)
{
    size_t low = 0, high = series->histogram_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->histograms[middle].time_ms < time_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The part of a series that lies in the span. */
static struct series series_within(const struct series *series, const struct selection *selection)
{
    struct series part = *series;
    size_t samples = samples_before(series, selection->from_ms);
    size_t histograms = histograms_before(series, selection->from_ms);
    part.sample_count = samples_before(series, selection->to_ms + 1) - samples;
    part.histogram_count = histograms_before(series, selection->to_ms + 1) - histograms;
    part.samples = part.sample_count > 0 ? &series->samples[samples] : NULL;
    part.histograms = part.histogram_count > 0 ? &series->histograms[histograms] : NULL;
    return part;
}

static enum status memo_show(const struct memo_entry *entry, const struct selection *selection,
                             series_visit *visit, void *context)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < entry->series_count && status == STATUS_OK; i++) {
        const struct series part = series_within(&entry->series[i], selection);
        if (part.sample_count > 0 || part.histogram_count > 0) {
            status = visit(context, &part);
        }
    }
    return status;
}

static enum status memo_select(void *context, const struct selection *selection,
                               struct arena *arena, series_visit *visit, void *visit_context)
{
    struct memo *memo = context;
    const struct series_source *source = memo->source;
    const struct memo_lookup lookup = {memo, selection};
    uint64_t hash = memo_hash(memo, selection);
    uint32_t row;
    if (map_find(&memo->map, hash, memo_answers, &lookup, &row)) {
        const struct memo_entry *entries = memo->entries.items;
        return memo_show(&entries[row], selection, visit, visit_context);
    }
    if (arena_overflowed(memo->arena)) {
        return source->select(source->context, selection, arena, visit, visit_context);
    }
    enum status status;
    const struct memo_entry *entry = memo_read(memo, selection, hash, &status);
    if (entry != NULL) {
        return memo_show(entry, selection, visit, visit_context);
    }
    return status != STATUS_FULL
               ? status
               : source->select(source->context, selection, arena, visit, visit_context);
}

static enum status memo_list(void *context, const struct selection *selection, struct arena *arena,
                             labels_visit *visit, void *visit_context)
{
    const struct memo *memo = context;
    return memo->source->list(memo->source->context, selection, arena, visit, visit_context);
}

struct series_source memo_source(struct memo *memo)
{
    return (struct series_source){.context = memo, .select = memo_select, .list = memo_list};
}
