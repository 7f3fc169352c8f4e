/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "report/complaint.h"
#include "report/report_private.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "cost/cost.h"

#include <stdlib.h>
#include <string.h>

static const struct hash_key hash_key = {{0, 0}};

static void widen_range(struct report *report, int64_t at_ns)
{
    if (at_ns <= 0) {
        return;
    }
    bool first = report->first_ns == STREAMS_UNKNOWN;
    report->first_ns = first || at_ns < report->first_ns ? at_ns : report->first_ns;
    report->last_ns = first || at_ns > report->last_ns ? at_ns : report->last_ns;
}

/* ---- Invocations. ---- */

/* Whether this very invocation was counted already; it is remembered either way. */
static bool is_repeated(struct report *report, const struct facts *facts)
{
    struct {
        int64_t numbers[5];
        unsigned char texts[2 * REPORT_LABEL_SIZE_MAX];
    } key = {.numbers = {facts->attempt, facts->report_ns, facts->reported_ns, facts->billed_ms,
                         facts->start_ns}};
    struct slice request = label_text(&facts->request);
    struct slice stream = label_text(&facts->stream);
    memcpy(key.texts, facts->request.text, request.size);
    memcpy(key.texts + request.size, facts->stream.text, stream.size);
    uint64_t hash = hash_bulk64(&report->bulk,
                                slice_of(&key, sizeof(key.numbers) + request.size + stream.size));
    uint32_t row = 0;
    if (map_find(&report->seen, hash, NULL, NULL, &row) ||
        map_find(&report->seen_before, hash, NULL, NULL, &row)) {
        return true;
    }
    if (report->seen.count == REPORT_SEEN_COUNT_MAX) {
        struct map old = report->seen_before;
        report->seen_before = report->seen;
        report->seen = old;
        map_reset(&report->seen);
    }
    /* Without memory it is not recognised when it comes again. */
    (void)!map_insert(&report->seen, hash, 0);
    return false;
}

static struct cost cost_of(struct report *report, const struct facts *facts)
{
    const struct cost_facts all = {
        .billing = facts->billing,
        .region = label_text(&facts->region),
        .start_ns = facts_known(facts->at_ns) ? facts->at_ns : report->prices_ns,
        .billed_ms = facts->billed_ms,
        .memory_mb = facts->memory_mb,
        .reported_ns = facts->reported_ns,
        .handler_ns = facts->handler_ns,
        .post_handler_ns = facts->post_handler_ns,
        .init_ns = facts->cold && !facts->restored ? facts->init_ns : COST_UNKNOWN,
        .billed_restore_ms = facts->billed_restore_ms,
        .init_inside = facts->init_inside,
        .stream_bytes = cost_streamed_bytes(facts->produced_bytes),
    };
    return cost_at(tariff_of(&report->tariff, report->prices, &all), &all);
}

/* The group of what went wrong in it, GROUP_NONE if nothing did. */
static uint32_t count_error(struct report *report, const struct facts *facts,
                            const struct trail *trail)
{
    bool failed = facts_failed(facts);
    bool complained = trail != NULL && trail->complaint.rank != COMPLAINT_NONE;
    struct group what = {.function = facts->function,
                         .failed = failed,
                         .request = facts->request,
                         .first_ns = facts->at_ns};
    if (!failed && !complained) {
        return GROUP_NONE;
    }
    if (facts->end == END_TIMEOUT) {
        label_set(&what.type, SLICE("Task timed out"));
        return groups_add(&report->groups, &what);
    }
    if (complained) {
        what.type = trail->complaint.type;
        what.message = trail->complaint.message;
    }
    if (failed && facts->out_of_memory) {
        label_set(&what.type, facts->provider == PROVIDER_AWS ? SLICE("Runtime.OutOfMemory")
                                                              : SLICE("out of memory"));
        what.message.size = 0;
    } else if (failed && facts->error_type.size > 0) {
        what.type = complained ? *worst_type(facts, &trail->complaint) : facts->error_type;
    } else if (failed && what.type.size == 0 && what.message.size == 0) {
        label_set(&what.type, SLICE("error of unknown type"));
    }
    return groups_add(&report->groups, &what);
}

