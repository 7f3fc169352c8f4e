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

/* Bytes of the saved state: all entries with every byte of theirs escaped. */
#define ALERT_STATE_SIZE_MAX ((size_t)4 << 20)

#endif
