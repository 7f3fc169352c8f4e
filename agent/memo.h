/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_MEMO_H
#define THAW_AGENT_MEMO_H

#include "base/slice.h"
#include "core/invocation.h"

/*
 * What must outlive the agent's process: how often each request id was started
 * in this instance.  After a timeout or a crash the platform starts the agent
 * anew in the same environment, with the same /tmp, and an asynchronous retry
 * of the same id may be the first thing that it sees; without the memo that
 * would be the same attempt again.
 *
 * A file of fixed size, written whole with one pwrite: a table of rows, each
 * with a checksum.  A row that does not check is as if it were not there.
 * Trouble with the file costs nothing but the memory.  (The spool of records
 * will be its neighbour.)
 */
struct memo {
    int fd;           /* -1: there is no file. */
    uint32_t version; /* Of the table that is in the file. */
};

/* Open or make the file; path "off": none.  Fill the table with what it holds. */
void memo_open(struct memo *memo, struct slice path, struct invocation_table *table);

/* Write the table if it has changed. */
void memo_keep(struct memo *memo, const struct invocation_table *table);

#endif
