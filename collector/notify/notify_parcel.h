/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_PARCEL_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_PARCEL_H

#include "notify/notify_book.h"
#include "notify/notify_plan.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * A parcel is a message as one receiver's protocol has it: where to, and the bytes.  Pure: written
 * here, sent by notify_send.c.  The shapes, and the limits to which texts are cut, are in
 * docs/reference/notify.md.
 */
struct notify_parcel {
    struct buf url;     /* Without a NUL.  It may be a credential. */
    struct buf body;    /* JSON, or a whole e-mail. */
    const char *scheme; /* Of Authorization: "Bearer", "GenieKey"; NULL: there is none. */
    char key[64];       /* Idempotency-Key: the same for every attempt of a message. */
};

/* What all messages share. */
struct notify_letter {
    const struct notify_message *message;
    const struct notify_target *target;
    struct slice external_url; /* Of the dashboard, without a slash at its end, or empty. */
    uint64_t now_ns;
};

/* Write it; undo with notify_parcel_fini() in any case.  STATUS_FULL if it is too large. */
enum status notify_parcel_write(struct notify_parcel *parcel,
                                const struct notify_letter *letter) THAW_CHECK;
void notify_parcel_fini(struct notify_parcel *parcel);

/* The bodies, one for each kind. */
void notify_webhook_write(const struct notify_letter *letter, struct buf *body);
void notify_alertmanager_write(const struct notify_letter *letter, struct buf *body);
void notify_slack_write(const struct notify_letter *letter, struct buf *body);
void notify_pagerduty_write(const struct notify_letter *letter, struct buf *body);
void notify_opsgenie_write(const struct notify_letter *letter, struct buf *url, struct buf *body);
void notify_email_write(const struct notify_letter *letter, struct buf *body);

#endif
