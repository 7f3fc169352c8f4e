/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/lines.h"

#include "base/timestamp.h"
#include "base/uuid.h"
#include "intake/event.h"
#include "intake/intake_limits.h"
#include "intake/moment.h"

#include <string.h>

/* A prefix is never longer: a group and a stream have up to 512 characters each, a time 40. */
#define LINES_PREFIX_SIZE_MAX 2048

/* "2026-11-23 15:53:25.123 (+01:00)" */
#define LINES_LOCAL_SIZE 32

static const char lines_too_large[] = "an event that is too large";

void lines_init(struct lines *lines, struct teller *teller, enum prefix_form form)
{
    *lines = (struct lines){.teller = teller, .form = form};
    buf_init_growing(&lines->words, 2 * (size_t)INTAKE_RECORD_SIZE_MAX);
}

void lines_fini(struct lines *lines)
{
    buf_fini(&lines->words);
}

/* The newline from `at` on, or the end. */
static size_t lines_end(struct slice text, size_t at)
{
    const unsigned char *newline =
        at >= text.size ? NULL : memchr(text.base + at, '\n', text.size - at);
    return newline == NULL ? text.size : (size_t)(newline - text.base);
}

/* Without the newlines at its end, which belong to the container as much as to the message. */
static struct slice lines_message(struct slice text)
{
    while (text.size > 0 &&
           (text.base[text.size - 1] == '\n' || text.base[text.size - 1] == '\r')) {
        text.size--;
    }
    return text;
}

/* ---- Without prefix. ---- */

/* "2026-11-23 15:53:25.123 (+01:00)<tab>id<tab>...": serverless logs writes the time of a line of
 * Node.js so; it is made again what it was. */
static struct slice lines_localized(struct lines *lines, struct slice line)
{
    struct uuid uuid;
    int64_t time_ns;
    char time[TIMESTAMP_TEXT_SIZE];
    if (line.size < LINES_LOCAL_SIZE + 1 + UUID_TEXT_SIZE || line.base[24] != '(' ||
        line.base[31] != ')' || line.base[LINES_LOCAL_SIZE] != '\t' ||
        !uuid_parse(slice_of(line.base + LINES_LOCAL_SIZE + 1, UUID_TEXT_SIZE), &uuid)) {
        return line;
    }
    memcpy(time, line.base, 23);
    memcpy(time + 23, line.base + 25, 6);
    if (moment_size(slice_of(time, 29)) != 29 || !moment_parse(slice_of(time, 29), &time_ns)) {
        return line;
    }
    size_t size = timestamp_format((uint64_t)time_ns, 3, time);
    buf_reset(&lines->words);
    buf_append(&lines->words, slice_of(time, size));
    buf_append(&lines->words, slice_skip(line, LINES_LOCAL_SIZE));
    return buf_overflowed(&lines->words) ? line : buf_bytes(&lines->words);
}

static bool lines_plain(struct lines *lines, struct slice text, bool last, size_t *size)
{
    size_t end = lines_end(text, 0);
    if (end == text.size && !last) {
        if (text.size <= INTAKE_RECORD_SIZE_MAX) {
            return false;
        }
        teller_refuse(lines->teller, lines_too_large, text);
        lines->lost = true;
    }
    *size = end == text.size ? end : end + 1;
    struct slice line = lines_message(slice_take(text, end));
    if (lines->lost) {
        lines->lost = end == text.size;
    } else if (line.size > INTAKE_RECORD_SIZE_MAX) {
        teller_refuse(lines->teller, lines_too_large, line);
    } else if (slice_trim(line).size > 0) {
        struct log_event event = {.time_ns = STREAMS_UNKNOWN,
                                  .message = lines_localized(lines, line)};
        teller_event(lines->teller, &event);
    }
    return true;
}

/* ---- With a prefix. ---- */

/* Where the event at the front ends, which is where the next one begins.  False: not in this text.
 */
static bool lines_event_end(struct lines *lines, struct slice text, bool last, size_t *end)
{
    size_t at = 0;
    for (;;) {
        size_t newline = lines_end(text, at);
        if (newline == text.size) {
            *end = text.size;
            return last;
        }
        at = newline + 1;
        struct slice next = slice_skip(text, at);
        if (!last && next.size < LINES_PREFIX_SIZE_MAX && lines_end(next, 0) == next.size) {
            return false;
        }
        if (prefix_read(lines->form, next, &lines->minute, &lines->next)) {
            lines->has_next = true;
            *end = at;
            return true;
        }
    }
}

