/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_LIMITS_H
#define THAW_COLLECTOR_ALERT_ALERT_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The limits of alert/ and their reasons.
 */

/* Alerts that are not ok, or were resolved lately.  A thousand functions with the same trouble are
 * one trouble; what is more is counted as refused. */
#define ALERT_ENTRY_COUNT_MAX 1024

/* Notifications kept: those that wait, and a history of those that were delivered.  Two for each
 * alert there can be. */
#define ALERT_NOTICE_COUNT_MAX 2048

/* Bytes of an account, region or function that are shown.  Platforms allow 140; the identity of an
 * alert is always made of the whole name. */
#define ALERT_NAME_SIZE_MAX 160

/* Transactions named as examples by an alert. */
#define ALERT_EXAMPLE_COUNT_MAX 3

/* Invocations looked at for examples, newest first, while the view is held for reading. */
#define ALERT_EXAMPLE_WALK_MAX 20000

/* How long a resolved alert stays in the list: a person who comes back the next day still sees it.
 */
#define ALERT_RESOLVED_KEEP_NS (UINT64_C(24) * 3600 * 1000000000)

/* How long delivery of a notification is tried: what a receiver did not take for a day is no news.
 */
#define ALERT_DELIVERY_NS_MAX (UINT64_C(24) * 3600 * 1000000000)

/* The first wait after a failed delivery, and the longest: quick over a restart of the receiver,
 * gentle on one that is down. */
#define ALERT_RETRY_NS_MIN UINT64_C(1000000000)
#define ALERT_RETRY_NS_MAX (UINT64_C(300) * 1000000000)

/* Bytes of a receiver's answer that are read before the connection is closed. */
#define ALERT_ANSWER_SIZE_MAX 65536

/* Bytes of one webhook body: labels and annotations of one alert, each escaped. */
#define ALERT_BODY_SIZE_MAX 65536

/* Bytes of the saved state: all entries and notices with every byte of theirs escaped. */
#define ALERT_STATE_SIZE_MAX ((size_t)16 << 20)

/* Bytes of the text of a webhook's address. */
#define ALERT_URL_SIZE_MAX 2048

/* Bytes kept of the reason why a delivery failed. */
#define ALERT_ERROR_SIZE_MAX 128

#endif
