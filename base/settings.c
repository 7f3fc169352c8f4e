/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include "base/ensure.h"
#include "base/format.h"

#include <string.h>

/* Names are short words; the suggestion for a mistyped one is looked for in tables of this width.
 */
enum { SETTING_NAME_SIZE_MAX = 48 };

/* Room for what a value was expected to be: the choices of a row are the longest. */
enum { SETTING_EXPECTED_SIZE_MAX = 512 };

/* The index of a row, or count. */
static size_t settings_find(const struct settings *settings, struct slice name)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (slice_equal(slice_from(settings->rows[i].name), name)) {
            return i;
        }
    }
    return settings->count;
}

/* How many letters must be added, dropped or changed to make one name of the other. */
static size_t settings_distance(struct slice one, struct slice other)
{
    size_t costs[SETTING_NAME_SIZE_MAX + 1];

    if (one.size > SETTING_NAME_SIZE_MAX || other.size > SETTING_NAME_SIZE_MAX) {
        return SIZE_MAX;
    }
    for (size_t k = 0; k <= other.size; k++) {
        costs[k] = k;
    }
    for (size_t i = 0; i < one.size; i++) {
        size_t diagonal = costs[0];
        costs[0] = i + 1;
        for (size_t k = 0; k < other.size; k++) {
            size_t changed = diagonal + (one.base[i] != other.base[k]);
            size_t nearer = costs[k] < costs[k + 1] ? costs[k] : costs[k + 1];
            diagonal = costs[k + 1];
            costs[k + 1] = changed < nearer + 1 ? changed : nearer + 1;
        }
    }
    return costs[other.size];
}

static void settings_tell_unknown(const struct settings *settings, struct slice name,
                                  const char *where)
{
    size_t nearest = 3; /* Two slips of the finger; more is another word. */
    const char *guess = NULL;

    for (size_t i = 0; i < settings->count; i++) {
        size_t distance = settings_distance(name, slice_from(settings->rows[i].name));
        if (distance < nearest) {
            nearest = distance;
            guess = settings->rows[i].name;
        }
    }
    format_append(settings->errors, "%s: there is no setting \"" SLICE_FMT "\"", where,
                  SLICE_ARG(slice_take(name, SETTING_NAME_SIZE_MAX)));
    if (guess != NULL) {
        format_append(settings->errors, "; did you mean \"%s\"?", guess);
    }
    buf_append_byte(settings->errors, '\n');
}

/* Set a row unless a stronger source has set it.  The value is checked all the same. */
static enum status settings_apply(struct settings *settings, size_t index, struct slice value,
                                  enum setting_source source, const char *where)
{
    const struct setting *row = &settings->rows[index];
    union {
        struct slice text;
        uint64_t number;
        unsigned choice;
        bool truth;
    } spare = {.number = 0};
    char expected_text[SETTING_EXPECTED_SIZE_MAX];
    struct buf expected;
    bool weaker = source < settings->sources[index];
    void *field = weaker ? (void *)&spare : (char *)settings->target + row->offset;

    buf_init_fixed(&expected, expected_text, sizeof(expected_text));
    enum status status = settings_parse_value(row, value, field, settings->arena, &expected);
    if (status == STATUS_OK && !weaker) {
        settings->sources[index] = source;
    }
    if (status == STATUS_BAD) {
        format_append(settings->errors, "%s: %s is \"" SLICE_FMT "\"; it must be " SLICE_FMT "\n",
                      where, row->name, SLICE_ARG(slice_take(value, 100)),
                      SLICE_ARG(buf_bytes(&expected)));
    }
    if (status == STATUS_FULL) {
        format_append(settings->errors, "%s: %s is too long to keep\n", where, row->name);
    }
    return status;
}

/* The worse of two: full memory says more than a wrong line. */
static enum status settings_worse(enum status one, enum status other)
{
    if (one == STATUS_FULL || other == STATUS_FULL) {
        return STATUS_FULL;
    }
    return one != STATUS_OK ? one : other;
}

