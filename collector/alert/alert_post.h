/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_POST_H
#define THAW_COLLECTOR_ALERT_ALERT_POST_H

#include "alert/alert_address.h"
#include "alert/alert_book.h"

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Sends a body to a webhook: the only place of alerting that knows libcurl.
 * One thread posts; another may cancel.
 *
 * Redirects are not followed, proxies of the environment are not used, and only
 * addresses within reach are connected to, whatever the name resolves to.  The
 * webhook's address is a credential: nothing here repeats it.
 */
struct alert_post;

struct alert_post_options {
    struct slice url; /* http or https.  Copied. */
    enum alert_reach reach;
    uint64_t timeout_ns; /* Of one attempt, from beginning to end. */
};

/* STATUS_BAD with a sentence in error if the address is none, STATUS_FULL without memory. */
enum status alert_post_create(struct alert_post **post, const struct alert_post_options *options,
                              char *error, size_t error_size) THAW_CHECK;
void alert_post_free(struct alert_post *post); /* NULL is fine. */

/*
 * Post a JSON body.  id is told as Idempotency-Key: the same for every attempt
 * of one notice.  2xx is TAKEN; 408, 429, 5xx and what the network does are
 * LATER; every other answer is REFUSED.  error says what was wrong.
 */
enum alert_attempt alert_post_send(struct alert_post *post, struct slice body, const char *id,
                                   char *error, size_t error_size) THAW_CHECK;

/* Let a send that is under way end within seconds, and later ones at once. */
void alert_post_cancel(struct alert_post *post);

#endif
