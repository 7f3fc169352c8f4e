/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_facts.h"

#include "streams/line_error.h"
#include "streams/merge_tell.h"

#include "base/hash.h"

#include <string.h>

/* Attempts of one id in one stream that are open at once: a retry comes after its predecessor has
 * ended, so there is one, and some whose REPORT was lost. */
enum { ATTEMPTS_OPEN_MAX = 4 };

static void take(int64_t *fact, int64_t value)
{
    if (log_event_known(value)) {
        *fact = value;
    }
}

static uint8_t copy_text(char text[MERGE_TEXT_MAX], struct slice source)
{
    size_t size = source.size < MERGE_TEXT_MAX ? source.size : MERGE_TEXT_MAX;
    if (size > 0) {
        memcpy(text, source.base, size);
    }
    return (uint8_t)size;
}

/* The id of a line, made of its text where that is no UUID.  False without any. */
static bool id_of(const struct line *line, struct id16 *id)
{
    static const struct hash_key key = {{0, 0}};
    if (line->has_request) {
        *id = line->request_id;
        return true;
    }
    if (line->request_text.size == 0) {
        return false;
    }
    struct hash_128 hash = hash_sip128(&key, line->request_text);
    memcpy(id->bytes, hash.bytes, sizeof(id->bytes));
    return true;
}

static void mark_repeated(struct merge *merge, struct merge_stream *stream, struct merge_line *line)
{
    if (!line->repeated) {
        line->repeated = true;
        merge->counts.repeated++;
    }
    stream->repeats_seen = true;
}

static void take_error(struct merge_invocation *invocation, struct slice error_type)
{
    if (error_type.size > 0) {
        invocation->error_type_size = copy_text(invocation->error_type, error_type);
        invocation->doubtful = false;
    }
}

static void take_trace(struct stream_invocation *facts, const struct line *line)
{
    if (line->has_trace) {
        facts->has_trace = true;
        facts->trace_id = line->trace_id;
    }
    if (line->has_segment) {
        facts->has_segment = true;
        facts->segment_id = line->segment_id;
    }
}

/* The earliest of the open attempts makes room when there are too many. */
static void limit_attempts(struct merge *merge, struct merge_stream *stream, struct id16 id)
{
    uint32_t row = merge_open_find(&merge->open, stream, id);
    unsigned count = 1;
    while (row != MERGE_NONE && merge->open.rows[row].earlier_attempt != MERGE_NONE) {
        row = merge->open.rows[row].earlier_attempt;
        count++;
    }
    if (row != MERGE_NONE && count >= ATTEMPTS_OPEN_MAX) {
        merge_tell_invocation(merge, stream, row, true);
    }
}

static struct merge_invocation *open_one(struct merge *merge, struct merge_stream *stream,
                                         struct merge_line *line, struct id16 id)
{
    limit_attempts(merge, stream, id);
    uint32_t earlier = merge_open_find(&merge->open, stream, id);
    unsigned attempts = merge_tell_attempts(merge, stream, id);
    uint32_t row = merge_open_add(&merge->open, stream, id);
    if (row == MERGE_NONE) {
        return NULL;
    }
    struct merge_invocation *invocation = &merge->open.rows[row];
    if (earlier != MERGE_NONE && merge->open.rows[earlier].facts.attempt > attempts) {
        attempts = merge->open.rows[earlier].facts.attempt;
    }
    bool completes = line->line.kind == LINE_REPORT && merge_tell_knows_open(merge, stream, id);
    invocation->facts.attempt = completes ? attempts : attempts + 1;
    invocation->request_text_size = copy_text(invocation->request_text, line->line.request_text);
    invocation->json = line->line.json;
    line->row = row;
    return invocation;
}

/* ---- START. ---- */

static void set_version(struct merge_stream *stream, struct slice version)
{
    if (version.size > 0 && !slice_equal(version, stream->source.version)) {
        stream->source.version = slice_of(stream->version, copy_text(stream->version, version));
    }
}

