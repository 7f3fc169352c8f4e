/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PROMETHEUS_H
#define THAW_COLLECTOR_ALERT_ALERT_PROMETHEUS_H

#include "alert/alert_book.h"

#include "base/json_write.h"

#include <stdint.h>

/* The members of the lists that Prometheus's API has.  Pure. */

/* What is pending or fires: members of "alerts". */
void alert_prometheus_alerts(struct json_write *writer, const struct alert_book *book,
                             const struct alert_rule *rule);

/* The one group of the one rule, which is evaluated so often: a member of "groups". */
void alert_prometheus_group(struct json_write *writer, const struct alert_book *book,
                            const struct alert_rule *rule, uint64_t interval_ns);

#endif
