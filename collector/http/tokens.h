/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_TOKENS_H
#define THAW_HTTP_TOKENS_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The bearer tokens of a file: one a line, # begins a comment.  Kept as keyed hashes, which are
 * compared without telling by the time it takes how much of a token was right.  It locks itself.
 */
struct tokens {
    pthread_rwlock_t lock;
    struct hash_key key;
    struct hash_128 *hashes;
    size_t count;
    bool required; /* A file was named: without a token nothing is allowed. */
};

/* Load the file; an empty path means that no token is required.  error says what is wrong. */
enum status tokens_init(struct tokens *tokens, struct slice path, char *error,
                        size_t error_size) THAW_CHECK;
void tokens_fini(struct tokens *tokens);

/* Read the file again; if that fails, the tokens stay as they were. */
enum status tokens_reload(struct tokens *tokens, struct slice path, char *error,
                          size_t error_size) THAW_CHECK;

/* Whether the value of an Authorization header allows the request; empty: there was none. */
bool tokens_allow(struct tokens *tokens, struct slice authorization) THAW_CHECK;

/* Whether a token that stands alone allows the request.  It must be there even where none is
 * required: any will do then. */
bool tokens_allow_key(struct tokens *tokens, struct slice key) THAW_CHECK;

#endif
