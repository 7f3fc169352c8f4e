/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_JSON_WRITE_H
#define THAW_BASE_JSON_WRITE_H

#include "base/base_limits.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes one JSON value into a buf, with no white space.  Commas and colons
 * come by themselves.  Using it wrong (a value without a key in an object, an
 * end that does not match) is a bug and stops the program; running out of room
 * is asked of the buf, once, at the end.
 */
struct json_write {
    struct buf *out;
    unsigned depth;
    bool first;                              /* No comma before the next value or key. */
    bool keyed;                              /* A key was written and its value was not. */
    uint64_t in_object[JSON_DEPTH_MAX / 64]; /* One bit per open container. */
};

/* Append to out, which must outlive the writer. */
void json_write_init(struct json_write *writer, struct buf *out);

void json_write_object_begin(struct json_write *writer);
void json_write_object_end(struct json_write *writer);
void json_write_array_begin(struct json_write *writer);
void json_write_array_end(struct json_write *writer);

/* The key of the next value. */
void json_write_key(struct json_write *writer, struct slice key);

/* Text, escaped; bytes that are not valid UTF-8 become U+FFFD. */
void json_write_string(struct json_write *writer, struct slice text);

/* Integers as numbers. */
void json_write_u64(struct json_write *writer, uint64_t value);
void json_write_i64(struct json_write *writer, int64_t value);

/* Integers as strings: for those a browser would round. */
void json_write_u64_text(struct json_write *writer, uint64_t value);
void json_write_i64_text(struct json_write *writer, int64_t value);

/* value / 10^digits as an exact number: nanoseconds with 6 digits are milliseconds. */
void json_write_scaled(struct json_write *writer, int64_t value, unsigned digits);

/* What to write for what JSON has no number for. */
enum json_nonfinite {
    JSON_NONFINITE_NULL, /* null */
    JSON_NONFINITE_TEXT, /* "NaN", "Infinity", "-Infinity", as OTLP does. */
};

/* The shortest number that reads back the same. */
void json_write_double(struct json_write *writer, double value, enum json_nonfinite nonfinite);

void json_write_bool(struct json_write *writer, bool value);
void json_write_null(struct json_write *writer);

/* A value that is JSON already. */
void json_write_raw(struct json_write *writer, struct slice json);

/* Lower-case hexadecimal text of the bytes as a string, and base64 of them. */
void json_write_hex(struct json_write *writer, struct slice bytes);
void json_write_base64(struct json_write *writer, struct slice bytes);

/* Formatted text as a string, at most 511 bytes of it. */
void json_write_printf(struct json_write *writer, const char *format, ...) THAW_PRINTF(2, 3);

/* A key and its value in one line. */
void json_write_member_string(struct json_write *writer, struct slice key, struct slice value);
void json_write_member_u64(struct json_write *writer, struct slice key, uint64_t value);
void json_write_member_i64(struct json_write *writer, struct slice key, int64_t value);
void json_write_member_u64_text(struct json_write *writer, struct slice key, uint64_t value);
void json_write_member_bool(struct json_write *writer, struct slice key, bool value);
void json_write_member_null(struct json_write *writer, struct slice key);
void json_write_member_object(struct json_write *writer, struct slice key); /* Begins it. */
void json_write_member_array(struct json_write *writer, struct slice key);  /* Begins it. */

/* Assert that the value is complete: every container is closed. */
void json_write_finish(const struct json_write *writer);

#endif
