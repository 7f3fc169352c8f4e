/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line.h"

#include "streams/app_container.h"
#include "streams/app_json.h"
#include "streams/app_line.h"
#include "streams/lambda_text.h"
#include "streams/lambda_usual.h"
#include "streams/line_ids.h"
#include "streams/line_scan.h"

#include "base/uuid.h"

static const struct line line_blank = {
    .kind = LINE_APP,
    .time_ns = STREAMS_UNKNOWN,
    .duration_ns = STREAMS_UNKNOWN,
    .billed_ms = STREAMS_UNKNOWN,
    .memory_mb = STREAMS_UNKNOWN,
    .max_memory_mb = STREAMS_UNKNOWN,
    .init_ns = STREAMS_UNKNOWN,
    .restore_ns = STREAMS_UNKNOWN,
    .billed_restore_ms = STREAMS_UNKNOWN,
    .produced_bytes = STREAMS_UNKNOWN,
    .response_latency_ns = STREAMS_UNKNOWN,
    .response_duration_ns = STREAMS_UNKNOWN,
    .runtime_overhead_ns = STREAMS_UNKNOWN,
    .post_handler_ns = STREAMS_UNKNOWN,
    .dropped_records = STREAMS_UNKNOWN,
    .dropped_bytes = STREAMS_UNKNOWN,
    .sampled = -1,
};

/* ---- Pieces of a message. ---- */

/* Whether an object may be one of the platform's: its first member is one of theirs. */
static bool line_candidate(struct slice text)
{
    struct slice rest = slice_skip(text, 1);

    line_scan_gap(&rest);
    return slice_starts(rest, SLICE("\"time\"")) || slice_starts(rest, SLICE("\"type\"")) ||
           slice_starts(rest, SLICE("\"record\""));
}

/* Whether a text leads to an object that it speaks of ("event: {...}"), rather than having been
 * written in front of one without a newline. */
static bool line_leads(struct slice before)
{
    if (before.size == 0) {
        return false;
    }
    unsigned char last = before.base[before.size - 1];
    if (last == '\n' || last == '\r') {
        return false;
    }
    if (last == '\t') {
        return true;
    }
    before = slice_trim(before);
    last = before.size == 0 ? '\t' : before.base[before.size - 1];
    return last == ':' || last == '=' || last == ',' || last == '[' || last == '(' || last == '"' ||
           last == '\'' || last == '\\' || last == '{' || last == '>' || last == '\t';
}

/* Where a whole object of the platform begins in a text, from `at` on; its size if there is none.
 */
static size_t line_find_platform(struct slice text, size_t at, bool cut)
{
    struct line ignored;
    struct slice rest;

    while (at < text.size) {
        size_t found = slice_find_byte(slice_skip(text, at), '{');
        if (found == SLICE_NONE) {
            break;
        }
        at += found;
        struct slice object = slice_skip(text, at);
        if (line_candidate(object) && (cut || !line_leads(slice_take(text, at))) &&
            app_json_is_platform(object)) {
            ignored = line_blank;
            if (app_json_read(object, &ignored, &rest)) {
                return at;
            }
        }
        at++;
    }
    return text.size;
}

/* Without white space, a byte order mark and zeros around it. */
static struct slice line_trim(struct slice text)
{
    text = slice_trim(text);
    if (text.size >= 3 && text.base[0] == 0xef && text.base[1] == 0xbb && text.base[2] == 0xbf) {
        text = slice_trim(slice_skip(text, 3));
    }
    return text;
}

static struct slice line_end(struct slice text)
{
    return slice_skip(text, text.size);
}

/* ---- Kinds. ---- */

/* An id in front of "Task timed out": a UUID, or what somebody made of it. */
static bool line_is_id(struct slice word)
{
    if (word.size == UUID_TEXT_SIZE ||
        (word.size > 2 && (word.base[0] == '<' || word.base[0] == '['))) {
        return true;
    }
    size_t size = 0;
    while (size < word.size && slice_find_byte(SLICE("*xX-"), word.base[size]) != SLICE_NONE) {
        size++;
    }
    return word.size > 0 && size == word.size;
}

/* Whether a line in the platform's words was printed by somebody: its id is none, and what is
 * behind it not the platform's. */
static bool line_is_printed(const struct line *line)
{
    if (line->request_text.size == 0 || line->has_request || line_is_id(line->request_text)) {
        return false;
    }
    struct slice behind = slice_skip(
        line->text, (size_t)(line->request_text.base - line->text.base) + line->request_text.size);
    bool words = line_scan_gap(&behind) == GAP_BLANK && behind.size > 0;
    return (line->kind == LINE_START && line->version.size == 0) ||
           (line->kind == LINE_END && words) ||
           (line->kind == LINE_REPORT && line->duration_ns == STREAMS_UNKNOWN);
}

