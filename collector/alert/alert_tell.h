/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_TELL_H
#define THAW_COLLECTOR_ALERT_ALERT_TELL_H

#include "alert/alert_book.h"

#include <stdint.h>

struct notify;

/* Say of an entry that fires, or was resolved, what is so (notify/notice.h). */
void alert_tell(struct notify *notify, const struct alert_rule *rule,
                const struct alert_entry *entry, uint64_t now_ns);

#endif
