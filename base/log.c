/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/base_limits.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/format.h"
#include "base/timestamp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *const log_level_names[] = {"debug", "info", "warn", "error", "off", NULL};

static enum log_level level_shown = LOG_INFO;
static int descriptor_used = STDERR_FILENO;

struct log_field log_text(const char *key, struct slice text)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_TEXT, .text = text};
}

struct log_field log_string(const char *key, const char *text)
{
    return log_text(key, slice_from(text));
}

struct log_field log_u64(const char *key, uint64_t value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_U64, .u64 = value};
}

struct log_field log_i64(const char *key, int64_t value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_I64, .i64 = value};
}

struct log_field log_status(enum status status)
{
    return log_string("error", status_name(status));
}

struct log_field log_errno(int error)
{
    /* For the errors there are, the text is a constant in glibc and in musl. */
    return log_string("errno", strerror(error));
}

void log_set_level(enum log_level level)
{
    level_shown = level;
}

void log_set_descriptor(int descriptor)
{
    descriptor_used = descriptor;
}

bool log_shows(enum log_level level)
{
    return level >= level_shown && level < LOG_OFF;
}

/* Whether logfmt can show the text without quotes. */
static bool log_is_plain(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '=' || byte == '\\') {
            return false;
        }
    }
    return text.size > 0;
}

static void log_append_value(struct buf *out, struct slice text)
{
    if (log_is_plain(text)) {
        buf_append(out, text);
        return;
    }
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '"' || byte == '\\') {
            buf_append_byte(out, '\\');
            buf_append_byte(out, byte);
        } else if (byte == '\n') {
            buf_append_text(out, "\\n");
        } else if (byte < ' ' || byte == 0x7f) {
            format_append(out, "\\x%02x", byte);
        } else {
            buf_append_byte(out, byte);
        }
    }
    buf_append_byte(out, '"');
}

static void log_append_field(struct buf *out, const struct log_field *field)
{
    if (field->kind == LOG_FIELD_NONE) {
        return;
    }
    buf_append_byte(out, ' ');
    buf_append_text(out, field->key);
    buf_append_byte(out, '=');
    switch (field->kind) {
    case LOG_FIELD_NONE:
        break;
    case LOG_FIELD_TEXT:
        log_append_value(out, field->text);
        break;
    case LOG_FIELD_U64:
        buf_append_u64(out, field->u64);
        break;
    case LOG_FIELD_I64:
        buf_append_i64(out, field->i64);
        break;
    }
}

size_t log_format(const struct log_entry *line, char *text, size_t size_max)
{
    static const char cut[] = "...\n";
    char time[TIMESTAMP_TEXT_SIZE];
    struct buf out;

    ENSURE(size_max >= 64 && line->level < LOG_OFF);
    /* The end of a line that is cut short has its place kept free. */
    buf_init_fixed(&out, text, size_max - sizeof(cut));
    timestamp_format(line->wall_ns, 3, time);
    buf_append_text(&out, "time=");
    buf_append_text(&out, time);
    buf_append_text(&out, " level=");
    buf_append_text(&out, log_level_names[line->level]);
    buf_append_text(&out, " msg=");
    log_append_value(&out, line->message);
    for (size_t i = 0; i < line->count; i++) {
        log_append_field(&out, &line->fields[i]);
    }
    const char *end = buf_overflowed(&out) ? cut : "\n";
    struct slice ending = slice_from(end);
    memcpy(text + out.size, ending.base, ending.size);
    return out.size + ending.size;
}

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t count)
{
    char text[LOG_LINE_SIZE_MAX];

    if (!log_shows(level)) {
        return;
    }
    int error = errno; /* Logging must not change what the caller is about to look at. */
    struct log_entry line = {
        .wall_ns = clock_wall_ns(),
        .level = level,
        .message = slice_from(message),
        .fields = fields,
        .count = count,
    };
    size_t size = log_format(&line, text, sizeof(text));
    /* There is nobody to tell when the log itself cannot be written. */
    ssize_t written = write(descriptor_used, text, size);
    (void)written;
    errno = error;
}
