/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_JSON_H
#define THAW_COLLECTOR_CLI_CLI_JSON_H

#include "base/arena.h"
#include "base/json_read.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Members of JSON objects into structs, by a table.  Members that are not in
 * the table are skipped; members that are missing, null or of another type
 * leave their field as unknown.  Slices point into the text or the arena.  Pure.
 */
enum cli_json_kind {
    CLI_JSON_TEXT,    /* struct slice; a NULL base is unknown. */
    CLI_JSON_NUMBER,  /* struct cli_number. */
    CLI_JSON_INSTANT, /* uint64_t of nanoseconds, written as text; 0 is unknown. */
    CLI_JSON_FLAG,    /* bool; false is unknown. */
    CLI_JSON_MONEY,   /* struct slice: the amount of a money object; a NULL base is unknown. */
    CLI_JSON_RAW,     /* struct slice: the value as JSON; a NULL base is unknown or null. */
};

struct cli_number {
    bool known;
    double value;
};

struct cli_json_field {
    struct slice key;
    enum cli_json_kind kind;
    size_t offset;
};

#define CLI_JSON_FIELD(type, name, kind, member)                                                   \
    {                                                                                              \
        SLICE_INIT(name), (kind), offsetof(struct type, member)                                    \
    }

/* Read an object.  False if the text is no well-formed JSON or no object. */
bool cli_json_object(struct slice text, const struct cli_json_field *fields, size_t count,
                     void *record, struct arena *arena);

/* Visits the elements of an array, each as JSON. */
struct cli_json_list {
    struct json_read reader;
    bool open;
};

/* Begin; what is no array has no elements. */
void cli_json_list(struct cli_json_list *list, struct slice array);
bool cli_json_next(struct cli_json_list *list, struct slice *element);

/* How many elements an array has. */
size_t cli_json_count(struct slice array);

/* An array of objects as an array of records of this size in the arena; *count is how many. */
void *cli_json_rows(struct slice array, const struct cli_json_field *fields, size_t field_count,
                    size_t record_size, size_t *count, struct arena *arena);

/* The array that is a member of an object, as JSON.  False if the text is no object, or has none.
 */
bool cli_json_list_of(struct slice text, struct slice key, struct arena *arena,
                      struct slice *list) THAW_CHECK;

/* A JSON text value, decoded; the empty slice if it is none. */
struct slice cli_json_text(struct slice value, struct arena *arena);

#endif
