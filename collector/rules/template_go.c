/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_private.h"

#include "base/buf.h"

#include <string.h>

/* Functions that Go's text/template has of its own; and, or and printf's verbs are elsewhere. */

/* ---- Comparisons: of values of one kind only, as in Go. ---- */

static int order_of(double one, double other)
{
    return one < other ? -1 : one > other ? 1 : 0;
}

static bool compare(struct template_run *run, const struct template_value *one,
                    const struct template_value *other, int *order, bool *unordered)
{
    *unordered = false;
    if (one->kind != other->kind) {
        return template_fail(run, "incompatible types for comparison");
    }
    switch (one->kind) {
    case TEMPLATE_INT:
        *order = one->of.integer < other->of.integer ? -1 : one->of.integer > other->of.integer;
        return true;
    case TEMPLATE_FLOAT:
        *unordered = one->of.number != one->of.number || other->of.number != other->of.number;
        *order = *unordered ? 2 : order_of(one->of.number, other->of.number);
        return true;
    case TEMPLATE_TEXT:
        *order = slice_compare(one->of.text, other->of.text);
        return true;
    case TEMPLATE_BOOL:
        *order = one->of.truth - other->of.truth;
        return true;
    case TEMPLATE_NIL:
    case TEMPLATE_LABELS:
    case TEMPLATE_SAMPLE:
    case TEMPLATE_VECTOR:
    case TEMPLATE_DATA:
    case TEMPLATE_TIME:
    case TEMPLATE_ARGS:
        break;
    }
    return template_fail(run, "invalid type for comparison");
}

static bool call_equal(struct template_run *run, const struct template_value *args, size_t count,
                       struct template_value *result)
{
    bool equal = false;
    if (count < 2) {
        return template_fail(run, "missing argument for comparison");
    }
    for (size_t i = 1; i < count && !equal; i++) {
        int order = 0;
        bool unordered;
        if (!compare(run, &args[0], &args[i], &order, &unordered)) {
            return false;
        }
        equal = order == 0 && !unordered;
    }
    *result = template_bool(equal);
    return true;
}

static bool call_order(struct template_run *run, struct slice name,
                       const struct template_value *args, size_t count,
                       struct template_value *result)
{
    int order = 0;
    bool unordered;
    if (count != 2) {
        return template_fail(run, "wrong number of args for " SLICE_FMT ": want 2 got %zu",
                             SLICE_ARG(name), count);
    }
    if (!compare(run, &args[0], &args[1], &order, &unordered)) {
        return false;
    }
    if (args[0].kind == TEMPLATE_BOOL && !slice_equal(name, SLICE("ne"))) {
        return template_fail(run, "invalid type for comparison");
    }
    bool less = !unordered && order < 0, equal = !unordered && order == 0;
    bool answer = slice_equal(name, SLICE("ne"))   ? !equal
                  : slice_equal(name, SLICE("lt")) ? less
                  : slice_equal(name, SLICE("le")) ? less || equal
                  : slice_equal(name, SLICE("gt")) ? !unordered && !less && !equal
                                                   : !unordered && !less;
    *result = template_bool(answer);
    return true;
}

/* ---- Parts. ---- */

static bool call_len(struct template_run *run, const struct template_value *arg,
                     struct template_value *result)
{
    size_t size = 0;
    switch (arg->kind) {
    case TEMPLATE_TEXT:
        size = arg->of.text.size;
        break;
    case TEMPLATE_LABELS:
        size = arg->of.labels->count;
        break;
    case TEMPLATE_VECTOR:
        size = arg->of.vector.count;
        break;
    case TEMPLATE_ARGS:
        size = arg->of.args.count;
        break;
    case TEMPLATE_NIL:
    case TEMPLATE_BOOL:
    case TEMPLATE_INT:
    case TEMPLATE_FLOAT:
    case TEMPLATE_SAMPLE:
    case TEMPLATE_DATA:
    case TEMPLATE_TIME:
        return template_fail(run, "error calling len: len of type %s",
                             template_kind_name(arg->kind));
    }
    *result = (struct template_value){.kind = TEMPLATE_INT, .of.integer = (int64_t)size};
    return true;
}

