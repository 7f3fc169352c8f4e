/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_REHEARSAL_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_REHEARSAL_H

#include "notify/notice.h"

#include "base/json_write.h"

#include <stddef.h>
#include <stdint.h>

/* Write who would have been told how often of alerts, by the plan that people are told by
 * (notify_rehearse.h), as a list of objects; null without memory.  Any thread. */
void notify_rehearsal_write(struct notify *notify, const struct notify_alert *alerts, size_t count,
                            uint64_t end_ns, struct json_write *writer);

#endif
