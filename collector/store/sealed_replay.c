/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sealed_replay.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* What arrived at one time in one block, or the sender of a body that held no record. */
struct replay_part {
    uint64_t arrival_ns;
    size_t order; /* Of those with one arrival. */
    struct batch batch;
};

struct replay {
    struct arena *arena;
    struct replay_part *parts;
    size_t count, capacity;
    bool full;
};

static struct replay_part *replay_add(struct replay *replay, uint64_t arrival_ns)
{
    if (replay->count == replay->capacity) {
        size_t capacity = replay->capacity == 0 ? 256 : 2 * replay->capacity;
        struct replay_part *parts = realloc(replay->parts, capacity * sizeof(parts[0]));
        if (parts == NULL) {
            replay->full = true;
            return NULL;
        }
        replay->parts = parts;
        replay->capacity = capacity;
    }
    struct replay_part *part = &replay->parts[replay->count];
    *part = (struct replay_part){.arrival_ns = arrival_ns, .order = replay->count++};
    return part;
}

static bool replay_take(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct replay *replay = context;
    struct replay_part *part = replay_add(replay, arrival_ns);
    if (part != NULL) {
        part->batch = *batch;
    }
    return part != NULL;
}

static enum status replay_blocks(struct replay *replay, const struct sealed *sealed,
                                 const struct dictionary *dictionary)
{
    struct bytes_reader *reader = bytes_reader_create();
    enum status status = reader != NULL ? STATUS_OK : STATUS_FULL;
    for (uint32_t i = 0; i < sealed->foot.block_count && status == STATUS_OK; i++) {
        struct block *block;
        status = sealed_block(sealed, i, dictionary, reader, replay->arena, &block);
        if (status == STATUS_OK) {
            status = block_rows(block, NULL, 0, replay_take, replay);
        }
        if (status == STATUS_OK && replay->full) {
            status = STATUS_FULL;
        }
    }
    bytes_reader_free(reader);
    for (uint32_t i = 0; i < dictionary_bare_count(dictionary) && status == STATUS_OK; i++) {
        uint64_t arrival_ns;
        const struct resource *resource;
        status = dictionary_bare(dictionary, i, &resource, &arrival_ns);
        if (status != STATUS_OK) {
            return status;
        }
        struct replay_part *part = replay_add(replay, arrival_ns);
        if (part == NULL) {
            return STATUS_FULL;
        }
        part->batch =
            (struct batch){.signal = SIGNAL_LOGS, .resources = resource, .resource_count = 1};
    }
    return status;
}

static int replay_compare(const void *one, const void *other)
{
    const struct replay_part *a = one;
    const struct replay_part *b = other;
    if (a->arrival_ns != b->arrival_ns) {
        return a->arrival_ns < b->arrival_ns ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

/* ---- Parts of one arrival as one batch. ---- */

/* Whether two are the same block of an agent, or of the same sender at all. */
static bool replay_same(const struct resource *one, const struct resource *other)
{
    return one->attrs.items == other->attrs.items && one->seq == other->seq &&
           one->epoch == other->epoch;
}

/* The place of a resource among those that are merged, where it is put if it is new. */
static const struct resource *replay_resource(struct resource *resources, size_t *count,
                                              const struct resource *resource)
{
    for (size_t i = *count; i > 0; i--) {
        if (replay_same(&resources[i - 1], resource)) {
            return &resources[i - 1];
        }
    }
    resources[*count] = *resource;
    return &resources[(*count)++];
}

struct replay_sums {
    size_t resources, spans, logs;
};

static struct replay_sums replay_sum(const struct replay_part *parts, size_t count)
{
    struct replay_sums sums = {0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        sums.resources += parts[i].batch.resource_count;
        sums.spans += parts[i].batch.span_count;
        sums.logs += parts[i].batch.log_count;
    }
    return sums;
}

static bool replay_merge(struct arena *arena, const struct replay_part *parts, size_t count,
                         struct batch *batch)
{
    struct replay_sums sums = replay_sum(parts, count);
    struct resource *resources = arena_alloc_array(arena, sums.resources + 1, sizeof(resources[0]));
    struct span *spans = arena_alloc_array(arena, sums.spans + 1, sizeof(spans[0]));
    struct log_line *logs = arena_alloc_array(arena, sums.logs + 1, sizeof(logs[0]));
    if (resources == NULL || spans == NULL || logs == NULL) {
        return false;
    }
    *batch = (struct batch){
        .signal = sums.spans > 0 ? SIGNAL_TRACES : SIGNAL_LOGS,
        .resources = resources,
        .spans = spans,
        .logs = logs,
    };
    for (size_t i = 0; i < count; i++) {
        const struct batch *part = &parts[i].batch;
        for (size_t k = 0; k < part->resource_count; k++) {
            (void)replay_resource(resources, &batch->resource_count, &part->resources[k]);
        }
        for (size_t k = 0; k < part->span_count; k++) {
            struct span *span = &spans[batch->span_count++];
            *span = part->spans[k];
            span->resource = replay_resource(resources, &batch->resource_count, span->resource);
        }
        for (size_t k = 0; k < part->log_count; k++) {
            struct log_line *line = &logs[batch->log_count++];
            *line = part->logs[k];
            line->resource = replay_resource(resources, &batch->resource_count, line->resource);
        }
    }
    return true;
}

static enum status replay_show(struct replay *replay, store_visit *visit, void *context)
{
    for (size_t first = 0, next; first < replay->count; first = next) {
        const struct replay_part *part = &replay->parts[first];
        for (next = first + 1;
             next < replay->count && replay->parts[next].arrival_ns == part->arrival_ns;) {
            next++;
        }
        struct batch merged = part->batch;
        size_t mark = arena_mark(replay->arena);
        if (next - first > 1 && !replay_merge(replay->arena, part, next - first, &merged)) {
            return STATUS_FULL;
        }
        bool more = visit(context, part->arrival_ns, &merged);
        arena_rewind(replay->arena, mark);
        if (!more) {
            break;
        }
    }
    return STATUS_OK;
}

enum status sealed_replay(const struct sealed *sealed, struct arena *arena, store_visit *visit,
                          void *context)
{
    struct replay replay = {.arena = arena};
    struct dictionary *dictionary;
    enum status status = sealed_dictionary(sealed, &dictionary);
    if (status != STATUS_OK) {
        return status;
    }
    status = replay_blocks(&replay, sealed, dictionary);
    if (status == STATUS_OK) {
        if (replay.count > 0) {
            qsort(replay.parts, replay.count, sizeof(replay.parts[0]), replay_compare);
        }
        status = replay_show(&replay, visit, context);
    }
    free(replay.parts);
    dictionary_free(dictionary);
    return status;
}
