/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_GZIP_DEFLATE_H
#define THAW_GZIP_DEFLATE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Compresses as RFC 1951 has it, for speed: one block with the codes that are
 * fixed, so that nothing is counted and no tree is built, and at each place one
 * candidate for what is repeated, the latest with the same hash.  What agents
 * send repeats itself in long pieces; that is all that matters here.
 *
 * The memory is zero at first, and is not cleared between two texts: positions
 * go on from one to the next, so those of an earlier text are too far away, and
 * whatever a head says is compared before it is believed.  One thread.
 */
#define DEFLATE_HASH_BITS 12u

struct deflate {
    uint32_t begun;         /* Position of the first byte of the text; 0: the tables are empty. */
    uint16_t literals[256]; /* Codes, as they are sent... */
    uint16_t lengths[256];  /* ...of lengths from 3 on, their extra bits behind. */
    unsigned char literal_bits[256];
    unsigned char length_bits[256];
    uint32_t heads[1u << DEFLATE_HASH_BITS]; /* The latest position with this hash. */
};

/* Write the text compressed to place.  The answer is its size; 0: it does not fit into room. */
size_t deflate_pack(struct deflate *deflate, struct slice text, unsigned char *place,
                    size_t room) THAW_CHECK;

#endif
