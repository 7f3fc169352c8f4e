/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a webhook: JSON in the shape that Alertmanager's webhook receiver sends (version 4),
 * so that what understands one understands the other.
 */
#include "notify/notify_parcel.h"
#include "notify/notify_words.h"

#include "base/json_write.h"

static void write_alert(struct json_write *writer, const struct notify_letter *letter,
                        const struct notify_item *item)
{
    const struct notify_alert *alert = &item->note->alert;
    char fingerprint[NOTIFY_FINGERPRINT_SIZE + 1];
    struct buf page;
    notify_words_fingerprint(alert->fingerprint, fingerprint);
    buf_init_growing(&page, 2 * NOTIFY_URL_SIZE_MAX);
    notify_words_page(&page, letter->external_url, alert);
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("status"), notify_words_status(item->resolved));
    notify_words_pairs(writer, SLICE("labels"), alert->labels, alert->label_count);
    notify_words_pairs(writer, SLICE("annotations"), alert->annotations, alert->annotation_count);
    notify_words_time(writer, SLICE("startsAt"), alert->fired_ns);
    notify_words_time(writer, SLICE("endsAt"), item->resolved ? alert->ends_ns : 0);
    json_write_member_string(writer, SLICE("generatorURL"), buf_bytes(&page));
    json_write_member_string(writer, SLICE("fingerprint"), slice_from(fingerprint));
    json_write_object_end(writer);
    buf_fini(&page);
}

void notify_webhook_write(const struct notify_letter *letter, struct buf *body)
{
    const struct notify_message *message = letter->message;
    struct json_write writer;
    json_write_init(&writer, body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("version"), SLICE("4"));
    json_write_member_string(&writer, SLICE("groupKey"), message->title->key);
    json_write_member_u64(&writer, SLICE("truncatedAlerts"), message->left_out);
    json_write_member_string(&writer, SLICE("status"), notify_words_status(message->resolved));
    json_write_member_string(&writer, SLICE("receiver"), message->receiver);
    notify_words_pairs(&writer, SLICE("groupLabels"), message->title->labels,
                       message->title->label_count);
    notify_words_common(&writer, SLICE("commonLabels"), message, false);
    notify_words_common(&writer, SLICE("commonAnnotations"), message, true);
    json_write_member_string(&writer, SLICE("externalURL"), letter->external_url);
    json_write_member_array(&writer, SLICE("alerts"));
    for (size_t i = 0; i < message->item_count; i++) {
        write_alert(&writer, letter, &message->items[i]);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}
