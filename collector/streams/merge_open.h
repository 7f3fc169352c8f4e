/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_OPEN_H
#define THAW_STREAMS_MERGE_OPEN_H

#include "streams/merge_limits.h"
#include "streams/merge_streams.h"
#include "streams/stream_sink.h"

#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Invocations that are not told yet, in a table that grows to a limit.  They are found by their
 * stream and request id, and stand in the list of their stream and in one of all, by age.  The text
 * of their facts lies beside them.  One owner, one thread.
 */
struct merge_invocation {
    struct stream_invocation facts; /* Its slices are filled in when it is told. */
    char request_text[MERGE_TEXT_MAX], error_type[MERGE_TEXT_MAX];
    uint8_t request_text_size, error_type_size;
    uint32_t row;
    uint32_t stream;          /* Row of its stream. */
    uint32_t before, behind;  /* In the list of its stream. */
    uint32_t elder, younger;  /* In the list of all. */
    uint32_t earlier_attempt; /* An open one of the same stream and id, or MERGE_NONE. */
    uint64_t hash;            /* Of stream and id. */
    bool repeated;            /* It was told before: nothing of it is told again. */
    bool live;                /* No end was seen. */
    bool json;                /* Of the JSON format, which has no END. */
    bool killed, out_of_memory, unhandled, timed_out, exited;
    bool exit_untyped;         /* The line with the exit's type has not come. */
    enum word reported_status; /* REPORT's own word. */
    enum line_doubt doubt;     /* Of its last line, */
    bool doubtful;             /* of which the error type is. */
    bool after_failed_init;    /* It contains the init that the one before it could not finish. */
    bool again;                /* INIT_START came although the instance had been invoked before. */
    int64_t init_start_ns;     /* Of the init that stands right before it, or STREAMS_UNKNOWN. */
    bool suppressed;           /* INIT_REPORT said so: */
    int64_t suppressed_start_ns, suppressed_ns;
};

struct merge_open {
    struct merge_invocation *rows;
    uint32_t capacity;
    uint32_t free; /* First of the free rows, linked by behind. */
    uint32_t count;
    uint32_t eldest, youngest;
    struct map map; /* To the latest attempt. */
};

void merge_open_init(struct merge_open *open);
void merge_open_fini(struct merge_open *open);

/* The latest attempt, or MERGE_NONE. */
uint32_t merge_open_find(const struct merge_open *open, const struct merge_stream *stream,
                         struct id16 request_id);

/* Whether there is room for another one; without it the eldest has to go first. */
bool merge_open_full(const struct merge_open *open);

/* A new one with nothing known but whose it is; MERGE_NONE without memory.  It is live. */
uint32_t merge_open_add(struct merge_open *open, struct merge_stream *stream,
                        struct id16 request_id);

/* It has ended, though facts may still come. */
void merge_open_end(struct merge_open *open, struct merge_stream *stream, uint32_t row);

void merge_open_remove(struct merge_open *open, struct merge_stream *stream, uint32_t row);

#endif
