/* SPDX-License-Identifier: Apache-2.0 */
#include "notes.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_time(struct buf *out, const char *name, int64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    if (time_ns != STREAMS_UNKNOWN) {
        (void)timestamp_format_short((uint64_t)time_ns, text);
        buf_printf(out, " %s=%s", name, text + 11);
    }
}

static void add_number(struct buf *out, const char *name, int64_t value)
{
    if (value != STREAMS_UNKNOWN) {
        buf_printf(out, " %s=%lld", name, (long long)value);
    }
}

static void add_text(struct buf *out, const char *name, struct slice text)
{
    if (text.size > 0) {
        buf_printf(out, " %s=" SLICE_FMT, name, SLICE_ARG(text));
    }
}

static void add_id(struct buf *out, const char *name, struct id16 id)
{
    char text[8];
    hex_encode(slice_of(id.bytes, 4), text);
    buf_printf(out, " %s=%.8s", name, text);
}

static void add_source(struct buf *out, const struct stream_source *source)
{
    assert_true(source->number > 0);
    buf_printf(out, " " SLICE_FMT "@" SLICE_FMT, SLICE_ARG(source->function),
               SLICE_ARG(source->stream));
    buf_append_text(out, source->function_made_up ? " made-up" : "");
}

static void keep(struct notes *notes, struct buf *out)
{
    buf_append_byte(out, '\0');
    ENSURE(!buf_overflowed(out) && notes->count < NOTES_COUNT_MAX);
    notes->lines[notes->count++] = (char *)out->base;
    /* The text is the notes' from here on. */
}

static void on_invocation(void *context, const struct stream_invocation *told)
{
    static const char *const ends[] = {"open", "ok", "error", "timeout"};
    struct buf out;
    buf_init_growing(&out, 65536);
    buf_append_text(&out, "invocation");
    add_source(&out, told->source);
    assert_true(told->final);
    add_text(&out, "version", told->source->version);
    add_text(&out, "text", told->request_text);
    add_id(&out, "id", told->request_id);
    buf_printf(&out, " n=%u %s", told->attempt, ends[told->end]);
    add_time(&out, "start", told->start_seen ? told->start_ns : STREAMS_UNKNOWN);
    add_time(&out, "end", told->end_ns);
    add_number(&out, "ns", told->reported_ns);
    add_number(&out, "handler", told->handler_ns);
    add_number(&out, "billed", told->billed_ms);
    add_number(&out, "mb", told->memory_mb);
    add_number(&out, "max_mb", told->max_memory_mb);
    add_text(&out, "error", told->error_type);
    buf_append_text(&out, told->out_of_memory ? " oom" : "");
    buf_append_text(&out, told->cold ? " cold" : told->cold_unknown ? " cold?" : "");
    buf_append_text(&out, told->proactive ? " proactive" : "");
    add_number(&out, "init", told->init_ns);
    add_time(&out, "init_at", told->init_start_ns);
    add_text(&out, "phase", told->init_phase);
    if (told->has_trace) {
        add_id(&out, "trace", told->trace_id);
    }
    buf_append_text(&out, told->has_parent ? " parent" : "");
    add_text(&out, "trigger", told->trigger);
    if (told->http_status > 0) {
        buf_printf(&out, " http=%u", told->http_status);
    }
    keep(context, &out);
    ((struct notes *)context)->invocations++;
}

static void on_init(void *context, const struct stream_init *told)
{
    static const char *const words[] = {"?", "success", "error", "failure", "timeout"};
    struct buf out;
    buf_init_growing(&out, 65536);
    buf_append_text(&out, "init");
    add_source(&out, told->source);
    add_time(&out, "start", told->start_ns);
    add_time(&out, "end", told->end_ns);
    add_number(&out, "ns", told->duration_ns);
    add_text(&out, "phase", told->phase);
    add_text(&out, "type", told->type);
    buf_printf(&out, " %s", words[told->status]);
    keep(context, &out);
    ((struct notes *)context)->inits++;
}

static void on_line(void *context, const struct stream_line *told)
{
    struct buf out;
    buf_init_growing(&out, 1 << 20);
    buf_append_text(&out, "line");
    add_source(&out, told->source);
    add_time(&out, "at", told->event->time_ns);
    if (told->has_request) {
        add_id(&out, "of", told->request_id);
        buf_printf(&out, " n=%u", told->attempt);
    }
    add_text(&out, "phase", told->phase);
    if (told->has_trace) {
        add_id(&out, "trace", told->trace_id);
    }
    buf_printf(&out, " severity=%u \"", told->line->severity);
    struct slice message = told->event->message;
    buf_append(&out, slice_take(message, message.size < 40 ? message.size : 40));
    buf_append_text(&out, "\"");
    keep(context, &out);
    ((struct notes *)context)->app_lines++;
}

static void on_refused(void *context, const struct stream_refusal *told)
{
    struct buf out;
    buf_init_growing(&out, 65536);
    buf_printf(&out, "refused %llu: %s", (unsigned long long)told->count, told->why);
    keep(context, &out);
    ((struct notes *)context)->refusals += told->count;
}

struct stream_sink notes_sink(struct notes *notes)
{
    return (struct stream_sink){.context = notes,
                                .invocation = on_invocation,
                                .init = on_init,
                                .line = on_line,
                                .refused = on_refused};
}

void notes_fini(struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        free(notes->lines[i]);
    }
    *notes = (struct notes){.count = 0};
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

void notes_sort(struct notes *notes)
{
    qsort(notes->lines, notes->count, sizeof(*notes->lines), compare);
}

void notes_assert(const struct notes *notes, const char *const *expected)
{
    size_t i = 0;
    bool same = true;
    for (; expected[i] != NULL && i < notes->count; i++) {
        if (strcmp(notes->lines[i], expected[i]) != 0) {
            print_error("line %zu is     %s\n  instead of %s\n", i, notes->lines[i], expected[i]);
            same = false;
        }
    }
    for (size_t more = i; more < notes->count; more++) {
        print_error("and there is    %s\n", notes->lines[more]);
        same = false;
    }
    for (; expected[i] != NULL; i++) {
        print_error("and missing is  %s\n", expected[i]);
        same = false;
    }
    assert_true(same);
}

void notes_assert_same(const struct notes *one, const struct notes *other)
{
    for (size_t i = 0; i < one->count && i < other->count; i++) {
        assert_string_equal(one->lines[i], other->lines[i]);
    }
    assert_int_equal(one->count, other->count);
}

void notes_assert_has(const struct notes *notes, const char *part)
{
    for (size_t i = 0; i < notes->count; i++) {
        if (strstr(notes->lines[i], part) != NULL) {
            return;
        }
    }
    print_error("no line has \"%s\"\n", part);
    for (size_t i = 0; i < notes->count; i++) {
        print_error("    %s\n", notes->lines[i]);
    }
    fail();
}
