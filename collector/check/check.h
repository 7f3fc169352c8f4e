/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CHECK_CHECK_H
#define THAW_CHECK_CHECK_H

#include "base/slice.h"
#include "base/status.h"
#include "store/catalog.h"
#include "store/disk.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Checks a data directory that no collector has open: every checksum, and everything that must hold
 * between and inside of its files (docs/formats/).  It only reads.
 *
 * What is found is told as it is found; nothing ends the check but want of memory.  One thread.
 */
enum check_grade {
    CHECK_NOTE,       /* Nothing is lost by it. */
    CHECK_DAMAGE,     /* What was kept is not what is there. */
    CHECK_UNREADABLE, /* The disk refuses: nobody knows. */
    CHECK_GRADE_COUNT
};

/* Something that was found.  The texts are sentences without their full stop, and live as long as
 * the call. */
struct check_finding {
    enum check_grade grade;
    const char *file;      /* In the data directory. */
    bool placed;           /* It is at this offset, */
    uint64_t offset, size; /* and of this size; 0: unknown. */
    const char *what;
    const char *means;
    const char *advice; /* Empty: there is nothing to do. */
};

/* What a segment holds, as far as it is right. */
struct check_segment {
    const char *name;
    bool has_log, has_sealed;
    uint64_t log_bytes, log_frames;
    uint64_t sealed_bytes, blocks, spans, lines, ids, sealed_frames;
};

struct check_totals {
    uint64_t segments, files, bytes;
    uint64_t counts[CHECK_GRADE_COUNT];
    unsigned char store[16]; /* Identity; all zero: none was found. */
};

/* Who is told.  Findings in a segment's files come before the segment. */
struct check_sink {
    void *context;
    void (*finding)(void *context, const struct check_finding *finding);
    void (*segment)(void *context, const struct check_segment *segment);
};

struct check_options {
    const struct disk *disk;
    const struct catalog *catalog; /* NULL: it is missing, or was found to be damaged. */
    store_decode *decode;          /* Of bodies. */
    bool restoring;                /* A restore that is not finished is the caller's. */
    /* Whether a saved view is good: STATUS_BAD and why, if not; STATUS_DENIED: it is of another
     * version.  NULL: only checksums say so. */
    enum status (*load)(const struct hash_key *secret, struct slice bytes, const char **reason);
};

/* Check.  STATUS_OK whatever was found; STATUS_FULL: no memory. */
enum status check_run(const struct check_options *options, const struct check_sink *sink,
                      struct check_totals *totals) THAW_CHECK;

/* What a program that checks exits with. */
enum check_verdict { CHECK_GOOD = 0, CHECK_DAMAGED = 1, CHECK_CANNOT_READ = 2 };

/* What the totals come to. */
enum check_verdict check_verdict(const struct check_totals *totals);

/*
 * Check a real directory and print what was found, as text or as one JSON value.  A collector that
 * has it open, or a directory that is none, is told on stderr: CHECK_CANNOT_READ.
 */
struct check_directory {
    struct slice path;
    store_decode *decode;
    bool json;
    bool restoring; /* A restore that is not finished is the caller's. */
    bool quiet;     /* Print findings of damage alone, on stderr. */
};
enum check_verdict check_directory(const struct check_directory *directory);

#endif