/* The init that stands right before it, if there is one. */
static void claim_init(struct merge_stream *stream, struct merge_invocation *invocation,
                       int64_t time_ns)
{
    if (stream->named) {
        invocation->init_start_ns = stream->claim_start_ns;
        invocation->again = stream->claim_again && log_event_known(stream->claim_start_ns);
        stream->claim_start_ns = STREAMS_UNKNOWN;
    }
    invocation->after_failed_init = stream->init_failed;
    stream->init_failed = false;
    if (log_event_known(stream->suppressed_at_ns) && log_event_known(time_ns) &&
        time_ns - stream->suppressed_at_ns <= MERGE_SUPPRESSED_NS) {
        invocation->suppressed = true;
        invocation->suppressed_ns = stream->suppressed_ns;
        invocation->suppressed_start_ns = stream->suppressed_at_ns - stream->suppressed_ns;
    }
    stream->suppressed_at_ns = STREAMS_UNKNOWN;
}

static void fill_start(struct merge_stream *stream, struct merge_invocation *invocation,
                       const struct line *line, int64_t time_ns)
{
    invocation->facts.start_seen = true;
    invocation->facts.start_ns = time_ns;
    take_trace(&invocation->facts, line);
    set_version(stream, line->version);
    claim_init(stream, invocation, time_ns);
}

/* Whether this START is the one that an open invocation has already. */
static bool has_this_start(const struct merge_invocation *invocation, int64_t time_ns)
{
    const struct stream_invocation *facts = &invocation->facts;
    return facts->start_seen && facts->start_ns == time_ns &&
           (log_event_known(time_ns) || invocation->live);
}

/* Whether an open invocation, known by its end alone, may have begun then. */
static bool lacks_start(const struct merge_invocation *invocation, int64_t time_ns)
{
    const struct stream_invocation *facts = &invocation->facts;
    int64_t end_ns = log_event_known(facts->report_ns) ? facts->report_ns : facts->end_ns;
    return !facts->start_seen &&
           (!log_event_known(end_ns) || !log_event_known(time_ns) || time_ns <= end_ns);
}

void merge_facts_start(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                       int64_t time_ns)
{
    struct id16 id;
    if (!id_of(&line->line, &id)) {
        return;
    }
    for (uint32_t row = merge_open_find(&merge->open, stream, id); row != MERGE_NONE;
         row = merge->open.rows[row].earlier_attempt) {
        struct merge_invocation *invocation = &merge->open.rows[row];
        if (has_this_start(invocation, time_ns)) {
            mark_repeated(merge, stream, line);
            return;
        }
        if (lacks_start(invocation, time_ns)) {
            fill_start(stream, invocation, &line->line, time_ns);
            line->row = row;
            return;
        }
    }
    struct merge_invocation *invocation = open_one(merge, stream, line, id);
    if (invocation == NULL) {
        return;
    }
    bool late = log_event_known(time_ns) && log_event_known(stream->stepped_ns) &&
                time_ns < stream->stepped_ns;
    invocation->repeated = merge_tell_knows_start(merge, stream, id, time_ns) ||
                           (late && merge_tell_knows_orphan(merge, stream, id));
    if (invocation->repeated) {
        mark_repeated(merge, stream, line);
    }
    stream->repeating = invocation->repeated;
    stream->invoked = true;
    fill_start(stream, invocation, &line->line, time_ns);
}

/* ---- END and REPORT. ---- */

/* Of the open attempts the one whose START is nearest to what is told of it, among those that can
 * still take an END or a REPORT. */
static uint32_t attempt_for(const struct merge *merge, uint32_t row, int64_t begin_ns,
                            int64_t time_ns, bool report)
{
    uint32_t best = MERGE_NONE;
    uint64_t best_distance = UINT64_MAX;
    for (; row != MERGE_NONE; row = merge->open.rows[row].earlier_attempt) {
        const struct stream_invocation *facts = &merge->open.rows[row].facts;
        bool taken = report ? facts->report_seen : facts->end_seen;
        bool later = log_event_known(facts->start_ns) && log_event_known(time_ns) &&
                     facts->start_ns > time_ns;
        if (taken || later) {
            continue;
        }
        uint64_t distance = UINT64_MAX - 1;
        if (log_event_known(facts->start_ns) && log_event_known(begin_ns)) {
            distance = facts->start_ns > begin_ns ? (uint64_t)facts->start_ns - (uint64_t)begin_ns
                                                  : (uint64_t)begin_ns - (uint64_t)facts->start_ns;
        }
        if (distance < best_distance) {
            best = row;
            best_distance = distance;
        }
    }
    return best;
}

