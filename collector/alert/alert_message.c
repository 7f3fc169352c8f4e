/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_message.h"

#include "alert/alert_text.h"

#include "base/json_write.h"
#include "base/timestamp.h"

/* What Alertmanager writes for an end that has not come. */
#define NO_END "0001-01-01T00:00:00Z"

static void write_time(struct json_write *writer, struct slice key, uint64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format_short(time_ns, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

static void write_url(struct json_write *writer, struct slice key, struct slice external_url,
                      const struct alert_notice *notice)
{
    char fingerprint[ALERT_FINGERPRINT_SIZE + 1];
    alert_book_fingerprint_text(notice->fingerprint, fingerprint);
    json_write_key(writer, key);
    json_write_printf(writer, SLICE_FMT "/alerts?open=%s", SLICE_ARG(external_url), fingerprint);
}

static void write_alert(struct json_write *writer, const struct alert_notice *notice,
                        const struct alert_text *text, struct slice external_url)
{
    char fingerprint[ALERT_FINGERPRINT_SIZE + 1];
    alert_book_fingerprint_text(notice->fingerprint, fingerprint);
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("status"),
                             notice->resolved ? SLICE("resolved") : SLICE("firing"));
    json_write_key(writer, SLICE("labels"));
    alert_text_labels(writer, &notice->labels);
    json_write_key(writer, SLICE("annotations"));
    alert_text_annotations(writer, text);
    write_time(writer, SLICE("startsAt"), notice->fired_ns);
    if (notice->resolved) {
        write_time(writer, SLICE("endsAt"), notice->resolved_ns);
    } else {
        json_write_member_string(writer, SLICE("endsAt"), SLICE(NO_END));
    }
    write_url(writer, SLICE("generatorURL"), external_url, notice);
    json_write_member_string(writer, SLICE("fingerprint"), slice_from(fingerprint));
    json_write_object_end(writer);
}

void alert_message_write(const struct alert_notice *notice, struct slice external_url,
                         struct buf *out)
{
    const struct alert_text text = {.labels = &notice->labels,
                                    .rule = &notice->rule,
                                    .counts = &notice->counts,
                                    .examples = &notice->examples,
                                    .resolved = notice->resolved};
    char fingerprint[ALERT_FINGERPRINT_SIZE + 1];
    alert_book_fingerprint_text(notice->fingerprint, fingerprint);
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("version"), SLICE("4"));
    json_write_key(&writer, SLICE("groupKey"));
    json_write_printf(&writer, "{}:{fingerprint=\"%s\"}", fingerprint);
    json_write_member_u64(&writer, SLICE("truncatedAlerts"), 0);
    json_write_member_string(&writer, SLICE("status"),
                             notice->resolved ? SLICE("resolved") : SLICE("firing"));
    json_write_member_string(&writer, SLICE("receiver"), SLICE("webhook"));
    /* One alert is its own group: what it has in common with itself is all of it. */
    json_write_key(&writer, SLICE("groupLabels"));
    alert_text_labels(&writer, &notice->labels);
    json_write_key(&writer, SLICE("commonLabels"));
    alert_text_labels(&writer, &notice->labels);
    json_write_key(&writer, SLICE("commonAnnotations"));
    alert_text_annotations(&writer, &text);
    json_write_member_string(&writer, SLICE("externalURL"), external_url);
    json_write_member_array(&writer, SLICE("alerts"));
    write_alert(&writer, notice, &text, external_url);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}
