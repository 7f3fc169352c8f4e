/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "columns/select.h"

#include "base/ensure.h"
#include "cost/prices.h"
#include "model/record_ids.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define WORLD_ARENA_SIZE ((size_t)256 << 20)
#define WORLD_ARRIVAL_NS ((uint64_t)BUILD_T0 + 60000000000U)

struct noted {
    struct id16 id;
    unsigned frame;
};

struct store {
    struct build **frames;
    bool *lost;
    unsigned frame_count;
    struct noted *notes;
    size_t note_count, note_capacity;
    bool sealed;
    bool damaged;         /* Some records of every span of time cannot be read. */
    uint64_t piece_count; /* Records of a piece of a span of time; 0: as is asked. */
};

/* A hold is the store itself. */
struct store_hold {
    struct store store;
};

struct store_hold *store_hold(struct store *store)
{
    return (struct store_hold *)store;
}

void store_release(struct store_hold *hold)
{
    (void)hold;
}

size_t store_find(struct store_hold *hold, const struct id16 *ids, size_t id_count,
                  struct frame_ref *refs, size_t refs_max)
{
    const struct store *store = &hold->store;
    bool *hit = calloc(store->frame_count + 1, sizeof(hit[0]));
    ENSURE(hit != NULL);
    for (size_t i = 0; i < store->note_count; i++) {
        for (size_t k = 0; k < id_count; k++) {
            if (memcmp(&store->notes[i].id, &ids[k], sizeof(ids[k])) == 0) {
                hit[store->notes[i].frame] = true;
            }
        }
    }
    size_t count = 0;
    for (unsigned i = 0; i < store->frame_count; i++) {
        if (hit[i]) {
            if (count < refs_max) {
                refs[count] = (struct frame_ref){.segment = 1, .offset = i};
            }
            count++;
        }
    }
    free(hit);
    return count;
}

/* ---- As of a sealed segment: records that have one of the ids, piece by piece. ---- */

struct wanted {
    const struct id16 *ids;
    size_t count;
};

static bool is_wanted(const struct wanted *wanted, const struct id16 *id)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (memcmp(&wanted->ids[i], id, sizeof(*id)) == 0) {
            return true;
        }
    }
    return false;
}

static bool any_wanted(const struct wanted *wanted, const struct record_ids *ids)
{
    bool any = false;
    for (size_t i = 0; i < ids->count; i++) {
        any = any || is_wanted(wanted, &ids->ids[i]);
    }
    return any;
}

static bool span_wanted(const struct wanted *wanted, const struct span *span)
{
    struct record_ids ids = record_ids_span(span);
    bool any = any_wanted(wanted, &ids);
    for (size_t i = 0; i < span->link_count; i++) {
        any = any || is_wanted(wanted, &span->links[i].trace_id);
    }
    return any;
}

static void show_pieces(const struct batch *batch, const struct wanted *wanted, uint64_t arrival_ns,
                        store_visit *visit, void *context)
{
    struct batch piece = *batch;
    for (size_t i = 0; i < batch->span_count; i++) {
        piece.spans = &batch->spans[i];
        piece.span_count = 1;
        piece.log_count = 0;
        if (span_wanted(wanted, piece.spans) && !visit(context, arrival_ns, &piece)) {
            return;
        }
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        struct record_ids ids = record_ids_line(&batch->logs[i]);
        piece.logs = &batch->logs[i];
        piece.log_count = 1;
        piece.span_count = 0;
        if (any_wanted(wanted, &ids) && !visit(context, arrival_ns, &piece)) {
            return;
        }
    }
}

enum status store_load(struct store_hold *hold, struct frame_ref ref, const struct id16 *ids,
                       size_t id_count, struct arena *arena, store_visit *visit, void *context)
{
    const struct store *store = &hold->store;
    const struct wanted wanted = {ids, id_count};
    (void)arena;
    ENSURE(ref.offset < store->frame_count);
    if (store->lost[ref.offset]) {
        return STATUS_NOT_FOUND;
    }
    const struct batch *batch = build_batch(store->frames[ref.offset]);
    if (store->sealed) {
        show_pieces(batch, &wanted, WORLD_ARRIVAL_NS + ref.offset, visit, context);
    } else {
        (void)visit(context, WORLD_ARRIVAL_NS + ref.offset, batch);
    }
    return STATUS_OK;
}

