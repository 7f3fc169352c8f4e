/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_private.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "pattern/pattern.h"
#include "rules/rules_file.h"

#include <math.h>
#include <string.h>

/* Functions of Prometheus about numbers and texts. */

/* Room for a number made readable. */
#define HUMAN_SIZE_MAX 128

static const char *const small_units[] = {"m", "u", "n", "p", "f", "a", "z", "y"};

#define UNIT_COUNT 8

/* A number below one in a small unit. */
static const char *make_larger(double *number)
{
    const char *unit = "";
    for (size_t i = 0; i < UNIT_COUNT && fabs(*number) < 1; i++) {
        unit = small_units[i];
        *number *= 1000;
    }
    return unit;
}

static void humanize(double number, struct buf *out)
{
    static const char *const units[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
    const char *unit = "";
    if (number != 0 && isfinite(number) && fabs(number) >= 1) {
        for (size_t i = 0; i < UNIT_COUNT && fabs(number) >= 1000; i++) {
            unit = units[i];
            number /= 1000;
        }
    } else if (number != 0 && isfinite(number)) {
        unit = make_larger(&number);
    }
    template_number_print(number, 'g', 4, out);
    buf_append_text(out, unit);
}

static void humanize_1024(double number, struct buf *out)
{
    static const char *const units[] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
    const char *unit = "";
    if (isfinite(number) && fabs(number) > 1) {
        for (size_t i = 0; i < UNIT_COUNT && fabs(number) >= 1024; i++) {
            unit = units[i];
            number /= 1024;
        }
    }
    template_number_print(number, 'g', 4, out);
    buf_append_text(out, unit);
}

static void humanize_duration(double number, struct buf *out)
{
    if (!isfinite(number)) {
        template_number_print(number, 'g', 4, out);
        return;
    }
    if (fabs(number) < 1) {
        const char *unit = number != 0 ? make_larger(&number) : "";
        template_number_print(number, 'g', 4, out);
        buf_printf(out, "%ss", unit);
        return;
    }
    buf_append_text(out, number < 0 ? "-" : "");
    number = fabs(number);
    long long whole = number < 9e18 ? (long long)number : INT64_MAX;
    long long seconds = whole % 60, minutes = whole / 60 % 60;
    long long hours = whole / 3600 % 24, days = whole / 86400;
    if (days != 0) {
        buf_printf(out, "%lldd %lldh %lldm %llds", days, hours, minutes, seconds);
    } else if (hours != 0) {
        buf_printf(out, "%lldh %lldm %llds", hours, minutes, seconds);
    } else if (minutes != 0) {
        buf_printf(out, "%lldm %llds", minutes, seconds);
    } else {
        template_number_print(number, 'g', 4, out);
        buf_append_byte(out, 's');
    }
}

static void humanize_percentage(double number, struct buf *out)
{
    template_number_print(number * 100, 'g', 4, out);
    buf_append_byte(out, '%');
}

static void humanize_timestamp(double number, struct buf *out)
{
    if (!isfinite(number)) {
        template_number_print(number, 'g', 4, out);
    } else if (fabs(number) > 1e11) {
        buf_append_text(out, "<no time>");
    } else {
        template_time_print((int64_t)floor(number * 1000), out);
    }
}

/* ---- Texts. ---- */

static unsigned char upper(unsigned char c)
{
    return c >= 'a' && c <= 'z' ? (unsigned char)(c - 32) : c;
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_letter(unsigned char c)
{
    return template_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '\'' || c >= 0x80;
}

static void to_upper(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        buf_append_byte(out, upper(text.base[i]));
    }
}

static void to_lower(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        buf_append_byte(out, lower(text.base[i]));
    }
}

/* The first letter of every word becomes a capital. */
static void to_title(struct slice text, struct buf *out)
{
    bool inside = false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.base[i];
        buf_append_byte(out, inside ? c : upper(c));
        inside = is_letter(c);
    }
}

static void as_it_is(struct slice text, struct buf *out)
{
    buf_append(out, text);
}

/* A host without its port; a text that is no host with a port as it is. */
static void strip_port(struct slice text, struct buf *out)
{
    size_t colon = slice_find_last_byte(text, ':');
    if (colon == SLICE_NONE) {
        buf_append(out, text);
        return;
    }
    struct slice host = slice_take(text, colon);
    if (slice_starts(host, SLICE("[")) && slice_ends(host, SLICE("]"))) {
        host = slice_take(slice_skip(host, 1), host.size - 2);
    } else if (slice_find_byte(host, ':') != SLICE_NONE) {
        host = text;
    }
    buf_append(out, host);
}

/* A host without its domain, with its port. */
static void strip_domain(struct slice text, struct buf *out)
{
    size_t colon = slice_find_last_byte(text, ':');
    struct slice host = colon == SLICE_NONE ? text : slice_take(text, colon);
    struct slice port = colon == SLICE_NONE ? SLICE_EMPTY : slice_skip(text, colon);
    bool address = slice_find_byte(host, ':') != SLICE_NONE;
    bool digits = host.size > 0;
    for (size_t i = 0; i < host.size; i++) {
        digits = digits && ((host.base[i] >= '0' && host.base[i] <= '9') || host.base[i] == '.');
    }
    size_t dot = slice_find_byte(host, '.');
    if (!address && !digits && dot != SLICE_NONE) {
        host = slice_take(host, dot);
    }
    buf_append(out, host);
    buf_append(out, port);
}

