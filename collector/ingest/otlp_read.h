/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_READ_H
#define THAW_INGEST_OTLP_READ_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/slice.h"
#include "base/status.h"
#include "ingest/otlp_fields.h"
#include "model/record_gist.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * What requests of all signals have in common, straight from the wire: blocks of a resource, blocks
 * of a scope, records, and attributes with their values.  Unpacking into messages first was most of
 * the time that a request took.
 *
 *     request --> resource block --> scope block --> record   (each of these is field 1 or 2)
 *
 * What comes out is in the arena or in the body, which must live as long.  Bodies are checked while
 * they are read: what the guard would not accept is refused, but for the memory that unpacking
 * would take, which does not arise here.  Does not recurse.  Pure but for the arena; any thread.
 */
struct otlp_read;

/* Take one record; false: malformed, or the arena is full. */
typedef bool otlp_read_record(struct otlp_read *read, struct slice record);

struct otlp_read_todo;

struct otlp_read {
    struct arena *arena;
    struct batch *batch;
    otlp_read_record *record;
    struct resource *resources;      /* One for each resource block. */
    const struct resource *resource; /* Of the block that is being read. */
    const struct scope *scope;
    void *records;         /* The signal's own. */
    size_t attrs_expected; /* As many as the records had lately, ... */
    size_t resource_attrs; /* ... and the resource. */
    struct gist_latest gist;
    struct otlp_read_todo *todo; /* Lists and maps whose members are still to be read. */
};

/* How many records the blocks of a request hold. */
size_t otlp_read_count(struct slice body) THAW_CHECK;

/* The next part of a message that has this tag; false: there is none, or what is in front of it is
 * malformed. */
bool otlp_read_part(struct fields *fields, uint32_t tag, struct slice *part) THAW_CHECK;

/* Read a whole request.  False: malformed, or the arena is full. */
bool otlp_read_body(struct otlp_read *read, struct slice body) THAW_CHECK;

/* Messages around values, with the value: it is as deep as this, and may nest that much less. */
enum otlp_read_depth {
    OTLP_DEPTH_RESOURCE = 5, /* Attributes of a resource, and the body of a line. */
    OTLP_DEPTH_RECORD = 6,   /* Attributes of a record, or of a scope. */
    OTLP_DEPTH_EVENT = 7,    /* Attributes of an event, or of a link. */
    OTLP_DEPTH_POINT = 8,    /* Attributes of a data point. */
};

/*
 * An AnyValue.  Containers go on a list instead of being descended into, so that how deep a value
 * nests does not matter; otlp_read_settle() reads what is on it, before the record ends.
 */
bool otlp_read_value(struct otlp_read *read, struct slice source, struct value *target,
                     unsigned depth) THAW_CHECK;
bool otlp_read_settle(struct otlp_read *read) THAW_CHECK;

/* Add the KeyValue that comes next, behind its tag, to attributes that grow, and those that follow
 * it with the same tag; they begin as {NULL, 0, 0, how many are expected or 0}. */
struct otlp_read_attrs {
    struct attr *items;
    size_t count;
    size_t room;
    size_t expected;
};
bool otlp_read_attrs(struct otlp_read *read, struct fields *fields, uint32_t tag,
                     struct otlp_read_attrs *attrs, enum otlp_read_depth depth) THAW_CHECK;

/* An id that comes next: *good says whether it has its size and is not zero, else it becomes zero.
 * False: malformed. */
static inline bool otlp_read_id8(struct fields *fields, struct id8 *target, bool *good)
{
    static const struct id8 zero;
    struct slice bytes;
    bool there = fields_bytes(fields, &bytes);
    *good = there && bytes.size == sizeof(*target) && bytes_get64(bytes.base) != 0;
    memcpy(target, *good ? bytes.base : zero.bytes, sizeof(*target));
    return there;
}

static inline bool otlp_read_id16(struct fields *fields, struct id16 *target, bool *good)
{
    static const struct id16 zero;
    struct slice bytes;
    bool there = fields_bytes(fields, &bytes);
    *good = there && bytes.size == sizeof(*target) &&
            (bytes_get64(bytes.base) | bytes_get64(bytes.base + 8)) != 0;
    memcpy(target, *good ? bytes.base : zero.bytes, sizeof(*target));
    return there;
}

/* A number of 32 bits that comes next as a varint; what is above them is cut off. */
bool otlp_read_u32(struct fields *fields, uint32_t *target) THAW_CHECK;

#endif
