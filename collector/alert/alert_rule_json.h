/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_RULE_JSON_H
#define THAW_COLLECTOR_ALERT_ALERT_RULE_JSON_H

#include "base/json_write.h"
#include "rules/rules_file.h"

/* The members of an object that every answer about a rule begins with: its name, group, file, line,
 * kind, expression, for_s and keep_firing_for_s.  Pure. */
void alert_rule_json(struct json_write *writer, const struct rule *rule, struct slice group,
                     struct slice file);

/* A member of milliseconds, in seconds. */
void alert_rule_json_seconds(struct json_write *writer, struct slice key, int64_t duration_ms);

#endif
