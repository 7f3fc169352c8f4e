/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PagerDuty's Events API v2: a group is an incident, whose dedup key is that of the group: what
 * fires triggers it, again and again, and when nothing fires it is resolved.
 */
#include "notify/notify_parcel.h"
#include "notify/notify_words.h"

#include "base/json_write.h"
#include "base/timestamp.h"

/* Its limits, of bytes to be sure of characters: a summary; and alerts told in detail, far below
 * 512 KB. */
#define SUMMARY_SIZE_MAX 1024
#define DETAILS_MAX      20
#define DETAIL_SIZE_MAX  2048

static uint64_t began_ns(const struct notify_message *message)
{
    uint64_t began = message->made_ns;
    for (size_t i = 0; i < message->item_count; i++) {
        uint64_t fired_ns = message->items[i].note->alert.fired_ns;
        began = fired_ns < began ? fired_ns : began;
    }
    return began;
}

/* The label that says where it is. */
static struct slice common_value(const struct notify_message *message, struct slice name)
{
    if (message->item_count == 0) {
        return SLICE_EMPTY;
    }
    struct slice value = notify_label(&message->items[0].note->alert, name);
    for (size_t i = 1; i < message->item_count; i++) {
        if (!slice_equal(notify_label(&message->items[i].note->alert, name), value)) {
            return SLICE_EMPTY;
        }
    }
    return value;
}

static void write_details(struct json_write *writer, const struct notify_letter *letter)
{
    const struct notify_message *message = letter->message;
    size_t told = message->item_count < DETAILS_MAX ? message->item_count : DETAILS_MAX;
    json_write_member_object(writer, SLICE("custom_details"));
    json_write_member_u64(writer, SLICE("num_firing"),
                          message->resolved ? 0 : notify_words_firing(message) + message->left_out);
    notify_words_common(writer, SLICE("labels"), message, false);
    json_write_member_array(writer, SLICE("alerts"));
    for (size_t i = 0; i < told; i++) {
        const struct notify_alert *alert = &message->items[i].note->alert;
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("status"),
                                 notify_words_status(message->items[i].resolved));
        json_write_key(writer, SLICE("summary"));
        notify_words_cut_value(writer, notify_words_summary(alert), SUMMARY_SIZE_MAX);
        json_write_key(writer, SLICE("description"));
        notify_words_cut_value(writer, notify_annotation(alert, SLICE("description")),
                               DETAIL_SIZE_MAX);
        notify_words_pairs(writer, SLICE("labels"), alert->labels, alert->label_count);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("more_alerts"),
                          message->item_count - told + message->left_out);
    json_write_object_end(writer);
}

static void write_payload(struct json_write *writer, const struct notify_letter *letter)
{
    const struct notify_message *message = letter->message;
    char moment[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format_short(began_ns(message), moment);
    struct slice source = common_value(message, SLICE("function"));
    struct buf summary;
    buf_init_growing(&summary, 4096);
    notify_words_headline(&summary, message);
    if (message->item_count > 0) {
        buf_append_text(&summary, ": ");
        notify_words_cut(&summary, notify_words_summary(&message->items[0].note->alert), 512);
    }
    json_write_member_object(writer, SLICE("payload"));
    json_write_key(writer, SLICE("summary"));
    notify_words_cut_value(writer, buf_bytes(&summary), SUMMARY_SIZE_MAX);
    json_write_member_string(writer, SLICE("source"), source.size > 0 ? source : SLICE("thaw"));
    json_write_member_string(writer, SLICE("severity"), notify_words_severity(message));
    json_write_member_string(writer, SLICE("timestamp"), slice_of(moment, size));
    json_write_member_string(writer, SLICE("class"), common_value(message, SLICE("alertname")));
    write_details(writer, letter);
    json_write_object_end(writer);
    buf_fini(&summary);
}

/* To the first alert, and to its examples. */
static void write_links(struct json_write *writer, const struct notify_letter *letter)
{
    json_write_member_array(writer, SLICE("links"));
    if (letter->message->item_count > 0) {
        const struct notify_alert *first = &letter->message->items[0].note->alert;
        struct slice links = notify_annotation(first, SLICE("links"));
        struct slice link;
        struct buf page;
        buf_init_growing(&page, 2 * NOTIFY_URL_SIZE_MAX);
        notify_words_page(&page, letter->external_url, first);
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("href"), buf_bytes(&page));
        json_write_member_string(writer, SLICE("text"), SLICE("Show in thaw"));
        json_write_object_end(writer);
        buf_fini(&page);
        for (unsigned i = 1; notify_words_link(&links, &link); i++) {
            json_write_object_begin(writer);
            json_write_member_string(writer, SLICE("href"), link);
            json_write_key(writer, SLICE("text"));
            json_write_printf(writer, "Example %u", i);
            json_write_object_end(writer);
        }
    }
    json_write_array_end(writer);
}

void notify_pagerduty_write(const struct notify_letter *letter, struct buf *body)
{
    const struct notify_message *message = letter->message;
    char dedup[NOTIFY_DEDUP_SIZE + 1];
    struct json_write writer;
    notify_words_dedup(message, dedup);
    json_write_init(&writer, body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("routing_key"), letter->target->secret);
    json_write_member_string(&writer, SLICE("event_action"),
                             message->resolved ? SLICE("resolve") : SLICE("trigger"));
    json_write_member_string(&writer, SLICE("dedup_key"), slice_from(dedup));
    json_write_member_string(&writer, SLICE("client"), SLICE("thaw"));
    json_write_member_string(&writer, SLICE("client_url"), letter->external_url);
    write_payload(&writer, letter);
    write_links(&writer, letter);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}
