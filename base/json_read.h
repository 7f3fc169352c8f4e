/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_JSON_READ_H
#define THAW_BASE_JSON_READ_H

#include "base/arena.h"
#include "base/base_limits.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A pull reader for one JSON text (RFC 8259, strictly).  It allocates nothing,
 * copies nothing and does not recurse: nesting is a stack of bits with a
 * limit.  Values point into the text, so the text must outlive them.
 *
 * Two ways to use it.  Token by token with json_read_next(), or by structure:
 *
 *     struct json_read reader;
 *     struct json_string key;
 *     json_read_init(&reader, text, JSON_DEPTH_MAX);
 *     if (json_read_object(&reader) == JSON_GOT) {
 *         while (json_read_member(&reader, &key)) {
 *             if (json_string_equal(key, SLICE("count"))) {
 *                 answer = json_read_u64(&reader, &count);
 *             } else {
 *                 json_read_skip(&reader);
 *             }
 *         }
 *     }
 *     if (!json_read_finish(&reader)) { ... reader.reason, reader.error_at ... }
 *
 * Errors are sticky: after the first one every token is JSON_BAD, every loop
 * ends, and the reader tells where and why; so a caller may check once.
 *
 * Strings may hold bytes that are not valid UTF-8 (a log line does not become
 * valid by being wrapped); decoding replaces those by U+FFFD.
 */
enum json_token {
    JSON_BAD, /* Malformed, truncated or too deep: see reason. */
    JSON_END, /* The text was one complete value and it has been read. */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

/* What is between the quotes, escapes and all. */
struct json_string {
    struct slice raw;
    bool escaped; /* There are escapes in it; if not, raw is the text itself. */
};

/*
 * Invariants:
 *  1. position <= text.size and depth <= depth_max <= JSON_DEPTH_MAX.
 *  2. token == JSON_BAD if and only if reason is not NULL, once something was read.
 */
struct json_read {
    /* For callers, about the latest token. */
    enum json_token token;
    struct json_string string; /* For JSON_KEY and JSON_STRING. */
    struct slice number;       /* For JSON_NUMBER: as it is written. */
    size_t token_at;           /* Where the token begins. */
    unsigned depth;            /* Containers that are open after it. */
    /* For callers, after JSON_BAD. */
    const char *reason; /* "control character in a string"; NULL while all is well. */
    size_t error_at;    /* Offset of the first byte that is wrong. */
    bool truncated;     /* What is wrong is only that the text ends here. */
    /* For the reader. */
    struct slice text;
    size_t position;
    unsigned depth_max;
    unsigned state;
    bool peeked;
    uint64_t in_object[JSON_DEPTH_MAX / 64]; /* One bit per open container. */
};

/* Read text, at most depth_max containers deep (1 to JSON_DEPTH_MAX). */
void json_read_init(struct json_read *reader, struct slice text, unsigned depth_max);

/* Advance to the next token, which is also reader->token.  JSON_END after the value, once nothing
 * but white space follows it, and from then on. */
enum json_token json_read_next(struct json_read *reader);

/* The next token without consuming it: the next call reads it again. */
enum json_token json_read_peek(struct json_read *reader);

/* Read the end of the text.  True if all of it was one well-formed value. */
bool json_read_finish(struct json_read *reader) THAW_CHECK;

/* Declare the text wrong, here, for a reason of the caller's (which must outlive the reader). */
void json_read_fail(struct json_read *reader, const char *reason);

/* Whether something was wrong so far. */
bool json_read_failed(const struct json_read *reader) THAW_CHECK;

/* ---- By structure: each of these stands before a value and reads it. ---- */

enum json_answer {
    JSON_GOT,      /* The value is read and stored. */
    JSON_WAS_NULL, /* It was null; nothing is stored. */
    JSON_OTHER,    /* It is of another type or out of range; it is skipped and nothing is stored. */
    JSON_ERROR,    /* The text is wrong: the reader has failed. */
};

/* Enter an object or an array.  If the answer is JSON_GOT, read it to its end with the next two. */
enum json_answer json_read_object(struct json_read *reader) THAW_CHECK;
enum json_answer json_read_array(struct json_read *reader) THAW_CHECK;

/* Inside of an object: read the next key, or, at the end, leave the object and answer false.  The
 * caller reads or skips the value before it calls again.  Also false when the text is wrong. */
bool json_read_member(struct json_read *reader, struct json_string *key) THAW_CHECK;

/* Inside of an array: whether there is a next element, which the caller then reads or skips; at
 * the end, leave the array and answer false.  Also false when the text is wrong. */
bool json_read_element(struct json_read *reader) THAW_CHECK;

/* Read over the next value, whatever it is. */
void json_read_skip(struct json_read *reader);

/* Read over the next value and give its text, from its first to its last byte. */
enum json_answer json_read_raw(struct json_read *reader, struct slice *raw) THAW_CHECK;

/* Read one value of a type.  Integers may be written with a fraction of zeros or an exponent;
 * they are never converted through a double.  _scaled is number_parse_scaled(), rounding allowed.
 */
enum json_answer json_read_string(struct json_read *reader, struct json_string *value) THAW_CHECK;
enum json_answer json_read_u64(struct json_read *reader, uint64_t *value) THAW_CHECK;
enum json_answer json_read_i64(struct json_read *reader, int64_t *value) THAW_CHECK;
enum json_answer json_read_double(struct json_read *reader, double *value) THAW_CHECK;
enum json_answer json_read_scaled(struct json_read *reader, unsigned digits,
                                  int64_t *value) THAW_CHECK;
enum json_answer json_read_bool(struct json_read *reader, bool *value) THAW_CHECK;

/* ---- Strings. ---- */

/* The size of the escape at the front of text, which begins with its backslash; 0 with *wrong, the
 * offset of the first byte that is none of an escape or that is missing. */
size_t json_string_escape(struct slice text, size_t *wrong);

/* Whether the string, decoded, is this text. */
bool json_string_equal(struct json_string string, struct slice text);

/* Append the decoded string as valid UTF-8: lone surrogates and invalid bytes become U+FFFD. */
void json_string_decode(struct json_string string, struct buf *out);

/*
 * The decoded string: raw itself if there are no escapes, else a copy in the
 * arena (empty if it does not fit; the arena knows).  Unlike
 * json_string_decode() it leaves bytes that are not valid UTF-8 as they are.
 */
struct slice json_string_text(struct json_string string, struct arena *arena);

#endif
