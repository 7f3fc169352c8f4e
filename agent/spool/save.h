/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_SAVE_H
#define THAW_SPOOL_SAVE_H

#include "base/buf.h"
#include "core/core.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What of the core must outlive its process, beside the frames of the queue,
 * as entries of the spool: all of it, or what has changed since it was written
 * last.  It remembers checksums, so that nobody who changes a fact has to tell;
 * and of the invocations that were written last copies, so that most of what
 * has not changed is not even encoded.  Pure.
 */
#define SAVE_COPIES 4u /* One runs, one waits for its report, and they move on. */

struct save_row {
    bool there;
    bool dirty;
    bool encoded; /* It is among the entries. */
    uint32_t checksum;
    uint64_t order;
};

struct save_marks {
    struct save_row invocations[AGENT_INVOCATIONS_MAX];
    struct save_row inits[AGENT_INITS_MAX];
    uint32_t life;
    uint32_t state;
    uint64_t deliveries; /* So many are written. */
};

struct save {
    struct save_marks written;
    struct save_marks marks;               /* What will be written once the entries are. */
    struct invocation copies[SAVE_COPIES]; /* By place; the last member: touched late. */
};

void save_init(struct save *save);

/* Append the entries: all, or the changes.  Nothing counts as written before save_done(). */
void save_write(struct save *save, const struct core *core, bool whole, struct buf *out);

/* The entries are in the spool. */
void save_done(struct save *save, struct core *core);

/* Append what a process that ended well leaves to the next one: who we are, how often request ids
 * were started, and which deliveries are told. */
void save_write_clean(const struct core *core, struct buf *out);

#endif
