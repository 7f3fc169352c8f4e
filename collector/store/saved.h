/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SAVED_H
#define THAW_STORE_SAVED_H

#include "base/slice.h"
#include "base/status.h"
#include "store/mark.h"
#include "store/store.h"
#include "store/store_limits.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct writer;

/*
 * What the observer knows, saved now and then in view-<segment>-<offset>: all that frames before
 * that place have told it, and by which ids they are found, so that a start shows only the frames
 * behind.  docs/formats/view.md has the bytes.
 *
 * A file is written under a new name, synced, and only then the ones before it are removed; one
 * that is not whole says nothing.  Nothing depends on them: without any, every frame is shown.
 *
 * Owner: the writer; its thread, but for the end of a save, which waits for the disk on another
 * one.
 */
#define SAVED_HEAD_SIZE 64

struct saved {
    /* Frames before this were shown to the observer, now and, of those of the newest file, when
     * this process began. */
    struct frame_ref shown, loaded;
    struct frame_ref kept; /* Of the newest file that is durable; under the writer's mutex. */
    uint32_t forgotten;    /* Segments up to this were forgotten. */
    uint64_t bytes;        /* Of frames, since the latest attempt. */
    uint64_t tried_ns;     /* When that was, by the wall. */
    uint64_t size;         /* Of the file that was written last. */
    bool blind; /* The disk hid frames: they were not shown, and what is saved would hide them for
                   ever. */
    /* The end of a save. */
    struct writer *writer;
    pthread_t thread;
    bool waiting; /* thread is there. */
    bool threaded;
    int file;
    struct frame_ref place; /* Of the file that is being made. */
    uint64_t begun_ns;
};

/* The bytes at the front. */
struct saved_head {
    unsigned char store[16];
    struct frame_ref place;
    uint32_t forgotten;
    uint64_t seq; /* The greatest number of a frame before the place. */
    uint64_t size;
    uint32_t crc; /* Of the size bytes that follow, begun with the store's seed. */
};

void saved_head_write(const struct saved_head *head, unsigned char bytes[SAVED_HEAD_SIZE]);
enum status saved_head_read(struct slice bytes, struct saved_head *head) THAW_CHECK;

/* The name of the file of a place; false: it is no such name. */
void saved_name(struct frame_ref place, char name[STORE_PATH_SIZE]);
bool saved_name_parse(const char *name, struct frame_ref *place) THAW_CHECK;

/* Which of two places is behind the other: -1, 0, 1. */
int saved_compare(struct frame_ref one, struct frame_ref other);

/* Whether a frame was shown before the file was made that this process began with. */
static inline bool saved_covers(const struct saved *saved, struct frame_ref ref)
{
    return saved_compare(ref, saved->loaded) < 0;
}

/* What a recovery knows of a file before it is loaded.  usable(): whether the frames behind a place
 * of this segment can be shown by themselves.  indexed(): whether the index, as it was just loaded,
 * has all that is found by it in segments up to this one. */
struct saved_terms {
    bool (*usable)(void *context, uint32_t segment);
    bool (*indexed)(void *context, uint32_t segment_last);
    void *context;
};

/* Load the newest file that is good and usable, if there is any; segments before first are gone.
 * STATUS_FULL: no memory.  Anything else that is wrong only means that nothing is loaded. */
enum status saved_load(struct writer *writer, struct mark *mark, uint32_t first,
                       const struct saved_terms *terms) THAW_CHECK;

/* Save, if it is time to; or because the store is closed, if anything has come. */
void saved_tend(struct writer *writer);
void saved_now(struct writer *writer);

/* The place of the newest file that is durable: a start does without the frames before it.  Any
 * thread. */
struct frame_ref saved_kept(struct writer *writer);

/* Wait for the end of a save. */
void saved_wait(struct saved *saved);

#endif