/* ---- Patterns. ---- */

/* Compile a pattern that may match anywhere: groups[2] is the match, what is before it groups[1].
 */
static const struct pattern *anywhere(struct template_run *run, struct slice text)
{
    const struct pattern *pattern = NULL;
    struct pattern_error error;
    struct slice whole =
        arena_printf(run->arena, "([\\s\\S]*?)(" SLICE_FMT ")[\\s\\S]*", SLICE_ARG(text));
    if (pattern_compile(whole, run->arena, &pattern, &error) != STATUS_OK) {
        (void)template_fail(run, "error parsing regexp: " SLICE_FMT, SLICE_ARG(error.reason));
        return NULL;
    }
    return pattern;
}

/* Append what stands for a match: $1, ${1}, ${name} and $$ are understood. */
static void append_replacement(struct slice with, const struct pattern *pattern,
                               const struct slice *groups, size_t count, struct buf *out)
{
    while (with.size > 0) {
        size_t at = slice_find_byte(with, '$');
        buf_append(out, slice_take(with, at == SLICE_NONE ? with.size : at));
        if (at == SLICE_NONE) {
            return;
        }
        with = slice_skip(with, at + 1);
        if (slice_starts(with, SLICE("$"))) {
            buf_append_byte(out, '$');
            with = slice_skip(with, 1);
            continue;
        }
        bool braces = slice_starts(with, SLICE("{"));
        struct slice rest = slice_skip(with, braces ? 1 : 0);
        size_t size = 0;
        bool digits = true;
        while (size < rest.size && is_letter(rest.base[size]) && rest.base[size] != '\'') {
            digits = digits && rest.base[size] <= '9';
            size++;
        }
        if (size == 0 || (braces && (size == rest.size || rest.base[size] != '}'))) {
            buf_append_byte(out, '$');
            continue;
        }
        struct slice name = slice_take(rest, size);
        size_t group = digits ? 0 : pattern_group_named(pattern, name);
        for (size_t i = 0; digits && i < name.size && group < count; i++) {
            group = group * 10 + (size_t)(name.base[i] - '0');
        }
        group = digits ? group + 2 : group;
        if (group < count) {
            buf_append(out, groups[group]);
        }
        with = slice_skip(rest, size + (braces ? 1 : 0));
    }
}

static bool call_replace(struct template_run *run, const struct template_value *args,
                         struct buf *out)
{
    const struct pattern *pattern = anywhere(run, args[0].of.text);
    struct slice rest = args[2].of.text;
    if (pattern == NULL) {
        return false;
    }
    size_t count = pattern_group_count(pattern);
    struct slice *groups = arena_alloc_array(run->arena, count, sizeof(*groups));
    bool first = true, behind = false;
    while (groups != NULL) {
        enum pattern_answer answer = pattern_match_groups(pattern, rest, run->arena, groups, count);
        if (answer == PATTERN_LIMIT) {
            return template_fail(run, "the pattern takes too long");
        }
        /* What begins with ^ matches at the beginning only, which rest has no more. */
        if (answer != PATTERN_MATCHES || (!first && slice_starts(args[0].of.text, SLICE("^")))) {
            break;
        }
        /* Nothing, right behind a match, is none. */
        bool nothing = behind && groups[1].size + groups[2].size == 0;
        first = false;
        buf_append(out, groups[1]);
        if (!nothing) {
            append_replacement(args[1].of.text, pattern, groups, count, out);
        }
        behind = groups[2].size > 0;
        size_t taken = groups[1].size + groups[2].size;
        if (groups[2].size == 0) {
            buf_append(out, slice_take(slice_skip(rest, taken), 1));
            if (taken >= rest.size) {
                return true;
            }
            taken++;
        }
        rest = slice_skip(rest, taken);
        if (buf_overflowed(out) || ++run->steps > TEMPLATE_STEP_COUNT_MAX) {
            break;
        }
    }
    buf_append(out, rest);
    return true;
}

static bool call_match(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    const struct pattern *pattern = anywhere(run, args[0].of.text);
    if (pattern == NULL) {
        return false;
    }
    enum pattern_answer answer = pattern_match(pattern, args[1].of.text, run->arena);
    *result = template_bool(answer == PATTERN_MATCHES);
    return answer != PATTERN_LIMIT || template_fail(run, "the pattern takes too long");
}

/* ---- The tables. ---- */

static const struct {
    struct slice name;
    void (*write)(double number, struct buf *out);
} of_numbers[] = {
    {SLICE_INIT("humanize"), humanize},
    {SLICE_INIT("humanize1024"), humanize_1024},
    {SLICE_INIT("humanizeDuration"), humanize_duration},
    {SLICE_INIT("humanizePercentage"), humanize_percentage},
    {SLICE_INIT("humanizeTimestamp"), humanize_timestamp},
};

