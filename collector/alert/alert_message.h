/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_MESSAGE_H
#define THAW_COLLECTOR_ALERT_ALERT_MESSAGE_H

#include "alert/alert_book.h"

#include "base/buf.h"
#include "base/slice.h"

/*
 * The body of a webhook: JSON in the shape that Alertmanager's webhook
 * receiver sends (version 4), so that what understands one understands the
 * other.  One alert in each.  Described in docs/reference/alert-webhook.md.  Pure.
 */

/* Append the body for a notice.  external_url is the dashboard's address without a slash at its
 * end, or empty. */
void alert_message_write(const struct alert_notice *notice, struct slice external_url,
                         struct buf *out);

#endif
