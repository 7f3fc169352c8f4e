/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_inits.h"

#include "streams/merge_tell.h"

#include <string.h>

static struct stream_init init_of(const struct merge_init *pending)
{
    return (struct stream_init){
        .start_ns = pending->start_ns,
        .end_ns = STREAMS_UNKNOWN,
        .duration_ns = STREAMS_UNKNOWN,
        .phase = pending->snap_start ? SLICE("snap-start") : SLICE("init"),
    };
}

static void remove_init(struct merge_stream *stream, uint32_t at)
{
    stream->init_count--;
    memmove(&stream->inits[at], &stream->inits[at + 1],
            (stream->init_count - at) * sizeof(stream->inits[0]));
}

/* Tell the oldest with what is known of it. */
static void tell_oldest(struct merge *merge, struct merge_stream *stream)
{
    struct stream_init init = init_of(&stream->inits[0]);
    remove_init(stream, 0);
    merge_tell_init(merge, stream, &init);
}

static struct slice copy(char *text, size_t text_size, struct slice source)
{
    size_t size = source.size < text_size ? source.size : text_size;
    memcpy(text, source.base, size);
    return slice_of(text, size);
}

/* What the line says of the instance. */
static void describe(struct merge_stream *stream, const struct line *line)
{
    struct stream_source *source = &stream->source;
    if (line->runtime.size > 0) {
        source->runtime = copy(stream->runtime, sizeof(stream->runtime), line->runtime);
    }
    if (line->region.size > 0 && source->region.size == 0) {
        source->region = copy(stream->region, sizeof(stream->region), line->region);
    }
    if (line->version.size > 0 && source->version.size == 0) {
        source->version = copy(stream->version, sizeof(stream->version), line->version);
    }
    if (line->init_type.size > 0) {
        source->init_type = copy(stream->init_type, sizeof(stream->init_type), line->init_type);
        bool managed = slice_equal(source->init_type, SLICE("lambda-managed-instances"));
        stream->concurrent = !stream->named || managed;
        stream->sequential = !stream->concurrent;
    }
}

void merge_inits_start(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                       int64_t time_ns)
{
    describe(stream, &line->line);
    if (!log_event_known(time_ns)) {
        return; /* An init is known by its time. */
    }
    for (uint32_t i = 0; i < stream->init_count; i++) {
        if (stream->named && stream->inits[i].start_ns == time_ns) {
            line->repeated = true;
            stream->repeats_seen = true;
            merge->counts.repeated++;
            return;
        }
    }
    if (stream->init_count == (stream->named ? 1 : MERGE_INITS_MAX)) {
        tell_oldest(merge, stream);
    }
    stream->inits[stream->init_count++] = (struct merge_init){
        .start_ns = time_ns, .snap_start = line->line.kind == LINE_RESTORE_START};
    stream->claim_start_ns = time_ns;
    stream->claim_again = stream->invoked;
    stream->init_failed = false;
    stream->repeating = merge_tell_knows_init(merge, stream, time_ns);
}

/* The pending init that fits best to one that took so long and ended then, or MERGE_INITS_MAX. */
static uint32_t best_fit(const struct merge_stream *stream, int64_t end_ns, int64_t duration_ns)
{
    if (stream->named || !log_event_known(end_ns) || !log_event_known(duration_ns)) {
        return stream->init_count > 0 && stream->named ? 0 : MERGE_INITS_MAX;
    }
    uint32_t best = MERGE_INITS_MAX;
    int64_t best_gap = MERGE_FIT_NS;
    for (uint32_t i = 0; i < stream->init_count; i++) {
        int64_t gap = end_ns - duration_ns - stream->inits[i].start_ns;
        if (gap >= -MERGE_SLACK_NS && gap < best_gap) {
            best = i;
            best_gap = gap;
        }
    }
    return best;
}

static bool failed(enum word status)
{
    return status != WORD_NONE && status != WORD_SUCCESS;
}

