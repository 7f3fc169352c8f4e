/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_TAR_H
#define THAW_INTAKE_TAR_H

#include "intake/intake_limits.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads a tar archive (POSIX ustar and pax, GNU, the old one) as it streams by.  Pure.
 */
#define TAR_BLOCK_SIZE 512

struct tar {
    enum tar_place { TAR_HEADER, TAR_DATA, TAR_PADDING, TAR_END } place;
    enum tar_kind { TAR_FILE, TAR_LONG_NAME, TAR_PAX, TAR_OTHER } kind;
    unsigned char block[TAR_BLOCK_SIZE];
    size_t held;    /* Of the header's block. */
    uint64_t left;  /* Of the member's data. */
    size_t padding; /* Behind it. */
    bool named;     /* name is of a long name's or pax' header, for the next member. */
    bool sized;     /* So is its size. */
    uint64_t size;
    char name[INTAKE_PATH_SIZE_MAX];
    size_t name_size;
    unsigned char words[INTAKE_PATH_SIZE_MAX]; /* Of a pax header. */
    size_t words_size;
};

/* What a step found. */
enum tar_step {
    TAR_MORE,   /* All bytes are used. */
    TAR_BEGIN,  /* A file begins: see tar_name(). */
    TAR_BYTES,  /* Bytes of it. */
    TAR_FINISH, /* It ends. */
    TAR_BROKEN, /* This is no header. */
};

void tar_init(struct tar *tar);

/* Whether a block is the header of a member. */
bool tar_is_header(struct slice block);

/* Read on in *bytes, which is shortened by what was used.  Of TAR_BYTES, *data is the bytes. */
enum tar_step tar_read(struct tar *tar, struct slice *bytes, struct slice *data);

/* The path of the member that has begun. */
struct slice tar_name(const struct tar *tar);

/* Whether the archive may end here. */
bool tar_is_whole(const struct tar *tar);

#endif
