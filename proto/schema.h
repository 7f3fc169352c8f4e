/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_SCHEMA_H
#define THAW_PROTO_SCHEMA_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The messages of OTLP 1.11 as a table: what the guard checks bodies with and
 * what the transcoder translates by.  Constant data; any thread.
 */

/* Every message of the table. */
enum schema_id {
    SCHEMA_NONE, /* Not a message: the field is a scalar. */
    /* Roots: what is posted and answered. */
    SCHEMA_TRACES_REQUEST,
    SCHEMA_LOGS_REQUEST,
    SCHEMA_METRICS_REQUEST,
    SCHEMA_TRACES_RESPONSE,
    SCHEMA_LOGS_RESPONSE,
    SCHEMA_METRICS_RESPONSE,
    SCHEMA_RPC_STATUS,
    /* Common. */
    SCHEMA_ANY_VALUE,
    SCHEMA_ARRAY_VALUE,
    SCHEMA_KEY_VALUE_LIST,
    SCHEMA_KEY_VALUE,
    SCHEMA_SCOPE,
    SCHEMA_ENTITY_REF,
    SCHEMA_RESOURCE,
    /* Traces. */
    SCHEMA_RESOURCE_SPANS,
    SCHEMA_SCOPE_SPANS,
    SCHEMA_SPAN,
    SCHEMA_SPAN_EVENT,
    SCHEMA_SPAN_LINK,
    SCHEMA_SPAN_STATUS,
    /* Logs. */
    SCHEMA_RESOURCE_LOGS,
    SCHEMA_SCOPE_LOGS,
    SCHEMA_LOG_RECORD,
    /* Metrics. */
    SCHEMA_RESOURCE_METRICS,
    SCHEMA_SCOPE_METRICS,
    SCHEMA_METRIC,
    SCHEMA_GAUGE,
    SCHEMA_SUM,
    SCHEMA_HISTOGRAM,
    SCHEMA_EXPONENTIAL_HISTOGRAM,
    SCHEMA_SUMMARY,
    SCHEMA_NUMBER_POINT,
    SCHEMA_HISTOGRAM_POINT,
    SCHEMA_EXPONENTIAL_HISTOGRAM_POINT,
    SCHEMA_BUCKETS,
    SCHEMA_SUMMARY_POINT,
    SCHEMA_QUANTILE,
    SCHEMA_EXEMPLAR,
    /* Answers. */
    SCHEMA_TRACES_PARTIAL,
    SCHEMA_LOGS_PARTIAL,
    SCHEMA_METRICS_PARTIAL,
    SCHEMA_ANY,
    SCHEMA_COUNT,
} __attribute__((packed));

enum schema_kind {
    SCHEMA_STRING,   /* Length-delimited text. */
    SCHEMA_BYTES,    /* Length-delimited, base64 in JSON. */
    SCHEMA_ID_BYTES, /* Length-delimited, hexadecimal in JSON: trace and span ids. */
    SCHEMA_MESSAGE,  /* Length-delimited. */
    SCHEMA_BOOL,     /* varint */
    SCHEMA_ENUM,     /* varint */
    SCHEMA_INT32,    /* varint, negative in ten bytes */
    SCHEMA_INT64,    /* varint */
    SCHEMA_UINT32,   /* varint */
    SCHEMA_UINT64,   /* varint */
    SCHEMA_SINT32,   /* varint, zigzag */
    SCHEMA_FIXED32,
    SCHEMA_FIXED64,
    SCHEMA_SFIXED64,
    SCHEMA_DOUBLE, /* fixed64 */
} __attribute__((packed));

/* The enums of fields. */
enum schema_enum {
    SCHEMA_SPAN_KINDS,
    SCHEMA_STATUS_CODES,
    SCHEMA_TEMPORALITIES,
    SCHEMA_SEVERITIES,
    SCHEMA_ENUMS,
} __attribute__((packed));

/* A name of an enum's value. */
struct schema_name {
    struct slice name;
    int32_t value;
};

/* There are many of these, so each is 16 bytes: the agent has them in its binary. */
struct schema_field {
    const char *label; /* Its name in JSON, of label_size bytes: see schema_field_name(). */
    unsigned char label_size;
    unsigned char number; /* Below 32: sets of fields are bits of a word. */
    enum schema_kind kind;
    enum schema_id message; /* Of SCHEMA_MESSAGE. */
    enum schema_enum names; /* Of SCHEMA_ENUM. */
    unsigned char id_size;  /* Of SCHEMA_ID_BYTES: 8 or 16. */
    bool repeated : 1;      /* Scalars of numbers are packed when we write them. */
    bool presence : 1; /* Written even when it is zero: members of a oneof, optional numbers. */
    bool oneof : 1;    /* Of a oneof; no message has two.  The last member wins. */
};

struct schema_message {
    const char *name;                  /* As OTLP names it: "ResourceSpans". */
    const struct schema_field *fields; /* By number. */
    unsigned char count;
    unsigned short unpacked_size; /* Bytes of the struct that protobuf-c makes of it, or more. */
};

static inline struct slice schema_field_name(const struct schema_field *field)
{
    return slice_of(field->label, field->label_size);
}

/* The names of an enum; the last one is empty. */
const struct schema_name *schema_names(enum schema_enum names);

/* The message of an id, which must be one of the table. */
const struct schema_message *schema_message(enum schema_id id);

/* The field of this number or of this JSON name, or NULL if the message has none. */
const struct schema_field *schema_field_by_number(const struct schema_message *message,
                                                  uint32_t number);
const struct schema_field *schema_field_by_name(const struct schema_message *message,
                                                struct slice name);

#endif