/* Whether that is the REPORT that it has; without times it is known by what it says. */
static bool is_same_report(const struct stream_invocation *facts, const struct line *line,
                           int64_t time_ns)
{
    bool same = log_event_known(time_ns) ||
                (line->has_request && facts->reported_ns == line->duration_ns &&
                 facts->billed_ms == line->billed_ms && facts->init_ns == line->init_ns);
    return facts->report_seen && facts->report_ns == time_ns && same;
}

/* Whether an open attempt has exactly this END or REPORT already. */
static bool has_this_end(const struct merge *merge, uint32_t row, const struct line *line,
                         int64_t time_ns)
{
    for (; row != MERGE_NONE; row = merge->open.rows[row].earlier_attempt) {
        const struct stream_invocation *facts = &merge->open.rows[row].facts;
        if (line->kind == LINE_REPORT ? is_same_report(facts, line, time_ns)
                                      : facts->end_seen && facts->end_ns == time_ns) {
            return true;
        }
    }
    return false;
}

static struct merge_invocation *open_orphan(struct merge *merge, struct merge_stream *stream,
                                            struct merge_line *line, struct id16 id)
{
    struct merge_invocation *invocation = open_one(merge, stream, line, id);
    if (invocation != NULL) {
        line->orphan = true;
        stream->invoked = true;
    }
    return invocation;
}

void merge_facts_end(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                     int64_t time_ns)
{
    struct id16 id;
    if (!id_of(&line->line, &id)) {
        return;
    }
    uint32_t latest = merge_open_find(&merge->open, stream, id);
    uint32_t row = attempt_for(merge, latest, time_ns, time_ns, false);
    struct merge_invocation *invocation;
    if (has_this_end(merge, latest, &line->line, time_ns)) {
        mark_repeated(merge, stream, line);
        return;
    }
    if (row != MERGE_NONE) {
        invocation = &merge->open.rows[row];
        line->row = row;
    } else if (merge_tell_attempts(merge, stream, id) > 0) {
        return; /* It was told with its REPORT, which came long before. */
    } else {
        invocation = open_orphan(merge, stream, line, id);
    }
    if (invocation == NULL) {
        return;
    }
    invocation->facts.end_seen = true;
    invocation->facts.end_ns = time_ns;
    if (invocation->repeated) {
        mark_repeated(merge, stream, line);
    }
    merge_open_end(&merge->open, stream, line->row);
}

static void fill_report(struct merge_stream *stream, struct merge_invocation *invocation,
                        const struct line *line, int64_t time_ns)
{
    struct stream_invocation *facts = &invocation->facts;
    facts->report_seen = true;
    facts->report_ns = time_ns;
    take(&facts->reported_ns, line->duration_ns);
    take(&facts->billed_ms, line->billed_ms);
    take(&facts->memory_mb, line->memory_mb);
    take(&facts->max_memory_mb, line->max_memory_mb);
    take(&facts->init_ns, line->init_ns);
    take(&facts->restore_ns, line->restore_ns);
    take(&facts->billed_restore_ms, line->billed_restore_ms);
    take(&facts->post_handler_ns, line->post_handler_ns);
    take(&facts->produced_bytes, line->produced_bytes);
    take(&facts->response_latency_ns, line->response_latency_ns);
    take(&facts->response_duration_ns, line->response_duration_ns);
    take(&facts->runtime_overhead_ns, line->runtime_overhead_ns);
    take(&stream->source.memory_mb, line->memory_mb);
    invocation->reported_status = line->status;
    if (line->status != WORD_NONE) {
        facts->status = line->status;
    }
    take_error(invocation, line->error_type);
    invocation->out_of_memory = invocation->out_of_memory || line->out_of_memory;
    invocation->json = line->json;
    take_trace(facts, line);
}

