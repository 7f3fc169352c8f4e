/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_line.h"

#include "streams/app_json.h"
#include "streams/app_logfmt.h"
#include "streams/lambda_text.h"
#include "streams/line_error.h"
#include "streams/line_ids.h"
#include "streams/line_level.h"
#include "streams/line_limits.h"
#include "streams/line_scan.h"

#include <string.h>

enum { APP_UUID_SIZE = 36 };

static bool app_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool app_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t';
}

/* ---- Words before the text. ---- */

static bool app_is_uuid(struct slice word)
{
    return word.size == APP_UUID_SIZE && word.base[8] == '-' && word.base[13] == '-' &&
           word.base[18] == '-' && word.base[23] == '-';
}

/* INFO, but not Info nor info: in a sentence, words are not written like that. */
static bool app_is_upper(struct slice word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (word.base[i] < 'A' || word.base[i] > 'Z') {
            return false;
        }
    }
    return true;
}

static bool app_take_level(struct slice word, bool any_case, struct line *line)
{
    if (!any_case && !app_is_upper(word)) {
        return false;
    }
    uint32_t severity = line_level_word(word);
    if (severity == SEVERITY_UNKNOWN) {
        return false;
    }
    line->severity = severity;
    line->level = word;
    return true;
}

/* Without the sequences by which terminals are told a colour: ESC [ 32 m. */
static struct slice app_uncoloured(struct slice rest)
{
    while (rest.size > 2 && rest.base[0] == 0x1b && rest.base[1] == '[') {
        size_t size = 2;
        while (size < rest.size && (app_digit(rest.base[size]) || rest.base[size] == ';')) {
            size++;
        }
        if (size == rest.size || rest.base[size] != 'm') {
            break;
        }
        rest = slice_skip(rest, size + 1);
    }
    return rest;
}

/* What stands between a level and the text. */
static struct slice app_text_after(struct slice rest)
{
    rest = app_uncoloured(rest);
    line_scan_gap(&rest);
    if (rest.size > 1 && (rest.base[0] == '-' || rest.base[0] == ':' || rest.base[0] == '|') &&
        (rest.base[1] == ' ' || rest.base[1] == '\t')) {
        rest = slice_skip(rest, 1);
        line_scan_gap(&rest);
    }
    return rest;
}

/* "[INFO]" and "[main]" in front of rest; false if no bracket closes soon. */
static bool app_bracket(struct slice *rest, size_t size_max, struct slice *inside)
{
    if (rest->size == 0 || rest->base[0] != '[') {
        return false;
    }
    size_t close = slice_find_byte(slice_take(*rest, size_max), ']');
    if (close == SLICE_NONE) {
        return false;
    }
    *inside = slice_trim(slice_skip(slice_take(*rest, close), 1));
    *rest = slice_skip(*rest, close + 1);
    return true;
}

/* Words that stand before a level and say nothing: dashes, numbers of processes. */
static bool app_is_noise(struct slice word)
{
    bool digits = true;
    bool dashes = true;

    for (size_t i = 0; i < word.size; i++) {
        digits &= app_digit(word.base[i]) && word.size < 8;
        dashes &= word.base[i] == '-' || word.base[i] == '|';
    }
    return digits || dashes;
}

/*
 * The usual case of what follows: a request id, a level in capitals, and a blank or tab in front of
 * each and behind them.  False, and nothing is set, for anything else.
 */
static bool app_id_and_level(struct slice rest, struct line *line)
{
    size_t end = 1 + APP_UUID_SIZE + 1;

    if (rest.size <= end || !app_is_space(rest.base[0]) || !app_is_space(rest.base[end - 1])) {
        return false;
    }
    size_t level = end;
    while (end < rest.size && rest.base[end] >= 'A' && rest.base[end] <= 'Z') {
        end++;
    }
    if (end == rest.size || !app_is_space(rest.base[end])) {
        return false;
    }
    struct slice word = slice_of(rest.base + level, end - level);
    uint32_t severity = line_level_word(word);
    if (severity == SEVERITY_UNKNOWN) {
        return false;
    }
    line_ids_request(line, slice_of(rest.base + 1, APP_UUID_SIZE));
    if (!line->has_request) {
        line->request_text = SLICE_EMPTY;
        return false;
    }
    line->severity = severity;
    line->level = word;
    line->text = app_text_after(slice_skip(rest, end));
    return true;
}

/*
 * Behind a time: request id, thread, logger, level, in the order that the library likes.  The text
 * is what follows the level, or, without one, what follows the id or the time.
 */
