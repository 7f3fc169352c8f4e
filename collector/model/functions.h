/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_FUNCTIONS_H
#define THAW_COLLECTOR_MODEL_FUNCTIONS_H

#include "model/record.h"
#include "model/rollups.h"
#include "model/text.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/*
 * The versions of functions that were seen.  What a resource says of one is taken from the newest
 * agent process that said it (the greatest epoch), so the order of arrival does not matter.  Rows
 * stay.
 */
struct identity {
    uint32_t account, region, name, version; /* Texts; TEXT_EMPTY is not told. */
};

struct function {
    struct identity identity;              /* The key. */
    uint32_t provider, platform;           /* Texts. */
    uint8_t sources;                       /* SOURCE_...: who told of it. */
    bool bare;                             /* Something was told of no instance of it. */
    bool made_up;                          /* Its name is not from the data. */
    uint32_t runtime, arch, agent_version; /* Texts. */
    uint32_t environment;                  /* */
    uint64_t told_epoch;                   /* Of these four. */
    uint32_t application;                  /* A text; all versions of a function have the same. */
    uint64_t application_epoch;
    int64_t memory_mb; /* UNKNOWN_INT */
    uint64_t memory_epoch;
    int64_t timeout_ns; /* deadline - start of the invocation that started last; UNKNOWN_NS. */
    int64_t timeout_start_ns;
    int64_t reported_memory_mb; /* By the report of the invocation that started last. */
    int64_t reported_start_ns;
    int64_t first_seen_ns, last_seen_ns; /* By what its records tell; UNKNOWN_NS. */
    uint32_t instances;                  /* First instance. */
    struct rollup_line rollups;
    /* Of what was forgotten for want of room (room.h): the last minute that was left, the same when
     * the set of prints was begun that is now the old one, and from when on counting is safe. */
    int64_t left_ns, left_before_ns, counts_from_ns;
    bool vacant; /* Forgotten: it has nothing, and the row is for the next one. */
    uint32_t vacant_next;
};

struct functions {
    struct hash_key key;
    struct map map;
    struct map names; /* All rows, by the name alone. */
    struct function *rows;
    uint32_t count, capacity;
    uint32_t vacant; /* First row of a forgotten one. */
    uint32_t vacant_count;
};

void functions_init(struct functions *functions, const struct hash_key *key);
void functions_fini(struct functions *functions);

/* What a resource says of whose it is. */
struct identity functions_identity(struct texts *texts, const struct resource *resource);

/* The row of a function, added when it is new; ROW_NONE when there is no room. */
uint32_t functions_touch(struct functions *functions, const struct identity *identity);

/* A row that was loaded is to be found by its identity, unless it is vacant.  False without memory.
 */
bool functions_list(struct functions *functions, uint32_t row) THAW_CHECK;

/* Visit all rows of that name, a text, in no order. */
typedef void functions_visit(void *context, uint32_t row);
void functions_named(const struct functions *functions, uint32_t name, functions_visit *visit,
                     void *context);

/* Take in what a resource says of a function; its application is that of its other versions, too.
 */
void functions_tell(struct functions *functions, struct texts *texts, uint32_t row,
                    const struct resource *resource);

/* What was told of a function under a name that was not yet full; then, if nothing is left of that
 * one, it is no more seen. */
void functions_inherit(struct functions *functions, struct texts *texts, uint32_t row,
                       uint32_t from);

/* Forget a function without instances, with all it counts: its row has nothing and was never seen,
 * and becomes that of a new one.  *total is as in rollups.h. */
void functions_vacate(struct functions *functions, uint32_t row, struct rollups *rollups);

/* Something of this function happened then. */
void functions_seen(struct function *function, int64_t time_ns);

#endif
