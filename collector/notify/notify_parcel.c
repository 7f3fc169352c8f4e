/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_parcel.h"

#include "notify/notify_words.h"

#include "base/ensure.h"

#include <stdio.h>

/* The same for every attempt of one message, and another for each message.  Of the alert, where it
 * is about one. */
static void write_key(const struct notify_message *message, char *text, size_t size)
{
    char digits[NOTIFY_FINGERPRINT_SIZE + 1];
    notify_words_fingerprint(message->item_count == 1 ? message->items[0].note->alert.fingerprint
                                                      : message->title->id,
                             digits);
    (void)snprintf(text, size, "%s-%llu", digits, (unsigned long long)message->number);
}

static void write_body(struct notify_parcel *parcel, const struct notify_letter *letter)
{
    const struct notify_target *target = letter->target;
    switch (target->kind) {
    case NOTIFY_WEBHOOK:
        buf_append(&parcel->url, target->url);
        notify_webhook_write(letter, &parcel->body);
        return;
    case NOTIFY_ALERTMANAGER:
        buf_append(&parcel->url, target->url);
        buf_append_text(&parcel->url, "/api/v2/alerts");
        notify_alertmanager_write(letter, &parcel->body);
        return;
    case NOTIFY_SLACK:
        buf_append(&parcel->url, target->url);
        notify_slack_write(letter, &parcel->body);
        return;
    case NOTIFY_PAGERDUTY:
        buf_append(&parcel->url, target->url);
        notify_pagerduty_write(letter, &parcel->body);
        return;
    case NOTIFY_OPSGENIE:
        notify_opsgenie_write(letter, &parcel->url, &parcel->body);
        parcel->scheme = "GenieKey";
        return;
    case NOTIFY_EMAIL:
        buf_append(&parcel->url, target->url);
        notify_email_write(letter, &parcel->body);
        return;
    }
    ENSURE(false);
}

enum status notify_parcel_write(struct notify_parcel *parcel, const struct notify_letter *letter)
{
    *parcel = (struct notify_parcel){.scheme = "Bearer"};
    buf_init_growing(&parcel->url, 2 * NOTIFY_URL_SIZE_MAX);
    buf_init_growing(&parcel->body, NOTIFY_BODY_SIZE_MAX);
    write_key(letter->message, parcel->key, sizeof(parcel->key));
    write_body(parcel, letter);
    bool fits = !buf_overflowed(&parcel->url) && !buf_overflowed(&parcel->body);
    return fits ? STATUS_OK : STATUS_FULL;
}

void notify_parcel_fini(struct notify_parcel *parcel)
{
    buf_fini(&parcel->url);
    buf_fini(&parcel->body);
}
