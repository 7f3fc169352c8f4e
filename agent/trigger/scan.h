/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SCAN_H
#define THAW_AGENT_SCAN_H

#include "trigger/trigger_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads one JSON text that arrives in pieces, cut anywhere, and keeps none of
 * it.  Before each value the caller says what it wants of it; what is not
 * wanted is passed over at the speed of memchr(), however deep it nests, and is
 * only checked for as much as it takes to find its end.  Pure; does not recurse.
 *
 *     SCAN_KEY    --> the caller sets want for the member's value
 *     SCAN_ARRAY  --> ... for its elements
 *     SCAN_CLOSE  --> ... for what follows in the container around it
 */

/* What is wanted of a value, together; nothing of it: 0. */
#define SCAN_WALK   1u /* A container's members, each with a token of its own. */
#define SCAN_TAKE   2u /* A scalar, as a whole. */
#define SCAN_PIECES 4u /* A string, in pieces, of any size. */

enum scan_token {
    SCAN_MORE, /* The input is read. */
    SCAN_OBJECT,
    SCAN_ARRAY,
    SCAN_CLOSE, /* The innermost container that is walked has ended. */
    SCAN_KEY,   /* text is the key, empty if it is too long. */
    SCAN_VALUE, /* text is the scalar, empty if it is too long or null. */
    SCAN_PIECE, /* text is a part of a string. */
    SCAN_LAST,  /* text is the rest of it, perhaps empty. */
    SCAN_BAD,   /* It is no JSON; so are all that follow. */
};

enum scan_state {
    SCAN_AT_VALUE,   /* A value is due. */
    SCAN_AT_ELEMENT, /* A value or the end of an array. */
    SCAN_AT_MEMBER,  /* A key or the end of an object. */
    SCAN_AT_KEY,     /* A key. */
    SCAN_AT_COLON,
    SCAN_AT_NEXT, /* A comma or the end. */
    SCAN_IN_KEY,
    SCAN_IN_TAKEN,
    SCAN_IN_PIECES,
    SCAN_IN_SKIPPED, /* A string that nobody wants. */
    SCAN_IN_SCALAR,
    SCAN_IN_CONTAINER, /* One that nobody wants. */
    SCAN_IN_STRING,    /* A string in it. */
    SCAN_AT_END,
    SCAN_AT_FAULT,
};

/* Invariant: depth <= TRIGGER_DEPTH_MAX and size <= sizeof(text). */
struct scan {
    enum scan_state state;
    unsigned want;        /* Of the next value. */
    unsigned depth;       /* Containers that are walked and open. */
    size_t size;          /* Of text. */
    bool given;           /* text was a token, and is over. */
    bool too_long;        /* The text did not fit. */
    bool escaped;         /* The next byte of a string is. */
    unsigned char digits; /* Of \u that are missing. */
    uint32_t unit;        /* What they amount to so far. */
    uint32_t high;        /* The first half of a pair of surrogates, or 0. */
    size_t skipped;       /* Containers that nobody wants and that are open. */
    uint32_t objects;     /* By depth: whether it is an object. */
    unsigned char text[TRIGGER_VALUE_MAX];
};

void scan_init(struct scan *scan, unsigned want);

/* Read on until there is something to tell; what is read is taken off the input. */
enum scan_token scan_step(struct scan *scan, struct slice *input) THAW_CHECK;

/* The text of the latest token. */
struct slice scan_text(const struct scan *scan);

/* Nobody wants the rest of the string that comes in pieces. */
void scan_drop(struct scan *scan);

/* Whether one whole value was read and nothing is wrong. */
bool scan_complete(const struct scan *scan) THAW_CHECK;

#endif