static void report_suppressed(struct merge *merge, struct merge_stream *stream,
                              const struct line *line, uint32_t row, int64_t time_ns)
{
    int64_t duration_ns = line->duration_ns;
    if (row != MERGE_NONE) {
        struct merge_invocation *invocation = &merge->open.rows[row];
        invocation->suppressed = true;
        invocation->suppressed_ns = duration_ns;
        invocation->suppressed_start_ns = time_ns - duration_ns;
    } else {
        stream->suppressed_at_ns = time_ns;
        stream->suppressed_ns = duration_ns;
    }
    struct stream_init init = {
        .start_ns = time_ns - duration_ns,
        .end_ns = time_ns,
        .duration_ns = duration_ns,
        .phase = SLICE("invoke"),
        .type = line->init_type,
        .status = line->status,
        .error_type = line->error_type,
    };
    if (row == MERGE_NONE || !merge->open.rows[row].repeated) {
        merge_tell_init(merge, stream, &init);
    }
}

/* The invocation that it is begun again in is the next one, or one whose START came just before. */
static void note_failure(struct merge *merge, struct merge_stream *stream, uint32_t row,
                         int64_t time_ns)
{
    struct merge_invocation *invocation = row != MERGE_NONE ? &merge->open.rows[row] : NULL;
    stream->claim_start_ns = STREAMS_UNKNOWN;
    if (invocation != NULL && invocation->facts.start_seen &&
        log_event_known(invocation->facts.start_ns) &&
        time_ns - invocation->facts.start_ns <= MERGE_SUPPRESSED_NS) {
        invocation->after_failed_init = true;
        invocation->init_start_ns = STREAMS_UNKNOWN;
    } else {
        stream->init_failed = true;
    }
}

void merge_inits_report(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                        uint32_t row, int64_t time_ns)
{
    const struct line *said = &line->line;
    describe(stream, said);
    if (!log_event_known(time_ns) || !log_event_known(said->duration_ns)) {
        stream->init_failed = stream->init_failed || failed(said->status);
        return;
    }
    bool invoke = said->phase.size > 0 ? slice_equal(said->phase, SLICE("invoke"))
                                       : row != MERGE_NONE && said->kind == LINE_INIT_REPORT;
    if (invoke) {
        report_suppressed(merge, stream, said, row, time_ns);
        return;
    }
    uint32_t at = best_fit(stream, time_ns, said->duration_ns);
    struct merge_init pending = {.start_ns = time_ns - said->duration_ns,
                                 .snap_start = said->kind == LINE_RESTORE_REPORT};
    if (at < stream->init_count) {
        pending = stream->inits[at];
        remove_init(stream, at);
    }
    struct stream_init init = init_of(&pending);
    init.end_ns = time_ns;
    init.duration_ns = said->duration_ns;
    init.type = said->init_type;
    init.status = said->status;
    init.error_type = said->error_type;
    merge_tell_init(merge, stream, &init);
    if (failed(said->status)) {
        note_failure(merge, stream, row, time_ns);
    }
}

void merge_inits_close(struct merge *merge, struct merge_stream *stream, uint32_t row)
{
    struct merge_invocation *invocation = &merge->open.rows[row];
    struct stream_invocation *facts = &invocation->facts;
    int64_t duration_ns = log_event_known(facts->init_ns) ? facts->init_ns : facts->restore_ns;
    uint32_t at = MERGE_INITS_MAX;
    if (!stream->named) {
        at = log_event_known(duration_ns) ? best_fit(stream, facts->start_ns, duration_ns) : at;
    } else if (stream->init_count > 0 && stream->inits[0].start_ns == invocation->init_start_ns) {
        at = 0;
    }
    if (at >= stream->init_count) {
        return;
    }
    struct stream_init init = init_of(&stream->inits[at]);
    invocation->init_start_ns = init.start_ns;
    remove_init(stream, at);
    if (log_event_known(duration_ns)) {
        init.duration_ns = duration_ns;
        init.end_ns = init.start_ns + duration_ns;
    } else if (invocation->again && facts->report_seen && log_event_known(facts->report_ns) &&
               log_event_known(facts->reported_ns) && log_event_known(facts->start_ns) &&
               facts->report_ns - facts->reported_ns < facts->start_ns - MERGE_SLACK_NS) {
        init.phase = SLICE("invoke");
    }
    if (!invocation->repeated) {
        merge_tell_init(merge, stream, &init);
    }
}

void merge_inits_finish(struct merge *merge, struct merge_stream *stream)
{
    while (stream->init_count > 0) {
        tell_oldest(merge, stream);
    }
}
