/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern/pattern.h"

#include "base/ensure.h"
#include "base/utf8.h"
#include "pattern/pattern_limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdint.h>
#include <stdlib.h>

/*
 * PCRE2 gets its memory of the arena that is in use and never gives any of it back: what lies in an
 * arena ends with it.
 */
struct pattern {
    const struct slice *texts; /* Sorted; then there is no code. */
    size_t text_count;
    const pcre2_code *code;
    pcre2_match_context *bounds; /* Steps and bytes of a match; only read by matches. */
    size_t group_count;
};

static void *take(size_t size, void *arena)
{
    return size == 0 ? NULL : arena_alloc(arena, size);
}

static void give(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

/*
 * Verbs such as (*LIMIT_MATCH=...) steer the machine that matches, (?R), (?1), (?&name), (?P>name)
 * and \g<1> call the pattern again, (?C1) calls the program, (?(1)...) and (?=...) ask: nothing of
 * that is in RE2.
 */
static bool is_foreign(struct slice text)
{
    bool quoted = false, in_class = false;
    for (size_t i = 0; i + 1 < text.size; i++) {
        unsigned char byte = text.base[i], next = text.base[i + 1];
        if (byte == '\\') {
            if (next == 'g' && !quoted) {
                return true;
            }
            quoted = next == 'Q' || (quoted && next != 'E');
            i++;
        } else if (quoted) {
            continue;
        } else if (in_class) {
            in_class = byte != ']';
        } else if (byte == '[') {
            in_class = true;
            i += next == ']' || next == '^';
            i += next == '^' && i + 1 < text.size && text.base[i + 1] == ']';
        } else if (byte == '(' && next == '*') {
            return true;
        } else if (byte == '(' && next == '?' && i + 2 < text.size) {
            unsigned char third = text.base[i + 2];
            unsigned char fourth = i + 3 < text.size ? text.base[i + 3] : 0;
            if (memchr("R0123456789&+C(|>=!", third, 19) != NULL ||
                (third == 'P' && fourth != '<') ||
                (third == '-' && fourth >= '0' && fourth <= '9') ||
                (third == '<' && (fourth == '=' || fourth == '!'))) {
                return true;
            }
        }
    }
    return false;
}

/* How many texts the pattern is a list of; 0 if it is more than a list. */
static size_t count_texts(struct slice text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '\\') {
            i++;
            if (i == text.size || memchr("\\.+*?()[]{}^$|-/", text.base[i], 16) == NULL) {
                return 0;
            }
        } else if (byte == 0 || memchr(".+*?()[]{}^$", byte, 12) != NULL) {
            return 0;
        }
        count += byte == '|';
    }
    return count;
}

static int by_text(const void *one, const void *other)
{
    const struct slice *left = one, *right = other;
    return slice_compare(*left, *right);
}

/* Take a list of texts apart. */
static bool split_texts(struct slice text, size_t count, struct arena *arena, struct pattern *made)
{
    unsigned char *bytes = text.size == 0 ? NULL : arena_alloc(arena, text.size);
    struct slice *texts = arena_alloc_array(arena, count, sizeof(*texts));
    if (texts == NULL || (bytes == NULL && text.size > 0)) {
        return false;
    }
    size_t used = 0, begin = 0, found = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] == '|') {
            texts[found++] = slice_of(bytes + begin, used - begin);
            begin = used;
            continue;
        }
        i += text.base[i] == '\\';
        bytes[used++] = text.base[i];
    }
    texts[found++] = bytes == NULL ? SLICE_EMPTY : slice_of(bytes + begin, used - begin);
    ENSURE(found == count);
    qsort(texts, count, sizeof(*texts), by_text);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (!slice_equal(texts[i], texts[kept - 1])) {
            texts[kept++] = texts[i];
        }
    }
    *made = (struct pattern){.texts = texts, .text_count = kept, .group_count = 1};
    return true;
}

static pcre2_compile_context *compile_bounds(pcre2_general_context *memory)
{
    pcre2_compile_context *bounds = pcre2_compile_context_create(memory);
    if (bounds != NULL) {
        (void)pcre2_set_parens_nest_limit(bounds, PATTERN_DEPTH_MAX);
        (void)pcre2_set_newline(bounds, PCRE2_NEWLINE_LF);
    }
    return bounds;
}

static enum status refuse(struct pattern_error *error, size_t offset, struct slice reason)
{
    *error = (struct pattern_error){.offset = offset, .reason = reason};
    return STATUS_BAD;
}

/* What PCRE2 says of an error number. */
static struct slice reason_of(int number, struct arena *arena)
{
    PCRE2_UCHAR text[PATTERN_REASON_SIZE_MAX];
    int size = pcre2_get_error_message(number, text, sizeof(text));
    return size <= 0 ? SLICE("it cannot be read") : arena_dup(arena, slice_of(text, (size_t)size));
}

/* The code is compiled: what of it is not for us, and the bounds of its matches. */
static enum status finish(pcre2_code *code, pcre2_general_context *memory, struct pattern *made,
                          struct pattern_error *error)
{
    uint32_t back = 0, groups = 0;
    (void)pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &back);
    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (back > 0) {
        return refuse(error, 0, SLICE("references back to a group are not supported"));
    }
    pcre2_match_context *bounds = pcre2_match_context_create(memory);
    if (bounds == NULL) {
        return STATUS_FULL;
    }
    (void)pcre2_set_match_limit(bounds, PATTERN_STEPS_MAX);
    (void)pcre2_set_heap_limit(bounds, PATTERN_HEAP_KIB_MAX);
    *made = (struct pattern){.code = code, .bounds = bounds, .group_count = (size_t)groups + 1};
    return STATUS_OK;
}

