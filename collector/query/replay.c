/* SPDX-License-Identifier: Apache-2.0 */
#include "query/replay.h"
#include "query/query_limits.h"

#include "base/hash.h"
#include "base/map.h"
#include "model/rows.h"

#include <stdlib.h>

void replay_fini(struct replay *replay)
{
    free(replay->records);
    *replay = (struct replay){.records = NULL};
}

static bool add(struct replay *replay, struct replay_record record)
{
    void *records = replay->records;
    bool fits = rows_reserve(&records, &replay->capacity, (uint64_t)replay->count + 1,
                             REPLAY_RECORD_COUNT_MAX, sizeof(replay->records[0]));
    replay->records = records;
    if (fits) {
        record.order = replay->count;
        replay->records[replay->count++] = record;
    }
    return fits;
}

bool replay_span(struct replay *replay, uint64_t arrival_ns, const struct span *span)
{
    return add(replay, (struct replay_record){.arrival_ns = arrival_ns, .span = span});
}

bool replay_line(struct replay *replay, uint64_t arrival_ns, const struct log_line *line)
{
    return add(replay, (struct replay_record){.arrival_ns = arrival_ns, .line = line});
}

static int compare_arrivals(const void *one, const void *other)
{
    const struct replay_record *a = one;
    const struct replay_record *b = other;
    if (a->arrival_ns != b->arrival_ns) {
        return a->arrival_ns < b->arrival_ns ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

/* What came together, as a batch of its own. */
struct together {
    struct resource *resources;
    struct span *spans;
    struct log_line *lines;
    size_t resource_count, span_count, line_count;
    struct map known; /* Resources by where they were. */
};

static bool together_init(struct together *together, uint32_t count)
{
    *together = (struct together){
        .resources = calloc((size_t)count + 1, sizeof(struct resource)),
        .spans = calloc((size_t)count + 1, sizeof(struct span)),
        .lines = calloc((size_t)count + 1, sizeof(struct log_line)),
    };
    map_init_growing(&together->known, count);
    return together->resources != NULL && together->spans != NULL && together->lines != NULL;
}

static void together_fini(struct together *together)
{
    map_fini(&together->known);
    free(together->resources);
    free(together->spans);
    free(together->lines);
}

/* The batch's own copy of a resource; NULL without memory. */
static const struct resource *own(struct together *together, const struct resource *resource)
{
    uint64_t hash = hash_u64((uintptr_t)resource);
    uint32_t at;
    if (map_find(&together->known, hash, NULL, NULL, &at)) {
        return &together->resources[at];
    }
    at = (uint32_t)together->resource_count;
    if (map_insert(&together->known, hash, at) != STATUS_OK) {
        return NULL;
    }
    together->resources[at] = *resource;
    together->resource_count++;
    return &together->resources[at];
}

static bool together_add(struct together *together, const struct replay_record *record)
{
    const struct resource *resource =
        own(together, record->span != NULL ? record->span->resource : record->line->resource);
    if (resource == NULL) {
        return false;
    }
    if (record->span != NULL) {
        struct span *span = &together->spans[together->span_count++];
        *span = *record->span;
        span->resource = resource;
    } else {
        struct log_line *line = &together->lines[together->line_count++];
        *line = *record->line;
        line->resource = resource;
    }
    return true;
}

static enum status apply(struct view *view, const struct replay_record *records, uint32_t count)
{
    struct together together;
    bool fits = together_init(&together, count);
    for (uint32_t i = 0; fits && i < count; i++) {
        fits = together_add(&together, &records[i]);
    }
    if (fits) {
        const struct batch batch = {
            .signal = together.span_count > 0 ? SIGNAL_TRACES : SIGNAL_LOGS,
            .resources = together.resources,
            .resource_count = together.resource_count,
            .spans = together.spans,
            .span_count = together.span_count,
            .logs = together.lines,
            .log_count = together.line_count,
        };
        const struct view_frame frame = {.segment = 1, .arrival_ns = records[0].arrival_ns};
        view_apply(view, &frame, &batch);
    }
    together_fini(&together);
    return fits ? STATUS_OK : STATUS_FULL;
}

enum status replay_apply(struct replay *replay, struct view *view)
{
    enum status status = STATUS_OK;
    if (replay->count > 0) {
        qsort(replay->records, replay->count, sizeof(replay->records[0]), compare_arrivals);
    }
    for (uint32_t first = 0, next; status == STATUS_OK && first < replay->count; first = next) {
        for (next = first + 1; next < replay->count && replay->records[next].arrival_ns ==
                                                           replay->records[first].arrival_ns;) {
            next++;
        }
        status = apply(view, &replay->records[first], next - first);
    }
    replay->count = 0;
    return status;
}
