/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/lex.h"

#include "base/utf8.h"

static bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_alpha(unsigned char byte)
{
    return byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* The byte at some distance, or 0 behind the end. */
static unsigned char peek(const struct promql_lex *lex, size_t distance)
{
    size_t left = lex->text.size - lex->position;
    return distance < left ? lex->text.base[lex->position + distance] : 0;
}

static struct token token_of(struct promql_lex *lex, enum token_kind kind, size_t size)
{
    struct token token = {.kind = kind, .position = lex->position};
    token.text = slice_take(slice_skip(lex->text, lex->position), size);
    lex->position += token.text.size;
    return token;
}

static struct token operator_of(struct promql_lex *lex, enum operator operation, size_t size)
{
    struct token token = token_of(lex, TOKEN_OPERATOR, size);
    token.operation = operation;
    return token;
}

/* A wrong word: size bytes of it are shown after the message. */
static struct token wrong(struct promql_lex *lex, const char *message, size_t skip, size_t size)
{
    struct slice rest = slice_skip(lex->text, lex->position);
    lex->message = message;
    lex->culprit = slice_take(slice_skip(rest, skip), size);
    struct token token = token_of(lex, TOKEN_WRONG, 0);
    return token;
}

/* The size of the character there. */
static size_t character_size(const struct promql_lex *lex, size_t skip)
{
    uint32_t code_point = 0;
    struct slice rest = slice_skip(lex->text, lex->position);
    size_t size = utf8_decode(slice_skip(rest, skip), &code_point);
    return size == 0 ? 1 : size;
}

static void skip_blank(struct promql_lex *lex)
{
    while (lex->position < lex->text.size) {
        unsigned char byte = lex->text.base[lex->position];
        if (byte == '#') {
            struct slice rest = slice_skip(lex->text, lex->position);
            for (size_t i = 0; i < rest.size && byte != '\n' && byte != '\r'; i++) {
                byte = rest.base[i];
                lex->position++;
            }
        } else if (is_space(byte)) {
            lex->position++;
        } else {
            return;
        }
    }
}

/* A quoted text: where it ends, and that it is UTF-8; its escapes are for the parser. */
static struct token lex_string(struct promql_lex *lex)
{
    unsigned char quote = peek(lex, 0);
    size_t size = 1;
    for (;;) {
        if (lex->position + size >= lex->text.size) {
            return wrong(
                lex, quote == '`' ? "unterminated raw string" : "unterminated quoted string", 0, 0);
        }
        unsigned char byte = peek(lex, size);
        uint32_t code_point = 0;
        size_t width = utf8_decode(slice_skip(lex->text, lex->position + size), &code_point);
        if (width == 0) {
            return wrong(lex, "invalid UTF-8 rune", 0, 0);
        }
        if (byte == '\n' && quote != '`') {
            return wrong(lex, "unterminated quoted string", 0, 0);
        }
        size += width;
        if (byte == quote) {
            return token_of(lex, TOKEN_STRING, size);
        }
        if (byte == '\\' && quote != '`') {
            if (lex->position + size >= lex->text.size) {
                return wrong(lex, "escape sequence not terminated", 0, 0);
            }
            size += character_size(lex, size);
        }
    }
}

static size_t digits_at(const struct promql_lex *lex, size_t at, bool hexadecimal)
{
    size_t count = 0;
    for (;;) {
        unsigned char byte = peek(lex, at + count);
        unsigned char lower = byte | 0x20;
        if (!is_digit(byte) && !(hexadecimal && lower >= 'a' && lower <= 'f')) {
            return count;
        }
        count++;
    }
}

/* The size of what looks like a number there. */
static size_t number_size(const struct promql_lex *lex)
{
    bool hexadecimal = peek(lex, 0) == '0' && (peek(lex, 1) | 0x20) == 'x';
    size_t size = hexadecimal ? 2 : 0;
    size += digits_at(lex, size, hexadecimal);
    if (peek(lex, size) == '.') {
        size++;
        size += digits_at(lex, size, hexadecimal);
    }
    if ((peek(lex, size) | 0x20) == 'e' && !hexadecimal) {
        size_t sign = peek(lex, size + 1) == '+' || peek(lex, size + 1) == '-';
        size += 1 + sign + digits_at(lex, size + 1 + sign, false);
    }
    return size;
}

/* The size of what looks like a duration there, or 0: digits and a unit, again and again. */
static size_t duration_size(const struct promql_lex *lex)
{
    size_t size = 0;
    for (;;) {
        size_t digits = digits_at(lex, size, false);
        if (digits == 0) {
            return size;
        }
        unsigned char unit = peek(lex, size + digits);
        if (unit == 0 || memchr("smhdwy", unit, 6) == NULL) {
            return 0;
        }
        size += digits + 1;
        size += unit == 'm' && peek(lex, size) == 's';
    }
}

static struct token lex_number(struct promql_lex *lex)
{
    size_t size = number_size(lex);
    if (!is_alpha(peek(lex, size)) && !is_digit(peek(lex, size))) {
        return token_of(lex, TOKEN_NUMBER, size);
    }
    size_t duration = duration_size(lex);
    if (duration > 0 && !is_alpha(peek(lex, duration))) {
        return token_of(lex, TOKEN_DURATION, duration);
    }
    return wrong(lex, "bad number or duration syntax: ", 0, size + 1);
}

struct keyword {
    const char *text;
    enum token_kind kind;
    int value;
};

static const struct keyword keywords[] = {
    {"and", TOKEN_OPERATOR, OPERATOR_AND},
    {"or", TOKEN_OPERATOR, OPERATOR_OR},
    {"unless", TOKEN_OPERATOR, OPERATOR_UNLESS},
    {"atan2", TOKEN_OPERATOR, OPERATOR_ATAN2},
    {"avg", TOKEN_AGGREGATE, AGGREGATE_AVG},
    {"bottomk", TOKEN_AGGREGATE, AGGREGATE_BOTTOMK},
    {"count", TOKEN_AGGREGATE, AGGREGATE_COUNT},
    {"count_values", TOKEN_AGGREGATE, AGGREGATE_COUNT_VALUES},
    {"group", TOKEN_AGGREGATE, AGGREGATE_GROUP},
    {"max", TOKEN_AGGREGATE, AGGREGATE_MAX},
    {"min", TOKEN_AGGREGATE, AGGREGATE_MIN},
    {"quantile", TOKEN_AGGREGATE, AGGREGATE_QUANTILE},
    {"stddev", TOKEN_AGGREGATE, AGGREGATE_STDDEV},
    {"stdvar", TOKEN_AGGREGATE, AGGREGATE_STDVAR},
    {"sum", TOKEN_AGGREGATE, AGGREGATE_SUM},
    {"topk", TOKEN_AGGREGATE, AGGREGATE_TOPK},
    {"bool", TOKEN_BOOL, 0},
    {"by", TOKEN_BY, 0},
    {"group_left", TOKEN_GROUP_LEFT, 0},
    {"group_right", TOKEN_GROUP_RIGHT, 0},
    {"ignoring", TOKEN_IGNORING, 0},
    {"offset", TOKEN_OFFSET, 0},
    {"on", TOKEN_ON, 0},
    {"without", TOKEN_WITHOUT, 0},
    {"start", TOKEN_START, 0},
    {"end", TOKEN_FINISH, 0},
    {"inf", TOKEN_NUMBER, 0},
    {"nan", TOKEN_NUMBER, 0},
};

/* An identifier, or a keyword in whatever case. */
static struct token lex_word(struct promql_lex *lex)
{
    size_t size = 1;
    bool colon = peek(lex, 0) == ':';
    while (is_alpha(peek(lex, size)) || is_digit(peek(lex, size)) ||
           (peek(lex, size) == ':' && !lex->in_braces)) {
        colon = colon || peek(lex, size) == ':';
        size++;
    }
    struct token token = token_of(lex, colon ? TOKEN_METRIC : TOKEN_IDENTIFIER, size);
    if (lex->in_braces) {
        return token;
    }
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (slice_equal_nocase(token.text, slice_from(keywords[i].text))) {
            token.kind = keywords[i].kind;
            if (token.kind == TOKEN_OPERATOR) {
                token.operation = (enum operator)keywords[i].value;
            } else if (token.kind == TOKEN_AGGREGATE) {
                token.aggregate = (enum aggregate)keywords[i].value;
            }
        }
    }
    return token;
}

