/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_READ_H
#define THAW_INGEST_OTLP_READ_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What requests of all signals have in common, straight from the wire: blocks of a resource, blocks
 * of a scope, records, and attributes with their values.  Unpacking into messages first was most of
 * the time that a request took.
 *
 *     request --> resource block --> scope block --> record   (each of these is field 1 or 2)
 *
 * What comes out is in the arena or in the body, which must live as long.  The guard has seen the
 * body; what is malformed nevertheless is refused, and nothing is read outside of it.  Does not
 * recurse.  Pure but for the arena; any thread.
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
    void *records;               /* The signal's own. */
    size_t attrs_expected;       /* As many as the records had lately. */
    struct otlp_read_todo *todo; /* Lists and maps whose members are still to be read. */
};

/* How many records the blocks of a request hold. */
size_t otlp_read_count(struct slice body) THAW_CHECK;

/* Read a whole request.  False: malformed, or the arena is full. */
bool otlp_read_body(struct otlp_read *read, struct slice body) THAW_CHECK;

/*
 * An AnyValue.  Containers go on a list instead of being descended into, so that how deep a value
 * nests does not matter; otlp_read_settle() reads what is on it, before the record ends.
 */
bool otlp_read_value(struct otlp_read *read, struct slice source, struct value *target) THAW_CHECK;
bool otlp_read_settle(struct otlp_read *read) THAW_CHECK;

/* Add a KeyValue to attributes that grow; they begin as {NULL, 0, 0}. */
struct otlp_read_attrs {
    struct attr *items;
    size_t count;
    size_t room;
};
bool otlp_read_attr(struct otlp_read *read, struct slice source,
                    struct otlp_read_attrs *attrs) THAW_CHECK;

/* The bytes of an id; false, and all zero, if they are none of that size. */
bool otlp_read_id(struct slice bytes, unsigned char *target, size_t size);

#endif
