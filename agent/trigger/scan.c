/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/scan.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <string.h>

/* A piece is given as soon as less room than this is left, two characters of UTF-8: always at the
 * same byte, however the input is cut. */
#define PIECE_ROOM (2u * (size_t)UTF8_SIZE_MAX)

/* Bytes that matter outside of strings in a container that nobody wants. */
static const bool structural[256] = {
    ['"'] = true, ['{'] = true, ['['] = true, ['}'] = true, [']'] = true,
};

_Static_assert(TRIGGER_DEPTH_MAX <= 32, "objects has a bit for each level");

void scan_init(struct scan *scan, unsigned want)
{
    scan->state = SCAN_AT_VALUE;
    scan->want = want;
    scan->depth = 0;
    scan->size = 0;
    scan->given = false;
    scan->too_long = false;
    scan->escaped = false;
    scan->digits = 0;
    scan->high = 0;
    scan->skipped = 0;
    scan->objects = 0;
}

struct slice scan_text(const struct scan *scan)
{
    return scan->too_long ? SLICE_EMPTY : slice_of(scan->text, scan->size);
}

/* One of the three words, or what begins as numbers do. */
static bool scalar_valid(const struct scan *scan)
{
    struct slice text = slice_of(scan->text, scan->size);
    unsigned char first = text.base[0];
    return (first >= '0' && first <= '9') || first == '-' || slice_equal(text, SLICE("true")) ||
           slice_equal(text, SLICE("false")) || slice_equal(text, SLICE("null"));
}

bool scan_complete(const struct scan *scan)
{
    return scan->state == SCAN_AT_END ||
           (scan->state == SCAN_IN_SCALAR && scan->depth == 0 && scalar_valid(scan));
}

static bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_scalar(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '-' ||
           byte == '+' || byte == '.' || byte == 'E';
}

static bool in_object(const struct scan *scan)
{
    return scan->depth > 0 && (scan->objects >> (scan->depth - 1) & 1u) != 0;
}

static enum scan_token fault(struct scan *scan)
{
    scan->state = SCAN_AT_FAULT;
    return SCAN_BAD;
}

static void value_over(struct scan *scan)
{
    scan->state = scan->depth > 0 ? SCAN_AT_NEXT : SCAN_AT_END;
}

static void text_begin(struct scan *scan, enum scan_state state)
{
    scan->state = state;
    scan->size = 0;
    scan->given = false;
    scan->too_long = false;
    scan->escaped = false;
    scan->digits = 0;
    scan->high = 0;
}

static void put(struct scan *scan, const unsigned char *bytes, size_t size)
{
    if (size > sizeof(scan->text) - scan->size) {
        scan->too_long = true;
        return;
    }
    memcpy(scan->text + scan->size, bytes, size);
    scan->size += size;
}

static void put_code_point(struct scan *scan, uint32_t code_point)
{
    unsigned char bytes[UTF8_SIZE_MAX];
    put(scan, bytes, utf8_encode(code_point, bytes));
}

/* A first half of a pair whose second half does not follow. */
static void put_lone_half(struct scan *scan)
{
    if (scan->high != 0) {
        scan->high = 0;
        put_code_point(scan, UTF8_REPLACEMENT);
    }
}

static void put_unit(struct scan *scan, uint32_t unit)
{
    bool low = unit >= 0xdc00 && unit <= 0xdfff;
    if (scan->high != 0 && low) {
        put_code_point(scan, 0x10000 + ((scan->high - 0xd800) << 10) + (unit - 0xdc00));
        scan->high = 0;
        return;
    }
    put_lone_half(scan);
    if (unit >= 0xd800 && unit <= 0xdbff) {
        scan->high = unit;
    } else {
        put_code_point(scan, low ? UTF8_REPLACEMENT : unit);
    }
}

/* The byte after a backslash, or a digit of \u.  False: it is none. */
static bool put_escape(struct scan *scan, unsigned char byte)
{
    static const unsigned char plain[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };
    if (scan->digits > 0) {
        int digit = hex_digit(byte);
        if (digit < 0) {
            return false;
        }
        scan->unit = scan->unit << 4 | (uint32_t)digit;
        scan->digits--;
        if (scan->digits == 0) {
            scan->escaped = false;
            put_unit(scan, scan->unit);
        }
        return true;
    }
    if (byte == 'u') {
        scan->digits = 4;
        scan->unit = 0;
        return true;
    }
    if (plain[byte] == 0) {
        return false;
    }
    scan->escaped = false;
    put_lone_half(scan);
    put(scan, &plain[byte], 1);
    return true;
}

/* The plain bytes at the front of a string, no more than the limit. */
static size_t plain_size(struct slice input, size_t limit)
{
    size_t end = input.size < limit ? input.size : limit;
    size_t size = 0;
    while (size < end && input.base[size] != '"' && input.base[size] != '\\') {
        size++;
    }
    return size;
}

