/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_view.h"

#include "alert/alert_limits.h"

#include "model/view.h"

#include <string.h>

enum alert_examples_kind alert_view_kind(struct slice word)
{
    static const struct slice words[] = {SLICE_INIT("any"),          SLICE_INIT("cold"),
                                         SLICE_INIT("error"),        SLICE_INIT("timeout"),
                                         SLICE_INIT("near_timeout"), SLICE_INIT("end_unknown")};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal(word, words[i])) {
            return (enum alert_examples_kind)i;
        }
    }
    return ALERT_EXAMPLES_ANY;
}

static bool is_kind(enum alert_examples_kind kind, const struct invocation_facts *facts)
{
    switch (kind) {
    case ALERT_EXAMPLES_ANY:
        return true;
    case ALERT_EXAMPLES_COLD:
        return facts->cold && !facts->proactive;
    case ALERT_EXAMPLES_ERROR:
        return facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT;
    case ALERT_EXAMPLES_TIMEOUT:
        return facts->outcome == OUTCOME_TIMEOUT;
    case ALERT_EXAMPLES_NEAR_TIMEOUT:
        return facts->near_timeout;
    case ALERT_EXAMPLES_END_UNKNOWN:
        return facts->outcome == OUTCOME_END_UNKNOWN;
    }
    return false;
}

/* A label names a part of a function, or is not there. */
static bool names(const struct label_set *labels, struct slice label, struct slice value)
{
    struct slice wanted = labels_value(labels, label);
    return wanted.size == 0 || slice_equal(wanted, value);
}

static bool is_function(const struct label_set *labels, const struct function_facts *facts)
{
    return names(labels, SLICE("function"), facts->name) &&
           names(labels, SLICE("account"), facts->account) &&
           names(labels, SLICE("region"), facts->region) &&
           names(labels, SLICE("version"), facts->version);
}

static bool is_new_transaction(const struct rule_alert *alert, const struct id16 *trace_id)
{
    for (size_t i = 0; i < alert->example_count; i++) {
        if (memcmp(alert->examples[i].trace_id, trace_id->bytes, sizeof(trace_id->bytes)) == 0) {
            return false;
        }
    }
    return true;
}

/* Take an invocation as an example if it is one. */
static void consider(const struct view *view, uint32_t row, enum alert_examples_kind kind,
                     struct rule_alert *alert)
{
    struct invocation_facts facts;
    struct function_facts function;
    view_invocation(view, row, &facts);
    if (!is_kind(kind, &facts) || !is_new_transaction(alert, &facts.trace_id)) {
        return;
    }
    view_function(view, facts.function, &function);
    if (!is_function(&alert->labels, &function)) {
        return;
    }
    struct rule_example *example = &alert->examples[alert->example_count];
    memcpy(example->trace_id, facts.trace_id.bytes, sizeof(example->trace_id));
    memcpy(example->request_id, facts.request_id.bytes, sizeof(example->request_id));
    alert->example_count++;
}

void alert_view_find(struct view *view, uint64_t from_ns, uint64_t to_ns,
                     enum alert_examples_kind kind, struct rule_alert *alert)
{
    struct view_walk walk;
    int64_t minute_ns = 0;
    size_t looked_at = 0;
    alert->example_count = 0;
    if (labels_value(&alert->labels, SLICE("function")).size == 0) {
        return;
    }
    view_walk_init(&walk, (int64_t)from_ns, (int64_t)to_ns);
    view_read_begin(view);
    while (alert->example_count < RULE_EXAMPLE_COUNT_MAX && looked_at < ALERT_EXAMPLE_WALK_MAX &&
           view_walk_minute(view, &walk, &minute_ns)) {
        uint32_t row = view_walk_invocation(view, &walk);
        while (row != ROW_NONE && alert->example_count < RULE_EXAMPLE_COUNT_MAX &&
               looked_at < ALERT_EXAMPLE_WALK_MAX) {
            consider(view, row, kind, alert);
            looked_at++;
            row = view_walk_invocation(view, &walk);
        }
    }
    view_read_end(view);
}
