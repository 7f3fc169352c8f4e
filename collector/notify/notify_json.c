/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_json.h"

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
    json_write_array_begin(writer);
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
}
