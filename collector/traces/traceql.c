/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/traceql.h"

#include "base/number.h"
#include "traces/trace_duration.h"

struct reader {
    struct slice text;
    size_t at;
    struct arena *arena;
    struct traceql_error *error;
};

static bool wrong(struct reader *reader, const char *reason)
{
    if (reader->error->reason == NULL) {
        *reader->error = (struct traceql_error){reader->at, reason};
    }
    return false;
}

static struct slice left(const struct reader *reader)
{
    return slice_skip(reader->text, reader->at);
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->text.size) {
        unsigned char byte = reader->text.base[reader->at];
        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
            return;
        }
        reader->at++;
    }
}

/* Take a word if it stands here. */
static bool take(struct reader *reader, struct slice word)
{
    if (!slice_starts(left(reader), word)) {
        return false;
    }
    reader->at += word.size;
    return true;
}

/* ---- Fields. ---- */

static const struct {
    struct slice name;
    enum trace_field field;
} traceql_names[] = {
    {SLICE_INIT("name"), TRACE_NAME},
    {SLICE_INIT("span:name"), TRACE_NAME},
    {SLICE_INIT("status"), TRACE_STATUS},
    {SLICE_INIT("span:status"), TRACE_STATUS},
    {SLICE_INIT("statusMessage"), TRACE_STATUS_MESSAGE},
    {SLICE_INIT("span:statusMessage"), TRACE_STATUS_MESSAGE},
    {SLICE_INIT("kind"), TRACE_KIND},
    {SLICE_INIT("span:kind"), TRACE_KIND},
    {SLICE_INIT("duration"), TRACE_DURATION},
    {SLICE_INIT("span:duration"), TRACE_DURATION},
    {SLICE_INIT("rootName"), TRACE_ROOT_NAME},
    {SLICE_INIT("trace:rootName"), TRACE_ROOT_NAME},
    {SLICE_INIT("rootServiceName"), TRACE_ROOT_SERVICE},
    {SLICE_INIT("trace:rootService"), TRACE_ROOT_SERVICE},
    {SLICE_INIT("traceDuration"), TRACE_WHOLE_DURATION},
    {SLICE_INIT("trace:duration"), TRACE_WHOLE_DURATION},
    {SLICE_INIT("instrumentation:name"), TRACE_SCOPE_NAME},
    {SLICE_INIT("instrumentation:version"), TRACE_SCOPE_VERSION},
};

static const struct {
    struct slice prefix;
    enum trace_where where;
} traceql_scopes[] = {
    {SLICE_INIT("resource."), TRACE_OF_RESOURCE},
    {SLICE_INIT("span."), TRACE_OF_SPAN},
    {SLICE_INIT("."), TRACE_ANYWHERE},
};

bool traceql_field(struct slice text, struct trace_test *test)
{
    for (size_t i = 0; i < sizeof(traceql_names) / sizeof(traceql_names[0]); i++) {
        if (slice_equal(traceql_names[i].name, text)) {
            test->field = traceql_names[i].field;
            return true;
        }
    }
    test->field = TRACE_ATTR;
    test->key = text;
    for (size_t i = 0; i < sizeof(traceql_scopes) / sizeof(traceql_scopes[0]); i++) {
        if (slice_starts(text, traceql_scopes[i].prefix)) {
            test->where = traceql_scopes[i].where;
            test->key = slice_skip(text, traceql_scopes[i].prefix.size);
            break;
        }
    }
    struct slice key = test->key;
    if (key.size >= 2 && key.base[0] == '"' && key.base[key.size - 1] == '"') {
        test->key = slice_take(slice_skip(key, 1), key.size - 2);
    }
    return test->key.size > 0;
}

static bool in_field(unsigned char byte)
{
    return byte > ' ' && byte != '=' && byte != '!' && byte != '<' && byte != '>' && byte != '&' &&
           byte != '|' && byte != '(' && byte != ')' && byte != '{' && byte != '}' && byte != ',';
}

static size_t field_size(struct slice rest)
{
    size_t size = 0;
    bool quoted = false;
    while (size < rest.size && (quoted || in_field(rest.base[size]))) {
        quoted = quoted != (rest.base[size] == '"');
        size++;
    }
    return size;
}