static struct token lex_in_braces(struct promql_lex *lex)
{
    unsigned char byte = peek(lex, 0), next = peek(lex, 1);
    if (lex->position == lex->text.size) {
        return wrong(lex, "unexpected end of input inside braces", 0, 0);
    }
    switch (byte) {
    case ',':
        return token_of(lex, TOKEN_COMMA, 1);
    case '"':
    case '\'':
    case '`':
        return lex_string(lex);
    case '=':
        return next == '~' ? token_of(lex, TOKEN_PATTERN, 2) : token_of(lex, TOKEN_ASSIGN, 1);
    case '!':
        if (next == '~') {
            return token_of(lex, TOKEN_NOT_PATTERN, 2);
        }
        if (next == '=') {
            return operator_of(lex, OPERATOR_NOT_EQUAL, 2);
        }
        return wrong(lex, "unexpected character after '!' inside braces: ", 1,
                     character_size(lex, 1));
    case '{':
        return wrong(lex, "unexpected left brace ", 0, 1);
    case '}':
        lex->in_braces = false;
        return token_of(lex, TOKEN_RIGHT_BRACE, 1);
    default:
        return is_alpha(byte)
                   ? lex_word(lex)
                   : wrong(lex, "unexpected character inside braces: ", 0, character_size(lex, 0));
    }
}

