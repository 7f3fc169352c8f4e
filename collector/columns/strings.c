/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/strings.h"

#include "columns/columns_limits.h"

#include "base/hex.h"
#include "base/lanes.h"
#include "base/uuid.h"

#include <string.h>

enum strings_form { FORM_PLAIN, FORM_UUID, FORM_HEX };

/* Shorter ones gain nothing from being packed. */
#define HEX_SIZE_MIN 8

/* ---- Writing. ---- */

static bool lower_hex(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'))) {
            return false;
        }
    }
    return true;
}

static bool any_upper(const unsigned char *at)
{
    return lanes_bits((lanes)(lanes_load(at) - lanes_of('A') < lanes_of(6))) != 0;
}

static bool parse_lower_uuid(struct slice text, struct uuid *uuid)
{
    return text.size == UUID_TEXT_SIZE && !any_upper(text.base) &&
           !any_upper(text.base + LANES_COUNT) &&
           !any_upper(text.base + UUID_TEXT_SIZE - LANES_COUNT) && uuid_parse(text, uuid);
}

/* Whether all are UUIDs, which scratch holds then; behind them there is room for a byte of each. */
static bool parse_uuids(const struct slice *strings, size_t count, struct buf *scratch)
{
    struct uuid uuid;
    if (!parse_lower_uuid(strings[0], &uuid)) {
        return false;
    }
    buf_reset(scratch);
    unsigned char *at = buf_reserve(scratch, count * (sizeof(uuid.bytes) + 1));
    for (size_t i = 0; at != NULL && i < count; i++) {
        if (!parse_lower_uuid(strings[i], &uuid)) {
            return false;
        }
        memcpy(at + i * sizeof(uuid.bytes), uuid.bytes, sizeof(uuid.bytes));
    }
    return true;
}

static bool are_hex(const struct slice *strings, size_t count)
{
    size_t i = 0;
    while (i < count && strings[i].size >= HEX_SIZE_MIN && strings[i].size % 2 == 0 &&
           lower_hex(strings[i])) {
        i++;
    }
    return i == count;
}

/* scratch holds the sizes, then what they are of. */
static void write_sized(struct ints_writer *writer, struct buf *out, const struct slice *strings,
                        size_t count, bool hex, struct buf *scratch)
{
    buf_reset(scratch);
    int64_t *sizes = (int64_t *)(void *)buf_reserve(scratch, count * sizeof(*sizes));
    size_t whole = 0;
    if (sizes == NULL) {
        out->overflowed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        sizes[i] = (int64_t)(hex ? strings[i].size / 2 : strings[i].size);
        whole += (size_t)sizes[i];
    }
    ints_write(writer, out, sizes, count);
    unsigned char *bytes = buf_reserve(scratch, whole);
    if (bytes == NULL) {
        out->overflowed = true;
        return;
    }
    unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        size_t size = hex ? strings[i].size / 2 : strings[i].size;
        if (hex) {
            bool good = hex_decode(strings[i], at, size);
            ENSURE(good);
        } else if (size > 0) {
            memcpy(at, strings[i].base, size);
        }
        at += size;
    }
    bytes_write(ints_bytes(writer), out, slice_of(bytes, whole), hex ? BYTES_RAW : BYTES_TEXT);
}

/* The first byte of each thing, then the second, ... */
static void write_planes(struct ints_writer *writer, struct buf *out, const unsigned char *things,
                         size_t count, size_t size, unsigned char *plane)
{
    for (size_t k = 0; count > 0 && k < size; k++) {
        for (size_t i = 0; i < count; i++) {
            plane[i] = things[i * size + k];
        }
        bytes_write(ints_bytes(writer), out, slice_of(plane, count), BYTES_NUMBER);
    }
}

void strings_write_fixed(struct ints_writer *writer, struct buf *out, const unsigned char *things,
                         size_t count, size_t size, struct buf *scratch)
{
    buf_reset(scratch);
    unsigned char *plane = buf_reserve(scratch, count);
    if (plane == NULL) {
        out->overflowed = true;
        return;
    }
    write_planes(writer, out, things, count, size, plane);
}

static void write_uuids(struct ints_writer *writer, struct buf *out, size_t count,
                        struct buf *scratch)
{
    size_t size = sizeof(((struct uuid *)NULL)->bytes);
    if (buf_overflowed(scratch)) {
        out->overflowed = true;
        return;
    }
    write_planes(writer, out, scratch->base, count, size, scratch->base + count * size);
}

