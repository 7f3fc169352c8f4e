/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/marked.h"

bool marked_is_rule(struct slice line)
{
    for (size_t i = 0; i < line.size; i++) {
        unsigned char byte = line.base[i];
        if (byte > ' ' && byte != '-' && byte != '|' && byte != '+' && byte != ':' && byte != '=') {
            return false;
        }
    }
    return true;
}

/* The size of the row with its newline.  False: more may follow. */
static bool marked_size(struct slice text, bool last, size_t *size)
{
    for (size_t at = 0;;) {
        size_t newline = slice_find_byte(slice_skip(text, at), '\n');
        if (newline == SLICE_NONE) {
            *size = text.size;
            return last;
        }
        struct slice line = slice_trim(slice_take(slice_skip(text, at), newline));
        at += newline + 1;
        *size = at;
        if (text.base[0] != '|' || slice_ends(line, SLICE("|"))) {
            return true;
        }
        if (at == text.size) {
            return last;
        }
        if (text.base[at] == '|') {
            return true;
        }
    }
}

enum csv_answer marked_read(struct slice text, bool last, struct csv_row *row)
{
    row->count = 0;
    if (!marked_size(text, last, &row->size)) {
        return CSV_MORE;
    }
    struct slice rest = slice_trim(slice_take(text, row->size)), cell;
    if (rest.size == 0 || rest.base[0] != '|') {
        return CSV_OK;
    }
    rest = slice_skip(rest, 1);
    if (slice_ends(rest, SLICE("|"))) {
        rest.size--;
    }
    for (bool more = true; more;) {
        if (row->count == row->room) {
            return CSV_WIDE;
        }
        more = slice_cut(rest, '|', &cell, &rest);
        row->fields[row->count++] = (struct csv_field){.raw = slice_trim(cell)};
    }
    return CSV_OK;
}

void marked_join(struct csv_row *row, size_t count, size_t at)
{
    if (row->count <= count || at >= count) {
        return;
    }
    size_t extra = row->count - count;
    const struct slice end = row->fields[at + extra].raw;
    struct slice *text = &row->fields[at].raw;
    if (end.base != NULL && text->base != NULL) {
        text->size = (size_t)(end.base + end.size - text->base);
    }
    for (size_t i = at + 1; i < count; i++) {
        row->fields[i] = row->fields[i + extra];
    }
    row->count = count;
}
