/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_words.h"

#include "base/hex.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* What Alertmanager writes for an end that has not come. */
#define NO_END "0001-01-01T00:00:00Z"

/* Alerts of one message that a headline names by their labels. */
#define HEADLINE_SIZE_MAX 200

struct slice notify_words_status(bool resolved)
{
    return resolved ? SLICE("resolved") : SLICE("firing");
}

void notify_words_pairs(struct json_write *writer, struct slice key,
                        const struct notify_pair *pairs, size_t count)
{
    json_write_member_object(writer, key);
    for (size_t i = 0; i < count; i++) {
        json_write_member_string(writer, pairs[i].name, pairs[i].value);
    }
    json_write_object_end(writer);
}

static const struct notify_pair *pairs_of(const struct notify_item *item, bool annotations,
                                          size_t *count)
{
    const struct notify_alert *alert = &item->note->alert;
    *count = annotations ? alert->annotation_count : alert->label_count;
    return annotations ? alert->annotations : alert->labels;
}

static bool has_pair(const struct notify_item *item, bool annotations,
                     const struct notify_pair *pair)
{
    size_t count = 0;
    const struct notify_pair *pairs = pairs_of(item, annotations, &count);
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(pairs[i].name, pair->name)) {
            return slice_equal(pairs[i].value, pair->value);
        }
    }
    return false;
}

static bool all_have(const struct notify_message *message, bool annotations,
                     const struct notify_pair *pair)
{
    for (size_t i = 1; i < message->item_count; i++) {
        if (!has_pair(&message->items[i], annotations, pair)) {
            return false;
        }
    }
    return true;
}

void notify_words_common(struct json_write *writer, struct slice key,
                         const struct notify_message *message, bool annotations)
{
    size_t count = 0;
    const struct notify_pair *pairs =
        message->item_count == 0 ? NULL : pairs_of(&message->items[0], annotations, &count);
    json_write_member_object(writer, key);
    for (size_t i = 0; i < count; i++) {
        if (all_have(message, annotations, &pairs[i])) {
            json_write_member_string(writer, pairs[i].name, pairs[i].value);
        }
    }
    json_write_object_end(writer);
}

void notify_words_time(struct json_write *writer, struct slice key, uint64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    if (time_ns == 0) {
        json_write_member_string(writer, key, SLICE(NO_END));
        return;
    }
    size_t size = timestamp_format_short(time_ns, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

void notify_words_fingerprint(uint64_t fingerprint, char text[NOTIFY_FINGERPRINT_SIZE + 1])
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(fingerprint >> (56 - 8 * i));
    }
    hex_encode(slice_of(bytes, sizeof(bytes)), text);
    text[NOTIFY_FINGERPRINT_SIZE] = '\0';
}

void notify_words_page(struct buf *out, struct slice external_url, const struct notify_alert *alert)
{
    char fingerprint[NOTIFY_FINGERPRINT_SIZE + 1];
    if (alert->generator_url.size > 0) {
        buf_append(out, alert->generator_url);
        return;
    }
    notify_words_fingerprint(alert->fingerprint, fingerprint);
    buf_append(out, external_url);
    buf_append_text(out, "/alerts?open=");
    buf_append_text(out, fingerprint);
}

size_t notify_words_firing(const struct notify_message *message)
{
    size_t firing = 0;
    for (size_t i = 0; i < message->item_count; i++) {
        firing += !message->items[i].resolved;
    }
    return firing;
}

/* The values of the labels that all alerts have, without those that say nothing in a line. */
static void write_common_values(struct buf *out, const struct notify_message *message)
{
    const struct notify_alert *first = &message->items[0].note->alert;
    for (size_t i = 0; i < first->label_count; i++) {
        const struct notify_pair *pair = &first->labels[i];
        bool plain = slice_equal(pair->name, SLICE("alertname")) ||
                     slice_equal(pair->name, SLICE("severity"));
        if (!plain && pair->value.size > 0 && all_have(message, false, pair)) {
            buf_append_text(out, " ");
            buf_append(out, pair->value);
        }
    }
}

void notify_words_headline(struct buf *out, const struct notify_message *message)
{
    char memory[8192];
    struct buf line;
    buf_init_fixed(&line, memory, sizeof(memory));
    if (message->resolved) {
        buf_append_text(&line, "[RESOLVED]");
    } else {
        buf_printf(&line, "[FIRING:%zu]", notify_words_firing(message) + message->left_out);
    }
    if (message->item_count > 0) {
        const struct notify_alert *first = &message->items[0].note->alert;
        const struct notify_pair name = {SLICE("alertname"),
                                         notify_label(first, SLICE("alertname"))};
        buf_append_text(&line, " ");
        if (all_have(message, false, &name)) {
            buf_append(&line, name.value);
        } else {
            buf_printf(&line, "%zu alerts", message->item_count + message->left_out);
        }
        write_common_values(&line, message);
    }
    notify_words_cut(out, buf_bytes(&line), HEADLINE_SIZE_MAX);
}

struct slice notify_words_summary(const struct notify_alert *alert)
{
    struct slice summary = notify_annotation(alert, SLICE("summary"));
    return summary.size > 0 ? summary : notify_label(alert, SLICE("alertname"));
}

struct slice notify_words_severity(const struct notify_message *message)
{
    static const struct slice order[] = {SLICE_INIT("critical"), SLICE_INIT("error"),
                                         SLICE_INIT("warning"), SLICE_INIT("info")};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        for (size_t j = 0; j < message->item_count; j++) {
            if (slice_equal(notify_label(&message->items[j].note->alert, SLICE("severity")),
                            order[i])) {
                return order[i];
            }
        }
    }
    return SLICE("warning");
}

void notify_words_cut(struct buf *out, struct slice text, size_t size_max)
{
    if (text.size <= size_max) {
        buf_append(out, text);
        return;
    }
    buf_append(out, utf8_truncate(text, size_max - 3));
    buf_append_text(out, "...");
}

void notify_words_cut_value(struct json_write *writer, struct slice text, size_t size_max)
{
    struct buf cut;
    buf_init_growing(&cut, size_max + 1);
    notify_words_cut(&cut, text, size_max);
    json_write_string(writer, buf_bytes(&cut));
    buf_fini(&cut);
}

void notify_words_dedup(const struct notify_message *message, char text[NOTIFY_DEDUP_SIZE + 1])
{
    memcpy(text, "thaw-", 5);
    notify_words_fingerprint(message->title->id, text + 5);
}

bool notify_words_link(struct slice *links, struct slice *link)
{
    struct slice rest = SLICE_EMPTY;
    if (!slice_cut(*links, ' ', link, &rest)) {
        *link = *links;
        rest = SLICE_EMPTY;
    }
    *links = rest;
    return link->size > 0;
}