static void app_words(struct slice rest, struct line *line)
{
    bool separated = false;
    bool id = false;

    if (app_id_and_level(rest, line)) {
        return;
    }
    line->text = app_text_after(rest);
    for (unsigned i = 0; i < LINE_PREFIX_WORD_COUNT_MAX; i++) {
        struct slice word;
        line_scan_gap(&rest);
        if (rest.size > 0 && rest.base[0] == '|') {
            rest = slice_skip(rest, 1);
        }
        if (app_bracket(&rest, 64, &word)) {
            if (app_take_level(word, true, line)) {
                line->text = app_text_after(rest);
                return;
            }
            continue;
        }
        struct slice after = rest;
        word = line_scan_word(&after);
        size_t end = slice_find_byte(word, '|');
        if (end != SLICE_NONE && end > 0) {
            word = slice_take(word, end);
            after = slice_skip(rest, end);
        } else if (slice_ends(word, SLICE(":"))) {
            word.size--;
        }
        /* Of .NET's "info" and "fail"; longer words without capitals may be the text. */
        if (app_take_level(word, separated || (id && word.size == 4), line)) {
            line->text = app_text_after(after);
            return;
        }
        if (!id && (app_is_uuid(word) || slice_equal(word, SLICE("undefined")))) {
            if (word.size == APP_UUID_SIZE) {
                line_ids_request(line, word);
            }
            id = true;
            line->text = app_text_after(after);
        } else if (app_is_noise(word)) {
            separated = true;
        } else if (!separated) {
            return;
        } else {
            separated = false;
        }
        rest = after;
    }
}

/* ---- Forms. ---- */

/* "2023-12-05T22:14:43.862Z\t<id>\tINFO\t...", "2023/06/02 11:27:22 ...", "12:00:00.000 [main] ..."
 */
static void app_dated(struct slice rest, struct line *line)
{
    struct slice after = rest;

    if (rest.size == 0 || rest.base[0] == '|' || line_scan_gap(&after) != GAP_NONE) {
        app_words(rest, line);
    }
}

/* Python's runtime, when an invocation failed: "[ERROR] ValueError: x", and then a traceback.  A
 * class that does not sound like an error is known by that. */
static void app_python(struct slice text, struct line *line)
{
    struct slice name, rest;

    if (!line_error_name(text, true, &name)) {
        return;
    }
    if (name.size == text.size) {
        line->doubt = DOUBT_TRACEBACK; /* The exception had no message. */
        return;
    }
    line_scan_first_line(text, &rest);
    bool trace = slice_starts(rest, SLICE("Traceback (most recent call last)"));
    if (trace) {
        line_error_set(line, name);
    } else if (rest.size == 0 && !line_error_name(text, false, &name)) {
        line->doubt = DOUBT_TRACEBACK;
    }
    line->unhandled = trace || line_error_name(text, false, &name);
}

/* "[INFO]\t<time>\t<id>\t...", "[ERROR] ValueError: ...", "[Information] - ...", "[time] ..." */
static bool app_bracketed(struct slice text, struct line *line)
{
    struct slice rest = text;
    struct slice inside;

    if (!app_bracket(&rest, 40, &inside)) {
        return false;
    }
    if (!app_take_level(inside, true, line)) {
        return line_ids_time(&inside, &line->time_ns) && (app_words(rest, line), true);
    }
    struct slice after = rest;
    enum line_gap gap = line_scan_gap(&after);
    line->text = app_text_after(rest);
    if (line_ids_time(&after, &line->time_ns)) {
        line_scan_gap(&after);
        struct slice word_rest = after;
        struct slice word = line_scan_word(&word_rest);
        if (app_is_uuid(word)) {
            line_ids_request(line, word);
            after = word_rest;
        }
        line->text = app_text_after(after);
    } else if (gap == GAP_BLANK && line->severity >= SEVERITY_ERROR) {
        app_python(after, line);
    }
    return true;
}

/* "I, [2019-11-14T21:14:39.026Z #8]  INFO <id> -- : ..." */
static bool app_ruby(struct slice text, struct line *line)
{
    struct slice rest = slice_skip(text, 3);
    struct slice inside;

    if (text.size < 8 || text.base[1] != ',' || text.base[2] != ' ' ||
        !app_bracket(&rest, 64, &inside) || !line_ids_time(&inside, &line->time_ns)) {
        return false;
    }
    line_scan_gap(&rest);
    if (!app_take_level(line_scan_word(&rest), true, line)) {
        line->level = slice_take(text, 1);
    }
    line_scan_gap(&rest);
    struct slice after = rest;
    struct slice word = line_scan_word(&after);
    if (app_is_uuid(word)) {
        line_ids_request(line, word);
        rest = after;
        line_scan_gap(&rest);
    }
    if (line_scan_take(&rest, SLICE("--"))) {
        size_t colon = slice_find(slice_take(rest, 160), SLICE(": "));
        rest = slice_skip(rest, colon == SLICE_NONE ? 0 : colon + 2);
    }
    line->text = rest;
    return true;
}

