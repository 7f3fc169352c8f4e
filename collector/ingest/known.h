/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_KNOWN_H
#define THAW_INGEST_KNOWN_H

#include "base/slice.h"
#include "model/record.h"
#include "store/store.h"

#include <stdbool.h>

/*
 * Bodies that were made of log streams have the same bytes whenever they are made of the same
 * lines.  So each is found again by a hash of its bytes, for as long as the store keeps it: the
 * same file again, or an import that is run again after it was cut, adds nothing.  Any thread.
 */

/* What a sender is told when its body was there. */
#define KNOWN_REASON "known: nothing was added"

/* Whether a body of canonical protobuf is one of these: its first scope says so. */
bool known_kind(struct slice protobuf);

/* The id under which the store is to find it. */
struct id16 known_id(struct slice protobuf);

/* Whether the store has it. */
bool known_has(struct store *store, struct slice protobuf);

#endif
