/* SPDX-License-Identifier: Apache-2.0 */
#include "search/glob.h"

#include "columns/filter.h"

#include <string.h>

bool glob_whole(struct slice pattern, struct slice text)
{
    size_t at = 0, in = 0;
    size_t star = SLICE_NONE, back = 0; /* The latest *, and where the text behind it began. */
    while (at < text.size) {
        if (in < pattern.size && pattern.base[in] == '*') {
            star = in++;
            back = at;
        } else if (in < pattern.size && pattern.base[in] == text.base[at]) {
            in++;
            at++;
        } else if (star != SLICE_NONE) {
            in = star + 1;
            at = ++back;
        } else {
            return false;
        }
    }
    while (in < pattern.size && pattern.base[in] == '*') {
        in++;
    }
    return in == pattern.size;
}

static unsigned char lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
}

static bool stands_at(struct slice part, struct slice text, size_t at)
{
    for (size_t i = 0; i < part.size; i++) {
        if (lower(text.base[at + i]) != part.base[i]) {
            return false;
        }
    }
    return true;
}

/* Whether a word may begin, or end, between two bytes. */
static bool is_edge(struct slice text, size_t at)
{
    return at == 0 || at == text.size || !filter_of_word(text.base[at - 1]) ||
           !filter_of_word(text.base[at]);
}

/* Where a part stands at or behind a place; SLICE_NONE: nowhere. */
static size_t find_part(struct slice part, struct slice text, size_t from, bool begins, bool ends)
{
    for (size_t at = from; text.size >= part.size && at <= text.size - part.size; at++) {
        if (stands_at(part, text, at) && (!begins || is_edge(text, at)) &&
            (!ends || is_edge(text, at + part.size))) {
            return at;
        }
    }
    return SLICE_NONE;
}

bool glob_within(struct slice pattern, struct slice text)
{
    size_t from = 0;
    bool begins = true;
    for (bool more = true; more;) {
        struct slice part;
        more = slice_cut(pattern, '*', &part, &pattern);
        if (part.size > 0) {
            size_t at = find_part(part, text, from, begins, !more);
            if (at == SLICE_NONE) {
                return false;
            }
            from = at + part.size;
        }
        begins = false;
    }
    return true;
}

struct slice glob_part(struct slice pattern)
{
    struct slice longest = SLICE_EMPTY;
    for (bool more = true; more;) {
        struct slice part;
        more = slice_cut(pattern, '*', &part, &pattern);
        longest = part.size > longest.size ? part : longest;
    }
    return longest;
}
