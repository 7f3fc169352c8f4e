/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"

#include "base/ensure.h"
#include "base/lanes.h"
#include "base/number.h"

#include <string.h>

/* What may come next. */
enum json_state {
    JSON_STATE_VALUE,         /* A value: at the start, after a colon, after a comma in an array. */
    JSON_STATE_FIRST_ELEMENT, /* A value or the end of the array. */
    JSON_STATE_FIRST_KEY,     /* A key or the end of the object. */
    JSON_STATE_KEY,           /* A key, after a comma. */
    JSON_STATE_AFTER,         /* A comma or the end of the container. */
    JSON_STATE_DONE,          /* Nothing but white space. */
};

static void json_read_assert(const struct json_read *reader)
{
    ENSURE(reader->position <= reader->text.size);
    ENSURE(reader->depth <= reader->depth_max && reader->depth_max <= JSON_DEPTH_MAX);
    ENSURE(reader->reason == NULL || reader->token == JSON_BAD);
}

void json_read_init(struct json_read *reader, struct slice text, unsigned depth_max)
{
    ENSURE(depth_max >= 1);
    *reader = (struct json_read){
        .token = JSON_END,
        .text = text,
        .depth_max = depth_max,
        .state = JSON_STATE_VALUE,
    };
    json_read_assert(reader);
}

static enum json_token json_read_reject(struct json_read *reader, size_t at, const char *reason)
{
    reader->reason = reason;
    reader->error_at = at;
    reader->truncated = at == reader->text.size;
    reader->token = JSON_BAD;
    reader->peeked = false;
    return JSON_BAD;
}

void json_read_fail(struct json_read *reader, const char *reason)
{
    if (reader->reason == NULL) {
        json_read_reject(reader, reader->token_at, reason);
        reader->truncated = false;
    }
}

bool json_read_failed(const struct json_read *reader)
{
    return reader->reason != NULL;
}

/* ---- Containers. ---- */

static bool json_read_in_object(const struct json_read *reader)
{
    unsigned top = reader->depth - 1;

    return (reader->in_object[top / 64] >> (top % 64) & 1) != 0;
}

