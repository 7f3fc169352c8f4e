/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/test_series.h"

#include "promql/growing.h"
#include "promql/promql.h"
#include "rules/rules_limits.h"

#include <stdlib.h>
#include <string.h>

static bool take_byte(struct slice *rest, unsigned char byte)
{
    if (rest->size == 0 || rest->base[0] != byte) {
        return false;
    }
    *rest = slice_skip(*rest, 1);
    return true;
}

static bool take_count(struct slice *rest, size_t *count)
{
    size_t digits = 0;
    *count = 0;
    while (rest->size > 0 && rest->base[0] >= '0' && rest->base[0] <= '9' &&
           *count <= RULES_TEST_VALUE_COUNT_MAX) {
        *count = *count * 10 + (size_t)(rest->base[0] - '0');
        *rest = slice_skip(*rest, 1);
        digits++;
    }
    return digits > 0 && *count <= RULES_TEST_VALUE_COUNT_MAX;
}

/* A number with or without a sign, Inf and NaN.  An x ends it: none is hexadecimal. */
static bool take_number(struct slice *rest, double *value)
{
    char text[64];
    size_t size = 0;
    while (size < rest->size && size + 1 < sizeof(text) && rest->base[size] != 'x') {
        unsigned char c = rest->base[size];
        bool exponent = size > 0 && (rest->base[size - 1] | 32) == 'e';
        if ((c == '+' || c == '-') && size > 0 && !exponent) {
            break;
        }
        text[size++] = (char)c;
    }
    text[size] = '\0';
    char *end;
    *value = strtod(text, &end);
    *rest = slice_skip(*rest, size);
    return size > 0 && *end == '\0' && strpbrk(text, "()") == NULL;
}

static bool push(struct growing *values, bool missing, double value)
{
    struct test_value *slot =
        values->count < RULES_TEST_VALUE_COUNT_MAX ? growing_push(values) : NULL;
    if (slot != NULL) {
        *slot = (struct test_value){missing, value};
    }
    return slot != NULL;
}

/* "_" or "_x3". */
static const char *take_blank(struct slice rest, struct growing *values)
{
    size_t count = 1;
    if (rest.size > 0 && (!take_byte(&rest, 'x') || !take_count(&rest, &count) || rest.size > 0)) {
        return "behind _ stands nothing, or x and a count";
    }
    for (size_t i = 0; i < count; i++) {
        if (!push(values, true, 0)) {
            return "too many values";
        }
    }
    return NULL;
}

static const char *take_item(struct slice rest, struct growing *values)
{
    double value = sample_stale(), delta = 0;
    size_t count = 0;
    if (take_byte(&rest, '_')) {
        return take_blank(rest, values);
    }
    if (slice_starts(rest, SLICE("stale"))) {
        rest = slice_skip(rest, 5);
    } else if (!take_number(&rest, &value)) {
        return "this is no value: write 1, 1+2x3, 1x3, _ or stale";
    }
    if (rest.size > 0 && rest.base[0] != 'x' && !take_number(&rest, &delta)) {
        return "this is no step: write 1+2x3";
    }
    if (rest.size > 0 && (!take_byte(&rest, 'x') || !take_count(&rest, &count) || rest.size > 0)) {
        return "behind x stands a count";
    }
    for (size_t i = 0; i <= count; i++) {
        if (!push(values, false, value)) {
            return "too many values";
        }
        value += count > 0 ? delta : 0;
    }
    return NULL;
}

enum status test_series_values(struct slice text, struct arena *arena, struct test_series *series,
                               const char **reason)
{
    struct growing values = growing_of(arena, sizeof(struct test_value));
    while (text.size > 0) {
        size_t size = 0;
        while (size < text.size && strchr(" \t\r\n", text.base[size]) == NULL) {
            size++;
        }
        *reason = size > 0 ? take_item(slice_take(text, size), &values) : NULL;
        if (*reason != NULL) {
            return STATUS_BAD;
        }
        text = slice_skip(text, size == 0 ? 1 : size);
    }
    series->values = values.items;
    series->count = values.count;
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}

enum status test_series_labels(struct slice text, struct arena *arena, struct label_set *labels,
                               const char **reason)
{
    const struct matcher *matchers = NULL;
    size_t count = 0;
    struct promql_error error;
    struct slice trimmed = slice_trim(text);
    *labels = (struct label_set){NULL, 0};
    if (slice_equal(trimmed, SLICE("{}"))) {
        return STATUS_OK;
    }
    enum status status = promql_parse_selector(trimmed, arena, &matchers, &count, &error);
    if (status != STATUS_OK) {
        *reason = arena_dup_text(arena, slice_from(error.message));
        *reason = *reason == NULL ? "these are no labels" : *reason;
        return status;
    }
    struct label *items = arena_alloc_array(arena, count + 1, sizeof(*items));
    for (size_t i = 0; i < count && items != NULL; i++) {
        if (matchers[i].kind != MATCHER_EQUAL) {
            *reason = "labels have values, not patterns";
            return STATUS_BAD;
        }
        items[i] = (struct label){matchers[i].name, matchers[i].value};
    }
    if (items == NULL) {
        return STATUS_FULL;
    }
    *labels = (struct label_set){items, labels_normalise(items, count)};
    return STATUS_OK;
}
