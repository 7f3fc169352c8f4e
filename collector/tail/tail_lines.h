/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_LINES_H
#define THAW_TAIL_TAIL_LINES_H

#include "base/arena.h"
#include "model/record.h"
#include "tail/tail_number.h"
#include "tail/tail_ring.h"

/*
 * The lines of one body, as records: what is in the ring.  Log lines are told as they are; of an
 * invocation its end is, once; what agents tell of instances is not.
 */
struct tail_line {
    const struct log_line *record;
    uint32_t instance_no; /* 0: unknown. */
    bool invocation;
};

struct tail_lines {
    struct tail_batch head;
    unsigned char *body, *memory; /* What the records point to. */
    struct tail_line *lines;
};

struct tail_maker {
    struct arena scratch;
    struct tail_number number;
};

/* The lines of a body, which is taken over (malloc) whatever comes of it; NULL: there are none.
 * Where they do not fit, or do not decode, they are a lost batch of line_count lines. */
struct tail_batch *tail_lines_make(struct tail_maker *maker, unsigned char *body, size_t size,
                                   uint32_t line_count);

/* A batch of lines that could not be kept; NULL without memory. */
struct tail_batch *tail_lines_lost(uint32_t line_count);

/* The lines of a batch that is not lost. */
const struct tail_lines *tail_lines_of(const struct tail_batch *batch);

#endif
