/* SPDX-License-Identifier: Apache-2.0 */
#include "query/records.h"
#include "query/query_limits.h"
#include "query/records_private.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/number.h"
#include "model/members.h"
#include "model/moment.h"
#include "model/record_ids.h"
#include "search/match.h"
#include "columns/select.h"

#include <stdlib.h>
#include <string.h>

/* ---- Searches. ---- */

bool records_want(const struct reading *reading, const struct span *span,
                  const struct log_line *line)
{
    return span != NULL ? search_span_matches(reading->ask->expr, span)
                        : search_line_matches(reading->ask->expr, line);
}

static bool wants(void *context, const struct span *span, const struct log_line *line)
{
    struct reading *reading = context;
    reading->look.cut = reading->look.cut || deadline_over_soon(&reading->deadline);
    return !reading->look.cut && records_want(reading, span, line);
}

static bool stop(void *context)
{
    struct reading *reading = context;
    return deadline_over(&reading->deadline);
}

uint64_t records_rank(const struct reading *reading, uint64_t time_ns)
{
    return reading->ask->oldest ? (uint64_t)INT64_MAX - time_ns : time_ns;
}

static bool add_row(struct reading *reading, const struct span *span, const struct log_line *line)
{
    struct record_row row = {.span = span, .line = line};
    record_row_name(&row);
    row.rank = records_rank(reading, row.time_ns);
    void *rows = reading->rows;
    bool fits = rows_reserve(&rows, &reading->capacity, (uint64_t)reading->count + 1,
                             RECORDS_COUNT_MAX, sizeof(reading->rows[0]));
    reading->rows = rows;
    if (!fits) {
        reading->partial = QUERY_LIMIT_ROWS;
        return false;
    }
    reading->rows[reading->count++] = row;
    return true;
}

static bool take_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct reading *reading = context;
    bool more = true;
    (void)arrival_ns;
    for (size_t i = 0; more && i < batch->span_count; i++) {
        more = add_row(reading, &batch->spans[i], NULL);
    }
    for (size_t i = 0; more && i < batch->log_count; i++) {
        more = add_row(reading, NULL, &batch->logs[i]);
    }
    return more;
}

static void plan_all(struct reading *reading)
{
    const struct records_ask *ask = reading->ask;
    search_plan_make(ask->expr, ask->expr->count > 0 ? ask->expr->count - 1 : 0, ask->signal,
                     &reading->plan);
    memcpy(reading->conditions, reading->plan.conditions,
           reading->plan.count * sizeof(reading->conditions[0]));
    reading->look = (struct scan_look){
        .wants = reading->plan.exact ? NULL : wants,
        .stop = stop,
        .context = reading,
    };
}

/* What is asked of the store; the agent's events are no lines. */
struct scan_query records_scan(struct reading *reading, uint64_t from_ns, uint64_t to_ns)
{
    size_t count = reading->plan.count;
    if (reading->ask->signal == SCAN_LINES && count < SCAN_CONDITIONS_MAX) {
        reading->conditions[count++] = (struct scan_condition){.test = SCAN_PLAIN};
    }
    return (struct scan_query){
        .signals = reading->ask->signal,
        .from_ns = from_ns,
        .to_ns = to_ns,
        .conditions = reading->conditions,
        .condition_count = count,
        .look = &reading->look,
    };
}

/* Leave the rows from first on that are no repetitions, in order. */
static void settle(struct reading *reading, uint32_t first)
{
    uint32_t count = first;
    if (reading->count > first) {
        qsort(reading->rows + first, reading->count - first, sizeof(reading->rows[0]),
              record_row_compare);
    }
    for (uint32_t i = first; i < reading->count; i++) {
        const struct record_row *row = &reading->rows[i];
        const struct record_row *last = count > first ? &reading->rows[count - 1] : NULL;
        bool same = last != NULL && row->named && record_row_compare(last, row) == 0;
        if (!same) {
            reading->rows[count++] = *row;
        }
    }
    reading->count = count;
}

