/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_BLOCK_H
#define THAW_AGENT_BLOCK_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "otlp/resource.h"

#include <stdbool.h>
#include <stdint.h>

/* The three signals, each with a path of its own. */
enum block_signal {
    BLOCK_LOGS,
    BLOCK_TRACES,
    BLOCK_METRICS,
    BLOCK_SIGNALS,
};

/* "/v1/logs" and so on. */
struct slice block_path(enum block_signal signal);

/*
 * A block is one element of an export request: ResourceLogs, ResourceSpans or
 * ResourceMetrics.  The numbers of the fields that matter here are the same in
 * all three.  Pure.
 */

/* Walk the blocks of a request that a function's SDK sent. */
struct block_read {
    struct slice request;
    size_t position;
};

enum block_answer {
    BLOCK_GOT,
    BLOCK_END,
    BLOCK_BAD, /* The request is malformed. */
};

void block_read_init(struct block_read *reader, struct slice request);

/* The next block's bytes.  Fields that are no blocks are skipped. */
enum block_answer block_read_next(struct block_read *reader, struct slice *block) THAW_CHECK;

/* Whether the levels that block_complete() looks into are well-formed. */
bool block_valid(struct slice block) THAW_CHECK;

/* Append the block as an element of a request: its resource completed, its other bytes kept. */
void block_complete(const struct resource *resource, struct slice block, uint64_t seq,
                    struct buf *out);

/* Open the block of the agent's own records; append each with block_record(); close it. */
struct block_own {
    size_t block;
    size_t scope;
};
struct block_own block_own_open(const struct resource *resource, struct buf *out);
void block_record(struct buf *out, struct slice record);
void block_own_close(struct buf *out, struct block_own own);

/* How many records a collector's answer (ExportPartialSuccess) says it refused. */
uint64_t block_rejected(struct slice answer);

#endif