void world_seal(struct world *world)
{
    world->query.store->sealed = true;
}

/* ---- Spans of time. ---- */

static uint64_t time_of_line(const struct log_line *line)
{
    return line->time_ns != 0 ? line->time_ns : line->observed_ns;
}

static bool is_in(struct store_span span, uint64_t time_ns)
{
    return time_ns >= span.from_ns && time_ns < span.to_ns;
}

static int compare_newest(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return a > b ? -1 : a < b;
}

/* Where the newest piece of a span begins. */
static uint64_t piece_begin(const struct store *store, struct store_span span)
{
    size_t count = 0, most = 0;
    for (unsigned i = 0; i < store->frame_count; i++) {
        const struct batch *batch = build_batch(store->frames[i]);
        most += batch->span_count + batch->log_count;
    }
    uint64_t *times = calloc(most + 1, sizeof(times[0]));
    ENSURE(times != NULL);
    for (unsigned i = 0; i < store->frame_count; i++) {
        const struct batch *batch = build_batch(store->frames[i]);
        for (size_t k = 0; k < batch->span_count; k++) {
            times[count] = batch->spans[k].start_ns;
            count += is_in(span, times[count]);
        }
        for (size_t k = 0; k < batch->log_count; k++) {
            times[count] = time_of_line(&batch->logs[k]);
            count += is_in(span, times[count]);
        }
    }
    qsort(times, count, sizeof(times[0]), compare_newest);
    uint64_t begin_ns = count > span.records_max ? times[span.records_max - 1] : span.from_ns;
    free(times);
    return begin_ns;
}

static bool show_span_of(const struct batch *batch, struct store_span span, uint64_t arrival_ns,
                         store_visit *visit, void *context)
{
    struct batch piece = *batch;
    for (size_t i = 0; i < batch->span_count; i++) {
        piece.spans = &batch->spans[i];
        piece.span_count = 1;
        piece.log_count = 0;
        if (is_in(span, piece.spans->start_ns) && !visit(context, arrival_ns, &piece)) {
            return false;
        }
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        piece.logs = &batch->logs[i];
        piece.log_count = 1;
        piece.span_count = 0;
        if (is_in(span, time_of_line(piece.logs)) && !visit(context, arrival_ns, &piece)) {
            return false;
        }
    }
    return true;
}

enum status store_scan(struct store_hold *hold, struct store_span span, store_visit *visit,
                       void *context, uint64_t *reached_ns)
{
    const struct store *store = &hold->store;
    *reached_ns = span.to_ns;
    span.records_max = store->piece_count > 0 && store->piece_count < span.records_max
                           ? store->piece_count
                           : span.records_max;
    span.from_ns = piece_begin(store, span);
    for (unsigned i = 0; i < store->frame_count; i++) {
        const struct batch *batch = build_batch(store->frames[i]);
        if (!store->lost[i] && !show_span_of(batch, span, WORLD_ARRIVAL_NS + i, visit, context)) {
            return STATUS_CLOSED;
        }
    }
    *reached_ns = span.from_ns;
    return store->damaged ? STATUS_IO : STATUS_OK;
}

void world_damage(struct world *world)
{
    world->query.store->damaged = true;
}

void world_cut(struct world *world, uint64_t piece_count)
{
    world->query.store->piece_count = piece_count;
}

/* A record that a search found. */
struct hit {
    struct batch piece;
    uint64_t time_ns, arrival_ns;
};

static int latest_first(const void *one, const void *other)
{
    const struct hit *a = one;
    const struct hit *b = other;
    return (a->time_ns < b->time_ns) - (a->time_ns > b->time_ns);
}

static void add_hit(const struct scan_query *query, uint64_t time_ns, unsigned frame,
                    const struct batch *piece, struct hit *hits, size_t *count)
{
    if (time_ns >= query->from_ns && time_ns < query->to_ns) {
        hits[*count] = (struct hit){*piece, time_ns, WORLD_ARRIVAL_NS + frame};
        (*count)++;
    }
}

