/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_title.h"

#include "notify/notify_limits.h"
#include "notify/notify_note.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/timestamp.h"

#include <stdlib.h>
#include <string.h>

struct notify_title *notify_title_create(uint64_t id, struct slice key,
                                         const struct notify_pair *labels, size_t label_count)
{
    size_t count = label_count < NOTIFY_PAIR_COUNT_MAX ? label_count : NOTIFY_PAIR_COUNT_MAX;
    size_t size = sizeof(struct notify_title) + count * sizeof(struct notify_pair) + key.size;
    for (size_t i = 0; i < count; i++) {
        size += labels[i].name.size + labels[i].value.size;
    }
    struct notify_title *title = calloc(1, size);
    if (title == NULL) {
        return NULL;
    }
    struct notify_pair *copies = (struct notify_pair *)(title + 1);
    struct buf texts;
    buf_init_fixed(&texts, copies + count, size - sizeof(*title) - count * sizeof(*copies));
    buf_append(&texts, key);
    title->key = slice_of(texts.base, key.size);
    for (size_t i = 0; i < count; i++) {
        size_t name_at = texts.size;
        buf_append(&texts, labels[i].name);
        size_t value_at = texts.size;
        buf_append(&texts, labels[i].value);
        copies[i].name = slice_of(texts.base + name_at, labels[i].name.size);
        copies[i].value = slice_of(texts.base + value_at, labels[i].value.size);
    }
    ENSURE(!buf_overflowed(&texts));
    title->id = id;
    title->labels = copies;
    title->label_count = count;
    title->holders = 1;
    return title;
}

/* The labels that a route groups an alert by. */
static size_t group_labels(const struct notify_route *route, const struct notify_alert *alert,
                           struct notify_pair *labels)
{
    size_t count = 0;
    for (size_t i = 0; i < alert->label_count && count < NOTIFY_PAIR_COUNT_MAX; i++) {
        bool wanted = route->group_by_all;
        for (size_t j = 0; j < route->group_by_count && !wanted; j++) {
            wanted = slice_equal(route->group_by[j], alert->labels[i].name);
        }
        if (wanted) {
            labels[count++] = alert->labels[i];
        }
    }
    return count;
}

static void write_labels(struct buf *out, const struct notify_pair *labels, size_t count)
{
    buf_append_text(out, ":{");
    for (size_t i = 0; i < count; i++) {
        const struct notify_matcher matcher = {.name = labels[i].name, .value = labels[i].value};
        buf_append_text(out, i > 0 ? ", " : "");
        notify_matcher_write(&matcher, out);
    }
    buf_append_text(out, "}");
}

struct notify_title *notify_title_of(const struct notify_route *route,
                                     const struct notify_alert *alert, uint64_t wave)
{
    static const struct hash_key hash_key = {{0, 0}};
    struct notify_pair labels[NOTIFY_PAIR_COUNT_MAX];
    char moment[TIMESTAMP_TEXT_SIZE];
    size_t count = 0;
    if (wave == 0) {
        count = group_labels(route, alert, labels);
    } else {
        size_t size = timestamp_format_short(wave, moment);
        labels[0] = (struct notify_pair){SLICE("deploy"), slice_of(moment, size)};
        count = 1;
    }
    struct buf key;
    buf_init_growing(&key, NOTIFY_KEY_SIZE_MAX);
    buf_append(&key, route->key);
    write_labels(&key, labels, count);
    struct notify_title *title =
        notify_title_create(hash_sip64(&hash_key, buf_bytes(&key)), buf_bytes(&key), labels, count);
    buf_fini(&key);
    return title;
}

struct notify_title *notify_title_hold(struct notify_title *title)
{
    ENSURE(title->holders > 0);
    title->holders++;
    return title;
}

void notify_title_drop(struct notify_title *title)
{
    if (title == NULL) {
        return;
    }
    ENSURE(title->holders > 0);
    title->holders--;
    if (title->holders == 0) {
        free(title);
    }
}
