/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_logfmt.h"

#include "streams/app_key.h"
#include "streams/line_error.h"
#include "streams/line_ids.h"
#include "streams/line_level.h"
#include "streams/line_limits.h"

#include "base/json_read.h"

/* A quoted value ends at the first quote without a backslash.  Escapes that JSON does not have
 * (\x1b) are left as they are, all of them. */
static struct slice logfmt_quoted(struct slice *rest, bool *escaped)
{
    size_t at = 1;
    size_t wrong;
    bool other = false;
    *escaped = false;
    while (at < rest->size && rest->base[at] != '"') {
        if (rest->base[at] == '\\') {
            *escaped = true;
            other |= json_string_escape(slice_skip(*rest, at), &wrong) == 0;
            at++;
        }
        at++;
    }
    *escaped = *escaped && !other && at < rest->size;
    at = at < rest->size ? at : rest->size;
    struct slice value = slice_skip(slice_take(*rest, at), 1);
    *rest = slice_skip(*rest, at + 1);
    return value;
}

static struct slice logfmt_plain(struct slice *rest)
{
    size_t size = 0;

    while (size < rest->size && rest->base[size] > ' ') {
        size++;
    }
    struct slice value = slice_take(*rest, size);
    *rest = slice_skip(*rest, size);
    return value;
}

/* Take "key=" off rest; false at anything else. */
static bool logfmt_key(struct slice *rest, struct slice *key)
{
    size_t size = 0;

    while (size < rest->size && rest->base[size] > ' ' && rest->base[size] != '=' &&
           rest->base[size] != '"' && size < 64) {
        size++;
    }
    if (size == 0 || size == rest->size || rest->base[size] != '=') {
        return false;
    }
    *key = slice_take(*rest, size);
    *rest = slice_skip(*rest, size + 1);
    return true;
}

static void logfmt_take(enum app_key key, struct slice value, bool escaped, struct line *line)
{
    int64_t time_ns = STREAMS_UNKNOWN;
    struct slice rest = value;

    if (key == APP_TIME) {
        if (line_ids_time(&rest, &time_ns) || line_ids_epoch(value, &time_ns)) {
            line->time_ns = time_ns;
        }
    } else if (key == APP_LEVEL && line->severity == SEVERITY_UNKNOWN) {
        line->severity = line_level_word(value);
        line->level = line->severity == SEVERITY_UNKNOWN ? line->level : value;
    } else if (key == APP_MESSAGE) {
        line->text = value;
        line->text_escaped = escaped;
    } else if (key == APP_REQUEST) {
        line_ids_request(line, value);
    } else if (key == APP_TRACE || key == APP_XRAY) {
        (void)line_ids_trace(line, value);
    } else if (key == APP_SPAN) {
        line_ids_segment(line, value);
    } else if (key == APP_ERROR_TYPE) {
        line_error_set(line, value);
        line->exception = true;
    }
}

bool app_logfmt_read(struct slice text, struct line *line)
{
    static const struct slice firsts[] = {
        SLICE_INIT("level="), SLICE_INIT("time="),     SLICE_INIT("ts="),
        SLICE_INIT("msg="),   SLICE_INIT("lvl="),      SLICE_INIT("timestamp="),
        SLICE_INIT("date="),  SLICE_INIT("severity="), SLICE_INIT("t="),
    };
    bool begins = false;

    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        begins |= text.base[0] == firsts[i].base[0] && slice_starts(text, firsts[i]);
    }
    if (!begins) {
        return false;
    }
    for (unsigned i = 0; i < LINE_LOGFMT_PAIR_COUNT_MAX; i++) {
        struct slice key;
        enum app_key found;
        bool escaped = false;
        while (text.size > 0 && text.base[0] <= ' ') {
            text = slice_skip(text, 1);
        }
        if (!logfmt_key(&text, &key)) {
            break;
        }
        bool quoted = text.size > 0 && text.base[0] == '"';
        struct slice value = quoted ? logfmt_quoted(&text, &escaped) : logfmt_plain(&text);
        if (app_key_find(key, &found) > 0 || slice_equal(key, SLICE("t"))) {
            logfmt_take(found, value, escaped, line);
        }
    }
    return true;
}
