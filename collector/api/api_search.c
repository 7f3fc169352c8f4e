/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_search.h"
#include "api/api_limits.h"
#include "api/api_record.h"

#include "base/clock.h"
#include "query/query_limits.h"
#include "query/records.h"

/* ---- Parameters. ---- */

/* How many characters the first bytes of a text are. */
static size_t characters(struct slice text, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes && i < text.size; i++) {
        count += (text.base[i] & 0xc0) != 0x80;
    }
    return count;
}

bool api_search_query(struct api_call *call, struct search_expr *expr)
{
    struct slice text = api_call_text(call, "q");
    struct search_error error;
    if (search_parse(text, call->arena, expr, &error)) {
        return true;
    }
    size_t at = characters(text, error.at);
    struct slice wrong = slice_take(slice_skip(text, error.at), error.size);
    call->answered = true;
    web_refuse(call->request,
               &(struct web_refusal){
                   .status = 400,
                   .code = "bad_query",
                   .message = (const char *)arena_printf(
                                  call->arena, "q: %s, at character %zu%s" SLICE_FMT "%s",
                                  error.reason, at + 1, error.size > 0 ? ": \"" : "",
                                  SLICE_ARG(slice_take(wrong, wrong.size < 64 ? wrong.size : 64)),
                                  error.size > 0 ? "\"" : "")
                                  .base,
                   .hint = "see docs/reference/search.md",
                   .placed = true,
                   .position = at,
                   .length = characters(wrong, wrong.size),
               });
    return false;
}

bool api_search_deadline(struct api_call *call, struct deadline *deadline)
{
    uint64_t timeout_ms;
    if (!api_call_number(call, "timeout", 1, API_TIMEOUT_MS_MAX, API_TIMEOUT_MS, &timeout_ms)) {
        return false;
    }
    *deadline = (struct deadline){
        .now_ns = clock_monotonic_ns,
        .at_ns = clock_monotonic_ns() + timeout_ms * CLOCK_NS_PER_MS,
    };
    return true;
}

bool api_search_steps(struct api_call *call, uint32_t *steps)
{
    uint64_t number;
    if (!api_call_number(call, "steps", 2, TALLY_STEP_COUNT_MAX, API_STEPS, &number)) {
        return false;
    }
    *steps = (uint32_t)number;
    return true;
}

static bool read_ask(struct api_call *call, enum scan_signal signal, struct search_expr *expr,
                     struct records_ask *ask)
{
    uint64_t limit = 1;
    unsigned order;
    *ask = (struct records_ask){
        .expr = expr,
        .signal = signal,
        .cursor = api_call_text(call, "cursor"),
    };
    if (!api_search_query(call, expr) || !api_call_range(call, &ask->range) ||
        !api_search_deadline(call, &ask->deadline) ||
        !api_call_word(call, "order", "newest oldest", &order) ||
        !api_call_number(call, "limit", 1, SEARCH_LIMIT_MAX, SEARCH_LIMIT_DEFAULT, &limit)) {
        return false;
    }
    ask->limit = (uint32_t)limit;
    ask->oldest = order == 1;
    return true;
}

/* ---- Answers. ---- */

static const struct {
    struct slice limit;
    const char *reason;
} limits[] = {
    [QUERY_LIMIT_NONE] = {SLICE_INIT(""), ""},
    [QUERY_LIMIT_TIME] = {SLICE_INIT("time"), "there was no time for the rest"},
    [QUERY_LIMIT_ROWS] = {SLICE_INIT("rows"), "there is more than one search looks at"},
    [QUERY_LIMIT_MEMORY] = {SLICE_INIT("memory"), "what is older has been forgotten"},
    [QUERY_LIMIT_DAMAGE] = {SLICE_INIT("damage"), "the disk did not give all of it"},
};

void api_search_write_partial(struct api_call *call, enum query_limit limit)
{
    struct json_write *writer = &call->writer;
    json_write_key(writer, SLICE("partial"));
    if (limit == QUERY_LIMIT_NONE) {
        json_write_bool(writer, false);
        return;
    }
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("limit"), limits[limit].limit);
    json_write_member_string(writer, SLICE("reason"), slice_from(limits[limit].reason));
    json_write_object_end(writer);
}

