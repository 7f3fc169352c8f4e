/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_VALUES_H
#define THAW_INTAKE_VALUES_H

#include "intake/flat.h"
#include "intake/object.h"
#include "intake/shape.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * JSON as it streams by: values in a row, with blanks, commas or nothing between them.  A list
 * (shape_is_list) of any length is taken apart element by element, everything else value by value,
 * so that an array of 10 GB needs no more memory than its largest element.
 *
 * What is broken is refused, and reading goes on where a line begins with a value that is not
 * indented more than the broken one was: one bad record does not take the good ones with it.  Of a
 * payload (see subscription.h) such lines are its next events, if they are indented.
 */
enum values_place {
    VALUES_TOP,           /* Between values. */
    VALUES_FIRST_ELEMENT, /* In a list, before an element or its end. */
    VALUES_ELEMENT,       /* In a list behind a comma. */
    VALUES_AFTER_ELEMENT, /* In a list, before a comma or its end. */
    VALUES_AFTER_LIST,    /* In an object behind its list: before a comma or its end. */
    VALUES_MEMBER,        /* In an object behind a comma. */
    VALUES_LOST,          /* Behind something broken: looking for a line that begins a value. */
};

struct values {
    struct shapes *shapes;
    struct flat flat;
    enum values_place place;
    enum object_key list; /* The list that is being read; OBJECT_KEY_COUNT: a bare array. */
    bool in_object;       /* The list is a member of an object, */
    uint64_t keys;        /* which has had these members. */
    size_t column;        /* Blanks before the value on its line, */
    size_t outer_column;  /* and before the object that the list is in. */
    bool fresh;           /* Nothing but blanks since the last newline. */
    bool strings;         /* Strings stand between the values, one a line. */
    bool mended;          /* Something was broken: stray closing brackets are part of that. */
};

/* With strings, the text is messages in quotes, one a line. */
void values_init(struct values *values, struct shapes *shapes, bool strings);

/*
 * Read as many values as text holds and answer how many bytes that were; the rest is to be given
 * again with more behind it.  Reading stops at the first value's end at or behind `enough`.  With
 * last, text is the end of the input and all of it is used.
 */
size_t values_read(struct values *values, struct slice text, size_t enough, bool last);

#endif
