/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_rule_json.h"

#define S_MS 1000

void alert_rule_json_seconds(struct json_write *writer, struct slice key, int64_t duration_ms)
{
    json_write_key(writer, key);
    json_write_double(writer, (double)duration_ms / S_MS, JSON_NONFINITE_NULL);
}

void alert_rule_json(struct json_write *writer, const struct rule *rule, struct slice group,
                     struct slice file)
{
    json_write_member_string(writer, SLICE("name"), rule->name);
    json_write_member_string(writer, SLICE("group"), group);
    json_write_member_string(writer, SLICE("file"), file);
    json_write_member_u64(writer, SLICE("line"), rule->line);
    json_write_member_string(writer, SLICE("kind"),
                             rule->kind == RULE_ALERT ? SLICE("alert") : SLICE("record"));
    json_write_member_string(writer, SLICE("expr"), slice_trim(rule->expression));
    alert_rule_json_seconds(writer, SLICE("for_s"), rule->for_ms);
    alert_rule_json_seconds(writer, SLICE("keep_firing_for_s"), rule->keep_firing_for_ms);
}
