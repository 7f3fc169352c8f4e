/* SPDX-License-Identifier: Apache-2.0 */

/* gzip as senders make it: the agent and the collector take the same bodies, and read the same out
 * of them; at the checksum of a head the agent alone looks.  And the input as a body: what the
 * agent packs, the collector reads. */
#include "base/ensure.h"
#include "gzip/gzip.h"
#include "ingest/inflate.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX   (4u << 20)
#define HEAD_CHECK 2u

static void pack(struct gzip *gzip, struct slice input)
{
    static _Alignas(16) unsigned char arena_memory[2 * BODY_MAX];
    static unsigned char packed[BODY_MAX];
    struct arena arena;
    struct slice back;
    struct buf out;
    buf_init_fixed(&out, packed, sizeof(packed));
    if (gzip_pack(gzip, input, &out)) {
        ENSURE(out.size < input.size);
        arena_init(&arena, arena_memory, sizeof(arena_memory));
        ENSURE(inflate_gzip(buf_bytes(&out), BODY_MAX, &arena, &back) == INFLATE_OK);
        ENSURE(slice_equal(back, input));
    }
}

/* Whether some member may have a checksum of its head. */
static bool head_check(struct slice input)
{
    bool found = false;
    for (size_t i = 0; i + 4 <= input.size; i++) {
        found = found || (input.base[i] == 0x1f && input.base[i + 1] == 0x8b &&
                          (input.base[i + 3] & HEAD_CHECK) != 0);
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) unsigned char work[GZIP_MEMORY_SIZE];
    static _Alignas(16) unsigned char arena_memory[2 * BODY_MAX];
    static unsigned char body[BODY_MAX];
    struct slice input = slice_of(data, size);
    struct arena arena;
    struct gzip gzip;
    struct slice whole;
    struct buf out;
    arena_init(&arena, arena_memory, sizeof(arena_memory));
    buf_init_fixed(&out, body, sizeof(body));
    gzip_init(&gzip, work);
    enum inflate_answer answer = inflate_gzip(input, BODY_MAX, &arena, &whole);
    enum status status = gzip_unpack(&gzip, input, &out);
    ENSURE(answer != INFLATE_NO_MEMORY);
    if (answer == INFLATE_OK && !(status == STATUS_BAD && head_check(input))) {
        ENSURE(status == STATUS_OK && slice_equal(whole, buf_bytes(&out)));
    }
    if (answer == INFLATE_BAD) {
        ENSURE(status == STATUS_BAD);
    }
    pack(&gzip, input);
    return 0;
}
