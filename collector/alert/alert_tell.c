/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_tell.h"

#include "alert/alert_limits.h"
#include "alert/alert_text.h"

#include "base/hex.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MS_NS UINT64_C(1000000)

/* Address space for the texts of what is told at once. */
#define TELL_MEMORY_SIZE ((size_t)256 << 20)

void alert_tell_fini(struct alert_tell *tell)
{
    for (size_t i = 0; i < tell->retired_count; i++) {
        rule_state_free(&tell->retired[i].state);
    }
    free(tell->retired);
    if (tell->memory != NULL) {
        (void)munmap(tell->memory, TELL_MEMORY_SIZE);
    }
    *tell = (struct alert_tell){.memory = NULL};
}

/* ---- Rules that are no more. ---- */

/* Keep of a state what fires, and let it be resolved. */
static void resolve_all(struct rule_state *state, int64_t time_ms)
{
    for (size_t i = state->alert_count; i-- > 0;) {
        struct rule_watch *watch = &state->alerts[i].watch;
        if (!rule_phase_firing(watch->phase)) {
            rule_state_remove(state, i);
            continue;
        }
        watch->phase = RULE_PHASE_OK;
        watch->resolved_ms = time_ms;
    }
}

void alert_tell_retire(struct alert_tell *tell, struct alert_set *old, uint64_t now_ns,
                       uint64_t delay_ns)
{
    int64_t time_ms = (int64_t)((now_ns > delay_ns ? now_ns - delay_ns : 0) / MS_NS);
    for (size_t i = 0; i < old->rule_count; i++) {
        resolve_all(&old->rules[i].state, time_ms);
        if (old->rules[i].state.alert_count == 0) {
            continue;
        }
        if (tell->retired_count == tell->retired_capacity) {
            size_t capacity = tell->retired_capacity == 0 ? 8 : tell->retired_capacity * 2;
            struct alert_set_rule *retired = realloc(tell->retired, capacity * sizeof(*retired));
            if (retired == NULL) {
                return;
            }
            tell->retired = retired;
            tell->retired_capacity = capacity;
        }
        struct alert_set_rule *rule = &tell->retired[tell->retired_count++];
        *rule = (struct alert_set_rule){.state = old->rules[i].state};
        old->rules[i].state = (struct rule_state){.key = rule->state.key};
    }
}

static uint64_t wall_ns(int64_t time_ms, uint64_t delay_ns)
{
    return (uint64_t)time_ms * MS_NS + delay_ns;
}

/* Whether somebody is to hear of it. */
static bool is_told(const struct rule_watch *watch, uint64_t now_ns, uint64_t delay_ns)
{
    if (rule_phase_firing(watch->phase)) {
        return true;
    }
    uint64_t resolved_ns = wall_ns(watch->resolved_ms, delay_ns);
    return watch->fired_ms > 0 && watch->resolved_ms >= watch->fired_ms &&
           (now_ns < resolved_ns || now_ns - resolved_ns < NOTIFY_RESOLVED_NS);
}

/* Forget those that everybody has heard of. */
static void forget_retired(struct alert_tell *tell, uint64_t now_ns, uint64_t delay_ns)
{
    for (size_t i = tell->retired_count; i-- > 0;) {
        struct rule_state *state = &tell->retired[i].state;
        for (size_t a = state->alert_count; a-- > 0;) {
            if (!is_told(&state->alerts[a].watch, now_ns, delay_ns)) {
                rule_state_remove(state, a);
            }
        }
        if (state->alert_count == 0) {
            rule_state_free(state);
            tell->retired[i] = tell->retired[--tell->retired_count];
        }
    }
}

/* ---- Collecting. ---- */

struct collecting {
    struct arena *arena;
    struct slice external_url;
    struct notify_alert *alerts;
    size_t count;
    uint64_t now_ns, delay_ns;
};

