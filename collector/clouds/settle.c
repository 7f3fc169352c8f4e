/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/settle.h"

#include "cost/billing.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

static int id_compare(const struct id16 *one, const struct id16 *other)
{
    return memcmp(one->bytes, other->bytes, sizeof(one->bytes));
}

static int64_t begin_of(const struct pool_call *call)
{
    return call->start_ns != STREAMS_UNKNOWN ? call->start_ns : call->end_ns;
}

static int compare_i64(int64_t one, int64_t other)
{
    return (one > other) - (one < other);
}

static int by_time(const void *left, const void *right, void *context)
{
    const struct pool *pool = context;
    const struct pool_call *one = &pool->calls[*(const uint32_t *)left];
    const struct pool_call *other = &pool->calls[*(const uint32_t *)right];
    int order = (one->source > other->source) - (one->source < other->source);
    order = order != 0 ? order : compare_i64(begin_of(one), begin_of(other));
    return order != 0 ? order : id_compare(&one->key, &other->key);
}

static int by_request(const void *left, const void *right, void *context)
{
    const struct pool *pool = context;
    const struct pool_call *one = &pool->calls[*(const uint32_t *)left];
    const struct pool_call *other = &pool->calls[*(const uint32_t *)right];
    int order = id_compare(&one->request_id, &other->request_id);
    return order != 0 ? order : by_time(left, right, context);
}

static int by_trace(const void *left, const void *right, void *context)
{
    const struct pool *pool = context;
    const struct pool_call *one = &pool->calls[*(const uint32_t *)left];
    const struct pool_call *other = &pool->calls[*(const uint32_t *)right];
    int order = (int)one->has_trace - (int)other->has_trace;
    order = order != 0 ? order : id_compare(&one->trace_id, &other->trace_id);
    return order != 0 ? order : by_time(left, right, context);
}

static void sort_calls(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->call_count; i++) {
        pool->order[i] = i;
        pool->by_request[i] = i;
        pool->by_trace[i] = i;
    }
    size_t size = sizeof(*pool->order);
    if (pool->call_count == 0) {
        return;
    }
    qsort_r(pool->order, pool->call_count, size, by_time, pool);
    qsort_r(pool->by_request, pool->call_count, size, by_request, pool);
    qsort_r(pool->by_trace, pool->call_count, size, by_trace, pool);
    /* The same id in the same instance again is the next attempt. */
    const struct pool_call *before = NULL;
    for (uint32_t i = 0; i < pool->call_count; i++) {
        struct pool_call *call = &pool->calls[pool->by_request[i]];
        bool again = before != NULL && before->source == call->source &&
                     id_compare(&before->request_id, &call->request_id) == 0;
        call->attempt = again ? before->attempt + 1 : 1;
        before = call;
    }
}

/* ---- Whose a line is. ---- */

/* Where calls with at least this id begin in a sorted index. */
static uint32_t first_at(const struct pool *pool, const uint32_t *index, struct id16 id, bool trace)
{
    uint32_t low = 0;
    uint32_t high = pool->call_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct pool_call *call = &pool->calls[index[middle]];
        bool less = trace ? !call->has_trace || id_compare(&call->trace_id, &id) < 0
                          : id_compare(&call->request_id, &id) < 0;
        low = less ? middle + 1 : low;
        high = less ? high : middle;
    }
    return low;
}

static bool busy_at(const struct pool_call *call, int64_t time_ns)
{
    return call->start_ns != STREAMS_UNKNOWN && call->end_ns != STREAMS_UNKNOWN &&
           call->start_ns <= time_ns && time_ns <= call->end_ns;
}

/* Attempts looked at for one line: more calls of one id than this are not told apart. */
#define SAME_ID_COUNT_MAX 64

/* Whether a call may be the line's: ids of traces pass from function to function. */
static bool may_be(const struct pool *pool, const struct pool_held *held,
                   const struct pool_call *call)
{
    const struct stream_source *line = &pool->sources[held->source]->is;
    const struct stream_source *other = &pool->sources[call->source]->is;
    if (line->provider == PROVIDER_AZURE && held->has_request) {
        return true; /* The id of an invocation is one of its own. */
    }
    if (line->stream.size > 0 && other->stream.size > 0) {
        return slice_equal(line->stream, other->stream);
    }
    return line->provider == PROVIDER_AZURE || slice_equal(line->function, other->function);
}

