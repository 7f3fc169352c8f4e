/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_BODY_H
#define THAW_INGEST_BODY_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "ingest/otlp_answer.h"
#include "model/record.h"
#include "self/counters.h"

#include <stdint.h>

/*
 * From the bytes of a request to protobuf: inflate, transcode.  Whether it is what it should be is
 * seen when it is decoded (otlp_decode.h).  Pure but for the arena; any thread.
 */
struct body_request {
    enum signal signal;
    struct slice content_type; /* Values of the headers; empty: there was none. */
    struct slice content_encoding;
    struct slice bytes;
};

/* What came out: a body, or why not. */
struct body {
    enum otlp_encoding encoding;
    struct slice protobuf; /* In the arena, or the request's own bytes. */
    /* If it was refused: */
    unsigned status;      /* HTTP status; 0: it was not. */
    enum counter counter; /* What to count. */
    struct slice message; /* What to tell the sender; in the arena. */
};

/* STATUS_OK or STATUS_BAD: look at body->status. */
enum status body_prepare(const struct body_request *request, struct arena *arena,
                         struct body *body) THAW_CHECK;

/* Refuse a body that did not decode: by what the guard says of it, or as too large for memory. */
void body_undecoded(enum signal signal, bool full, struct arena *arena, struct body *body);

#endif