void strings_write(struct ints_writer *writer, struct buf *out, const struct slice *strings,
                   size_t count, struct buf *scratch)
{
    if (count == 0) {
        return;
    }
    if (parse_uuids(strings, count, scratch)) {
        buf_append_byte(out, FORM_UUID);
        write_uuids(writer, out, count, scratch);
        return;
    }
    bool hex = are_hex(strings, count);
    buf_append_byte(out, hex ? FORM_HEX : FORM_PLAIN);
    write_sized(writer, out, strings, count, hex, scratch);
}

/* ---- Reading. ---- */

enum status strings_read_fixed(struct bytes_reader *reader, struct slice *source, size_t count,
                               size_t size, struct arena *arena, unsigned char **things)
{
    *things = NULL;
    if (count == 0) {
        return STATUS_OK;
    }
    *things = arena_alloc(arena, count * size);
    if (*things == NULL) {
        return STATUS_FULL;
    }
    for (size_t k = 0; k < size; k++) {
        struct slice plane;
        size_t mark = arena_mark(arena);
        enum status status = bytes_read(reader, source, count, arena, &plane);
        if (status != STATUS_OK || plane.size != count) {
            return status != STATUS_OK ? status : STATUS_BAD;
        }
        for (size_t i = 0; i < count; i++) {
            (*things)[i * size + k] = plane.base[i];
        }
        arena_rewind(arena, mark);
    }
    return STATUS_OK;
}

static enum status read_uuids(struct bytes_reader *reader, struct slice *source, size_t count,
                              struct arena *arena, struct slice *strings)
{
    unsigned char *things;
    char *texts = arena_alloc(arena, count * (UUID_TEXT_SIZE + 1));
    if (texts == NULL) {
        return STATUS_FULL;
    }
    size_t mark = arena_mark(arena);
    enum status status =
        strings_read_fixed(reader, source, count, sizeof(struct uuid), arena, &things);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct uuid uuid;
        memcpy(uuid.bytes, things + i * sizeof(uuid), sizeof(uuid));
        uuid_format(&uuid, texts + i * (UUID_TEXT_SIZE + 1));
        strings[i] = slice_of(texts + i * (UUID_TEXT_SIZE + 1), UUID_TEXT_SIZE);
    }
    arena_rewind(arena, mark);
    return status;
}

static enum status read_sized(struct bytes_reader *reader, struct slice *source, size_t count,
                              struct arena *arena, struct slice *strings)
{
    int64_t *sizes;
    struct slice bytes = SLICE_EMPTY;
    size_t mark = arena_mark(arena);
    enum status status = ints_read(reader, source, count, arena, &sizes);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        strings[i].size = (size_t)sizes[i];
    }
    arena_rewind(arena, mark);
    if (status == STATUS_OK) {
        status = bytes_read(reader, source, COLUMN_BYTES_MAX, arena, &bytes);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        size_t size = strings[i].size;
        if (size > bytes.size) {
            return STATUS_BAD;
        }
        strings[i] = slice_take(bytes, size);
        bytes = slice_skip(bytes, size);
    }
    return status == STATUS_OK && bytes.size > 0 ? STATUS_BAD : status;
}

static enum status spell_hex(struct slice *strings, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        if (strings[i].size > 0) {
            char *text = arena_alloc(arena, strings[i].size * 2);
            if (text == NULL) {
                return STATUS_FULL;
            }
            hex_encode(strings[i], text);
            strings[i] = slice_of(text, strings[i].size * 2);
        }
    }
    return STATUS_OK;
}

enum status strings_read(struct bytes_reader *reader, struct slice *source, size_t count,
                         struct arena *arena, struct slice **strings)
{
    *strings = NULL;
    if (count == 0) {
        return STATUS_OK;
    }
    if (source->size == 0 || source->base[0] > FORM_HEX) {
        return STATUS_BAD;
    }
    enum strings_form form = (enum strings_form)source->base[0];
    *source = slice_skip(*source, 1);
    *strings = arena_alloc_array(arena, count, sizeof(**strings));
    if (*strings == NULL) {
        return STATUS_FULL;
    }
    if (form == FORM_UUID) {
        return read_uuids(reader, source, count, arena, *strings);
    }
    enum status status = read_sized(reader, source, count, arena, *strings);
    return status == STATUS_OK && form == FORM_HEX ? spell_hex(*strings, count, arena) : status;
}
