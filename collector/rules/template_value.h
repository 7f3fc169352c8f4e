/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_TEMPLATE_VALUE_H
#define THAW_RULES_TEMPLATE_VALUE_H

#include "base/buf.h"
#include "base/slice.h"
#include "promql/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Values of templates: what Go's text/template would have there, printed as Go prints it.  A value
 * points into the arena of its expansion or what outlives it.  Pure.
 */
enum template_kind {
    TEMPLATE_NIL,
    TEMPLATE_BOOL,
    TEMPLATE_INT,
    TEMPLATE_FLOAT,
    TEMPLATE_TEXT,
    TEMPLATE_LABELS, /* A map of texts; what it does not have is the empty text. */
    TEMPLATE_SAMPLE, /* With .Labels and .Value. */
    TEMPLATE_VECTOR, /* Of samples: what query gives. */
    TEMPLATE_DATA,   /* What the dot is at first: .Labels, .ExternalLabels, .ExternalURL, .Value. */
    TEMPLATE_TIME,   /* Milliseconds. */
    TEMPLATE_ARGS,   /* A map with arg0, arg1, ... */
};

struct template_value {
    enum template_kind kind;
    union {
        bool truth;
        int64_t integer; /* Also of a time. */
        double number;
        struct slice text;
        const struct label_set *labels;
        const struct series *sample; /* With one sample. */
        struct {
            const struct series *items;
            size_t count;
        } vector;
        struct {
            const struct template_value *items;
            size_t count;
        } args;
    } of;
};

/* What Go calls the kind, in messages. */
const char *template_kind_name(enum template_kind kind);

/* Whether an if takes it for true. */
bool template_value_true(const struct template_value *value);

/* Append it as {{ }} does. */
void template_value_print(const struct template_value *value, struct buf *out);

/* The number that a text, a number or a sample's value is; false: none. */
bool template_value_number(const struct template_value *value, double *number);

/* A number as Go's verbs write it: 'g', 'e' and 'f' with so many digits, or as few as read back the
 * same (-1). */
void template_number_print(double number, char verb, int precision, struct buf *out);

/* The instant as Go prints a time in UTC. */
void template_time_print(int64_t time_ms, struct buf *out);

/* Append a text as printf of Go formats it with these values. */
void template_printf(struct slice format, const struct template_value *values, size_t count,
                     struct buf *out);

#endif
