/* SPDX-License-Identifier: Apache-2.0 */
#include "search/lex.h"

static bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool ends_word(unsigned char byte)
{
    return is_space(byte) || byte == '(' || byte == ')' || byte == '"';
}

static bool has(const struct lex *lex, size_t at)
{
    return at < lex->text.size;
}

static struct slice between(const struct lex *lex, size_t from, size_t to)
{
    return slice_take(slice_skip(lex->text, from), to - from);
}

static bool refuse(struct lex *lex, struct lex_token *token, size_t at, size_t size,
                   const char *reason)
{
    token->at = at;
    token->size = size;
    lex->reason = reason;
    return false;
}

/* The value in quotes that begins at lex->at. */
static bool quoted_value(struct lex *lex, struct lex_token *token)
{
    size_t begin = lex->at;
    size_t end = begin + 1;
    while (has(lex, end) && lex->text.base[end] != '"') {
        bool escape = lex->text.base[end] == '\\' && has(lex, end + 1);
        token->escaped = token->escaped || escape;
        end += escape ? 2 : 1;
    }
    if (!has(lex, end)) {
        return refuse(lex, token, begin, lex->text.size - begin, "the quotes are not closed");
    }
    token->quoted = true;
    token->value_at = begin;
    token->value = between(lex, begin + 1, end);
    lex->at = end + 1;
    return true;
}

static bool bare_value(struct lex *lex, struct lex_token *token)
{
    size_t end = lex->at;
    while (has(lex, end) && !ends_word(lex->text.base[end])) {
        end++;
    }
    token->value_at = lex->at;
    token->value = between(lex, lex->at, end);
    lex->at = end;
    return true;
}

static enum lex_sign take_sign(struct lex *lex)
{
    static const struct {
        struct slice text;
        enum lex_sign sign;
    } signs[] = {
        {SLICE_INIT(">="), LEX_AT_LEAST}, {SLICE_INIT("<="), LEX_AT_MOST},
        {SLICE_INIT(">"), LEX_ABOVE},     {SLICE_INIT("<"), LEX_BELOW},
        {SLICE_INIT("="), LEX_IS},
    };
    struct slice rest = slice_skip(lex->text, lex->at);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (slice_starts(rest, signs[i].text)) {
            lex->at += signs[i].text.size;
            return signs[i].sign;
        }
    }
    return LEX_IS;
}

/* The end of a name: the place of its colon, or SLICE_NONE.  A URL has a colon, too, and no name.
 */
static size_t find_colon(const struct lex *lex)
{
    size_t at = lex->at;
    while (has(lex, at) && !ends_word(lex->text.base[at]) && lex->text.base[at] != ':') {
        at++;
    }
    bool colon = has(lex, at) && lex->text.base[at] == ':' && at > lex->at;
    return colon && !slice_starts(slice_skip(lex->text, at + 1), SLICE("//")) ? at : SLICE_NONE;
}

static bool read_term(struct lex *lex, struct lex_token *token)
{
    size_t colon = find_colon(lex);
    if (colon != SLICE_NONE) {
        token->named = true;
        token->name = between(lex, lex->at, colon);
        lex->at = colon + 1;
        token->sign = take_sign(lex);
    }
    bool quoted = has(lex, lex->at) && lex->text.base[lex->at] == '"';
    if (!(quoted ? quoted_value(lex, token) : bare_value(lex, token))) {
        return false;
    }
    token->size = lex->at - token->at;
    return true;
}

/* name:( opens a parenthesis in which all values are of that name. */
static bool opens(const struct lex *lex, const struct lex_token *token)
{
    return token->named && !token->quoted && token->value.size == 0 && has(lex, lex->at) &&
           lex->text.base[lex->at] == '(';
}

static enum lex_kind word_kind(const struct lex_token *token)
{
    if (token->named || token->quoted) {
        return LEX_TERM;
    }
    if (slice_equal(token->value, SLICE("AND"))) {
        return LEX_AND;
    }
    if (slice_equal(token->value, SLICE("OR"))) {
        return LEX_OR;
    }
    return slice_equal(token->value, SLICE("NOT")) ? LEX_NOT : LEX_TERM;
}

bool lex_next(struct lex *lex, struct lex_token *token)
{
    while (has(lex, lex->at) && is_space(lex->text.base[lex->at])) {
        lex->at++;
    }
    *token = (struct lex_token){.kind = LEX_END, .at = lex->at};
    if (!has(lex, lex->at)) {
        return true;
    }
    unsigned char byte = lex->text.base[lex->at];
    bool minus = byte == '-' && has(lex, lex->at + 1) && !is_space(lex->text.base[lex->at + 1]);
    if (byte == '(' || byte == ')' || minus) {
        token->kind = byte == '(' ? LEX_OPEN : byte == ')' ? LEX_CLOSE : LEX_NOT;
        token->size = 1;
        lex->at++;
        return true;
    }
    if (!read_term(lex, token)) {
        return false;
    }
    token->kind = word_kind(token);
    if (opens(lex, token)) {
        token->kind = LEX_OPEN;
        lex->at++;
        token->size++;
    }
    return true;
}
