/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pem.h"

#include "base/base64.h"

/* Inside base64, white space means nothing. */
static bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The bytes that the text stands for.  0: it is no base64, or they do not fit. */
static size_t decode(struct slice text, unsigned char *out, size_t room)
{
    size_t size = 0;
    unsigned bits = 0;
    unsigned count = 0; /* Of bits that are valid in bits. */
    bool padded = false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        int digit = base64_digit(byte);
        if (is_space(byte)) {
            continue;
        }
        if (byte == '=') {
            padded = true;
            continue;
        }
        if (digit < 0 || padded) {
            return 0;
        }
        bits = (bits << 6 | (unsigned)digit) & 0xfffu;
        count += 6;
        if (count >= 8) {
            if (size == room) {
                return 0;
            }
            count -= 8;
            out[size] = (unsigned char)(bits >> count);
            size++;
        }
    }
    return size;
}

/* How much of the end of the text could be the beginning of a marker. */
static size_t marker_tail(struct slice text, struct slice marker)
{
    size_t most = marker.size - 1 < text.size ? marker.size - 1 : text.size;
    for (size_t size = most; size > 0; size--) {
        if (slice_starts(marker, slice_skip(text, text.size - size))) {
            return size;
        }
    }
    return 0;
}

enum pem_answer pem_next(struct slice text, bool last, unsigned char *der, size_t room,
                         struct pem_block *block)
{
    const struct slice begin = SLICE("-----BEGIN CERTIFICATE-----");
    const struct slice end = SLICE("-----END CERTIFICATE-----");
    *block = (struct pem_block){.begin = slice_find(text, begin)};
    if (block->begin == SLICE_NONE) {
        block->consumed = last ? text.size : text.size - marker_tail(text, begin);
        block->begin = block->consumed;
        return last && text.size > 0 ? PEM_SKIPPED : PEM_PARTIAL;
    }
    struct slice rest = slice_skip(text, block->begin + begin.size);
    size_t size = slice_find(rest, end);
    if (size == SLICE_NONE) {
        block->consumed = last ? text.size : block->begin;
        return last ? PEM_SKIPPED : PEM_PARTIAL;
    }
    block->consumed = block->begin + begin.size + size + end.size;
    block->der_size = decode(slice_take(rest, size), der, room);
    return block->der_size > 0 ? PEM_GOT : PEM_SKIPPED;
}
