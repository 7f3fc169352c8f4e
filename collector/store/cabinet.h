/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_CABINET_H
#define THAW_STORE_CABINET_H

#include "base/status.h"
#include "columns/block_read.h"
#include "store/guide.h"
#include "store/sealed.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The cabinet holds the sealed segments and their guides.  The writer puts them in and takes them
 * out; any thread looks into the list as it is at a moment, and holds it, so that what it looks at
 * stays open.
 *
 * Dictionaries are read when they are first needed, and kept while there is room for them
 * (CABINET_DICTIONARY_SIZE_MAX), those that were used last.  Its mutex is a leaf.
 */
struct cabinet_item {
    struct sealed *sealed;
    /* Under the cabinet's mutex. */
    uint32_t lists; /* That have it. */
    uint32_t users; /* Of the dictionary. */
    struct dictionary *dictionary;
    size_t dictionary_memory;
    uint64_t used; /* Greater than of those that were used before. */
    /* The writer's. */
    bool no_guide; /* Its ids are damaged: no guide can be made of it. */
};

struct cabinet_guide {
    struct guide *guide;
    uint32_t lists; /* That have it; under the cabinet's mutex. */
};

struct cabinet_list {
    uint32_t holders; /* Under the cabinet's mutex. */
    size_t count;
    struct cabinet_guide **guides; /* Of the items, each of which is of one at most; ... */
    size_t guide_count;
    bool *guided;                 /* ... which of them are. */
    struct cabinet_item *items[]; /* Ascending by segment. */
};

struct cabinet {
    pthread_mutex_t mutex;
    struct cabinet_list *list; /* Held by the cabinet itself. */
    uint64_t used;
    size_t dictionary_memory;
    struct cabinet_desk *desks; /* Idle. */
    uint32_t desk_count;
};

enum status cabinet_init(struct cabinet *cabinet) THAW_CHECK;
/* Nobody holds a list any more. */
void cabinet_fini(struct cabinet *cabinet);

/* Put a sealed segment in; it is the cabinet's if the answer is STATUS_OK. */
enum status cabinet_put(struct cabinet *cabinet, struct sealed *sealed) THAW_CHECK;

/* Take a segment out, if it is there.  STATUS_FULL: no memory, it is still there. */
enum status cabinet_take(struct cabinet *cabinet, uint32_t segment) THAW_CHECK;

/* Put a guide in, in place of those whose members, as far as they are there, are all among its own;
 * it is the cabinet's if the answer is STATUS_OK. */
enum status cabinet_put_guide(struct cabinet *cabinet, struct guide *guide) THAW_CHECK;

/* Take a guide out.  STATUS_FULL: no memory, it is still there. */
enum status cabinet_take_guide(struct cabinet *cabinet, const struct guide *guide) THAW_CHECK;

/* Hold the list as it is now. */
struct cabinet_list *cabinet_hold(struct cabinet *cabinet);
void cabinet_release(struct cabinet *cabinet, struct cabinet_list *list);

/* The item of a segment, or NULL. */
struct cabinet_item *cabinet_find(const struct cabinet_list *list, uint32_t segment);

/* The dictionary of an item whose list is held, until it is given back. */
enum status cabinet_dictionary(struct cabinet *cabinet, struct cabinet_item *item,
                               const struct dictionary **dictionary) THAW_CHECK;
void cabinet_dictionary_done(struct cabinet *cabinet, struct cabinet_item *item);

/*
 * What one thread reads with, until it gives it back: what decompresses, and memory, which is empty
 * and whose first CABINET_DESK_KEEP bytes stay touched from one to the next.  NULL without memory.
 */
struct cabinet_desk {
    struct cabinet_desk *next; /* Of those that are idle. */
    struct bytes_reader *reader;
    struct arena kept;    /* What is good until it is given back. */
    struct arena scratch; /* What is not. */
};

struct cabinet_desk *cabinet_desk(struct cabinet *cabinet) THAW_CHECK;
void cabinet_desk_done(struct cabinet *cabinet, struct cabinet_desk *desk); /* NULL is fine. */

#endif
