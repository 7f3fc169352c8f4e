/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/pattern.h"

#include "base/ensure.h"
#include "redact/pattern_compile.h"

#include <string.h>

void pattern_init(struct pattern_set *set)
{
    set->count = 0;
    set->size = 0;
    set->class_count = 0;
    set->generation = 0;
    memset(set->first, 0, sizeof(set->first));
}

struct slice pattern_name(const struct pattern_set *set, unsigned pattern)
{
    ENSURE(pattern < set->count);
    return set->names[pattern];
}

/* ---- The machine. ---- */

/* Whether an assertion holds between two bytes. */
static bool holds(enum pattern_op op, struct slice text, size_t at)
{
    bool before = at > 0 && pattern_is_word(text.base[at - 1]);
    bool after = at < text.size && pattern_is_word(text.base[at]);
    switch (op) {
    case PATTERN_BEGIN:
        return at == 0 || text.base[at - 1] == '\n';
    case PATTERN_END:
        return at == text.size || text.base[at] == '\n';
    case PATTERN_BOUNDARY:
        return before != after;
    case PATTERN_INSIDE:
        return before == after;
    case PATTERN_BYTE:
    case PATTERN_SPLIT:
    case PATTERN_JUMP:
    case PATTERN_MATCH:
        break;
    }
    return true;
}

struct run {
    struct pattern_set *set;
    struct slice text;
    void (*found)(void *context, size_t start, size_t end, unsigned pattern);
    void *context;
};

static void push(struct pattern_set *set, size_t *depth, size_t at)
{
    if (set->seen[at] != set->generation) {
        set->seen[at] = set->generation;
        set->stack[(*depth)++] = (uint16_t)at;
    }
}

/* Be in a state, and in all that follow without a byte. */
static void enter(const struct run *run, struct pattern_list *list, size_t first, size_t start,
                  size_t at)
{
    struct pattern_set *set = run->set;
    size_t depth = 0;
    push(set, &depth, first);
    while (depth > 0) {
        size_t here = set->stack[--depth];
        const struct pattern_instruction *code = &set->code[here];
        switch ((enum pattern_op)code->op) {
        case PATTERN_BYTE:
            list->threads[list->count++] =
                (struct pattern_thread){.at = (uint16_t)here, .start = (uint32_t)start};
            break;
        case PATTERN_SPLIT:
            push(set, &depth, here + (size_t)(ptrdiff_t)code->other);
            push(set, &depth, here + (size_t)(ptrdiff_t)code->one);
            break;
        case PATTERN_JUMP:
            push(set, &depth, here + (size_t)(ptrdiff_t)code->one);
            break;
        case PATTERN_BEGIN:
        case PATTERN_END:
        case PATTERN_BOUNDARY:
        case PATTERN_INSIDE:
            if (holds((enum pattern_op)code->op, run->text, at)) {
                push(set, &depth, here + 1);
            }
            break;
        case PATTERN_MATCH:
            if (at > start) {
                run->found(run->context, start, at, code->class);
            }
            break;
        }
    }
}

static void next_generation(struct pattern_set *set)
{
    if (++set->generation == 0) {
        memset(set->seen, 0, sizeof(set->seen));
        set->generation = 1;
    }
}

/*
 * Threads are in order of their starts, and a state is entered by the first
 * one that reaches it: so it has the earliest start, and the match is the
 * longest that ends where it ends.
 */
