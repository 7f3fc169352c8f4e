/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_expand.h"

#include "base/buf.h"
#include "rules/template_pipeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A text is cut into items once: pieces of text, and actions that know where what they open goes on
 * and ends.  Then the items are gone through.  That the text is a template has been checked.
 */
enum item_kind {
    ITEM_TEXT,
    ITEM_PIPELINE,
    ITEM_IF,
    ITEM_RANGE,
    ITEM_WITH,
    ITEM_ELSE,
    ITEM_ELSE_IF,
    ITEM_END,
    ITEM_DEFINE,
    ITEM_BLOCK,
    ITEM_TEMPLATE,
    ITEM_BREAK,
    ITEM_CONTINUE,
};

struct item {
    enum item_kind kind;
    struct slice text; /* Of an action: what stands behind its word. */
    size_t next;       /* Of what opens, and of else: the else or end that follows. */
    size_t end;        /* The end. */
};

struct program {
    struct template_run *run;
    struct item *items;
    size_t count;
    struct buf *out;
    size_t depth; /* Of templates that call each other. */
    enum { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE } flow;
};

bool template_fail(struct template_run *run, const char *format, ...)
{
    char text[512];
    va_list arguments;
    if (run->error.size == 0) {
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        run->error = arena_dup(run->arena, slice_from(text));
    }
    return false;
}

/* ---- Items. ---- */

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice trim_left(struct slice text)
{
    while (text.size > 0 && is_space(text.base[0])) {
        text = slice_skip(text, 1);
    }
    return text;
}

static struct slice trim_right(struct slice text)
{
    while (text.size > 0 && is_space(text.base[text.size - 1])) {
        text.size--;
    }
    return text;
}

/* Where the }} of an action stands: not in quotes, and behind a comment. */
static size_t action_end(struct slice text)
{
    struct slice body = slice_starts(text, SLICE("- ")) ? slice_skip(text, 2) : text;
    if (slice_starts(body, SLICE("/*"))) {
        size_t end = slice_find(text, SLICE("*/"));
        size_t close =
            end == SLICE_NONE ? SLICE_NONE : slice_find(slice_skip(text, end), SLICE("}}"));
        return close == SLICE_NONE ? text.size : end + close;
    }
    int quote = 0;
    for (size_t i = 0; i + 1 < text.size; i++) {
        int c = text.base[i];
        if (quote != 0 && c == '\\' && quote != '`') {
            i++;
        } else if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '`' || c == '\'') {
            quote = c;
        } else if (c == '}' && text.base[i + 1] == '}') {
            return i;
        }
    }
    return text.size;
}

static struct slice first_word(struct slice text, struct slice *rest)
{
    size_t size = 0;
    while (size < text.size && text.base[size] >= 'a' && text.base[size] <= 'z') {
        size++;
    }
    *rest = slice_skip(text, size);
    return slice_take(text, size);
}

static const struct {
    struct slice word;
    enum item_kind kind;
} words[] = {
    {SLICE_INIT("if"), ITEM_IF},       {SLICE_INIT("range"), ITEM_RANGE},
    {SLICE_INIT("with"), ITEM_WITH},   {SLICE_INIT("else"), ITEM_ELSE},
    {SLICE_INIT("end"), ITEM_END},     {SLICE_INIT("define"), ITEM_DEFINE},
    {SLICE_INIT("block"), ITEM_BLOCK}, {SLICE_INIT("template"), ITEM_TEMPLATE},
    {SLICE_INIT("break"), ITEM_BREAK}, {SLICE_INIT("continue"), ITEM_CONTINUE},
};

static struct item item_of(struct slice action)
{
    struct slice body = slice_trim(action), rest;
    struct slice word = first_word(body, &rest);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!slice_equal(word, words[i].word)) {
            continue;
        }
        struct item item = {.kind = words[i].kind, .text = slice_trim(rest)};
        if (item.kind == ITEM_ELSE && item.text.size > 0) {
            item.kind = ITEM_ELSE_IF;
            item.text = slice_skip(item.text, 2);
        }
        return item;
    }
    return (struct item){.kind = ITEM_PIPELINE, .text = body};
}

/* An upper bound of the items of a text. */
static size_t count_items(struct slice text)
{
    size_t count = 2;
    for (size_t i = 0; i + 1 < text.size; i++) {
        count += text.base[i] == '{' && text.base[i + 1] == '{' ? 2 : 0;
    }
    return count;
}

static void cut_items(struct program *program, struct slice text)
{
    bool trims = false; /* What follows, for the action before said so. */
    while (text.size > 0) {
        size_t at = slice_find(text, SLICE("{{"));
        struct slice plain = slice_take(text, at == SLICE_NONE ? text.size : at);
        struct slice rest = at == SLICE_NONE ? SLICE_EMPTY : slice_skip(text, at + 2);
        plain = trims ? trim_left(plain) : plain;
        bool left = rest.size > 1 && rest.base[0] == '-' && is_space(rest.base[1]);
        plain = left ? trim_right(plain) : plain;
        if (plain.size > 0) {
            program->items[program->count++] = (struct item){.kind = ITEM_TEXT, .text = plain};
        }
        if (at == SLICE_NONE) {
            break;
        }
        size_t end = action_end(rest);
        struct slice action = slice_skip(slice_take(rest, end), left ? 1 : 0);
        trims = action.size > 1 && action.base[action.size - 1] == '-' &&
                is_space(action.base[action.size - 2]);
        action.size -= trims ? 1 : 0;
        text = slice_skip(rest, end + 2);
        if (!slice_starts(trim_left(action), SLICE("/*"))) {
            program->items[program->count++] = item_of(action);
        }
    }
}

