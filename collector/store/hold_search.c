/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold.h"

#include "columns/block_scan.h"
#include "columns/select.h"
#include "store/hold_private.h"

#include <stdlib.h>

/*
 * Times are compared by rank: of those that are searched first it is the highest.  That is the time
 * itself where the latest come first.
 */

/* A record that is wanted: where it is, and when it happened. */
struct candidate {
    uint64_t rank;
    uint32_t segment, number; /* Of its block, or the offset of its frame. */
    uint32_t frame_end;       /* Not 0: it is in a frame. */
    uint32_t row;             /* Of the block, or which of the frame's records. */
};

/* A record that was made. */
struct made {
    uint64_t rank, arrival_ns;
    const struct batch *batch; /* It alone. */
};

struct searching {
    struct store_hold *hold;
    const struct scan_query *query;
    struct select *select;
    struct places places;
    struct hold_blocks blocks;
    struct arena *arena;
    const struct place *place; /* Whose frames are shown. */
    struct candidate *heap;    /* The lowest is the first. */
    size_t count, most;
    struct made *made;
    size_t made_count;
    enum status status; /* STATUS_IO: some of it is damaged. */
};

/* What is damaged is not all: the rest is looked at. */
static enum status searching_pass(struct searching *searching, enum status status)
{
    if (status == STATUS_BAD || status == STATUS_IO) {
        searching->status = STATUS_IO;
        return STATUS_OK;
    }
    return status;
}

static uint64_t rank_of(const struct scan_query *query, uint64_t time_ns)
{
    return query->oldest ? UINT64_MAX - time_ns : time_ns;
}

/* The highest that a record of a place may have. */
static uint64_t rank_of_place(const struct scan_query *query, const struct place *place)
{
    return rank_of(query, query->oldest ? place->moments.first_ns : place->moments.last_ns);
}

/* ---- The highest so far. ---- */

static void sift_down(struct candidate *heap, size_t count, size_t at)
{
    for (;;) {
        size_t least = 2 * at + 1;
        if (least >= count) {
            return;
        }
        least += least + 1 < count && heap[least + 1].rank < heap[least].rank;
        if (heap[at].rank <= heap[least].rank) {
            return;
        }
        struct candidate before = heap[at];
        heap[at] = heap[least];
        heap[least] = before;
        at = least;
    }
}

static void sift_up(struct candidate *heap, size_t at)
{
    while (at > 0 && heap[at].rank < heap[(at - 1) / 2].rank) {
        struct candidate before = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = before;
        at = (at - 1) / 2;
    }
}

/* Whether one of that rank would be among them. */
static bool is_high_enough(const struct searching *searching, uint64_t rank)
{
    return searching->count < searching->most || rank > searching->heap[0].rank;
}

static void take_candidate(struct searching *searching, const struct candidate *candidate)
{
    if (!is_high_enough(searching, candidate->rank)) {
        return;
    }
    if (searching->count == searching->most) {
        searching->heap[0] = *candidate;
        sift_down(searching->heap, searching->count, 0);
        return;
    }
    searching->heap[searching->count] = *candidate;
    sift_up(searching->heap, searching->count++);
}

/* ---- Blocks. ---- */

/* A row that meets the conditions. */
struct row {
    uint64_t rank;
    uint32_t row;
};

/* At how many rows the query looks itself before the others may be too low. */
#define LOOK_ROWS_MIN 64

static int highest_row_first(const void *one, const void *other)
{
    uint64_t a = ((const struct row *)one)->rank;
    uint64_t b = ((const struct row *)other)->rank;
    return (a < b) - (a > b);
}

static int by_number(const void *one, const void *other)
{
    const uint32_t *a = one;
    const uint32_t *b = other;
    return (*a > *b) - (*a < *b);
}

/* Look at some rows, and take those that are wanted. */
static enum status look_at_rows(struct searching *searching, const struct place *place,
                                struct block *block, const struct row *some, uint32_t count,
                                const uint64_t *times_ns)
{
    uint32_t *rows = arena_alloc(&searching->hold->desk->scratch, count * sizeof(rows[0]));
    if (rows == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = some[i].row;
    }
    qsort(rows, count, sizeof(rows[0]), by_number);
    enum status status = hold_look_rows(searching->query, block, rows, &count);
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        struct candidate candidate = {
            .rank = rank_of(searching->query, times_ns[rows[i]]),
            .segment = place->segment,
            .number = place->number,
            .row = rows[i],
        };
        take_candidate(searching, &candidate);
    }
    return status;
}

