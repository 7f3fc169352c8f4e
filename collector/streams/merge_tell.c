/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_tell.h"

#include "streams/merge_metric.h"

#include "base/hash.h"

#include <string.h>

/* What keys are made of.  The first word keeps the kinds apart. */
enum key_kind {
    KEY_START = 1,
    KEY_REPORT,
    KEY_ATTEMPTS,
    KEY_ORPHAN,
    KEY_INIT,
    KEY_INIT_END,
    KEY_OPEN
};

enum { SAMPLE_SIZE = 256, ATTEMPTS_MAX = 255 };

/* Of ids that are random already; whoever makes up his own spoils the report of his own logs. */
static uint64_t key_of(enum key_kind kind, struct id16 id, uint64_t one, uint64_t other)
{
    uint64_t words[2];
    memcpy(words, id.bytes, sizeof(words));
    uint64_t key = hash_u64(words[0] + (uint64_t)kind);
    key = hash_u64(key ^ words[1]);
    key = hash_u64(key ^ one);
    return hash_u64(key ^ other);
}

static bool knows(const struct merge *merge, uint64_t key)
{
    uint8_t value;
    return merge_seen_find(&merge->told, key, &value);
}

bool merge_tell_knows_start(const struct merge *merge, const struct merge_stream *stream,
                            struct id16 id, int64_t start_ns)
{
    return start_ns != STREAMS_UNKNOWN &&
           knows(merge, key_of(KEY_START, id, (uint64_t)start_ns, stream->account_hash));
}

/* Without times two attempts differ in what is reported of them. */
static uint64_t report_key(const struct merge_stream *stream, struct id16 id, int64_t report_ns,
                           const int64_t numbers[4])
{
    uint64_t all = stream->account_hash;
    unsigned count = log_event_known(report_ns) ? 1 : 4;
    for (unsigned i = 0; i < count; i++) {
        all = hash_u64(all + (uint64_t)numbers[i]);
    }
    return key_of(KEY_REPORT, id, (uint64_t)report_ns, all);
}

bool merge_tell_knows_report(const struct merge *merge, const struct merge_stream *stream,
                             const struct line *report, struct id16 id, int64_t report_ns)
{
    const int64_t numbers[4] = {report->duration_ns, report->billed_ms, report->init_ns,
                                (int64_t)report->status};
    if (!log_event_known(report_ns) && !report->has_request) {
        return false; /* Nor do sanitised ids tell anything apart. */
    }
    return knows(merge, report_key(stream, id, report_ns, numbers));
}

bool merge_tell_knows_open(const struct merge *merge, const struct merge_stream *stream,
                           struct id16 id)
{
    uint8_t open;
    return merge_seen_find(&merge->told, key_of(KEY_OPEN, id, stream->hash, 0), &open) && open > 0;
}

uint8_t merge_tell_attempts(const struct merge *merge, const struct merge_stream *stream,
                            struct id16 id)
{
    uint8_t attempts;
    return merge_seen_find(&merge->told, key_of(KEY_ATTEMPTS, id, stream->hash, 0), &attempts)
               ? attempts
               : 0;
}

bool merge_tell_knows_orphan(const struct merge *merge, const struct merge_stream *stream,
                             struct id16 id)
{
    return knows(merge, key_of(KEY_ORPHAN, id, stream->hash, 0));
}

static void remember(struct merge *merge, const struct merge_stream *stream,
                     const struct stream_invocation *facts, enum word reported_status)
{
    struct id16 id = facts->request_id;
    uint8_t attempts = facts->attempt < ATTEMPTS_MAX ? (uint8_t)facts->attempt : ATTEMPTS_MAX;
    if (facts->start_seen) {
        merge_seen_add(&merge->told,
                       key_of(KEY_START, id, (uint64_t)facts->start_ns, stream->account_hash), 0);
    } else {
        merge_seen_add(&merge->told, key_of(KEY_ORPHAN, id, stream->hash, 0), 0);
    }
    if (facts->report_seen) {
        const int64_t numbers[4] = {facts->reported_ns, facts->billed_ms, facts->init_ns,
                                    (int64_t)reported_status};
        merge_seen_add(&merge->told, report_key(stream, id, facts->report_ns, numbers), 0);
    }
    merge_seen_add(&merge->told, key_of(KEY_ATTEMPTS, id, stream->hash, 0), attempts);
    bool open = facts->start_seen && !facts->report_seen;
    if (open || (!facts->start_seen && merge_tell_knows_open(merge, stream, id))) {
        merge_seen_add(&merge->told, key_of(KEY_OPEN, id, stream->hash, 0), open ? 1 : 0);
    }
}

