/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_prometheus.h"

#include "alert/alert_text.h"
#include "base/timestamp.h"

/* Room for the longest expression. */
#define EXPRESSION_SIZE_MAX 512

#define PPM    1e6
#define SECOND 1e9

static void write_time(struct json_write *writer, struct slice key, uint64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(time_ns, 9, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

/* Whether an alert is one that Prometheus would show. */
static bool is_active(const struct alert_entry *entry)
{
    return entry->watch.phase != ALERT_OK;
}

static void write_alert(struct json_write *writer, const struct alert_entry *entry,
                        const struct alert_rule *rule)
{
    const struct alert_text text = {.labels = &entry->labels,
                                    .rule = rule,
                                    .counts = &entry->counts,
                                    .examples = &entry->examples};
    bool pending = entry->watch.phase == ALERT_PENDING;
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("labels"));
    alert_text_labels(writer, &entry->labels);
    json_write_key(writer, SLICE("annotations"));
    alert_text_annotations(writer, &text);
    json_write_member_string(writer, SLICE("state"), pending ? SLICE("pending") : SLICE("firing"));
    write_time(writer, SLICE("activeAt"), pending ? entry->watch.phase_ns : entry->watch.began_ns);
    json_write_key(writer, SLICE("value"));
    json_write_printf(writer, "%e", (double)alert_text_ppm(&entry->counts) / PPM);
    json_write_object_end(writer);
}

void alert_prometheus_alerts(struct json_write *writer, const struct alert_book *book,
                             const struct alert_rule *rule)
{
    for (size_t i = 0; i < book->entry_count; i++) {
        if (is_active(&book->entries[i])) {
            write_alert(writer, &book->entries[i], rule);
        }
    }
}

/* A rule is as its worst alert. */
static struct slice rule_state(const struct alert_book *book)
{
    struct slice state = SLICE("inactive");
    for (size_t i = 0; i < book->entry_count; i++) {
        if (!is_active(&book->entries[i])) {
            continue;
        }
        if (book->entries[i].watch.phase != ALERT_PENDING) {
            return SLICE("firing");
        }
        state = SLICE("pending");
    }
    return state;
}

static void write_rule(struct json_write *writer, const struct alert_book *book,
                       const struct alert_rule *rule)
{
    char memory[EXPRESSION_SIZE_MAX];
    struct buf expression;
    struct buf sentence;
    char sentence_memory[EXPRESSION_SIZE_MAX];
    buf_init_fixed(&expression, memory, sizeof(memory));
    buf_init_fixed(&sentence, sentence_memory, sizeof(sentence_memory));
    alert_text_expression(rule, &expression);
    alert_text_sentence(rule, &sentence);
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("state"), rule_state(book));
    json_write_member_string(writer, SLICE("name"), SLICE(ALERT_TEXT_NAME));
    json_write_member_string(writer, SLICE("query"), buf_bytes(&expression));
    json_write_key(writer, SLICE("duration"));
    json_write_double(writer, (double)rule->for_ns / SECOND, JSON_NONFINITE_NULL);
    json_write_member_u64(writer, SLICE("keepFiringFor"), 0);
    json_write_member_object(writer, SLICE("labels"));
    json_write_member_string(writer, SLICE("severity"), SLICE(ALERT_TEXT_SEVERITY));
    json_write_object_end(writer);
    json_write_member_object(writer, SLICE("annotations"));
    json_write_member_string(writer, SLICE("description"), buf_bytes(&sentence));
    json_write_object_end(writer);
    json_write_member_array(writer, SLICE("alerts"));
    alert_prometheus_alerts(writer, book, rule);
    json_write_array_end(writer);
    json_write_member_string(writer, SLICE("health"),
                             book->evaluated_ns > 0 ? SLICE("ok") : SLICE("unknown"));
    json_write_member_u64(writer, SLICE("evaluationTime"), 0);
    write_time(writer, SLICE("lastEvaluation"), book->evaluated_ns);
    json_write_member_string(writer, SLICE("type"), SLICE("alerting"));
    json_write_object_end(writer);
}

void alert_prometheus_group(struct json_write *writer, const struct alert_book *book,
                            const struct alert_rule *rule, uint64_t interval_ns)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), SLICE("thaw"));
    json_write_member_string(writer, SLICE("file"), SLICE("thaw"));
    json_write_member_array(writer, SLICE("rules"));
    write_rule(writer, book, rule);
    json_write_array_end(writer);
    json_write_key(writer, SLICE("interval"));
    json_write_double(writer, (double)interval_ns / SECOND, JSON_NONFINITE_NULL);
    json_write_member_u64(writer, SLICE("limit"), 0);
    json_write_member_u64(writer, SLICE("evaluationTime"), 0);
    write_time(writer, SLICE("lastEvaluation"), book->evaluated_ns);
    json_write_object_end(writer);
}
