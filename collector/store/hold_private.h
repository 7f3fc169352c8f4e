/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_HOLD_PRIVATE_H
#define THAW_STORE_HOLD_PRIVATE_H

#include "store/hold.h"

/* What the files of a hold share: hold.c finds and loads, hold_scan.c scans. */
struct store_hold {
    struct writer *writer;
    struct cabinet_list *list;
    const struct dictionary **dictionaries; /* Of the list's items: those that were needed. */
    struct arena scratch;                   /* Of scans; all zero before the first. */
};

/* The dictionary of an item of the list. */
enum status hold_dictionary(struct store_hold *hold, struct cabinet_item *item,
                            const struct dictionary **dictionary) THAW_CHECK;

/* The arena of scans, empty.  STATUS_FULL: no memory. */
enum status hold_scratch(struct store_hold *hold) THAW_CHECK;

/*
 * The frames of a log between two offsets: those that decode, as records in hold->scratch, which is
 * empty again for the next.  STATUS_IO: some are damaged, or the disk fails; the others were shown.
 * STATUS_NOT_FOUND: the log is gone.
 */
typedef void hold_frame_visit(void *context, const struct frame_head *head,
                              const struct batch *batch);
enum status hold_each_frame(struct store_hold *hold, const struct segment *segment, uint32_t from,
                            uint32_t end, hold_frame_visit *visit, void *context) THAW_CHECK;

#endif