/* "INFO ...", "INFO:root:...", "warn: ...", "ERROR RequestId: <id> ..." */
static bool app_leveled(struct slice text, struct line *line)
{
    size_t size = 0;

    while (size < text.size && size < 12 && (text.base[size] | 0x20) >= 'a' &&
           (text.base[size] | 0x20) <= 'z') {
        size++;
    }
    if (size < 3 || size == text.size || size > 11 || slice_starts(text, SLICE("panic: ")) ||
        slice_starts(text, SLICE("FATAL ERROR: "))) {
        return false;
    }
    struct slice rest = app_uncoloured(slice_skip(text, size));
    if (rest.size == 0) {
        return false;
    }
    bool colon = rest.base[0] == ':';
    struct slice after = colon ? slice_skip(rest, 1) : rest;
    struct slice behind = after;
    bool gap = line_scan_gap(&behind) != GAP_NONE;
    if (!colon && !gap && rest.base[0] != '|') {
        return false;
    }
    if (!app_take_level(slice_take(text, size), colon && gap, line)) {
        return false;
    }
    line->text = app_text_after(after);
    struct slice words = line->text;
    if (line_scan_take(&words, SLICE("RequestId:"))) {
        line_scan_gap(&words);
        struct slice word = line_scan_word(&words);
        if (app_is_uuid(word)) {
            line_ids_request(line, word);
            line->text = app_text_after(words);
        }
    } else if (line_ids_time(&words, &line->time_ns)) {
        line->text = app_text_after(words);
    }
    return true;
}

/* "Jan 02, 2023 3:04:05 PM com.example.Handler handle\nINFO: ..." */
static bool app_jul(struct slice text, struct line *line)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct slice rest;

    if (text.size < 20 || text.base[3] != ' ' || !app_digit(text.base[4]) ||
        slice_find(slice_from(months), slice_take(text, 3)) % 3 != 0) {
        return false;
    }
    line_scan_first_line(slice_take(text, 512), &rest);
    return rest.size > 0 && app_leveled(slice_skip(text, (size_t)(rest.base - text.base)), line);
}

/* "13 Mar 2021 20:43:37,640 [INFO] (rapid) ...": the emulator of the platform. */
static bool app_emulator(struct slice text, struct line *line)
{
    size_t at = slice_find_byte(slice_take(text, 32), '[');
    struct slice rest = slice_skip(text, at == SLICE_NONE ? text.size : at);
    struct slice inside;

    if (at == SLICE_NONE || !app_bracket(&rest, 16, &inside) ||
        !app_take_level(inside, true, line)) {
        return false;
    }
    line->text = app_text_after(rest);
    return true;
}

/* "RequestId: <id> ..." that is no exit. */
static bool app_with_request(struct slice text, struct line *line)
{
    struct slice rest = text;

    if (!line_scan_take(&rest, SLICE("RequestId: "))) {
        return false;
    }
    struct slice word = line_scan_word(&rest);
    if (!app_is_uuid(word)) {
        return false;
    }
    line_ids_request(line, word);
    line->text = app_text_after(rest);
    return true;
}

static void app_word(struct slice text, struct line *line)
{
    if (text.base[0] >= 'a' && app_logfmt_read(text, line)) {
        return;
    }
    if (app_leveled(text, line)) {
        return;
    }
    switch (text.base[0]) {
    case 'D':
    case 'I':
    case 'W':
    case 'E':
    case 'F':
    case 'A':
        if (text.size > 2 && text.base[1] == ',' && app_ruby(text, line)) {
            return;
        }
        (void)app_jul(text, line);
        break;
    case 'J':
    case 'M':
    case 'S':
    case 'O':
    case 'N':
        (void)app_jul(text, line);
        break;
    case 'R':
        (void)app_with_request(text, line);
        break;
    default:
        break;
    }
}

/* ---- The text. ---- */

/* "trace_id=...", "dd.trace_id=...", "traceId=..." near the beginning: what stands before an equals
 * sign tells. */
