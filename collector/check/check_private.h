/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CHECK_PRIVATE_H
#define THAW_CHECK_PRIVATE_H

#include "base/arena.h"
#include "check/check.h"
#include "check/check_limits.h"
#include "store/frame.h"
#include "store/saved.h"
#include "store/sealed.h"
#include "store/segment.h"

#include <stddef.h>

/* What the files of a check share. */

/* A segment's directory. */
struct check_found {
    uint32_t number;
    char name[SEGMENT_NAME_SIZE];
    bool there; /* Its directory is. */
    bool has_log, has_sealed;
    bool listed, says_sealed; /* By the catalog. */
    bool has_head;            /* The head of its log, or of what is sealed, is right. */
    struct frame_log_head head;
    struct sealed *sealed; /* It could be opened. */
    uint64_t log_size;
    uint64_t log_end; /* Behind its last right frame. */
    uint64_t log_frames, log_seq_last;
};

/* Frames that are set aside. */
struct check_aside {
    uint32_t segment, offset;
};

struct check {
    const struct check_options *options;
    const struct check_sink *sink;
    struct check_totals totals;
    bool identified;
    uint32_t seed;
    bool has_secret;
    struct hash_key secret;
    uint32_t first;            /* Segments before it are gone. */
    struct check_found *found; /* Ascending by number. */
    size_t count, capacity;
    struct check_aside *aside;
    size_t aside_count;
    struct bytes_reader *reader;
    struct arena scratch;
    unsigned char *body; /* Inflated, of the latest frame. */
    size_t body_capacity;
    bool no_memory;
    char file[STORE_PATH_SIZE]; /* That is being looked at. */
    uint32_t told;              /* Findings of it. */
};

/* Look at another file from now on. */
void check_begin_file(struct check *check, const char *path);

/* Tell a finding of the file that is looked at; what is a sentence like printf's. */
struct check_words {
    enum check_grade grade;
    const char *means, *advice;
};
void check_tell(struct check *check, const struct check_words *words, const char *what, ...)
    THAW_PRINTF(3, 4);
void check_tell_at(struct check *check, const struct check_words *words, uint64_t offset,
                   uint64_t size, const char *what, ...) THAW_PRINTF(5, 6);

/* What a status of the disk is called, as a finding of the whole file. */
void check_tell_refused(struct check *check, enum status status);

/* The segment of a number that was found or is listed, or NULL; and the same, added if there is
 * none, NULL without memory. */
struct check_found *check_segment_of(const struct check *check, uint32_t number);
struct check_found *check_add_segment(struct check *check, uint32_t number);

/* check_files.c: what is in the directory; opens what is sealed. */
enum status check_files(struct check *check) THAW_CHECK;

/* check_catalog.c: take in what the catalog says; later, compare it with what was found. */
enum status check_read_catalog(struct check *check) THAW_CHECK;
void check_catalog_listed(struct check *check);

/* check_log.c */
enum status check_log(struct check *check, struct check_found *found,
                      struct check_segment *segment) THAW_CHECK;

/* Whether a stored body is what its head says: told if not. */
void check_body(struct check *check, const struct frame_head *head, uint64_t offset,
                struct slice stored);

/* check_sealed.c */
enum status check_sealed(struct check *check, struct check_found *found,
                         struct check_segment *segment) THAW_CHECK;

/* An id of a record, and where it lies. */
struct check_id {
    uint64_t hash;
    uint16_t block;
    bool spare; /* It may be left out: older files do not have what links name. */
};
struct check_ids {
    struct check_id *items;
    size_t count, capacity;
    bool partial; /* Some block could not be read. */
};

/* check_blocks.c: all blocks against the directory; what ids they have is added. */
enum status check_blocks(struct check *check, const struct sealed *sealed,
                         struct check_ids *ids) THAW_CHECK;

/* check_pages.c: the pages of ids, against those that the blocks have. */
enum status check_pages(struct check *check, const struct sealed *sealed,
                        struct check_ids *ids) THAW_CHECK;

/* check_saved.c */
enum status check_saved(struct check *check, struct frame_ref place) THAW_CHECK;

/* What helps look-ups in sealed segments; called behind the segments. */
enum status check_guide(struct check *check, const char *name) THAW_CHECK;

#endif
