/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line_scan.h"

#include "base/lanes.h"

/* What a byte may begin. */
enum scan_class {
    SCAN_WORD = 0,
    SCAN_BLANK,
    SCAN_TAB,
    SCAN_NEWLINE,
    SCAN_ESCAPE, /* A backslash: perhaps a written tab or newline. */
    SCAN_WIDE,   /* The first byte of a dash or a blank outside of ASCII, perhaps. */
    SCAN_MARK,   /* A comma and its kin: a separator where white space follows. */
};

static const unsigned char scan_classes[256] = {
    [' '] = SCAN_BLANK,    ['\t'] = SCAN_TAB,     ['\v'] = SCAN_TAB,    ['\f'] = SCAN_TAB,
    ['\n'] = SCAN_NEWLINE, ['\r'] = SCAN_NEWLINE, ['\\'] = SCAN_ESCAPE, [0xe2] = SCAN_WIDE,
    [0xc2] = SCAN_WIDE,    [','] = SCAN_MARK,     [';'] = SCAN_MARK,    ['|'] = SCAN_MARK,
};

static size_t scan_escape(const unsigned char *at, size_t left, enum line_gap *gap)
{
    if (left < 2) {
        return 0;
    }
    if (at[1] == 't') {
        *gap = GAP_FIELD;
        return 2;
    }
    if (at[1] == 'n' || at[1] == 'r') {
        *gap = GAP_LINE;
        return 2;
    }
    return 0;
}

static size_t scan_wide(const unsigned char *at, size_t left, enum line_gap *gap)
{
    if (left >= 2 && at[0] == 0xc2 && at[1] == 0xa0) { /* A blank that does not break. */
        *gap = GAP_BLANK;
        return 2;
    }
    if (left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0x93 || at[2] == 0x94)) {
        *gap = GAP_FIELD; /* A dash of either length. */
        return 3;
    }
    return 0;
}

/* The size of the separator at the front, 0 for none. */
static size_t scan_separator(const unsigned char *at, size_t left, enum line_gap *gap)
{
    switch ((enum scan_class)scan_classes[at[0]]) {
    case SCAN_WORD:
        return 0;
    case SCAN_BLANK:
        *gap = GAP_BLANK;
        return 1;
    case SCAN_TAB:
        *gap = GAP_FIELD;
        return 1;
    case SCAN_NEWLINE:
        *gap = GAP_LINE;
        return 1;
    case SCAN_ESCAPE:
        return scan_escape(at, left, gap);
    case SCAN_WIDE:
        return scan_wide(at, left, gap);
    case SCAN_MARK:
        *gap = GAP_FIELD;
        return left == 1 || scan_classes[at[1]] == SCAN_BLANK || scan_classes[at[1]] == SCAN_TAB ||
                       scan_classes[at[1]] == SCAN_NEWLINE
                   ? 1
                   : 0;
    }
    return 0;
}

enum line_gap line_scan_gap(struct slice *rest)
{
    const unsigned char *at = rest->base;
    size_t left = rest->size;
    enum line_gap all = GAP_NONE;

    while (left > 0 && scan_classes[at[0]] != SCAN_WORD) {
        enum line_gap gap = GAP_NONE;
        size_t size = scan_separator(at, left, &gap);
        if (size == 0) {
            break;
        }
        if (gap == GAP_BLANK && all == GAP_BLANK) {
            gap = GAP_FIELD;
        }
        all = gap > all ? gap : all;
        at += size;
        left -= size;
    }
    rest->base = at;
    rest->size = left;
    return all;
}

/* How many bytes at the front are of a word for sure: to the first that may begin a separator. */
static size_t scan_plain(const unsigned char *at, size_t left)
{
    size_t size = 0;

    for (; left - size >= LANES_COUNT; size += LANES_COUNT) {
        lanes bytes = lanes_load(at + size);
        unsigned first =
            lanes_first((lanes)(bytes <= lanes_of(' ')) | (lanes)(bytes == lanes_of(',')) |
                        (lanes)(bytes == lanes_of(';')) | (lanes)(bytes == lanes_of('|')) |
                        (lanes)(bytes == lanes_of('\\')) | (lanes)(bytes > lanes_of(0x7f)));
        if (first < LANES_COUNT) {
            return size + first;
        }
    }
    return size;
}

struct slice line_scan_word(struct slice *rest)
{
    const unsigned char *begin = rest->base;
    size_t all = rest->size;
    size_t size = scan_plain(begin, all);
    enum line_gap gap;

    for (;; size++) {
        while (size < all && scan_classes[begin[size]] == SCAN_WORD) {
            size++;
        }
        if (size == all || scan_classes[begin[size]] == SCAN_BLANK ||
            scan_separator(begin + size, all - size, &gap) > 0) {
            break;
        }
    }
    rest->base = size == 0 ? begin : begin + size;
    rest->size = all - size;
    return (struct slice){begin, size};
}

/* The first backslash with an "n" behind it. */
static size_t scan_written_newline(struct slice text)
{
    size_t at = 0;

    for (;;) {
        size_t found = slice_find_byte(slice_skip(text, at), '\\');
        if (found == SLICE_NONE || at + found + 1 >= text.size) {
            return SLICE_NONE;
        }
        at += found;
        if (text.base[at + 1] == 'n') {
            return at;
        }
        at += 2;
    }
}

/* The lanes with a newline, real or perhaps written. */
static inline lanes scan_newlines(const unsigned char *at)
{
    lanes bytes = lanes_load(at);
    return (lanes)(bytes == lanes_of('\n')) | (lanes)(bytes == lanes_of('\r')) |
           (lanes)(bytes == lanes_of('\\'));
}

/* Whether there may be a newline in the text: one pass instead of one for each kind. */
static bool scan_has_newline(struct slice text)
{
    size_t at = 0;

    if (text.size < LANES_COUNT) {
        while (at < text.size && text.base[at] != '\n' && text.base[at] != '\r' &&
               text.base[at] != '\\') {
            at++;
        }
        return at < text.size;
    }
    lanes found = scan_newlines(text.base + text.size - LANES_COUNT);
    for (; text.size - at >= 2 * LANES_COUNT; at += 2 * LANES_COUNT) {
        found |= scan_newlines(text.base + at) | scan_newlines(text.base + at + LANES_COUNT);
    }
    if (text.size - at >= LANES_COUNT) {
        found |= scan_newlines(text.base + at);
    }
    return lanes_first(found) < LANES_COUNT;
}

struct slice line_scan_first_line(struct slice text, struct slice *rest)
{
    if (!scan_has_newline(text)) {
        *rest = slice_skip(text, text.size);
        return text;
    }
    size_t end = slice_find_byte(text, '\n');
    size_t next = end + 1;

    if (end == SLICE_NONE) {
        end = slice_find_byte(text, '\r');
        next = end + 1;
    }
    if (end == SLICE_NONE) {
        end = scan_written_newline(text);
        next = end + 2;
    }
    if (end == SLICE_NONE) {
        *rest = slice_skip(text, text.size);
        return text;
    }
    *rest = slice_skip(text, next);
    return slice_take(text, end);
}