static bool index_one(struct template_run *run, const struct template_value *in,
                      const struct template_value *at, struct template_value *result)
{
    if (in->kind == TEMPLATE_LABELS && at->kind == TEMPLATE_TEXT) {
        *result = template_text(labels_value(in->of.labels, at->of.text));
        return true;
    }
    if (in->kind == TEMPLATE_ARGS && at->kind == TEMPLATE_TEXT) {
        return template_field(run, in, at->of.text, result);
    }
    if (at->kind != TEMPLATE_INT) {
        return template_fail(run, "error calling index: can't index item of type %s",
                             template_kind_name(in->kind));
    }
    size_t size = in->kind == TEMPLATE_VECTOR ? in->of.vector.count
                  : in->kind == TEMPLATE_TEXT ? in->of.text.size
                                              : 0;
    if (at->of.integer < 0 || (uint64_t)at->of.integer >= size) {
        return template_fail(run, "error calling index: index out of range: %lld",
                             (long long)at->of.integer);
    }
    size_t place = (size_t)at->of.integer;
    *result =
        in->kind == TEMPLATE_VECTOR
            ? (struct template_value){.kind = TEMPLATE_SAMPLE,
                                      .of.sample = &in->of.vector.items[place]}
            : (struct template_value){.kind = TEMPLATE_INT, .of.integer = in->of.text.base[place]};
    return true;
}

static bool call_index(struct template_run *run, const struct template_value *args, size_t count,
                       struct template_value *result)
{
    struct template_value in = args[0];
    for (size_t i = 1; i < count; i++) {
        struct template_value part;
        if (!index_one(run, &in, &args[i], &part)) {
            return false;
        }
        in = part;
    }
    *result = in;
    return true;
}

static bool call_slice(struct template_run *run, const struct template_value *args, size_t count,
                       struct template_value *result)
{
    if (args[0].kind != TEMPLATE_TEXT || count > 3) {
        return template_fail(run, "error calling slice: can't slice item of type %s",
                             template_kind_name(args[0].kind));
    }
    size_t bounds[2] = {0, args[0].of.text.size};
    for (size_t i = 1; i < count; i++) {
        if (args[i].kind != TEMPLATE_INT || args[i].of.integer < 0 ||
            (uint64_t)args[i].of.integer > args[0].of.text.size) {
            return template_fail(run, "error calling slice: index out of range");
        }
        bounds[i - 1] = (size_t)args[i].of.integer;
    }
    if (bounds[0] > bounds[1]) {
        return template_fail(run, "error calling slice: invalid slice index");
    }
    *result =
        template_text(slice_take(slice_skip(args[0].of.text, bounds[0]), bounds[1] - bounds[0]));
    return true;
}

/* ---- Texts of several values. ---- */

/* As Go's Sprint: a space between two that are no texts. */
static void print_all(const struct template_value *args, size_t count, bool line, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        bool texts = i > 0 && (args[i].kind == TEMPLATE_TEXT || args[i - 1].kind == TEMPLATE_TEXT);
        if (i > 0 && (line || !texts)) {
            buf_append_byte(out, ' ');
        }
        template_value_print(&args[i], out);
    }
    if (line) {
        buf_append_byte(out, '\n');
    }
}

struct escape {
    unsigned char byte;
    const char *text;
};

static const struct escape html_escapes[] = {{'"', "&#34;"}, {'\'', "&#39;"}, {'&', "&amp;"},
                                             {'<', "&lt;"},  {'>', "&gt;"},   {0, NULL}};
static const struct escape js_escapes[] = {{'\\', "\\\\"},   {'\'', "\\'"},     {'"', "\\\""},
                                           {'<', "\\u003C"}, {'>', "\\u003E"},  {'&', "\\u0026"},
                                           {'=', "\\u003D"}, {'\n', "\\u000A"}, {0, NULL}};

