/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole e-mail (RFC 5322): plain text, for people who read it on a telephone at night.  The text
 * is UTF-8 in base64, whose lines are short enough for every server; a subject that is not ASCII
 * is encoded as RFC 2047 says.
 */
#include "notify/notify_parcel.h"
#include "notify/notify_words.h"

#include "base/base64.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <string.h>
#include <time.h>

/* Bytes of base64 in a line, a multiple of four. */
#define LINE_SIZE 76

/* Bytes of text in one encoded word of a subject: 75 characters with what is around them. */
#define WORD_SIZE 42

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] < ' ' || text.base[i] > '~') {
            return false;
        }
    }
    return true;
}

/* A header may hold no line ends: whoever writes a label would else write headers. */
static void write_header(struct buf *out, const char *name, struct slice text)
{
    buf_append_text(out, name);
    buf_append_text(out, ": ");
    if (is_plain(text)) {
        buf_append(out, text);
        buf_append_text(out, "\r\n");
        return;
    }
    struct slice rest = text;
    for (bool first = true; rest.size > 0; first = false) {
        struct slice piece = utf8_truncate(rest, WORD_SIZE);
        if (piece.size == 0) {
            piece = slice_take(rest, WORD_SIZE); /* It is no UTF-8 at all. */
        }
        buf_append_text(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        base64_encode(piece, out);
        buf_append_text(out, "?=");
        rest = slice_skip(rest, piece.size);
    }
    buf_append_text(out, "\r\n");
}

static void write_date(struct buf *out, uint64_t time_ns)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(time_ns / 1000000000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL) {
        return;
    }
    buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[parts.tm_wday],
               parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
               parts.tm_min, parts.tm_sec);
}

static void write_moment(struct buf *out, const char *what, uint64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format_short(time_ns, text);
    buf_append_text(out, what);
    buf_append(out, slice_of(text, size));
    buf_append_text(out, "\n");
}

static void write_alert(struct buf *out, const struct notify_letter *letter,
                        const struct notify_item *item)
{
    const struct notify_alert *alert = &item->note->alert;
    struct slice description = notify_annotation(alert, SLICE("description"));
    buf_append_text(out, item->resolved ? "RESOLVED  " : "FIRING  ");
    buf_append(out, notify_words_summary(alert));
    buf_append_text(out, "\n");
    if (description.size > 0) {
        buf_append(out, description);
        buf_append_text(out, "\n");
    }
    for (size_t i = 0; i < alert->label_count; i++) {
        buf_append_text(out, "  ");
        buf_append(out, alert->labels[i].name);
        buf_append_text(out, ": ");
        buf_append(out, alert->labels[i].value);
        buf_append_text(out, "\n");
    }
    write_moment(out, "  since ", alert->fired_ns);
    if (item->resolved) {
        write_moment(out, "  until ", alert->ends_ns);
    }
    struct slice runbook = notify_annotation(alert, SLICE("runbook_url"));
    if (runbook.size > 0) {
        buf_append_text(out, "  runbook: ");
        buf_append(out, runbook);
        buf_append_text(out, "\n");
    }
    struct slice links = notify_annotation(alert, SLICE("links"));
    struct slice link;
    while (notify_words_link(&links, &link)) {
        buf_append_text(out, "  example: ");
        buf_append(out, link);
        buf_append_text(out, "\n");
    }
    buf_append_text(out, "  ");
    notify_words_page(out, letter->external_url, alert);
    buf_append_text(out, "\n\n");
}

static void write_text(struct buf *out, const struct notify_letter *letter)
{
    const struct notify_message *message = letter->message;
    struct buf text;
    struct buf encoded;
    buf_init_growing(&text, NOTIFY_BODY_SIZE_MAX / 2);
    buf_init_growing(&encoded, NOTIFY_BODY_SIZE_MAX);
    for (size_t i = 0; i < message->item_count; i++) {
        write_alert(&text, letter, &message->items[i]);
    }
    if (message->left_out > 0) {
        buf_printf(&text, "... and %zu more alerts\n", message->left_out);
    }
    base64_encode(buf_bytes(&text), &encoded);
    struct slice rest = buf_bytes(&encoded);
    while (rest.size > 0) {
        buf_append(out, slice_take(rest, LINE_SIZE));
        buf_append_text(out, "\r\n");
        rest = slice_skip(rest, LINE_SIZE);
    }
    buf_fini(&encoded);
    buf_fini(&text);
}

void notify_email_write(const struct notify_letter *letter, struct buf *body)
{
    const struct notify_message *message = letter->message;
    char dedup[NOTIFY_DEDUP_SIZE + 1];
    struct buf line;
    notify_words_dedup(message, dedup);
    buf_init_growing(&line, 65536);
    write_header(body, "From", letter->target->from);
    for (size_t i = 0; i < letter->target->to_count; i++) {
        buf_append_text(&line, i > 0 ? ", " : "");
        buf_append(&line, letter->target->to[i]);
    }
    write_header(body, "To", buf_bytes(&line));
    buf_reset(&line);
    notify_words_headline(&line, message);
    write_header(body, "Subject", buf_bytes(&line));
    write_date(body, letter->now_ns);
    buf_printf(body, "Message-ID: <%s.%llu@thaw.invalid>\r\n", dedup,
               (unsigned long long)message->number);
    /* Mail of one group stands together. */
    buf_printf(body, "References: <%s@thaw.invalid>\r\n", dedup);
    buf_append_text(body, "MIME-Version: 1.0\r\n"
                          "Content-Type: text/plain; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: base64\r\n"
                          "Auto-Submitted: auto-generated\r\n\r\n");
    write_text(body, letter);
    buf_fini(&line);
}
