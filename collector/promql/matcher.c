/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/matcher.h"

#include "base/ensure.h"

enum pattern_answer matcher_match(const struct matcher *matcher, struct slice value,
                                  struct arena *scratch)
{
    enum pattern_answer answer = PATTERN_LIMIT;
    switch (matcher->kind) {
    case MATCHER_EQUAL:
        return slice_equal(matcher->value, value) ? PATTERN_MATCHES : PATTERN_DIFFERS;
    case MATCHER_NOT_EQUAL:
        return slice_equal(matcher->value, value) ? PATTERN_DIFFERS : PATTERN_MATCHES;
    case MATCHER_PATTERN:
        return pattern_match(matcher->pattern, value, scratch);
    case MATCHER_NOT_PATTERN:
        answer = pattern_match(matcher->pattern, value, scratch);
        if (answer == PATTERN_LIMIT) {
            return answer;
        }
        return answer == PATTERN_MATCHES ? PATTERN_DIFFERS : PATTERN_MATCHES;
    }
    ENSURE(false);
    return answer;
}

enum pattern_answer matchers_match_value(const struct matcher *matchers, size_t count,
                                         struct slice name, struct slice value,
                                         struct arena *scratch)
{
    for (size_t i = 0; i < count; i++) {
        if (!slice_equal(matchers[i].name, name)) {
            continue;
        }
        enum pattern_answer answer = matcher_match(&matchers[i], value, scratch);
        if (answer != PATTERN_MATCHES) {
            return answer;
        }
    }
    return PATTERN_MATCHES;
}

enum pattern_answer matchers_match(const struct matcher *matchers, size_t count,
                                   const struct label_set *labels, struct arena *scratch)
{
    for (size_t i = 0; i < count; i++) {
        struct slice value = labels_value(labels, matchers[i].name);
        enum pattern_answer answer = matcher_match(&matchers[i], value, scratch);
        if (answer != PATTERN_MATCHES) {
            return answer;
        }
    }
    return PATTERN_MATCHES;
}
