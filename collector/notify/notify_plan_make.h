/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_PLAN_MAKE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_PLAN_MAKE_H

#include "notify/notify.h"
#include "notify/notify_plan.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * From settings, and the files that they name, to a plan.  All or nothing: STATUS_BAD where
 * something is wrong, STATUS_IO where a file cannot be read, STATUS_FULL without memory; errors
 * got a line for each mistake.
 */
enum status notify_plan_make(struct notify_plan **plan, const struct notify_settings *settings,
                             struct slice dashboard_url, struct buf *errors) THAW_CHECK;

#endif