enum status settings_init(struct settings *settings, const struct setting *rows, size_t count,
                          void *target, struct arena *arena, struct buf *errors)
{
    *settings = (struct settings){
        .rows = rows,
        .count = count,
        .target = target,
        .arena = arena,
        .errors = errors,
    };
    settings->sources = arena_alloc_array(arena, count, sizeof(settings->sources[0]));
    if (settings->sources == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        ENSURE(settings_find(settings, slice_from(rows[i].name)) == i);
        ENSURE(strlen(rows[i].name) <= SETTING_NAME_SIZE_MAX && rows[i].fallback != NULL);
        enum status status = settings_apply(settings, i, slice_from(rows[i].fallback),
                                            SETTING_FROM_DEFAULT, "default");
        ENSURE(status != STATUS_BAD);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status settings_set(struct settings *settings, struct slice name, struct slice value,
                         enum setting_source source, const char *where)
{
    size_t index = settings_find(settings, name);

    if (index == settings->count) {
        settings_tell_unknown(settings, name, where);
        return STATUS_BAD;
    }
    return settings_apply(settings, index, value, source, where);
}

/* Take a comment off the end of an unquoted value. */
static struct slice settings_uncomment(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        bool blank = i == 0 || text.base[i - 1] == ' ' || text.base[i - 1] == '\t';
        if (text.base[i] == '#' && blank) {
            return slice_trim(slice_take(text, i));
        }
    }
    return slice_trim(text);
}

/* The value behind the equals sign, quotes and comment gone.  False if the quotes are wrong. */
static bool settings_unquote(struct slice text, struct slice *value)
{
    struct slice behind;

    text = slice_trim(text);
    if (text.size == 0 || text.base[0] != '"') {
        *value = settings_uncomment(text);
        return true;
    }
    if (!slice_cut(slice_skip(text, 1), '"', value, &behind)) {
        return false;
    }
    return settings_uncomment(behind).size == 0;
}

static enum status settings_file_line(struct settings *settings, struct slice line,
                                      const char *where)
{
    struct slice name;
    struct slice value;

    line = slice_trim(line);
    if (line.size == 0 || line.base[0] == '#') {
        return STATUS_OK;
    }
    if (!slice_cut(line, '=', &name, &value)) {
        format_append(settings->errors, "%s: a line must be: name = value\n", where);
        return STATUS_BAD;
    }
    if (!settings_unquote(value, &value)) {
        format_append(settings->errors, "%s: the quotes around the value do not match\n", where);
        return STATUS_BAD;
    }
    return settings_set(settings, slice_trim(name), value, SETTING_FROM_FILE, where);
}

enum status settings_file(struct settings *settings, struct slice text, const char *where)
{
    enum status worst = STATUS_OK;
    unsigned number = 0;

    while (text.size > 0) {
        char place[128];
        struct buf out;
        struct slice line;
        number++;
        slice_cut(text, '\n', &line, &text);
        buf_init_fixed(&out, place, sizeof(place) - 1);
        buf_append(&out, slice_take(slice_from(where), sizeof(place) - 16));
        format_append(&out, ":%u", number);
        place[out.size] = '\0';
        worst = settings_worse(worst, settings_file_line(settings, line, place));
    }
    return worst;
}

/* Whether a variable is the one of this row: THAW_ and its name in upper case. */
static bool settings_is_variable(const struct setting *row, struct slice variable)
{
    struct slice name = slice_from(row->name);

    if (!slice_starts(variable, SLICE("THAW_"))) {
        return false;
    }
    variable = slice_skip(variable, 5);
    if (variable.size != name.size) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = name.base[i];
        if (byte == '-') {
            byte = '_';
        } else if (byte >= 'a' && byte <= 'z') {
            byte = (unsigned char)(byte - 'a' + 'A');
        }
        if (byte != variable.base[i]) {
            return false;
        }
    }
    return true;
}

enum status settings_environment(struct settings *settings, const char *const *environment)
{
    enum status worst = STATUS_OK;

    for (; *environment != NULL; environment++) {
        struct slice name;
        struct slice value;
        if (!slice_cut(slice_from(*environment), '=', &name, &value) || value.size == 0) {
            continue;
        }
        for (size_t i = 0; i < settings->count; i++) {
            if (settings_is_variable(&settings->rows[i], name)) {
                worst =
                    settings_worse(worst, settings_apply(settings, i, value,
                                                         SETTING_FROM_ENVIRONMENT, "environment"));
            }
        }
    }
    return worst;
}

/* Apply --name, --no-name or --name=value; *used becomes 2 if the next argument is the value. */
static enum status settings_argument(struct settings *settings, struct slice option,
                                     const char *next, int *used)
{
    static const char where[] = "command line";
    struct slice name;
    struct slice value;
    bool given = slice_cut(option, '=', &name, &value);
    size_t index = settings_find(settings, name);

    *used = 1;
    if (index == settings->count && !given && slice_starts(name, SLICE("no-"))) {
        size_t negated = settings_find(settings, slice_skip(name, 3));
        if (negated < settings->count && settings->rows[negated].kind == SETTING_BOOL) {
            return settings_apply(settings, negated, SLICE("false"), SETTING_FROM_ARGUMENT, where);
        }
    }
    if (index == settings->count) {
        settings_tell_unknown(settings, name, where);
        return STATUS_BAD;
    }
    if (!given && settings->rows[index].kind == SETTING_BOOL) {
        value = SLICE("true");
    } else if (!given && next == NULL) {
        format_append(settings->errors, "%s: --%s needs a value\n", where,
                      settings->rows[index].name);
        return STATUS_BAD;
    } else if (!given) {
        value = slice_from(next);
        *used = 2;
    }
    return settings_apply(settings, index, value, SETTING_FROM_ARGUMENT, where);
}

enum status settings_arguments(struct settings *settings, int argc, const char *const *argv,
                               int *rest)
{
    enum status worst = STATUS_OK;
    int at = 1;

    while (at < argc) {
        struct slice argument = slice_from(argv[at]);
        if (argument.size < 2 || argument.base[0] != '-') {
            break;
        }
        if (slice_equal(argument, SLICE("--"))) {
            at++;
            break;
        }
        if (!slice_starts(argument, SLICE("--"))) {
            format_append(settings->errors,
                          "command line: \"%s\" is no option; options begin with two dashes\n",
                          argv[at]);
            worst = settings_worse(worst, STATUS_BAD);
            at++;
            continue;
        }
        int used = 1;
        const char *next = at + 1 < argc ? argv[at + 1] : NULL;
        enum status status = settings_argument(settings, slice_skip(argument, 2), next, &used);
        worst = settings_worse(worst, status);
        at += used;
    }
    *rest = at < argc ? at : argc;
    return worst;
}

enum setting_source settings_source(const struct settings *settings, const char *name)
{
    size_t index = settings_find(settings, slice_from(name));

    ENSURE(index < settings->count);
    return settings->sources[index];
}
