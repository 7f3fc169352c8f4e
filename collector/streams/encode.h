/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_ENCODE_H
#define THAW_STREAMS_ENCODE_H

#include "streams/stream_sink.h"

#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A sink that makes OTLP protobuf of what log streams say, with scope thaw.logs, as
 * docs/reference/wire.md defines it under "What log streams tell".  The bytes depend on the input
 * alone (no clock, no randomness): the same input makes the same bodies, which is how a collector
 * recognises what was imported before.
 */
struct encode;

struct encode_options {
    size_t body_size_max; /* A body is given out before it would grow beyond. */
    /* A body is full, or the input has ended.  Its bytes are valid during the call. */
    void (*body)(void *context, enum signal signal, struct slice bytes, uint64_t records);
    void (*refused)(void *context, const struct stream_refusal *refusal); /* Passed on. */
    void *context;
};

/* NULL without memory. */
struct encode *encode_create(const struct encode_options *options);
void encode_free(struct encode *encode);
const struct stream_sink *encode_sink(struct encode *encode);
/* Give out what is left. */
void encode_finish(struct encode *encode);

#endif
