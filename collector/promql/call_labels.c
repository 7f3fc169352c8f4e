/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/call.h"

#include "base/buf.h"
#include "pattern/pattern.h"
#include "promql/promql_limits.h"

/* --- label_replace ---------------------------------------------------------------------------- */

/* What label_replace() was called with. */
struct replacement {
    struct slice target, text, source;
    const struct pattern *pattern;
    struct slice *groups;
    size_t group_count;
};

static bool is_word(unsigned char byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

/* The group that a reference names, by number or name; empty where there is none. */
static struct slice group_named(const struct replacement *replacement, struct slice name)
{
    size_t number = 0;
    for (size_t i = 0; i < name.size; i++) {
        if (name.base[i] < '0' || name.base[i] > '9' || number > PROMQL_LIST_COUNT_MAX) {
            number = pattern_group_named(replacement->pattern, name);
            break;
        }
        number = number * 10 + (size_t)(name.base[i] - '0');
    }
    return number < replacement->group_count ? replacement->groups[number] : SLICE_EMPTY;
}

/* The name behind a $: in braces, or as many letters, digits and _ as there are.  False: the $
 * means itself. */
static bool take_reference(struct slice *rest, struct slice *name)
{
    bool braces = rest->size > 0 && rest->base[0] == '{';
    struct slice from = braces ? slice_skip(*rest, 1) : *rest;
    size_t size = 0;
    while (size < from.size && is_word(from.base[size])) {
        size++;
    }
    if (size == 0 || (braces && (size == from.size || from.base[size] != '}'))) {
        return false;
    }
    *name = slice_take(from, size);
    *rest = slice_skip(from, size + (braces ? 1 : 0));
    return true;
}

/* The text of the replacement with its references filled in. */
static void expand(const struct replacement *replacement, struct buf *out)
{
    struct slice rest = replacement->text;
    while (rest.size > 0) {
        size_t dollar = slice_find_byte(rest, '$');
        struct slice name;
        if (dollar == SLICE_NONE) {
            buf_append(out, rest);
            return;
        }
        buf_append(out, slice_take(rest, dollar));
        rest = slice_skip(rest, dollar + 1);
        if (rest.size > 0 && rest.base[0] == '$') {
            buf_append_byte(out, '$');
            rest = slice_skip(rest, 1);
        } else if (take_reference(&rest, &name)) {
            buf_append(out, group_named(replacement, name));
        } else {
            buf_append_byte(out, '$');
        }
    }
}

/* Where the replacement for one series is written: in what is left of the arena, and kept of it
 * what was needed. */
static bool expanded(struct eval *eval, const struct replacement *replacement, struct slice *value)
{
    size_t most = replacement->text.size;
    for (size_t i = 0; i < replacement->text.size; i++) {
        /* A reference stands for at most all of the source. */
        most += replacement->text.base[i] == '$' ? replacement->groups[0].size : 0;
    }
    struct buf out;
    void *memory = arena_alloc(eval->arena, most + 1);
    if (memory == NULL) {
        return false;
    }
    buf_init_fixed(&out, memory, most + 1);
    expand(replacement, &out);
    *value = buf_bytes(&out);
    return !buf_overflowed(&out);
}

static enum status replace_row(struct eval *eval, const struct replacement *replacement,
                               struct grid_row *row)
{
    struct label label = {.name = replacement->target};
    struct slice source = labels_value(&row->labels, replacement->source);
    switch (pattern_match_groups(replacement->pattern, source, eval->arena, replacement->groups,
                                 replacement->group_count)) {
    case PATTERN_DIFFERS:
        return STATUS_OK;
    case PATTERN_LIMIT:
        return eval_pattern_limit(eval);
    case PATTERN_MATCHES:
        break;
    }
    if (!expanded(eval, replacement, &label.value) ||
        !grid_with_label(&row->labels, eval->arena, &label, &row->labels)) {
        return eval_full(eval);
    }
    return STATUS_OK;
}

static enum status check_target(struct eval *eval, struct slice name, const char *function,
                                const char *which)
{
    if (label_name_valid(name)) {
        return STATUS_OK;
    }
    return eval_fail(eval, STATUS_BAD, "invalid %s label name in %s(): " SLICE_FMT, which, function,
                     SLICE_ARG(name));
}

static enum status prepare(struct eval *eval, const struct node *call,
                           struct replacement *replacement)
{
    const struct node *const *arguments = call->call.arguments;
    struct slice pattern = eval_string(arguments[4]);
    struct pattern_error error;
    *replacement = (struct replacement){.target = eval_string(arguments[1]),
                                        .text = eval_string(arguments[2]),
                                        .source = eval_string(arguments[3])};
    replacement->pattern = call->call.pattern;
    enum status status = replacement->pattern != NULL
                             ? STATUS_OK
                             : pattern_compile(pattern, eval->arena, &replacement->pattern, &error);
    if (arena_overflowed(eval->arena)) {
        return eval_full(eval);
    }
    if (status != STATUS_OK) {
        return eval_fail(eval, STATUS_BAD,
                         "invalid regular expression in label_replace(): " SLICE_FMT " (" SLICE_FMT
                         ")",
                         SLICE_ARG(pattern), SLICE_ARG(error.reason));
    }
    replacement->group_count = pattern_group_count(replacement->pattern);
    replacement->groups =
        arena_alloc_array(eval->arena, replacement->group_count, sizeof(*replacement->groups));
    if (replacement->groups == NULL) {
        return eval_full(eval);
    }
    return check_target(eval, replacement->target, "label_replace", "destination");
}

enum status call_label_replace(struct eval *eval, const struct node *call, struct grid *result)
{
    struct replacement replacement;
    enum status status = eval_node(eval, call->call.arguments[0], result);
    status = status == STATUS_OK ? prepare(eval, call, &replacement) : status;
    for (size_t i = 0; status == STATUS_OK && i < result->count; i++) {
        status = replace_row(eval, &replacement, &result->rows[i]);
        status = status == STATUS_OK ? eval_count(eval, 0) : status;
    }
    return status == STATUS_OK ? eval_unify(eval, result, false) : status;
}

/* --- label_join ------------------------------------------------------------------------------- */

/* The values of some labels, with a text between them. */
static bool join(struct eval *eval, const struct node *call, const struct label_set *labels,
                 struct slice *value)
{
    const struct node *const *arguments = call->call.arguments;
    struct slice between = eval_string(arguments[2]);
    size_t size = 1;
    for (size_t i = 3; i < call->call.count; i++) {
        size += between.size + labels_value(labels, eval_string(arguments[i])).size;
    }
    struct buf out;
    void *memory = arena_alloc(eval->arena, size);
    if (memory == NULL) {
        return false;
    }
    buf_init_fixed(&out, memory, size);
    for (size_t i = 3; i < call->call.count; i++) {
        buf_append(&out, i == 3 ? SLICE_EMPTY : between);
        buf_append(&out, labels_value(labels, eval_string(arguments[i])));
    }
    *value = buf_bytes(&out);
    return true;
}

enum status call_label_join(struct eval *eval, const struct node *call, struct grid *result)
{
    const struct node *const *arguments = call->call.arguments;
    struct label label = {.name = eval_string(arguments[1])};
    enum status status = eval_node(eval, arguments[0], result);
    for (size_t i = 3; i < call->call.count && status == STATUS_OK; i++) {
        status = check_target(eval, eval_string(arguments[i]), "label_join", "source");
    }
    if (status == STATUS_OK) {
        status = check_target(eval, label.name, "label_join", "destination");
    }
    for (size_t i = 0; status == STATUS_OK && i < result->count; i++) {
        struct label_set *labels = &result->rows[i].labels;
        if (!join(eval, call, labels, &label.value) ||
            !grid_with_label(labels, eval->arena, &label, labels)) {
            return eval_full(eval);
        }
        status = eval_count(eval, 0);
    }
    return status == STATUS_OK ? eval_unify(eval, result, false) : status;
}
