/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_matcher.h"

#include "notify/notify_limits.h"
#include "notify/notify_note.h"

#include "pattern/pattern_limits.h"

#include <stdio.h>
#include <stdlib.h>

/* Memory of one match: its heap and what is around it. */
#define SCRATCH_SIZE ((size_t)PATTERN_HEAP_KIB_MAX * 1024 + 65536)

static bool name_is_good(struct slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = name.base[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return name.size > 0 && name.size <= NOTIFY_NAME_SIZE_MAX;
}

/* The operator at the front of a text, and what follows it. */
static bool take_operator(struct slice text, struct notify_matcher *matcher, struct slice *rest)
{
    static const struct {
        struct slice text;
        bool negative, regular;
    } operators[] = {
        {SLICE_INIT("=~"), false, true},
        {SLICE_INIT("!~"), true, true},
        {SLICE_INIT("!="), true, false},
        {SLICE_INIT("="), false, false},
    };
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (slice_starts(text, operators[i].text)) {
            matcher->negative = operators[i].negative;
            matcher->regular = operators[i].regular;
            *rest = slice_skip(text, operators[i].text.size);
            return true;
        }
    }
    return false;
}

/* A text in quotes, of which \", \\ and \n are understood; false if it is not closed. */
static bool unquote(struct slice text, struct arena *arena, struct slice *value)
{
    unsigned char *bytes = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    if (bytes == NULL || text.size < 2 || text.base[text.size - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i + 1 < text.size; i++) {
        unsigned char c = text.base[i];
        if (c == '"') {
            return false;
        }
        if (c == '\\') {
            if (i + 2 >= text.size) {
                return false; /* The last quote is one of the text. */
            }
            i++;
            unsigned char escaped = text.base[i];
            if (escaped != '"' && escaped != '\\' && escaped != 'n') {
                bytes[size++] = '\\'; /* Of a pattern: \d, \. */
            }
            c = escaped == 'n' ? '\n' : escaped;
        }
        bytes[size++] = c;
    }
    *value = slice_of(bytes, size);
    return true;
}

enum status notify_matcher_make(struct notify_matcher *matcher, struct arena *arena, char *error,
                                size_t error_size)
{
    if (!name_is_good(matcher->name)) {
        (void)snprintf(error, error_size, "'" SLICE_FMT "' is no name of a label",
                       SLICE_ARG(slice_take(matcher->name, NOTIFY_NAME_SIZE_MAX)));
        return STATUS_BAD;
    }
    if (matcher->value.size > NOTIFY_LABEL_SIZE_MAX) {
        (void)snprintf(error, error_size, "a value has at most %d bytes", NOTIFY_LABEL_SIZE_MAX);
        return STATUS_BAD;
    }
    if (!matcher->regular) {
        return STATUS_OK;
    }
    struct pattern_error wrong = {.reason = SLICE_EMPTY};
    enum status status = pattern_compile(matcher->value, arena, &matcher->pattern, &wrong);
    if (status == STATUS_BAD) {
        (void)snprintf(error, error_size, "no regular expression: " SLICE_FMT,
                       SLICE_ARG(wrong.reason));
    } else if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "out of memory");
    }
    return status;
}

enum status notify_matcher_parse(struct slice text, struct arena *arena,
                                 struct notify_matcher *matcher, char *error, size_t error_size)
{
    struct slice all = slice_trim(text);
    size_t end = 0;
    *matcher = (struct notify_matcher){.negative = false};
    while (end < all.size && all.base[end] != '=' && all.base[end] != '!') {
        end++;
    }
    struct slice rest = SLICE_EMPTY;
    struct slice name = slice_trim(slice_take(all, end));
    if (!take_operator(slice_skip(all, end), matcher, &rest)) {
        (void)snprintf(
            error, error_size,
            "a matcher is a label, one of = != =~ !~, and a value: severity=\"critical\"");
        return STATUS_BAD;
    }
    rest = slice_trim(rest);
    matcher->name = arena_dup(arena, name);
    if (rest.size > 0 && rest.base[0] == '"') {
        if (!unquote(rest, arena, &matcher->value)) {
            (void)snprintf(error, error_size, "the quotes around a value do not match");
            return STATUS_BAD;
        }
    } else {
        matcher->value = arena_dup(arena, rest);
    }
    if (arena_overflowed(arena)) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    return notify_matcher_make(matcher, arena, error, error_size);
}

/* Whether a pattern matches.  Its memory is taken for this one match: it is a MiB of which little
 * is touched. */
static bool pattern_wants(const struct pattern *pattern, struct slice value)
{
    void *memory = malloc(SCRATCH_SIZE);
    struct arena scratch;
    if (memory == NULL) {
        return false;
    }
    arena_init(&scratch, memory, SCRATCH_SIZE);
    bool matches = pattern_match(pattern, value, &scratch) == PATTERN_MATCHES;
    free(memory);
    return matches;
}

static bool matcher_matches(const struct notify_matcher *matcher, const struct notify_alert *alert)
{
    struct slice value = notify_label(alert, matcher->name);
    bool same = matcher->regular ? pattern_wants(matcher->pattern, value)
                                 : slice_equal(matcher->value, value);
    return same != matcher->negative;
}

bool notify_matchers_match(const struct notify_matcher *matchers, size_t count,
                           const struct notify_alert *alert)
{
    for (size_t i = 0; i < count; i++) {
        if (!matcher_matches(&matchers[i], alert)) {
            return false;
        }
    }
    return true;
}

void notify_matcher_write(const struct notify_matcher *matcher, struct buf *out)
{
    buf_append(out, matcher->name);
    buf_append_text(out, matcher->negative ? "!" : matcher->regular ? "=" : "");
    buf_append_byte(out, matcher->regular ? '~' : '=');
    buf_append_byte(out, '"');
    for (size_t i = 0; i < matcher->value.size; i++) {
        unsigned char c = matcher->value.base[i];
        if (c == '"' || c == '\\') {
            buf_append_byte(out, '\\');
        }
        buf_append_text(out, c == '\n' ? "\\n" : "");
        if (c != '\n') {
            buf_append_byte(out, c);
        }
    }
    buf_append_byte(out, '"');
}