static void count_time(struct report *report, const struct facts *facts)
{
    if (!facts_known(facts->at_ns)) {
        report->timeless++;
        return;
    }
    const struct times_step step = {
        .ok = facts->end == END_OK,
        .errors = facts->end == END_ERROR,
        .timeouts = facts->end == END_TIMEOUT,
        .open = facts->end == END_OPEN,
        .cold = facts->cold,
    };
    times_add(&report->times, facts->at_ns, &step);
    widen_range(report, facts->at_ns);
    widen_range(report, facts->report_ns);
}

/* Nothing more will be told of it: add it up. */
static void count(struct report *report, const struct facts *facts)
{
    struct trail *trail = trails_find(&report->trails, facts->key);
    if (is_repeated(report, facts)) {
        report->repeated++;
    } else {
        struct cost cost = cost_of(report, facts);
        function_add(&report->functions.rows[facts->function], facts, &cost);
        function_add(&report->all, facts, &cost);
        count_time(report, facts);
        uint32_t group = count_error(report, facts, trail);
        worst_add(&report->worst, facts, group, trail);
    }
    if (trail != NULL) {
        trails_close(&report->trails, trail);
    }
}

struct find {
    const struct report_pending *pending;
    uint64_t key;
};

static bool equal_pending(const void *context, uint32_t row)
{
    const struct find *find = context;
    return find->pending->rows[row].key == find->key;
}

/* Take back what was told of this one before. */
static void unpend(struct report_pending *pending, uint64_t key)
{
    const struct find find = {pending, key};
    uint32_t row = 0;
    if (map_find(&pending->map, key, equal_pending, &find, &row)) {
        (void)map_remove(&pending->map, key, row);
        pending->used[row] = false;
    }
}

static void pend(struct report *report, const struct facts *facts)
{
    struct report_pending *pending = &report->pending;
    uint32_t row = pending->hand;
    pending->hand = (row + 1) % REPORT_PENDING_COUNT_MAX;
    if (pending->used[row]) {
        (void)map_remove(&pending->map, pending->rows[row].key, row);
        pending->used[row] = false;
        count(report, &pending->rows[row]);
    }
    if (map_insert(&pending->map, facts->key, row) != STATUS_OK) {
        count(report, facts);
        return;
    }
    pending->rows[row] = *facts;
    pending->used[row] = true;
}

static void on_invocation(void *context, const struct stream_invocation *invocation)
{
    struct report *report = context;
    struct facts facts;
    facts_set(&facts, invocation, function_table_row(&report->functions, invocation->source));
    uint64_t *streams = &report->clouds_streams[invocation->source->provider];
    *streams = invocation->source->number > *streams ? invocation->source->number : *streams;
    unpend(&report->pending, facts.key);
    /* Its stream may have been closed for want of room before its REPORT came. */
    bool whole = invocation->report_seen || facts.provider != PROVIDER_AWS;
    if (invocation->final && whole) {
        count(report, &facts);
    } else {
        pend(report, &facts);
    }
}

static void on_init(void *context, const struct stream_init *init)
{
    struct report *report = context;
    report->inits_failed += init->status != WORD_NONE && init->status != WORD_SUCCESS;
    widen_range(report, init->start_ns);
}

/* ---- Lines. ---- */

static void on_line(void *context, const struct stream_line *told)
{
    struct report *report = context;
    report->lines++;
    widen_range(report, told->event->time_ns);
    if (!told->has_request) {
        return;
    }
    uint64_t key = facts_key(told->source, &told->request_id, told->attempt);
    struct trail *trail = trails_open(&report->trails, key);
    trail_add(trail, &(struct trail_line){.time_ns = told->event->time_ns,
                                          .severity = told->line->severity,
                                          .text = slice_trim(told->event->message)});
    if (complaint_rank(told->line) > trail->complaint.rank) {
        complaint_set(&trail->complaint, told->line);
    }
}

/* ---- Refusals. ---- */

