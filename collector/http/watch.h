/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_WATCH_H
#define THAW_HTTP_WATCH_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files that belong together: a certificate and its key. */
#define WATCH_FILES_MAX 2

/*
 * Notices that files have changed, by looking at them now and then: it works on every file system,
 * and where a name is a link that is moved to another file.  A change counts once two looks have
 * seen the same: who replaces two files one after the other, or writes one in pieces, is let
 * finish.  One thread.
 */
struct watch {
    struct slice paths[WATCH_FILES_MAX]; /* Must outlive it. */
    size_t count;
    struct watch_stamp {
        uint64_t device, inode, size;
        int64_t changed_s, changed_ns, modified_s, modified_ns;
    } taken[WATCH_FILES_MAX], seen[WATCH_FILES_MAX]; /* A missing file is all zeros. */
};

/* Begin with the files as they are now; call it before they are read. */
void watch_init(struct watch *watch, const struct slice *paths, size_t count);

/* Whether the files are to be read again: they differ from those of the latest true answer (or
 * watch_init()), and have not changed since the latest look. */
bool watch_look(struct watch *watch);

/* They are read now, whatever a look would say. */
void watch_take(struct watch *watch);

#endif
