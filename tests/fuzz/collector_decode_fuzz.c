/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to records, straight from the wire and by way of protobuf-c: what is accepted is what
 * the guard accepts, and means the same.  The first byte chooses the signal.
 */
#include "base/ensure.h"
#include "ingest/otlp_decode.h"
#include "lib/batch_same.h"
#include "lib/decode_oracle.h"
#include "proto/guard.h"

#include <stddef.h>
#include <stdint.h>

#define ARENA_SIZE        (UINT64_C(32) << 20)
#define UNPACKED_SIZE_MAX (UINT64_C(8) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum schema_id roots[] = {SCHEMA_TRACES_REQUEST, SCHEMA_LOGS_REQUEST,
                                           SCHEMA_METRICS_REQUEST};
    static _Alignas(16) unsigned char memory[2][ARENA_SIZE];
    const struct guard_limits limits = {.depth_max = OTLP_MESSAGE_DEPTH_MAX,
                                        .unpacked_size_max = UNPACKED_SIZE_MAX};
    struct arena arenas[2];
    struct batch batches[2];
    struct guard_report report;
    if (size == 0) {
        return 0;
    }
    enum signal signal = (enum signal)(data[0] % 3);
    struct slice body = slice_of(data + 1, size - 1);
    arena_init(&arenas[0], memory[0], ARENA_SIZE);
    arena_init(&arenas[1], memory[1], ARENA_SIZE);
    enum guard_answer answer = guard_check(body, roots[signal], &limits, &report);
    bool read = otlp_decode(signal, body, &arenas[0], &batches[0]);
    if (answer == GUARD_TOO_BIG || arena_overflowed(&arenas[0])) {
        return 0; /* They count memory differently. */
    }
    ENSURE(read == (answer == GUARD_OK));
    if (!read) {
        return 0;
    }
    ENSURE(decode_oracle(signal, body, &arenas[1], &batches[1]));
    ENSURE(batch_same(&batches[0], &batches[1]) == NULL);
    return 0;
}
