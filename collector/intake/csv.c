/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/csv.h"

#include "base/ensure.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first delimiter or newline from `at` on, or the end. */
static size_t csv_end(struct slice text, size_t at, unsigned char delimiter)
{
#ifdef __SSE2__
    const __m128i one = _mm_set1_epi8((char)delimiter);
    const __m128i other = _mm_set1_epi8('\n');
    while (text.size - at >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(text.base + at));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, one), _mm_cmpeq_epi8(block, other));
        int mask = _mm_movemask_epi8(hit);
        if (mask != 0) {
            return at + (size_t)__builtin_ctz((unsigned)mask);
        }
        at += 16;
    }
#endif
    while (at < text.size && text.base[at] != delimiter && text.base[at] != '\n') {
        at++;
    }
    return at;
}

/* The quote that ends a field which begins at `at`, or the end of the text; with *whole when what
 * is behind it is known to be no second quote. */
static size_t csv_quote(struct slice text, size_t at, bool last, bool *doubled, bool *whole)
{
    *whole = false;
    for (;;) {
        const unsigned char *quote =
            at >= text.size ? NULL : memchr(text.base + at, '"', text.size - at);
        if (quote == NULL) {
            return text.size;
        }
        at = (size_t)(quote - text.base);
        if (at + 1 == text.size) {
            *whole = last;
            return at;
        }
        if (text.base[at + 1] != '"') {
            *whole = true;
            return at;
        }
        *doubled = true;
        at += 2;
    }
}

enum csv_answer csv_read(struct slice text, unsigned char delimiter, bool last, struct csv_row *row)
{
    size_t at = 0;
    bool wide = false;
    row->count = 0;
    for (;;) {
        struct csv_field field = {.quoted = at < text.size && text.base[at] == '"'};
        size_t begin = at;
        size_t end = 0;
        if (field.quoted) {
            bool whole;
            begin++;
            end = csv_quote(text, begin, last, &field.doubled, &whole);
            if (!whole) {
                return CSV_MORE;
            }
            at = csv_end(text, end + 1, delimiter);
        } else {
            at = csv_end(text, at, delimiter);
            end = at;
        }
        if (at == text.size && !last) {
            return CSV_MORE;
        }
        bool ends = at == text.size || text.base[at] == '\n';
        if (ends && !field.quoted && end > begin && text.base[end - 1] == '\r') {
            end--;
        }
        field.raw = slice_of(text.base + begin, end - begin);
        if (row->count < row->room) {
            row->fields[row->count++] = field;
        } else {
            wide = true;
        }
        if (ends) {
            row->size = at == text.size ? at : at + 1;
            return wide ? CSV_WIDE : CSV_OK;
        }
        at++;
    }
}

struct slice csv_text(const struct csv_field *field, struct buf *out)
{
    if (!field->doubled) {
        return field->raw;
    }
    struct slice rest = field->raw;
    unsigned char *begin = buf_reserve(out, rest.size);
    unsigned char *to = begin;
    if (begin == NULL) {
        return SLICE_EMPTY;
    }
    while (rest.size > 0) {
        size_t plain = slice_find_byte(rest, '"');
        plain = plain == SLICE_NONE ? rest.size : plain + 1;
        memcpy(to, rest.base, plain);
        to += plain;
        /* The second of a pair is left out. */
        rest = slice_skip(rest, plain < rest.size ? plain + 1 : plain);
    }
    size_t size = (size_t)(to - begin);
    buf_commit(out, size);
    return slice_of(begin, size);
}
