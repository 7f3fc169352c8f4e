/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast look at a logs request against the guard: what it takes, the guard takes with the same
 * memory, and decoding does not fail on it.
 */
#include "base/ensure.h"
#include "ingest/otlp_check.h"
#include "ingest/otlp_logs.h"
#include "proto/guard.h"

#include <stddef.h>
#include <stdint.h>

/* The limit is low, so that inputs reach it. */
#define UNPACKED_SIZE_MAX (UINT64_C(64) << 10)
#define ARENA_SIZE        (UINT64_C(16) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) unsigned char memory[ARENA_SIZE];
    const struct guard_limits limits = {.depth_max = OTLP_MESSAGE_DEPTH_MAX,
                                        .unpacked_size_max = UNPACKED_SIZE_MAX};
    struct slice body = slice_of(data, size);
    struct guard_report report;
    uint64_t unpacked_size = 0;
    if (!otlp_check_logs(body, UNPACKED_SIZE_MAX, &unpacked_size)) {
        return 0;
    }
    ENSURE(guard_check(body, SCHEMA_LOGS_REQUEST, &limits, &report) == GUARD_OK);
    ENSURE(unpacked_size == report.unpacked_size);
    struct arena arena;
    struct batch batch = {.signal = SIGNAL_LOGS};
    arena_init(&arena, memory, sizeof(memory));
    ENSURE(otlp_logs_decode(body, &arena, &batch));
    ENSURE(batch.log_count <= report.record_count);
    return 0;
}
