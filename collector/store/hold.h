/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_HOLD_H
#define THAW_STORE_HOLD_H

#include "store/store.h"
#include "store/writer.h"

/*
 * Reading: what a store holds at one moment, for one thread (see store.h).  Sealed segments that
 * are held stay open, and their dictionaries stay in memory, until the hold is released.
 *
 * A frame_ref is a frame of a log, or, with this bit in its offset, a block of a sealed segment. (A
 * log is smaller than that: STORE_SEGMENT_SIZE_MAX.)
 */
#define HOLD_BLOCK_BIT UINT32_C(0x80000000)

struct store_hold *hold_create(struct writer *writer) THAW_CHECK;
void hold_free(struct store_hold *hold);
size_t hold_find(struct store_hold *hold, const struct id16 *ids, size_t id_count,
                 struct frame_ref *refs, size_t refs_max);
enum status hold_load(struct store_hold *hold, struct frame_ref ref, const struct id16 *ids,
                      size_t id_count, struct arena *arena, store_visit *visit,
                      void *context) THAW_CHECK;
enum status hold_scan(struct store_hold *hold, struct store_span span, store_visit *visit,
                      void *context, uint64_t *reached_ns) THAW_CHECK;
enum status hold_search(struct store_hold *hold, const struct scan_query *query, size_t most,
                        struct arena *arena, store_visit *visit, void *context) THAW_CHECK;
enum status hold_measure(struct store_hold *hold, const struct scan_query *query, unsigned columns,
                         store_measure_visit *visit, void *context) THAW_CHECK;

/* Read a frame of a log into the arena. */
enum status hold_frame(struct store_hold *hold, struct frame_ref ref, struct arena *arena,
                       struct frame *frame) THAW_CHECK;

#endif
