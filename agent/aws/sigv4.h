/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SIGV4_H
#define THAW_AGENT_SIGV4_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Signature Version 4 of AWS: proves with a secret key that a request is ours
 * and as we wrote it.  Pure.
 */
struct sigv4_key {
    struct slice access_key_id;
    struct slice secret;
    struct slice session_token; /* Empty: none.  It travels as a header of its own. */
};

struct sigv4_header {
    struct slice name; /* In small letters. */
    struct slice value;
};

struct sigv4_request {
    struct slice method;
    struct slice path;  /* As the canonical request has it: "/" and on. */
    struct slice query; /* The same, sorted; without its question mark. */
    const struct sigv4_header
        *headers; /* Those to be signed, sorted by name; host is among them. */
    size_t header_count;
    struct slice body;
    struct slice region;
    struct slice service;
    struct slice time; /* As x-amz-date says: "20150830T123600Z". */
};

/* Bytes of a time, and the time of a clock as one. */
#define SIGV4_TIME_SIZE 16u
void sigv4_time(uint64_t wall_ns, struct buf *out);

/* Append the value of the Authorization header.  False: something is longer than AWS has it. */
bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key,
                struct buf *out) THAW_CHECK;

#endif