void merge_facts_report(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                        int64_t time_ns)
{
    struct id16 id;
    if (!id_of(&line->line, &id)) {
        return;
    }
    int64_t duration_ns = line->line.duration_ns;
    int64_t begin_ns = log_event_known(time_ns) && log_event_known(duration_ns)
                           ? time_ns - duration_ns
                           : STREAMS_UNKNOWN;
    uint32_t latest = merge_open_find(&merge->open, stream, id);
    uint32_t row = attempt_for(merge, latest, begin_ns, time_ns, true);
    bool told = merge_tell_knows_report(merge, stream, &line->line, id, time_ns);
    struct merge_invocation *invocation;
    if (has_this_end(merge, latest, &line->line, time_ns) || (told && row == MERGE_NONE)) {
        mark_repeated(merge, stream, line);
        stream->repeating = stream->repeating || told;
        return;
    }
    if (row != MERGE_NONE) {
        invocation = &merge->open.rows[row];
        line->row = row;
        line->orphan = !invocation->facts.start_seen;
    } else {
        invocation = open_orphan(merge, stream, line, id);
    }
    if (invocation == NULL) {
        return;
    }
    stream->suppressed_at_ns = STREAMS_UNKNOWN;
    fill_report(stream, invocation, &line->line, time_ns);
    invocation->repeated = invocation->repeated || told;
    if (invocation->repeated) {
        mark_repeated(merge, stream, line);
    }
    merge_open_end(&merge->open, stream, line->row);
}

/* ---- The rest. ---- */

static void fill_done(struct merge_invocation *invocation, const struct line *line, int64_t time_ns)
{
    struct stream_invocation *facts = &invocation->facts;
    take(&facts->done_ns, log_event_known(line->time_ns) ? line->time_ns : time_ns);
    take(&facts->handler_ns, line->duration_ns);
    take(&facts->produced_bytes, line->produced_bytes);
    take(&facts->response_latency_ns, line->response_latency_ns);
    take(&facts->response_duration_ns, line->response_duration_ns);
    take(&facts->runtime_overhead_ns, line->runtime_overhead_ns);
    take_trace(facts, line);
    if (!facts->report_seen) { /* The report's word is the last one. */
        facts->status = line->status != WORD_NONE ? line->status : facts->status;
        take_error(invocation, line->error_type);
    }
}

uint32_t merge_facts_find(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                          struct id16 id, int64_t time_ns)
{
    uint32_t row = merge_open_find(&merge->open, stream, id);
    if (row != MERGE_NONE || merge_tell_attempts(merge, stream, id) > 0) {
        return row;
    }
    struct merge_invocation *invocation = open_one(merge, stream, line, id);
    if (invocation == NULL) {
        return MERGE_NONE;
    }
    invocation->facts.end_ns = time_ns; /* What tells of a failure is written at the end. */
    return line->row;
}

void merge_facts_note(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                      uint32_t row_by_place, int64_t time_ns)
{
    struct id16 id;
    uint32_t row = row_by_place;
    if (id_of(&line->line, &id)) {
        /* Within an invocation only an application speaks of another one. */
        row = row_by_place == MERGE_NONE ? merge_facts_find(merge, stream, line, id, time_ns)
                                         : merge_open_find(&merge->open, stream, id);
    }
    if (row == MERGE_NONE) {
        return;
    }
    struct merge_invocation *invocation = &merge->open.rows[row];
    const struct line *said = &line->line;
    if (said->kind == LINE_RUNTIME_DONE) {
        fill_done(invocation, said, time_ns);
    } else if (said->kind == LINE_TIMEOUT) {
        invocation->timed_out = true;
        take(&invocation->facts.timeout_ns, said->duration_ns);
    } else {
        invocation->exited = true;
        invocation->killed = invocation->killed || said->killed;
        invocation->out_of_memory = invocation->out_of_memory || said->out_of_memory;
        if (!invocation->facts.report_seen || invocation->error_type_size == 0) {
            take_error(invocation, said->error_type);
            invocation->exit_untyped = said->error_type.size == 0;
        }
    }
    if (invocation->repeated) {
        mark_repeated(merge, stream, line);
    }
}

