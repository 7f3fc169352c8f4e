/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_shipped.h"

#include "alert/alert_text.h"

#include "base/ensure.h"
#include "base/number.h"
#include "rules/rules_shipped.h"

#include <stdio.h>

#define MS_NS          UINT64_C(1000000)
#define HALF_MINUTE_NS UINT64_C(30000000000)

/* Texts of the file, each of which stands there, and what takes their place. */
struct change {
    struct slice from;
    char to[256];
};

enum { CHANGE_COUNT = 7 };

/* A share as a number. */
static void format_share(uint32_t ppm, char text[NUMBER_TEXT_SIZE])
{
    (void)number_format_scaled(ppm, 6, text);
}

static void format_duration(uint64_t duration_ns, char text[64])
{
    struct buf out;
    buf_init_fixed(&out, text, 63);
    alert_text_duration((int64_t)(duration_ns / MS_NS), &out);
    text[out.size] = '\0';
}

static void make_changes(const struct alert_shipped *shipped, struct change changes[CHANGE_COUNT])
{
    char rate[NUMBER_TEXT_SIZE], clear[NUMBER_TEXT_SIZE], wait[NUMBER_TEXT_SIZE];
    char window[64], counted[64], pending[64], kept[64];
    format_share(shipped->rate_ppm, rate);
    format_share(shipped->clear_ppm, clear);
    (void)number_format_scaled((int64_t)(shipped->wait_ns / MS_NS), 3, wait);
    format_duration(shipped->window_ns, window);
    format_duration(shipped->window_ns + HALF_MINUTE_NS, counted);
    format_duration(shipped->for_ns, pending);
    format_duration(shipped->clear_for_ns, kept);
    changes[0].from = SLICE("\"0.05\", labels: {rule: ColdStartRate, window: 10m}");
    (void)snprintf(changes[0].to, sizeof(changes[0].to),
                   "\"%s\", labels: {rule: ColdStartRate, window: %s}", rate, window);
    changes[1].from = SLICE("\"0.03\", labels: {rule: ColdStartRate}");
    (void)snprintf(changes[1].to, sizeof(changes[1].to), "\"%s\", labels: {rule: ColdStartRate}",
                   clear);
    changes[2].from = SLICE("\"50\", labels: {rule: ColdStartRate}");
    (void)snprintf(changes[2].to, sizeof(changes[2].to), "\"%llu\", labels: {rule: ColdStartRate}",
                   (unsigned long long)shipped->minimum);
    changes[3].from = SLICE("\"0\", labels: {rule: Budget");
    (void)snprintf(changes[3].to, sizeof(changes[3].to), "\"%.2f\", labels: {rule: Budget",
                   shipped->budget);
    changes[4].from = SLICE("for: 5m\n        keep_firing_for: 10m");
    (void)snprintf(changes[4].to, sizeof(changes[4].to), "for: %s\n        keep_firing_for: %s",
                   pending, kept);
    changes[6].from = SLICE("\"5\", labels: {rule: ColdStartRate}");
    (void)snprintf(changes[6].to, sizeof(changes[6].to), "\"%s\", labels: {rule: ColdStartRate}",
                   wait);
    changes[5].from = SLICE("[10m30s]");
    (void)snprintf(changes[5].to, sizeof(changes[5].to), "[%s]", counted);
}

static bool change_here(struct slice rest, const struct change *changes, size_t *which)
{
    for (size_t i = 0; i < CHANGE_COUNT; i++) {
        if (slice_starts(rest, changes[i].from)) {
            *which = i;
            return true;
        }
    }
    return false;
}

/* Append a text with its changes; they are counted. */
static void append_changed(struct slice text, const struct change *changes, struct buf *out)
{
    while (text.size > 0) {
        size_t which = 0;
        if (change_here(text, changes, &which)) {
            buf_append_text(out, changes[which].to);
            text = slice_skip(text, changes[which].from.size);
        } else {
            buf_append_byte(out, text.base[0]);
            text = slice_skip(text, 1);
        }
    }
}

void alert_shipped_write(const struct alert_shipped *shipped, struct buf *out)
{
    static const struct slice begin = SLICE_INIT("  - name: thaw cold starts\n");
    static const struct slice end = SLICE_INIT("  - name: thaw errors\n");
    struct change changes[CHANGE_COUNT];
    struct slice text = slice_of(rules_shipped_text, rules_shipped_size);
    size_t from = slice_find(text, begin), to = slice_find(text, end);
    ENSURE(from != SLICE_NONE && to != SLICE_NONE && from < to);
    make_changes(shipped, changes);
    append_changed(slice_take(text, shipped->cold_start ? to : from), changes, out);
    append_changed(slice_skip(text, to), changes, out);
}
