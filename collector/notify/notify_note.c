/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_note.h"

#include "notify/notify_limits.h"

#include "base/ensure.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* A block that is filled from the front. */
struct block {
    unsigned char *next;
    size_t left;
};

static struct slice put(struct block *block, struct slice text)
{
    ENSURE(text.size <= block->left);
    struct slice copy = slice_of(block->next, text.size);
    if (text.size > 0) {
        memcpy(block->next, text.base, text.size);
    }
    block->next += text.size;
    block->left -= text.size;
    return copy;
}

static size_t kept_count(size_t count)
{
    return count < NOTIFY_PAIR_COUNT_MAX ? count : NOTIFY_PAIR_COUNT_MAX;
}

static struct notify_pair cut(const struct notify_pair *pair, size_t value_max)
{
    return (struct notify_pair){.name = utf8_truncate(pair->name, NOTIFY_NAME_SIZE_MAX),
                                .value = utf8_truncate(pair->value, value_max)};
}

static size_t pairs_size(const struct notify_pair *pairs, size_t count, size_t value_max)
{
    size_t size = 0;
    for (size_t i = 0; i < kept_count(count); i++) {
        struct notify_pair pair = cut(&pairs[i], value_max);
        size += sizeof(pair) + pair.name.size + pair.value.size;
    }
    return size;
}

static size_t put_pairs(struct block *texts, struct notify_pair *copies,
                        const struct notify_pair *pairs, size_t count, size_t value_max)
{
    for (size_t i = 0; i < kept_count(count); i++) {
        struct notify_pair pair = cut(&pairs[i], value_max);
        copies[i] = (struct notify_pair){put(texts, pair.name), put(texts, pair.value)};
    }
    return kept_count(count);
}

struct notify_note *notify_note_create(const struct notify_alert *alert)
{
    struct slice url = slice_take(alert->generator_url, NOTIFY_URL_SIZE_MAX);
    size_t size =
        sizeof(struct notify_note) + url.size +
        pairs_size(alert->labels, alert->label_count, NOTIFY_LABEL_SIZE_MAX) +
        pairs_size(alert->annotations, alert->annotation_count, NOTIFY_ANNOTATION_SIZE_MAX);
    struct notify_note *note = calloc(1, size);
    if (note == NULL) {
        return NULL;
    }
    struct notify_pair *labels = (struct notify_pair *)(note + 1);
    struct notify_pair *annotations = labels + kept_count(alert->label_count);
    unsigned char *texts = (unsigned char *)(annotations + kept_count(alert->annotation_count));
    struct block block = {texts, size - (size_t)(texts - (unsigned char *)note)};
    note->alert = *alert;
    note->alert.labels = labels;
    note->alert.label_count =
        put_pairs(&block, labels, alert->labels, alert->label_count, NOTIFY_LABEL_SIZE_MAX);
    note->alert.annotations = annotations;
    note->alert.annotation_count = put_pairs(&block, annotations, alert->annotations,
                                             alert->annotation_count, NOTIFY_ANNOTATION_SIZE_MAX);
    note->alert.generator_url = put(&block, url);
    note->holders = 1;
    note->size = size;
    return note;
}

struct notify_note *notify_note_hold(struct notify_note *note)
{
    ENSURE(note->holders > 0);
    note->holders++;
    return note;
}

void notify_note_drop(struct notify_note *note)
{
    if (note == NULL) {
        return;
    }
    ENSURE(note->holders > 0);
    note->holders--;
    if (note->holders == 0) {
        free(note);
    }
}

static bool pairs_same(const struct notify_pair *kept, size_t kept_pairs,
                       const struct notify_pair *pairs, size_t count, size_t value_max)
{
    if (kept_pairs != kept_count(count)) {
        return false;
    }
    for (size_t i = 0; i < kept_pairs; i++) {
        struct notify_pair pair = cut(&pairs[i], value_max);
        if (!slice_equal(kept[i].name, pair.name) || !slice_equal(kept[i].value, pair.value)) {
            return false;
        }
    }
    return true;
}

bool notify_note_says(const struct notify_note *note, const struct notify_alert *alert)
{
    const struct notify_alert *kept = &note->alert;
    return kept->fingerprint == alert->fingerprint && kept->starts_ns == alert->starts_ns &&
           kept->fired_ns == alert->fired_ns && kept->ends_ns == alert->ends_ns &&
           pairs_same(kept->labels, kept->label_count, alert->labels, alert->label_count,
                      NOTIFY_LABEL_SIZE_MAX) &&
           pairs_same(kept->annotations, kept->annotation_count, alert->annotations,
                      alert->annotation_count, NOTIFY_ANNOTATION_SIZE_MAX);
}

static struct slice value_of(const struct notify_pair *pairs, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(pairs[i].name, name)) {
            return pairs[i].value;
        }
    }
    return SLICE_EMPTY;
}

struct slice notify_label(const struct notify_alert *alert, struct slice name)
{
    return value_of(alert->labels, alert->label_count, name);
}

struct slice notify_annotation(const struct notify_alert *alert, struct slice name)
{
    return value_of(alert->annotations, alert->annotation_count, name);
}
