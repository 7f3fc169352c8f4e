/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/tar.h"

#include "base/ensure.h"
#include "base/number.h"

#include <string.h>

/* Where a header has what, and how long it is. */
#define TAR_NAME_AT     0
#define TAR_NAME_SIZE   100
#define TAR_SIZE_AT     124
#define TAR_SIZE_SIZE   12
#define TAR_SUM_AT      148
#define TAR_SUM_SIZE    8
#define TAR_TYPE_AT     156
#define TAR_MAGIC_AT    257
#define TAR_PREFIX_AT   345
#define TAR_PREFIX_SIZE 155

void tar_init(struct tar *tar)
{
    tar->place = TAR_HEADER;
    tar->held = 0;
    tar->named = false;
    tar->sized = false;
    tar->name_size = 0;
    tar->words_size = 0;
}

/* An octal number, or, with the first bit set, a binary one.  False: neither. */
static bool tar_number(const unsigned char *field, size_t size, uint64_t *value)
{
    size_t at = 0;
    *value = 0;
    if ((field[0] & 0x80) != 0) {
        for (at = size - 8; at < size; at++) {
            *value = *value << 8 | field[at];
        }
        return field[0] == 0x80;
    }
    while (at < size && field[at] == ' ') {
        at++;
    }
    while (at < size && field[at] >= '0' && field[at] <= '7') {
        *value = *value << 3 | (uint64_t)(field[at] - '0');
        at++;
    }
    return at == size || field[at] == '\0' || field[at] == ' ';
}

bool tar_is_header(struct slice block)
{
    uint64_t sum, seen = 0;
    if (block.size < TAR_BLOCK_SIZE || !tar_number(block.base + TAR_SUM_AT, TAR_SUM_SIZE, &sum)) {
        return false;
    }
    for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
        bool in_sum = i >= TAR_SUM_AT && i < TAR_SUM_AT + TAR_SUM_SIZE;
        seen += in_sum ? ' ' : block.base[i];
    }
    return seen == sum && block.base[0] != '\0';
}

static struct slice tar_field(const unsigned char *field, size_t size)
{
    const unsigned char *end = memchr(field, '\0', size);
    return slice_of(field, end == NULL ? size : (size_t)(end - field));
}

static void tar_append_name(struct tar *tar, struct slice part)
{
    size_t room = sizeof(tar->name) - tar->name_size;
    size_t size = part.size < room ? part.size : room;
    memcpy(tar->name + tar->name_size, part.base, size);
    tar->name_size += size;
}

static void tar_set_name(struct tar *tar)
{
    tar->name_size = 0;
    struct slice prefix = tar_field(tar->block + TAR_PREFIX_AT, TAR_PREFIX_SIZE);
    /* GNU's own format has times where POSIX has the prefix. */
    bool posix = memcmp(tar->block + TAR_MAGIC_AT, "ustar\0", 6) == 0;
    if (posix && prefix.size > 0) {
        tar_append_name(tar, prefix);
        tar_append_name(tar, SLICE("/"));
    }
    tar_append_name(tar, tar_field(tar->block + TAR_NAME_AT, TAR_NAME_SIZE));
}

static bool tar_is_blank(const struct tar *tar)
{
    return tar->block[0] == '\0' && memcmp(tar->block, tar->block + 1, TAR_BLOCK_SIZE - 1) == 0;
}

