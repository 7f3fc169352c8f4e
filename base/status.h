/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_STATUS_H
#define THAW_BASE_STATUS_H

/* Marks a function whose answer the caller must look at. */
#define THAW_CHECK __attribute__((warn_unused_result))

/* Marks a function that takes a printf format as argument `text` and its values from `first`. */
#define THAW_PRINTF(text, first) __attribute__((format(printf, text, first)))

/*
 * What the world may answer.  Bugs are not here (ENSURE), and neither is bad
 * input where a parser has a closer answer of its own.
 */
enum status {
    STATUS_OK = 0,    /* Done. */
    STATUS_AGAIN,     /* Not now; nothing was done, the same call may succeed later. */
    STATUS_BAD,       /* The input is wrong; the same call will fail again. */
    STATUS_DENIED,    /* Not allowed. */
    STATUS_EXISTS,    /* It is there already. */
    STATUS_FULL,      /* A named limit is reached, or memory or disk is. */
    STATUS_IO,        /* The system failed; errno said more at that moment. */
    STATUS_NOT_FOUND, /* There is no such thing. */
    STATUS_CLOSED,    /* The other end is gone. */
    STATUS_TIMEOUT,   /* The deadline passed first. */
};

/* The name of a status in lower case with dashes ("not-found"), for logs.  Never NULL. */
const char *status_name(enum status status);

#endif