/* ---- What follows from the facts. ---- */

static int64_t earlier(int64_t one, int64_t other)
{
    if (!log_event_known(one) || !log_event_known(other)) {
        return log_event_known(one) ? one : other;
    }
    return one < other ? one : other;
}

/* When it began by its report: REPORT's time less its Duration. */
static int64_t begin_by_report(const struct stream_invocation *facts)
{
    return log_event_known(facts->report_ns) && log_event_known(facts->reported_ns)
               ? facts->report_ns - facts->reported_ns
               : STREAMS_UNKNOWN;
}

/* It contains an init: the one of INIT_REPORT, the one that failed before it and was begun again,
 * or one of which no line tells but that more time is reported than lies between START and REPORT.
 */
static bool settle_suppressed(const struct merge_invocation *invocation,
                              struct stream_invocation *facts)
{
    int64_t begin = begin_by_report(facts);
    if (invocation->suppressed) {
        facts->init_ns = invocation->suppressed_ns;
        facts->init_start_ns = invocation->suppressed_start_ns;
        facts->start_ns = earlier(facts->start_ns, earlier(begin, facts->init_start_ns));
    } else if (invocation->after_failed_init && !log_event_known(facts->init_ns)) {
        facts->start_ns = earlier(facts->start_ns, begin);
    } else if (invocation->again && !log_event_known(facts->init_ns) && log_event_known(begin) &&
               log_event_known(facts->start_ns) && begin < facts->start_ns - MERGE_SLACK_NS) {
        bool tells = invocation->init_start_ns >= begin - MERGE_SLACK_NS;
        facts->init_start_ns = tells ? invocation->init_start_ns : STREAMS_UNKNOWN;
        facts->start_ns = begin;
    } else {
        return false;
    }
    facts->init_phase = SLICE("invoke");
    facts->cold = true;
    return true;
}

static bool is_provisioned(struct slice init_type)
{
    return slice_starts(init_type, SLICE("provisioned"));
}

static void settle_cold(const struct merge_invocation *invocation, struct slice init_type,
                        struct stream_invocation *facts)
{
    if (settle_suppressed(invocation, facts)) {
        return;
    }
    int64_t init_start = invocation->init_start_ns;
    int64_t longest = log_event_known(facts->init_ns) ? facts->init_ns : MERGE_INIT_NS_MAX;
    if (log_event_known(facts->restore_ns)) {
        facts->init_phase = SLICE("snap-start");
        facts->cold = true;
    } else if (log_event_known(facts->init_ns) ||
               (!facts->report_seen && log_event_known(init_start))) {
        facts->init_phase = SLICE("init");
        facts->proactive = is_provisioned(init_type) ||
                           (log_event_known(init_start) && log_event_known(facts->start_ns) &&
                            facts->start_ns - init_start - longest > MERGE_PROACTIVE_NS);
        facts->cold = !facts->proactive;
    } else {
        return;
    }
    facts->init_start_ns = init_start;
}

static bool is_full(const struct stream_invocation *facts)
{
    return log_event_known(facts->memory_mb) && log_event_known(facts->max_memory_mb) &&
           facts->max_memory_mb >= facts->memory_mb;
}

static enum stream_end settle_end(const struct merge_invocation *invocation)
{
    const struct stream_invocation *facts = &invocation->facts;
    switch (facts->status) {
    case WORD_SUCCESS:
        return END_OK;
    case WORD_ERROR:
    case WORD_FAILURE:
        return END_ERROR;
    case WORD_TIMEOUT:
        return END_TIMEOUT;
    case WORD_NONE:
        break;
    }
    if (invocation->timed_out) {
        return END_TIMEOUT;
    }
    if (invocation->exited || invocation->out_of_memory || invocation->unhandled) {
        return END_ERROR;
    }
    if (!facts->report_seen && !facts->end_seen) {
        return END_OPEN;
    }
    return invocation->doubt == DOUBT_LAST ? END_ERROR : END_OK;
}

