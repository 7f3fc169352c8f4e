/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_RECORD_KEY_H
#define THAW_COLLECTOR_MODEL_RECORD_KEY_H

#include "model/record.h"

/*
 * Senders say who they are with every block, mostly in the words of the time before.  The key of a
 * resource stands for these words: 128 bits of a hash with a secret of this process, made where the
 * words are read, so that whoever comes later looks at 16 bytes instead.  Two resources with one
 * key said the same, but for the number of a block (thaw.seq) where the agent gave one and put it
 * last, as it does: without a number (seq is 0) all of it is the same.
 *
 * The secret is another one in every process: a key is nothing to be stored.  Any thread.
 */

/* Give a resource that has its message its key; the rest of it was read before. */
void record_key_set(struct resource *resource);

/* Whether there is a key at all: what is not made of a message has none. */
static inline bool record_key_is(struct record_key key)
{
    return (key.words[0] | key.words[1]) != 0;
}

static inline bool record_key_equal(struct record_key one, struct record_key other)
{
    return one.words[0] == other.words[0] && one.words[1] == other.words[1];
}

#endif
