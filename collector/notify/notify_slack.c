/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slack's incoming webhook: a fallback text and one attachment, whose colour says how bad it is.
 * & < > are written as entities, since Slack's own marks are made of them.
 */
#include "notify/notify_parcel.h"
#include "notify/notify_words.h"

#include "base/json_write.h"

/* Bytes of a text, of a title and of a field, to be sure of as many characters; fields; and alerts
 * that are told one by one: a message is for a glance. */
#define TEXT_SIZE_MAX   3000
#define TITLE_SIZE_MAX  150
#define FIELD_SIZE_MAX  2000
#define FIELD_COUNT_MAX 10
#define ALERTS_MAX      10

static void escape(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.base[i];
        if (c == '&') {
            buf_append_text(out, "&amp;");
        } else if (c == '<') {
            buf_append_text(out, "&lt;");
        } else if (c == '>') {
            buf_append_text(out, "&gt;");
        } else {
            buf_append_byte(out, c);
        }
    }
}

/* An address in Slack's angle brackets ends at a bar or a bracket. */
static void write_link(struct buf *out, struct slice url)
{
    for (size_t i = 0; i < url.size; i++) {
        unsigned char c = url.base[i];
        if (c == '|' || c == '<' || c == '>' || c == ' ') {
            buf_printf(out, "%%%02X", c);
        } else if (c == '&') {
            buf_append_text(out, "&amp;");
        } else {
            buf_append_byte(out, c);
        }
    }
}

/* The way to each example of what fires. */
static void write_examples(struct buf *out, const struct notify_item *item)
{
    struct slice links =
        item->resolved ? SLICE_EMPTY : notify_annotation(&item->note->alert, SLICE("links"));
    struct slice link;
    for (unsigned i = 1; notify_words_link(&links, &link); i++) {
        buf_append_text(out, " <");
        write_link(out, link);
        buf_printf(out, "|example %u>", i);
    }
}

/* One line of an alert: what it says, and where it is. */
static void write_line(struct buf *out, const struct notify_letter *letter,
                       const struct notify_item *item)
{
    const struct notify_alert *alert = &item->note->alert;
    struct buf summary;
    struct buf page;
    buf_init_growing(&summary, 512);
    buf_init_growing(&page, 2 * NOTIFY_URL_SIZE_MAX);
    notify_words_cut(&summary, notify_words_summary(alert), 200);
    notify_words_page(&page, letter->external_url, alert);
    buf_append_text(out, item->resolved ? ":white_check_mark: <" : ":red_circle: <");
    write_link(out, buf_bytes(&page));
    buf_append_text(out, "|");
    escape(out, buf_bytes(&summary));
    buf_append_text(out, ">");
    struct slice function = notify_label(alert, SLICE("function"));
    if (function.size > 0) {
        buf_append_text(out, " ");
        escape(out, function);
    }
    write_examples(out, item);
    buf_append_text(out, "\n");
    buf_fini(&page);
    buf_fini(&summary);
}

/* As many lines as fit, and how many more there are. */
static void write_lines(struct buf *out, const struct notify_letter *letter)
{
    const struct notify_message *message = letter->message;
    size_t told = 0;
    for (; told < message->item_count && told < ALERTS_MAX; told++) {
        size_t size = out->size;
        write_line(out, letter, &message->items[told]);
        if (out->size > TEXT_SIZE_MAX - 40 || buf_overflowed(out)) {
            buf_rewind(out, size);
            break;
        }
    }
    size_t more = message->item_count - told + message->left_out;
    if (more > 0) {
        buf_printf(out, "... and %zu more", more);
    }
}

static void write_field(struct json_write *writer, struct slice title, struct slice value)
{
    struct buf cut;
    struct buf text;
    buf_init_growing(&cut, 2 * FIELD_SIZE_MAX);
    buf_init_growing(&text, 8 * FIELD_SIZE_MAX);
    notify_words_cut(&cut, value, FIELD_SIZE_MAX);
    escape(&text, buf_bytes(&cut));
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("title"), title);
    json_write_member_string(writer, SLICE("value"), buf_bytes(&text));
    json_write_member_bool(writer, SLICE("short"), true);
    json_write_object_end(writer);
    buf_fini(&text);
    buf_fini(&cut);
}

static void write_attachment(struct json_write *writer, const struct notify_letter *letter,
                             struct slice headline, struct slice title)
{
    const struct notify_message *message = letter->message;
    struct buf text;
    buf_init_growing(&text, 2 * NOTIFY_BODY_SIZE_MAX);
    write_lines(&text, letter);
    json_write_object_begin(writer);
    struct slice severity = notify_words_severity(message);
    bool warning = slice_equal(severity, SLICE("warning")) || slice_equal(severity, SLICE("info"));
    json_write_member_string(writer, SLICE("color"),
                             message->resolved ? SLICE("good")
                             : warning         ? SLICE("warning")
                                               : SLICE("danger"));
    json_write_member_string(writer, SLICE("title"), title);
    json_write_key(writer, SLICE("title_link"));
    json_write_printf(writer, SLICE_FMT "/alerts", SLICE_ARG(letter->external_url));
    json_write_member_string(writer, SLICE("text"), buf_bytes(&text));
    json_write_member_string(writer, SLICE("fallback"), headline);
    json_write_member_array(writer, SLICE("fields"));
    write_field(writer, SLICE("severity"), severity);
    for (size_t i = 0; i < message->title->label_count && i < FIELD_COUNT_MAX - 1; i++) {
        write_field(writer, message->title->labels[i].name, message->title->labels[i].value);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("mrkdwn_in"));
    json_write_string(writer, SLICE("text"));
    json_write_array_end(writer);
    json_write_object_end(writer);
    buf_fini(&text);
}

void notify_slack_write(const struct notify_letter *letter, struct buf *body)
{
    struct json_write writer;
    struct buf line;
    struct buf headline;
    struct buf title;
    buf_init_growing(&line, 4096);
    buf_init_growing(&headline, 4096);
    buf_init_growing(&title, 4096);
    notify_words_headline(&line, letter->message);
    escape(&headline, buf_bytes(&line));
    buf_reset(&line);
    notify_words_headline(&title, letter->message);
    notify_words_cut(&line, buf_bytes(&title), TITLE_SIZE_MAX);
    buf_reset(&title);
    escape(&title, buf_bytes(&line));
    json_write_init(&writer, body);
    json_write_object_begin(&writer);
    if (letter->target->channel.size > 0) {
        json_write_member_string(&writer, SLICE("channel"), letter->target->channel);
    }
    json_write_member_string(&writer, SLICE("text"), buf_bytes(&headline));
    json_write_member_array(&writer, SLICE("attachments"));
    write_attachment(&writer, letter, buf_bytes(&headline), buf_bytes(&title));
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    buf_fini(&title);
    buf_fini(&headline);
    buf_fini(&line);
}