static enum json_token json_read_begin(struct json_read *reader, bool object)
{
    if (reader->depth == reader->depth_max) {
        return json_read_reject(reader, reader->position, "nested too deep");
    }
    uint64_t bit = UINT64_C(1) << (reader->depth % 64);
    uint64_t *word = &reader->in_object[reader->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    reader->depth++;
    reader->position++;
    reader->state = object ? JSON_STATE_FIRST_KEY : JSON_STATE_FIRST_ELEMENT;
    return object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

/* A value ended here. */
static void json_read_complete(struct json_read *reader)
{
    reader->state = reader->depth == 0 ? JSON_STATE_DONE : JSON_STATE_AFTER;
}

static enum json_token json_read_end(struct json_read *reader)
{
    bool object = json_read_in_object(reader);

    reader->depth--;
    reader->position++;
    json_read_complete(reader);
    return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

/* ---- Scalars. ---- */

/* The byte at a position, or 0 at the end of the text: no token goes on with a NUL. */
static unsigned char json_read_byte(const struct json_read *reader, size_t at)
{
    return at < reader->text.size ? reader->text.base[at] : 0;
}

/* The first byte from `at` on that ends plain text in a string: a quote, a backslash, a control
 * character; or the end.  Strings are most of what logs are made of. */
static size_t json_read_plain(struct slice text, size_t at)
{
    for (; text.size - at >= LANES_COUNT; at += LANES_COUNT) {
        lanes bytes = lanes_load(text.base + at);
        unsigned first =
            lanes_first((lanes)(bytes == lanes_of('"')) | (lanes)(bytes == lanes_of('\\')) |
                        (lanes)(bytes < lanes_of(0x20)));
        if (first < LANES_COUNT) {
            return at + first;
        }
    }
    while (at < text.size && text.base[at] >= 0x20 && text.base[at] != '"' &&
           text.base[at] != '\\') {
        at++;
    }
    return at;
}

static enum json_token json_read_quoted(struct json_read *reader, enum json_token token)
{
    size_t start = reader->position + 1;
    size_t at = start;
    bool escaped = false;

    for (;;) {
        at = json_read_plain(reader->text, at);
        if (at == reader->text.size) {
            return json_read_reject(reader, at, "a string does not end");
        }
        if (reader->text.base[at] == '"') {
            break;
        }
        if (reader->text.base[at] != '\\') {
            return json_read_reject(reader, at, "a control character in a string");
        }
        size_t wrong;
        size_t size = json_string_escape(slice_skip(reader->text, at), &wrong);
        if (size == 0) {
            return json_read_reject(reader, at + wrong, "an escape that JSON does not have");
        }
        escaped = true;
        at += size;
    }
    reader->string = (struct json_string){
        .raw = slice_of(reader->text.base + start, at - start),
        .escaped = escaped,
    };
    reader->position = at + 1;
    return token;
}

static size_t json_read_digits(const struct json_read *reader, size_t at)
{
    while (json_read_byte(reader, at) >= '0' && json_read_byte(reader, at) <= '9') {
        at++;
    }
    return at;
}

static enum json_token json_read_number(struct json_read *reader)
{
    static const char reason[] = "a number that JSON does not have";
    size_t start = reader->position;
    size_t at = start + (json_read_byte(reader, start) == '-');

    size_t whole = at;
    at = json_read_byte(reader, at) == '0' ? at + 1 : json_read_digits(reader, at);
    if (at == whole) {
        return json_read_reject(reader, at, reason);
    }
    if (json_read_byte(reader, at) == '.') {
        size_t fraction = at + 1;
        at = json_read_digits(reader, fraction);
        if (at == fraction) {
            return json_read_reject(reader, at, reason);
        }
    }
    if (json_read_byte(reader, at) == 'e' || json_read_byte(reader, at) == 'E') {
        at++;
        at += json_read_byte(reader, at) == '+' || json_read_byte(reader, at) == '-';
        size_t exponent = at;
        at = json_read_digits(reader, exponent);
        if (at == exponent) {
            return json_read_reject(reader, at, reason);
        }
    }
    reader->number = slice_of(reader->text.base + start, at - start);
    reader->position = at;
    return JSON_NUMBER;
}

static enum json_token json_read_literal(struct json_read *reader, struct slice literal,
                                         enum json_token token)
{
    for (size_t i = 0; i < literal.size; i++) {
        size_t at = reader->position + i;
        if (at == reader->text.size || reader->text.base[at] != literal.base[i]) {
            return json_read_reject(reader, at, "a word that JSON does not have");
        }
    }
    reader->position += literal.size;
    return token;
}

/* ---- Tokens. ---- */

static void json_read_blanks(struct json_read *reader)
{
    while (reader->position < reader->text.size) {
        unsigned char byte = reader->text.base[reader->position];
        if (byte != ' ' && byte != '\n' && byte != '\t' && byte != '\r') {
            break;
        }
        reader->position++;
    }
}

static enum json_token json_read_scalar(struct json_read *reader, unsigned char byte)
{
    switch (byte) {
    case '"':
        return json_read_quoted(reader, JSON_STRING);
    case 't':
        return json_read_literal(reader, SLICE("true"), JSON_TRUE);
    case 'f':
        return json_read_literal(reader, SLICE("false"), JSON_FALSE);
    case 'n':
        return json_read_literal(reader, SLICE("null"), JSON_NULL);
    default:
        if (byte == '-' || (byte >= '0' && byte <= '9')) {
            return json_read_number(reader);
        }
        return json_read_reject(reader, reader->position, "a value was expected");
    }
}

static enum json_token json_read_value(struct json_read *reader, unsigned char byte)
{
    if (byte == '{' || byte == '[') {
        return json_read_begin(reader, byte == '{');
    }
    enum json_token token = json_read_scalar(reader, byte);
    if (token != JSON_BAD) {
        json_read_complete(reader);
    }
    return token;
}

static enum json_token json_read_key(struct json_read *reader)
{
    if (json_read_byte(reader, reader->position) != '"') {
        return json_read_reject(reader, reader->position, "a key in quotes was expected");
    }
    if (json_read_quoted(reader, JSON_KEY) == JSON_BAD) {
        return JSON_BAD;
    }
    json_read_blanks(reader);
    if (json_read_byte(reader, reader->position) != ':') {
        return json_read_reject(reader, reader->position, "a colon was expected");
    }
    reader->position++;
    reader->state = JSON_STATE_VALUE;
    return JSON_KEY;
}

/* After a value inside of a container: close it, or step over the comma. */
static enum json_token json_read_after(struct json_read *reader, unsigned char byte)
{
    bool object = json_read_in_object(reader);

    if (byte == (object ? '}' : ']')) {
        return json_read_end(reader);
    }
    if (byte != ',') {
        return json_read_reject(reader, reader->position, "a comma or an end was expected");
    }
    reader->position++;
    json_read_blanks(reader);
    reader->token_at = reader->position;
    reader->state = object ? JSON_STATE_KEY : JSON_STATE_VALUE;
    return object ? json_read_key(reader)
                  : json_read_value(reader, json_read_byte(reader, reader->position));
}

static enum json_token json_read_token(struct json_read *reader)
{
    json_read_blanks(reader);
    reader->token_at = reader->position;
    unsigned char byte = json_read_byte(reader, reader->position);

    switch ((enum json_state)reader->state) {
    case JSON_STATE_VALUE:
        return json_read_value(reader, byte);
    case JSON_STATE_FIRST_ELEMENT:
        return byte == ']' ? json_read_end(reader) : json_read_value(reader, byte);
    case JSON_STATE_FIRST_KEY:
        return byte == '}' ? json_read_end(reader) : json_read_key(reader);
    case JSON_STATE_KEY:
        return json_read_key(reader);
    case JSON_STATE_AFTER:
        return json_read_after(reader, byte);
    case JSON_STATE_DONE:
        break;
    }
    if (reader->position < reader->text.size) {
        return json_read_reject(reader, reader->position, "more follows after the value");
    }
    return JSON_END;
}

enum json_token json_read_next(struct json_read *reader)
{
    json_read_assert(reader);
    if (reader->peeked) {
        reader->peeked = false;
    } else if (reader->reason == NULL) {
        reader->token = json_read_token(reader);
    }
    json_read_assert(reader);
    return reader->token;
}

enum json_token json_read_peek(struct json_read *reader)
{
    enum json_token token = json_read_next(reader);

    reader->peeked = token != JSON_BAD;
    return token;
}

bool json_read_finish(struct json_read *reader)
{
    return json_read_next(reader) == JSON_END;
}

/* ---- By structure. ---- */

/* Read the first token of a value.  Standing anywhere else is the caller's mistake. */
static enum json_token json_read_first(struct json_read *reader)
{
    enum json_token token = json_read_next(reader);

    ENSURE(token != JSON_KEY && token != JSON_END);
    ENSURE(token != JSON_OBJECT_END && token != JSON_ARRAY_END);
    return token;
}

/* Having read the first token of a value, read the rest of it. */
static void json_read_rest(struct json_read *reader)
{
    if (reader->token != JSON_OBJECT_BEGIN && reader->token != JSON_ARRAY_BEGIN) {
        return;
    }
    unsigned outside = reader->depth - 1;
    while (reader->depth > outside && json_read_next(reader) != JSON_BAD) {
    }
}

/* Answer for a value that is not of the type that was asked for. */
static enum json_answer json_read_other(struct json_read *reader)
{
    if (reader->token == JSON_NULL) {
        return JSON_WAS_NULL;
    }
    json_read_rest(reader);
    return reader->token == JSON_BAD ? JSON_ERROR : JSON_OTHER;
}

static enum json_answer json_read_expect(struct json_read *reader, enum json_token token)
{
    return json_read_first(reader) == token ? JSON_GOT : json_read_other(reader);
}

enum json_answer json_read_object(struct json_read *reader)
{
    return json_read_expect(reader, JSON_OBJECT_BEGIN);
}

enum json_answer json_read_array(struct json_read *reader)
{
    return json_read_expect(reader, JSON_ARRAY_BEGIN);
}

bool json_read_member(struct json_read *reader, struct json_string *key)
{
    enum json_token token = json_read_next(reader);

    ENSURE(token == JSON_KEY || token == JSON_OBJECT_END || token == JSON_BAD);
    if (token != JSON_KEY) {
        return false;
    }
    *key = reader->string;
    return true;
}

bool json_read_element(struct json_read *reader)
{
    enum json_token token = json_read_peek(reader);

    ENSURE(token != JSON_KEY && token != JSON_OBJECT_END && token != JSON_END);
    if (token == JSON_ARRAY_END) {
        json_read_next(reader);
        return false;
    }
    return token != JSON_BAD;
}

void json_read_skip(struct json_read *reader)
{
    json_read_first(reader);
    json_read_rest(reader);
}

enum json_answer json_read_raw(struct json_read *reader, struct slice *raw)
{
    json_read_first(reader);
    size_t start = reader->token_at;
    json_read_rest(reader);
    if (reader->token == JSON_BAD) {
        return JSON_ERROR;
    }
    *raw = slice_of(reader->text.base + start, reader->position - start);
    return JSON_GOT;
}

enum json_answer json_read_string(struct json_read *reader, struct json_string *value)
{
    enum json_answer answer = json_read_expect(reader, JSON_STRING);

    if (answer == JSON_GOT) {
        *value = reader->string;
    }
    return answer;
}

enum json_answer json_read_u64(struct json_read *reader, uint64_t *value)
{
    enum json_answer answer = json_read_expect(reader, JSON_NUMBER);
    int64_t integer;

    if (answer != JSON_GOT) {
        return answer;
    }
    uint64_t plain;
    if (number_parse_u64(reader->number, &plain) == NUMBER_OK) {
        *value = plain;
        return JSON_GOT;
    }
    if (number_parse_scaled(reader->number, 0, &integer) != NUMBER_OK || integer < 0) {
        return JSON_OTHER;
    }
    *value = (uint64_t)integer;
    return JSON_GOT;
}

enum json_answer json_read_i64(struct json_read *reader, int64_t *value)
{
    enum json_answer answer = json_read_expect(reader, JSON_NUMBER);
    int64_t integer;

    if (answer != JSON_GOT) {
        return answer;
    }
    if (number_parse_scaled(reader->number, 0, &integer) != NUMBER_OK) {
        return JSON_OTHER;
    }
    *value = integer;
    return JSON_GOT;
}

enum json_answer json_read_double(struct json_read *reader, double *value)
{
    enum json_answer answer = json_read_expect(reader, JSON_NUMBER);
    double number;

    if (answer != JSON_GOT) {
        return answer;
    }
    if (number_parse_double(reader->number, &number) != NUMBER_OK) {
        return JSON_OTHER;
    }
    *value = number;
    return JSON_GOT;
}

enum json_answer json_read_scaled(struct json_read *reader, unsigned digits, int64_t *value)
{
    enum json_answer answer = json_read_expect(reader, JSON_NUMBER);
    int64_t number;

    if (answer != JSON_GOT) {
        return answer;
    }
    enum number_answer parsed = number_parse_scaled(reader->number, digits, &number);
    if (parsed != NUMBER_OK && parsed != NUMBER_ROUNDED) {
        return JSON_OTHER;
    }
    *value = number;
    return JSON_GOT;
}

enum json_answer json_read_bool(struct json_read *reader, bool *value)
{
    enum json_token token = json_read_first(reader);

    if (token != JSON_TRUE && token != JSON_FALSE) {
        return json_read_other(reader);
    }
    *value = token == JSON_TRUE;
    return JSON_GOT;
}
