/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_TEMPLATE_H
#define THAW_RULES_TEMPLATE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Templates of labels and annotations, in the language that Prometheus has them in (Go's
 * text/template with functions of its own):
 *
 *     {{ $labels.function }} is at {{ $value | humanizePercentage }}
 *     {{ if gt $value 0.2 }}critical{{ else }}warning{{ end }}
 *     {{ range query "topk(3, errors)" }}{{ .Labels.function }} {{ end }}
 *
 * Here it is said whether a text is one: its actions are closed, its functions and variables are
 * known, and its pipelines have a value.  Pure; recursion and allocation there is none.
 */
struct template_error {
    size_t position; /* The byte at which it was noticed. */
    const char *reason;
};

bool template_check(struct slice text, struct template_error *error) THAW_CHECK;

#endif
