/* SPDX-License-Identifier: Apache-2.0 */
#include "told.h"

#include "lib/cm.h"

#include <inttypes.h>
#include <string.h>

#define MS INT64_C(1000000)

enum { TEXT_MAX = 64 << 20 };

static void write_time(struct buf *out, const char *name, int64_t time_ns)
{
    if (time_ns != STREAMS_UNKNOWN) {
        buf_printf(out, " %s=%" PRId64, name, (time_ns - TOLD_EPOCH_NS) / MS);
    }
}

static void write_span(struct buf *out, const char *name, int64_t span_ns)
{
    if (span_ns != STREAMS_UNKNOWN) {
        buf_printf(out, " %s=%" PRId64, name, span_ns / MS);
    }
}

static void write_number(struct buf *out, const char *name, int64_t number)
{
    if (number != STREAMS_UNKNOWN) {
        buf_printf(out, " %s=%" PRId64, name, number);
    }
}

static void write_text(struct buf *out, const char *name, struct slice text)
{
    if (text.size > 0) {
        buf_printf(out, " %s=" SLICE_FMT, name, SLICE_ARG(text));
    }
}

static void write_source(const struct told *told, struct buf *out,
                         const struct stream_source *source)
{
    if (!told->sources) {
        return;
    }
    write_text(out, "account", source->account);
    write_text(out, "region", source->region);
    bool usual = slice_equal(source->platform, SLICE("aws_lambda"));
    write_text(out, "platform", usual ? SLICE_EMPTY : source->platform);
    write_text(out, "group", source->group);
    write_text(out, "stream", source->stream);
    write_text(out, source->function_made_up ? "made-up" : "function", source->function);
    write_text(out, "version", source->version);
    write_text(out, "runtime", source->runtime);
    write_number(out, "memory", source->memory_mb);
    write_number(out, "nr", (int64_t)source->number);
}

static char letter_of(const struct id16 *id)
{
    static const char digits[] = "0123456789abcdef";
    return digits[id->bytes[15] & 15];
}

static void take_invocation(void *context, const struct stream_invocation *inv)
{
    static const char *const ends[] = {"open", "ok", "error", "timeout"};
    struct told *told = context;
    struct buf *out = &told->text;
    told->invocations++;
    told->finals += inv->final ? 1 : 0;
    buf_printf(out, "inv %c#%u %s", letter_of(&inv->request_id), inv->attempt, ends[inv->end]);
    buf_append_text(out, inv->final ? "" : " not-final");
    buf_append_text(out, inv->start_seen ? "" : " no-start");
    buf_append_text(out, inv->end_seen ? "" : " no-end");
    buf_append_text(out, inv->report_seen ? "" : " no-report");
    write_time(out, "start", inv->start_ns);
    write_time(out, "end", inv->end_ns);
    write_span(out, "dur", inv->reported_ns);
    write_number(out, "billed", inv->billed_ms);
    buf_append_text(out, inv->cold ? " cold" : "");
    buf_append_text(out, inv->proactive ? " proactive" : "");
    buf_append_text(out, inv->out_of_memory ? " oom" : "");
    write_text(out, "phase", inv->init_phase);
    write_span(out, "init", inv->init_ns);
    write_time(out, "init-start", inv->init_start_ns);
    write_span(out, "restore", inv->restore_ns);
    write_text(out, "error", inv->error_type);
    write_span(out, "timeout", inv->timeout_ns);
    buf_append_text(out, inv->has_trace ? " trace" : "");
    write_source(told, out, inv->source);
    buf_append_byte(out, '\n');
}

static void take_init(void *context, const struct stream_init *init)
{
    static const char *const words[] = {"", "success", "error", "failure", "timeout"};
    struct told *told = context;
    struct buf *out = &told->text;
    told->inits++;
    buf_printf(out, "init " SLICE_FMT, SLICE_ARG(init->phase));
    write_time(out, "start", init->start_ns);
    write_time(out, "end", init->end_ns);
    write_span(out, "dur", init->duration_ns);
    write_text(out, "status", slice_from(words[init->status]));
    write_text(out, "error", init->error_type);
    write_source(told, out, init->source);
    buf_append_byte(out, '\n');
}

static void take_line(void *context, const struct stream_line *line)
{
    struct told *told = context;
    struct buf *out = &told->text;
    told->lines++;
    buf_append_text(out, "line ");
    if (line->has_request) {
        buf_printf(out, "%c#%u", letter_of(&line->request_id), line->attempt);
    } else {
        buf_append(out, line->phase.size > 0 ? line->phase : SLICE("-"));
    }
    buf_append_byte(out, ' ');
    buf_append(out, slice_trim(line->event->message));
    write_source(told, out, line->source);
    buf_append_byte(out, '\n');
}

static void take_metric(void *context, const struct stream_metric *metric)
{
    struct told *told = context;
    told->metrics++;
    buf_printf(&told->text, "metric " SLICE_FMT " %g\n", SLICE_ARG(metric->name),
               metric->values[0]);
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    struct told *told = context;
    buf_printf(&told->text, "refused %" PRIu64 " %s\n", refusal->count, refusal->why);
}

void told_init(struct told *told)
{
    *told = (struct told){
        .sink = {.context = told,
                 .invocation = take_invocation,
                 .init = take_init,
                 .line = take_line,
                 .metric = take_metric,
                 .refused = take_refused},
    };
    buf_init_growing(&told->text, TEXT_MAX);
}

void told_fini(struct told *told)
{
    buf_fini(&told->text);
}

void told_reset(struct told *told)
{
    buf_reset(&told->text);
    told->invocations = 0;
    told->finals = 0;
    told->inits = 0;
    told->lines = 0;
}

void told_feed(struct merge *merge, const char *stream, int64_t ms, const char *text)
{
    static const char ids[] = TOLD_ID("");
    char message[4096];
    size_t size = 0;
    for (; *text != '\0'; text++) {
        if (*text == '$' && text[1] >= 'a' && text[1] <= 'f') {
            memcpy(message + size, ids, sizeof(ids) - 1);
            size += sizeof(ids) - 1;
            text++;
        }
        assert_true(size < sizeof(message));
        message[size++] = *text;
    }
    struct log_event event = {
        .group = SLICE("/aws/lambda/shop"),
        .stream = slice_from(stream),
        .time_ns = ms < 0 ? STREAMS_UNKNOWN : TOLD_EPOCH_NS + ms * MS,
        .message = slice_of(message, size),
    };
    merge_event(merge, &event);
}

void told_check(struct told *told, const char *expected, const char *file, int line)
{
    assert_false(buf_overflowed(&told->text));
    if (!slice_equal(buf_bytes(&told->text), slice_from(expected))) {
        print_error("told:\n" SLICE_FMT "expected:\n%s", SLICE_ARG(buf_bytes(&told->text)),
                    expected);
        _fail(file, line);
    }
    told_reset(told);
}
