/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_ENCODE_BODY_H
#define THAW_STREAMS_ENCODE_BODY_H

#include "streams/encode.h"
#include "streams/encode_pen.h"

#include "base/buf.h"
#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

/* Whose lines are: what all of a scope have in common stands in the scope, once. */
struct encode_owner {
    bool has_request;
    struct id16 request_id;
    struct slice phase; /* Static. */
};

/*
 * A body of one signal that is being filled: blocks of one source each, in them scopes of one owner
 * of lines each, in them records.  A record is written behind the body first, and moves into the
 * next one if it does not fit any more.
 */
struct encode_body {
    const struct encode_options *options;
    enum signal signal;
    struct slice scope;
    struct buf out;
    struct buf scratch; /* Text that had to be mended or decoded for the record.  It never moves. */
    struct buf spill;   /* A record on its way into the next body. */
    void *memory;       /* Of the scratch. */
    uint64_t records;
    uint64_t block_records;         /* Of the block that is open, */
    size_t block_at;                /* which begins here, */
    uint64_t scope_records;         /* and of the scope in it, */
    size_t scope_block_at;          /* which begins here. */
    uint64_t source;                /* Number of the source of the block that is open, or 0. */
    struct stream_source described; /* What is written of it, but for its texts. */
    struct encode_owner owner;      /* Of the scope's lines. */
    size_t resource_at, scope_at;   /* Where the content of block and scope begins. */
};

/* False without memory. */
bool encode_body_init(struct encode_body *body, const struct encode_options *options,
                      enum signal signal, struct slice scope);
void encode_body_fini(struct encode_body *body);

/* Begin a record of this source that takes size bytes at most: where to write it, its tag and
 * length included; NULL without memory.  A line has an owner; what has none may stand in any scope
 * of the source. */
unsigned char *encode_body_begin(struct encode_body *body, const struct stream_source *source,
                                 const struct encode_owner *owner, size_t size) THAW_CHECK;

/* It is written; end is behind its last byte. */
void encode_body_end(struct encode_body *body, const unsigned char *end);

/* Give out what there is. */
void encode_body_flush(struct encode_body *body);

/* Text as UTF-8: itself, or mended in the scratch, which the next record forgets. */
struct slice encode_body_clean(struct encode_body *body, struct slice text);

#endif
