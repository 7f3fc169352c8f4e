/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_value.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *template_kind_name(enum template_kind kind)
{
    static const char *const names[] = {
        [TEMPLATE_NIL] = "nil",
        [TEMPLATE_BOOL] = "bool",
        [TEMPLATE_INT] = "int",
        [TEMPLATE_FLOAT] = "float64",
        [TEMPLATE_TEXT] = "string",
        [TEMPLATE_LABELS] = "map[string]string",
        [TEMPLATE_SAMPLE] = "*template.sample",
        [TEMPLATE_VECTOR] = "template.queryResult",
        [TEMPLATE_DATA] = "struct",
        [TEMPLATE_TIME] = "*time.Time",
        [TEMPLATE_ARGS] = "map[string]interface {}",
    };
    return names[kind];
}

bool template_value_true(const struct template_value *value)
{
    switch (value->kind) {
    case TEMPLATE_NIL:
        return false;
    case TEMPLATE_BOOL:
        return value->of.truth;
    case TEMPLATE_INT:
        return value->of.integer != 0;
    case TEMPLATE_FLOAT:
        return value->of.number != 0;
    case TEMPLATE_TEXT:
        return value->of.text.size > 0;
    case TEMPLATE_LABELS:
        return value->of.labels->count > 0;
    case TEMPLATE_VECTOR:
        return value->of.vector.count > 0;
    case TEMPLATE_ARGS:
        return value->of.args.count > 0;
    case TEMPLATE_SAMPLE:
    case TEMPLATE_DATA:
    case TEMPLATE_TIME:
        break;
    }
    return true;
}

bool template_value_number(const struct template_value *value, double *number)
{
    char text[64];
    char *end;
    switch (value->kind) {
    case TEMPLATE_INT:
        *number = (double)value->of.integer;
        return true;
    case TEMPLATE_FLOAT:
        *number = value->of.number;
        return true;
    case TEMPLATE_TEXT:
        if (value->of.text.size == 0 || strchr(" \t\n", value->of.text.base[0]) != NULL ||
            !slice_copy_text(value->of.text, text, sizeof(text))) {
            return false;
        }
        *number = strtod(text, &end);
        return *end == '\0';
    case TEMPLATE_NIL:
    case TEMPLATE_BOOL:
    case TEMPLATE_LABELS:
    case TEMPLATE_SAMPLE:
    case TEMPLATE_VECTOR:
    case TEMPLATE_DATA:
    case TEMPLATE_TIME:
    case TEMPLATE_ARGS:
        break;
    }
    return false;
}

/* ---- Numbers. ---- */

/* Room for any double with any precision that printf allows. */
#define NUMBER_ROOM 512

/* Digits that read back as the same, as "d.ddde[+-]xx". */
static void shortest(double number, char *text, size_t size)
{
    for (int precision = 0; precision < 17; precision++) {
        (void)snprintf(text, size, "%.*e", precision, number);
        if (strtod(text, NULL) == number) {
            return;
        }
    }
}

/* Without a precision: as few digits as are needed, and where they are few no exponent. */
static void print_shortest(double number, char verb, struct buf *out)
{
    char text[64];
    shortest(number, text, sizeof(text));
    const char *mark = strchr(text, 'e');
    int exponent = (int)strtol(mark + 1, NULL, 10);
    size_t digits = 0;
    for (const char *c = text; c < mark; c++) {
        digits += *c >= '0' && *c <= '9';
    }
    if (verb == 'e' || (verb == 'g' && (exponent < -4 || exponent >= 6))) {
        buf_append_text(out, text);
        return;
    }
    int places = (int)digits - 1 - exponent;
    char fixed[NUMBER_ROOM];
    (void)snprintf(fixed, sizeof(fixed), "%.*f", places > 0 ? places : 0, number);
    buf_append_text(out, fixed);
}

void template_number_print(double number, char verb, int precision, struct buf *out)
{
    char text[NUMBER_ROOM];
    if (isnan(number)) {
        buf_append_text(out, "NaN");
    } else if (isinf(number)) {
        buf_append_text(out, number > 0 ? "+Inf" : "-Inf");
    } else if (precision < 0) {
        print_shortest(number, verb, out);
    } else {
        const char format[] = {'%', '.', '*', verb, '\0'};
        int digits = precision > 100 ? 100 : precision;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(text, sizeof(text), format, digits, number);
#pragma GCC diagnostic pop
        buf_append_text(out, text);
    }
}

void template_time_print(int64_t time_ms, struct buf *out)
{
    int64_t seconds = time_ms / 1000;
    int64_t rest = time_ms % 1000;
    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    struct tm parts;
    time_t when = (time_t)seconds;
    char text[64];
    if (gmtime_r(&when, &parts) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        buf_append_text(out, "<no time>");
        return;
    }
    buf_append_text(out, text);
    if (rest > 0) {
        char fraction[8];
        (void)snprintf(fraction, sizeof(fraction), ".%03d", (int)rest);
        size_t size = strlen(fraction);
        while (fraction[size - 1] == '0') {
            size--;
        }
        buf_append(out, slice_of(fraction, size));
    }
    buf_append_text(out, " +0000 UTC");
}

/* ---- Printing. ---- */

static void print_labels(const struct label_set *labels, struct buf *out)
{
    buf_append_text(out, "map[");
    for (size_t i = 0; i < labels->count; i++) {
        buf_append_text(out, i > 0 ? " " : "");
        buf_append(out, labels->items[i].name);
        buf_append_byte(out, ':');
        buf_append(out, labels->items[i].value);
    }
    buf_append_byte(out, ']');
}

static void print_sample(const struct series *sample, struct buf *out)
{
    buf_append_byte(out, '{');
    print_labels(&sample->labels, out);
    buf_append_byte(out, ' ');
    template_number_print(sample->samples[0].value, 'g', -1, out);
    buf_append_byte(out, '}');
}

void template_value_print(const struct template_value *value, struct buf *out)
{
    switch (value->kind) {
    case TEMPLATE_NIL:
        buf_append_text(out, "<no value>");
        break;
    case TEMPLATE_BOOL:
        buf_append_text(out, value->of.truth ? "true" : "false");
        break;
    case TEMPLATE_INT:
        buf_append_i64(out, value->of.integer);
        break;
    case TEMPLATE_FLOAT:
        template_number_print(value->of.number, 'g', -1, out);
        break;
    case TEMPLATE_TEXT:
        buf_append(out, value->of.text);
        break;
    case TEMPLATE_LABELS:
        print_labels(value->of.labels, out);
        break;
    case TEMPLATE_SAMPLE:
        print_sample(value->of.sample, out);
        break;
    case TEMPLATE_VECTOR:
        buf_append_byte(out, '[');
        for (size_t i = 0; i < value->of.vector.count; i++) {
            buf_append_text(out, i > 0 ? " " : "");
            print_sample(&value->of.vector.items[i], out);
        }
        buf_append_byte(out, ']');
        break;
    case TEMPLATE_TIME:
        template_time_print(value->of.integer, out);
        break;
    case TEMPLATE_ARGS:
        buf_append_text(out, "map[");
        for (size_t i = 0; i < value->of.args.count; i++) {
            buf_printf(out, "%sarg%zu:", i > 0 ? " " : "", i);
            template_value_print(&value->of.args.items[i], out);
        }
        buf_append_byte(out, ']');
        break;
    case TEMPLATE_DATA:
        buf_append_text(out, "{}");
        break;
    }
}
