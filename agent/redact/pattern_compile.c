/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/pattern_compile.h"

#include "base/hex.h"

#include <string.h>

/* ---- Classes of bytes. ---- */

static void class_add(struct pattern_class *class, unsigned char byte)
{
    class->bits[byte / 64] |= UINT64_C(1) << byte % 64;
}

static void class_invert(struct pattern_class *class)
{
    for (size_t i = 0; i < 4; i++) {
        class->bits[i] = ~class->bits[i];
    }
}

static void class_merge(struct pattern_class *class, const struct pattern_class *other)
{
    for (size_t i = 0; i < 4; i++) {
        class->bits[i] |= other->bits[i];
    }
}

/* \d and its like; false if the letter names none. */
static bool class_named(unsigned char letter, struct pattern_class *class)
{
    unsigned char lower = letter | 0x20;
    if (lower != 'd' && lower != 'w' && lower != 's') {
        return false;
    }
    *class = (struct pattern_class){{0}};
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned char each = (unsigned char)byte;
        bool digit = each >= '0' && each <= '9';
        bool space = each == ' ' || (each >= '\t' && each <= '\r');
        if (lower == 'd' ? digit : lower == 'w' ? pattern_is_word(each) : space) {
            class_add(class, each);
        }
    }
    if (letter != lower) {
        class_invert(class);
    }
    return true;
}

/* ---- The compiler. ---- */

/* An open group, or the pattern itself. */
struct group {
    size_t start;
    size_t branch; /* Where its latest alternative begins. */
};

struct compiler {
    struct pattern_set *set;
    struct slice text;
    size_t at;
    bool nocase;
    size_t atom; /* Where what a repetition would repeat begins; SIZE_MAX: there is nothing. */
    const char *wrong;
    unsigned depth;
    struct group groups[REDACT_PATTERN_NEST_MAX];
};

#define JUMP_OPEN 0 /* A jump to the end of its group, which is not known yet. */

static bool fail(struct compiler *compiler, const char *why)
{
    if (compiler->wrong == NULL) {
        compiler->wrong = why;
    }
    return false;
}

/* Make room for count instructions at an index.  Everything behind moves as a whole. */
static struct pattern_instruction *make_room(struct compiler *compiler, size_t index, size_t count)
{
    struct pattern_set *set = compiler->set;
    if (count > REDACT_INSTRUCTIONS_MAX - set->size) {
        fail(compiler, "is too large, together with the others");
        return NULL;
    }
    memmove(set->code + index + count, set->code + index,
            (set->size - index) * sizeof(set->code[0]));
    set->size += count;
    return set->code + index;
}

static bool emit(struct compiler *compiler, size_t index, struct pattern_instruction instruction)
{
    struct pattern_instruction *place = make_room(compiler, index, 1);
    if (place == NULL) {
        return false;
    }
    *place = instruction;
    return true;
}

static bool emit_class(struct compiler *compiler, const struct pattern_class *class)
{
    struct pattern_set *set = compiler->set;
    size_t index = 0;
    while (index < set->class_count && memcmp(&set->classes[index], class, sizeof(*class)) != 0) {
        index++;
    }
    if (index == REDACT_CLASSES_MAX) {
        return fail(compiler, "has too many different classes, together with the others");
    }
    if (index == set->class_count) {
        set->classes[set->class_count++] = *class;
    }
    return emit(
        compiler, set->size,
        (struct pattern_instruction){.op = PATTERN_BYTE, .class = (unsigned char)index, .one = 1});
}

static void class_add_byte(const struct compiler *compiler, struct pattern_class *class,
                           unsigned char byte)
{
    class_add(class, byte);
    if (compiler->nocase && pattern_is_letter(byte)) {
        class_add(class, byte ^ 0x20);
    }
}

static bool emit_byte(struct compiler *compiler, unsigned char byte)
{
    struct pattern_class class = {{0}};
    class_add_byte(compiler, &class, byte);
    return emit_class(compiler, &class);
}

static bool more(const struct compiler *compiler)
{
    return compiler->at < compiler->text.size;
}

static unsigned char peek(const struct compiler *compiler)
{
    return compiler->text.base[compiler->at];
}

