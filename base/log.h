/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_LOG_H
#define THAW_BASE_LOG_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Our own log: one logfmt line on stderr per event, in one write(2), so that
 * lines of several threads and processes do not mix.
 *
 *     time=2026-11-23T14:53:25.123Z level=info msg=listening address=127.0.0.1:4318
 *
 *     log_info("listening", log_text("address", address), log_u64("port", port));
 *
 * Log once, where the decision is made, with ids and not prose.  Any thread;
 * the level and the name are set before threads start.  Nothing is allocated.
 */
enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARN,
    LOG_ERROR,
    LOG_OFF,
};

/* The names of the levels, NULL-terminated: the choices of a setting. */
extern const char *const log_level_names[];

/* A key and its value.  Make one with the functions below. */
struct log_field {
    const char *key;
    enum log_field_kind { LOG_FIELD_NONE, LOG_FIELD_TEXT, LOG_FIELD_U64, LOG_FIELD_I64 } kind;
    struct slice text;
    uint64_t u64;
    int64_t i64;
};

struct log_field log_text(const char *key, struct slice text);
struct log_field log_string(const char *key, const char *text); /* NULL is shown as empty. */
struct log_field log_u64(const char *key, uint64_t value);
struct log_field log_i64(const char *key, int64_t value);
struct log_field log_status(enum status status); /* error=not-found */
struct log_field log_errno(int error);           /* errno="No such file or directory" */

/* Show lines of this level and above (LOG_INFO at start), on this descriptor (2 at start). */
void log_set_level(enum log_level level);
void log_set_descriptor(int descriptor);

/* Whether a line of this level would be shown: to spare the work of making its fields. */
bool log_shows(enum log_level level);

/* Write a line.  What does not fit in LOG_LINE_SIZE_MAX is cut, and the line ends in "...". */
void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t count);

/* What a line says.  (Not "log_line": that is a record of telemetry in collector/model/record.h.)
 */
struct log_entry {
    uint64_t wall_ns;
    enum log_level level;
    struct slice message;
    const struct log_field *fields;
    size_t count;
};

/* Format a line with its newline into text as log_write() does; the answer is its size, at most
 * size_max, which must be at least 64.  Pure. */
size_t log_format(const struct log_entry *line, char *text, size_t size_max);

#define LOG_FIELDS_(...)                                                                           \
    (const struct log_field[])                                                                     \
    {                                                                                              \
        {.key = NULL, .kind = LOG_FIELD_NONE}, __VA_ARGS__                                         \
    }
#define LOG_WRITE_(level, message, ...)                                                            \
    log_write((level), (message), LOG_FIELDS_(__VA_ARGS__),                                        \
              sizeof(LOG_FIELDS_(__VA_ARGS__)) / sizeof(struct log_field))

#define log_debug(message, ...) LOG_WRITE_(LOG_DEBUG, message, __VA_ARGS__)
#define log_info(message, ...)  LOG_WRITE_(LOG_INFO, message, __VA_ARGS__)
#define log_warn(message, ...)  LOG_WRITE_(LOG_WARN, message, __VA_ARGS__)
#define log_error(message, ...) LOG_WRITE_(LOG_ERROR, message, __VA_ARGS__)

#endif
