/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_OBJECT_H
#define THAW_INTAKE_OBJECT_H

#include "base/buf.h"
#include "base/json_read.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One JSON object, read once: which of the members that we know it has, and where their values are.
 * Pure; slices point into the text.
 */
enum object_key {
#define OBJECT_KEY(name, text) OBJECT_##name,
#include "intake/object.def"
#undef OBJECT_KEY
    OBJECT_KEY_COUNT,
};

/* A value: a string's inside, a number, or the whole text of an object or array. */
struct object_value {
    enum json_token token;
    struct json_string string; /* raw is the text whatever the token is. */
};

struct object {
    struct slice raw; /* From brace to brace, as far as it is there. */
    size_t begin;     /* Where it begins in the reader's text. */
    uint64_t keys;    /* One bit for each known member, set when its name was read. */
    unsigned others;  /* Members of other names. */
    struct object_value values[OBJECT_KEY_COUNT]; /* Only where the bit is set. */
};

#define OBJECT_BIT(name) (UINT64_C(1) << OBJECT_##name)

/* Whether it has the member / all of these / any of these. */
#define object_has(object, name)     (((object)->keys & OBJECT_BIT(name)) != 0)
#define object_has_any(object, bits) (((object)->keys & (bits)) != 0)

/* Read the object that the reader stands before.  False: the text is wrong or ends in it (see the
 * reader); what was read until then is there, the last member perhaps without its value. */
bool object_read(struct json_read *reader, struct object *object);

/* The same step by step: into the object, and then, after each json_read_member(), its value. */
bool object_begin(struct json_read *reader, struct object *object);
void object_member(struct json_read *reader, struct json_string name, struct object *object);
void object_end(struct json_read *reader, struct object *object);

/* The known member of this name, or OBJECT_KEY_COUNT. */
enum object_key object_key(struct json_string name);

/* The text of a member that is a string (unescaped into out), of a number as written; else and
 * without the member empty. */
struct slice object_text(const struct object *object, enum object_key key, struct buf *out);

#endif
