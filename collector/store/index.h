/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_INDEX_H
#define THAW_STORE_INDEX_H

#include "base/hash.h"
#include "base/status.h"
#include "model/record.h"
#include "store/refs.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The index finds the frames of an id: in memory, per segment, rebuilt by replay.  An id is kept as
 * its keyed 64-bit hash only, so a frame may be answered that does not hold the id (one in 2^64 per
 * pair): readers look at the records anyway.
 *
 * The newest segment is a hash table that grows; index_close() turns it into sorted arrays of 12
 * bytes an entry.  One writer; any thread finds.  It locks itself.
 */
struct index;

enum status index_create(struct index **index, const struct hash_key *key) THAW_CHECK;
void index_free(struct index *index);

/* Writer: begin a segment with a greater number than any before.  The one before is closed. */
enum status index_open(struct index *index, uint32_t segment) THAW_CHECK;

/*
 * Writer: this id is found in the frame at ref, which is of the segment opened last and not before
 * a frame noted earlier.  A pair that is noted twice counts once.  False if there is no memory or
 * the segment has STORE_INDEX_ENTRIES_MAX entries: the frame will not be found by this id.
 */
bool index_note(struct index *index, struct id16 id, struct frame_ref ref);

/* Writer: the number of the segment opened last; 0 if there is none. */
uint32_t index_latest(const struct index *index);

/* Writer: all of it as bytes; false when the sink takes no more, or without memory. */
bool index_save(const struct index *index, store_sink *sink, void *context) THAW_CHECK;

/* Writer: into an index that has nothing, what stands at the front of bytes, which are behind it
 * then; its segments are at most segment_last.  The last one stays open.  STATUS_BAD: they are no
 * such bytes, and part of them may be there; STATUS_FULL: no memory, the same. */
enum status index_load(struct index *index, uint32_t segment_last, struct slice *bytes) THAW_CHECK;

/* The hashes noted in a segment that is closed, each at least once; any thread.  The writer must
 * not forget the segment meanwhile.  False: it is not closed, for want of memory. */
bool index_each(struct index *index, uint32_t segment, void (*visit)(void *context, uint64_t hash),
                void *context) THAW_CHECK;

/* Writer: a closed segment is found by other means from now on. */
void index_drop(struct index *index, uint32_t segment);

/* Writer: whether it knows a segment. */
bool index_has(struct index *index, uint32_t segment) THAW_CHECK;

/* Writer: forget the segments up to and with this one. */
void index_forget(struct index *index, uint32_t segment_last);

/*
 * Any thread: hold the segments that are known now.  Who takes a hold first and then looks by what
 * other means segments are found misses none, however long it keeps both.  NULL: no memory.
 */
struct index_hold;
struct index_hold *index_hold(struct index *index);
void index_release(struct index *index, struct index_hold *hold); /* NULL is fine. */

/* Add the frames of any of the ids, some perhaps more than once, also of segments that were dropped
 * since the hold, if there is one. */
void index_find(struct index *index, const struct index_hold *hold, const struct id16 *ids,
                size_t id_count, struct refs *refs);

#endif
