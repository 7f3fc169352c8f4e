/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_CLIENT_H
#define THAW_TAIL_TAIL_CLIENT_H

#include "base/buf.h"
#include "tail/tail_rate.h"
#include "tail/tail_ring.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One who follows: where it is in the ring, and what it is told, as server-sent events.
 *
 *     hello -> line | invocation | limited | gap | (heartbeat) ... -> dropped | bye
 *
 * A client that is so slow that the ring has passed it is told how many lines it has missed and
 * ended (dropped).  One that comes back too late is told so and goes on (gap), as are all when
 * lines had to be passed by.
 *
 * Pure: time, lines and their wording are given.  A client is one thread's at a time.
 */
struct tail_source {
    /* As tail_ring_find(), of a ring that others may be changing; *first_id is its oldest line. */
    enum tail_find (*find)(void *context, uint64_t id, struct tail_batch **batch,
                           uint64_t *first_id);
    /* Write the event of a line of a batch, or of what of it is wanted; false: it is not wanted,
     * and nothing was written. */
    bool (*write)(void *context, const struct tail_batch *batch, uint32_t line, struct buf *out);
    void *context;
};

struct tail_client {
    struct tail_rate rate;
    uint32_t per_second;
    uint64_t epoch; /* Of the numbers of lines. */
    uint64_t next_id;
    uint64_t left_out; /* Since it was told. */
    uint64_t skipped;  /* Lines that nobody has any more, which it is to be told of. */
    uint64_t told_ns;  /* When it was told of lines that were left out. */
    uint64_t sent_ns;  /* When it was sent anything. */
    bool lost;         /* It comes back from another epoch. */
    bool greeted, ended;
};

/* From now on, the next line being next_id; or as one who comes back, having seen the line before
 * that.  lost: nobody knows what it has missed. */
void tail_client_init(struct tail_client *client, uint64_t epoch, uint64_t next_id, bool lost,
                      uint32_t per_second);

enum tail_turn {
    TAIL_IDLE, /* There is no more. */
    TAIL_MORE, /* There may be more at once. */
    TAIL_OVER, /* It was told the last. */
};

/* Append what is to be sent now.  stopping: nothing more will come. */
enum tail_turn tail_client_turn(struct tail_client *client, const struct tail_source *source,
                                uint64_t now_ns, bool stopping, struct buf *out) THAW_CHECK;

/* When it has to be asked again though nothing has come. */
uint64_t tail_client_due_ns(const struct tail_client *client) THAW_CHECK;

#endif