/* An escape that stands for one byte; the backslash is read. */
static bool escaped_byte(struct compiler *compiler, unsigned char *byte)
{
    static const char letters[] = "tnrfv";
    static const char bytes[] = "\t\n\r\f\v";
    unsigned char letter = peek(compiler);
    const char *found = strchr(letters, letter);
    if (letter == 'x') {
        if (compiler->text.size - compiler->at < 3 ||
            !hex_decode(slice_of(compiler->text.base + compiler->at + 1, 2), byte, 1)) {
            return fail(compiler, "\\x needs two digits");
        }
        compiler->at += 3;
        return true;
    }
    if (letter != 0 && found != NULL) {
        *byte = (unsigned char)bytes[found - letters];
    } else if (pattern_is_word(letter) && letter != '_') {
        return fail(compiler, "an escape that is not supported");
    } else {
        *byte = letter;
    }
    compiler->at++;
    return true;
}

/* One end of a range in brackets, or a named class (then *named). */
static bool bracket_item(struct compiler *compiler, struct pattern_class *class,
                         unsigned char *byte, bool *named)
{
    *named = false;
    *byte = peek(compiler);
    if (*byte >= 0x80) {
        return fail(compiler, "only ASCII may stand in brackets");
    }
    if (*byte == '[' && compiler->at + 1 < compiler->text.size &&
        compiler->text.base[compiler->at + 1] == ':') {
        return fail(compiler, "[:names:] are not supported");
    }
    compiler->at++;
    if (*byte != '\\') {
        return true;
    }
    if (!more(compiler)) {
        return fail(compiler, "a backslash at the end");
    }
    *named = class_named(peek(compiler), class);
    if (*named) {
        compiler->at++;
        return true;
    }
    return escaped_byte(compiler, byte);
}

/* [...]; the bracket is read. */
static bool bracket(struct compiler *compiler)
{
    struct pattern_class class = {{0}};
    bool invert = more(compiler) && peek(compiler) == '^';
    bool first = true;
    compiler->at += invert ? 1 : 0;
    while (more(compiler) && (first || peek(compiler) != ']')) {
        struct pattern_class item;
        unsigned char low = 0;
        unsigned char high = 0;
        bool named = false;
        first = false;
        if (!bracket_item(compiler, &item, &low, &named)) {
            return false;
        }
        if (named) {
            class_merge(&class, &item);
            continue;
        }
        high = low;
        if (compiler->text.size - compiler->at >= 2 && peek(compiler) == '-' &&
            compiler->text.base[compiler->at + 1] != ']') {
            compiler->at++;
            if (!bracket_item(compiler, &item, &high, &named)) {
                return false;
            }
            if (named || high < low) {
                return fail(compiler, "a range that is none");
            }
        }
        for (unsigned byte = low; byte <= high; byte++) {
            class_add_byte(compiler, &class, (unsigned char)byte);
        }
    }
    if (!more(compiler)) {
        return fail(compiler, "a bracket that is not closed");
    }
    compiler->at++;
    if (invert) {
        class_invert(&class);
    }
    return emit_class(compiler, &class);
}

/* Behind a backslash, outside of brackets. */
static bool escape(struct compiler *compiler)
{
    struct pattern_class class;
    unsigned char byte = 0;
    if (!more(compiler)) {
        return fail(compiler, "a backslash at the end");
    }
    if (peek(compiler) == 'b' || peek(compiler) == 'B') {
        unsigned op = peek(compiler) == 'b' ? PATTERN_BOUNDARY : PATTERN_INSIDE;
        compiler->at++;
        compiler->atom = SIZE_MAX;
        return emit(compiler, compiler->set->size,
                    (struct pattern_instruction){.op = (unsigned char)op, .one = 1});
    }
    if (class_named(peek(compiler), &class)) {
        compiler->at++;
        return emit_class(compiler, &class);
    }
    return escaped_byte(compiler, &byte) && emit_byte(compiler, byte);
}

static bool open_group(struct compiler *compiler)
{
    if (more(compiler) && peek(compiler) == '?') {
        struct slice rest = slice_skip(compiler->text, compiler->at);
        if (!slice_starts(rest, SLICE("?:"))) {
            return fail(compiler, "a group of a kind that is not supported");
        }
        compiler->at += 2;
    }
    if (compiler->depth + 1 == REDACT_PATTERN_NEST_MAX) {
        return fail(compiler, "groups are nested too deep");
    }
    compiler->depth++;
    compiler->groups[compiler->depth] =
        (struct group){.start = compiler->set->size, .branch = compiler->set->size};
    compiler->atom = SIZE_MAX;
    return true;
}

