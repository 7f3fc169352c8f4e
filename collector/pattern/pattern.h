/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PATTERN_PATTERN_H
#define THAW_COLLECTOR_PATTERN_PATTERN_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/*
 * A pattern is a regular expression of a user, compiled by PCRE2 and anchored at both ends: it
 * matches a text as a whole or not at all.  A point matches a line feed, too; \d, \w and \s are
 * ASCII; text that is not UTF-8 matches nothing.
 *
 * People write RE2's language (that of Prometheus, Loki and Tempo), which PCRE2's contains but for
 * rare forms.  What RE2 does not have for good reason is refused by name: references back, verbs
 * and recursion.  A match takes a bounded number of steps and bytes; beyond, the answer says so, so
 * that no pattern holds a thread.
 *
 * All memory comes from arenas: that of pattern_compile() keeps the pattern, which is then
 * immutable and may be used by any number of threads; that of a match is scratch, given back when
 * the match ends.  There is nothing to free.
 */
struct pattern;

enum pattern_answer {
    PATTERN_DIFFERS, /* It does not match. */
    PATTERN_MATCHES,
    PATTERN_LIMIT, /* It was given up: too many steps, or no room in the arena. */
};

/* Why a text is no pattern.  reason lives as long as the arena. */
struct pattern_error {
    size_t offset; /* The byte of the text at which it was noticed. */
    struct slice reason;
};

/* STATUS_BAD with an error, or STATUS_FULL: longer than PATTERN_SIZE_MAX, or no room. */
enum status pattern_compile(struct slice text, struct arena *arena, const struct pattern **pattern,
                            struct pattern_error *error) THAW_CHECK;

/* Whether the whole subject matches. */
enum pattern_answer pattern_match(const struct pattern *pattern, struct slice subject,
                                  struct arena *scratch) THAW_CHECK;

/*
 * The texts of a pattern that is no more than a list of them ("api|web|a\\.b", as dashboards write
 * for what was chosen), sorted and each once; NULL for any other.  It matches these and nothing
 * else, so that who has an index looks them up in it.
 */
const struct slice *pattern_texts(const struct pattern *pattern, size_t *count) THAW_CHECK;

/* Groups, the whole match included: 1 + the number of pairs of parentheses that keep. */
size_t pattern_group_count(const struct pattern *pattern);

/* The group of this name, or SLICE_NONE. */
size_t pattern_group_named(const struct pattern *pattern, struct slice name);

/*
 * The same as pattern_match(), and on PATTERN_MATCHES groups[0] is the subject and groups[i] what
 * the i-th pair matched, empty where it took no part; count of them are stored.
 */
enum pattern_answer pattern_match_groups(const struct pattern *pattern, struct slice subject,
                                         struct arena *scratch, struct slice *groups,
                                         size_t count) THAW_CHECK;

#endif
