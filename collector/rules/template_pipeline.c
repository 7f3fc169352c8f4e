/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_pipeline.h"

#include "base/number.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Values of one command: the function's arguments. */
#define ARGUMENT_COUNT_MAX 16

/*
 * A pipeline is read and computed at once, from left to right, a parenthesis within another as deep
 * as template_check() allows.  skips: it is read only, as what stands behind a true "or".
 */
struct reader {
    struct template_run *run;
    struct slice rest;
    const struct template_value *dot;
    size_t depth;
    size_t skips;
};

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(unsigned char c)
{
    return template_letter(c) || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

static struct slice skip_spaces(struct slice text)
{
    while (text.size > 0 && is_space(text.base[0])) {
        text = slice_skip(text, 1);
    }
    return text;
}

static struct slice take_word(struct slice *rest)
{
    size_t size = 0;
    while (size < rest->size && is_word(rest->base[size])) {
        size++;
    }
    struct slice word = slice_take(*rest, size);
    *rest = slice_skip(*rest, size);
    return word;
}

/* ---- Literals. ---- */

static size_t quoted_size(struct slice text)
{
    unsigned char quote = text.base[0];
    for (size_t i = 1; i < text.size; i++) {
        if (text.base[i] == '\\' && quote != '`') {
            i++;
        } else if (text.base[i] == quote) {
            return i + 1;
        }
    }
    return text.size;
}

/* The character that an escape stands for; *size bytes of it were read behind the backslash. */
static uint32_t escaped(struct slice text, size_t *size)
{
    static const char letters[] = "abfnrtv\\'\"";
    static const unsigned char stands[] = {7, 8, 12, 10, 13, 9, 11, '\\', '\'', '"'};
    char digits[9];
    *size = 1;
    const char *found = text.base[0] != '\0' ? strchr(letters, text.base[0]) : NULL;
    if (found != NULL) {
        return stands[found - letters];
    }
    bool octal = text.base[0] >= '0' && text.base[0] <= '7';
    size_t from = octal ? 0 : 1;
    size_t count = octal                 ? 3
                   : text.base[0] == 'x' ? 2
                   : text.base[0] == 'u' ? 4
                   : text.base[0] == 'U' ? 8
                                         : 0;
    struct slice number = slice_take(slice_skip(text, from), count);
    if (count == 0 || !slice_copy_text(number, digits, sizeof(digits))) {
        return text.base[0];
    }
    *size = from + number.size;
    return (uint32_t)strtoul(digits, NULL, octal ? 8 : 16);
}

static void append_escaped(struct slice text, size_t *at, struct buf *out)
{
    size_t size;
    bool byte = text.base[*at] == 'x' || (text.base[*at] >= '0' && text.base[*at] <= '7');
    uint32_t code = escaped(slice_skip(text, *at), &size);
    unsigned char bytes[UTF8_SIZE_MAX];
    if (byte) {
        buf_append_byte(out, (unsigned char)code);
    } else {
        bool scalar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
        buf_append(out, slice_of(bytes, utf8_encode(scalar ? code : 0xfffd, bytes)));
    }
    *at += size;
}

struct slice template_quoted(struct template_run *run, struct slice text, struct slice *rest)
{
    *rest = SLICE_EMPTY;
    if (text.size == 0 || (text.base[0] != '"' && text.base[0] != '`')) {
        return SLICE_EMPTY;
    }
    size_t size = quoted_size(text);
    *rest = skip_spaces(slice_skip(text, size));
    struct slice inside = slice_take(slice_skip(text, 1), size < 2 ? 0 : size - 2);
    if (text.base[0] == '`' || slice_find_byte(inside, '\\') == SLICE_NONE) {
        return inside;
    }
    struct buf out;
    void *memory = arena_alloc(run->arena, inside.size * 4 + 1);
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    buf_init_fixed(&out, memory, inside.size * 4 + 1);
    for (size_t at = 0; at < inside.size;) {
        if (inside.base[at] == '\\' && at + 1 < inside.size) {
            at++;
            append_escaped(inside, &at, &out);
        } else {
            buf_append_byte(&out, inside.base[at]);
            at++;
        }
    }
    return buf_bytes(&out);
}

static bool take_character(struct reader *reader, struct template_value *value)
{
    size_t size = quoted_size(reader->rest), used;
    struct slice inside = slice_take(slice_skip(reader->rest, 1), size < 2 ? 0 : size - 2);
    uint32_t code = 0;
    if (inside.size > 1 && inside.base[0] == '\\') {
        code = escaped(slice_skip(inside, 1), &used);
    } else if (utf8_decode(inside, &code) == 0) {
        return template_fail(reader->run, "this is no character");
    }
    reader->rest = slice_skip(reader->rest, size);
    *value = (struct template_value){.kind = TEMPLATE_INT, .of.integer = code};
    return true;
}

/* A constant: with a point or an exponent a number, else an integer. */
static bool take_number(struct reader *reader, struct template_value *value)
{
    char text[64];
    size_t size = 0;
    while (size < reader->rest.size &&
           strchr("0123456789abcdefABCDEFxXoOpP_.+-", reader->rest.base[size]) != NULL) {
        size++;
    }
    struct slice word = slice_take(reader->rest, size);
    reader->rest = slice_skip(reader->rest, size);
    size_t kept = 0;
    for (size_t i = 0; i < word.size && kept + 1 < sizeof(text); i++) {
        if (word.base[i] != '_') {
            text[kept++] = (char)word.base[i];
        }
    }
    text[kept] = '\0';
    bool hex = strpbrk(text, "xX") != NULL;
    char *end;
    if (strpbrk(text, hex ? ".pP" : ".eE") != NULL) {
        *value = (struct template_value){.kind = TEMPLATE_FLOAT, .of.number = strtod(text, &end)};
    } else {
        const char *digits = text + strspn(text, "+-");
        bool prefixed = digits[0] == '0' && digits[1] != '\0' && strchr("oObB", digits[1]) != NULL;
        int base = prefixed ? (digits[1] | 32) == 'o' ? 8 : 2 : 0;
        int64_t number = strtoll(prefixed ? digits + 2 : text, &end, base);
        *value = (struct template_value){
            .kind = TEMPLATE_INT, .of.integer = prefixed && text[0] == '-' ? -number : number};
    }
    return *end == '\0' || template_fail(reader->run, "bad number syntax: \"%s\"", text);
}

/* ---- Variables and fields. ---- */

static struct template_variable *find_variable(struct template_run *run, struct slice name)
{
    for (size_t i = run->variable_count; i-- > 0;) {
        if (slice_equal(run->variables[i].name, name)) {
            return &run->variables[i];
        }
    }
    return NULL;
}

bool template_declare(struct template_run *run, struct slice name,
                      const struct template_value *value)
{
    if (run->variable_count == sizeof(run->variables) / sizeof(run->variables[0])) {
        return template_fail(run, "too many variables");
    }
    run->variables[run->variable_count++] = (struct template_variable){name, *value};
    return true;
}

void template_begin(struct template_run *run)
{
    const struct template_data *data = run->data;
    const struct template_variable first[] = {
        {SLICE_EMPTY, {.kind = TEMPLATE_DATA}},
        {SLICE("labels"), {.kind = TEMPLATE_LABELS, .of.labels = data->labels}},
        {SLICE("externalLabels"), {.kind = TEMPLATE_LABELS, .of.labels = data->external_labels}},
        {SLICE("externalURL"), {.kind = TEMPLATE_TEXT, .of.text = data->external_url}},
        {SLICE("value"), {.kind = TEMPLATE_FLOAT, .of.number = data->value}},
    };
    run->variable_count = sizeof(first) / sizeof(first[0]);
    memcpy(run->variables, first, sizeof(first));
}

/* A field of what the dot is at first. */
static bool data_field(struct template_run *run, struct slice name, struct template_value *result)
{
    static const struct slice fields[][2] = {
        {SLICE_INIT("Labels"), SLICE_INIT("labels")},
        {SLICE_INIT("ExternalLabels"), SLICE_INIT("externalLabels")},
        {SLICE_INIT("ExternalURL"), SLICE_INIT("externalURL")},
        {SLICE_INIT("Value"), SLICE_INIT("value")},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (slice_equal(name, fields[i][0])) {
            /* Those of template_begin(): they stand first and are never overwritten below. */
            *result = run->variables[i + 1].value;
            return true;
        }
    }
    return template_fail(run, "can't evaluate field " SLICE_FMT, SLICE_ARG(name));
}

static bool sample_field(struct template_run *run, const struct template_value *value,
                         struct slice name, struct template_value *result)
{
    const struct series *sample = value->of.sample;
    if (slice_equal(name, SLICE("Labels"))) {
        *result = (struct template_value){.kind = TEMPLATE_LABELS, .of.labels = &sample->labels};
        return true;
    }
    if (slice_equal(name, SLICE("Value"))) {
        *result =
            (struct template_value){.kind = TEMPLATE_FLOAT, .of.number = sample->samples[0].value};
        return true;
    }
    return template_fail(run, "can't evaluate field " SLICE_FMT " in type *template.sample",
                         SLICE_ARG(name));
}

bool template_field(struct template_run *run, const struct template_value *value, struct slice name,
                    struct template_value *result)
{
    switch (value->kind) {
    case TEMPLATE_DATA:
        return data_field(run, name, result);
    case TEMPLATE_SAMPLE:
        return sample_field(run, value, name, result);
    case TEMPLATE_LABELS:
        *result = template_text(labels_value(value->of.labels, name));
        return true;
    case TEMPLATE_ARGS: {
        uint64_t place = 0;
        bool known = slice_starts(name, SLICE("arg")) &&
                     number_parse_u64(slice_skip(name, 3), &place) == NUMBER_OK &&
                     place < value->of.args.count;
        *result =
            known ? value->of.args.items[place] : (struct template_value){.kind = TEMPLATE_NIL};
        return true;
    }
    case TEMPLATE_NIL:
    case TEMPLATE_BOOL:
    case TEMPLATE_INT:
    case TEMPLATE_FLOAT:
    case TEMPLATE_TEXT:
    case TEMPLATE_VECTOR:
    case TEMPLATE_TIME:
        break;
    }
    return template_fail(run, "can't evaluate field " SLICE_FMT " in type %s", SLICE_ARG(name),
                         template_kind_name(value->kind));
}

/* .A.B behind a value. */
static bool take_fields(struct reader *reader, struct template_value *value)
{
    while (reader->rest.size > 1 && reader->rest.base[0] == '.' && is_word(reader->rest.base[1])) {
        reader->rest = slice_skip(reader->rest, 1);
        struct slice name = take_word(&reader->rest);
        struct template_value field;
        if (reader->skips > 0) {
            continue;
        }
        if (!template_field(reader->run, value, name, &field)) {
            return false;
        }
        *value = field;
    }
    return true;
}

/* ---- Commands. ---- */

static bool take_pipeline(struct reader *reader, struct template_value *value);

static bool take_parenthesis(struct reader *reader, struct template_value *value)
{
    if (++reader->depth > TEMPLATE_PARENTHESIS_MAX) {
        return template_fail(reader->run, "too many parentheses");
    }
    reader->rest = slice_skip(reader->rest, 1);
    if (!take_pipeline(reader, value)) {
        return false;
    }
    reader->depth--;
    reader->rest = slice_skip(skip_spaces(reader->rest), 1);
    return take_fields(reader, value);
}

static bool take_variable(struct reader *reader, struct template_value *value)
{
    reader->rest = slice_skip(reader->rest, 1);
    struct slice name = take_word(&reader->rest);
    const struct template_variable *variable = find_variable(reader->run, name);
    if (variable == NULL) {
        return template_fail(reader->run, "undefined variable: $" SLICE_FMT, SLICE_ARG(name));
    }
    *value = variable->value;
    return take_fields(reader, value);
}

/* An operand; *function: it is the name of one instead. */
static bool take_operand(struct reader *reader, struct template_value *value,
                         struct slice *function)
{
    unsigned char c = reader->rest.base[0];
    *function = SLICE_EMPTY;
    *value = (struct template_value){.kind = TEMPLATE_NIL};
    if (c == '(') {
        return take_parenthesis(reader, value);
    }
    if (c == '"' || c == '`') {
        size_t size = quoted_size(reader->rest);
        struct slice behind;
        *value = template_text(template_quoted(reader->run, reader->rest, &behind));
        reader->rest = slice_skip(reader->rest, size);
        return true;
    }
    if (c == '\'') {
        return take_character(reader, value);
    }
    if (c == '$') {
        return take_variable(reader, value);
    }
    if (c == '.') {
        *value = *reader->dot;
        if (reader->rest.size > 1 && is_word(reader->rest.base[1])) {
            return take_fields(reader, value);
        }
        reader->rest = slice_skip(reader->rest, 1);
        return true;
    }
    if ((c >= '0' && c <= '9') || c == '+' || c == '-') {
        return take_number(reader, value);
    }
    struct slice word = take_word(&reader->rest);
    if (word.size == 0) {
        return template_fail(reader->run, "this is no value");
    }
    if (slice_equal(word, SLICE("true")) || slice_equal(word, SLICE("false"))) {
        *value = template_bool(word.size == 4);
    } else if (!slice_equal(word, SLICE("nil"))) {
        *function = word;
    }
    return true;
}

static bool command_ends(const struct reader *reader)
{
    return reader->rest.size == 0 || reader->rest.base[0] == '|' || reader->rest.base[0] == ')';
}

/* The values of one command. */
struct command {
    struct slice function; /* Empty: there is none. */
    struct template_value *args;
    size_t count;
    bool decided; /* "and" and "or" know their answer, and skip what follows. */
};

/* and and or look at one value after the other, and at no more than they need. */
static void decide(struct reader *reader, struct command *command)
{
    bool is_and = slice_equal(command->function, SLICE("and"));
    if (command->decided || reader->skips > 0 || command->count == 0 ||
        (!is_and && !slice_equal(command->function, SLICE("or")))) {
        return;
    }
    if (template_value_true(&command->args[command->count - 1]) != is_and) {
        command->decided = true;
        command->args[0] = command->args[command->count - 1];
        reader->skips++;
    }
}

static bool take_arguments(struct reader *reader, struct command *command)
{
    for (reader->rest = skip_spaces(reader->rest); !command_ends(reader);
         reader->rest = skip_spaces(reader->rest)) {
        struct slice function;
        struct template_value value;
        if (!take_operand(reader, &value, &function)) {
            return false;
        }
        if (function.size > 0 && reader->skips == 0 &&
            !template_call(reader->run, function, NULL, 0, &value)) {
            return false;
        }
        if (command->decided) {
            continue;
        }
        if (command->count == ARGUMENT_COUNT_MAX) {
            return template_fail(reader->run, "too many values");
        }
        command->args[command->count++] = value;
        decide(reader, command);
    }
    return true;
}

static bool end_command(struct reader *reader, struct command *command,
                        struct template_value *value)
{
    bool logic =
        slice_equal(command->function, SLICE("and")) || slice_equal(command->function, SLICE("or"));
    if (command->decided) {
        reader->skips--;
        *value = command->args[0];
        return true;
    }
    if (reader->skips > 0) {
        *value = (struct template_value){.kind = TEMPLATE_NIL};
        return true;
    }
    if (logic && command->count > 0) {
        *value = command->args[command->count - 1];
        return true;
    }
    return template_call(reader->run, command->function, command->args, command->count, value);
}

/* One command; piped: what comes from the one before, as its last value. */
static bool take_command(struct reader *reader, const struct template_value *piped,
                         struct template_value *value)
{
    struct command command = {.count = 0};
    command.args =
        arena_alloc_array(reader->run->arena, ARGUMENT_COUNT_MAX + 1, sizeof(*command.args));
    if (command.args == NULL) {
        return template_fail(reader->run, "out of memory");
    }
    reader->rest = skip_spaces(reader->rest);
    if (command_ends(reader)) {
        /* A | that leads nowhere. */
        *value = piped != NULL ? *piped : (struct template_value){.kind = TEMPLATE_NIL};
        return piped != NULL || template_fail(reader->run, "missing value for command");
    }
    if (!take_operand(reader, value, &command.function)) {
        return false;
    }
    reader->rest = skip_spaces(reader->rest);
    if (command.function.size == 0) {
        return (command_ends(reader) && piped == NULL) ||
               template_fail(reader->run, "can't give argument to non-function");
    }
    if (!take_arguments(reader, &command)) {
        return false;
    }
    if (piped != NULL && !command.decided) {
        command.args[command.count++] = *piped;
    }
    return end_command(reader, &command, value);
}

static bool take_pipeline(struct reader *reader, struct template_value *value)
{
    if (!take_command(reader, NULL, value)) {
        return false;
    }
    while (reader->rest.size > 0 && reader->rest.base[0] == '|') {
        struct template_value piped = *value;
        reader->rest = slice_skip(reader->rest, 1);
        if (!take_command(reader, &piped, value)) {
            return false;
        }
        reader->rest = skip_spaces(reader->rest);
    }
    return true;
}

/* ---- Declarations. ---- */

size_t template_declared(struct slice text, struct slice names[2], struct slice *rest)
{
    size_t count = 0;
    struct slice at = skip_spaces(text);
    while (count < 2 && at.size > 0 && at.base[0] == '$') {
        at = slice_skip(at, 1);
        names[count++] = take_word(&at);
        at = skip_spaces(at);
        if (at.size == 0 || at.base[0] != ',') {
            break;
        }
        at = skip_spaces(slice_skip(at, 1));
    }
    bool declares = slice_starts(at, SLICE(":="));
    if (count == 0 || (!declares && !slice_starts(at, SLICE("=")))) {
        *rest = text;
        return 0;
    }
    *rest = slice_skip(at, declares ? 2 : 1);
    return count;
}

bool template_pipeline(struct template_run *run, struct slice text,
                       const struct template_value *dot, struct template_value *value)
{
    struct slice names[2], rest;
    size_t count = template_declared(text, names, &rest);
    struct reader reader = {.run = run, .rest = rest, .dot = dot};
    if (!take_pipeline(&reader, value)) {
        return false;
    }
    if (count == 0) {
        return true;
    }
    bool declares = slice_find(slice_take(text, text.size - rest.size), SLICE(":=")) != SLICE_NONE;
    struct template_variable *variable = find_variable(run, names[0]);
    if (!declares && variable != NULL) {
        variable->value = *value;
        return true;
    }
    return template_declare(run, names[0], value);
}
