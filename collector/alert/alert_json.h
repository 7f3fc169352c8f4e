/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_JSON_H
#define THAW_COLLECTOR_ALERT_ALERT_JSON_H

#include "alert/alert_run.h"

#include "base/arena.h"
#include "base/json_write.h"

/* The answers of GET alerts and GET rules.  Pure. */

/* Who writes members about what people were told of an alert. */
struct alert_json_told {
    void (*write)(void *context, struct json_write *writer, uint64_t fingerprint);
    void *context;
};

/* Write {"alerts": [...], "evaluated_at"}: what fires first, then what is pending, then what has no
 * data, then what was resolved; the latest first.  The arena is scratch. */
void alert_json_alerts(struct json_write *writer, const struct alert_run_sight *sight,
                       const struct alert_json_told *told, struct arena *arena);

/* Write {"rules": [...], "groups": [...], "loaded_at", "load_error"}. */
void alert_json_rules(struct json_write *writer, const struct alert_run_sight *sight);

#endif
