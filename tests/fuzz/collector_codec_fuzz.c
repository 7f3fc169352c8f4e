/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of a log as they are stored: any bytes as a stored body of any codec and size are a body
 * of that size or are refused, without a byte read or written beside them; and what is stored is
 * read as it was.  The first byte says how, the next two how large.
 */
#include "base/ensure.h"
#include "store/codec.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COPIES 32

/* Memory of this size to the byte, so that one beside it is noticed. */
static unsigned char *take(size_t size)
{
    unsigned char *memory = malloc(size > 0 ? size : 1);
    ENSURE(memory != NULL);
    return memory;
}

static void read_any(enum frame_codec kind, size_t size, struct slice bytes)
{
    unsigned char *stored = take(bytes.size);
    unsigned char *body = take(size);
    if (bytes.size > 0) {
        memcpy(stored, bytes.base, bytes.size);
    }
    (void)!codec_inflate(slice_of(stored, bytes.size), kind, body, size);
    free(body);
    free(stored);
}

static void round_trip(struct slice bytes, size_t copies)
{
    size_t size = bytes.size * copies;
    unsigned char *body = take(size);
    unsigned char *back = take(size);
    unsigned char *stored = take(codec_bound(size));
    for (size_t i = 0; i < size; i++) {
        body[i] = (unsigned char)(bytes.base[i % bytes.size] + i / bytes.size % 2);
    }
    size_t stored_size;
    enum frame_codec kind = codec_deflate(slice_of(body, size), stored, &stored_size);
    ENSURE(stored_size <= size);
    ENSURE(codec_inflate(slice_of(stored, stored_size), kind, back, size) == STATUS_OK);
    ENSURE(size == 0 || memcmp(body, back, size) == 0);
    free(stored);
    free(back);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    struct slice rest = slice_of(data + 3, size - 3);
    read_any((enum frame_codec)(data[0] % (FRAME_CODEC_LZ4 + 1)), data[1] | (size_t)data[2] << 8,
             rest);
    round_trip(rest, 1 + data[0] % COPIES);
    return 0;
}