/* Ranks from low to below high, as times. */
static struct scan_query scan_of_ranks(struct reading *reading, uint64_t low, uint64_t high)
{
    struct scan_query query =
        reading->ask->oldest
            ? records_scan(reading, records_rank(reading, high) + 1, records_rank(reading, low) + 1)
            : records_scan(reading, low, high);
    query.oldest = reading->ask->oldest;
    return query;
}

/* What has this rank or a higher one was looked at. */
static uint64_t reached(const struct reading *reading)
{
    return reading->ask->oldest ? records_rank(reading, reading->look.reached_ns) + 1
                                : reading->look.reached_ns;
}

/* Search a span of ranks; *got: so many were shown, repetitions too. */
static enum status search_ranks(struct reading *reading, uint64_t low, uint64_t high, uint32_t most,
                                uint32_t *got)
{
    struct scan_query query = scan_of_ranks(reading, low, high);
    uint32_t first = reading->count;
    enum status status =
        store_search(reading->hold, &query, most, reading->arena, take_batch, reading);
    *got = reading->count - first;
    if (status == STATUS_IO) {
        reading->partial = QUERY_LIMIT_DAMAGE;
        status = STATUS_OK;
    }
    settle(reading, first);
    /* What was not reached may be before the last that was shown. */
    bool shown = *got == most && reading->rows[reading->count - 1].rank >= reached(reading);
    if (!shown && reached(reading) > low) {
        reading->partial = QUERY_LIMIT_TIME;
    }
    return status;
}

/* All of one moment. */
static enum status search_moment(struct reading *reading, uint64_t rank)
{
    uint32_t got;
    enum status status = search_ranks(reading, rank, rank + 1, RECORDS_MOMENT_MAX, &got);
    if (status == STATUS_OK && got == RECORDS_MOMENT_MAX) {
        reading->partial = QUERY_LIMIT_ROWS;
    }
    return status;
}

/* ---- Pages. ---- */

/* "<rank>-<tie>-<told>", behind an "o" where the oldest come first. */
static bool parse_cursor(struct reading *reading)
{
    struct slice head, tie, told;
    struct slice text = reading->ask->cursor;
    unsigned char bytes[sizeof(uint64_t)];
    if (text.size == 0) {
        return true;
    }
    if (slice_starts(text, SLICE("o")) != reading->ask->oldest) {
        return false;
    }
    text = slice_skip(text, reading->ask->oldest ? 1 : 0);
    if (!slice_cut(text, '-', &head, &tie) || !slice_cut(tie, '-', &tie, &told) ||
        number_parse_u64(head, &reading->before.rank) != NUMBER_OK ||
        number_parse_u64(told, &reading->before.told) != NUMBER_OK ||
        !hex_decode(tie, bytes, sizeof(bytes))) {
        return false;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        reading->before.tie = reading->before.tie << 8 | bytes[i];
    }
    reading->has_before = true;
    return true;
}

static struct slice print_cursor(const struct reading *reading, struct place_of_row place)
{
    return arena_printf(reading->arena, "%s%llu-%016llx-%llu", reading->ask->oldest ? "o" : "",
                        (unsigned long long)place.rank, (unsigned long long)place.tie,
                        (unsigned long long)place.told);
}

/* Of the rows of the moment of the cursor leave those behind it. */
static void skip_told(struct reading *reading)
{
    uint32_t count = 0;
    uint64_t told = 0;
    for (uint32_t i = 0; i < reading->count; i++) {
        const struct record_row *row = &reading->rows[i];
        bool at = row->rank == reading->before.rank;
        bool behind = row->rank < reading->before.rank || (at && row->tie < reading->before.tie) ||
                      (at && row->tie == reading->before.tie && told++ >= reading->before.told);
        if (behind) {
            reading->rows[count++] = *row;
        }
    }
    reading->count = count;
}

/* Where a search that showed as many as it was asked for goes on: its last moment may not be
 * complete. */
static enum status complete_moment(struct reading *reading, uint64_t *high)
{
    uint64_t rank = reading->rows[reading->count - 1].rank;
    while (reading->count > reading->begin && reading->rows[reading->count - 1].rank == rank) {
        reading->count--;
    }
    *high = rank;
    return reading->count > reading->ask->limit ? STATUS_OK : search_moment(reading, rank);
}