static bool read_field(struct reader *reader, struct trace_test *test)
{
    static const struct slice others[] = {SLICE_INIT("event."),  SLICE_INIT("event:"),
                                          SLICE_INIT("link."),   SLICE_INIT("link:"),
                                          SLICE_INIT("parent."), SLICE_INIT("instrumentation."),
                                          SLICE_INIT("trace:"),  SLICE_INIT("span:")};
    struct slice rest = left(reader);
    struct slice name = slice_take(rest, field_size(rest));
    if (name.size == 0) {
        return wrong(reader, "a field is missing");
    }
    if (!traceql_field(name, test)) {
        return wrong(reader, "this is no field");
    }
    if (test->field == TRACE_ATTR) {
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
            if (slice_starts(name, others[i])) {
                return wrong(reader, "fields of events, links, parents and ids are not supported");
            }
        }
        if (name.base[0] != '.' && !slice_starts(name, SLICE("span.")) &&
            !slice_starts(name, SLICE("resource."))) {
            return wrong(reader, "there is no such field; an attribute is written .key");
        }
    }
    reader->at += name.size;
    return true;
}

/* ---- Values. ---- */

static bool read_quoted(struct reader *reader, struct slice *text)
{
    unsigned char quote = reader->text.base[reader->at++];
    unsigned char *out = arena_alloc(reader->arena, left(reader).size + 1);
    size_t size = 0;
    if (out == NULL) {
        return wrong(reader, "the query is too long");
    }
    while (reader->at < reader->text.size && reader->text.base[reader->at] != quote) {
        unsigned char byte = reader->text.base[reader->at++];
        if (byte == '\\' && quote == '"' && reader->at < reader->text.size) {
            byte = reader->text.base[reader->at++];
            byte = byte == 'n' ? '\n' : byte == 't' ? '\t' : byte;
        }
        out[size++] = byte;
    }
    if (reader->at == reader->text.size) {
        return wrong(reader, "a quote is not closed");
    }
    reader->at++;
    *text = slice_of(out, size);
    return true;
}

/* A pattern is words and | between them, in which a backslash takes a sign for itself. */
static bool plain_pattern(struct reader *reader, struct slice *text)
{
    unsigned char *out = arena_alloc(reader->arena, text->size + 1);
    size_t size = 0;
    if (out == NULL) {
        return wrong(reader, "the query is too long");
    }
    for (size_t i = 0; i < text->size; i++) {
        unsigned char byte = text->base[i];
        if (byte == '\\' && i + 1 < text->size) {
            byte = text->base[++i];
            if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '|' ||
                (byte >= '0' && byte <= '9')) {
                return wrong(reader, "of regular expressions only a|b is supported");
            }
        } else if (slice_find_byte(SLICE(".*+?()[]{}^$\\"), byte) != SLICE_NONE) {
            return wrong(reader, "of regular expressions only a|b is supported");
        }
        out[size++] = byte;
    }
    *text = slice_of(out, size);
    return true;
}

static bool is_duration(enum trace_field field)
{
    return field == TRACE_DURATION || field == TRACE_WHOLE_DURATION;
}

/* What is not in quotes: a number, a duration, true, false, or a word of the field. */
static bool read_bare(struct reader *reader, struct trace_test *test)
{
    struct slice rest = left(reader);
    test->text = slice_take(rest, field_size(rest));
    if (test->text.size == 0) {
        return wrong(reader, "a value is missing");
    }
    if (is_duration(test->field)) {
        return trace_duration_parse(test->text, &test->duration_ns) ||
               wrong(reader, "a duration is written 100ms or 1.5s");
    }
    if (test->field == TRACE_STATUS || test->field == TRACE_KIND) {
        return true;
    }
    if (slice_equal(test->text, SLICE("true")) || slice_equal(test->text, SLICE("false"))) {
        test->literal = TRACE_TRUTH;
        return true;
    }
    if (number_parse_double(test->text, &test->number) == NUMBER_OK) {
        test->literal = TRACE_NUMBER;
        return true;
    }
    int64_t duration_ns;
    if (trace_duration_parse(test->text, &duration_ns)) {
        return wrong(reader, "durations are compared with duration and traceDuration only");
    }
    return wrong(reader, slice_equal(test->text, SLICE("nil")) ? "nil is not supported"
                                                               : "a text stands in quotes");
}

static bool read_value(struct reader *reader, struct trace_test *test)
{
    skip_space(reader);
    struct slice rest = left(reader);
    bool quoted = rest.size > 0 && (rest.base[0] == '"' || rest.base[0] == '`');
    bool pattern = test->op == TRACE_ONE_OF || test->op == TRACE_NONE_OF;
    if (!quoted) {
        if (pattern) {
            return wrong(reader, "a pattern stands in quotes");
        }
        bool good = read_bare(reader, test);
        reader->at += good ? test->text.size : 0;
        return good;
    }
    if (is_duration(test->field)) {
        return wrong(reader, "a duration is written 100ms or 1.5s");
    }
    test->literal = TRACE_TEXT;
    return read_quoted(reader, &test->text) && (!pattern || plain_pattern(reader, &test->text));
}