static void on_refused(void *context, const struct stream_refusal *refusal)
{
    struct report *report = context;
    report->refused += refusal->count;
    size_t at = 0;
    while (at < report->reason_count && strcmp(report->reasons[at].why, refusal->why) != 0) {
        at++;
    }
    if (at == REPORT_REASON_COUNT_MAX) {
        /* Counted above; a program has a few dozen reasons in all. */
        return;
    }
    struct report_reason *reason = &report->reasons[at];
    if (at == report->reason_count) {
        *reason = (struct report_reason){.why = refusal->why};
        report->reason_count++;
    }
    reason->count += refusal->count;
    if (reason->sample_count < REPORT_SAMPLE_COUNT_MAX && refusal->sample.size > 0) {
        label_set(&reason->samples[reason->sample_count], slice_trim(refusal->sample));
        reason->sample_count++;
    }
}

/* ---- Life. ---- */

static int64_t date_of(const struct prices *prices)
{
    char text[TIMESTAMP_TEXT_SIZE];
    struct buf buf;
    uint64_t at_ns = 0;
    buf_init_fixed(&buf, text, sizeof(text));
    buf_append(&buf, prices_about(prices).date);
    buf_append_text(&buf, "T00:00:00Z");
    /* A table without a date of this form has prices of its own for all times, or none. */
    return timestamp_parse(buf_bytes(&buf), &at_ns) && at_ns <= INT64_MAX ? (int64_t)at_ns
                                                                          : INT64_MAX;
}

struct report *report_create(const struct prices *prices)
{
    struct report *report = calloc(1, sizeof(*report));
    if (report == NULL) {
        return NULL;
    }
    report->sink = (struct stream_sink){.context = report,
                                        .invocation = on_invocation,
                                        .init = on_init,
                                        .line = on_line,
                                        .refused = on_refused};
    report->prices = prices;
    hash_bulk_init(&report->bulk, &hash_key);
    report->prices_ns = date_of(prices);
    report->first_ns = STREAMS_UNKNOWN;
    report->last_ns = STREAMS_UNKNOWN;
    function_init(&report->all);
    times_init(&report->times);
    map_init_growing(&report->seen, REPORT_SEEN_COUNT_MAX);
    map_init_growing(&report->seen_before, REPORT_SEEN_COUNT_MAX);
    map_init_growing(&report->pending.map, REPORT_PENDING_COUNT_MAX);
    report->pending.rows = calloc(REPORT_PENDING_COUNT_MAX, sizeof(report->pending.rows[0]));
    report->pending.used = calloc(REPORT_PENDING_COUNT_MAX, sizeof(report->pending.used[0]));
    bool made = function_table_init(&report->functions) == STATUS_OK;
    made = groups_init(&report->groups) == STATUS_OK && made;
    made = trails_init(&report->trails) == STATUS_OK && made;
    if (!made || report->pending.rows == NULL || report->pending.used == NULL) {
        report_free(report);
        return NULL;
    }
    return report;
}

void report_free(struct report *report)
{
    if (report == NULL) {
        return;
    }
    trails_fini(&report->trails);
    groups_fini(&report->groups);
    function_table_fini(&report->functions);
    function_fini(&report->all);
    worst_fini(&report->worst);
    free(report->pending.used);
    free(report->pending.rows);
    map_fini(&report->pending.map);
    map_fini(&report->seen_before);
    map_fini(&report->seen);
    free(report);
}

const struct stream_sink *report_sink(struct report *report)
{
    return &report->sink;
}

void report_finish(struct report *report, const struct report_input *input)
{
    ENSURE(!report->finished);
    report->input = *input;
    report->input.streams += report->clouds_streams[PROVIDER_GCP];
    report->input.streams += report->clouds_streams[PROVIDER_AZURE];
    for (uint32_t i = 0; i < REPORT_PENDING_COUNT_MAX; i++) {
        uint32_t row = (report->pending.hand + i) % REPORT_PENDING_COUNT_MAX;
        if (report->pending.used[row]) {
            report->pending.used[row] = false;
            count(report, &report->pending.rows[row]);
        }
    }
    report->finished = true;
}

uint64_t report_invocations(const struct report *report)
{
    return report->all.invocations;
}
