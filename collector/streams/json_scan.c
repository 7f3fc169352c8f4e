/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/json_scan.h"

#include "streams/line_limits.h"

#include "base/json_read.h"
#include "base/lanes.h"

#include <stdint.h>
#include <string.h>

/* What a byte is to whoever steps over a nested value. */
enum scan_byte { SCAN_PLAIN, SCAN_QUOTE, SCAN_OPEN, SCAN_CLOSE };

static const unsigned char scan_bytes[256] = {
    ['"'] = SCAN_QUOTE, ['{'] = SCAN_OPEN,  ['['] = SCAN_OPEN,
    ['}'] = SCAN_CLOSE, [']'] = SCAN_CLOSE,
};

static bool scan_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

static const unsigned char *scan_blanks(const unsigned char *at, const unsigned char *end)
{
    while (at < end && scan_blank(*at)) {
        at++;
    }
    return at;
}

/* The first quote or backslash, or the end. */
static const unsigned char *scan_plain(const unsigned char *at, const unsigned char *end)
{
    for (; end - at >= LANES_COUNT; at += LANES_COUNT) {
        lanes bytes = lanes_load(at);
        unsigned first =
            lanes_first((lanes)(bytes == lanes_of('"')) | (lanes)(bytes == lanes_of('\\')));
        if (first < LANES_COUNT) {
            return at + first;
        }
    }
    while (at < end && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* The closing quote of a string whose first byte is at `at`; NULL if it does not end. */
static const unsigned char *scan_string_slowly(const unsigned char *at, const unsigned char *end,
                                               bool *escaped)
{
    *escaped = false;
    for (;;) {
        at = scan_plain(at, end);
        if (at == end) {
            return NULL;
        }
        if (*at == '"') {
            return at;
        }
        *escaped = true;
        size_t wrong;
        size_t size = json_string_escape(slice_of(at, (size_t)(end - at)), &wrong);
        if (size == 0) {
            return NULL;
        }
        at += size;
    }
}

/* The same, where most of what lines have in quotes is short and plain. */
static inline const unsigned char *scan_string(const unsigned char *at, const unsigned char *end,
                                               bool *escaped)
{
    if (end - at >= LANES_COUNT) {
        lanes bytes = lanes_load(at);
        unsigned first =
            lanes_first((lanes)(bytes == lanes_of('"')) | (lanes)(bytes == lanes_of('\\')));
        if (first < LANES_COUNT && at[first] == '"') {
            *escaped = false;
            return at + first;
        }
    }
    return scan_string_slowly(at, end, escaped);
}

/* Behind the closing bracket of the container that begins at `at`; NULL if there is none, or if it
 * is nested too deep. */
static const unsigned char *scan_container(const unsigned char *at, const unsigned char *end)
{
    uint64_t objects = 0;
    unsigned depth = 0;
    bool escaped;

    for (; at < end; at++) {
        switch ((enum scan_byte)scan_bytes[*at]) {
        case SCAN_PLAIN:
            break;
        case SCAN_QUOTE:
            at = scan_string(at + 1, end, &escaped);
            if (at == NULL) {
                return NULL;
            }
            break;
        case SCAN_OPEN:
            if (depth == JSON_SCAN_DEPTH_MAX) {
                return NULL;
            }
            objects = objects << 1 | (*at == '{');
            depth++;
            break;
        case SCAN_CLOSE:
            if (((objects & 1) != 0) != (*at == '}')) {
                return NULL;
            }
            objects >>= 1;
            depth--;
            if (depth == 0) {
                return at + 1;
            }
            break;
        }
    }
    return NULL;
}

static bool scan_scalar_byte(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '+' || byte == '.';
}

/* A value; what is behind it, or NULL. */
static const unsigned char *scan_value(const unsigned char *at, const unsigned char *end,
                                       struct json_member *member)
{
    const unsigned char *begin = at;

    member->escaped = false;
    if (at == end) {
        return NULL;
    }
    if (*at == '"') {
        member->kind = JSON_KIND_STRING;
        at = scan_string(at + 1, end, &member->escaped);
        if (at == NULL) {
            return NULL;
        }
        member->value = slice_of(begin + 1, (size_t)(at - begin - 1));
        return at + 1;
    }
    if (*at == '{' || *at == '[') {
        member->kind = *at == '{' ? JSON_KIND_OBJECT : JSON_KIND_ARRAY;
        at = scan_container(at, end);
    } else {
        member->kind = JSON_KIND_SCALAR;
        while (at < end && scan_scalar_byte(*at)) {
            at++;
        }
        at = at == begin ? NULL : at;
    }
    if (at != NULL) {
        member->value = slice_of(begin, (size_t)(at - begin));
    }
    return at;
}

/* A key and its colon; what is behind them, or NULL. */
static const unsigned char *scan_key(const unsigned char *at, const unsigned char *end,
                                     struct slice *key)
{
    bool escaped;

    if (at == end || *at != '"') {
        return NULL;
    }
    const unsigned char *begin = at + 1;
    at = scan_string(begin, end, &escaped);
    if (at == NULL) {
        return NULL;
    }
    *key = slice_of(begin, (size_t)(at - begin));
    at = scan_blanks(at + 1, end);
    return at < end && *at == ':' ? scan_blanks(at + 1, end) : NULL;
}

bool json_scan_begin(struct json_scan *scan, struct slice text)
{
    *scan = (struct json_scan){.rest = SLICE_EMPTY, .first = true};
    if (text.size == 0) {
        return false;
    }
    const unsigned char *end = text.base + text.size;
    const unsigned char *at = scan_blanks(text.base, end);
    if (at == end || (*at != '{' && *at != '[')) {
        return false;
    }
    scan->array = *at == '[';
    scan->rest = slice_of(at + 1, (size_t)(end - at - 1));
    return true;
}

bool json_scan_next(struct json_scan *scan, struct json_member *member)
{
    if (scan->complete || scan->rest.size == 0) {
        return false;
    }
    const unsigned char *end = scan->rest.base + scan->rest.size;
    const unsigned char *at = scan_blanks(scan->rest.base, end);
    if (at < end && *at == (scan->array ? ']' : '}')) {
        scan->complete = true;
        scan->rest = slice_of(at + 1, (size_t)(end - at - 1));
        return false;
    }
    if (!scan->first) {
        at = at < end && *at == ',' ? scan_blanks(at + 1, end) : NULL;
    }
    scan->first = false;
    member->key = SLICE_EMPTY;
    if (at != NULL && !scan->array) {
        at = scan_key(at, end, &member->key);
    }
    if (at != NULL) {
        at = scan_value(at, end, member);
    }
    if (at == NULL) {
        scan->rest = SLICE_EMPTY;
        return false;
    }
    scan->rest = slice_of(at, (size_t)(end - at));
    return true;
}
