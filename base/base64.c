/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct slice bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t count = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t group = (uint32_t)bytes.base[i] << 16;
        if (count > 1) {
            group |= (uint32_t)bytes.base[i + 1] << 8;
        }
        if (count > 2) {
            group |= bytes.base[i + 2];
        }
        unsigned char text[4] = {'=', '=', '=', '='};
        for (size_t k = 0; k <= count; k++) {
            text[k] = (unsigned char)alphabet[group >> (18 - 6 * k) & 63];
        }
        buf_append(out, slice_of(text, sizeof(text)));
    }
}

size_t base64_decoded_size_max(size_t text_size)
{
    return text_size / 4 * 3 + 3;
}

int base64_digit(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A';
    }
    if (byte >= 'a' && byte <= 'z') {
        return byte - 'a' + 26;
    }
    if (byte >= '0' && byte <= '9') {
        return byte - '0' + 52;
    }
    if (byte == '+' || byte == '-') {
        return 62;
    }
    if (byte == '/' || byte == '_') {
        return 63;
    }
    return -1;
}

/* The text without its padding, or with it if the padding is wrong. */
static struct slice base64_unpad(struct slice text)
{
    if (text.size == 0 || text.size % 4 != 0) {
        return text;
    }
    for (unsigned i = 0; i < 2 && text.base[text.size - 1] == '='; i++) {
        text.size--;
    }
    return text;
}

static bool base64_check(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (base64_digit(text.base[i]) < 0) {
            return false;
        }
    }
    if (text.size % 4 == 0) {
        return true;
    }
    if (text.size % 4 == 1) {
        return false;
    }
    /* Two digits hold 8 of 12 bits, three hold 16 of 18. */
    int unused = text.size % 4 == 2 ? 15 : 3;
    return (base64_digit(text.base[text.size - 1]) & unused) == 0;
}

bool base64_decode(struct slice text, struct buf *out)
{
    text = base64_unpad(text);
    if (!base64_check(text)) {
        return false;
    }
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.size; i++) {
        bits = bits << 6 | (uint32_t)base64_digit(text.base[i]);
        count += 6;
        if (count >= 8) {
            count -= 8;
            buf_append_byte(out, (unsigned char)(bits >> count));
        }
    }
    return true;
}
