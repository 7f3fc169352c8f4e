/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bodies in gzip: the collector's library and zlib say the same of every input, and read the same
 * out of it.  With an even first byte the rest is the inside of a member that gets the head and the
 * checksums that it has to have: so damage is not found by these alone.
 */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/ensure.h"
#include "ingest/ingest_limits.h"
#include "ingest/inflate.h"

#include <zlib.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX   (3u << 20)
#define HEAD_SIZE  10u
#define TAIL_SIZE  8u
#define INPUT_MAX  (1u << 20)
#define HEAD_CHECK 2u

static _Alignas(16) unsigned char memory[2 * BODY_MAX];
static unsigned char expected[BODY_MAX + 1];
static unsigned char packed[INPUT_MAX + HEAD_SIZE + TAIL_SIZE];

/* What zlib makes of one stream: STATUS_FULL when it is more than there is room for. */
static enum status stream_inflate(struct slice *rest, int window_bits, size_t *size)
{
    z_stream stream = {.next_in = NULL};
    ENSURE(inflateInit2(&stream, window_bits) == Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)rest->base;
    stream.avail_in = (uInt)rest->size;
    stream.next_out = expected + *size;
    stream.avail_out = (uInt)(sizeof(expected) - *size);
    int answer = inflate(&stream, Z_FINISH);
    *rest = slice_skip(*rest, rest->size - stream.avail_in);
    *size = sizeof(expected) - stream.avail_out;
    (void)inflateEnd(&stream);
    return answer == Z_STREAM_END      ? STATUS_OK
           : *size == sizeof(expected) ? STATUS_FULL
                                       : STATUS_BAD;
}

/* Put what is no member yet between a head and a tail; empty when zlib does not read it. */
static struct slice pack(struct slice inside)
{
    static const unsigned char head[HEAD_SIZE] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3};
    struct slice rest = inside;
    size_t size = 0;
    (void)stream_inflate(&rest, -MAX_WBITS, &size);
    size_t taken = inside.size - rest.size;
    memcpy(packed, head, sizeof(head));
    if (taken > 0) {
        memcpy(packed + HEAD_SIZE, inside.base, taken);
    }
    bytes_put32(packed + HEAD_SIZE + taken, (uint32_t)crc32(0, expected, (uInt)size));
    bytes_put32(packed + HEAD_SIZE + taken + 4, (uint32_t)size);
    return slice_of(packed, HEAD_SIZE + taken + TAIL_SIZE);
}

/* Whether some member may have a checksum of its head, at which zlib alone looks. */
static bool head_check(struct slice input)
{
    for (size_t i = 0; i + 4 <= input.size; i++) {
        if (input.base[i] == 0x1f && input.base[i + 1] == 0x8b &&
            (input.base[i + 3] & HEAD_CHECK) != 0) {
            return true;
        }
    }
    return false;
}

static enum inflate_answer expect(struct slice body, size_t *size)
{
    struct slice rest = body;
    enum status status = body.size > 0 ? STATUS_OK : STATUS_BAD;
    *size = 0;
    while (status == STATUS_OK && rest.size > 0) {
        status = stream_inflate(&rest, MAX_WBITS + 16, size);
    }
    if (status == STATUS_BAD) {
        return INFLATE_BAD;
    }
    if (*size > INGEST_RATIO_SIZE_MIN && *size / INGEST_RATIO_MAX > body.size) {
        return INFLATE_RATIO;
    }
    return *size > BODY_MAX ? INFLATE_TOO_LARGE : INFLATE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = size > 0 ? slice_of(data + 1, size - 1) : SLICE_EMPTY;
    struct arena arena;
    struct slice out = SLICE_EMPTY;
    size_t expected_size;
    if (size > INPUT_MAX) {
        return 0;
    }
    if (size > 0 && data[0] % 2 == 0) {
        body = pack(body);
    }
    if (head_check(body)) {
        return 0;
    }
    arena_init(&arena, memory, sizeof(memory));
    enum inflate_answer expects = expect(body, &expected_size);
    enum inflate_answer answer = inflate_gzip(body, BODY_MAX, &arena, &out);
    /* What is damaged behind the limit may be found damaged, or too much. */
    if (expects == INFLATE_RATIO || expects == INFLATE_TOO_LARGE) {
        ENSURE(answer == INFLATE_RATIO || answer == INFLATE_TOO_LARGE || answer == INFLATE_BAD);
    } else {
        ENSURE(answer == expects);
    }
    if (answer == INFLATE_OK) {
        ENSURE(out.size == expected_size && memcmp(out.base, expected, expected_size) == 0);
    }
    return 0;
}
