/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include "lib/cm.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void seen_field(struct buf *out, struct slice field)
{
    for (size_t i = 0; i < field.size; i++) {
        unsigned char byte = field.base[i];
        if (byte == '\n' || byte == '\t' || byte == '\\' || byte == '\r') {
            buf_append_byte(out, '\\');
            byte = byte == '\n' ? 'n' : byte == '\t' ? 't' : byte == '\r' ? 'r' : '\\';
        }
        buf_append_byte(out, byte);
    }
}

static void seen_event(void *context, const struct log_event *event)
{
    struct seen *seen = context;
    struct buf *out = &seen->text;
    buf_append_text(out, "event ");
    if (event->time_ns == STREAMS_UNKNOWN) {
        buf_append_text(out, "?");
    } else {
        buf_append_i64(out, event->time_ns / 1000000);
    }
    const struct slice fields[] = {event->account,  event->region, event->group,  event->stream,
                                   event->function, event->id,     event->message};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        buf_append_byte(out, '|');
        seen_field(out, fields[i]);
    }
    buf_append_byte(out, '\n');
}

static void seen_refused(void *context, const struct stream_refusal *refusal)
{
    struct seen *seen = context;
    assert_non_null(refusal->why);
    buf_printf(&seen->text, "refused %" PRIu64 "|%s|", refusal->count, refusal->why);
    seen_field(&seen->text, refusal->sample);
    buf_append_byte(&seen->text, '\n');
}

static void seen_gcp(void *context, struct slice json)
{
    struct seen *seen = context;
    buf_append_text(&seen->text, "gcp ");
    seen_field(&seen->text, json);
    buf_append_byte(&seen->text, '\n');
}

static void seen_azure(void *context, struct slice json)
{
    struct seen *seen = context;
    buf_append_text(&seen->text, "azure ");
    seen_field(&seen->text, json);
    buf_append_byte(&seen->text, '\n');
}

static struct intake *seen_begin(struct seen *seen, const char *path, bool any_text)
{
    const struct intake_options options = {
        .path = slice_from(path),
        .event = seen_event,
        .gcp = seen_gcp,
        .azure = seen_azure,
        .refused = seen_refused,
        .context = seen,
        .any_text = any_text,
    };
    *seen = (struct seen){.status = STATUS_OK};
    buf_init_growing(&seen->text, 256u << 20);
    struct intake *intake = intake_create(&options);
    assert_non_null(intake);
    return intake;
}

static void seen_end(struct seen *seen, struct intake *intake)
{
    seen->status = intake_finish(intake);
    intake_counts(intake, &seen->counts);
    snprintf(seen->error, sizeof(seen->error), "%s", intake_error(intake));
    intake_free(intake);
    buf_append_byte(&seen->text, '\0');
}

static void seen_take_pieces(struct seen *seen, struct intake *intake, struct slice input,
                             size_t piece)
{
    while (input.size > 0) {
        struct slice part = slice_take(input, piece == 0 ? input.size : piece);
        if (intake_push(intake, part) != STATUS_OK) {
            break;
        }
        input = slice_skip(input, part.size);
    }
    seen_end(seen, intake);
}

void seen_take(struct seen *seen, struct slice input, size_t piece, const char *path)
{
    seen_take_pieces(seen, seen_begin(seen, path, true), input, piece);
}

void seen_take_doubtful(struct seen *seen, struct slice input, size_t piece, const char *path)
{
    seen_take_pieces(seen, seen_begin(seen, path, false), input, piece);
}

void seen_take_two(struct seen *seen, struct slice one, struct slice other, const char *path)
{
    struct intake *intake = seen_begin(seen, path, true);
    if (intake_push(intake, one) == STATUS_OK) {
        (void)!intake_push(intake, other);
    }
    seen_end(seen, intake);
}

void seen_free(struct seen *seen)
{
    buf_fini(&seen->text);
}

const char *seen_text(struct seen *seen)
{
    return (const char *)seen->text.base;
}