/* The highest ones first, some at a time, so that of many none is made for nothing. */
static enum status look_in_turn(struct searching *searching, const struct place *place,
                                struct block *block, struct row *all, uint32_t count,
                                const uint64_t *times_ns)
{
    enum status status = STATUS_OK;
    bool looks = searching->query->look != NULL && searching->query->look->wants != NULL;
    uint32_t some = looks ? LOOK_ROWS_MIN : count;
    qsort(all, count, sizeof(all[0]), highest_row_first);
    for (uint32_t at = 0; status == STATUS_OK && at < count; some *= 2) {
        uint32_t end = at;
        while (end < count && end - at < some && is_high_enough(searching, all[end].rank)) {
            end++;
        }
        if (end == at || hold_look_cut(searching->query, place)) {
            break;
        }
        status = look_at_rows(searching, place, block, &all[at], end - at, times_ns);
        at = end;
    }
    return status;
}

static enum status search_rows(struct searching *searching, const struct place *place,
                               struct block *block)
{
    struct arena *arena = &searching->hold->desk->scratch;
    const uint32_t *rows;
    uint32_t count;
    const uint64_t *times_ns;
    enum status status = select_rows(searching->select, block, &rows, &count);
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    struct row *all = arena_alloc(arena, count * sizeof(all[0]));
    status = all != NULL ? hold_blocks_times(block, arena, &times_ns) : STATUS_FULL;
    uint32_t high = 0;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        all[high] = (struct row){rank_of(searching->query, times_ns[rows[i]]), rows[i]};
        high += is_high_enough(searching, all[high].rank);
    }
    return status == STATUS_OK ? look_in_turn(searching, place, block, all, high, times_ns)
                               : status;
}

static enum status search_block(struct searching *searching, const struct place *place)
{
    struct block *block = NULL;
    enum status status = hold_blocks_select(&searching->blocks, searching->select, place, &block);
    return status == STATUS_OK && block != NULL ? search_rows(searching, place, block) : status;
}

/* ---- Logs. ---- */

static void search_frame(void *context, const struct frame_head *head, const struct batch *batch)
{
    struct searching *searching = context;
    struct candidate candidate = {
        .segment = head->segment,
        .number = head->offset,
        .frame_end = head->offset + FRAME_HEAD_SIZE + head->stored_size,
    };
    for (size_t i = 0; batch != NULL && i < batch->span_count; i++) {
        candidate.rank = rank_of(searching->query, moment_of(batch->spans[i].start_ns));
        candidate.row = (uint32_t)i;
        if (is_high_enough(searching, candidate.rank) &&
            select_span(searching->select, &batch->spans[i]) &&
            hold_look_span(searching->query, &batch->spans[i])) {
            take_candidate(searching, &candidate);
        }
    }
    for (size_t i = 0; batch != NULL && i < batch->log_count; i++) {
        const struct log_line *line = &batch->logs[i];
        candidate.rank =
            rank_of(searching->query, moment_of_line(line->time_ns, line->observed_ns));
        candidate.row = (uint32_t)i;
        if (is_high_enough(searching, candidate.rank) && select_line(searching->select, line) &&
            hold_look_line(searching->query, line)) {
            take_candidate(searching, &candidate);
        }
    }
}

static enum status search_place(struct searching *searching, const struct place *place)
{
    if (place->end == 0) {
        return search_block(searching, place);
    }
    return hold_select_of_place(searching->hold, searching->select, place, search_frame, searching);
}

static enum status search_places(struct searching *searching)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < searching->places.count && status == STATUS_OK; i++) {
        const struct place *place = &searching->places.items[i];
        if (!is_high_enough(searching, rank_of_place(searching->query, place)) ||
            hold_look_stop(searching->query, place, i == 0)) {
            break;
        }
        status = searching_pass(searching, search_place(searching, place));
        if (hold_look_cut(searching->query, place)) {
            break;
        }
    }
    return status;
}

/* ---- Records. ---- */

static int compare_places(const void *one, const void *other)
{
    const struct candidate *a = one;
    const struct candidate *b = other;
    if (a->segment != b->segment) {
        return a->segment < b->segment ? -1 : 1;
    }
    if (a->frame_end != b->frame_end) {
        return a->frame_end < b->frame_end ? -1 : 1;
    }
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    return (a->row > b->row) - (a->row < b->row);
}

static bool same_place(const struct candidate *one, const struct candidate *other)
{
    return one->segment == other->segment && one->number == other->number &&
           one->frame_end == other->frame_end;
}

/* Keep a record by itself; false: the arena is full. */
static bool keep_record(struct searching *searching, uint64_t arrival_ns, const struct batch *batch,
                        size_t index)
{
    struct batch *alone = arena_alloc(searching->arena, sizeof(*alone));
    if (alone == NULL) {
        return false;
    }
    *alone = *batch;
    struct made *made = &searching->made[searching->made_count++];
    *made = (struct made){.arrival_ns = arrival_ns, .batch = alone};
    if (batch->span_count > 0) {
        alone->spans = &batch->spans[index];
        alone->span_count = 1;
        made->rank = rank_of(searching->query, moment_of(alone->spans->start_ns));
    } else {
        alone->logs = &batch->logs[index];
        alone->log_count = 1;
        made->rank = rank_of(searching->query,
                             moment_of_line(alone->logs->time_ns, alone->logs->observed_ns));
    }
    return true;
}