/* Pairs of labels, with room for one more. */
static struct notify_pair *pairs_of(const struct label_set *set, struct arena *arena)
{
    struct notify_pair *pairs = arena_alloc_array(arena, set->count + 1, sizeof(*pairs));
    for (size_t i = 0; i < set->count && pairs != NULL; i++) {
        pairs[i] = (struct notify_pair){set->items[i].name, set->items[i].value};
    }
    return pairs;
}

/* Where people see the examples of an alert: addresses with spaces between. */
static struct slice links_of(const struct rule_alert *alert, struct slice external_url,
                             struct arena *arena)
{
    struct slice links = SLICE_EMPTY;
    for (size_t i = 0; i < alert->example_count; i++) {
        char id[2 * sizeof(alert->examples[i].trace_id) + 1];
        hex_encode(slice_of(alert->examples[i].trace_id, sizeof(alert->examples[i].trace_id)), id);
        links = arena_printf(arena, SLICE_FMT "%s" SLICE_FMT "/transactions/%.32s",
                             SLICE_ARG(links), i > 0 ? " " : "", SLICE_ARG(external_url), id);
    }
    return links;
}

static void collect(struct collecting *collecting, const struct alert_set_rule *rule,
                    const struct rule_alert *alert)
{
    if (!is_told(&alert->watch, collecting->now_ns, collecting->delay_ns)) {
        return;
    }
    struct arena *arena = collecting->arena;
    struct label_set annotations = alert_text_annotations(rule, alert, arena);
    struct notify_pair *pairs = pairs_of(&annotations, arena);
    size_t pair_count = annotations.count;
    if (pairs != NULL && alert->example_count > 0 && collecting->external_url.size > 0 &&
        labels_value(&annotations, SLICE("links")).size == 0) {
        pairs[pair_count++] =
            (struct notify_pair){SLICE("links"), links_of(alert, collecting->external_url, arena)};
    }
    struct notify_alert told = {
        .fingerprint = alert->fingerprint,
        .labels = pairs_of(&alert->labels, arena),
        .label_count = alert->labels.count,
        .annotations = pairs,
        .annotation_count = pair_count,
        .starts_ns = wall_ns(alert->watch.active_ms, collecting->delay_ns),
        .fired_ns = wall_ns(alert->watch.fired_ms, collecting->delay_ns),
        .ends_ns = rule_phase_firing(alert->watch.phase)
                       ? 0
                       : wall_ns(alert->watch.resolved_ms, collecting->delay_ns),
    };
    if (told.labels != NULL && told.annotations != NULL) {
        collecting->alerts[collecting->count++] = told;
    }
}

static size_t count_alerts(const struct alert_set_rule *rules, size_t count)
{
    size_t alerts = 0;
    for (size_t i = 0; i < count; i++) {
        alerts += rules[i].state.alert_count;
    }
    return alerts;
}

static void collect_all(struct collecting *collecting, const struct alert_set_rule *rules,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t a = 0; a < rules[i].state.alert_count; a++) {
            collect(collecting, &rules[i], &rules[i].state.alerts[a]);
        }
    }
}

size_t alert_tell_collect(struct alert_tell *tell, const struct alert_set *set, uint64_t now_ns,
                          uint64_t delay_ns, const struct notify_alert **alerts)
{
    struct collecting collecting = {.arena = &tell->arena,
                                    .external_url = tell->external_url,
                                    .now_ns = now_ns,
                                    .delay_ns = delay_ns};
    forget_retired(tell, now_ns, delay_ns);
    if (tell->memory == NULL) {
        void *memory = mmap(NULL, TELL_MEMORY_SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            return 0;
        }
        tell->memory = memory;
    }
    arena_init(&tell->arena, tell->memory, TELL_MEMORY_SIZE);
    size_t most = count_alerts(set->rules, set->rule_count) +
                  count_alerts(tell->retired, tell->retired_count);
    collecting.alerts = arena_alloc_array(&tell->arena, most + 1, sizeof(*collecting.alerts));
    if (collecting.alerts == NULL) {
        return 0;
    }
    collect_all(&collecting, set->rules, set->rule_count);
    collect_all(&collecting, tell->retired, tell->retired_count);
    *alerts = collecting.alerts;
    return collecting.count;
}
