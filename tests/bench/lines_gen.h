/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BENCH_LINES_GEN_H
#define THAW_BENCH_LINES_GEN_H

#include "base/buf.h"
#include "base/prng.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Writes export requests (OTLP protobuf) with log lines as an agent sends them, the same bytes for
 * the same seed.
 *
 *   8 lines an invocation of one of 400 instances of 10 functions; trace id, request id and four
 *   more attributes (source, number, logger, line of code); severity; one of 32 texts of 60 to 140
 *   bytes with up to three numbers.  Times are milliseconds, those of observation are of each
 *   invocation.  Invocations begin 20 ms apart on average.
 *
 * With 480 lines a request, about 250 bytes a line.
 */
#define LINES_GEN_FUNCTIONS  10
#define LINES_GEN_INSTANCES  40
#define LINES_GEN_TEXTS      32
#define LINES_GEN_INVOCATION 8 /* Lines of one. */

struct lines_gen {
    struct prng prng;
    uint64_t now_ns;
    uint64_t count;
    uint64_t epoch;
    uint64_t seq[LINES_GEN_FUNCTIONS * LINES_GEN_INSTANCES];
    char instances[LINES_GEN_FUNCTIONS * LINES_GEN_INSTANCES][64];
    char texts[LINES_GEN_TEXTS][160]; /* '#' stands for a number. */
};

void lines_gen_init(struct lines_gen *gen, uint64_t seed, uint64_t start_ns);

/* Append a request of count lines, a multiple of LINES_GEN_INVOCATION. */
void lines_gen_request(struct lines_gen *gen, size_t count, struct buf *out);

#endif