/* The call of this id: of several the one that was busy then. */
static struct pool_call *call_of_id(const struct pool *pool, const struct pool_held *held,
                                    struct id16 id, bool trace)
{
    const uint32_t *index = trace ? pool->by_trace : pool->by_request;
    struct pool_call *any = NULL;
    struct pool_call *then = NULL;
    unsigned any_count = 0;
    unsigned then_count = 0;
    uint32_t first = first_at(pool, index, id, trace);
    for (uint32_t i = first; i < pool->call_count && i - first < SAME_ID_COUNT_MAX; i++) {
        struct pool_call *call = &pool->calls[index[i]];
        if (id_compare(trace ? &call->trace_id : &call->request_id, &id) != 0) {
            break;
        }
        if (may_be(pool, held, call)) {
            any = call;
            any_count++;
            then = busy_at(call, held->time_ns) ? call : then;
            then_count += busy_at(call, held->time_ns);
        }
    }
    if (then_count == 1) {
        return then;
    }
    return any_count == 1 ? any : NULL;
}

/* The only call that the line's instance was busy with. */
static struct pool_call *call_alone(const struct pool *pool, const struct pool_held *held)
{
    uint32_t low = 0;
    uint32_t high = pool->call_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct pool_call *call = &pool->calls[pool->order[middle]];
        bool after = call->source > held->source ||
                     (call->source == held->source && begin_of(call) > held->time_ns);
        low = after ? low : middle + 1;
        high = after ? middle : high;
    }
    struct pool_call *alone = NULL;
    /* Backwards over those that began before; as many as may be in one instance at once. */
    for (uint32_t i = 0; i < 1024 && low > 0; i++) {
        struct pool_call *call = &pool->calls[pool->order[--low]];
        if (call->source != held->source) {
            break;
        }
        if (busy_at(call, held->time_ns)) {
            if (alone != NULL) {
                return NULL;
            }
            alone = call;
        }
    }
    return alone;
}

static bool while_starting(const struct pool_source *source, int64_t time_ns)
{
    for (size_t i = 0; i < source->start_count; i++) {
        const struct pool_start *start = &source->starts[i];
        if (start->start_ns != STREAMS_UNKNOWN && start->ready_ns != STREAMS_UNKNOWN &&
            start->start_ns <= time_ns && time_ns <= start->ready_ns) {
            return true;
        }
    }
    return false;
}

static struct pool_call *call_of(const struct pool *pool, const struct pool_held *held)
{
    if (held->has_request) {
        return call_of_id(pool, held, held->request_id, false);
    }
    if (held->has_trace) {
        return call_of_id(pool, held, held->trace_id, true);
    }
    const struct pool_source *source = pool->sources[held->source];
    bool placed = source->is.stream.size > 0 && !while_starting(source, held->time_ns);
    return placed ? call_alone(pool, held) : NULL;
}

/* What a line tells about its invocation. */
static void tell_call(const struct pool *pool, const struct pool_held *held, struct pool_call *call)
{
    if (call == NULL) {
        return;
    }
    if (held->out_of_memory) {
        call->out_of_memory = true;
        call->max_memory_mb =
            held->max_memory_mb != STREAMS_UNKNOWN ? held->max_memory_mb : call->max_memory_mb;
    }
    /* A handled exception is logged by invocations that went well. */
    if (!held->failure || (call->error_type_size > 0 && !call->error_weak) || call->end == END_OK) {
        return;
    }
    call->error_weak = false;
    struct slice error = slice_of(
        pool->texts.base + held->text_at + held->message_size + held->id_size, held->error_size);
    pool_text(call->error_type, &call->error_type_size, error);
    if (slice_ends(error, SLICE("FunctionTimeoutException"))) {
        call->end = END_TIMEOUT;
        call->status = WORD_TIMEOUT;
    } else if (call->end == END_OPEN && call->end_seen) {
        call->end = END_ERROR;
    }
}

static void give_line(struct pool *pool, struct stream_line *told, struct log_event *event,
                      uint32_t severity)
{
    struct line line;
    struct slice rest;
    line_read(event->message, &line, &rest);
    if (line.kind != LINE_APP || rest.size > 0) {
        /* What AWS's platform would have said is here a function's own text. */
        line = (struct line){.kind = LINE_APP,
                             .time_ns = STREAMS_UNKNOWN,
                             .duration_ns = STREAMS_UNKNOWN,
                             .sampled = -1,
                             .text = event->message};
    }
    if (severity != 0) {
        line.severity = severity;
    }
    event->account = told->source->account;
    event->region = told->source->region;
    event->group = told->source->group;
    event->stream = told->source->stream;
    told->event = event;
    told->line = &line;
    pool->sink->line(pool->sink->context, told);
    told->event = NULL;
    told->line = NULL;
}

