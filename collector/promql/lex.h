/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_LEX_H
#define THAW_COLLECTOR_PROMQL_LEX_H

#include "base/slice.h"
#include "base/status.h"
#include "promql/node.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Words of a query, one after another.  Comments and spaces are skipped.  What a word means may
 * depend on the braces and brackets around it, which the lexer keeps count of.
 */
enum token_kind {
    TOKEN_END,
    TOKEN_WRONG, /* message of the lexer says why. */
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE,
    TOKEN_LEFT_BRACKET,
    TOKEN_RIGHT_BRACKET,
    TOKEN_AT,
    TOKEN_ASSIGN,      /* = */
    TOKEN_PATTERN,     /* =~ */
    TOKEN_NOT_PATTERN, /* !~ */
    TOKEN_OPERATOR,
    TOKEN_NUMBER,
    TOKEN_DURATION,
    TOKEN_STRING,
    TOKEN_IDENTIFIER,
    TOKEN_METRIC, /* An identifier with a colon. */
    TOKEN_AGGREGATE,
    TOKEN_BOOL,
    TOKEN_BY,
    TOKEN_GROUP_LEFT,
    TOKEN_GROUP_RIGHT,
    TOKEN_IGNORING,
    TOKEN_OFFSET,
    TOKEN_ON,
    TOKEN_WITHOUT,
    TOKEN_START, /* start and end, of @. */
    TOKEN_FINISH,
};

struct token {
    enum token_kind kind;
    struct slice text; /* As it stands in the query. */
    size_t position;
    enum operator operation;  /* Of TOKEN_OPERATOR. */
    enum aggregate aggregate; /* Of TOKEN_AGGREGATE. */
};

struct promql_lex {
    struct slice text;
    size_t position;
    int parens;
    bool in_braces, in_brackets, had_colon;
    const char *message;  /* Why a token is wrong. */
    struct slice culprit; /* The part of the text that message is about, where it is about one. */
};

/* The next word; after TOKEN_END or TOKEN_WRONG the same again. */
struct token promql_lex_next(struct promql_lex *lex);

#endif
