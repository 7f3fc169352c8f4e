/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_PLAN_READ_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_PLAN_READ_H

#include "notify/notify_plan.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * The file of --notify, in the shape of Alertmanager's configuration as far as it goes
 * (docs/reference/notify.md): route, receivers, inhibit_rules, global; and alertmanagers.
 *
 *     route:
 *       receiver: team
 *       group_by: [application, account, region, severity]
 *       routes:
 *         - matchers: [severity="critical"]
 *           receiver: oncall
 *     receivers:
 *       - name: team
 *         slack_configs:
 *           - api_url_file: /etc/thaw/slack
 *       - name: oncall
 *         pagerduty_configs:
 *           - routing_key_env: PAGERDUTY_KEY
 *
 * Every credential may stand in the file, in a file of its own (NAME_file) or in the environment
 * (NAME_env).  No mistake repeats one.
 */

/*
 * Read it into a plan, behind the targets and routes that it has.  STATUS_BAD: it has mistakes, and
 * errors got a line for each of the first: "where:line:column: what, and what to do".  STATUS_FULL:
 * the plan's memory is.
 */
enum status notify_plan_read(struct notify_plan *plan, struct slice text, const char *where,
                             struct buf *errors) THAW_CHECK;

#endif
