/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_MEMO_H
#define THAW_SOURCES_MEMO_H

#include "base/hash.h"
#include "base/map.h"
#include "promql/growing.h"
#include "promql/source.h"

/*
 * A source that remembers what another one showed, for many queries that are evaluated at one
 * moment: rules of which several look at the same series read them once.  A selector that is asked
 * for again, within the span of time that was asked for before, is answered from memory.
 *
 *     struct memo memo;
 *     memo_init(&memo, &source, &arena, &key);
 *     struct series_source remembered = memo_source(&memo);
 *     ... promql_instant() of each rule, whose run has &remembered and an arena of its own ...
 *     memo_fini(&memo);
 *
 * What is remembered is in the arena of the memo, which outlives all answers; when it is full, what
 * comes then is shown and not remembered.  Matchers of what is asked for live as long as the memo.
 * What is asked to be listed is passed on.  One thread.
 */
struct memo {
    const struct series_source *source;
    struct arena *arena;
    struct hash_key key;
    struct map map;
    struct growing entries; /* of struct memo_entry, in the arena. */
    size_t reads;           /* How often the source was asked. */
};

void memo_init(struct memo *memo, const struct series_source *source, struct arena *arena,
               const struct hash_key *key);
void memo_fini(struct memo *memo); /* The arena is the caller's. */

struct series_source memo_source(struct memo *memo);

#endif
