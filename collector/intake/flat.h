/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_FLAT_H
#define THAW_INTAKE_FLAT_H

#include "intake/object.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads objects of strings, whole numbers and literals, one after the other, as the events of an
 * export are.  What stands between two values, which is a name and the punctuation around it, is
 * mostly the same as in the object before: it is compared with that instead of being read.
 *
 * It knows the usual form only and decides nothing else: what it takes, object_read() takes with
 * the same answer, and for all the rest that one has the word.  Pure; slices point into the text.
 */

/* Members that are remembered, and bytes between two values: a name, and a line's indentation. */
#define FLAT_MEMBERS_MAX 12
#define FLAT_BETWEEN_MAX 64

/* What stood in front of each value of the object before. */
struct flat {
    struct {
        unsigned char bytes[FLAT_BETWEEN_MAX]; /* Up to the first byte of the value. */
        unsigned char size;                    /* 0: there was none. */
        unsigned char key;                     /* enum object_key */
    } before[FLAT_MEMBERS_MAX];
};

/* Begin with {0}.  True: object_read() would have read this object from the front of the text, and
 * its end is at *size.  False: ask it. */
bool flat_read(struct flat *flat, struct slice text, struct object *object,
               size_t *size) THAW_CHECK;

#endif
