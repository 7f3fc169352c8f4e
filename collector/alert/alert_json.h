/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_JSON_H
#define THAW_COLLECTOR_ALERT_ALERT_JSON_H

#include "alert/alert_book.h"

#include "base/json_write.h"

/* The answers of GET alerts and GET rules.  Pure, but for what others write. */

/* Who writes members about what people were told of an alert. */
struct alert_json_told {
    void (*write)(void *context, struct json_write *writer, uint64_t fingerprint);
    void *context;
};

/* Write {"alerts": [...], "evaluated_at"}: what fires first, then what is pending, then what was
 * resolved; the latest first. */
void alert_json_alerts(struct json_write *writer, const struct alert_book *book,
                       const struct alert_rule *rule, const struct alert_json_told *told);

/* Write {"rules": [...]}. */
void alert_json_rules(struct json_write *writer, const struct alert_book *book,
                      const struct alert_rule *rule);
void alert_json_no_rules(struct json_write *writer);

#endif