static void tell_line(struct pool *pool, const struct pool_held *held, const struct pool_call *call)
{
    const unsigned char *text = pool->texts.base + held->text_at;
    const struct pool_source *source = pool->sources[call != NULL ? call->source : held->source];
    struct log_event event = {.time_ns = held->time_ns,
                              .message = slice_of(text, held->message_size),
                              .id = slice_of(text + held->message_size, held->id_size)};
    struct stream_line told = {.source = &source->is,
                               .has_request = call != NULL || held->has_request,
                               .request_id = call != NULL ? call->request_id : held->request_id,
                               .attempt = call != NULL ? call->attempt : 0,
                               .has_trace = held->has_trace,
                               .trace_id = held->trace_id};
    if (call != NULL && call->has_trace && !told.has_trace) {
        told.has_trace = true;
        told.trace_id = call->trace_id;
    }
    if (!told.has_request && !told.has_trace && while_starting(source, held->time_ns)) {
        told.phase = SLICE("init");
    }
    give_line(pool, &told, &event, held->severity);
}

static void settle_lines(struct pool *pool, uint64_t touched_max)
{
    size_t kept = 0;
    size_t kept_size = 0;
    for (size_t i = 0; i < pool->held_count; i++) {
        struct pool_held *held = &pool->helds[i];
        if (held->touched > touched_max) {
            /* Texts stand in the order of their lines, so moving them down overtakes none. */
            size_t size = (size_t)held->message_size + held->id_size + held->error_size;
            if (size > 0) {
                memmove(pool->texts.base + kept_size, pool->texts.base + held->text_at, size);
            }
            held->text_at = kept_size;
            kept_size += size;
            pool->helds[kept++] = *held;
            continue;
        }
        struct pool_call *call = call_of(pool, held);
        tell_call(pool, held, call);
        if (held->line) {
            tell_line(pool, held, call);
        }
    }
    pool->held_count = kept;
    buf_rewind(&pool->texts, kept_size);
}

/* ---- Who waited for a start. ---- */

/* The last start of an instance that had begun when this invocation ended. */
static struct pool_start *start_before(struct pool_source *source, const struct pool_call *call)
{
    struct pool_start *last = NULL;
    int64_t until_ns = call->end_ns != STREAMS_UNKNOWN ? call->end_ns : call->start_ns;
    for (size_t i = 0; i < source->start_count; i++) {
        struct pool_start *start = &source->starts[i];
        int64_t begun_ns = start->start_ns != STREAMS_UNKNOWN ? start->start_ns : start->ready_ns;
        if (begun_ns <= until_ns && (last == NULL || begun_ns > last->start_ns)) {
            last = start;
        }
    }
    return last;
}

/* A request whose duration began before its instance was ready: it lies inside. */
static void find_wait(struct pool_start *start, struct pool_call *call)
{
    if (start->start_ns == STREAMS_UNKNOWN || call->start_ns == STREAMS_UNKNOWN) {
        call->cold_unknown = true;
        return;
    }
    bool first = !start->used;
    bool waited = call->start_ns <= start->start_ns ||
                  (start->ready_ns != STREAMS_UNKNOWN && call->start_ns < start->ready_ns);
    start->used = true;
    if (!waited) {
        call->proactive = first && start->ready_ns != STREAMS_UNKNOWN;
        call->cold_unknown = first && start->ready_ns == STREAMS_UNKNOWN;
        return;
    }
    start->waited = true;
    int64_t from_ns = call->start_ns > start->start_ns ? call->start_ns : start->start_ns;
    call->cold = true;
    call->init_start_ns = start->start_ns;
    call->init_ns =
        start->ready_ns != STREAMS_UNKNOWN ? start->ready_ns - from_ns : STREAMS_UNKNOWN;
}

static void find_waits(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->source_count; i++) {
        struct pool_source *source = pool->sources[i];
        for (size_t s = 0; s < source->start_count; s++) {
            source->starts[s].used = source->starts[s].taken;
        }
    }
    for (uint32_t i = 0; i < pool->call_count; i++) {
        struct pool_call *call = &pool->calls[pool->order[i]];
        struct pool_source *source = pool->sources[call->source];
        struct pool_start *start = start_before(source, call);
        call->cold = false;
        call->proactive = false;
        call->init_ns = STREAMS_UNKNOWN;
        call->init_start_ns = STREAMS_UNKNOWN;
        call->cold_unknown = start == NULL;
        if (start != NULL) {
            find_wait(start, call);
        }
    }
}

static void tell_starts(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->source_count; i++) {
        struct pool_source *source = pool->sources[i];
        for (size_t s = 0; s < source->start_count; s++) {
            struct pool_start *start = &source->starts[s];
            if (start->told || start->start_ns == STREAMS_UNKNOWN) {
                continue;
            }
            bool known = start->ready_ns != STREAMS_UNKNOWN;
            const struct stream_init init = {
                .source = &source->is,
                .start_ns = start->start_ns,
                .end_ns = start->ready_ns,
                .duration_ns = known ? start->ready_ns - start->start_ns : STREAMS_UNKNOWN,
                .phase = start->waited ? SLICE("invoke") : SLICE("init"),
                .type = start->asked_for || start->waited ? SLICE("on-demand")
                                                          : SLICE("provisioned-concurrency"),
                .status = start->failed ? WORD_FAILURE
                          : known       ? WORD_SUCCESS
                                        : WORD_NONE};
            pool->sink->init(pool->sink->context, &init);
            start->told = true;
        }
    }
}