void api_search_mark_partial(struct api_call *call, enum query_limit limit)
{
    if (limit != QUERY_LIMIT_NONE) {
        call->partial = (const char *)limits[limit].limit.base;
    }
}

const char *api_search_reason(enum query_limit limit)
{
    return limits[limit].reason;
}

static void write_counts(struct json_write *writer, struct slice key, const struct tally *tally,
                         const uint64_t *counts)
{
    json_write_member_array(writer, key);
    for (uint32_t i = tally->used; i > 0; i--) {
        json_write_u64(writer, counts[i - 1]);
    }
    json_write_array_end(writer);
}

void api_search_write_tally(struct api_call *call, const struct tally *tally)
{
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("step_ms"));
    json_write_u64(writer, (uint64_t)tally->step_ns / CLOCK_NS_PER_MS);
    json_write_member_array(writer, SLICE("t"));
    for (uint32_t i = 0; i < tally->used; i++) {
        json_write_u64_text(writer, (uint64_t)tally_step(tally, i));
    }
    json_write_array_end(writer);
    write_counts(writer, SLICE("counts"), tally, tally->all);
    write_counts(writer, SLICE("errors"), tally, tally->errors);
    json_write_member_u64(writer, SLICE("count"), tally->sum);
    bool reached = tally->reached_ns <= tally->range.from_ns;
    api_write_time(writer, SLICE("reached"), reached ? UNKNOWN_NS : tally->reached_ns);
    api_search_write_partial(call, tally->partial);
    json_write_object_end(writer);
}

static bool good(struct api_call *call, enum status status)
{
    if (status == STATUS_BAD) {
        api_call_refuse(call, 400, "bad_cursor", "pass next_cursor of the answer before, unchanged",
                        "cursor is none of this list");
    } else if (status == STATUS_NOT_FOUND) {
        api_call_refuse(call, 503, "moved", "ask again", "what was looked for has just moved");
    } else if (status != STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time or fewer rows");
    }
    return status == STATUS_OK;
}

static void list_records(struct api_call *call, enum scan_signal signal)
{
    struct records_ask ask;
    struct search_expr expr;
    struct records_answer answer;
    if (!read_ask(call, signal, &expr, &ask)) {
        return;
    }
    enum status status = records_read(call->query, &ask, call->arena, &answer);
    api_call_read_done(call);
    if (good(call, status)) {
        struct json_write *writer = &call->writer;
        json_write_object_begin(writer);
        api_record_write_all(writer, signal == SCAN_LINES ? SLICE("logs") : SLICE("spans"),
                             answer.rows, answer.row_count);
        api_write_text(writer, SLICE("next_cursor"), answer.next_cursor);
        api_search_write_partial(call, answer.partial);
        json_write_object_end(writer);
    }
    records_release(&answer);
}

static void count_records(struct api_call *call, enum scan_signal signal)
{
    struct records_ask ask;
    struct search_expr expr;
    uint32_t steps;
    if (!read_ask(call, signal, &expr, &ask) || !api_search_steps(call, &steps)) {
        return;
    }
    struct tally *tally = arena_alloc(call->arena, sizeof(*tally));
    if (tally == NULL) {
        (void)good(call, STATUS_FULL);
        return;
    }
    tally_init(tally, ask.range, steps);
    if (good(call, records_count(call->query, &ask, tally))) {
        api_search_write_tally(call, tally);
    }
}

void api_search_logs(struct api_call *call)
{
    list_records(call, SCAN_LINES);
}

void api_search_spans(struct api_call *call)
{
    list_records(call, SCAN_SPANS);
}

void api_search_logs_histogram(struct api_call *call)
{
    count_records(call, SCAN_LINES);
}

void api_search_spans_histogram(struct api_call *call)
{
    count_records(call, SCAN_SPANS);
}
