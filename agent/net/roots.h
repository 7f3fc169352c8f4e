/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_ROOTS_H
#define THAW_AGENT_ROOTS_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/*
 * The certificates that we trust: a PEM file of the user or of the system.  It
 * may hold a hundred and fifty of them, of which a connection needs one, so
 * none is kept in memory: the first look-up makes an index of the file, eight
 * bytes for each, and every look-up reads those of the right name.  A file
 * that has changed is indexed again.  There is one, static; one thread.
 */
struct roots_entry {
    uint32_t name_hash;
    uint32_t offset;
};

struct roots {
    bool indexed;
    /* What the file was like when it was indexed. */
    ino_t inode;
    off_t size;
    struct timespec changed;
    size_t count;
    size_t left_out;           /* Certificates beyond AGENT_ROOTS_MAX. */
    char path[AGENT_PATH_MAX]; /* "": the system's. */
    struct roots_entry entries[AGENT_ROOTS_MAX];
    unsigned char text[AGENT_PEM_WINDOW];
    unsigned char der[AGENT_CERTIFICATE_MAX];
};

/* Which file; the system's bundle if it is empty.  Nothing is read.  A path that is longer than
 * AGENT_PATH_MAX - 1 is none. */
void roots_init(struct roots *roots, struct slice path);

/* Read the index unless it is there and the file is as it was.  STATUS_NOT_FOUND: there is no file
 * that can be read; STATUS_BAD: it holds no certificate. */
enum status roots_load(struct roots *roots) THAW_CHECK;

/* Hand every root whose name may be this one, as DER, to take; the memory is good during the call.
 * Before it, roots_load() as above. */
typedef void roots_take(void *context, struct slice der);
enum status roots_find(struct roots *roots, struct slice name, roots_take *take,
                       void *context) THAW_CHECK;

#endif