/* ---- Conditions. ---- */

static bool read_op(struct reader *reader, enum trace_op *op)
{
    static const struct {
        struct slice sign;
        enum trace_op op;
    } signs[] = {
        {SLICE_INIT("=~"), TRACE_ONE_OF},     {SLICE_INIT("!~"), TRACE_NONE_OF},
        {SLICE_INIT("!="), TRACE_UNEQUAL},    {SLICE_INIT(">="), TRACE_MORE_EQUAL},
        {SLICE_INIT("<="), TRACE_LESS_EQUAL}, {SLICE_INIT("="), TRACE_EQUAL},
        {SLICE_INIT(">"), TRACE_MORE},        {SLICE_INIT("<"), TRACE_LESS},
    };
    skip_space(reader);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (take(reader, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    }
    return wrong(reader, "a sign such as = or > is missing");
}

static bool read_condition(struct reader *reader, struct trace_tests *tests)
{
    struct trace_test test = {.field = TRACE_ATTR};
    skip_space(reader);
    if (slice_starts(left(reader), SLICE("(")) || slice_starts(left(reader), SLICE("!"))) {
        return wrong(reader, "parentheses and ! are not supported");
    }
    size_t before = reader->at;
    if (take(reader, SLICE("true"))) {
        struct slice rest = left(reader);
        if (rest.size == 0 || !in_field(rest.base[0])) {
            return true; /* Which every span is. */
        }
        reader->at = before;
    }
    return read_field(reader, &test) && read_op(reader, &test.op) && read_value(reader, &test) &&
           (trace_tests_add(tests, &test) || wrong(reader, "there are too many conditions"));
}

/* Behind a condition: another one follows, or the end; *more says which. */
static bool read_between(struct reader *reader, bool *more)
{
    skip_space(reader);
    *more = take(reader, SLICE("&&"));
    if (*more || take(reader, SLICE("}"))) {
        return true;
    }
    return wrong(reader, slice_starts(left(reader), SLICE("||")) ? "|| is not supported: ask twice"
                                                                 : "&& or } is missing");
}

bool traceql_parse(struct slice text, struct arena *arena, struct trace_tests *tests,
                   struct traceql_error *error)
{
    struct reader reader = {.text = text, .arena = arena, .error = error};
    *error = (struct traceql_error){0, NULL};
    skip_space(&reader);
    if (reader.at == text.size) {
        return true;
    }
    if (!take(&reader, SLICE("{"))) {
        return wrong(&reader, "a query begins with {");
    }
    skip_space(&reader);
    bool more = !take(&reader, SLICE("}"));
    while (more) {
        if (!read_condition(&reader, tests) || !read_between(&reader, &more)) {
            return false;
        }
    }
    skip_space(&reader);
    return reader.at == text.size ||
           wrong(&reader, slice_starts(left(&reader), SLICE("|"))
                              ? "pipelines (| rate(), | select(), ...) and || are not supported"
                              : "one { } is supported, and nothing behind it");
}

/* ---- Old searches. ---- */

bool traceql_tags(struct slice text, struct arena *arena, struct trace_tests *tests,
                  struct traceql_error *error)
{
    struct reader reader = {.text = text, .arena = arena, .error = error};
    *error = (struct traceql_error){0, NULL};
    for (skip_space(&reader); reader.at < text.size; skip_space(&reader)) {
        struct trace_test test = {.field = TRACE_ATTR};
        struct slice rest = left(&reader);
        struct slice key = slice_take(rest, field_size(rest));
        reader.at += key.size;
        if (key.size == 0 || !take(&reader, SLICE("="))) {
            return wrong(&reader, "write key=value");
        }
        if (!traceql_field(key, &test) || is_duration(test.field)) {
            return wrong(&reader, "this is no key");
        }
        if (slice_equal(key, SLICE("error"))) {
            test.field = TRACE_ERROR;
        }
        rest = left(&reader);
        if (rest.size > 0 && rest.base[0] == '"') {
            if (!read_quoted(&reader, &test.text)) {
                return false;
            }
        } else {
            test.text = slice_take(rest, field_size(rest));
            reader.at += test.text.size;
        }
        if (!trace_tests_add(tests, &test)) {
            return wrong(&reader, "there are too many tags");
        }
    }
    return true;
}
