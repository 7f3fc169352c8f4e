/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_RECOVERY_H
#define THAW_STORE_RECOVERY_H

#include "store/frame.h"
#include "store/mark.h"
#include "store/sealed.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the files of a recovery share (writer_recover.c, recover_sealed.c). */

/* A segment that was found. */
struct found {
    uint32_t number;
    char name[SEGMENT_NAME_SIZE];
    bool has_head;   /* Its log begins with a right head of this store. */
    bool foreign;    /* ... of another store. */
    bool unreadable; /* The disk refused: nothing is known, so nothing is changed. */
    struct frame_log_head head;
    uint64_t size;
    bool has_log;
    bool damaged;          /* It is sealed, and cannot be opened, */
    bool hidden;           /* because the disk refuses, which may pass. */
    struct sealed *sealed; /* Its blocks, if they are in service; given to the cabinet. */
};

struct recovery {
    struct writer *writer;
    struct found *found; /* Ascending by number. */
    size_t count;
    size_t capacity;
    bool no_memory;
    bool stopped; /* The observer wants no more. */
    struct mark mark;
    unsigned char *body; /* Inflated, of the latest frame. */
    size_t body_capacity;
    bool sealed;      /* The frames that are shown are of a sealed segment, */
    uint32_t segment; /* as these blocks are. */
    uint64_t now_ns;
};

/* Remember a body of the last minutes, so that it is recognised when it comes again. */
void recovery_remember(struct recovery *recovery, const struct hash_128 *hash, uint64_t arrival_ns);

/* Show a frame that survived; a scan_visit. */
void recovery_visit(void *context, const struct frame_head *head, struct slice stored);

/*
 * Open what is sealed.  What the catalog does not call so was not finished, unless there is no log
 * any more: that goes last.  Where both are there, a damaged one does no harm.
 */
enum status recovery_open_sealed(struct recovery *recovery) THAW_CHECK;

/* For what was saved: what is sealed and has no log any more is shown as a whole or not at all; and
 * what the index does not have must be sealed. */
bool recovery_usable(void *context, uint32_t segment);
bool recovery_indexed(void *context, uint32_t segment_last);

/* Take a sealed segment into service. */
enum status recovery_shelve(struct recovery *recovery, struct found *found) THAW_CHECK;

/* The same, and show what is in it, as far as what was loaded does not have it. */
enum status recovery_sealed(struct recovery *recovery, struct found *found) THAW_CHECK;

#endif
