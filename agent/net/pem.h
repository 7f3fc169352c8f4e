/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PEM_H
#define THAW_AGENT_PEM_H

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/*
 * Finds the certificates in PEM text, one after the other, in whatever pieces
 * the text comes.  Pure.
 */
enum pem_answer {
    PEM_GOT,     /* A certificate. */
    PEM_SKIPPED, /* What was consumed holds none, or one that is damaged or too large. */
    PEM_PARTIAL, /* More text is needed to tell. */
};

struct pem_block {
    size_t begin;    /* Where in the text it begins. */
    size_t consumed; /* The text is done with up to here. */
    size_t der_size; /* PEM_GOT: the bytes in der. */
};

/*
 * Take the next certificate off the text; its bytes go to der, which has room
 * of that size.  last says that no more text follows: then there is no
 * PEM_PARTIAL but for the empty text, which is the end.  PEM_PARTIAL may have
 * consumed something too.
 */
enum pem_answer pem_next(struct slice text, bool last, unsigned char *der, size_t room,
                         struct pem_block *block) THAW_CHECK;

#endif
