/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_state.h"

#include "alert/alert_limits.h"

#include "base/base64.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATE_VERSION 2

/* Labels or annotations of one alert, as they are read. */
#define PAIR_COUNT_MAX 128

/* Bytes of all texts of one alert. */
#define TEXTS_SIZE_MAX ((size_t)1 << 20)

/* A member that is a number of 64 bits, and where it lives. */
struct number_member {
    struct slice key;
    size_t offset;
};

#define NUMBER(name, field)                                                                        \
    {                                                                                              \
        SLICE_INIT(name), offsetof(struct rule_alert, field)                                       \
    }

static const struct number_member numbers[] = {
    NUMBER("source", source_hash),
    NUMBER("findings", watch.findings.bits),
    NUMBER("active_ms", watch.active_ms),
    NUMBER("fired_ms", watch.fired_ms),
    NUMBER("resolved_ms", watch.resolved_ms),
    NUMBER("keep_ms", watch.keep_ms),
    NUMBER("seen_ms", watch.seen_ms),
    NUMBER("firing_1_ms", watch.firings_ms[1]),
    NUMBER("firing_2_ms", watch.firings_ms[2]),
    NUMBER("firing_3_ms", watch.firings_ms[3]),
    NUMBER("data_ms", data_ms),
    NUMBER("value", value),
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Writing. ---- */

static void write_set(struct json_write *writer, struct slice key, const struct label_set *set)
{
    json_write_member_array(writer, key);
    for (size_t i = 0; i < set->count; i++) {
        json_write_base64(writer, set->items[i].name);
        json_write_base64(writer, set->items[i].value);
    }
    json_write_array_end(writer);
}

static void write_alert(struct json_write *writer, const struct rule_alert *alert)
{
    json_write_object_begin(writer);
    write_set(writer, SLICE("labels"), &alert->labels);
    write_set(writer, SLICE("annotations"), &alert->annotations);
    json_write_member_u64(writer, SLICE("phase"), (uint64_t)alert->watch.phase);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uint64_t value = 0;
        memcpy(&value, (const unsigned char *)alert + numbers[i].offset, sizeof(value));
        json_write_member_u64(writer, numbers[i].key, value);
    }
    json_write_key(writer, SLICE("examples"));
    json_write_base64(writer,
                      slice_of(alert->examples, alert->example_count * sizeof(alert->examples[0])));
    json_write_object_end(writer);
}

void alert_state_write(const struct alert_set *set, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("version"), STATE_VERSION);
    json_write_member_array(&writer, SLICE("rules"));
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct rule_state *state = &set->rules[i].state;
        if (state->alert_count == 0) {
            continue;
        }
        json_write_object_begin(&writer);
        json_write_member_u64(&writer, SLICE("key"), state->key);
        json_write_member_array(&writer, SLICE("alerts"));
        for (size_t a = 0; a < state->alert_count; a++) {
            write_alert(&writer, &state->alerts[a]);
        }
        json_write_array_end(&writer);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

/* ---- Reading.  A value of a wrong type makes the whole text wrong: we wrote it. ---- */

/* One alert while it is read. */
struct reading {
    struct json_read json;
    struct alert_set *set;
    struct buf texts; /* Of the alert; in memory that does not move. */
    struct label labels[PAIR_COUNT_MAX], annotations[PAIR_COUNT_MAX];
    size_t label_count, annotation_count;
};

static bool must(struct reading *reading, bool right, const char *reason)
{
    if (!right && !json_read_failed(&reading->json)) {
        json_read_fail(&reading->json, reason);
    }
    return right;
}

static uint64_t read_number(struct reading *reading, uint64_t max)
{
    uint64_t value = 0;
    return must(reading, json_read_u64(&reading->json, &value) == JSON_GOT && value <= max,
                "a number is wrong")
               ? value
               : 0;
}

/* A base64 string. */
static struct slice read_text(struct reading *reading)
{
    struct json_string string = {.escaped = false};
    size_t before = reading->texts.size;
    if (!must(reading, json_read_string(&reading->json, &string) == JSON_GOT, "a text is none") ||
        !must(reading,
              base64_decode(string.raw, &reading->texts) && !buf_overflowed(&reading->texts),
              "a text is not base64, or too long")) {
        return SLICE_EMPTY;
    }
    return slice_of(reading->texts.base + before, reading->texts.size - before);
}

static size_t read_set(struct reading *reading, struct label *items)
{
    size_t count = 0;
    bool got = json_read_array(&reading->json) == JSON_GOT;
    (void)must(reading, got, "this is no list");
    while (got && json_read_element(&reading->json)) {
        struct slice text = read_text(reading);
        if (!must(reading, count / 2 < PAIR_COUNT_MAX, "too many labels")) {
            break;
        }
        if (count % 2 == 0) {
            items[count / 2].name = text;
        } else {
            items[count / 2].value = text;
        }
        count++;
    }
    (void)must(reading, count % 2 == 0, "a label has no value");
    return labels_normalise(items, count / 2);
}

