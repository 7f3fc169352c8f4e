/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_WALK_H
#define THAW_INTAKE_WALK_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The files that a list of paths stands for: a directory stands for all files below it, in order of
 * names, but for those that begin with a dot.  Symbolic links to files are followed, those to
 * directories only where they were named, so that no loop of links is walked.
 */
struct walk_file {
    char *path;    /* "-" is standard input. */
    uint64_t size; /* 0: unknown, as of a pipe. */
};

struct walk {
    struct walk_file *files;
    size_t count, room;
    uint64_t size_all; /* 0 where that of one is unknown. */
    bool size_unknown;
    uint64_t failed;   /* Paths that could not be looked at; */
    char *failed_path; /* the first of them, */
    int failed_errno;  /* and why. */
};

/* STATUS_FULL without memory.  Undo with walk_fini(), also then. */
enum status walk(struct walk *walk, const char *const *paths, size_t count) THAW_CHECK;
void walk_fini(struct walk *walk);

#endif
