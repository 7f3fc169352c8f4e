/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_FEED_H
#define THAW_SELF_FEED_H

#include "base/arena.h"
#include "base/status.h"
#include "model/view.h"
#include "series/series_store.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The feed stands between the store and the view and the series: it is the store's observer, and
 * makes both when the store begins.  Each frame becomes a batch (frames without one are decoded
 * here: those read back, and those of live log streams) and goes into the view, which names the ids
 * that the store shall find it by.  A body made of log streams is to be found by its own hash, too
 * (ingest/known.h).
 */
struct feed {
    struct view *view; /* NULL until the store begins. */
    struct series_store *series;
    struct hash_key secret;
    struct arena arena; /* For decoding; of the writer's thread. */
    bool (*stopping)(
        void); /* Asked between frames that are replayed, whether to give up; or NULL. */
    /* Told of every frame that the view was shown, on the writer's thread; or NULL. */
    void (*shown)(void *context, const struct frame *frame, const struct batch *batch);
    void *shown_context;
    uint64_t undecodable; /* Frames that could not be decoded: none, unless limits shrank. */
};

enum status feed_init(struct feed *feed) THAW_CHECK;
/* When the store is closed; frees the view and the series. */
void feed_fini(struct feed *feed);

/* The observer to open the store with. */
struct store_observer feed_observer(struct feed *feed);

#endif
