/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_KNOWN_H
#define THAW_INGEST_KNOWN_H

#include "base/slice.h"
#include "model/record.h"
#include "store/store.h"

#include <stdbool.h>

/*
 * Bodies that were made of log streams have the same bytes whenever they are made of the same
 * lines.  So each is found again by a hash of its bytes (store_hash), for as long as the store
 * keeps it: the same file again, or an import that is run again after it was cut, adds nothing. Any
 * thread.
 */

/* What a sender is told when its body was there. */
#define KNOWN_REASON "known: nothing was added"

/* Whether a body of canonical protobuf is one of these: its first scope says so. */
bool known_kind(struct slice protobuf);

/* Whether the store has a body of this hash. */
bool known_has(struct store *store, struct id16 hash);

/* For the observer of the store: let the frame be found by its hash if it is one of these. */
void known_note(struct store *store, const struct frame *frame, struct frame_ref ref);

#endif
