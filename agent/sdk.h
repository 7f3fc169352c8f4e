/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SDK_H
#define THAW_AGENT_SDK_H

#include "agent_limits.h"

#include "base/buf.h"
#include "base/slice.h"
#include "core/core.h"
#include "gzip/gzip.h"
#include "net/server.h"
#include "otlp/block.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes in what the function's own SDK exports: OTLP over HTTP, protobuf or
 * JSON, gzip or identity.  What is accepted is well-formed protobuf, so that a
 * bad body of an SDK never spoils a batch of ours.  No I/O.
 */
struct sdk {
    struct gzip *gzip;
    unsigned char *body; /* The buffer that requests arrive in; it is written over. */
    size_t body_max;
    unsigned char *scratch; /* As large. */
    struct core *core;      /* How texts are redacted, and its counts; NULL: not at all. */
    unsigned char answer[AGENT_ANSWER_MAX / 2];
};

struct sdk_blocks {
    enum block_signal signal;
    struct slice request; /* The export request, protobuf; its blocks are to be kept. */
    size_t count;
    size_t size; /* Bytes of all blocks. */
};

/*
 * Look at a request and fill the answer.  True: it is to be accepted, the
 * answer says so, and blocks is what it holds, until the body buffer is used
 * again; if it can never be kept, call sdk_too_large() instead.
 */
bool sdk_receive(struct sdk *sdk, const struct server_request *request,
                 struct server_answer *answer, struct sdk_blocks *blocks) THAW_CHECK;

/* The answer to what is larger than our memory.  There is none that says "come again": an SDK that
 * flushes inside of the handler would wait for it, and the caller of the function with it. */
void sdk_too_large(struct sdk *sdk, const struct server_request *request,
                   struct server_answer *answer);

/* How many spans, log records or data points are in a block of an accepted request. */
uint64_t sdk_records(enum block_signal signal, struct slice block) THAW_CHECK;

/* Of what was accepted so many records had no room after all: that is a partial success, which says
 * so and is not to be tried again. */
void sdk_rejected(struct sdk *sdk, const struct server_request *request, enum block_signal signal,
                  uint64_t records, struct server_answer *answer);

#endif
