/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "base/utf8.h"

#include <string.h>

static unsigned char json_string_byte(struct slice text, size_t at)
{
    return at < text.size ? text.base[at] : 0;
}

size_t json_string_escape(struct slice text, size_t *wrong)
{
    *wrong = 1;
    switch (json_string_byte(text, 1)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return 2;
    case 'u':
        for (*wrong = 2; *wrong < 6; (*wrong)++) {
            if (hex_digit(json_string_byte(text, *wrong)) < 0) {
                return 0;
            }
        }
        return 6;
    default:
        return 0;
    }
}

/* The four digits of a \u escape at the front of text, which the reader has checked. */
static uint32_t json_string_unit(struct slice text)
{
    uint32_t unit = 0;

    for (size_t i = 2; i < 6; i++) {
        unit = unit << 4 | (uint32_t)hex_digit(text.base[i]);
    }
    return unit;
}

/* Decode the \u escape at the front, with the one behind it if they are a pair of surrogates; a
 * surrogate that is alone becomes U+FFFD. */
static size_t json_string_unicode(struct slice text, uint32_t *code_point)
{
    uint32_t unit = json_string_unit(text);

    *code_point = unit;
    if (unit < 0xd800 || unit > 0xdfff) {
        return 6;
    }
    *code_point = UTF8_REPLACEMENT;
    if (unit > 0xdbff || text.size < 12 || text.base[6] != '\\' || text.base[7] != 'u') {
        return 6;
    }
    uint32_t low = json_string_unit(slice_skip(text, 6));
    if (low < 0xdc00 || low > 0xdfff) {
        return 6;
    }
    *code_point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    return 12;
}

/*
 * Decode the piece at the front of what remains of a string: an escape, or
 * everything up to the next one.  The piece is in bytes or in the text itself.
 */
static struct slice json_string_piece(struct slice *rest, unsigned char bytes[UTF8_SIZE_MAX])
{
    if (rest->base[0] != '\\') {
        size_t size = slice_find_byte(*rest, '\\');
        struct slice plain = slice_take(*rest, size);
        *rest = slice_skip(*rest, plain.size);
        return plain;
    }
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (rest->base[1] != 'u') {
        const char *letter = strchr(letters, rest->base[1]);
        ENSURE(letter != NULL);
        bytes[0] = (unsigned char)meanings[letter - letters];
        *rest = slice_skip(*rest, 2);
        return slice_of(bytes, 1);
    }
    uint32_t code_point;
    size_t used = json_string_unicode(*rest, &code_point);
    *rest = slice_skip(*rest, used);
    return slice_of(bytes, utf8_encode(code_point, bytes));
}

bool json_string_equal(struct json_string string, struct slice text)
{
    unsigned char bytes[UTF8_SIZE_MAX];

    if (!string.escaped) {
        return slice_equal(string.raw, text);
    }
    struct slice rest = string.raw;
    while (rest.size > 0) {
        struct slice piece = json_string_piece(&rest, bytes);
        if (!slice_starts(text, piece)) {
            return false;
        }
        text = slice_skip(text, piece.size);
    }
    return text.size == 0;
}

void json_string_decode(struct json_string string, struct buf *out)
{
    unsigned char bytes[UTF8_SIZE_MAX];
    struct slice rest = string.raw;

    if (!string.escaped) {
        utf8_sanitise(string.raw, out);
        return;
    }
    while (rest.size > 0) {
        utf8_sanitise(json_string_piece(&rest, bytes), out);
    }
}

struct slice json_string_text(struct json_string string, struct arena *arena)
{
    if (!string.escaped || string.raw.size == 0) {
        return string.raw;
    }

    struct slice rest = string.raw;
    unsigned char bytes[UTF8_SIZE_MAX];
    size_t size = 0;
    while (rest.size > 0) {
        size += json_string_piece(&rest, bytes).size;
    }
    unsigned char *memory = arena_alloc(arena, size);
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    struct buf out;
    buf_init_fixed(&out, memory, size);
    rest = string.raw;
    while (rest.size > 0) {
        buf_append(&out, json_string_piece(&rest, bytes));
    }
    return buf_bytes(&out);
}
