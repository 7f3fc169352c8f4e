/* SPDX-License-Identifier: Apache-2.0 */
#include "http/squeeze.h"

/* zlib reads its input and does not change it; this makes its header say so. */
#define ZLIB_CONST
#include <zlib.h>

#include <limits.h>
#include <stdlib.h>

/* 15 bits of window, and 16 for a gzip header instead of zlib's. */
#define SQUEEZE_WINDOW_BITS (15 + 16)
#define SQUEEZE_MEMORY      8

bool squeeze_gzip(struct slice body, unsigned char **memory, size_t *size)
{
    z_stream stream = {.next_in = NULL};
    if (body.size > UINT_MAX / 2 ||
        deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, SQUEEZE_WINDOW_BITS, SQUEEZE_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    uLong bound = deflateBound(&stream, (uLong)body.size);
    unsigned char *out = malloc(bound);
    bool done = false;
    if (out != NULL) {
        stream.next_in = body.base;
        stream.avail_in = (uInt)body.size;
        stream.next_out = out;
        stream.avail_out = (uInt)bound;
        done = deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < body.size;
    }
    (void)deflateEnd(&stream);
    if (!done) {
        free(out);
        return false;
    }
    *memory = out;
    *size = stream.total_out;
    return true;
}

/* Whether the parameters of a coding say that it is not wanted. */
static bool squeeze_is_refused(struct slice parameters)
{
    while (parameters.size > 0) {
        struct slice one;
        (void)slice_cut(parameters, ';', &one, &parameters);
        one = slice_trim(one);
        if (slice_starts(one, SLICE("q=0")) || slice_starts(one, SLICE("Q=0"))) {
            /* 0, 0.0, 0.00 and 0.000 are zero; anything else is not. */
            struct slice rest = slice_skip(one, 3);
            size_t i = 0;
            while (i < rest.size && (rest.base[i] == '.' || rest.base[i] == '0')) {
                i++;
            }
            return i == rest.size;
        }
    }
    return false;
}

bool squeeze_accepts_gzip(struct slice accept)
{
    while (accept.size > 0) {
        struct slice item;
        struct slice name;
        struct slice parameters;
        (void)slice_cut(accept, ',', &item, &accept);
        (void)slice_cut(item, ';', &name, &parameters);
        name = slice_trim(name);
        if (slice_equal_nocase(name, SLICE("gzip")) || slice_equal_nocase(name, SLICE("x-gzip")) ||
            slice_equal(name, SLICE("*"))) {
            return !squeeze_is_refused(parameters);
        }
    }
    return false;
}