static void append_escaped(struct slice text, const struct escape *escapes, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        const struct escape *escape = escapes;
        while (escape->text != NULL && escape->byte != text.base[i]) {
            escape++;
        }
        if (escape->text != NULL) {
            buf_append_text(out, escape->text);
        } else {
            buf_append_byte(out, text.base[i]);
        }
    }
}

static void append_query_escaped(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.base[i];
        bool plain = template_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                     c == '.' || c == '~';
        if (plain) {
            buf_append_byte(out, c);
        } else {
            buf_printf(out, c == ' ' ? "+" : "%%%02X", c);
        }
    }
}

/* One of the functions that make a text of all their values; false: it is none. */
static bool write_text(struct slice name, const struct template_value *args, size_t count,
                       struct buf *out)
{
    struct buf plain;
    if (slice_equal(name, SLICE("printf"))) {
        template_printf(args[0].of.text, args + 1, count - 1, out);
        return true;
    }
    if (slice_equal(name, SLICE("print")) || slice_equal(name, SLICE("println"))) {
        print_all(args, count, name.size == 7, out);
        return true;
    }
    bool html = slice_equal(name, SLICE("html")), js = slice_equal(name, SLICE("js"));
    if (!html && !js && !slice_equal(name, SLICE("urlquery"))) {
        return false;
    }
    buf_init_growing(&plain, TEMPLATE_SIZE_MAX);
    print_all(args, count, false, &plain);
    if (html || js) {
        append_escaped(buf_bytes(&plain), html ? html_escapes : js_escapes, out);
    } else {
        append_query_escaped(buf_bytes(&plain), out);
    }
    buf_fini(&plain);
    return true;
}

static bool call_text(struct template_run *run, struct slice name,
                      const struct template_value *args, size_t count,
                      struct template_value *result, bool *known)
{
    struct buf out;
    if (slice_equal(name, SLICE("printf")) && (count == 0 || args[0].kind != TEMPLATE_TEXT)) {
        return template_fail(run, "wrong type for value; expected string");
    }
    buf_init_growing(&out, TEMPLATE_SIZE_MAX);
    *known = write_text(name, args, count, &out);
    bool full = buf_overflowed(&out);
    *result = template_text(arena_dup(run->arena, buf_bytes(&out)));
    buf_fini(&out);
    return !full || template_fail(run, "the text is too long");
}

bool template_call_go(struct template_run *run, struct slice name,
                      const struct template_value *args, size_t count,
                      struct template_value *result, bool *known)
{
    static const struct slice orders[] = {SLICE_INIT("ne"), SLICE_INIT("lt"), SLICE_INIT("le"),
                                          SLICE_INIT("gt"), SLICE_INIT("ge")};
    *known = true;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (slice_equal(name, orders[i])) {
            return call_order(run, name, args, count, result);
        }
    }
    if (slice_equal(name, SLICE("eq"))) {
        return call_equal(run, args, count, result);
    }
    if (slice_equal(name, SLICE("args"))) {
        *result = (struct template_value){.kind = TEMPLATE_ARGS,
                                          .of.args = {.items = args, .count = count}};
        return true;
    }
    bool one = slice_equal(name, SLICE("not")) || slice_equal(name, SLICE("len"));
    bool some = slice_equal(name, SLICE("index")) || slice_equal(name, SLICE("slice"));
    if ((one && count != 1) || (some && count == 0)) {
        return template_fail(run, "wrong number of args for " SLICE_FMT, SLICE_ARG(name));
    }
    if (one && name.base[0] == 'n') {
        *result = template_bool(!template_value_true(&args[0]));
        return true;
    }
    if (one) {
        return call_len(run, &args[0], result);
    }
    if (some) {
        return name.base[0] == 'i' ? call_index(run, args, count, result)
                                   : call_slice(run, args, count, result);
    }
    return call_text(run, name, args, count, result, known);
}
