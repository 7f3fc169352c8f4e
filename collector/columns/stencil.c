/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/stencil.h"

#include "columns/filter.h"
#include "columns/varint.h"

#include "base/lanes.h"

#include <string.h>

size_t stencil_next(struct slice stencil, size_t at)
{
    while (stencil.size - at >= LANES_COUNT) {
        lanes bytes = lanes_load(stencil.base + at);
        unsigned first = lanes_first((lanes)(bytes < lanes_of(STENCIL_HOLE_END)));
        if (first < LANES_COUNT) {
            return at + first;
        }
        at += LANES_COUNT;
    }
    while (at < stencil.size && stencil.base[at] >= STENCIL_HOLE_END) {
        at++;
    }
    return at;
}

size_t stencil_kinds(struct slice stencil, unsigned char kinds[STENCIL_HOLE_MAX])
{
    size_t count = 0;
    for (size_t at = 0; (at = stencil_next(stencil, at)) < stencil.size; at++) {
        if (count < STENCIL_HOLE_MAX) {
            kinds[count] = stencil.base[at];
        }
        count++;
    }
    return count;
}

size_t stencil_number(int64_t number, unsigned char text[STENCIL_NUMBER_SIZE])
{
    unsigned char digits[STENCIL_NUMBER_SIZE];
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t at = sizeof(digits);
    do {
        digits[--at] = (unsigned char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0 && digits[at] != '1') {
        return 0;
    }
    at += number < 0;
    memcpy(text, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

static bool of_filled_word(unsigned char byte)
{
    return byte < STENCIL_HOLE_END || filter_of_word(byte);
}

void stencil_words(struct slice stencil, struct buf *out)
{
    size_t end = 0;
    for (size_t at = 0; (at = stencil_next(stencil, at)) < stencil.size; at = end) {
        size_t begin = at;
        while (begin > end && of_filled_word(stencil.base[begin - 1])) {
            begin--;
        }
        for (end = at + 1; end < stencil.size && of_filled_word(stencil.base[end]);) {
            end++;
        }
        buf_append(out, slice_of(stencil.base + begin, end - begin));
        buf_append_byte(out, ' ');
    }
}

size_t stencil_fill(struct slice stencil, const unsigned char **holes,
                    unsigned char line[STENCIL_FILLED_MAX])
{
    unsigned char *out = line;
    for (size_t at = 0; at < stencil.size; at++) {
        unsigned char byte = stencil.base[at];
        if (byte >= STENCIL_HOLE_END) {
            *out++ = byte;
            continue;
        }
        uint64_t told = varint_next(holes);
        if (byte == STENCIL_TEXT) {
            memcpy(out, *holes, (size_t)told);
            *holes += told;
            out += told;
        } else {
            out += stencil_number(varint_unfold(told), out);
        }
    }
    return (size_t)(out - line);
}
