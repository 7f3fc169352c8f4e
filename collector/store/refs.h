/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_REFS_H
#define THAW_STORE_REFS_H

#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* Places that were found, a list that grows.  All zero is an empty one. */
struct refs {
    struct frame_ref *items;
    size_t count, capacity;
    bool failed; /* There was no memory for some. */
};

void refs_fini(struct refs *refs);
void refs_add(struct refs *refs, struct frame_ref ref);

/* Sort by segment and offset, and keep each once. */
void refs_settle(struct refs *refs);

#endif
