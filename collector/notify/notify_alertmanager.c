/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Alertmanager is told (POST /api/v2/alerts): every alert, again and again while it fires, and
 * once with its end.  Without an end Alertmanager takes an alert for resolved when it has not heard
 * of it for its resolve_timeout, five minutes: so it ends what we cannot end any more.
 */
#include "notify/notify_parcel.h"
#include "notify/notify_words.h"

#include "base/json_write.h"

void notify_alertmanager_write(const struct notify_letter *letter, struct buf *body)
{
    const struct notify_message *message = letter->message;
    struct json_write writer;
    json_write_init(&writer, body);
    json_write_array_begin(&writer);
    for (size_t i = 0; i < message->item_count; i++) {
        const struct notify_alert *alert = &message->items[i].note->alert;
        struct buf page;
        buf_init_growing(&page, 2 * NOTIFY_URL_SIZE_MAX);
        notify_words_page(&page, letter->external_url, alert);
        json_write_object_begin(&writer);
        notify_words_pairs(&writer, SLICE("labels"), alert->labels, alert->label_count);
        notify_words_pairs(&writer, SLICE("annotations"), alert->annotations,
                           alert->annotation_count);
        notify_words_time(&writer, SLICE("startsAt"), alert->fired_ns);
        notify_words_time(&writer, SLICE("endsAt"),
                          message->items[i].resolved ? alert->ends_ns : 0);
        json_write_member_string(&writer, SLICE("generatorURL"), buf_bytes(&page));
        json_write_object_end(&writer);
        buf_fini(&page);
    }
    json_write_array_end(&writer);
    json_write_finish(&writer);
}
