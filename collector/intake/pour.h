/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_POUR_H
#define THAW_INTAKE_POUR_H

#include "intake/intake.h"
#include "streams/merge.h"
#include "streams/stream_sink.h"

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Files, directories and standard input, poured through intake, merge and the providers into one
 * sink.  A directory is walked in order of names; "-" is standard input.  Flat memory.
 */
struct pour_progress {
    const char *path; /* That is being read. */
    uint64_t files, files_all;
    uint64_t bytes, bytes_all; /* As stored; bytes_all is 0 where unknown (a pipe). */
    uint64_t text_bytes;       /* Inflated. */
};

struct pour_options {
    const char *const *paths;
    size_t path_count;
    struct slice account, region, group, stream, function; /* For what does not say. */
    int64_t memory_mb; /* Of functions of other providers; STREAMS_UNKNOWN. */
    bool azure_flex;   /* See cloud_options.h. */
    const struct stream_sink *sink;
    /* About every MiB; answer false to stop (what was poured is finished).  May be NULL. */
    bool (*progress)(void *context, const struct pour_progress *progress);
    void *context;
};

struct pour_result {
    struct merge_counts merge;
    struct intake_counts intake;           /* Of all files. */
    uint64_t formats[INTAKE_FORMAT_COUNT]; /* How many files were of which; an archive is one. */
    uint64_t files_failed;
    bool stopped;
    char error[512]; /* The first thing that was wrong with a file: path, what, what to do. */
};

/* STATUS_OK; STATUS_NOT_FOUND when no file could be opened; STATUS_BAD when one was broken (the
 * others were read); STATUS_FULL without memory. */
enum status pour(const struct pour_options *options, struct pour_result *result) THAW_CHECK;

/* The format of all files that had anything in them, or "mixed"; NULL where none had. */
const char *pour_format(const struct pour_result *result);

#endif