/* A line of the platform at the beginning of text. */
static bool line_platform_text(struct slice text, struct line *line, struct slice *rest)
{
    int64_t time_ns = line->time_ns;

    if (!lambda_text_read(text, line, rest)) {
        return false;
    }
    if (line_is_printed(line)) {
        *line = line_blank;
        line->time_ns = time_ns;
        return false;
    }
    return true;
}

/* ...perhaps behind a time and a request id.  *after is what is behind the time, or without a
 * base. */
static bool line_platform_dated(struct slice text, struct line *line, struct slice *after,
                                struct slice *rest)
{
    bool digit = text.base[0] >= '0' && text.base[0] <= '9';

    *after = text;
    if (!digit || !line_ids_time(after, &line->time_ns)) {
        *after = SLICE_EMPTY;
        return line_platform_text(text, line, rest);
    }
    struct slice platform = *after;
    line_scan_gap(&platform);
    struct slice words = platform;
    struct slice word = line_scan_word(&words);
    bool id = line_scan_gap(&words) != GAP_NONE && line_is_id(word);
    if (id && words.size > 0 && words.base[0] == 'T' && lambda_text_timed_out(words, line)) {
        *rest = line_end(text);
        line->text = words;
        line_ids_request(line, word);
        return true;
    }
    if (!line_platform_text(id && word.size == UUID_TEXT_SIZE ? words : platform, line, rest)) {
        return false;
    }
    if (id && word.size == UUID_TEXT_SIZE && line->request_text.size == 0) {
        line_ids_request(line, word);
    }
    return true;
}

/* ...perhaps all of it in the quotes of a table's column. */
static bool line_platform(struct slice text, struct line *line, struct slice *after,
                          struct slice *rest)
{
    if (text.size < 3 || text.base[0] != '"' || !slice_ends(text, SLICE("\""))) {
        return line_platform_dated(text, line, after, rest);
    }
    int64_t time_ns = line->time_ns;
    struct slice inside = slice_skip(slice_take(text, text.size - 1), 1);
    bool platform = line_platform_dated(inside, line, after, rest);
    *after = SLICE_EMPTY;
    if (!platform) {
        line->time_ns = time_ns; /* The text is read with its quotes. */
    }
    return platform;
}

/*
 * A text, up to where an object of the platform follows without a newline, or another line of the
 * platform with one.  A line of the platform ends by itself and the object is looked for in it
 * only: a message of many lines would else be searched to its end for each.
 */
static void line_text(struct slice text, struct line *line, struct slice *rest)
{
    int64_t time_ns = line->time_ns;
    struct slice after;

    if (line_platform(text, line, &after, rest)) {
        size_t size = text.size - rest->size;
        size_t end = line_find_platform(slice_take(text, size), 0, false);
        if (end < size) {
            *line = line_blank;
            line->time_ns = time_ns;
            (void)line_platform(line_trim(slice_take(text, end)), line, &after, rest);
            *rest = slice_skip(text, end);
        }
        return;
    }
    size_t end = line_find_platform(text, text.base[0] == '{', false);
    struct slice piece = line_trim(slice_take(text, end));
    *rest = slice_skip(text, end);
    if (after.base != NULL && (size_t)(after.base - text.base) <= piece.size) {
        app_line_dated(piece, slice_skip(piece, (size_t)(after.base - text.base)), line);
    } else {
        app_line_read(piece, line);
    }
}

/* An object, and where it ends.  False if it is none. */
static bool line_object(struct slice text, struct line *line, struct slice *rest)
{
    struct slice after;

    if (!app_json_read(text, line, &after)) {
        return false;
    }
    after = line_trim(after);
    bool platform = line->kind != LINE_APP;
    bool library = line->time_ns != STREAMS_UNKNOWN || line->severity != SEVERITY_UNKNOWN ||
                   line->emf || (after.size > 0 && after.base[0] == '{');
    if (after.size > 0 && !platform && !library) {
        /* "{...} was received": a text that begins with a brace. */
        *line = line_blank;
        return false;
    }
    *rest = after;
    return true;
}

void line_read(struct slice message, struct line *line, struct slice *rest)
{
    *line = line_blank;
    struct slice text = line_trim(message);
    *rest = line_end(message);
    line->text = text;
    if (text.size == 0) {
        return;
    }
    unsigned char first = text.base[0];
    if (first == 'S' || first == 'E' || first == 'R') {
        if (lambda_usual_read(text, line)) {
            return;
        }
        *line = line_blank;
        line->text = text;
    }
    text = app_container(text, &line->time_ns);
    if (text.size == 0) {
        return;
    }
    if (text.base[0] == '{' && line_object(text, line, rest)) {
        return;
    }
    if (text.base[0] != '{' || !app_json_is_platform(text)) {
        line_text(text, line, rest);
        return;
    }
    size_t end = line_find_platform(text, 1, true);
    line->kind = LINE_REFUSED;
    line->reason = "a platform event is cut off or no JSON";
    line->text = line_trim(slice_take(text, end));
    *rest = slice_skip(text, end);
}
