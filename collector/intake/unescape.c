/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/unescape.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/lanes.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* What may be written behind the text. */
#define UNESCAPE_SLACK (LANES_COUNT + UTF8_SIZE_MAX)

/* What stands for a letter behind a backslash; 0: none (u is apart).  The reader has checked. */
static const unsigned char unescape_letters[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

static uint32_t unescape_unit(const unsigned char *digits)
{
    uint32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        unit = unit << 4 | (uint32_t)(hex_digit(digits[i]) & 15);
    }
    return unit;
}

/* Decode \uXXXX (and the one behind it, if they are a pair) at `at`; its size in *used. */
static size_t unescape_unicode(struct slice raw, size_t at, unsigned char *out, size_t *used)
{
    uint32_t unit = unescape_unit(raw.base + at + 2);
    *used = 6;
    if (unit >= 0xd800 && unit <= 0xdfff) {
        uint32_t low = 0;
        if (unit < 0xdc00 && raw.size - at >= 12 && raw.base[at + 6] == '\\' &&
            raw.base[at + 7] == 'u') {
            low = unescape_unit(raw.base + at + 8);
        }
        if (low >= 0xdc00 && low <= 0xdfff) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            *used = 12;
        } else {
            unit = UTF8_REPLACEMENT;
        }
    }
    return utf8_encode(unit, out);
}

/* Decode the escape at `at` (and the second of a pair) to out; the answer is how many bytes that
 * is, *used how many it was. */
static size_t unescape_one(struct slice raw, size_t at, unsigned char *out, size_t *used)
{
    ENSURE(raw.size - at >= 2);
    unsigned char meaning = unescape_letters[raw.base[at + 1]];
    if (meaning != 0) {
        *used = 2;
        *out = meaning;
        return 1;
    }
    ENSURE(raw.base[at + 1] == 'u' && raw.size - at >= 6);
    return unescape_unicode(raw, at, out, used);
}

/* Copy up to the next backslash, or all of it; the answer is how many bytes that is.  Up to
 * LANES_COUNT bytes more are written. */
static inline size_t unescape_plain(const unsigned char *from, size_t size, unsigned char *to)
{
    size_t at = 0;
    for (; size - at >= LANES_COUNT; at += LANES_COUNT) {
        lanes bytes = lanes_load(from + at);
        unsigned first = lanes_first((lanes)(bytes == lanes_of('\\')));
        memcpy(to + at, &bytes, sizeof(bytes));
        if (first < LANES_COUNT) {
            return at + first;
        }
    }
    for (; at < size && from[at] != '\\'; at++) {
        to[at] = from[at];
    }
    return at;
}

struct slice unescape(struct json_string string, struct buf *out)
{
    struct slice raw = string.raw;
    if (!string.escaped) {
        return raw;
    }
    /* No escape is shorter than what it stands for. */
    unsigned char *begin = buf_reserve(out, raw.size + UNESCAPE_SLACK);
    if (begin == NULL) {
        return SLICE_EMPTY;
    }
    unsigned char *to = begin;
    size_t at = 0;
    for (;;) {
        size_t plain = unescape_plain(raw.base + at, raw.size - at, to);
        to += plain;
        at += plain;
        if (at == raw.size) {
            break;
        }
        size_t used;
        to += unescape_one(raw, at, to, &used);
        at += used;
    }
    size_t size = (size_t)(to - begin);
    buf_commit(out, size);
    return slice_of(begin, size);
}
