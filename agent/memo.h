/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_MEMO_H
#define THAW_AGENT_MEMO_H

#include "base/slice.h"
#include "core/deliveries.h"
#include "core/invocation.h"

/*
 * What must outlive the agent's process: how often each request id was started
 * in this instance, and which deliveries are told for good.  After a timeout or
 * a crash the platform starts the agent anew in the same environment, with the
 * same /tmp, and an asynchronous retry of the same id, or a delivery that comes
 * again, may be the first thing that it sees.
 *
 * A file of fixed size: a table of rows, each with a checksum, and a list of
 * deliveries with one.  What does not check is as if it were not there.
 * Trouble with the file costs nothing but the memory.  (The spool of records
 * will be its neighbour.)
 */
struct memo {
    int fd; /* -1: there is no file. */
};

/* Open or make the file; path "off": none.  Fill what is given, which must be empty, with what it
 * holds. */
void memo_open(struct memo *memo, struct slice path, struct invocation_table *table,
               struct deliveries *deliveries);

/* Write what has changed in the table. */
void memo_keep(struct memo *memo, struct invocation_table *table);

/*
 * Write the deliveries, when all that they told was sent and the process ends.
 * Not before: what a process that is killed had not sent is lost, and a
 * delivery that comes again to its successor brings it back.
 */
void memo_settle(struct memo *memo, const struct deliveries *deliveries);

#endif