/* The alternatives of the innermost group meet here. */
static void close_branches(struct compiler *compiler)
{
    struct pattern_set *set = compiler->set;
    const struct group *group = &compiler->groups[compiler->depth];
    for (size_t i = group->start; i < set->size; i++) {
        if (set->code[i].op == PATTERN_JUMP && set->code[i].one == JUMP_OPEN) {
            set->code[i].one = (int16_t)(set->size - i);
        }
    }
}

static bool alternative(struct compiler *compiler)
{
    struct pattern_set *set = compiler->set;
    struct group *group = &compiler->groups[compiler->depth];
    size_t size = set->size - group->branch;
    if (!emit(compiler, group->branch,
              (struct pattern_instruction){
                  .op = PATTERN_SPLIT, .one = 1, .other = (int16_t)(size + 2)}) ||
        !emit(compiler, set->size,
              (struct pattern_instruction){.op = PATTERN_JUMP, .one = JUMP_OPEN})) {
        return false;
    }
    group->branch = set->size;
    compiler->atom = SIZE_MAX;
    return true;
}

/* ---- Repetition. ---- */

/* {m}, {m,} or {m,n}; the brace is read.  max 0 stands for no end. */
static bool read_bounds(struct compiler *compiler, size_t *min, size_t *max)
{
    size_t numbers[2] = {0, 0};
    size_t digits[2] = {0, 0};
    size_t which = 0;
    while (more(compiler) && peek(compiler) != '}') {
        unsigned char byte = peek(compiler);
        compiler->at++;
        if (byte == ',' && which == 0) {
            which = 1;
        } else if (byte >= '0' && byte <= '9') {
            numbers[which] = numbers[which] * 10 + (size_t)(byte - '0');
            digits[which]++;
            if (numbers[which] > REDACT_PATTERN_REPEAT_MAX) {
                return fail(compiler, "repeats too often");
            }
        } else {
            return fail(compiler, "a repetition that is none");
        }
    }
    if (!more(compiler) || digits[0] == 0) {
        return fail(compiler, "a repetition that is none");
    }
    compiler->at++;
    *min = numbers[0];
    *max = which == 0 ? numbers[0] : numbers[1];
    bool endless = which == 1 && digits[1] == 0;
    if (!endless && (*max == 0 || *max < *min)) {
        return fail(compiler, "a repetition that is none");
    }
    return true;
}

static bool append_copy(struct compiler *compiler, size_t from, size_t size)
{
    size_t end = compiler->set->size;
    struct pattern_instruction *place = make_room(compiler, end, size);
    if (place == NULL) {
        return false;
    }
    memcpy(place, compiler->set->code + from, size * sizeof(*place));
    return true;
}

/* What lies from an index to the end may be left out. */
static bool make_optional(struct compiler *compiler, size_t from)
{
    size_t size = compiler->set->size - from;
    return emit(
        compiler, from,
        (struct pattern_instruction){.op = PATTERN_SPLIT, .one = 1, .other = (int16_t)(size + 1)});
}

/* ...or come again. */
static bool make_again(struct compiler *compiler, size_t from)
{
    int size = (int)(compiler->set->size - from);
    return emit(
        compiler, compiler->set->size,
        (struct pattern_instruction){.op = PATTERN_SPLIT, .one = (int16_t)-size, .other = 1});
}

/* Repeat what the latest atom is: min to max times, 0 for no end. */
static bool repeat(struct compiler *compiler, size_t min, size_t max)
{
    size_t atom = compiler->atom;
    size_t size = 0;
    size_t last = atom;
    size = compiler->set->size - atom;
    for (size_t i = 1; i < min; i++) {
        last = compiler->set->size;
        if (!append_copy(compiler, atom, size)) {
            return false;
        }
    }
    if (max == 0 && !make_again(compiler, last)) {
        return false;
    }
    /* With none at least, the first one is as optional as the others: they copy it before. */
    for (size_t i = min > 1 ? min : 1; i < max; i++) {
        last = compiler->set->size;
        if (!append_copy(compiler, atom, size) || !make_optional(compiler, last)) {
            return false;
        }
    }
    if (min == 0 && !make_optional(compiler, atom)) {
        return false;
    }
    compiler->atom = SIZE_MAX;
    return true;
}

