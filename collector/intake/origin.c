/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/origin.h"

#include <string.h>

static bool origin_digits(struct slice text, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.size || text.base[i] < '0' || text.base[i] > '9') {
            return false;
        }
    }
    return true;
}

/*
 * "2026-11-23-[$LATEST]0123..." becomes "2026/11/23/[$LATEST]0123...".  Only what Lambda wrote as a
 * slash becomes one again: names of functions have dashes of their own.
 */
static bool origin_stream(struct slice folder, struct origin *origin)
{
    size_t open = slice_find_byte(folder, '[');
    size_t close = slice_find_byte(folder, ']');
    bool dated = origin_digits(folder, 0, 4) && folder.size > 10 && folder.base[4] == '-' &&
                 origin_digits(folder, 5, 2) && folder.base[7] == '-' &&
                 origin_digits(folder, 8, 2) && folder.base[10] == '-';
    if (!dated || open == SLICE_NONE || close == SLICE_NONE || close < open ||
        folder.size > sizeof(origin->stream_text)) {
        return false;
    }
    memcpy(origin->stream_text, folder.base, folder.size);
    origin->stream_text[4] = origin->stream_text[7] = origin->stream_text[10] = '/';
    origin->stream = slice_of(origin->stream_text, folder.size);
    return true;
}

/* "exports/checkout.json.gz" is of checkout, as far as anyone can tell. */
static struct slice origin_stem(struct slice path)
{
    size_t slash = slice_find_last_byte(path, '/');
    struct slice name = slash == SLICE_NONE ? path : slice_skip(path, slash + 1);
    size_t dot = slice_find_byte(name, '.');
    return dot == SLICE_NONE || dot == 0 ? name : slice_take(name, dot);
}

void origin_read(struct slice path, struct origin *origin)
{
    struct slice part, rest = path;
    struct slice before = SLICE_EMPTY, between = SLICE_EMPTY;
    origin->group = origin->stream = SLICE_EMPTY;
    while (rest.size > 0) {
        slice_cut(rest, '/', &part, &rest);
        if (part.size == 0) {
            continue;
        }
        bool named = slice_equal(before, SLICE("aws")) && slice_equal(between, SLICE("lambda"));
        size_t size = sizeof("/aws/lambda/") - 1;
        if (named && rest.size > 0 && size + part.size <= sizeof(origin->group_text)) {
            memcpy(origin->group_text, "/aws/lambda/", size);
            memcpy(origin->group_text + size, part.base, part.size);
            origin->group = slice_of(origin->group_text, size + part.size);
        }
        if (rest.size > 0) {
            (void)origin_stream(part, origin);
        }
        before = between;
        between = part;
    }
    struct slice stem = origin_stem(path);
    bool part_of_export = origin->stream.size > 0 || slice_equal(path, SLICE("-"));
    origin->function = part_of_export ? SLICE_EMPTY : stem;
}
