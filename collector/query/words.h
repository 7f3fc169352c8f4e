/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_WORDS_H
#define THAW_COLLECTOR_QUERY_WORDS_H

#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * The words of a search: function:NAME, errors, timeouts, cold, id:ID, joined by spaces; all must
 * hold. A NAME with spaces stands in double quotes.  Pure.
 */
struct words {
    struct slice function; /* Empty: any. */
    bool errors, timeouts, cold;
    bool has_id;
    struct id16 id;
};

struct words_error {
    struct slice word;  /* The word that is wrong. */
    const char *reason; /* What is wrong with it. */
};

/* False, and *error says why, when the text is no such search. */
bool words_parse(struct slice text, struct words *words, struct words_error *error) THAW_CHECK;

#endif
