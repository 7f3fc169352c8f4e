/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "base/ensure.h"
#include "columns/select.h"
#include "cost/prices.h"
#include "model/moment.h"
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

/* ---- Searches: each record is looked at. ---- */

struct found {
    uint64_t time_ns, arrival_ns;
    struct batch batch; /* It alone. */
};

struct finding {
    const struct scan_query *query;
    struct select *select;
    struct found *found;
    size_t count;
};

static bool looks(const struct scan_query *query, const struct span *span,
                  const struct log_line *line)
{
    return query->look == NULL || query->look->wants == NULL ||
           query->look->wants(query->look->context, span, line);
}

static void add_found(struct finding *finding, struct found found)
{
    finding->found = realloc(finding->found, (finding->count + 1) * sizeof(finding->found[0]));
    ENSURE(finding->found != NULL);
    finding->found[finding->count++] = found;
}

static void find_in(struct finding *finding, const struct batch *batch, uint64_t arrival_ns)
{
    struct found found = {.arrival_ns = arrival_ns, .batch = *batch};
    for (size_t i = 0; i < batch->span_count; i++) {
        found.batch.spans = &batch->spans[i];
        found.batch.span_count = 1;
        found.batch.log_count = 0;
        found.time_ns = moment_of(batch->spans[i].start_ns);
        if (select_span(finding->select, found.batch.spans) &&
            looks(finding->query, found.batch.spans, NULL)) {
            add_found(finding, found);
        }
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        found.batch.logs = &batch->logs[i];
        found.batch.log_count = 1;
        found.batch.span_count = 0;
        found.time_ns = moment_of_line(batch->logs[i].time_ns, batch->logs[i].observed_ns);
        if (select_line(finding->select, found.batch.logs) &&
            looks(finding->query, NULL, found.batch.logs)) {
            add_found(finding, found);
        }
    }
}

static int latest_first(const void *one, const void *other)
{
    uint64_t a = ((const struct found *)one)->time_ns;
    uint64_t b = ((const struct found *)other)->time_ns;
    return (a < b) - (a > b);
}

static int oldest_first(const void *one, const void *other)
{
    return latest_first(other, one);
}

static void find_all(const struct store *store, const struct scan_query *query,
                     struct finding *finding)
{
    static const struct hash_key key;
    *finding = (struct finding){.query = query};
    ENSURE(select_create(&finding->select, query, &key) == STATUS_OK);
    for (unsigned i = 0; i < store->frame_count; i++) {
        find_in(finding, build_batch(store->frames[i]), WORLD_ARRIVAL_NS + i);
    }
    select_free(finding->select);
    if (finding->count > 0) {
        qsort(finding->found, finding->count, sizeof(finding->found[0]),
              query->oldest ? oldest_first : latest_first);
    }
    if (query->look != NULL) {
        query->look->reached_ns = query->oldest ? query->to_ns : query->from_ns;
    }
}

enum status store_search(struct store_hold *hold, const struct scan_query *query, size_t most,
                         struct arena *arena, store_visit *visit, void *context)
{
    struct finding finding;
    find_all(&hold->store, query, &finding);
    for (size_t i = 0; i < finding.count && i < most; i++) {
        struct batch *batch = arena_alloc(arena, sizeof(*batch));
        ENSURE(batch != NULL);
        *batch = finding.found[i].batch;
        if (!visit(context, finding.found[i].arrival_ns, batch)) {
            break;
        }
    }
    free(finding.found);
    return STATUS_OK;
}

enum status store_measure(struct store_hold *hold, const struct scan_query *query, unsigned columns,
                          store_measure_visit *visit, void *context)
{
    static const uint32_t first = 0;
    struct finding finding;
    ENSURE(columns == (STORE_TIMES | STORE_ERRORS) || columns == STORE_SENDERS);
    find_all(&hold->store, query, &finding);
    for (size_t i = 0; i < finding.count; i++) {
        const struct batch *batch = &finding.found[i].batch;
        bool error = batch->span_count > 0 ? batch->spans->status == SPAN_STATUS_ERROR
                                           : batch->logs->severity >= SELECT_SEVERITY_ERROR;
        const struct store_measures measures = {
            .signal = batch->signal,
            .count = 1,
            .times_ns = &finding.found[i].time_ns,
            .errors = &error,
            .senders = &first,
            .size = WORLD_RECORD_SIZE,
            .resources = batch->span_count > 0 ? batch->spans->resource : batch->logs->resource,
            .resource_count = 1,
            .resources_id = i + 1,
        };
        (void)visit(context, &measures);
    }
    free(finding.found);
    return STATUS_OK;
}

void store_stats(struct store *store, struct store_stats *stats)
{
    *stats = (struct store_stats){.frames = store->frame_count,
                                  .bytes = store->frame_count * UINT64_C(1000)};
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