static void settle(const struct merge_invocation *invocation, const struct merge_stream *stream,
                   struct stream_invocation *facts)
{
    *facts = invocation->facts;
    facts->source = &stream->source;
    facts->request_text = slice_of(invocation->request_text, invocation->request_text_size);
    facts->error_type = slice_of(invocation->error_type, invocation->error_type_size);
    if (!log_event_known(facts->end_ns)) {
        facts->end_ns = facts->report_ns;
    }
    settle_cold(invocation, stream->source.init_type, facts);
    facts->end = settle_end(invocation);
    facts->out_of_memory = facts->end == END_ERROR &&
                           (invocation->out_of_memory || (invocation->killed && is_full(facts)) ||
                            slice_equal(facts->error_type, SLICE("Runtime.OutOfMemory")));
    if (facts->end == END_OK) {
        facts->error_type = SLICE_EMPTY;
    }
}

void merge_tell_invocation(struct merge *merge, struct merge_stream *stream, uint32_t row,
                           bool final)
{
    const struct merge_invocation *invocation = &merge->open.rows[row];
    if (!invocation->repeated) {
        struct stream_invocation facts;
        settle(invocation, stream, &facts);
        facts.final = final;
        if (final) {
            remember(merge, stream, &invocation->facts, invocation->reported_status);
        }
        merge->sink.invocation(merge->sink.context, &facts);
    }
    if (final) {
        if (stream->current == row) {
            stream->current = MERGE_NONE;
            stream->place = PLACE_IDLE;
        }
        if (stream->linger == row) {
            stream->linger = MERGE_NONE;
        }
        merge_open_remove(&merge->open, stream, row);
    }
}

static uint64_t init_key(const struct merge_stream *stream, int64_t start_ns)
{
    struct id16 none = {{0}};
    return key_of(KEY_INIT, none, stream->hash, (uint64_t)start_ns);
}

bool merge_tell_knows_init(const struct merge *merge, const struct merge_stream *stream,
                           int64_t start_ns)
{
    return stream->named && knows(merge, init_key(stream, start_ns));
}

/* Told before: it begins, or ends, when another one did. */
static bool is_told(const struct merge *merge, const struct merge_stream *stream,
                    const struct stream_init *init, uint64_t end_key)
{
    return stream->named && (knows(merge, init_key(stream, init->start_ns)) ||
                             (log_event_known(init->end_ns) && knows(merge, end_key)));
}

void merge_tell_init(struct merge *merge, const struct merge_stream *stream,
                     struct stream_init *init)
{
    struct id16 none = {{0}};
    uint64_t end_key = key_of(KEY_INIT_END, none, stream->hash, (uint64_t)init->end_ns);
    if (is_told(merge, stream, init, end_key)) {
        return;
    }
    merge_seen_add(&merge->told, init_key(stream, init->start_ns), 0);
    if (log_event_known(init->end_ns)) {
        merge_seen_add(&merge->told, end_key, 0);
    }
    init->source = &stream->source;
    if (init->type.size == 0) {
        init->type = stream->source.init_type;
    }
    merge->sink.init(merge->sink.context, init);
}

/* ---- Lines. ---- */

void merge_tell_line(struct merge *merge, struct merge_stream *stream,
                     const struct merge_line *merged, struct merge_owner owner)
{
    const struct merge_item *item = &merge->window.items[merged->item];
    const struct stream_source *source = &stream->source;
    struct log_event event = {
        .account = source->account,
        .region = source->region,
        .group = source->group,
        .stream = source->stream,
        .id = merge_window_id(&merge->window, item),
        .time_ns = item->time_ns,
        .message = merged->message,
    };
    struct stream_line line = {
        .source = source, .event = &event, .line = &merged->line, .phase = owner.phase};
    if (owner.row != MERGE_NONE) {
        const struct merge_invocation *invocation = &merge->open.rows[owner.row];
        line.has_request = true;
        line.request_id = invocation->facts.request_id;
        line.attempt = invocation->facts.attempt;
        line.has_trace = invocation->facts.has_trace;
        line.trace_id = invocation->facts.trace_id;
    } else if (merged->line.has_request) {
        uint8_t attempts = merge_tell_attempts(merge, stream, merged->line.request_id);
        line.has_request = true;
        line.request_id = merged->line.request_id;
        line.attempt = attempts > 0 ? attempts : 1;
    }
    if (merged->line.emf) {
        merge_metric_tell(merge, source, &merged->line, event.time_ns);
    }
    merge->sink.line(merge->sink.context, &line);
}

void merge_tell_refusal(struct merge *merge, const char *why, struct slice sample, uint64_t count)
{
    struct stream_refusal refusal = {
        .why = why,
        .sample = sample.size > SAMPLE_SIZE ? slice_take(sample, SAMPLE_SIZE) : sample,
        .count = count,
    };
    merge->counts.refused += count;
    merge->sink.refused(merge->sink.context, &refusal);
}
