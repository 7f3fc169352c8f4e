/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/format.h"
#include "base/number.h"
#include "base/settings.h"

/* Seconds and below are powers of ten of a nanosecond, what is above is a number of seconds. */
struct duration_unit {
    struct slice name;
    unsigned digits;
    uint64_t factor;
};

/* Longer units come before those that they end with. */
static const struct duration_unit duration_units[] = {
    {SLICE_INIT("ns"), 0, 1},    {SLICE_INIT("us"), 3, 1}, {SLICE_INIT("ms"), 6, 1},
    {SLICE_INIT("s"), 9, 1},     {SLICE_INIT("m"), 9, 60}, {SLICE_INIT("h"), 9, 3600},
    {SLICE_INIT("d"), 9, 86400},
};

struct size_unit {
    struct slice name;
    uint64_t factor;
};

static const struct size_unit size_units[] = {
    {SLICE_INIT("KiB"), UINT64_C(1) << 10},
    {SLICE_INIT("MiB"), UINT64_C(1) << 20},
    {SLICE_INIT("GiB"), UINT64_C(1) << 30},
    {SLICE_INIT("TiB"), UINT64_C(1) << 40},
    {SLICE_INIT("kB"), 1000},
    {SLICE_INIT("MB"), UINT64_C(1000) * 1000},
    {SLICE_INIT("GB"), UINT64_C(1000) * 1000 * 1000},
    {SLICE_INIT("TB"), UINT64_C(1000) * 1000 * 1000 * 1000},
    {SLICE_INIT("B"), 1},
};

bool settings_parse_duration(struct slice text, uint64_t *duration_ns)
{
    int64_t number;

    if (slice_equal(text, SLICE("0"))) {
        *duration_ns = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
        const struct duration_unit *unit = &duration_units[i];
        uint64_t product;
        if (!slice_ends(text, unit->name)) {
            continue;
        }
        text = slice_take(text, text.size - unit->name.size);
        if (number_parse_scaled(text, unit->digits, &number) != NUMBER_OK || number < 0 ||
            __builtin_mul_overflow((uint64_t)number, unit->factor, &product)) {
            return false;
        }
        *duration_ns = product;
        return true;
    }
    return false;
}

bool settings_parse_size(struct slice text, uint64_t *size)
{
    uint64_t number;
    uint64_t factor = 1;

    for (size_t i = 0; i < sizeof(size_units) / sizeof(size_units[0]); i++) {
        if (slice_ends(text, size_units[i].name)) {
            text = slice_trim(slice_take(text, text.size - size_units[i].name.size));
            factor = size_units[i].factor;
            break;
        }
    }
    if (number_parse_u64(text, &number) != NUMBER_OK ||
        __builtin_mul_overflow(number, factor, &number)) {
        return false;
    }
    *size = number;
    return true;
}

static bool settings_parse_bool(struct slice text, bool *value)
{
    static const struct {
        struct slice word;
        bool value;
    } words[] = {
        {SLICE_INIT("true"), true}, {SLICE_INIT("false"), false}, {SLICE_INIT("yes"), true},
        {SLICE_INIT("no"), false},  {SLICE_INIT("on"), true},     {SLICE_INIT("off"), false},
        {SLICE_INIT("1"), true},    {SLICE_INIT("0"), false},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal_nocase(text, words[i].word)) {
            *value = words[i].value;
            return true;
        }
    }
    return false;
}

static enum status settings_parse_choice(const struct setting *row, struct slice text,
                                         unsigned *value, struct buf *expected)
{
    for (unsigned i = 0; row->choices[i] != NULL; i++) {
        if (slice_equal(text, slice_from(row->choices[i]))) {
            *value = i;
            return STATUS_OK;
        }
    }
    buf_append_text(expected, "one of");
    for (unsigned i = 0; row->choices[i] != NULL; i++) {
        format_append(expected, "%s %s", i > 0 ? "," : "", row->choices[i]);
    }
    return STATUS_BAD;
}

static enum status settings_check_range(const struct setting *row, uint64_t value, const char *unit,
                                        struct buf *expected)
{
    if (value >= row->min && (row->max == 0 || value <= row->max)) {
        return STATUS_OK;
    }
    if (row->max == 0) {
        format_append(expected, "at least %llu%s", (unsigned long long)row->min, unit);
    } else {
        format_append(expected, "from %llu to %llu%s", (unsigned long long)row->min,
                      (unsigned long long)row->max, unit);
    }
    return STATUS_BAD;
}

static enum status settings_parse_number(const struct setting *row, struct slice text,
                                         uint64_t *value, struct buf *expected)
{
    uint64_t number = 0;
    const char *unit = "";
    const char *what = "a whole number";
    bool good = false;

    if (row->kind == SETTING_DURATION) {
        unit = " ns";
        what = "a duration such as 150ms, 1.5s, 10m, 2h or 7d";
        good = settings_parse_duration(text, &number);
    } else if (row->kind == SETTING_SIZE) {
        unit = " bytes";
        what = "a size such as 4096, 64KiB or 20MiB";
        good = settings_parse_size(text, &number);
    } else {
        good = number_parse_u64(text, &number) == NUMBER_OK;
    }
    if (!good) {
        buf_append_text(expected, what);
        return STATUS_BAD;
    }
    enum status status = settings_check_range(row, number, unit, expected);
    if (status == STATUS_OK) {
        *value = number;
    }
    return status;
}

static enum status settings_parse_string(const struct setting *row, struct slice text,
                                         struct slice *value, struct arena *arena,
                                         struct buf *expected)
{
    enum status status = settings_check_range(row, text.size, " characters", expected);

    if (status != STATUS_OK) {
        return status;
    }
    struct slice copy = arena_dup(arena, text);
    if (copy.size != text.size) {
        return STATUS_FULL;
    }
    *value = copy;
    return STATUS_OK;
}

enum status settings_parse_value(const struct setting *row, struct slice text, void *field,
                                 struct arena *arena, struct buf *expected)
{
    switch (row->kind) {
    case SETTING_STRING:
        return settings_parse_string(row, text, field, arena, expected);
    case SETTING_U64:
    case SETTING_DURATION:
    case SETTING_SIZE:
        return settings_parse_number(row, text, field, expected);
    case SETTING_BOOL:
        if (settings_parse_bool(text, field)) {
            return STATUS_OK;
        }
        buf_append_text(expected, "true or false");
        return STATUS_BAD;
    case SETTING_CHOICE:
        return settings_parse_choice(row, text, field, expected);
    }
    ENSURE(false);
    return STATUS_BAD;
}
