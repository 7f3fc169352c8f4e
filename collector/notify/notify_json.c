/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_json.h"

#include "notify/notify_silence.h"
#include "notify/notify_words.h"

#include "base/ensure.h"

static struct slice delivery_name(enum notify_delivery delivery)
{
    switch (delivery) {
    case NOTIFY_WAITING:
        return SLICE("waiting");
    case NOTIFY_DELIVERED:
        return SLICE("delivered");
    case NOTIFY_FAILED:
        return SLICE("failed");
    }
    ENSURE(false);
    return SLICE_EMPTY;
}

/* What all lists of messages say of one. */
static void write_message(struct json_write *writer, const struct notify_message *message,
                          bool resolved)
{
    json_write_member_string(writer, SLICE("receiver"), message->receiver);
    json_write_member_string(writer, SLICE("kind"), notify_kind_name(message->kind));
    json_write_member_string(writer, SLICE("status"), notify_words_status(resolved));
    json_write_member_string(writer, SLICE("state"), delivery_name(message->delivery));
    json_write_member_u64(writer, SLICE("attempts"), message->attempts);
    if (message->error[0] == '\0') {
        json_write_member_null(writer, SLICE("last_error"));
    } else {
        json_write_member_string(writer, SLICE("last_error"), slice_from(message->error));
    }
    json_write_member_u64_text(writer, SLICE("at"),
                               message->settled_ns != 0 ? message->settled_ns : message->made_ns);
}

static void write_fingerprint(struct json_write *writer, uint64_t fingerprint)
{
    char text[NOTIFY_FINGERPRINT_SIZE + 1];
    notify_words_fingerprint(fingerprint, text);
    json_write_string(writer, slice_from(text));
}

/* How a message tells of an alert, or NULL. */
static const struct notify_item *item_of(const struct notify_message *message, uint64_t fingerprint)
{
    for (size_t i = 0; i < message->item_count; i++) {
        if (message->items[i].note->alert.fingerprint == fingerprint) {
            return &message->items[i];
        }
    }
    return NULL;
}

void notify_json_of_alert(struct json_write *writer, const struct notify_book *book,
                          uint64_t fingerprint)
{
    const struct notify_alarm *alarm = notify_book_alarm(book, fingerprint);
    json_write_member_array(writer, SLICE("notifications"));
    for (size_t i = book->message_count; i > 0; i--) {
        const struct notify_message *message = &book->messages[i - 1];
        const struct notify_item *item = item_of(message, fingerprint);
        if (item != NULL) {
            json_write_object_begin(writer);
            write_message(writer, message, item->resolved);
            json_write_object_end(writer);
        }
    }
    json_write_array_end(writer);
    json_write_key(writer, SLICE("silenced_by"));
    if (alarm != NULL && alarm->silence != 0) {
        json_write_u64_text(writer, alarm->silence);
    } else {
        json_write_null(writer);
    }
    json_write_key(writer, SLICE("inhibited_by"));
    if (alarm != NULL && alarm->inhibitor != 0) {
        write_fingerprint(writer, alarm->inhibitor);
    } else {
        json_write_null(writer);
    }
}

void notify_json_messages(struct json_write *writer, const struct notify_book *book,
                          uint64_t now_ns)
{
    (void)now_ns;
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("notifications"));
    for (size_t i = book->message_count; i > 0; i--) {
        const struct notify_message *message = &book->messages[i - 1];
        json_write_object_begin(writer);
        json_write_member_u64_text(writer, SLICE("number"), message->number);
        write_message(writer, message, message->resolved);
        json_write_member_string(writer, SLICE("group"), message->title->key);
        json_write_member_u64(writer, SLICE("more_alerts"), message->left_out);
        json_write_member_array(writer, SLICE("alerts"));
        for (size_t j = 0; j < message->item_count; j++) {
            write_fingerprint(writer, message->items[j].note->alert.fingerprint);
        }
        json_write_array_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_silence(struct json_write *writer, const struct notify_book *book,
                          const struct notify_silence *silence, uint64_t now_ns)
{
    uint64_t alerts = 0;
    for (size_t i = 0; i < book->alarm_count; i++) {
        alerts += book->alarms[i].silence == silence->id;
    }
    json_write_object_begin(writer);
    json_write_member_u64_text(writer, SLICE("id"), silence->id);
    json_write_member_string(writer, SLICE("state"), notify_silence_state(silence, now_ns));
    json_write_member_array(writer, SLICE("matchers"));
    for (size_t i = 0; i < silence->matcher_count; i++) {
        struct buf text;
        buf_init_growing(&text, 4 * NOTIFY_LABEL_SIZE_MAX);
        notify_matcher_write(&silence->matchers[i], &text);
        json_write_string(writer, buf_bytes(&text));
        buf_fini(&text);
    }
    json_write_array_end(writer);
    json_write_member_string(writer, SLICE("author"), silence->author);
    json_write_member_string(writer, SLICE("reason"), silence->reason);
    json_write_member_u64_text(writer, SLICE("created_at"), silence->made_ns);
    json_write_member_u64_text(writer, SLICE("starts_at"), silence->starts_ns);
    json_write_member_u64_text(writer, SLICE("ends_at"), silence->ends_ns);
    json_write_member_u64(writer, SLICE("alerts"), alerts);
    json_write_object_end(writer);
}

void notify_json_silences(struct json_write *writer, const struct notify_book *book,
                          uint64_t now_ns)
{
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("silences"));
    for (size_t i = book->silence_count; i > 0; i--) {
        write_silence(writer, book, book->silences[i - 1], now_ns);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}
