/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_PHRASE_H
#define THAW_COLUMNS_PHRASE_H

#include "base/hash.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A text that is looked for in other texts, whatever the case of its ASCII letters.  Whole: where
 * it begins or ends with a letter or digit, no other stands before or behind it.
 *
 * It knows which words any text that has it must have, as hashes for a filter (filter.h).  Pure.
 */
#define PHRASE_SIZE_MAX  256
#define PHRASE_WORDS_MAX 16 /* More are not asked for. */

struct phrase {
    unsigned char text[PHRASE_SIZE_MAX]; /* In lower case. */
    size_t size;
    bool whole;
    uint64_t words[PHRASE_WORDS_MAX];
    size_t word_count;
};

/* False: the text is empty or longer than PHRASE_SIZE_MAX. */
bool phrase_init(struct phrase *phrase, struct slice text, bool whole,
                 const struct hash_key *filter_key);

/* Whether a text has it. */
bool phrase_in(const struct phrase *phrase, struct slice text);

/* Whether what the filter is of may have it. */
bool phrase_may_be(const struct phrase *phrase, struct slice filter);

#endif