static bool opens(enum item_kind kind)
{
    return kind == ITEM_IF || kind == ITEM_RANGE || kind == ITEM_WITH || kind == ITEM_DEFINE ||
           kind == ITEM_BLOCK;
}

/* Tell each opener where its parts are. */
static bool link_items(struct program *program)
{
    size_t open[TEMPLATE_DEPTH_MAX], latest[TEMPLATE_DEPTH_MAX], depth = 0;
    for (size_t i = 0; i < program->count; i++) {
        struct item *item = &program->items[i];
        if (opens(item->kind)) {
            if (depth == TEMPLATE_DEPTH_MAX) {
                return false;
            }
            open[depth] = latest[depth] = i;
            depth++;
        } else if (item->kind == ITEM_ELSE || item->kind == ITEM_ELSE_IF ||
                   item->kind == ITEM_END) {
            if (depth == 0) {
                return false;
            }
            program->items[latest[depth - 1]].next = i;
            latest[depth - 1] = i;
            if (item->kind == ITEM_END) {
                for (size_t part = open[depth - 1]; part < i; part = program->items[part].next) {
                    program->items[part].end = i;
                }
                depth--;
            }
        }
    }
    return depth == 0;
}

/* ---- Running. ---- */

static bool run_items(struct program *program, size_t from, size_t to,
                      const struct template_value *dot);

static bool step(struct program *program)
{
    if (++program->run->steps > TEMPLATE_STEP_COUNT_MAX) {
        return template_fail(program->run, "it takes too many steps");
    }
    return !buf_overflowed(program->out) || template_fail(program->run, "the text is too long");
}

/* Run the part that begins behind an opener or else, and take back its variables. */
static bool run_part(struct program *program, size_t at, const struct template_value *dot)
{
    size_t variables = program->run->variable_count;
    bool right = run_items(program, at + 1, program->items[at].next, dot);
    program->run->variable_count = variables;
    return right;
}

/* An if with all its elses. */
static bool run_if(struct program *program, size_t at, const struct template_value *dot)
{
    size_t variables = program->run->variable_count, end = program->items[at].end;
    bool right = true;
    while (at < end) {
        struct template_value value = template_bool(true);
        if (program->items[at].kind != ITEM_ELSE &&
            !template_pipeline(program->run, program->items[at].text, dot, &value)) {
            return false;
        }
        if (template_value_true(&value)) {
            right = run_part(program, at, dot);
            break;
        }
        at = program->items[at].next;
    }
    program->run->variable_count = variables;
    return right;
}

static bool run_with(struct program *program, size_t at, const struct template_value *dot)
{
    size_t variables = program->run->variable_count;
    struct template_value value;
    if (!template_pipeline(program->run, program->items[at].text, dot, &value)) {
        return false;
    }
    bool right = true;
    if (template_value_true(&value)) {
        right = run_part(program, at, &value);
    } else if (program->items[program->items[at].next].kind == ITEM_ELSE) {
        right = run_part(program, program->items[at].next, dot);
    }
    program->run->variable_count = variables;
    return right;
}

/* The element of a list or map, and what it stands under. */
static bool element_of(struct program *program, const struct template_value *list, size_t place,
                       struct template_value *key, struct template_value *value)
{
    *key = (struct template_value){.kind = TEMPLATE_INT, .of.integer = (int64_t)place};
    if (list->kind == TEMPLATE_VECTOR && place < list->of.vector.count) {
        *value = (struct template_value){.kind = TEMPLATE_SAMPLE,
                                         .of.sample = &list->of.vector.items[place]};
        return true;
    }
    if (list->kind == TEMPLATE_LABELS && place < list->of.labels->count) {
        *key = template_text(list->of.labels->items[place].name);
        *value = template_text(list->of.labels->items[place].value);
        return true;
    }
    if (list->kind == TEMPLATE_ARGS && place < list->of.args.count) {
        *key = template_text(arena_printf(program->run->arena, "arg%zu", place));
        *value = list->of.args.items[place];
        return true;
    }
    return false;
}

