/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_text.h"

#include "base/hex.h"
#include "base/number.h"
#include "promql/promql.h"

/* Beyond those of the rule. */
#define MORE 4

void alert_text_duration(int64_t duration_ms, struct buf *out)
{
    static const struct {
        int64_t size_ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    bool written = false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (duration_ms >= units[i].size_ms) {
            buf_append_i64(out, duration_ms / units[i].size_ms);
            buf_append_text(out, units[i].unit);
            duration_ms %= units[i].size_ms;
            written = true;
        }
    }
    if (!written) {
        buf_append_text(out, "0s");
    }
}

static struct slice text_of_number(double value, struct arena *arena)
{
    char text[NUMBER_TEXT_SIZE];
    struct buf out;
    buf_init_fixed(&out, text, sizeof(text));
    promql_format_number(value, &out);
    return arena_dup(arena, buf_bytes(&out));
}

static struct slice text_of_examples(const struct rule_alert *alert, struct arena *arena)
{
    char text[RULE_EXAMPLE_COUNT_MAX * 33 + 1];
    size_t size = 0;
    for (size_t i = 0; i < alert->example_count; i++) {
        if (i > 0) {
            text[size++] = ' ';
        }
        hex_encode(slice_of(alert->examples[i].trace_id, 16), text + size);
        size += 32;
    }
    return arena_dup(arena, slice_of(text, size));
}

struct label_set alert_text_annotations(const struct alert_set_rule *rule,
                                        const struct rule_alert *alert, struct arena *arena)
{
    char memory[64];
    struct buf window;
    size_t count = 0;
    struct label *items = arena_alloc_array(arena, alert->annotations.count + MORE, sizeof(*items));
    if (items == NULL) {
        return (struct label_set){NULL, 0};
    }
    items[count++] = (struct label){SLICE("value"), text_of_number(alert->value, arena)};
    if (rule->facts.has_threshold) {
        items[count++] =
            (struct label){SLICE("threshold"), text_of_number(rule->facts.threshold, arena)};
    }
    if (rule->facts.window_ms > 0) {
        buf_init_fixed(&window, memory, sizeof(memory));
        alert_text_duration(rule->facts.window_ms, &window);
        items[count++] = (struct label){SLICE("window"), arena_dup(arena, buf_bytes(&window))};
    }
    if (alert->example_count > 0) {
        items[count++] = (struct label){SLICE("examples"), text_of_examples(alert, arena)};
    }
    /* What a rule says under these names counts: the last of a name does. */
    for (size_t i = 0; i < alert->annotations.count; i++) {
        if (!slice_starts(alert->annotations.items[i].name, SLICE("thaw_"))) {
            items[count++] = alert->annotations.items[i];
        }
    }
    return (struct label_set){items, labels_normalise(items, count)};
}
