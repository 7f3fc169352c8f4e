/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpsGenie's alert API: a group is an alert, whose alias is that of the group; it is created, which
 * is no more than counted while it is open, and closed by its alias.
 */
#include "notify/notify_parcel.h"
#include "notify/notify_words.h"

#include "base/json_write.h"

/* Its limits, of bytes to be sure of characters. */
#define MESSAGE_SIZE_MAX     130
#define DESCRIPTION_SIZE_MAX 15000
#define DETAIL_SIZE_MAX      512

static struct slice priority_of(struct slice severity)
{
    if (slice_equal(severity, SLICE("critical"))) {
        return SLICE("P1");
    }
    if (slice_equal(severity, SLICE("error"))) {
        return SLICE("P2");
    }
    return slice_equal(severity, SLICE("info")) ? SLICE("P5") : SLICE("P3");
}

static void write_description(struct json_write *writer, const struct notify_letter *letter)
{
    const struct notify_message *message = letter->message;
    struct buf text;
    buf_init_growing(&text, NOTIFY_BODY_SIZE_MAX);
    for (size_t i = 0; i < message->item_count; i++) {
        const struct notify_alert *alert = &message->items[i].note->alert;
        buf_append(&text, notify_words_status(message->items[i].resolved));
        buf_append_text(&text, ": ");
        buf_append(&text, notify_words_summary(alert));
        buf_append_text(&text, "\n");
        buf_append(&text, notify_annotation(alert, SLICE("description")));
        buf_append_text(&text, "\n");
        notify_words_page(&text, letter->external_url, alert);
        struct slice links = notify_annotation(alert, SLICE("links"));
        struct slice link;
        while (notify_words_link(&links, &link)) {
            buf_append_text(&text, "\nexample: ");
            buf_append(&text, link);
        }
        buf_append_text(&text, "\n\n");
    }
    if (message->left_out > 0) {
        buf_printf(&text, "... and %zu more alerts\n", message->left_out);
    }
    json_write_key(writer, SLICE("description"));
    notify_words_cut_value(writer, buf_bytes(&text), DESCRIPTION_SIZE_MAX);
    buf_fini(&text);
}

static void write_alert(struct json_write *writer, const struct notify_letter *letter)
{
    const struct notify_message *message = letter->message;
    char alias[NOTIFY_DEDUP_SIZE + 1];
    struct buf headline;
    notify_words_dedup(message, alias);
    buf_init_growing(&headline, 4096);
    notify_words_headline(&headline, message);
    json_write_key(writer, SLICE("message"));
    notify_words_cut_value(writer, buf_bytes(&headline), MESSAGE_SIZE_MAX);
    buf_fini(&headline);
    json_write_member_string(writer, SLICE("alias"), slice_from(alias));
    write_description(writer, letter);
    json_write_member_object(writer, SLICE("details"));
    for (size_t i = 0; i < message->title->label_count; i++) {
        json_write_key(writer, message->title->labels[i].name);
        notify_words_cut_value(writer, message->title->labels[i].value, DETAIL_SIZE_MAX);
    }
    json_write_object_end(writer);
    json_write_member_string(writer, SLICE("priority"),
                             priority_of(notify_words_severity(message)));
}

void notify_opsgenie_write(const struct notify_letter *letter, struct buf *url, struct buf *body)
{
    const struct notify_message *message = letter->message;
    char alias[NOTIFY_DEDUP_SIZE + 1];
    struct json_write writer;
    notify_words_dedup(message, alias);
    buf_append(url, letter->target->url);
    if (message->resolved) {
        buf_printf(url, "/v2/alerts/%s/close?identifierType=alias", alias);
    } else {
        buf_append_text(url, "/v2/alerts");
    }
    json_write_init(&writer, body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("source"), SLICE("thaw"));
    if (!message->resolved) {
        write_alert(&writer, letter);
    }
    json_write_object_end(&writer);
    json_write_finish(&writer);
}
