/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_JSON_H
#define THAW_COLLECTOR_ALERT_ALERT_JSON_H

#include "alert/alert_book.h"

#include "base/json_write.h"

/* The answers of GET alerts and GET rules.  Pure. */

/* Write {"alerts": [...], "evaluated_at"}: what fires first, then what is pending, then what was
 * resolved; the latest first. */
void alert_json_alerts(struct json_write *writer, const struct alert_book *book,
                       const struct alert_rule *rule);

/* Write {"rules": [...]}. */
void alert_json_rules(struct json_write *writer, const struct alert_book *book,
                      const struct alert_rule *rule);
void alert_json_no_rules(struct json_write *writer);

#endif