static void app_find_trace(struct slice text, struct line *line)
{
    struct slice head = slice_take(text, LINE_TRACE_SEARCH_SIZE);

    for (;;) {
        size_t at = slice_find_byte(head, '=');
        if (at == SLICE_NONE) {
            return;
        }
        struct slice name = slice_take(head, at);
        const unsigned char *end = name.base + at;
        if (at < 7 || (end[-1] | 0x20) != 'd' ||
            (end[-7] != 'r' && end[-6] != 'r' && end[-7] != 's' && end[-6] != 's')) {
            head = slice_skip(head, at + 1);
            continue;
        }
        bool trace = slice_ends(name, SLICE("race_id")) || slice_ends(name, SLICE("raceId")) ||
                     slice_ends(name, SLICE("raceID")) || slice_ends(name, SLICE("race.id"));
        bool span = slice_ends(name, SLICE("span_id")) || slice_ends(name, SLICE("spanId"));
        head = slice_skip(head, at + 1);
        size_t size = 0;
        while ((trace || span) && size < head.size && size < 64 &&
               (app_digit(head.base[size]) || head.base[size] == '-' ||
                ((head.base[size] | 0x20) >= 'a' && (head.base[size] | 0x20) <= 'f'))) {
            size++;
        }
        if (trace && !line->has_trace) {
            (void)line_ids_trace(line, slice_take(head, size));
        } else if (span && !line->has_segment) {
            line_ids_segment(line, slice_take(head, size));
        }
    }
}

/* The object in "Invoke Error \t{...}", or the object that the text is. */
static void app_inner_object(struct line *line)
{
    struct slice text = line->text;
    struct slice rest;

    if (text.size > 0 && text.base[0] != '{' && line->unhandled) {
        size_t brace = slice_find_byte(slice_take(text, 128), '{');
        text = slice_skip(text, brace == SLICE_NONE ? text.size : brace);
    }
    if (text.size == 0 || text.base[0] != '{') {
        return;
    }
    /* The platform's objects behind a prefix are what somebody printed: they are no events. */
    struct line inner = *line;
    if (app_json_is_platform(text) || !app_json_read(text, &inner, &rest) ||
        slice_trim(rest).size > 0) {
        return;
    }
    if (line->unhandled) {
        inner.text = line->text;
        inner.text_escaped = false;
        inner.unhandled = true;
    }
    *line = inner;
}

/* Rust's runtime, when an invocation failed: an error of its own, not of the function's crates. */
static bool app_rust(const struct line *line)
{
    struct slice rest = line->text;
    size_t end;

    if (line->severity != SEVERITY_ERROR ||
        !line_scan_take(&rest, SLICE("Lambda runtime invoke{"))) {
        return false;
    }
    end = slice_find(slice_take(rest, 512), SLICE("}: lambda_runtime::"));
    return end != SLICE_NONE && end == slice_find(slice_take(rest, 512), SLICE("}: "));
}

/* What the text says, whatever was before it. */
static void app_finish(struct line *line)
{
    line_error_read(line->text, line);
    if (app_rust(line)) {
        line->unhandled = true;
        line->exception = true;
    }
    app_inner_object(line);
    if (!line->json) {
        app_find_trace(line->text, line);
    }
    if (line->unhandled && line->severity == SEVERITY_UNKNOWN) {
        line->severity = SEVERITY_ERROR;
    }
}

/* "boom: InvalidOperationException" and then frames: .NET's runtime of old. */
static bool app_dotnet(struct slice text, struct line *line)
{
    struct slice rest;
    struct slice name;
    struct slice first = line_scan_first_line(text, &rest);

    if (line_scan_gap(&rest) == GAP_NONE || !slice_starts(rest, SLICE("at ")) ||
        !line_error_tail(first, &name)) {
        return false;
    }
    line_error_set(line, name);
    return true;
}

void app_line_read(struct slice text, struct line *line)
{
    line->kind = LINE_APP;
    line->text = text;
    if (text.size == 0) {
        return;
    }
    struct slice name;
    struct slice plain = app_uncoloured(text);
    unsigned char first = plain.size == 0 ? 0 : plain.base[0];
    if (first == '[') {
        (void)app_bracketed(plain, line);
    } else if (app_digit(first)) {
        (void)app_emulator(plain, line);
    } else if (first >= 'A' && first <= 'z') {
        app_word(plain, line);
    }
    app_finish(line);
    if (line->unhandled || line->text.base != text.base) {
        return;
    }
    if (line->exception && (line_error_java_trace(text) || app_dotnet(text, line))) {
        line->doubt = DOUBT_LAST;
    } else if (!line->exception && !line->json && line_error_tail(text, &name)) {
        line->doubt = DOUBT_CLASS;
    }
}

void app_line_dated(struct slice text, struct slice rest, struct line *line)
{
    line->kind = LINE_APP;
    line->text = text;
    app_dated(rest, line);
    app_finish(line);
}