/* From high down until there are enough. */
static enum status read_back(struct reading *reading, uint64_t low, uint64_t high)
{
    enum status status = STATUS_OK;
    bool more = true;
    while (status == STATUS_OK && more && reading->count <= reading->ask->limit &&
           reading->partial != QUERY_LIMIT_TIME && reading->partial != QUERY_LIMIT_ROWS &&
           low < high) {
        /* One more than the page shows there is more, and one more for the moment that is cut. */
        uint32_t most = reading->ask->limit + 2 - reading->count;
        uint32_t got;
        reading->begin = reading->count;
        status = search_ranks(reading, low, high, most, &got);
        more = got == most && reading->partial != QUERY_LIMIT_TIME;
        if (status == STATUS_OK && more) {
            status = complete_moment(reading, &high);
        }
    }
    return status;
}

/* What was searched, and what was not reached, is known: leave what is complete. */
static void leave_reached(struct reading *reading)
{
    while (reading->partial == QUERY_LIMIT_TIME && reading->count > 0 &&
           reading->rows[reading->count - 1].rank < reached(reading)) {
        reading->count--;
    }
}

static enum status read_page(struct reading *reading)
{
    const struct query_range *range = &reading->ask->range;
    uint64_t first = records_rank(reading, (uint64_t)range->from_ns);
    uint64_t last = records_rank(reading, (uint64_t)range->to_ns - 1);
    uint64_t low = reading->ask->oldest ? last : first;
    uint64_t high = (reading->ask->oldest ? first : last) + 1;
    enum status status = STATUS_OK;
    if (reading->has_before && reading->before.rank < high) {
        high = reading->before.rank;
        status = high >= low ? search_moment(reading, high) : STATUS_OK;
        skip_told(reading);
    }
    if (status == STATUS_OK) {
        status = read_back(reading, low, high);
    }
    leave_reached(reading);
    return status;
}

/* ---- By an id. ---- */

static bool take_wanted(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct reading *reading = context;
    const struct query_range *range = &reading->ask->range;
    bool more = true;
    (void)arrival_ns;
    for (size_t i = 0; more && i < batch->span_count && reading->ask->signal == SCAN_SPANS; i++) {
        const struct span *span = &batch->spans[i];
        uint64_t time_ns = moment_of(span->start_ns);
        more = time_ns < (uint64_t)range->from_ns || time_ns >= (uint64_t)range->to_ns ||
               !records_want(reading, span, NULL) || add_row(reading, span, NULL);
    }
    for (size_t i = 0; more && i < batch->log_count && reading->ask->signal == SCAN_LINES; i++) {
        const struct log_line *line = &batch->logs[i];
        uint64_t time_ns = moment_of_line(line->time_ns, line->observed_ns);
        more = time_ns < (uint64_t)range->from_ns || time_ns >= (uint64_t)range->to_ns ||
               select_is_event(line) || !records_want(reading, NULL, line) ||
               add_row(reading, NULL, line);
    }
    return more;
}

static enum status read_id(struct reading *reading)
{
    struct frame_ref *refs = malloc(QUERY_FRAME_COUNT_MAX * sizeof(refs[0]));
    if (refs == NULL) {
        return STATUS_FULL;
    }
    const struct id16 *id = &reading->plan.id;
    size_t found = store_find(reading->hold, id, 1, refs, QUERY_FRAME_COUNT_MAX);
    if (found > QUERY_FRAME_COUNT_MAX) {
        reading->partial = QUERY_LIMIT_ROWS;
        found = QUERY_FRAME_COUNT_MAX;
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < found; i++) {
        status = store_load(reading->hold, refs[i], id, 1, reading->arena, take_wanted, reading);
        if (status == STATUS_IO || status == STATUS_NOT_FOUND) {
            reading->partial = QUERY_LIMIT_DAMAGE;
            status = STATUS_OK;
        }
        if (deadline_over(&reading->deadline)) {
            reading->partial = QUERY_LIMIT_TIME;
            break;
        }
    }
    free(refs);
    settle(reading, 0);
    if (reading->has_before) {
        skip_told(reading);
    }
    return status;
}