static bool keep_records(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct searching *searching = context;
    bool fits = true;
    for (size_t i = 0; i < batch->span_count + batch->log_count && fits; i++) {
        fits = keep_record(searching, arrival_ns, batch, i);
    }
    return fits;
}

static enum status make_of_block(struct searching *searching, const struct candidate *candidates,
                                 size_t count)
{
    struct frame_ref ref = {candidates->segment, HOLD_BLOCK_BIT | candidates->number};
    uint32_t *rows = arena_alloc(searching->arena, count * sizeof(rows[0]));
    if (rows == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = candidates[i].row;
    }
    return hold_load_rows(searching->hold, ref, rows, (uint32_t)count, searching->arena,
                          keep_records, searching);
}

static enum status make_of_frame(struct searching *searching, const struct candidate *candidates,
                                 size_t count)
{
    struct frame_ref ref = {candidates->segment, candidates->number};
    struct hold_kept opened;
    enum status status = hold_open(searching->hold, ref, searching->arena, &opened);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        bool fits = keep_record(searching, opened.arrival_ns, opened.batch, candidates[i].row);
        status = fits ? STATUS_OK : STATUS_FULL;
    }
    return status;
}

static enum status make_records(struct searching *searching)
{
    enum status status = STATUS_OK;
    const struct candidate *candidates = searching->heap;
    qsort(searching->heap, searching->count, sizeof(searching->heap[0]), compare_places);
    for (size_t first = 0, next; first < searching->count && status == STATUS_OK; first = next) {
        for (next = first + 1;
             next < searching->count && same_place(&candidates[first], &candidates[next]);) {
            next++;
        }
        status = candidates[first].frame_end == 0
                     ? make_of_block(searching, &candidates[first], next - first)
                     : make_of_frame(searching, &candidates[first], next - first);
        status = searching_pass(searching, status);
    }
    return status;
}

static int highest_first(const void *one, const void *other)
{
    uint64_t a = ((const struct made *)one)->rank;
    uint64_t b = ((const struct made *)other)->rank;
    return (a < b) - (a > b);
}

static enum status show_records(struct searching *searching, store_visit *visit, void *context)
{
    searching->made =
        arena_alloc(searching->arena, (searching->count + 1) * sizeof(searching->made[0]));
    if (searching->made == NULL) {
        return STATUS_FULL;
    }
    if (searching->count == 0) {
        return STATUS_OK;
    }
    enum status status = make_records(searching);
    if (status == STATUS_OK && arena_overflowed(searching->arena)) {
        status = STATUS_FULL;
    }
    if (status != STATUS_OK) {
        return status;
    }
    qsort(searching->made, searching->made_count, sizeof(searching->made[0]), highest_first);
    for (size_t i = 0; i < searching->made_count; i++) {
        const struct made *made = &searching->made[i];
        if (!visit(context, made->arrival_ns, made->batch)) {
            break;
        }
    }
    return STATUS_OK;
}

enum status hold_search(struct store_hold *hold, const struct scan_query *query, size_t most,
                        struct arena *arena, store_visit *visit, void *context)
{
    struct searching searching = {
        .hold = hold,
        .query = query,
        .blocks = {.hold = hold},
        .arena = arena,
        .most = most,
    };
    if (most == 0 || most > STORE_SEARCH_MOST) {
        return most == 0 ? STATUS_OK : STATUS_FULL;
    }
    if (query->look != NULL) {
        query->look->reached_ns = query->oldest ? query->to_ns : query->from_ns;
    }
    enum status status = select_create(&searching.select, query, &hold->writer->key);
    if (status != STATUS_OK) {
        return status;
    }
    searching.heap = malloc(most * sizeof(searching.heap[0]));
    status = searching.heap != NULL ? STATUS_OK : STATUS_FULL;
    hold_scratch(hold);
    if (status == STATUS_OK && query->from_ns < query->to_ns) {
        struct moments span = {query->from_ns, query->to_ns - 1};
        status = searching_pass(&searching, hold_survey(hold, span, &searching.places));
        if (query->oldest) {
            places_sort_oldest(&searching.places);
        }
        status = status == STATUS_OK ? search_places(&searching) : status;
    }
    hold_blocks_fini(&searching.blocks);
    if (status == STATUS_OK) {
        status = show_records(&searching, visit, context);
    }
    places_fini(&searching.places);
    select_free(searching.select);
    free(searching.heap);
    return status == STATUS_OK ? searching.status : status;
}
