/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_HOLD_PRIVATE_H
#define THAW_STORE_HOLD_PRIVATE_H

#include "store/hold.h"
#include "store/places.h"
#include "store/store_limits.h"

struct select;

/* A place as it was read: a block of a sealed segment, or what a frame of a log has; nothing of a
 * frame without records. */
struct hold_kept {
    struct frame_ref ref;
    struct block *block;
    const struct batch *batch;
    uint64_t arrival_ns; /* Of the batch. */
};

/* What the files of a hold share: hold.c finds and loads, hold_scan.c scans. */
struct store_hold {
    struct writer *writer;
    struct index_hold *logged; /* What the index of the logs had when the hold began. */
    struct cabinet_list *list;
    const struct dictionary **dictionaries; /* Of the list's items: those that were needed. */
    struct cabinet_desk *desk;
    struct hold_kept kept[HOLD_KEPT_COUNT_MAX]; /* In desk->kept. */
    uint32_t kept_count;
};

/* The dictionary of an item of the list. */
enum status hold_dictionary(struct store_hold *hold, struct cabinet_item *item,
                            const struct dictionary **dictionary) THAW_CHECK;

/* Make the arena of scans, hold->desk->scratch, empty. */
void hold_scratch(struct store_hold *hold);

/*
 * Read a place.  Where there is room it is kept, so that to come back to it costs little, else it
 * is in the arena.  One of which something was wrong is to be forgotten: it may be half decoded.
 */
enum status hold_open(struct store_hold *hold, struct frame_ref ref, struct arena *arena,
                      struct hold_kept *opened) THAW_CHECK;
void hold_forget(struct store_hold *hold, struct frame_ref ref);

/* Show some rows of a block, by number, ascending; as hold_load(). */
enum status hold_load_rows(struct store_hold *hold, struct frame_ref ref, const uint32_t *numbers,
                           uint32_t count, struct arena *arena, store_visit *visit,
                           void *context) THAW_CHECK;

/*
 * The frames of a log between two offsets: those that decode, as records in the scratch, which is
 * empty again for the next.  STATUS_IO: some are damaged, or the disk fails; the others were shown.
 * STATUS_NOT_FOUND: the log is gone.
 */
typedef void hold_frame_visit(void *context, const struct frame_head *head,
                              const struct batch *batch);
enum status hold_each_frame(struct store_hold *hold, const struct segment *segment, uint32_t from,
                            uint32_t end, hold_frame_visit *visit, void *context) THAW_CHECK;

/* The same of a place of a log; nothing where retention took it. */
enum status hold_each_of_place(struct store_hold *hold, const struct place *place,
                               hold_frame_visit *visit, void *context) THAW_CHECK;

/* The same, where a query may want something of it.  What is seen of a closed stretch is kept for
 * the next query. */
enum status hold_select_of_place(struct store_hold *hold, const struct select *select,
                                 const struct place *place, hold_frame_visit *visit,
                                 void *context) THAW_CHECK;

/* Of some rows of a block, ascending, leave those that the look of a query wants; all where it has
 * none. */
enum status hold_look_rows(const struct scan_query *query, struct block *block, uint32_t *rows,
                           uint32_t *count) THAW_CHECK;

/* Whether a record by itself is wanted. */
bool hold_look_span(const struct scan_query *query, const struct span *span);
bool hold_look_line(const struct scan_query *query, const struct log_line *line);

/* Whether to give up before a place, or, when it was looked at, because that was cut: the look
 * knows then what was reached. */
bool hold_look_stop(const struct scan_query *query, const struct place *place, bool first);
bool hold_look_cut(const struct scan_query *query, const struct place *place);

/*
 * The places that may have records of a span of time, sorted.  STATUS_IO: what is damaged is left
 * out; STATUS_NOT_FOUND: the hold is older than what there is; STATUS_FULL.  It uses the scratch.
 */
enum status hold_survey(struct store_hold *hold, struct moments span,
                        struct places *places) THAW_CHECK;

/*
 * Blocks one after the other.  The dictionary of one segment at a time is kept, so that a scan over
 * many takes no more memory than one over few; what is made of a block is good until one of another
 * segment is opened.  Begin with {.hold = hold}.
 */
struct hold_blocks {
    struct store_hold *hold;
    struct cabinet_item *item; /* Whose dictionary it is. */
    const struct dictionary *dictionary;
};

/* Open a block in the arena.  STATUS_IO: it is damaged, which is logged. */
enum status hold_blocks_open(struct hold_blocks *blocks, uint32_t segment, uint32_t number,
                             struct arena *arena, struct block **block) THAW_CHECK;
void hold_blocks_fini(struct hold_blocks *blocks);

/* Open the block of a place in the scratch, which is emptied, if it may have what is wanted: NULL
 * if not. */
enum status hold_blocks_select(struct hold_blocks *blocks, struct select *select,
                               const struct place *place, struct block **block) THAW_CHECK;

/* When the rows of a block happened, as moment.h says it. */
enum status hold_blocks_times(struct block *block, struct arena *arena,
                              const uint64_t **times_ns) THAW_CHECK;

#endif
