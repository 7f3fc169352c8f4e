/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_TEMPLATE_PRIVATE_H
#define THAW_RULES_TEMPLATE_PRIVATE_H

#include "rules/rules_limits.h"
#include "rules/template_expand.h"
#include "rules/template_value.h"

#include "base/status.h"

/* What the files of expansion share. */

struct template_variable {
    struct slice name;
    struct template_value value;
};

/* One expansion. */
struct template_run {
    const struct template_data *data;
    struct arena *arena;
    struct slice error; /* Empty: none so far. */
    size_t steps, queries;
    struct template_variable variables[TEMPLATE_VARIABLE_COUNT_MAX + 8];
    size_t variable_count;
};

/* Note an error, the first counts; the answer is false. */
bool template_fail(struct template_run *run, const char *format, ...) THAW_PRINTF(2, 3);

/* Call a function. */
bool template_call(struct template_run *run, struct slice name, const struct template_value *args,
                   size_t count, struct template_value *result) THAW_CHECK;

/* The same of those that are about numbers and texts, and of those that Go has of its own.
 * *known: there is such a function. */
bool template_call_text(struct template_run *run, struct slice name,
                        const struct template_value *args, size_t count,
                        struct template_value *result, bool *known) THAW_CHECK;
bool template_call_go(struct template_run *run, struct slice name,
                      const struct template_value *args, size_t count,
                      struct template_value *result, bool *known) THAW_CHECK;

/* A field of a value: .Labels, a label, ... */
bool template_field(struct template_run *run, const struct template_value *value, struct slice name,
                    struct template_value *result) THAW_CHECK;

static inline bool template_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline struct template_value template_text(struct slice text)
{
    return (struct template_value){.kind = TEMPLATE_TEXT, .of.text = text};
}

static inline struct template_value template_bool(bool truth)
{
    return (struct template_value){.kind = TEMPLATE_BOOL, .of.truth = truth};
}

#endif
