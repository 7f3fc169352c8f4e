/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_QUERY_WORLD_H
#define THAW_TESTS_QUERY_WORLD_H

#include "build.h"
#include "query/query.h"

/*
 * A view, and a store in memory, for the tests of questions: store.h's functions that queries use
 * are implemented here.  A frame's body is a pointer to the batch it stands for, and the decoder
 * follows it.
 */
struct world {
    struct query query;
    struct arena arena; /* For answers; reset by the test as it likes. */
};

/* What each record is said to take on the disk. */
#define WORLD_RECORD_SIZE 40

struct world *world_create(void);
void world_free(struct world *world);

/* A new frame: apply it to the view and keep it.  The world owns the build. */
void world_add(struct world *world, struct build *build);

/* From now on the store shows what it has as it does of sealed segments. */
void world_seal(struct world *world);

/* From now on spans of time are shown in pieces of so many records. */
void world_cut(struct world *world, uint64_t piece_count);

/* From now on some records of every span of time cannot be read. */
void world_damage(struct world *world);

/* Take the frame of this index away, as retention does without the view's knowledge. */
void world_lose(struct world *world, unsigned index);

#endif