static bool run_range(struct program *program, size_t at, const struct template_value *dot)
{
    struct template_run *run = program->run;
    size_t variables = run->variable_count, place = 0;
    struct slice names[2];
    struct slice text = program->items[at].text;
    size_t name_count = template_declared(text, names, &text);
    struct template_value list, key, value;
    bool right = template_pipeline(run, text, dot, &list);
    if (right && list.kind != TEMPLATE_VECTOR && list.kind != TEMPLATE_LABELS &&
        list.kind != TEMPLATE_ARGS && list.kind != TEMPLATE_NIL) {
        return template_fail(run, "range can't iterate over %s", template_kind_name(list.kind));
    }
    while (right && element_of(program, &list, place, &key, &value)) {
        run->variable_count = variables;
        right = step(program) && (name_count < 2 || template_declare(run, names[0], &key)) &&
                (name_count < 1 || template_declare(run, names[name_count - 1], &value)) &&
                run_part(program, at, &value);
        place++;
        if (program->flow == FLOW_BREAK) {
            program->flow = FLOW_ON;
            break;
        }
        program->flow = FLOW_ON;
    }
    if (right && place == 0 && program->items[program->items[at].next].kind == ITEM_ELSE) {
        right = run_part(program, program->items[at].next, dot);
    }
    run->variable_count = variables;
    return right;
}

/* {{ template "name" pipeline }}, and the same at the place of a block. */
static bool run_template(struct program *program, size_t at, const struct template_value *dot)
{
    struct template_run *run = program->run;
    struct slice rest, name = template_quoted(run, program->items[at].text, &rest);
    struct template_value value = {.kind = TEMPLATE_NIL};
    if (++program->depth > TEMPLATE_DEPTH_MAX) {
        return template_fail(run, "templates call each other too deep");
    }
    if (rest.size > 0 && !template_pipeline(run, rest, dot, &value)) {
        return false;
    }
    /* The last definition counts. */
    for (size_t i = program->count; i-- > 0;) {
        struct slice behind;
        if ((program->items[i].kind == ITEM_DEFINE || program->items[i].kind == ITEM_BLOCK) &&
            slice_equal(template_quoted(run, program->items[i].text, &behind), name)) {
            bool right = step(program) && run_part(program, i, &value);
            program->depth--;
            return right;
        }
    }
    return template_fail(run, "template \"" SLICE_FMT "\" not defined", SLICE_ARG(name));
}

static bool run_pipeline(struct program *program, struct slice text,
                         const struct template_value *dot)
{
    struct template_value value;
    struct slice names[2], rest;
    bool declares = template_declared(text, names, &rest) > 0;
    if (!template_pipeline(program->run, text, dot, &value)) {
        return false;
    }
    if (!declares) {
        template_value_print(&value, program->out);
    }
    return true;
}

/* One item; *next is where it goes on. */
static bool run_item(struct program *program, size_t at, const struct template_value *dot,
                     size_t *next)
{
    const struct item *item = &program->items[at];
    *next = opens(item->kind) ? item->end + 1 : at + 1;
    switch (item->kind) {
    case ITEM_TEXT:
        buf_append(program->out, item->text);
        return true;
    case ITEM_PIPELINE:
        return run_pipeline(program, item->text, dot);
    case ITEM_IF:
        return run_if(program, at, dot);
    case ITEM_RANGE:
        return run_range(program, at, dot);
    case ITEM_WITH:
        return run_with(program, at, dot);
    case ITEM_TEMPLATE:
    case ITEM_BLOCK:
        return run_template(program, at, dot);
    case ITEM_BREAK:
        program->flow = FLOW_BREAK;
        return true;
    case ITEM_CONTINUE:
        program->flow = FLOW_CONTINUE;
        return true;
    case ITEM_DEFINE:
    case ITEM_ELSE:
    case ITEM_ELSE_IF:
    case ITEM_END:
        break;
    }
    return true;
}

static bool run_items(struct program *program, size_t from, size_t to,
                      const struct template_value *dot)
{
    for (size_t at = from; at < to && program->flow == FLOW_ON;) {
        if (!step(program) || !run_item(program, at, dot, &at)) {
            return false;
        }
    }
    return true;
}

/* ---- All of it. ---- */

static bool expand(struct template_run *run, struct slice text, struct buf *out)
{
    struct program program = {.run = run, .out = out};
    const struct template_value dot = {.kind = TEMPLATE_DATA};
    program.items = arena_alloc_array(run->arena, count_items(text), sizeof(*program.items));
    if (program.items == NULL) {
        return template_fail(run, "out of memory");
    }
    cut_items(&program, text);
    if (!link_items(&program)) {
        return template_fail(run, "an end is missing");
    }
    return run_items(&program, 0, program.count, &dot) && step(&program);
}

struct slice template_expand(struct slice text, const struct template_data *data,
                             struct arena *arena)
{
    if (slice_find(text, SLICE("{{")) == SLICE_NONE) {
        return text;
    }
    struct buf out;
    struct template_run *run = arena_alloc_array(arena, 1, sizeof(*run));
    if (run == NULL) {
        return SLICE("<error expanding template: out of memory>");
    }
    run->data = data;
    run->arena = arena;
    template_begin(run);
    buf_init_growing(&out, TEMPLATE_SIZE_MAX);
    struct slice made;
    if (expand(run, text, &out)) {
        made = arena_dup(arena, buf_bytes(&out));
    } else {
        made =
            arena_printf(arena, "<error expanding template: " SLICE_FMT ">", SLICE_ARG(run->error));
    }
    buf_fini(&out);
    return made;
}