void pattern_run(struct pattern_set *set, struct slice text,
                 void (*found)(void *context, size_t start, size_t end, unsigned pattern),
                 void *context)
{
    const struct run run = {.set = set, .text = text, .found = found, .context = context};
    struct pattern_list *list = &set->lists[0];
    struct pattern_list *next = &set->lists[1];
    memset(set->seen, 0, set->size * sizeof(set->seen[0]));
    set->generation = 1;
    list->count = 0;
    for (size_t at = 0; at < text.size; at++) {
        if (list->count == 0) {
            while (at < text.size && !set->first[text.base[at]]) {
                at++;
            }
            if (at == text.size) {
                return;
            }
            next_generation(set);
        }
        /* In this generation the list was filled: what begins here comes last. */
        if (set->first[text.base[at]]) {
            for (size_t i = 0; i < set->count; i++) {
                enter(&run, list, set->starts[i], at, at);
            }
        }
        next_generation(set);
        next->count = 0;
        for (size_t i = 0; i < list->count; i++) {
            const struct pattern_thread *thread = &list->threads[i];
            const struct pattern_instruction *code = &set->code[thread->at];
            if (pattern_class_has(&set->classes[code->class], text.base[at])) {
                enter(&run, next, thread->at + 1u, thread->start, at + 1);
            }
        }
        struct pattern_list *swap = list;
        list = next;
        next = swap;
    }
}

/* ---- Sets. ---- */

/* Look at all states before the first byte as if every assertion held: which bytes can begin a
 * match?  False if none is needed. */
static bool note_first(struct pattern_set *set, size_t start)
{
    size_t depth = 0;
    memset(set->seen, 0, sizeof(set->seen));
    set->generation = 1;
    push(set, &depth, start);
    while (depth > 0) {
        size_t here = set->stack[--depth];
        const struct pattern_instruction *code = &set->code[here];
        if (code->op == PATTERN_MATCH) {
            return false;
        }
        if (code->op == PATTERN_BYTE) {
            for (unsigned byte = 0; byte < 256; byte++) {
                set->first[byte] = set->first[byte] || pattern_class_has(&set->classes[code->class],
                                                                         (unsigned char)byte);
            }
            continue;
        }
        push(set, &depth, here + (size_t)(ptrdiff_t)code->one);
        if (code->op == PATTERN_SPLIT) {
            push(set, &depth, here + (size_t)(ptrdiff_t)code->other);
        }
    }
    return true;
}

const char *pattern_add(struct pattern_set *set, struct slice name, struct slice pattern,
                        size_t *wrong_at)
{
    const size_t size = set->size;
    const size_t class_count = set->class_count;
    bool first[256];
    *wrong_at = 0;
    if (set->count == REDACT_PATTERNS_MAX) {
        return "is one pattern too many";
    }
    memcpy(first, set->first, sizeof(first));
    const char *why = pattern_compile(set, pattern, wrong_at);
    if (why == NULL && !note_first(set, size)) {
        why = "matches the empty text";
    }
    if (why != NULL) {
        set->size = size;
        set->class_count = class_count;
        memcpy(set->first, first, sizeof(first));
        return why;
    }
    set->starts[set->count] = (uint16_t)size;
    set->names[set->count] = name;
    set->count++;
    return NULL;
}

static bool name_good(struct slice name)
{
    if (name.size == 0 || name.size > REDACT_PATTERN_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = name.base[i];
        if (!pattern_is_word(byte) && byte != '-') {
            return false;
        }
    }
    return true;
}

const char *pattern_add_lines(struct pattern_set *set, struct slice text, size_t *wrong_at)
{
    const unsigned char *begin = text.base;
    while (text.size > 0) {
        struct slice line;
        struct slice name;
        struct slice pattern;
        size_t at = 0;
        slice_cut(text, '\n', &line, &text);
        while (line.size > 0 && line.base[line.size - 1] == '\r') {
            line.size--;
        }
        if (slice_trim(line).size == 0 || line.base[0] == '#') {
            continue;
        }
        *wrong_at = (size_t)(line.base - begin);
        if (!slice_cut(line, '=', &name, &pattern) || !name_good(slice_trim(name))) {
            return "is not NAME=PATTERN with a name of letters, digits, - and _";
        }
        const char *why = pattern_add(set, slice_trim(name), pattern, &at);
        if (why != NULL) {
            *wrong_at += line.size - pattern.size + at;
            return why;
        }
    }
    return NULL;
}
