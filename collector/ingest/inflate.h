/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_INFLATE_H
#define THAW_INGEST_INFLATE_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * Inflates a gzip body into an arena, within limits.  Several members in a row are one body (as
 * gzip defines); bytes behind the last one that begin no member are an error.  What was inflated is
 * checked by its checksum; a head's own, which nobody writes, is not looked at.  Any thread.
 */
enum inflate_answer {
    INFLATE_OK,
    INFLATE_BAD,       /* Not gzip, damaged, or cut short. */
    INFLATE_TOO_LARGE, /* More than size_max bytes. */
    INFLATE_RATIO,     /* All of it grows by more than INGEST_RATIO_MAX: a bomb. */
    INFLATE_NO_MEMORY,
};

/* *out is the inflated body, in the arena. */
enum inflate_answer inflate_gzip(struct slice body, uint64_t size_max, struct arena *arena,
                                 struct slice *out) THAW_CHECK;

#endif