/* ---- Answers. ---- */

static bool answer_rows(struct reading *reading, struct records_answer *answer)
{
    uint32_t limit = reading->ask->limit;
    uint32_t count = reading->count < limit ? reading->count : limit;
    struct record_row *rows = arena_alloc_array(reading->arena, (size_t)count + 1, sizeof(rows[0]));
    if (rows == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(rows, reading->rows, count * sizeof(rows[0]));
    }
    answer->rows = rows;
    answer->row_count = count;
    answer->partial = reading->partial;
    if (reading->count > limit) {
        struct place_of_row place = {rows[count - 1].rank, rows[count - 1].tie, 0};
        bool same_page = reading->has_before && reading->before.rank == place.rank &&
                         reading->before.tie == place.tie;
        for (uint32_t i = 0; i < count; i++) {
            place.told += record_row_compare(&rows[i], &rows[count - 1]) == 0;
        }
        place.told += same_page ? reading->before.told : 0;
        answer->next_cursor = print_cursor(reading, place);
    } else if (reading->partial == QUERY_LIMIT_TIME && !reading->plan.has_id) {
        /* Behind everything of the moment that was reached, which is no later than where it began.
         */
        struct place_of_row place = {.rank = reached(reading)};
        bool later = reading->has_before && place.rank > reading->before.rank;
        answer->next_cursor = print_cursor(reading, later ? reading->before : place);
    }
    return !arena_overflowed(reading->arena);
}

/* The id by which the transaction of a record is found: that of the view, else its own. */
static void find_transactions(const struct query *query, struct record_row *rows, uint32_t count)
{
    static const struct id16 zero;
    struct members_work *work = members_work_create();
    for (uint32_t i = 0; i < count && work != NULL; i++) {
        struct record_row *row = &rows[i];
        struct record_ids ids =
            row->span != NULL ? record_ids_span(row->span) : record_ids_line(row->line);
        struct id16 request;
        bool named = row->span != NULL || row->line->has_trace ||
                     record_ids_request(row->line->attrs, &request);
        row->has_transaction = named && ids.count > 0;
        if (row->has_transaction) {
            row->transaction = ids.ids[0];
            view_read_begin(query->view);
            struct id16 known = members_transaction(query->view, work, ids.ids[0]);
            view_read_end(query->view);
            row->transaction = memcmp(&known, &zero, sizeof(zero)) != 0 ? known : row->transaction;
        }
    }
    members_work_free(work);
}

bool records_begin(struct reading *reading, const struct query *query,
                   const struct records_ask *ask, struct arena *arena)
{
    *reading = (struct reading){
        .query = query,
        .ask = ask,
        .arena = arena,
        .deadline = ask->deadline,
    };
    plan_all(reading);
    reading->hold = store_hold(query->store);
    return reading->hold != NULL;
}

enum status records_read(const struct query *query, const struct records_ask *ask,
                         struct arena *arena, struct records_answer *answer)
{
    struct reading reading;
    ENSURE(ask->limit >= 1 && ask->limit <= SEARCH_LIMIT_MAX);
    *answer = (struct records_answer){.next_cursor = SLICE_EMPTY};
    enum status status = records_begin(&reading, query, ask, arena) ? STATUS_OK : STATUS_FULL;
    answer->hold = reading.hold;
    if (status == STATUS_OK && !parse_cursor(&reading)) {
        status = STATUS_BAD;
    }
    if (status == STATUS_OK) {
        status = reading.plan.has_id ? read_id(&reading) : read_page(&reading);
    }
    if (status == STATUS_OK) {
        find_transactions(query, reading.rows,
                          reading.count < ask->limit ? reading.count : ask->limit);
        status = answer_rows(&reading, answer) ? STATUS_OK : STATUS_FULL;
    }
    free(reading.rows);
    return status;
}

void records_release(struct records_answer *answer)
{
    store_release(answer->hold);
    answer->hold = NULL;
}
