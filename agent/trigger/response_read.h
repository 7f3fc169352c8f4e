/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RESPONSE_READ_H
#define THAW_AGENT_RESPONSE_READ_H

#include "trigger/scan.h"

/*
 * Reads the status code out of a function's answer, as gateways do: the
 * member "statusCode" of the JSON object that the answer is, or that a streamed
 * answer begins with.  Pure; the pieces may be cut anywhere.  It reads no
 * further than it must, and never beyond RESPONSE_PREFIX_MAX.
 */
struct response_read {
    struct scan scan;
    bool over;     /* It is found, or will not be. */
    bool wanted;   /* The value that is read is it. */
    size_t left;   /* Bytes that may still be read. */
    uint64_t size; /* Of the answer. */
    unsigned status_code;
};

void response_read_init(struct response_read *reader);
void response_read_feed(struct response_read *reader, struct slice bytes);

/* 100 to 599, or 0 if the answer names none. */
unsigned response_read_end(const struct response_read *reader);

#endif