static struct token lex_bracket(struct promql_lex *lex)
{
    switch (peek(lex, 0)) {
    case '(':
        lex->parens++;
        return token_of(lex, TOKEN_LEFT_PAREN, 1);
    case ')':
        if (lex->parens == 0) {
            return wrong(lex, "unexpected right parenthesis ", 0, 1);
        }
        lex->parens--;
        return token_of(lex, TOKEN_RIGHT_PAREN, 1);
    case '[':
        if (lex->in_brackets) {
            return wrong(lex, "unexpected left bracket ", 0, 1);
        }
        lex->in_brackets = true;
        lex->had_colon = false;
        return token_of(lex, TOKEN_LEFT_BRACKET, 1);
    case ']':
        if (!lex->in_brackets) {
            return wrong(lex, "unexpected right bracket ", 0, 1);
        }
        lex->in_brackets = false;
        return token_of(lex, TOKEN_RIGHT_BRACKET, 1);
    default:
        lex->in_braces = true;
        return token_of(lex, TOKEN_LEFT_BRACE, 1);
    }
}

static struct token lex_comparison(struct promql_lex *lex)
{
    unsigned char byte = peek(lex, 0), next = peek(lex, 1);
    switch (byte) {
    case '=':
        if (next == '=') {
            return operator_of(lex, OPERATOR_EQUAL, 2);
        }
        return next == '~' ? wrong(lex, "unexpected character after '=': ", 1, 1)
                           : token_of(lex, TOKEN_ASSIGN, 1);
    case '!':
        return next == '='
                   ? operator_of(lex, OPERATOR_NOT_EQUAL, 2)
                   : wrong(lex, "unexpected character after '!': ", 1, character_size(lex, 1));
    case '<':
        return next == '=' ? operator_of(lex, OPERATOR_LESS_EQUAL, 2)
                           : operator_of(lex, OPERATOR_LESS, 1);
    default:
        return next == '=' ? operator_of(lex, OPERATOR_GREATER_EQUAL, 2)
                           : operator_of(lex, OPERATOR_GREATER, 1);
    }
}

static struct token lex_colon(struct promql_lex *lex)
{
    if (!lex->in_brackets) {
        return lex_word(lex);
    }
    if (lex->had_colon) {
        return wrong(lex, "unexpected colon ", 0, 1);
    }
    lex->had_colon = true;
    return token_of(lex, TOKEN_COLON, 1);
}

static struct token lex_end(struct promql_lex *lex)
{
    if (lex->parens > 0) {
        return wrong(lex, "unclosed left parenthesis", 0, 0);
    }
    if (lex->in_brackets) {
        return wrong(lex, "unclosed left bracket", 0, 0);
    }
    return token_of(lex, TOKEN_END, 0);
}

static struct token lex_outside(struct promql_lex *lex)
{
    unsigned char byte = peek(lex, 0);
    if (lex->position == lex->text.size) {
        return lex_end(lex);
    }
    if (is_digit(byte) || (byte == '.' && is_digit(peek(lex, 1)))) {
        return lex_number(lex);
    }
    if (is_alpha(byte)) {
        return lex_word(lex);
    }
    switch (byte) {
    case ',':
        return token_of(lex, TOKEN_COMMA, 1);
    case '*':
        return operator_of(lex, OPERATOR_MULTIPLY, 1);
    case '/':
        return operator_of(lex, OPERATOR_DIVIDE, 1);
    case '%':
        return operator_of(lex, OPERATOR_MODULO, 1);
    case '+':
        return operator_of(lex, OPERATOR_ADD, 1);
    case '-':
        return operator_of(lex, OPERATOR_SUBTRACT, 1);
    case '^':
        return operator_of(lex, OPERATOR_POWER, 1);
    case '=':
    case '!':
    case '<':
    case '>':
        return lex_comparison(lex);
    case '"':
    case '\'':
    case '`':
        return lex_string(lex);
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
        return lex_bracket(lex);
    case ':':
        return lex_colon(lex);
    case '@':
        return token_of(lex, TOKEN_AT, 1);
    default:
        return wrong(lex, "unexpected character: ", 0, character_size(lex, 0));
    }
}

struct token promql_lex_next(struct promql_lex *lex)
{
    if (lex->message != NULL) {
        return (struct token){.kind = TOKEN_WRONG, .position = lex->position};
    }
    skip_blank(lex);
    return lex->in_braces ? lex_in_braces(lex) : lex_outside(lex);
}
