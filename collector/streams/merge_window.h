/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_WINDOW_H
#define THAW_STREAMS_MERGE_WINDOW_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The events that were taken in and not told yet: their text in one block, in the order of arrival,
 * and one item for each.  One owner, one thread.
 */
struct merge_item {
    int64_t order_ns; /* What it is sorted by: the container's, or that of the one before it. */
    int64_t time_ns;  /* Its own, of the container or of its text; or STREAMS_UNKNOWN. */
    uint32_t offset;  /* Of the id, which the message follows. */
    uint32_t size;    /* Of the message. */
    uint32_t stream;  /* Row of its stream. */
    uint32_t run;     /* Of its stream: one more each time that time turned back. */
    uint8_t id_size;
    bool placed;  /* Its container has no times: its place is its order. */
    bool stepped; /* Its facts were taken; as a line it still waits for its place. */
    bool dropped; /* It is there twice. */
    bool kept;    /* It stays for the next window. */
};

struct merge_window {
    unsigned char *text;
    size_t size;
    struct merge_item *items;
    uint32_t count;
    uint32_t *order; /* Rows of items, stream by stream, each in its order. */
    uint32_t *spare; /* For sorting. */
    size_t new_size; /* Text taken in since the last time that it was emptied. */
};

/* False without memory. */
bool merge_window_init(struct merge_window *window);
void merge_window_fini(struct merge_window *window);

/* Whether an event of so many bytes fits. */
bool merge_window_fits(const struct merge_window *window, size_t size);

/* Copy an event in; it fits.  The item's place in the text is filled in. */
struct merge_item *merge_window_add(struct merge_window *window, struct slice id,
                                    struct slice message);

/* The item that was added last goes on with this text, which fits, on a line of its own. */
void merge_window_join(struct merge_window *window, struct slice text);

struct slice merge_window_id(const struct merge_window *window, const struct merge_item *item);
/* An event will be read soon: let the beginning of its message be at hand. */
void merge_window_expect(const struct merge_window *window, uint32_t row);
struct slice merge_window_message(const struct merge_window *window, const struct merge_item *item);

/* Sort count rows by time; those of one time stay in the order of arrival, or, reversed, in the
 * opposite one. */
void merge_window_sort(struct merge_window *window, uint32_t *rows, size_t count, bool reversed);

/* Drop all items but those kept, whose flags are taken back. */
void merge_window_compact(struct merge_window *window);

#endif