/* What is more than a list. */
static enum status compile(struct slice text, struct arena *arena, struct pattern *made,
                           struct pattern_error *error)
{
    if (is_foreign(text)) {
        return refuse(error, 0,
                      SLICE("verbs, recursion, conditions and looking around are not supported"));
    }
    pcre2_general_context *memory = pcre2_general_context_create(take, give, arena);
    pcre2_compile_context *bounds = memory == NULL ? NULL : compile_bounds(memory);
    if (bounds == NULL) {
        return STATUS_FULL;
    }
    const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL |
                             PCRE2_DOLLAR_ENDONLY | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile(text.base, text.size, options, &number, &offset, bounds);
    if (code == NULL && arena_overflowed(arena)) {
        return STATUS_FULL;
    }
    if (code == NULL) {
        return refuse(error, offset < text.size ? offset : text.size, reason_of(number, arena));
    }
    return finish(code, memory, made, error);
}

enum status pattern_compile(struct slice text, struct arena *arena, const struct pattern **pattern,
                            struct pattern_error *error)
{
    *error = (struct pattern_error){0};
    if (text.size > PATTERN_SIZE_MAX) {
        error->reason = SLICE("it is too long");
        return STATUS_FULL;
    }
    if (!utf8_valid(text)) {
        return refuse(error, utf8_valid_size(text), SLICE("it is not UTF-8"));
    }
    struct pattern *made = arena_alloc(arena, sizeof(*made));
    enum status status = STATUS_FULL;
    if (made != NULL) {
        size_t count = count_texts(text);
        if (count == 0) {
            status = compile(text, arena, made, error);
        } else if (split_texts(text, count, arena, made)) {
            status = STATUS_OK;
        }
    }
    if (status == STATUS_OK) {
        *pattern = made;
    } else if (status == STATUS_FULL) {
        error->reason = SLICE("there is no room for it");
    }
    return status;
}

const struct slice *pattern_texts(const struct pattern *pattern, size_t *count)
{
    *count = pattern->text_count;
    return pattern->texts;
}

size_t pattern_group_count(const struct pattern *pattern)
{
    return pattern->group_count;
}

size_t pattern_group_named(const struct pattern *pattern, struct slice name)
{
    char text[128];
    if (pattern->texts != NULL || !slice_copy_text(name, text, sizeof(text))) {
        return SLICE_NONE;
    }
    int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)text);
    return number <= 0 ? SLICE_NONE : (size_t)number;
}

/* Where each group lies in the subject, by pairs of offsets. */
static void store_groups(pcre2_match_data *data, struct slice subject, struct slice *groups,
                         size_t count)
{
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
    size_t known = pcre2_get_ovector_count(data);
    for (size_t i = 0; i < count; i++) {
        groups[i] = SLICE_EMPTY;
        if (i < known && offsets[2 * i] != PCRE2_UNSET && offsets[2 * i + 1] > offsets[2 * i]) {
            size_t size = offsets[2 * i + 1] - offsets[2 * i];
            groups[i] = slice_take(slice_skip(subject, offsets[2 * i]), size);
        }
    }
}

enum pattern_answer pattern_match_groups(const struct pattern *pattern, struct slice subject,
                                         struct arena *scratch, struct slice *groups, size_t count)
{
    ENSURE(count <= pattern->group_count);

    if (pattern->texts != NULL) {
        const struct slice *found =
            bsearch(&subject, pattern->texts, pattern->text_count, sizeof(subject), by_text);
        if (found != NULL && count > 0) {
            groups[0] = subject;
        }
        return found == NULL ? PATTERN_DIFFERS : PATTERN_MATCHES;
    }
    if (!utf8_valid(subject)) {
        return PATTERN_DIFFERS;
    }
    size_t mark = arena_mark(scratch);
    enum pattern_answer answer = PATTERN_LIMIT;
    pcre2_general_context *memory = pcre2_general_context_create(take, give, scratch);
    uint32_t pairs = count == 0 ? 1 : (uint32_t)count;
    pcre2_match_data *data = memory == NULL ? NULL : pcre2_match_data_create(pairs, memory);
    if (data != NULL) {
        const unsigned char *bytes = subject.size == 0 ? (const unsigned char *)"" : subject.base;
        int found = pcre2_match(pattern->code, bytes, subject.size, 0, PCRE2_NO_UTF_CHECK, data,
                                pattern->bounds);
        if (found >= 0) {
            store_groups(data, subject, groups, count);
            answer = PATTERN_MATCHES;
        } else if (found == PCRE2_ERROR_NOMATCH) {
            answer = PATTERN_DIFFERS;
        }
    }
    arena_rewind(scratch, mark);
    return answer;
}

enum pattern_answer pattern_match(const struct pattern *pattern, struct slice subject,
                                  struct arena *scratch)
{
    return pattern_match_groups(pattern, subject, scratch, NULL, 0);
}