void merge_facts_trace(struct merge *merge, uint32_t row, const struct line *line)
{
    take_trace(&merge->open.rows[row].facts, line);
}

/* The type of an error in the object that follows "Error raised from handler method".  False if no
 * more of it is expected. */
static bool take_type(struct merge_invocation *invocation, const struct line *line)
{
    struct slice rest = line->text;
    if (line->error_type.size > 0) {
        take_error(invocation, line->error_type);
        return false;
    }
    if (!slice_starts(rest, SLICE("\"errorType\": \""))) {
        return slice_equal(rest, SLICE("{")) || slice_starts(rest, SLICE("\"errorMessage\": "));
    }
    rest = slice_skip(rest, SLICE("\"errorType\": \"").size);
    size_t end = slice_find_byte(rest, '"');
    take_error(invocation, slice_take(rest, end == SLICE_NONE ? 0 : end));
    return false;
}

/* Whether what was in doubt is so, now that this line follows. */
static bool is_confirmed(const struct merge_invocation *invocation, const struct line *line)
{
    struct slice type = slice_of(invocation->error_type, invocation->error_type_size);
    if (invocation->doubt == DOUBT_TRACEBACK) {
        return slice_starts(line->text, SLICE("Traceback (most recent call last)"));
    }
    struct slice name;
    if (invocation->doubt != DOUBT_CLASS || !invocation->doubtful) {
        return false;
    }
    if (slice_equal(line->text, SLICE("null"))) { /* Go's runtime of old. */
        return slice_equal(type, SLICE("errorString"));
    }
    return line_error_name(line->text, true, &name) && slice_equal(name, type);
}

/* What the line before left open is settled by this one. */
static void settle_doubt(struct merge_invocation *invocation, const struct line *line)
{
    if (invocation->doubt == DOUBT_TYPE) {
        invocation->doubt = take_type(invocation, line) ? DOUBT_TYPE : DOUBT_NONE;
        return;
    }
    if (is_confirmed(invocation, line)) {
        invocation->unhandled = true;
    } else if (invocation->doubtful) {
        invocation->error_type_size = 0;
    }
    invocation->doubt = DOUBT_NONE;
    invocation->doubtful = false;
}

static void take_doubt(struct merge_invocation *invocation, const struct line *line)
{
    struct slice type = line->error_type;
    invocation->doubt = line->doubt;
    if (invocation->error_type_size > 0) {
        return;
    }
    if (line->doubt == DOUBT_TRACEBACK) {
        (void)line_error_name(line->text, true, &type);
    } else if (line->doubt == DOUBT_CLASS) {
        (void)line_error_tail(line->text, &type);
    }
    take_error(invocation, type);
    invocation->doubtful = line->doubt != DOUBT_NONE;
    if (line->unhandled && type.size == 0) {
        invocation->doubt = DOUBT_TYPE;
    }
}

void merge_facts_line(struct merge *merge, uint32_t row, const struct line *line)
{
    struct merge_invocation *invocation = &merge->open.rows[row];
    if (invocation->doubt != DOUBT_NONE) {
        settle_doubt(invocation, line);
    }
    if (line->unhandled || line->doubt != DOUBT_NONE) {
        invocation->unhandled = invocation->unhandled || line->unhandled;
        take_doubt(invocation, line);
    }
}

bool merge_facts_ends_exit(struct merge *merge, uint32_t row, const struct line *line)
{
    struct merge_invocation *invocation = &merge->open.rows[row];
    struct slice name;
    if (!invocation->exit_untyped || !line_error_name(line->text, false, &name) ||
        name.size != line->text.size || slice_find_byte(name, '.') == SLICE_NONE) {
        return false;
    }
    invocation->exit_untyped = false;
    take_error(invocation, name);
    return true;
}
