/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ingest end to end: the first byte chooses signal, content type and encoding, the rest is the
 * body. What decodes gives the same when it is decoded again, and what does not is told why.
 */
#include "base/ensure.h"
#include "ingest/body.h"
#include "ingest/otlp_decode.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define ARENA_SIZE (UINT64_C(768) << 20)
#define ARENA_KEEP (UINT64_C(4) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/x-protobuf", "application/json", "text/plain",
                                        "application/json; charset=utf-8"};
    static const char *const encodings[] = {"", "gzip", "identity", "br"};
    static unsigned char *memory;
    struct arena arena;
    struct body body;
    struct batch batch;
    if (size == 0) {
        return 0;
    }
    if (memory == NULL) {
        memory = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ENSURE(memory != MAP_FAILED);
    }
    arena_init(&arena, memory, ARENA_SIZE);
    struct body_request request = {
        .signal = (enum signal)(data[0] % 3),
        .content_type = slice_from(types[data[0] / 3 % 4]),
        .content_encoding = slice_from(encodings[data[0] / 12 % 4]),
        .bytes = slice_of(data + 1, size - 1),
    };
    if (body_prepare(&request, &arena, &body) != STATUS_OK) {
        ENSURE(body.status >= 400 && body.message.size > 0);
    } else if (otlp_decode(request.signal, body.protobuf, &arena, &batch)) {
        struct batch again;
        size_t spans = batch.span_count;
        bool same = otlp_decode(request.signal, body.protobuf, &arena, &again);
        ENSURE(!same || again.span_count == spans);
    } else {
        body_undecoded(request.signal, arena_overflowed(&arena), &arena, &body);
        ENSURE(body.status >= 400 && body.message.size > 0);
    }
    if (arena.used > ARENA_KEEP) {
        (void)madvise(memory + ARENA_KEEP, ARENA_SIZE - ARENA_KEEP, MADV_DONTNEED);
    }
    return 0;
}
