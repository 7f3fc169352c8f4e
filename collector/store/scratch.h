/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SCRATCH_H
#define THAW_STORE_SCRATCH_H

#include "base/arena.h"
#include "base/status.h"

/*
 * An arena to decode bodies in, one after the other: address space for the largest, of which only
 * what is touched takes memory, and a large body's is given back.
 */
enum status scratch_init(struct arena *arena) THAW_CHECK;
void scratch_fini(struct arena *arena); /* Also when it is all zero. */

/* Forget what is in it. */
void scratch_reset(struct arena *arena);

/* The same between one user and the next: no more than so much stays touched. */
void scratch_clear(struct arena *arena, size_t keep);

#endif