/* Read a text that is wanted.  SCAN_MORE: it goes on; else the token. */
static enum scan_token read_text(struct scan *scan, struct slice *input, enum scan_token token)
{
    bool pieces = scan->state == SCAN_IN_PIECES;
    if (pieces && scan->given) {
        scan->given = false;
        scan->size = 0;
    }
    while (input->size > 0) {
        size_t room = sizeof(scan->text) - scan->size;
        if (pieces && room < PIECE_ROOM) {
            scan->given = true;
            return SCAN_PIECE;
        }
        unsigned char byte = input->base[0];
        if (scan->escaped) {
            *input = slice_skip(*input, 1);
            if (!put_escape(scan, byte)) {
                return fault(scan);
            }
            continue;
        }
        size_t plain = plain_size(*input, pieces ? room - (PIECE_ROOM - 1) : SIZE_MAX);
        if (plain > 0) {
            put_lone_half(scan);
            put(scan, input->base, plain);
            *input = slice_skip(*input, plain);
            continue;
        }
        *input = slice_skip(*input, 1);
        if (byte == '"') {
            put_lone_half(scan);
            return token;
        }
        scan->escaped = true;
    }
    return SCAN_MORE;
}

/* Texts that are full of escapes are walked, others are searched: after this many bytes, and so
 * many at a time, that each byte is looked at twice and not more often. */
#define WALKED_MAX   ((size_t)32)
#define SEARCHED_MAX ((size_t)1024)

/* The first quote or backslash at or behind this place, or the size. */
static size_t find_special(struct slice input, size_t at)
{
    size_t walked = input.size - at < WALKED_MAX ? input.size : at + WALKED_MAX;
    while (at < walked && input.base[at] != '"' && input.base[at] != '\\') {
        at++;
    }
    if (at < walked) {
        return at;
    }
    while (at < input.size) {
        struct slice block = slice_take(slice_skip(input, at), SEARCHED_MAX);
        size_t quote = slice_find_byte(block, '"');
        struct slice front = slice_take(block, quote); /* SLICE_NONE is more than there is. */
        size_t backslash = slice_find_byte(front, '\\');
        at += backslash != SLICE_NONE ? backslash : front.size;
        if (backslash != SLICE_NONE || quote != SLICE_NONE) {
            return at;
        }
    }
    return at;
}

/* Pass over a string.  True: its end was read. */
static bool skip_text(struct scan *scan, struct slice *input)
{
    size_t at = scan->escaped ? 1 : 0;
    scan->escaped = false;
    while ((at = find_special(*input, at)) < input->size && input->base[at] == '\\') {
        if (input->size - at < 2) {
            scan->escaped = true;
            break;
        }
        at += 2;
    }
    bool over = at < input->size && !scan->escaped;
    *input = slice_skip(*input, over ? at + 1 : input->size);
    return over;
}

/* Pass over a container up to the end of the input, a string in it, or its own end. */
static void skip_container(struct scan *scan, struct slice *input)
{
    size_t at = 0;
    while (at < input->size && scan->state == SCAN_IN_CONTAINER) {
        unsigned char byte = input->base[at];
        at++;
        if (!structural[byte]) {
            continue;
        }
        if (byte == '"') {
            scan->state = SCAN_IN_STRING;
            scan->escaped = false;
        } else if (byte == '{' || byte == '[') {
            scan->skipped++;
        } else {
            scan->skipped--;
            if (scan->skipped == 0) {
                value_over(scan);
            }
        }
    }
    *input = slice_skip(*input, at);
}

static enum scan_token begin_container(struct scan *scan, bool object)
{
    if ((scan->want & SCAN_WALK) == 0 || scan->depth == TRIGGER_DEPTH_MAX) {
        scan->state = SCAN_IN_CONTAINER;
        scan->skipped = 1;
        return SCAN_MORE;
    }
    uint32_t bit = UINT32_C(1) << scan->depth;
    scan->objects = object ? scan->objects | bit : scan->objects & ~bit;
    scan->depth++;
    scan->state = object ? SCAN_AT_MEMBER : SCAN_AT_ELEMENT;
    return object ? SCAN_OBJECT : SCAN_ARRAY;
}

static enum scan_token close_container(struct scan *scan)
{
    scan->depth--;
    value_over(scan);
    return SCAN_CLOSE;
}

static enum scan_token begin_value(struct scan *scan, struct slice *input)
{
    unsigned char byte = input->base[0];
    if (byte == '"') {
        *input = slice_skip(*input, 1);
        text_begin(scan, (scan->want & SCAN_TAKE) != 0     ? SCAN_IN_TAKEN
                         : (scan->want & SCAN_PIECES) != 0 ? SCAN_IN_PIECES
                                                           : SCAN_IN_SKIPPED);
        return SCAN_MORE;
    }
    if (byte == '{' || byte == '[') {
        *input = slice_skip(*input, 1);
        return begin_container(scan, byte == '{');
    }
    if (!is_scalar(byte)) {
        return fault(scan);
    }
    text_begin(scan, SCAN_IN_SCALAR);
    return SCAN_MORE;
}

