/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_FILTER_H
#define THAW_COLUMNS_FILTER_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which values and words a block may hold: a blocked Bloom filter over 64-bit hashes.  What is not
 * in the filter is not in the block; of what is not in the block about 1 % is in the filter.
 *
 * In it are
 *   - of attributes of records whose value is a string: filter_pair(key, value); also of those of
 *     who sent the records, where the block says so (BLOCK_SENDERS), and of its service,
 *   - of span names, log bodies that are strings, status messages, event names and names of span
 *     events: filter_word() of each word.
 *
 * A word is a run of ASCII letters and digits and of bytes above 127, 3 to 64 bytes long; letters
 * are lower-cased.  Longer and shorter runs are not in the filter: who looks for them reads.
 *
 * Pure; any thread.
 */

/* The hash of an attribute. */
uint64_t filter_pair(const struct hash_key *key, struct slice name, struct slice value);

/* The hash of one word as filter_words_next() cuts it. */
uint64_t filter_word(const struct hash_key *key, struct slice word);

/* A word of at most eight bytes as one number, lower-cased, that no other such word has. */
#define FILTER_SHORT_SIZE_MAX 8
uint64_t filter_short_word(struct slice word);

/* Whether a byte is of a word: letters, digits, and all of a character that is no ASCII. */
bool filter_of_word(unsigned char byte) THAW_CHECK;

/* The words of a text, one after the other. */
struct filter_words {
    struct slice text;
    size_t chunk;  /* Where the bytes begin that are being looked at, ... */
    uint64_t bits; /* ... and those of them that are of words that are still to come. */
};
struct filter_words filter_words_of(struct slice text);

/* The next word; false when there is none.  The word is as it is written: filter_word()
 * lower-cases. */
bool filter_words_next(struct filter_words *words, struct slice *word) THAW_CHECK;

/* Bytes of a filter for so many different hashes. */
size_t filter_size(size_t count);

/* Put a hash into a filter of filter_size() zeroed bytes. */
void filter_add(unsigned char *filter, size_t size, uint64_t hash);

/* Whether a hash may be in; true for bytes that are no filter. */
bool filter_may_have(struct slice filter, uint64_t hash) THAW_CHECK;

#endif
