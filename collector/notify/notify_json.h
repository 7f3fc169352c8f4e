/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_JSON_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_JSON_H

#include "notify/notify_book.h"

#include "base/json_write.h"

/*
 * What the API says of messages (docs/reference/api.md).  Pure.
 */

/* The list of the messages that tell of an alert, the latest first. */
void notify_json_of_alert(struct json_write *writer, const struct notify_book *book,
                          uint64_t fingerprint);

#endif
