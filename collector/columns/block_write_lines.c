/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_write.h"

#include "columns/block_format.h"
#include "columns/strings.h"
#include "columns/varint.h"

#include <stdlib.h>

/* A stencil of the block, and where what stands in its holes goes: that of its first hole first, of
 * each hole that of the first line first. */
struct outline {
    unsigned char kinds[STENCIL_HOLE_MAX];
    uint32_t holes, numbers;
    uint32_t lines, done; /* That have it, and that were taken apart. */
    size_t first_number, first_text;
};

struct block_write_lines {
    struct outline outlines[BLOCK_ROWS_MAX];
    int64_t which[BLOCK_ROWS_MAX]; /* Of each line its stencil plus 1, or 0. */
    int64_t *numbers;
    struct slice *texts;
    size_t number_count, number_capacity;
    size_t text_count, text_capacity;
};

struct block_write_lines *block_write_lines_create(void)
{
    return calloc(1, sizeof(struct block_write_lines));
}

void block_write_lines_free(struct block_write_lines *holes)
{
    if (holes != NULL) {
        free(holes->numbers);
        free(holes->texts);
        free(holes);
    }
}

/* Which stencil each line has; list has the different ones. */
static void list_stencils(struct block_write *write, const struct gather *gather,
                          const struct gather_column *column)
{
    struct block_write_lines *holes = write->lines;
    uint32_t stamp = ++write->text_stamp;
    write->list_count = 0;
    for (uint32_t i = 0; i < column->count; i++) {
        const unsigned char *at = gather_blob(gather, column->cells[i]).base;
        uint64_t number = varint_next(&at);
        holes->which[i] = 0;
        if (number == 0) {
            continue;
        }
        struct gather_seen *seen = &write->text_seen[number - 1];
        if (seen->stamp != stamp) {
            *seen = (struct gather_seen){stamp, write->list_count};
            holes->outlines[write->list_count] = (struct outline){.lines = 0};
            write->list[write->list_count++] = (uint32_t)number - 1;
        }
        holes->outlines[seen->index].lines++;
        holes->which[i] = seen->index + 1;
    }
}

static bool place_holes(struct block_write *write)
{
    struct block_write_lines *holes = write->lines;
    holes->number_count = holes->text_count = 0;
    for (uint32_t i = 0; i < write->list_count; i++) {
        struct outline *outline = &holes->outlines[i];
        struct slice stencil = texts_get(write->table->texts, write->list[i]);
        outline->holes = (uint32_t)stencil_kinds(stencil, outline->kinds);
        for (uint32_t k = 0; k < outline->holes; k++) {
            outline->numbers += outline->kinds[k] == STENCIL_NUMBER;
        }
        outline->first_number = holes->number_count;
        outline->first_text = holes->text_count;
        holes->number_count += (size_t)outline->lines * outline->numbers;
        holes->text_count += (size_t)outline->lines * (outline->holes - outline->numbers);
    }
    if (holes->number_count > holes->number_capacity) {
        free(holes->numbers);
        holes->number_capacity = 2 * holes->number_count;
        holes->numbers = malloc(holes->number_capacity * sizeof(*holes->numbers));
    }
    if (holes->text_count > holes->text_capacity) {
        free(holes->texts);
        holes->text_capacity = 2 * holes->text_count;
        holes->texts = malloc(holes->text_capacity * sizeof(*holes->texts));
    }
    bool fits = (holes->numbers != NULL || holes->number_count == 0) &&
                (holes->texts != NULL || holes->text_count == 0);
    holes->number_capacity = holes->numbers != NULL ? holes->number_capacity : 0;
    holes->text_capacity = holes->texts != NULL ? holes->text_capacity : 0;
    return fits;
}

static void take_apart(struct block_write_lines *holes, struct outline *outline,
                       const unsigned char *at)
{
    size_t number = outline->first_number + outline->done;
    size_t text = outline->first_text + outline->done;
    outline->done++;
    for (uint32_t i = 0; i < outline->holes; i++) {
        uint64_t told = varint_next(&at);
        if (outline->kinds[i] == STENCIL_NUMBER) {
            holes->numbers[number] = varint_unfold(told);
            number += outline->lines;
        } else {
            holes->texts[text] = slice_of(at, (size_t)told);
            at += told;
            text += outline->lines;
        }
    }
}

/* What stands in holes; lines without a stencil go to strings. */
static uint32_t take_lines(struct block_write *write, const struct gather *gather,
                           const struct gather_column *column)
{
    struct block_write_lines *holes = write->lines;
    uint32_t wholes = 0;
    for (uint32_t i = 0; i < column->count; i++) {
        struct slice bytes = gather_blob(gather, column->cells[i]);
        const unsigned char *at = bytes.base;
        varint_skip(&at);
        if (holes->which[i] == 0) {
            write->strings[wholes++] = slice_skip(bytes, (size_t)(at - bytes.base));
        } else {
            take_apart(holes, &holes->outlines[holes->which[i] - 1], at);
        }
    }
    return wholes;
}

void block_write_lines(struct block_write *write, const struct gather *gather,
                       const struct gather_column *column)
{
    struct block_write_lines *holes = write->lines;
    struct buf *out = &write->parts;
    list_stencils(write, gather, column);
    if (!place_holes(write)) {
        out->overflowed = true;
        return;
    }
    if (write->list_count > 0) {
        buf_append_byte(out, BODY_STENCILS);
        block_write_texts(write);
        ints_write(write->ints, out, holes->which, column->count);
    }
    uint32_t wholes = take_lines(write, gather, column);
    if (write->list_count > 0) {
        ints_write(write->ints, out, holes->numbers, holes->number_count);
        strings_write(write->ints, out, holes->texts, holes->text_count, &write->scratch);
    }
    strings_write(write->ints, out, write->strings, wholes, &write->scratch);
}
