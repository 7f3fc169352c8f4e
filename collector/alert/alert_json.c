/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_json.h"

#include "alert/alert_text.h"

#include "base/ensure.h"
#include "base/uuid.h"

#include <string.h>

/* Room for the longest sentence about a rule. */
#define SENTENCE_SIZE_MAX 512

#define S_NS UINT64_C(1000000000)

/* What the API calls the state: to resolve is still to fire. */
static struct slice state_name(enum alert_phase phase)
{
    switch (phase) {
    case ALERT_OK:
        return SLICE("resolved");
    case ALERT_PENDING:
        return SLICE("pending");
    case ALERT_FIRING:
    case ALERT_RESOLVING:
        return SLICE("firing");
    }
    ENSURE(false);
    return SLICE_EMPTY;
}

/* The place of a state in the list. */
static int state_rank(enum alert_phase phase)
{
    switch (phase) {
    case ALERT_FIRING:
    case ALERT_RESOLVING:
        return 0;
    case ALERT_PENDING:
        return 1;
    case ALERT_OK:
        return 2;
    }
    ENSURE(false);
    return 2;
}

/* An instant, or null where there is none. */
static void write_instant(struct json_write *writer, struct slice key, uint64_t time_ns)
{
    if (time_ns == 0) {
        json_write_member_null(writer, key);
    } else {
        json_write_member_u64_text(writer, key, time_ns);
    }
}

/* A share from 0 to 1. */
static void write_share(struct json_write *writer, struct slice key, uint64_t ppm)
{
    json_write_key(writer, key);
    json_write_scaled(writer, (int64_t)ppm, 6);
}

static void write_examples(struct json_write *writer, const struct alert_examples *examples)
{
    json_write_member_array(writer, SLICE("examples"));
    for (size_t i = 0; i < examples->count; i++) {
        const struct alert_example *example = &examples->items[i];
        struct uuid uuid;
        char request_id[UUID_TEXT_SIZE + 1];
        memcpy(uuid.bytes, example->request_id, sizeof(uuid.bytes));
        uuid_format(&uuid, request_id);
        json_write_object_begin(writer);
        json_write_key(writer, SLICE("transaction"));
        json_write_hex(writer, slice_of(example->trace_id, sizeof(example->trace_id)));
        json_write_key(writer, SLICE("trace_id"));
        json_write_hex(writer, slice_of(example->trace_id, sizeof(example->trace_id)));
        json_write_member_string(writer, SLICE("request_id"), slice_from(request_id));
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_entry(struct json_write *writer, const struct alert_entry *entry,
                        const struct alert_rule *rule, const struct alert_json_told *told)
{
    const struct alert_text text = {.labels = &entry->labels,
                                    .rule = rule,
                                    .counts = &entry->counts,
                                    .examples = &entry->examples,
                                    .resolved = entry->watch.phase == ALERT_OK};
    bool fired = entry->watch.phase != ALERT_PENDING;
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("fingerprint"));
    json_write_printf(writer, "%016llx", (unsigned long long)entry->fingerprint);
    json_write_member_string(writer, SLICE("rule"), SLICE(ALERT_TEXT_NAME));
    json_write_member_string(writer, SLICE("state"), state_name(entry->watch.phase));
    json_write_member_bool(writer, SLICE("resolving"), entry->watch.phase == ALERT_RESOLVING);
    json_write_key(writer, SLICE("labels"));
    alert_text_labels(writer, &entry->labels);
    json_write_key(writer, SLICE("annotations"));
    alert_text_annotations(writer, &text);
    write_share(writer, SLICE("value"), alert_text_ppm(&entry->counts));
    write_share(writer, SLICE("threshold"), rule->threshold_ppm);
    json_write_member_u64(writer, SLICE("window_s"), rule->window_ns / S_NS);
    json_write_member_u64(writer, SLICE("samples"), entry->counts.samples);
    write_instant(writer, SLICE("since"), fired ? entry->watch.began_ns : entry->watch.phase_ns);
    write_instant(writer, SLICE("fired_at"), fired ? entry->watch.fired_ns : 0);
    write_instant(writer, SLICE("resolved_at"), fired ? entry->watch.resolved_ns : 0);
    write_examples(writer, &entry->examples);
    told->write(told->context, writer, entry->fingerprint);
    json_write_object_end(writer);
}

/* Whether one entry stands before another. */
static bool stands_before(const struct alert_entry *one, const struct alert_entry *other)
{
    int rank = state_rank(one->watch.phase) - state_rank(other->watch.phase);
    if (rank != 0) {
        return rank < 0;
    }
    if (one->watch.phase_ns != other->watch.phase_ns) {
        return one->watch.phase_ns > other->watch.phase_ns;
    }
    return one->fingerprint < other->fingerprint;
}

void alert_json_alerts(struct json_write *writer, const struct alert_book *book,
                       const struct alert_rule *rule, const struct alert_json_told *told)
{
    uint16_t order[ALERT_ENTRY_COUNT_MAX];
    ENSURE(book->entry_count <= ALERT_ENTRY_COUNT_MAX);
    for (size_t i = 0; i < book->entry_count; i++) {
        size_t place = i;
        while (place > 0 && stands_before(&book->entries[i], &book->entries[order[place - 1]])) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = (uint16_t)i;
    }
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("alerts"));
    for (size_t i = 0; i < book->entry_count; i++) {
        write_entry(writer, &book->entries[order[i]], rule, told);
    }
    json_write_array_end(writer);
    write_instant(writer, SLICE("evaluated_at"), book->evaluated_ns);
    json_write_object_end(writer);
}

