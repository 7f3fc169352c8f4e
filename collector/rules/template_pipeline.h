/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_TEMPLATE_PIPELINE_H
#define THAW_RULES_TEMPLATE_PIPELINE_H

#include "rules/template_private.h"

/* What stands in an action: a pipeline, before which a variable may be declared. */

/* Declare $labels, $value, $externalLabels and $externalURL. */
void template_begin(struct template_run *run);

/* The value of a pipeline; "$x := ..." and "$x = ..." set the variable, too. */
bool template_pipeline(struct template_run *run, struct slice text,
                       const struct template_value *dot, struct template_value *value) THAW_CHECK;

/* How many variables stand before a := or =, their names, and what is behind it. */
size_t template_declared(struct slice text, struct slice names[2], struct slice *rest);

bool template_declare(struct template_run *run, struct slice name,
                      const struct template_value *value) THAW_CHECK;

/* The text in quotes at the front, and what is behind it. */
struct slice template_quoted(struct template_run *run, struct slice text, struct slice *rest);

#endif