static void read_examples(struct reading *reading, struct rule_alert *alert)
{
    struct slice bytes = read_text(reading);
    size_t count = bytes.size / sizeof(alert->examples[0]);
    if (must(reading,
             bytes.size % sizeof(alert->examples[0]) == 0 && count <= RULE_EXAMPLE_COUNT_MAX,
             "examples are none") &&
        count > 0) {
        memcpy(alert->examples, bytes.base, bytes.size);
        alert->example_count = count;
    }
}

static bool read_number_member(struct reading *reading, struct json_string key,
                               struct rule_alert *alert)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (json_string_equal(key, numbers[i].key)) {
            uint64_t value = read_number(reading, UINT64_MAX);
            memcpy((unsigned char *)alert + numbers[i].offset, &value, sizeof(value));
            return true;
        }
    }
    return false;
}

/* Put an alert that was read where it belongs. */
static void keep_alert(struct reading *reading, struct rule_state *state,
                       const struct rule_alert *read)
{
    const struct label_set labels = {reading->labels, reading->label_count};
    const struct label_set annotations = {reading->annotations, reading->annotation_count};
    uint64_t hash = rule_labels_hash(&labels);
    if (state == NULL || json_read_failed(&reading->json) ||
        state->alert_count == ALERT_OF_RULE_COUNT_MAX ||
        rule_state_find(state, hash, &labels) != NULL) {
        return;
    }
    struct rule_alert *alert = rule_state_add(state, hash, &labels);
    if (!must(reading, alert != NULL && rule_alert_describe(alert, &labels, &annotations),
              "out of memory")) {
        return;
    }
    struct rule_alert whole = *read;
    whole.labels_hash = alert->labels_hash;
    whole.fingerprint = alert->fingerprint;
    whole.labels = alert->labels;
    whole.annotations = alert->annotations;
    whole.memory = alert->memory;
    whole.watch.firings_ms[0] = whole.watch.fired_ms;
    *alert = whole;
}

static void read_alert(struct reading *reading, struct rule_state *state)
{
    struct rule_alert alert = {.labels_hash = 0};
    struct json_string key;
    buf_reset(&reading->texts);
    reading->label_count = reading->annotation_count = 0;
    bool got = json_read_object(&reading->json) == JSON_GOT;
    (void)must(reading, got, "an alert is no object");
    while (got && json_read_member(&reading->json, &key)) {
        if (json_string_equal(key, SLICE("labels"))) {
            reading->label_count = read_set(reading, reading->labels);
        } else if (json_string_equal(key, SLICE("annotations"))) {
            reading->annotation_count = read_set(reading, reading->annotations);
        } else if (json_string_equal(key, SLICE("phase"))) {
            alert.watch.phase = (enum rule_phase)read_number(reading, RULE_PHASE_NO_DATA);
        } else if (json_string_equal(key, SLICE("examples"))) {
            read_examples(reading, &alert);
        } else if (!read_number_member(reading, key, &alert)) {
            json_read_skip(&reading->json);
        }
    }
    keep_alert(reading, state, &alert);
}

/* The alerts of one rule; the key stands before them. */
static void read_rule(struct reading *reading)
{
    struct alert_set_rule *rule = NULL;
    struct json_string key;
    bool got = json_read_object(&reading->json) == JSON_GOT;
    (void)must(reading, got, "a rule is no object");
    while (got && json_read_member(&reading->json, &key)) {
        if (json_string_equal(key, SLICE("key"))) {
            rule = alert_set_find(reading->set, read_number(reading, UINT64_MAX));
        } else if (json_string_equal(key, SLICE("alerts"))) {
            bool list = json_read_array(&reading->json) == JSON_GOT;
            (void)must(reading, list, "alerts are no list");
            while (list && json_read_element(&reading->json)) {
                read_alert(reading, rule == NULL ? NULL : &rule->state);
            }
        } else {
            json_read_skip(&reading->json);
        }
    }
}

static void read_all(struct reading *reading)
{
    struct json_string key;
    uint64_t version = 0;
    bool got = json_read_object(&reading->json) == JSON_GOT;
    (void)must(reading, got, "the state is no object");
    while (got && json_read_member(&reading->json, &key)) {
        if (json_string_equal(key, SLICE("version"))) {
            version = read_number(reading, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("rules"))) {
            bool list = json_read_array(&reading->json) == JSON_GOT;
            (void)must(reading, list, "rules are no list");
            while (list && json_read_element(&reading->json)) {
                read_rule(reading);
            }
        } else {
            json_read_skip(&reading->json);
        }
    }
    (void)must(reading, version == STATE_VERSION, "the state is of another version");
}

enum status alert_state_read(struct alert_set *set, struct slice text)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    void *memory = malloc(TEXTS_SIZE_MAX);
    enum status status = STATUS_FULL;
    if (reading != NULL && memory != NULL) {
        reading->set = set;
        buf_init_fixed(&reading->texts, memory, TEXTS_SIZE_MAX);
        json_read_init(&reading->json, text, 8);
        read_all(reading);
        status = json_read_finish(&reading->json) ? STATUS_OK : STATUS_BAD;
    }
    for (size_t i = 0; status != STATUS_OK && i < set->rule_count; i++) {
        rule_state_free(&set->rules[i].state);
    }
    free(memory);
    free(reading);
    return status;
}
