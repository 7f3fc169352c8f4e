/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_FETCH_H
#define THAW_COLLECTOR_SEARCH_FETCH_H

#include "search/match.h"

/* What a record has of what a term asks for.  For the files of search/ only. */
enum fetched_kind { FETCHED_NONE, FETCHED_TEXT, FETCHED_NUMBER, FETCHED_FLAG, FETCHED_VALUE };

struct fetched {
    enum fetched_kind kind;
    struct slice text;
    double number;
    bool flag;
    const struct value *value; /* An attribute's. */
};

/* Of all fields but ids, texts and attributes. */
struct fetched fetch_line(const struct log_line *line, const struct search_term *term);
struct fetched fetch_span(const struct span *span, const struct search_term *term);
struct fetched fetch_invocation(const struct search_invocation *invocation,
                                const struct search_term *term);

#endif
