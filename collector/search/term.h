/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_TERM_H
#define THAW_COLLECTOR_SEARCH_TERM_H

#include "search/lex.h"
#include "search/search.h"

/* What a token asks for, in the arena; false: nothing, and *error says why.  For the files of
 * search/ only. */
bool term_make(const struct lex_token *token, struct arena *arena, struct search_term *term,
               struct search_error *error) THAW_CHECK;

#endif