/* ---- Telling. ---- */

static void find_memory(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->source_count; i++) {
        struct pool_source *source = pool->sources[i];
        uint32_t memory_mb = 0;
        struct id16 family = pool_hash(source->is.function, source->is.version, 0);
        uint64_t hash = 0;
        memcpy(&hash, family.bytes, sizeof(hash));
        source->is.memory_mb = map_find(&pool->memory_map, hash, NULL, NULL, &memory_mb)
                                   ? (int64_t)memory_mb
                                   : pool->memory_mb;
    }
}

static int64_t billed_of(const struct pool_source *source, const struct pool_call *call)
{
    if (call->reported_ns == STREAMS_UNKNOWN || call->no_instance) {
        return STREAMS_UNKNOWN;
    }
    struct slice provider = source->is.provider == PROVIDER_GCP ? SLICE("gcp") : SLICE("azure");
    return billing_ms(billing_of(provider, source->is.platform), call->reported_ns);
}

static void tell_invocation(struct pool *pool, const struct pool_call *call)
{
    const struct pool_source *source = pool->sources[call->source];
    const struct stream_invocation told = {
        .source = &source->is,
        .request_text = slice_of(call->request_text, call->request_text_size),
        .request_id = call->request_id,
        .attempt = call->attempt,
        .final = true,
        .start_seen = call->start_seen,
        .end_seen = call->end_seen,
        .report_seen = call->report_seen,
        .start_ns = call->start_ns,
        .end_ns = call->end_ns,
        .report_ns = call->end_ns,
        .end = call->end,
        .status = call->status,
        .error_type = slice_of(call->error_type, call->error_type_size),
        .out_of_memory = call->out_of_memory,
        .reported_ns = call->reported_ns,
        .billed_ms = billed_of(source, call),
        .memory_mb = source->is.memory_mb,
        .max_memory_mb = call->max_memory_mb,
        .init_ns = call->init_ns,
        .init_start_ns = call->init_start_ns,
        .init_phase = call->cold ? SLICE("invoke") : SLICE_EMPTY,
        .restore_ns = STREAMS_UNKNOWN,
        .billed_restore_ms = STREAMS_UNKNOWN,
        .done_ns = STREAMS_UNKNOWN,
        .handler_ns = call->handler_ns,
        .produced_bytes = STREAMS_UNKNOWN,
        .response_latency_ns = STREAMS_UNKNOWN,
        .response_duration_ns = STREAMS_UNKNOWN,
        .runtime_overhead_ns = STREAMS_UNKNOWN,
        .post_handler_ns = STREAMS_UNKNOWN,
        .timeout_ns = STREAMS_UNKNOWN,
        .cold = call->cold,
        .cold_unknown = call->cold_unknown,
        .proactive = call->proactive,
        .has_trace = call->has_trace,
        .trace_id = call->trace_id,
        .has_parent = call->has_parent,
        .parent_span_id = call->parent_span_id,
        .trigger = call->trigger,
        .http_status = call->http_status};
    pool->sink->invocation(pool->sink->context, &told);
}

static void settle_calls(struct pool *pool, uint64_t touched_max)
{
    for (uint32_t i = 0; i < pool->call_count; i++) {
        const struct pool_call *call = &pool->calls[pool->order[i]];
        if (call->touched <= touched_max) {
            struct pool_start *start = start_before(pool->sources[call->source], call);
            if (start != NULL) {
                start->taken = true;
            }
            tell_invocation(pool, call);
        }
    }
    uint32_t kept = 0;
    map_reset(&pool->call_map);
    for (uint32_t i = 0; i < pool->call_count; i++) {
        if (pool->calls[i].touched > touched_max) {
            uint64_t hash = 0;
            memcpy(&hash, pool->calls[i].key.bytes, sizeof(hash));
            pool->calls[kept] = pool->calls[i];
            /* There is room: there were more before, and the slots are kept. */
            ENSURE(map_insert(&pool->call_map, hash, kept) == STATUS_OK);
            kept++;
        }
    }
    pool->call_count = kept;
}

void settle(struct pool *pool, uint64_t touched_max)
{
    sort_calls(pool);
    find_waits(pool);
    find_memory(pool);
    if (touched_max == UINT64_MAX) {
        tell_starts(pool);
    }
    settle_lines(pool, touched_max);
    settle_calls(pool, touched_max);
}
