/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_container.h"

#include "streams/line_ids.h"
#include "streams/line_scan.h"

#include <stdbool.h>

enum { CONTAINER_STREAM_SIZE_MAX = 160 };

static bool container_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/* 2023/06/02/[72]88ab219a63d343d294d0a9947e8ab36a, also with the function's name in it. */
static bool container_is_stream(struct slice word)
{
    return word.size > 12 && container_digit(word.base[0]) && word.base[4] == '/' &&
           word.base[7] == '/' && word.base[10] == '/' &&
           slice_find_byte(slice_take(word, CONTAINER_STREAM_SIZE_MAX), ']') != SLICE_NONE;
}

/* Whether a stream's name is the first word, or the second behind a group or a time. */
static bool container_has_stream(struct slice text)
{
    struct slice head = slice_take(text, 64);
    size_t blank = slice_find_byte(head, ' ');

    if (container_is_stream(text)) {
        return true;
    }
    if (text.base[0] == '/') {
        blank = slice_find_byte(text, ' ');
    }
    return blank != SLICE_NONE && container_is_stream(slice_skip(text, blank + 1));
}

struct slice app_container(struct slice text, int64_t *time_ns)
{
    struct slice rest = text;
    bool stream = false;

    if (text.size == 0 || (!container_digit(text.base[0]) && text.base[0] != '/') ||
        !container_has_stream(text)) {
        return text;
    }
    while (rest.size > 0) {
        struct slice after = rest;
        bool is_time = line_ids_time(&after, time_ns);
        if (!is_time) {
            struct slice word = line_scan_word(&after);
            if (stream || (!container_is_stream(word) && word.base[0] != '/')) {
                break;
            }
            stream = container_is_stream(word);
        }
        if (line_scan_gap(&after) == GAP_NONE) {
            break;
        }
        rest = after;
        if (is_time && stream) {
            break;
        }
    }
    return stream ? rest : text;
}
