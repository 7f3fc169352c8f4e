/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rule_state.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* Fixed: fingerprints are told to receivers and must stay the same over restarts. */
static const struct hash_key for_ever = {{0, 0}};

uint64_t rule_labels_hash(const struct label_set *labels)
{
    return labels_hash(&for_ever, labels);
}

uint64_t rule_state_key(struct slice group, struct slice name, size_t place)
{
    /* Hashes of the parts, hashed: no separator that a name could hold is needed. */
    const uint64_t parts[3] = {hash_sip64(&for_ever, group), hash_sip64(&for_ever, name), place};
    return hash_sip64(&for_ever, slice_of(parts, sizeof(parts)));
}

void rule_state_free(struct rule_state *state)
{
    for (size_t i = 0; i < state->alert_count; i++) {
        free(state->alerts[i].memory);
    }
    free(state->alerts);
    *state = (struct rule_state){.key = state->key};
}

struct rule_alert *rule_state_find(struct rule_state *state, uint64_t labels_hash,
                                   const struct label_set *labels)
{
    for (size_t i = 0; i < state->alert_count; i++) {
        if (state->alerts[i].labels_hash == labels_hash &&
            labels_equal(&state->alerts[i].labels, labels)) {
            return &state->alerts[i];
        }
    }
    return NULL;
}

/* ---- What it says. ---- */

static size_t size_of(const struct label_set *set)
{
    size_t size = set->count * sizeof(struct label);
    for (size_t i = 0; i < set->count; i++) {
        size += set->items[i].name.size + set->items[i].value.size;
    }
    return size;
}

static struct slice copy_text(struct slice text, unsigned char **at)
{
    struct slice copy = slice_of(*at, text.size);
    if (text.size > 0) {
        memcpy(*at, text.base, text.size);
    }
    *at += text.size;
    return copy;
}

static struct label_set copy_set(const struct label_set *set, struct label *items,
                                 unsigned char **at)
{
    for (size_t i = 0; i < set->count; i++) {
        items[i].name = copy_text(set->items[i].name, at);
        items[i].value = copy_text(set->items[i].value, at);
    }
    return (struct label_set){items, set->count};
}

bool rule_alert_describe(struct rule_alert *alert, const struct label_set *labels,
                         const struct label_set *annotations)
{
    size_t count = labels->count + annotations->count;
    struct label *items = malloc(size_of(labels) + size_of(annotations) + 1);
    if (items == NULL) {
        return false;
    }
    unsigned char *at = (unsigned char *)(items + count);
    struct label_set new_labels = copy_set(labels, items, &at);
    alert->annotations = copy_set(annotations, items + labels->count, &at);
    alert->labels = new_labels;
    free(alert->memory);
    alert->memory = items;
    return true;
}

struct rule_alert *rule_state_add(struct rule_state *state, uint64_t labels_hash,
                                  const struct label_set *labels)
{
    const struct label_set none = {NULL, 0};
    if (state->alert_count == state->alert_capacity) {
        size_t capacity = state->alert_capacity == 0 ? 4 : state->alert_capacity * 2;
        struct rule_alert *alerts = realloc(state->alerts, capacity * sizeof(*alerts));
        if (alerts == NULL) {
            return NULL;
        }
        state->alerts = alerts;
        state->alert_capacity = capacity;
    }
    struct rule_alert *alert = &state->alerts[state->alert_count];
    const uint64_t parts[2] = {state->key, rule_labels_hash(labels)};
    *alert = (struct rule_alert){
        .labels_hash = labels_hash,
        .fingerprint = hash_sip64(&for_ever, slice_of(parts, sizeof(parts))),
    };
    if (!rule_alert_describe(alert, labels, &none)) {
        return NULL;
    }
    state->alert_count++;
    return alert;
}

void rule_state_remove(struct rule_state *state, size_t index)
{
    ENSURE(index < state->alert_count);
    free(state->alerts[index].memory);
    state->alert_count--;
    state->alerts[index] = state->alerts[state->alert_count];
}

enum rule_phase rule_state_phase(const struct rule_state *state)
{
    enum rule_phase worst = RULE_PHASE_OK;
    for (size_t i = 0; i < state->alert_count; i++) {
        enum rule_phase phase = state->alerts[i].watch.phase;
        if (rule_phase_firing(phase)) {
            return RULE_PHASE_FIRING;
        }
        if (phase == RULE_PHASE_PENDING || worst == RULE_PHASE_OK) {
            worst = phase;
        }
    }
    return worst;
}