/* A repetition may follow; "??" and its like ask for as little as possible, which is all the same
 * here: what is redacted is what any match covers. */
static bool quantifier(struct compiler *compiler)
{
    size_t min = 0;
    size_t max = 0;
    if (!more(compiler) || strchr("*+?{", peek(compiler)) == NULL || peek(compiler) == 0) {
        return true;
    }
    if (compiler->atom == SIZE_MAX) {
        return fail(compiler, "there is nothing to repeat");
    }
    switch (peek(compiler)) {
    case '+':
        min = 1;
        break;
    case '?':
        max = 1;
        break;
    case '{':
        compiler->at++;
        return read_bounds(compiler, &min, &max) && repeat(compiler, min, max);
    default: /* "*" */
        break;
    }
    compiler->at++;
    if (!repeat(compiler, min, max)) {
        return false;
    }
    if (more(compiler) && peek(compiler) == '?') {
        return fail(compiler, "a repetition of a kind that is not supported");
    }
    return true;
}

/* ---- One pattern. ---- */

static bool close_group(struct compiler *compiler)
{
    if (compiler->depth == 0) {
        return fail(compiler, "a parenthesis that was not opened");
    }
    close_branches(compiler);
    compiler->atom = compiler->groups[compiler->depth].start;
    if (compiler->atom == compiler->set->size) {
        compiler->atom = SIZE_MAX;
    }
    compiler->depth--;
    return true;
}

static bool literal(struct compiler *compiler, unsigned char byte)
{
    if (!emit_byte(compiler, byte)) {
        return false;
    }
    /* The bytes of one character are repeated together. */
    while (byte >= 0xc0 && more(compiler) && (peek(compiler) & 0xc0) == 0x80) {
        if (!emit_byte(compiler, peek(compiler))) {
            return false;
        }
        compiler->at++;
    }
    return true;
}

static bool any_byte(struct compiler *compiler)
{
    struct pattern_class class = {{0}};
    class_add(&class, '\n');
    class_invert(&class);
    return emit_class(compiler, &class);
}

static bool compile_one(struct compiler *compiler)
{
    unsigned char byte = peek(compiler);
    size_t size = compiler->set->size;
    compiler->at++;
    switch (byte) {
    case '(':
        return open_group(compiler);
    case '|':
        return alternative(compiler);
    case '^':
    case '$':
        compiler->atom = SIZE_MAX;
        return emit(compiler, size,
                    (struct pattern_instruction){.op = byte == '^' ? PATTERN_BEGIN : PATTERN_END,
                                                 .one = 1});
    case '*':
    case '+':
    case '?':
    case '{':
        compiler->at--;
        return fail(compiler, "there is nothing to repeat");
    case ')':
        return close_group(compiler) && quantifier(compiler);
    default:
        break;
    }
    compiler->atom = size;
    if (!(byte == '['    ? bracket(compiler)
          : byte == '.'  ? any_byte(compiler)
          : byte == '\\' ? escape(compiler)
                         : literal(compiler, byte))) {
        return false;
    }
    return quantifier(compiler);
}

static bool compile(struct compiler *compiler)
{
    struct pattern_set *set = compiler->set;
    size_t start = set->size;
    compiler->groups[0] = (struct group){.start = start, .branch = start};
    if (slice_starts(compiler->text, SLICE("(?i)"))) {
        compiler->nocase = true;
        compiler->at = 4;
    }
    while (more(compiler)) {
        if (!compile_one(compiler)) {
            return false;
        }
    }
    if (compiler->depth > 0) {
        return fail(compiler, "a parenthesis that is not closed");
    }
    close_branches(compiler);
    return emit(
        compiler, set->size,
        (struct pattern_instruction){.op = PATTERN_MATCH, .class = (unsigned char)set->count});
}

const char *pattern_compile(struct pattern_set *set, struct slice pattern, size_t *wrong_at)
{
    struct compiler compiler = {.set = set, .text = pattern, .atom = SIZE_MAX};
    bool good = compile(&compiler);
    *wrong_at = good ? pattern.size : compiler.at;
    return good ? NULL : compiler.wrong;
}
