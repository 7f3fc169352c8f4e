/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_AGENT_SINK_H
#define THAW_SIM_AGENT_SINK_H

#include "base/slice.h"
#include "otlp/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The receiver of the agent's simulator: decodes with protobuf-c what our
 * encoder made, and checks it against what went in.  Anything wrong ends the
 * program through ENSURE().
 *
 * What went in is in the texts: a line of the function reads
 * "line <token> <request id> <attempt>", a block of the SDK has the scope
 * "block <token>".
 */
#define SINK_RECORDS_MAX 16384
#define SINK_TOKENS_MAX  4096
#define SINK_EPOCHS_MAX  128

struct sink_record {
    uint64_t epoch;
    uint64_t seq;
    uint64_t hash; /* Of the record's bytes, packed again. */
};

struct sink {
    bool one_instance; /* Every resource must say what the first one did. */
    char instance_text[512];
    size_t instance_size;
    size_t epoch_count;
    uint64_t epochs[SINK_EPOCHS_MAX]; /* What resources may say: one for each process. */
    uint64_t epoch;                   /* What the latest one said. */
    bool attributed;                  /* Lines must name the invocation in their text. */
    size_t count;
    struct sink_record records[SINK_RECORDS_MAX];
    unsigned char lines[SINK_TOKENS_MAX];  /* How many records have this line. */
    unsigned char blocks[SINK_TOKENS_MAX]; /* How many records have this block. */
    unsigned stops;
    unsigned reported; /* faas.invocation events of state reported. */
};

void sink_init(struct sink *sink);

/* A process begins, and these are its records'. */
void sink_epoch(struct sink *sink, uint64_t epoch);

/* Take a batch; the answer is how many records are in it, the agent's metrics not counted. */
size_t sink_take(struct sink *sink, enum block_signal signal, struct slice body);

#endif