static enum scan_token read_scalar(struct scan *scan, struct slice *input)
{
    size_t size = 0;
    while (size < input->size && is_scalar(input->base[size])) {
        size++;
    }
    bool wanted = (scan->want & SCAN_TAKE) != 0;
    if (size > 0) {
        put(scan, input->base, size);
    }
    *input = slice_skip(*input, size);
    if (input->size == 0) {
        return SCAN_MORE;
    }
    if (!scalar_valid(scan)) {
        return fault(scan);
    }
    value_over(scan);
    if (wanted && slice_equal(scan_text(scan), SLICE("null"))) {
        scan->size = 0;
    }
    return wanted ? SCAN_VALUE : SCAN_MORE;
}

/* The state's one byte between values. */
static enum scan_token read_mark(struct scan *scan, struct slice *input)
{
    unsigned char byte = input->base[0];
    bool object = in_object(scan);
    *input = slice_skip(*input, 1);
    if (scan->state == SCAN_AT_COLON && byte == ':') {
        scan->state = SCAN_AT_VALUE;
        return SCAN_MORE;
    }
    if (scan->state == SCAN_AT_NEXT && byte == ',') {
        scan->state = object ? SCAN_AT_KEY : SCAN_AT_VALUE;
        return SCAN_MORE;
    }
    if ((scan->state == SCAN_AT_NEXT || scan->state == SCAN_AT_MEMBER) &&
        byte == (object ? '}' : ']')) {
        return close_container(scan);
    }
    if ((scan->state == SCAN_AT_MEMBER || scan->state == SCAN_AT_KEY) && byte == '"') {
        text_begin(scan, SCAN_IN_KEY);
        return SCAN_MORE;
    }
    return fault(scan);
}

/* Read between values: white space, and then a byte that says what comes. */
static enum scan_token read_between(struct scan *scan, struct slice *input)
{
    size_t spaces = 0;
    while (spaces < input->size && is_space(input->base[spaces])) {
        spaces++;
    }
    *input = slice_skip(*input, spaces);
    if (input->size == 0) {
        return SCAN_MORE;
    }
    if (scan->state == SCAN_AT_ELEMENT && input->base[0] == ']') {
        *input = slice_skip(*input, 1);
        return close_container(scan);
    }
    if (scan->state == SCAN_AT_VALUE || scan->state == SCAN_AT_ELEMENT) {
        return begin_value(scan, input);
    }
    return read_mark(scan, input);
}

/* Go on where the last byte left us. */
static enum scan_token resume(struct scan *scan, struct slice *input)
{
    enum scan_token token = SCAN_MORE;
    switch (scan->state) {
    case SCAN_IN_KEY:
        token = read_text(scan, input, SCAN_KEY);
        scan->state = token == SCAN_KEY ? SCAN_AT_COLON : scan->state;
        return token;
    case SCAN_IN_TAKEN:
    case SCAN_IN_PIECES:
        token = read_text(scan, input, scan->state == SCAN_IN_TAKEN ? SCAN_VALUE : SCAN_LAST);
        if (token == SCAN_VALUE || token == SCAN_LAST) {
            value_over(scan);
        }
        return token;
    case SCAN_IN_SKIPPED:
        if (skip_text(scan, input)) {
            value_over(scan);
        }
        return SCAN_MORE;
    case SCAN_IN_STRING:
        if (skip_text(scan, input)) {
            scan->state = SCAN_IN_CONTAINER;
        }
        return SCAN_MORE;
    case SCAN_IN_CONTAINER:
        skip_container(scan, input);
        return SCAN_MORE;
    case SCAN_IN_SCALAR:
        return read_scalar(scan, input);
    case SCAN_AT_VALUE:
    case SCAN_AT_ELEMENT:
    case SCAN_AT_MEMBER:
    case SCAN_AT_KEY:
    case SCAN_AT_COLON:
    case SCAN_AT_NEXT:
    case SCAN_AT_END:
        return read_between(scan, input);
    case SCAN_AT_FAULT:
        break;
    }
    return SCAN_BAD;
}

enum scan_token scan_step(struct scan *scan, struct slice *input)
{
    while (input->size > 0) {
        enum scan_token token = resume(scan, input);
        if (token != SCAN_MORE) {
            return token;
        }
    }
    return scan->state == SCAN_AT_FAULT ? SCAN_BAD : SCAN_MORE;
}

void scan_drop(struct scan *scan)
{
    if (scan->state != SCAN_IN_PIECES) {
        return;
    }
    /* Inside of an escape only its first byte could be taken for something else. */
    bool backslash = scan->escaped && scan->digits == 0;
    text_begin(scan, SCAN_IN_SKIPPED);
    scan->escaped = backslash;
}
