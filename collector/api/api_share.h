/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_API_SHARE_H
#define THAW_API_SHARE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Answers that many ask for at once: dashboards that look on ask the same every few seconds.  What
 * is asked for more than API_SHARE_ASKED times within a second is made once for all who ask in the
 * next API_SHARE_NS; who asks now and then always has an answer of now.  Any thread.
 */
struct api_share;

struct api_share *api_share_create(void) THAW_CHECK; /* NULL without memory. */
void api_share_free(struct api_share *share);        /* NULL is fine. */

/* Somebody asks for something, whose name this is the hash of.  True: *body, a copy in the arena,
 * is the answer.  False: make one, and if *wanted give it to api_share_keep(). */
bool api_share_ask(struct api_share *share, struct hash_128 name, uint64_t now_ns,
                   struct arena *arena, struct slice *body, bool *wanted) THAW_CHECK;

/* The answer to what was asked for at now_ns. */
void api_share_keep(struct api_share *share, struct hash_128 name, uint64_t now_ns,
                    struct slice body);

#endif
