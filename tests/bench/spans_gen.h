/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BENCH_SPANS_GEN_H
#define THAW_BENCH_SPANS_GEN_H

#include "base/buf.h"
#include "base/prng.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Writes export requests (OTLP protobuf) with spans, the same bytes for the same seed: the data
 * that other backends were measured with.
 *
 *   10 spans a transaction, in one of 24 trees over 80 operations of 10 services with 40 instances
 *   each; 8 resource attributes (faas.*, cloud.*); 7 span attributes: a UUID and one of 20,000
 * users of the transaction, two random integers (below 65,536 and 1,000,000), three strings of few
 *   values.  Transactions begin 20 ms apart on average; durations are log-normal with every
 *   nanosecond as likely.  One span in 100 has failed.
 *
 * With 500 spans a request, 530 to 540 bytes a span: blocks of a resource hold about two spans.
 */
#define SPANS_GEN_SERVICES    10
#define SPANS_GEN_OPERATIONS  80
#define SPANS_GEN_INSTANCES   40
#define SPANS_GEN_USERS       20000
#define SPANS_GEN_TREES       24
#define SPANS_GEN_TRANSACTION 10 /* Spans of one. */

struct spans_gen_tree {
    unsigned operations[SPANS_GEN_TRANSACTION];
    unsigned parents[SPANS_GEN_TRANSACTION]; /* Index of an earlier one; 0 for the root. */
};

struct spans_gen {
    struct prng prng;
    uint64_t now_ns; /* When the latest transaction began. */
    uint64_t count;  /* Spans so far. */
    struct spans_gen_tree trees[SPANS_GEN_TREES];
    char instances[SPANS_GEN_SERVICES * SPANS_GEN_INSTANCES][64];
    uint64_t last_trace[2]; /* Of the latest transaction. */
    unsigned last_user;
};

/* Begin at a wall clock time. */
void spans_gen_init(struct spans_gen *gen, uint64_t seed, uint64_t start_ns);

/* Append a request of count spans, a multiple of SPANS_GEN_TRANSACTION. */
void spans_gen_request(struct spans_gen *gen, size_t count, struct buf *out);

/* A number of logarithmic normal distribution with this median and a standard deviation of sigma
 * / 100 of its logarithm. */
uint64_t spans_gen_log_normal(struct prng *prng, uint64_t median, unsigned sigma);

#endif
