/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PROMETHEUS_H
#define THAW_COLLECTOR_ALERT_ALERT_PROMETHEUS_H

#include "alert/alert_run.h"

#include "base/json_write.h"

/* The members of the lists that Prometheus's API has.  Pure. */

/* What is pending or fires: members of "alerts". */
void alert_prometheus_alerts(struct json_write *writer, const struct alert_run_sight *sight);

/* All groups: members of "groups"; with rules of one kind only, if one is asked for. */
enum alert_prometheus_kind {
    ALERT_PROMETHEUS_ALL,
    ALERT_PROMETHEUS_ALERT,
    ALERT_PROMETHEUS_RECORD
};
void alert_prometheus_groups(struct json_write *writer, const struct alert_run_sight *sight,
                             enum alert_prometheus_kind kind);

#endif
