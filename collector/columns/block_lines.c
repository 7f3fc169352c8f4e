/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "columns/block_format.h"
#include "columns/columns_limits.h"
#include "columns/stencil.h"
#include "columns/strings.h"

#include <string.h>

/* A stencil, and where what stands in its holes is: that of its first hole first, of each hole that
 * of the first line first. */
struct outline {
    struct slice text;
    size_t literal_size; /* Of what is no hole. */
    unsigned char kinds[STENCIL_HOLE_MAX];
    uint32_t holes, numbers;
    uint32_t lines, done; /* That have it, and that were made. */
    size_t first_number, first_text;
};

struct reading {
    struct block *block;
    struct block_column *column;
    uint32_t *which; /* Of each line its stencil plus 1, or 0. */
    struct outline *outlines;
    uint32_t outline_count;
    size_t number_count, text_count, whole_count;
    int64_t *numbers;
    struct slice *texts, *wholes;
    unsigned char *memory; /* For lines. */
};

bool block_lines_has(const struct block_column *column)
{
    return column->column->field == FIELD_BODY && column->column->kind == VALUE_STRING &&
           column->bytes.size > 0 && column->bytes.base[0] == BODY_STENCILS;
}

/* ---- What there is. ---- */

static enum status make_outline(struct outline *outline, struct slice text)
{
    size_t holes = stencil_kinds(text, outline->kinds);
    if (holes > STENCIL_HOLE_MAX) {
        return STATUS_BAD;
    }
    outline->text = text;
    outline->holes = (uint32_t)holes;
    outline->literal_size = text.size - holes;
    for (size_t i = 0; i < holes; i++) {
        if (outline->kinds[i] != STENCIL_NUMBER && outline->kinds[i] != STENCIL_TEXT) {
            return STATUS_BAD;
        }
        outline->numbers += outline->kinds[i] == STENCIL_NUMBER;
    }
    return STATUS_OK;
}

static enum status make_outlines(struct reading *reading)
{
    struct block_column *column = reading->column;
    struct arena *arena = reading->block->arena;
    enum status status = block_columns_texts(reading->block, column);
    reading->outline_count = column->text_count;
    if (status == STATUS_OK) {
        status = ints_read_u32(reading->block->reader, &column->bytes, column->count,
                               (uint64_t)reading->outline_count + 1, arena, &reading->which);
    }
    if (status != STATUS_OK) {
        return status;
    }
    reading->outlines =
        arena_alloc_array(arena, (size_t)reading->outline_count + 1, sizeof(*reading->outlines));
    if (reading->outlines == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < reading->outline_count; i++) {
        status = make_outline(&reading->outlines[i], column->texts[i]);
    }
    return status;
}

/* How much stands in holes, and where that of each stencil begins. */
static void count_holes(struct reading *reading)
{
    for (uint32_t i = 0; i < reading->column->count; i++) {
        if (reading->which[i] == 0) {
            reading->whole_count++;
        } else {
            reading->outlines[reading->which[i] - 1].lines++;
        }
    }
    for (uint32_t i = 0; i < reading->outline_count; i++) {
        struct outline *outline = &reading->outlines[i];
        outline->first_number = reading->number_count;
        outline->first_text = reading->text_count;
        reading->number_count += (size_t)outline->lines * outline->numbers;
        reading->text_count += (size_t)outline->lines * (outline->holes - outline->numbers);
    }
}

static enum status read_holes(struct reading *reading)
{
    struct slice *bytes = &reading->column->bytes;
    struct bytes_reader *reader = reading->block->reader;
    struct arena *arena = reading->block->arena;
    enum status status = ints_read(reader, bytes, reading->number_count, arena, &reading->numbers);
    if (status == STATUS_OK) {
        status = strings_read(reader, bytes, reading->text_count, arena, &reading->texts);
    }
    if (status == STATUS_OK) {
        status = strings_read(reader, bytes, reading->whole_count, arena, &reading->wholes);
    }
    return status;
}

/* Room for all lines that are made. */
static enum status make_room(struct reading *reading)
{
    uint64_t size = reading->number_count * STENCIL_NUMBER_SIZE;
    for (uint32_t i = 0; i < reading->outline_count; i++) {
        const struct outline *outline = &reading->outlines[i];
        size += (uint64_t)outline->lines * outline->literal_size;
    }
    for (size_t i = 0; i < reading->text_count; i++) {
        size += reading->texts[i].size;
    }
    if (size > COLUMN_BYTES_MAX) {
        return STATUS_BAD;
    }
    reading->memory = arena_alloc(reading->block->arena, (size_t)size + 1);
    return reading->memory != NULL ? STATUS_OK : STATUS_FULL;
}

/* ---- Lines. ---- */

static void append(struct reading *reading, const unsigned char *bytes, size_t size)
{
    if (size > 0) {
        memcpy(reading->memory, bytes, size);
        reading->memory += size;
    }
}

static enum status make_line(struct reading *reading, struct outline *outline, struct slice *line)
{
    const unsigned char *begin = reading->memory;
    size_t number = outline->first_number + outline->done;
    size_t text = outline->first_text + outline->done;
    size_t done = 0;
    outline->done++;
    for (uint32_t i = 0; i < outline->holes; i++) {
        unsigned char digits[STENCIL_NUMBER_SIZE];
        size_t at = stencil_next(outline->text, done);
        append(reading, outline->text.base + done, at - done);
        done = at + 1;
        if (outline->kinds[i] == STENCIL_TEXT) {
            append(reading, reading->texts[text].base, reading->texts[text].size);
            text += outline->lines;
            continue;
        }
        size_t size = stencil_number(reading->numbers[number], digits);
        if (size == 0) {
            return STATUS_BAD;
        }
        append(reading, digits, size);
        number += outline->lines;
    }
    append(reading, outline->text.base + done, outline->text.size - done);
    *line = slice_of(begin, (size_t)(reading->memory - begin));
    return STATUS_OK;
}

static enum status make_lines(struct reading *reading)
{
    struct block_column *column = reading->column;
    struct slice *lines =
        arena_alloc(reading->block->arena, ((size_t)column->count + 1) * sizeof(*lines));
    enum status status = lines != NULL ? STATUS_OK : STATUS_FULL;
    for (uint32_t i = 0; status == STATUS_OK && i < column->count; i++) {
        if (reading->which[i] == 0) {
            lines[i] = *reading->wholes++;
        } else {
            status = make_line(reading, &reading->outlines[reading->which[i] - 1], &lines[i]);
        }
    }
    column->texts = lines;
    column->text_count = 0;
    return status;
}

enum status block_lines_read(struct block *block, struct block_column *column)
{
    struct reading reading = {.block = block, .column = column};
    column->bytes = slice_skip(column->bytes, 1);
    enum status status = make_outlines(&reading);
    if (status == STATUS_OK) {
        count_holes(&reading);
        status = read_holes(&reading);
    }
    if (status == STATUS_OK) {
        status = make_room(&reading);
    }
    return status == STATUS_OK ? make_lines(&reading) : status;
}
