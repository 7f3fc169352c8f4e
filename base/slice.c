/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include "base/ensure.h"

#include <string.h>

struct slice slice_from(const char *text)
{
    if (text == NULL) {
        return SLICE_EMPTY;
    }
    return slice_of(text, strlen(text));
}

static unsigned char slice_lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte - 'A' + 'a') : byte;
}

bool slice_equal_nocase(struct slice one, struct slice other)
{
    if (one.size != other.size) {
        return false;
    }
    for (size_t i = 0; i < one.size; i++) {
        if (slice_lower(one.base[i]) != slice_lower(other.base[i])) {
            return false;
        }
    }
    return true;
}

int slice_compare(struct slice one, struct slice other)
{
    size_t common = one.size < other.size ? one.size : other.size;
    int order = common == 0 ? 0 : memcmp(one.base, other.base, common);

    if (order != 0) {
        return order;
    }
    return (one.size > other.size) - (one.size < other.size);
}

size_t slice_find_last_byte(struct slice slice, unsigned char byte)
{
    for (size_t i = slice.size; i > 0; i--) {
        if (slice.base[i - 1] == byte) {
            return i - 1;
        }
    }
    return SLICE_NONE;
}

size_t slice_find(struct slice slice, struct slice needle)
{
    if (needle.size == 0) {
        return 0;
    }
    if (slice.size < needle.size) {
        return SLICE_NONE;
    }
    const unsigned char *found = memmem(slice.base, slice.size, needle.base, needle.size);
    return found == NULL ? SLICE_NONE : (size_t)(found - slice.base);
}

static bool slice_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct slice slice_trim(struct slice slice)
{
    while (slice.size > 0 && slice_blank(slice.base[0])) {
        slice = slice_skip(slice, 1);
    }
    while (slice.size > 0 && slice_blank(slice.base[slice.size - 1])) {
        slice.size--;
    }
    return slice;
}

bool slice_cut(struct slice slice, unsigned char byte, struct slice *head, struct slice *rest)
{
    size_t at = slice_find_byte(slice, byte);

    if (at == SLICE_NONE) {
        *head = slice;
        *rest = slice_skip(slice, slice.size);
        return false;
    }
    *head = slice_take(slice, at);
    *rest = slice_skip(slice, at + 1);
    return true;
}

bool slice_copy_text(struct slice slice, char *text, size_t size)
{
    ENSURE(size > 0);
    text[0] = '\0';
    if (slice.size >= size || slice_find_byte(slice, '\0') != SLICE_NONE) {
        return false;
    }
    if (slice.size > 0) {
        memcpy(text, slice.base, slice.size);
    }
    text[slice.size] = '\0';
    return true;
}
