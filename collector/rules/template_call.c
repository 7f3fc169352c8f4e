/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_private.h"

#include "base/buf.h"
#include "promql/promql.h"

#include <stdlib.h>
#include <string.h>

/* Functions that look at samples, and the way to all others. */

/* The samples of an expression. */
static bool call_query(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    const struct series *series = NULL;
    size_t count = 0;
    struct slice error = SLICE_EMPTY;
    if (run->data->query == NULL || ++run->queries > TEMPLATE_QUERY_COUNT_MAX) {
        return template_fail(run, "no more queries here");
    }
    if (run->data->query(run->data->context, args[0].of.text, run->arena, &series, &count,
                         &error) != STATUS_OK) {
        return template_fail(run, "error calling query: " SLICE_FMT, SLICE_ARG(error));
    }
    *result = (struct template_value){.kind = TEMPLATE_VECTOR,
                                      .of.vector = {.items = series, .count = count}};
    return true;
}

static bool call_first(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    if (args[0].of.vector.count == 0) {
        return template_fail(run, "error calling first: first() called on vector with no elements");
    }
    *result =
        (struct template_value){.kind = TEMPLATE_SAMPLE, .of.sample = args[0].of.vector.items};
    return true;
}

static bool call_label(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    (void)run;
    *result = template_text(labels_value(&args[1].of.sample->labels, args[0].of.text));
    return true;
}

static bool call_value(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    (void)run;
    *result = (struct template_value){.kind = TEMPLATE_FLOAT,
                                      .of.number = args[0].of.sample->samples[0].value};
    return true;
}

static bool call_strvalue(struct template_run *run, const struct template_value *args,
                          struct template_value *result)
{
    (void)run;
    *result = template_text(labels_value(&args[0].of.sample->labels, SLICE("__value__")));
    return true;
}

/* One of those that are sorted, with what it is sorted by. */
struct sorted {
    struct slice key;
    size_t place;
    const struct series *series;
};

static int by_key(const void *one, const void *other)
{
    const struct sorted *left = one, *right = other;
    int order = slice_compare(left->key, right->key);
    return order != 0 ? order : left->place < right->place ? -1 : left->place > right->place;
}

static bool call_sort(struct template_run *run, const struct template_value *args,
                      struct template_value *result)
{
    size_t count = args[1].of.vector.count;
    struct sorted *rows = arena_alloc_array(run->arena, count + 1, sizeof(*rows));
    struct series *series = arena_alloc_array(run->arena, count + 1, sizeof(*series));
    if (rows == NULL || series == NULL) {
        return template_fail(run, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        const struct series *item = &args[1].of.vector.items[i];
        rows[i] = (struct sorted){labels_value(&item->labels, args[0].of.text), i, item};
    }
    qsort(rows, count, sizeof(*rows), by_key);
    for (size_t i = 0; i < count; i++) {
        series[i] = *rows[i].series;
    }
    *result = (struct template_value){.kind = TEMPLATE_VECTOR,
                                      .of.vector = {.items = series, .count = count}};
    return true;
}

/* ---- Links. ---- */

static void append_escaped(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.base[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-_.~", c) != NULL;
        if (plain && c != '\0') {
            buf_append_byte(out, c);
        } else if (c == ' ') {
            buf_append_byte(out, '+');
        } else {
            buf_printf(out, "%%%02X", c);
        }
    }
}

static bool link_to(struct template_run *run, struct slice expression, const char *tab,
                    struct template_value *result)
{
    size_t size = expression.size * 3 + 64;
    void *memory = arena_alloc(run->arena, size);
    struct buf out;
    if (memory == NULL) {
        return template_fail(run, "out of memory");
    }
    buf_init_fixed(&out, memory, size);
    buf_append_text(&out, "/graph?g0.expr=");
    append_escaped(expression, &out);
    buf_append_text(&out, tab);
    *result = template_text(buf_bytes(&out));
    return true;
}

static bool call_graph(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    return link_to(run, args[0].of.text, "&g0.tab=0", result);
}

static bool call_table(struct template_run *run, const struct template_value *args,
                       struct template_value *result)
{
    return link_to(run, args[0].of.text, "&g0.tab=1", result);
}

static bool call_external_url(struct template_run *run, const struct template_value *args,
                              struct template_value *result)
{
    (void)args;
    *result = template_text(run->data->external_url);
    return true;
}

/* The path of the external address. */
static bool call_path_prefix(struct template_run *run, const struct template_value *args,
                             struct template_value *result)
{
    (void)args;
    struct slice url = run->data->external_url;
    size_t scheme = slice_find(url, SLICE("://"));
    struct slice rest = scheme == SLICE_NONE ? url : slice_skip(url, scheme + 3);
    size_t slash = slice_find_byte(rest, '/');
    struct slice path = slash == SLICE_NONE ? SLICE_EMPTY : slice_skip(rest, slash);
    size_t end = slice_find_byte(path, '?');
    *result = template_text(slice_take(path, end == SLICE_NONE ? path.size : end));
    return true;
}

/* ---- The table. ---- */

struct function {
    struct slice name;
    bool (*call)(struct template_run *run, const struct template_value *args,
                 struct template_value *result);
    size_t count;
    enum template_kind kinds[2];
};

static const struct function functions[] = {
    {SLICE_INIT("query"), call_query, 1, {TEMPLATE_TEXT, TEMPLATE_NIL}},
    {SLICE_INIT("first"), call_first, 1, {TEMPLATE_VECTOR, TEMPLATE_NIL}},
    {SLICE_INIT("label"), call_label, 2, {TEMPLATE_TEXT, TEMPLATE_SAMPLE}},
    {SLICE_INIT("value"), call_value, 1, {TEMPLATE_SAMPLE, TEMPLATE_NIL}},
    {SLICE_INIT("strvalue"), call_strvalue, 1, {TEMPLATE_SAMPLE, TEMPLATE_NIL}},
    {SLICE_INIT("sortByLabel"), call_sort, 2, {TEMPLATE_TEXT, TEMPLATE_VECTOR}},
    {SLICE_INIT("graphLink"), call_graph, 1, {TEMPLATE_TEXT, TEMPLATE_NIL}},
    {SLICE_INIT("tableLink"), call_table, 1, {TEMPLATE_TEXT, TEMPLATE_NIL}},
    {SLICE_INIT("externalURL"), call_external_url, 0, {TEMPLATE_NIL, TEMPLATE_NIL}},
    {SLICE_INIT("pathPrefix"), call_path_prefix, 0, {TEMPLATE_NIL, TEMPLATE_NIL}},
};

static bool call_known(struct template_run *run, const struct function *function,
                       const struct template_value *args, size_t count,
                       struct template_value *result)
{
    if (count != function->count) {
        return template_fail(run, "wrong number of args for " SLICE_FMT ": want %zu got %zu",
                             SLICE_ARG(function->name), function->count, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind != function->kinds[i]) {
            return template_fail(run, "wrong type for value; expected %s; got %s",
                                 template_kind_name(function->kinds[i]),
                                 template_kind_name(args[i].kind));
        }
    }
    return function->call(run, args, result);
}

bool template_call(struct template_run *run, struct slice name, const struct template_value *args,
                   size_t count, struct template_value *result)
{
    bool known = false;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (slice_equal(name, functions[i].name)) {
            return call_known(run, &functions[i], args, count, result);
        }
    }
    if (!template_call_text(run, name, args, count, result, &known)) {
        return false;
    }
    if (!known && !template_call_go(run, name, args, count, result, &known)) {
        return false;
    }
    return known || template_fail(run, "function \"" SLICE_FMT "\" not defined", SLICE_ARG(name));
}