/* A block of a header is complete. */
static enum tar_step tar_header(struct tar *tar)
{
    uint64_t size;
    tar->held = 0;
    if (tar_is_blank(tar)) {
        tar->place = TAR_END;
        return TAR_MORE;
    }
    if (!tar_is_header(slice_of(tar->block, TAR_BLOCK_SIZE)) ||
        !tar_number(tar->block + TAR_SIZE_AT, TAR_SIZE_SIZE, &size)) {
        tar->place = TAR_END;
        return TAR_BROKEN;
    }
    unsigned char type = tar->block[TAR_TYPE_AT];
    tar->kind = type == 'L'                                  ? TAR_LONG_NAME
                : type == 'x'                                ? TAR_PAX
                : type == '0' || type == '\0' || type == '7' ? TAR_FILE
                                                             : TAR_OTHER;
    if (tar->kind == TAR_FILE && tar->sized) {
        size = tar->size;
    }
    if (size > UINT64_C(1) << 50) {
        tar->place = TAR_END;
        return TAR_BROKEN;
    }
    tar->left = size;
    tar->padding = (size_t)((TAR_BLOCK_SIZE - size % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE);
    tar->words_size = 0;
    tar->place = TAR_DATA;
    if (tar->kind != TAR_FILE) {
        return TAR_MORE;
    }
    if (!tar->named) {
        tar_set_name(tar);
    }
    tar->named = false;
    tar->sized = false;
    return TAR_BEGIN;
}

/* "27 path=some/long/name\n", one after the other. */
static void tar_pax(struct tar *tar)
{
    struct slice rest = slice_of(tar->words, tar->words_size);
    while (rest.size > 0) {
        struct slice digits, record, key, value;
        uint64_t size;
        if (!slice_cut(rest, ' ', &digits, &record) ||
            number_parse_u64(digits, &size) != NUMBER_OK || size <= digits.size + 1 ||
            size > rest.size) {
            return;
        }
        record = slice_take(record, (size_t)size - digits.size - 1);
        rest = slice_skip(rest, (size_t)size);
        slice_cut(record, '=', &key, &value);
        value = slice_trim(value);
        if (slice_equal(key, SLICE("path"))) {
            tar->name_size = 0;
            tar_append_name(tar, value);
            tar->named = true;
        } else if (slice_equal(key, SLICE("size"))) {
            tar->sized = number_parse_u64(value, &tar->size) == NUMBER_OK;
        }
    }
}

static void tar_keep(struct tar *tar, struct slice data)
{
    size_t room = sizeof(tar->words) - tar->words_size;
    struct slice part = slice_take(data, room);
    if (part.size > 0) {
        memcpy(tar->words + tar->words_size, part.base, part.size);
        tar->words_size += part.size;
    }
}

/* A member's data has ended. */
static enum tar_step tar_member(struct tar *tar)
{
    tar->place = TAR_PADDING;
    switch (tar->kind) {
    case TAR_FILE:
        return TAR_FINISH;
    case TAR_LONG_NAME:
        tar->name_size = 0;
        tar_append_name(tar, tar_field(tar->words, tar->words_size));
        tar->named = true;
        break;
    case TAR_PAX:
        tar_pax(tar);
        break;
    case TAR_OTHER:
        break;
    }
    return TAR_MORE;
}

/* Take up to size bytes from the front. */
static struct slice tar_take(struct slice *bytes, uint64_t size)
{
    struct slice part = slice_take(*bytes, size < bytes->size ? (size_t)size : bytes->size);
    *bytes = slice_skip(*bytes, part.size);
    return part;
}

static enum tar_step tar_data(struct tar *tar, struct slice *bytes, struct slice *data)
{
    if (tar->left == 0) {
        return tar_member(tar);
    }
    *data = tar_take(bytes, tar->left);
    tar->left -= data->size;
    if (tar->kind == TAR_FILE) {
        return TAR_BYTES;
    }
    tar_keep(tar, *data);
    return TAR_MORE;
}

enum tar_step tar_read(struct tar *tar, struct slice *bytes, struct slice *data)
{
    for (;;) {
        enum tar_step step = TAR_MORE;
        struct slice part;
        /* The end of an empty member needs no byte. */
        if (bytes->size == 0 && (tar->place != TAR_DATA || tar->left > 0)) {
            return TAR_MORE;
        }
        switch (tar->place) {
        case TAR_HEADER:
            part = tar_take(bytes, TAR_BLOCK_SIZE - tar->held);
            memcpy(tar->block + tar->held, part.base, part.size);
            tar->held += part.size;
            if (tar->held == TAR_BLOCK_SIZE) {
                step = tar_header(tar);
            }
            break;
        case TAR_DATA:
            step = tar_data(tar, bytes, data);
            break;
        case TAR_PADDING:
            tar->padding -= tar_take(bytes, tar->padding).size;
            if (tar->padding == 0) {
                tar->place = TAR_HEADER;
            }
            break;
        case TAR_END:
            *bytes = SLICE_EMPTY; /* What is behind the end is no member. */
            break;
        }
        if (step != TAR_MORE) {
            return step;
        }
    }
}

struct slice tar_name(const struct tar *tar)
{
    return slice_of(tar->name, tar->name_size);
}

bool tar_is_whole(const struct tar *tar)
{
    return tar->place == TAR_END || (tar->place == TAR_HEADER && tar->held == 0) ||
           tar->place == TAR_PADDING;
}
