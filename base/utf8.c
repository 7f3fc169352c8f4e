/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/ensure.h"
#include "base/lanes.h"

#include <string.h>

/*
 * What may follow a first byte: how many bytes the character has and from
 * where to where its second byte goes.  The narrower ranges are what keeps
 * overlong forms, surrogates and code points beyond the last one out.
 */
struct utf8_lead {
    unsigned char size; /* 0: no character begins like this. */
    unsigned char low;
    unsigned char high;
};

static struct utf8_lead utf8_lead(unsigned char byte)
{
    if (byte < 0x80) {
        return (struct utf8_lead){1, 0, 0};
    }
    if (byte >= 0xc2 && byte <= 0xdf) {
        return (struct utf8_lead){2, 0x80, 0xbf};
    }
    if (byte >= 0xe0 && byte <= 0xef) {
        return (struct utf8_lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    }
    if (byte >= 0xf0 && byte <= 0xf4) {
        return (struct utf8_lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
    }
    return (struct utf8_lead){0, 0, 0};
}

/* How many bytes at the front belong together: all of a valid character (then *valid), or the
 * longest front of one, or one byte that is nothing.  The text is not empty. */
static size_t utf8_span(struct slice text, bool *valid)
{
    struct utf8_lead lead = utf8_lead(text.base[0]);
    size_t size = 1;

    *valid = false;
    if (lead.size == 0) {
        return 1;
    }
    while (size < lead.size && size < text.size) {
        unsigned char low = size == 1 ? lead.low : 0x80;
        unsigned char high = size == 1 ? lead.high : 0xbf;
        if (text.base[size] < low || text.base[size] > high) {
            return size;
        }
        size++;
    }
    *valid = size == lead.size;
    return size;
}

size_t utf8_decode(struct slice text, uint32_t *code_point)
{
    bool valid = false;

    if (text.size == 0) {
        return 0;
    }
    size_t size = utf8_span(text, &valid);
    if (!valid) {
        return 0;
    }
    static const unsigned char lead_masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t value = text.base[0] & lead_masks[size];
    for (size_t i = 1; i < size; i++) {
        value = value << 6 | (text.base[i] & 0x3f);
    }
    *code_point = value;
    return size;
}

size_t utf8_encode(uint32_t code_point, unsigned char bytes[UTF8_SIZE_MAX])
{
    ENSURE(code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff));
    if (code_point < 0x80) {
        bytes[0] = (unsigned char)code_point;
        return 1;
    }
    size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char lead_bits[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--) {
        bytes[i] = (unsigned char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    bytes[0] = (unsigned char)(lead_bits[size] | code_point);
    return size;
}

static bool utf8_ascii_eight(const unsigned char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

/* Whether it is ASCII, as most texts are.  Its last bytes are looked at with some before them that
 * are looked at twice: so there is no rest of odd size. */
static bool utf8_ascii(struct slice text)
{
    size_t at = 0;

    if (text.size >= LANES_COUNT) {
        lanes all = lanes_load(text.base + text.size - LANES_COUNT);
        for (; text.size - at >= 2 * LANES_COUNT; at += 2 * LANES_COUNT) {
            all |= lanes_load(text.base + at) | lanes_load(text.base + at + LANES_COUNT);
        }
        return !lanes_high(text.size - at >= LANES_COUNT ? all | lanes_load(text.base + at) : all);
    }
    if (text.size >= 8) {
        return utf8_ascii_eight(text.base) && utf8_ascii_eight(text.base + text.size - 8);
    }
    while (at < text.size && text.base[at] < 0x80) {
        at++;
    }
    return at == text.size;
}

size_t utf8_valid_size(struct slice text)
{
    size_t at = 0;

    if (utf8_ascii(text)) {
        return text.size;
    }
    while (at < text.size) {
        if (text.size - at >= LANES_COUNT && !lanes_high(lanes_load(text.base + at))) {
            at += LANES_COUNT;
            continue;
        }
        if (text.size - at >= 8 && utf8_ascii_eight(text.base + at)) {
            at += 8;
            continue;
        }
        if (text.base[at] < 0x80) {
            at++;
            continue;
        }
        bool valid = false;
        size_t size = utf8_span(slice_skip(text, at), &valid);
        if (!valid) {
            break;
        }
        at += size;
    }
    return at;
}

bool utf8_valid(struct slice text)
{
    return utf8_valid_size(text) == text.size;
}

void utf8_sanitise(struct slice text, struct buf *out)
{
    while (text.size > 0) {
        size_t good = utf8_valid_size(text);
        buf_append(out, slice_take(text, good));
        text = slice_skip(text, good);
        if (text.size > 0) {
            bool valid = false;
            buf_append(out, SLICE("\xef\xbf\xbd"));
            text = slice_skip(text, utf8_span(text, &valid));
        }
    }
}

struct slice utf8_truncate(struct slice text, size_t size_max)
{
    if (text.size <= size_max) {
        return text;
    }
    /* Step back over the rest of a character, which is three bytes at most; bytes that are no
     * UTF-8 may be cut anywhere. */
    size_t size = size_max;
    for (unsigned i = 0; i < UTF8_SIZE_MAX - 1 && size > 0; i++) {
        if ((text.base[size] & 0xc0) != 0x80) {
            return slice_take(text, size);
        }
        size--;
    }
    return slice_take(text, (text.base[size] & 0xc0) != 0x80 ? size : size_max);
}