/* Read the prefix at the front, unless it was seen to end the event before.  False: there is none.
 */
static bool lines_begin(struct lines *lines, struct slice text, struct prefix *prefix)
{
    if (lines->has_next) {
        lines->has_next = false;
        *prefix = lines->next;
        return true;
    }
    return prefix_read(lines->form, text, &lines->minute, prefix);
}

/* "EVENTS<tab>id<tab>ingested<tab>stream<tab>message<tab>time", or without id and stream. */
static void lines_take_output(struct lines *lines, struct slice text)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    struct slice rest = text, word;
    slice_cut(rest, '\t', &word, &rest);
    if (!slice_equal(word, SLICE("EVENTS"))) {
        return; /* The list of streams at the end. */
    }
    slice_cut(rest, '\t', &word, &rest);
    if (word.size >= INTAKE_EVENT_ID_SIZE_MIN) {
        event.id = word;
        slice_cut(rest, '\t', &word, &rest);
        slice_cut(rest, '\t', &event.stream, &rest);
    }
    size_t tab = slice_find_last_byte(rest, '\t');
    if (tab == SLICE_NONE) {
        teller_refuse(lines->teller, "an event that was cut off", text);
        return;
    }
    event.message = lines_message(slice_take(rest, tab));
    event_tell(lines->teller, &event, lines_message(slice_skip(rest, tab + 1)), text);
}

static void lines_take(struct lines *lines, struct slice text, const struct prefix *prefix)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    if (lines->form == PREFIX_OUTPUT) {
        lines_take_output(lines, text);
        return;
    }
    event.message = slice_skip(text, prefix->size);
    if (event.message.size > 1 && event.message.base[0] == '\n' && event.message.base[1] == '{') {
        event.message = slice_skip(event.message, 1); /* aws logs tail --format json */
    }
    event.stream = prefix->stream;
    event_set_group(&event, prefix->group);
    if (log_event_known(prefix->time_ns)) {
        event.time_ns = prefix->time_ns;
        event_tell_untimed(lines->teller, &event, text);
    } else if (prefix->time.size > 0) {
        event_tell(lines->teller, &event, prefix->time, text);
    } else {
        teller_event(lines->teller, &event);
    }
}

static bool lines_prefixed(struct lines *lines, struct slice text, bool last, size_t *size)
{
    struct prefix prefix;
    if (!lines->has_next && !last && text.size < LINES_PREFIX_SIZE_MAX &&
        lines_end(text, 0) == text.size) {
        return false;
    }
    if (!lines_begin(lines, text, &prefix)) {
        /* Only where the text begins or behind something too large. */
        size_t end = lines_end(text, 0);
        if (end == text.size && !last && text.size <= INTAKE_RECORD_SIZE_MAX) {
            return false;
        }
        struct slice line = lines_message(slice_take(text, end));
        *size = end == text.size ? end : end + 1;
        if (!lines->lost && slice_trim(line).size > 0) {
            teller_refuse(lines->teller, "text before the first event", line);
        }
        lines->lost = lines->lost || end == text.size;
        return true;
    }
    size_t end = text.size;
    if (!lines_event_end(lines, text, last, &end)) {
        if (text.size <= INTAKE_RECORD_SIZE_MAX) {
            return false;
        }
        teller_refuse(lines->teller, lines_too_large, text);
        lines->lost = true;
        *size = end;
        return true;
    }
    *size = end;
    lines->lost = false;
    struct slice event = lines_message(slice_take(text, end));
    if (event.size > INTAKE_RECORD_SIZE_MAX) {
        teller_refuse(lines->teller, lines_too_large, event);
    } else {
        lines_take(lines, event, &prefix);
    }
    return true;
}

size_t lines_read(struct lines *lines, struct slice text, size_t enough, bool last)
{
    size_t at = 0;
    lines->has_next = false; /* Of a text that may be elsewhere now. */
    while (at < text.size && at < enough) {
        struct slice rest = slice_skip(text, at);
        size_t size = 0;
        bool read = lines->form == PREFIX_NONE ? lines_plain(lines, rest, last, &size)
                                               : lines_prefixed(lines, rest, last, &size);
        if (!read) {
            break;
        }
        at += size;
    }
    return at;
}
