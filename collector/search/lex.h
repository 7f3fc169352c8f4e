/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_LEX_H
#define THAW_COLLECTOR_SEARCH_LEX_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* The words of the language.  Pure. */
enum lex_kind { LEX_END, LEX_OPEN, LEX_CLOSE, LEX_AND, LEX_OR, LEX_NOT, LEX_TERM };

/* What stands between a name and what it is compared with. */
enum lex_sign { LEX_IS, LEX_ABOVE, LEX_AT_LEAST, LEX_BELOW, LEX_AT_MOST };

struct lex_token {
    enum lex_kind kind;
    size_t at, size;    /* Where it stands in the text, in bytes. */
    bool named;         /* A name and a colon stand before the value, or the parenthesis. */
    struct slice name;  /* */
    enum lex_sign sign; /* */
    struct slice value; /* As it stands there, without quotes. */
    size_t value_at;
    bool quoted;  /* The value stood in quotes; */
    bool escaped; /* inside of which a backslash says that the next byte means itself. */
};

struct lex {
    struct slice text;
    size_t at;          /* What is before it was read. */
    const char *reason; /* Why the latest token is none. */
};

/* The next token; false: it is none, token->at and size say where, and lex->reason why. */
bool lex_next(struct lex *lex, struct lex_token *token) THAW_CHECK;

#endif