/* The state of a rule is that of its worst alert; without any it is ok. */
static struct slice rule_state(const struct alert_book *book)
{
    int best = 2;
    for (size_t i = 0; i < book->entry_count; i++) {
        int rank = state_rank(book->entries[i].watch.phase);
        best = rank < best ? rank : best;
    }
    return best == 0 ? SLICE("firing") : best == 1 ? SLICE("pending") : SLICE("ok");
}

static void write_text(struct json_write *writer, struct slice key, const struct alert_rule *rule,
                       void (*append)(const struct alert_rule *rule, struct buf *out))
{
    char memory[SENTENCE_SIZE_MAX];
    struct buf buf;
    buf_init_fixed(&buf, memory, sizeof(memory));
    append(rule, &buf);
    json_write_member_string(writer, key, buf_bytes(&buf));
}

void alert_json_rules(struct json_write *writer, const struct alert_book *book,
                      const struct alert_rule *rule)
{
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("rules"));
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), SLICE(ALERT_TEXT_NAME));
    write_text(writer, SLICE("expr"), rule, alert_text_expression);
    json_write_member_u64(writer, SLICE("for_s"), rule->for_ns / S_NS);
    json_write_member_u64(writer, SLICE("clear_for_s"), rule->clear_for_ns / S_NS);
    write_share(writer, SLICE("threshold"), rule->threshold_ppm);
    write_share(writer, SLICE("clear"), rule->clear_ppm);
    json_write_member_u64(writer, SLICE("window_s"), rule->window_ns / S_NS);
    json_write_member_u64(writer, SLICE("minimum"), rule->minimum);
    json_write_member_object(writer, SLICE("labels"));
    json_write_member_string(writer, SLICE("severity"), SLICE(ALERT_TEXT_SEVERITY));
    json_write_object_end(writer);
    json_write_member_object(writer, SLICE("annotations"));
    write_text(writer, SLICE("description"), rule, alert_text_sentence);
    json_write_object_end(writer);
    json_write_member_string(writer, SLICE("state"), rule_state(book));
    write_instant(writer, SLICE("last_evaluation"), book->evaluated_ns);
    json_write_member_null(writer, SLICE("last_error"));
    json_write_object_end(writer);
    json_write_array_end(writer);
    json_write_object_end(writer);
}

void alert_json_no_rules(struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("rules"));
    json_write_array_end(writer);
    json_write_object_end(writer);
}
