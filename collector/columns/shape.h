/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SHAPE_H
#define THAW_COLUMNS_SHAPE_H

#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What records have in common: a shape says which columns a row has values in, so that a row is a
 * number and its values.  A column holds one thing of records: a field, or an attribute by its key,
 * kind, and whether it is the first, second, ... one of that key and kind in its record.
 */
enum field {
    FIELD_NAME,     /* Of spans. */
    FIELD_STATE,    /* trace_state, where it is not empty. */
    FIELD_MESSAGE,  /* Of the status, where it is not empty. */
    FIELD_FLAGS,    /* Of spans, where they are not 0. */
    FIELD_SEVERITY, /* Of lines, where it is above 255; else it is the grade. */
    FIELD_SEVERITY_TEXT,
    FIELD_EVENT_NAME,
    FIELD_SEQ,     /* Where it is not what the attributes say. */
    FIELD_DROPPED, /* Attributes, where any were. */
    FIELD_EVENTS,  /* The rest as values.h writes them. */
    FIELD_LINKS,
    FIELD_ATTRS, /* All attributes, where they are too many for columns. */
    FIELD_BODY,  /* With its kind. */
    FIELD_ATTR,  /* An attribute. */
    FIELD_COUNT,
};

struct column {
    uint8_t field; /* enum field */
    uint8_t kind;  /* enum value_kind: of FIELD_BODY and FIELD_ATTR, else 0. */
    uint16_t nth;  /* From 0. */
    uint32_t key;  /* Number of the text of FIELD_ATTR, else 0. */
};

/* How the values of a column are kept. */
enum column_store {
    COLUMN_NONE, /* Not at all: it is there, and empty. */
    COLUMN_INT,
    COLUMN_TEXT, /* Each different one once. */
    COLUMN_BLOB, /* Each for itself. */
};

enum column_store shape_column_store(const struct column *column);

/* Whether field and kind fit. */
bool shape_column_valid(const struct column *column);

enum form_bit {
    FORM_TRACE_ID = 1,  /* The row has a trace id: every span's has. */
    FORM_SPAN_ID = 2,   /* The row has a span id: the same. */
    FORM_HAS_TRACE = 4, /* has_trace of lines. */
    FORM_PHASE = 8,     /* Of lines: it has the attribute thaw.phase. */
    FORM_BITS_ALL = 15,
};

/* Everything of a shape but its attributes. */
struct form {
    uint32_t scope; /* Number, plus 1; 0: none. */
    uint32_t mask;  /* Bits of the fields but the last two. */
    uint8_t signal; /* enum signal */
    uint8_t grade;  /* Of spans kind | status << 4, of lines severity. */
    uint8_t bits;   /* enum form_bit */
    uint8_t body;   /* enum value_kind */
};

struct shape {
    struct form form;
    uint32_t first; /* Where its columns begin: first those of fields, in order, ... */
    uint16_t field_count;
    uint16_t attr_count; /* ... then those of attributes as the record has them. */
    uint32_t request;    /* Which of these attributes is the request id; SHAPE_NONE. */
};

#define SHAPE_NONE UINT32_MAX

/* The grade of a span. */
static inline uint8_t shape_span_grade(const struct span *span)
{
    return (uint8_t)((unsigned)span->kind | (unsigned)span->status << 4);
}

#endif
