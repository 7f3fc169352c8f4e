/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_SEND_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_SEND_H

#include "notify/notify_book.h"
#include "notify/notify_parcel.h"
#include "notify/notify_plan.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Sends parcels, by HTTP and by SMTP: the only place of notify/ that knows libcurl.  One thread
 * sends; another may cancel.
 *
 * Redirects are not followed, proxies of the environment are not used, certificates are checked,
 * and only addresses within a target's reach are connected to, whatever its name resolves to.
 * Addresses and keys are credentials: nothing here repeats them.
 */
struct notify_send;

/* NULL without memory. */
struct notify_send *notify_send_create(void) THAW_CHECK;
void notify_send_free(struct notify_send *send); /* NULL is fine. */

/*
 * Send.  2xx is TAKEN; 408, 429, 5xx and what the network does are LATER; every other answer is
 * REFUSED; of SMTP, 5xx is REFUSED and all else LATER.  error says what was wrong, retry_ns how
 * long the receiver asks to be left alone, or 0.
 */
enum notify_attempt notify_send_parcel(struct notify_send *send, const struct notify_target *target,
                                       const struct notify_parcel *parcel, uint64_t *retry_ns,
                                       char *error, size_t error_size) THAW_CHECK;

/* Let a send that is under way end within seconds, and later ones at once. */
void notify_send_cancel(struct notify_send *send);

/* Whether the text is an address that can be sent to: http or https, or, for mail, smtp or smtps.
 */
bool notify_send_url_good(struct slice url, bool mail);

#endif