static const struct {
    struct slice name;
    void (*write)(struct slice text, struct buf *out);
} of_texts[] = {
    {SLICE_INIT("title"), to_title},       {SLICE_INIT("toUpper"), to_upper},
    {SLICE_INIT("toLower"), to_lower},     {SLICE_INIT("safeHtml"), as_it_is},
    {SLICE_INIT("stripPort"), strip_port}, {SLICE_INIT("stripDomain"), strip_domain},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool want(struct template_run *run, const struct template_value *args, size_t count,
                 size_t wanted, struct slice name)
{
    if (count != wanted) {
        return template_fail(run, "wrong number of args for " SLICE_FMT ": want %zu got %zu",
                             SLICE_ARG(name), wanted, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind != TEMPLATE_TEXT) {
            return template_fail(run, "wrong type for value; expected string; got %s",
                                 template_kind_name(args[i].kind));
        }
    }
    return true;
}

/* A text made in memory that the arena has to the end. */
static bool text_made(struct template_run *run, const struct buf *out,
                      struct template_value *result)
{
    *result = template_text(arena_dup(run->arena, buf_bytes(out)));
    return !buf_overflowed(out) || template_fail(run, "the text is too long");
}

static bool call_of_number(struct template_run *run, size_t row, const struct template_value *args,
                           size_t count, struct template_value *result)
{
    char memory[HUMAN_SIZE_MAX];
    struct buf out;
    double number = 0;
    if (count != 1) {
        return template_fail(run, "wrong number of args for " SLICE_FMT ": want 1 got %zu",
                             SLICE_ARG(of_numbers[row].name), count);
    }
    if (!template_value_number(&args[0], &number)) {
        return template_fail(run, "error calling " SLICE_FMT ": can't convert %s to float",
                             SLICE_ARG(of_numbers[row].name), template_kind_name(args[0].kind));
    }
    buf_init_fixed(&out, memory, sizeof(memory));
    of_numbers[row].write(number, &out);
    return text_made(run, &out, result);
}

static bool call_of_text(struct template_run *run, size_t row, const struct template_value *args,
                         struct template_value *result)
{
    size_t size = args[0].of.text.size + 1;
    void *memory = arena_alloc(run->arena, size);
    struct buf out;
    if (memory == NULL) {
        return template_fail(run, "out of memory");
    }
    buf_init_fixed(&out, memory, size);
    of_texts[row].write(args[0].of.text, &out);
    *result = template_text(buf_bytes(&out));
    return true;
}

static bool call_parse_duration(struct template_run *run, const struct template_value *args,
                                struct template_value *result)
{
    int64_t duration_ms = 0;
    if (rules_duration(args[0].of.text, &duration_ms) != STATUS_OK) {
        return template_fail(run,
                             "error calling parseDuration: not a valid duration string: "
                             "\"" SLICE_FMT "\"",
                             SLICE_ARG(args[0].of.text));
    }
    *result =
        (struct template_value){.kind = TEMPLATE_FLOAT, .of.number = (double)duration_ms / 1000};
    return true;
}

static bool call_to_time(struct template_run *run, const struct template_value *args, size_t count,
                         struct template_value *result)
{
    double number = 0;
    if (count != 1 || !template_value_number(&args[0], &number) || !(fabs(number) < 1e11)) {
        return template_fail(run, "error calling toTime: this is no time");
    }
    *result =
        (struct template_value){.kind = TEMPLATE_TIME, .of.integer = (int64_t)floor(number * 1000)};
    return true;
}

static bool call_replace_all(struct template_run *run, const struct template_value *args,
                             struct template_value *result)
{
    struct buf out;
    buf_init_growing(&out, TEMPLATE_SIZE_MAX);
    bool right = call_replace(run, args, &out) && text_made(run, &out, result);
    buf_fini(&out);
    return right;
}

bool template_call_text(struct template_run *run, struct slice name,
                        const struct template_value *args, size_t count,
                        struct template_value *result, bool *known)
{
    *known = true;
    for (size_t i = 0; i < COUNT_OF(of_numbers); i++) {
        if (slice_equal(name, of_numbers[i].name)) {
            return call_of_number(run, i, args, count, result);
        }
    }
    for (size_t i = 0; i < COUNT_OF(of_texts); i++) {
        if (slice_equal(name, of_texts[i].name)) {
            return want(run, args, count, 1, name) && call_of_text(run, i, args, result);
        }
    }
    if (slice_equal(name, SLICE("match"))) {
        return want(run, args, count, 2, name) && call_match(run, args, result);
    }
    if (slice_equal(name, SLICE("reReplaceAll"))) {
        return want(run, args, count, 3, name) && call_replace_all(run, args, result);
    }
    if (slice_equal(name, SLICE("parseDuration"))) {
        return want(run, args, count, 1, name) && call_parse_duration(run, args, result);
    }
    if (slice_equal(name, SLICE("toTime"))) {
        return call_to_time(run, args, count, result);
    }
    *known = false;
    return true;
}