static size_t find_hits(const struct store *store, const struct scan_query *query,
                        struct select *select, struct hit *hits)
{
    size_t count = 0;
    for (unsigned i = 0; i < store->frame_count; i++) {
        const struct batch *batch = build_batch(store->frames[i]);
        struct batch piece = *batch;
        for (size_t k = 0; k < batch->span_count && (query->signals & SCAN_SPANS) != 0; k++) {
            piece.spans = &batch->spans[k];
            piece.span_count = 1;
            piece.log_count = 0;
            if (select_span(select, piece.spans)) {
                add_hit(query, piece.spans->start_ns, i, &piece, hits, &count);
            }
        }
        for (size_t k = 0; k < batch->log_count && (query->signals & SCAN_LINES) != 0; k++) {
            const struct log_line *line = piece.logs = &batch->logs[k];
            piece.log_count = 1;
            piece.span_count = 0;
            if (select_line(select, line)) {
                uint64_t time_ns = line->time_ns != 0 ? line->time_ns : line->observed_ns;
                add_hit(query, time_ns, i, &piece, hits, &count);
            }
        }
    }
    return count;
}

enum status store_search(struct store_hold *hold, const struct scan_query *query, size_t most,
                         struct arena *arena, store_visit *visit, void *context)
{
    const struct store *store = &hold->store;
    const struct hash_key key = {{3, 4}};
    struct select *select;
    size_t record_count = 0;
    for (unsigned i = 0; i < store->frame_count; i++) {
        const struct batch *batch = build_batch(store->frames[i]);
        record_count += batch->span_count + batch->log_count;
    }
    (void)arena;
    enum status status = select_create(&select, query, &key);
    if (status != STATUS_OK) {
        return status;
    }
    struct hit *hits = calloc(record_count + 1, sizeof(*hits));
    ENSURE(hits != NULL);
    size_t count = find_hits(store, query, select, hits);
    qsort(hits, count, sizeof(*hits), latest_first);
    for (size_t i = 0; i < count && i < most; i++) {
        if (!visit(context, hits[i].arrival_ns, &hits[i].piece)) {
            break;
        }
    }
    free(hits);
    select_free(select);
    return STATUS_OK;
}

struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof(*world));
    struct store *store = calloc(1, sizeof(*store));
    void *memory = malloc(WORLD_ARENA_SIZE);
    ENSURE(world != NULL && store != NULL && memory != NULL);
    arena_init(&world->arena, memory, WORLD_ARENA_SIZE);
    struct prices *prices;
    char error[256];
    ENSURE(prices_load(&prices, SLICE_EMPTY, error, sizeof(error)) == STATUS_OK);
    world->query = (struct query){
        .store = store,
        .prices = prices,
        .key = {{3, 4}},
    };
    world->query.view = view_create(&world->query.key);
    ENSURE(world->query.view != NULL);
    return world;
}

void world_free(struct world *world)
{
    struct store *store = world->query.store;
    for (unsigned i = 0; i < store->frame_count; i++) {
        build_free(store->frames[i]);
    }
    free(store->frames);
    free(store->lost);
    free(store->notes);
    free(store);
    view_free(world->query.view);
    /* The query only reads its prices; this is their owner. */
    prices_free((struct prices *)(uintptr_t)world->query.prices);
    free(world->arena.base);
    free(world);
}

static void note(void *context, struct id16 id)
{
    struct store *store = context;
    if (store->note_count == store->note_capacity) {
        store->note_capacity = store->note_capacity * 2 + 64;
        store->notes = realloc(store->notes, store->note_capacity * sizeof(store->notes[0]));
        ENSURE(store->notes != NULL);
    }
    store->notes[store->note_count++] = (struct noted){id, store->frame_count - 1};
}

void world_add(struct world *world, struct build *build)
{
    struct store *store = world->query.store;
    size_t count = (size_t)store->frame_count + 1;
    store->frames = realloc(store->frames, count * sizeof(struct build *));
    store->lost = realloc(store->lost, count * sizeof(store->lost[0]));
    ENSURE(store->frames != NULL && store->lost != NULL);
    store->frames[store->frame_count] = build;
    store->lost[store->frame_count] = false;
    store->frame_count++;
    struct view_frame about = {
        .segment = 1,
        .arrival_ns = WORLD_ARRIVAL_NS + store->frame_count - 1,
        .note = note,
        .context = store,
    };
    view_apply(world->query.view, &about, build_batch(build));
}

void world_lose(struct world *world, unsigned index)
{
    ENSURE(index < world->query.store->frame_count);
    world->query.store->lost[index] = true;
}
