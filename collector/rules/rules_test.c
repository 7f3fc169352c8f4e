/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_test.h"

#include "rules/rules_test_private.h"

#include "promql/growing.h"

#include <stdlib.h>
#include <string.h>

/* Labels are hashed for tables of a test that its author writes: any key will do. */
static const struct hash_key test_key = {{1, 2}};

/* ---- What is told. ---- */

void rules_test_tell(struct rules_test *test, const char *format, ...)
{
    va_list arguments;
    char text[1024];
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    test->failures++;
    buf_printf(test->out, "%s: %s%s%s\n", test->where, test->name, test->name[0] ? ": " : "", text);
}

static void append_set(const struct label_set *labels, struct buf *out)
{
    buf_append_byte(out, '{');
    for (size_t i = 0; i < labels->count; i++) {
        buf_printf(out, "%s" SLICE_FMT "=\"" SLICE_FMT "\"", i > 0 ? ", " : "",
                   SLICE_ARG(labels->items[i].name), SLICE_ARG(labels->items[i].value));
    }
    buf_append_byte(out, '}');
}

/* ---- Rules. ---- */

static bool is_alert(const struct rules_test *test, size_t number)
{
    return test->rules[number].rule->kind == RULE_ALERT;
}

/* One evaluation of all rules. */
static bool evaluate(struct rules_test *test, int64_t time_ms)
{
    bool right = true;
    for (size_t i = 0; i < test->rule_count; i++) {
        struct rules_test_rule *each = &test->rules[i];
        rule_evaluate(&each->state, each->rule, each->group, (uint32_t)i + 1, &test->world,
                      time_ms);
        if (each->state.error[0] != '\0') {
            rules_test_tell(test, "rule " SLICE_FMT " at %llds: %s", SLICE_ARG(each->rule->name),
                            (long long)(time_ms / 1000), each->state.error);
            right = false;
        }
    }
    return right;
}

/* ---- Alerts. ---- */

static int by_sets(const void *one, const void *other)
{
    const struct rules_test_alert *left = one, *right = other;
    int order = labels_compare(&left->labels, &right->labels);
    return order != 0 ? order : labels_compare(&left->annotations, &right->annotations);
}

/* What fires under a name. */
static struct rules_test_alert *firing(struct rules_test *test, struct slice name, size_t *count)
{
    struct growing list = growing_of(test->arena, sizeof(struct rules_test_alert));
    for (size_t i = 0; i < test->rule_count; i++) {
        const struct rule_state *state = &test->rules[i].state;
        if (!is_alert(test, i) || !slice_equal(test->rules[i].rule->name, name)) {
            continue;
        }
        for (size_t a = 0; a < state->alert_count; a++) {
            if (rule_phase_firing(state->alerts[a].watch.phase)) {
                struct rules_test_alert *slot = growing_push(&list);
                if (slot != NULL) {
                    *slot = (struct rules_test_alert){state->alerts[a].labels,
                                                      state->alerts[a].annotations};
                }
            }
        }
    }
    *count = list.count;
    if (list.count > 1) {
        qsort(list.items, list.count, sizeof(struct rules_test_alert), by_sets);
    }
    return list.items;
}

static void append_alerts(const char *title, const struct rules_test_alert *alerts, size_t count,
                          struct buf *out)
{
    buf_printf(out, "    %s:%s\n", title, count == 0 ? " none" : "");
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, "      labels ");
        append_set(&alerts[i].labels, out);
        buf_append_text(out, " annotations ");
        append_set(&alerts[i].annotations, out);
        buf_append_byte(out, '\n');
    }
}

static void check_alert(struct rules_test *test, const struct rules_test_case *expected)
{
    size_t count = 0;
    struct rules_test_alert *found = firing(test, expected->alertname, &count);
    bool same = count == expected->alert_count;
    for (size_t i = 0; i < count && same; i++) {
        same = by_sets(&found[i], &expected->alerts[i]) == 0;
    }
    if (!same) {
        rules_test_tell(test, "alert " SLICE_FMT " at %llds is not as expected:",
                        SLICE_ARG(expected->alertname), (long long)(expected->time_ms / 1000));
        append_alerts("expected", expected->alerts, expected->alert_count, test->out);
        append_alerts("found", found, count, test->out);
    }
}

/* Check what is expected between an evaluation and the next one. */
static void check_alerts(struct rules_test *test, int64_t time_ms)
{
    for (size_t i = 0; i < test->case_count; i++) {
        const struct rules_test_case *expected = &test->cases[i];
        if (expected->alertname.size > 0 && expected->time_ms >= time_ms &&
            expected->time_ms < time_ms + test->evaluation_ms) {
            check_alert(test, expected);
        }
    }
}

/* ---- Expressions. ---- */

static int by_labels(const void *one, const void *other)
{
    const struct rules_test_sample *left = one, *right = other;
    return labels_compare(&left->labels, &right->labels);
}

static void append_samples(const char *title, const struct rules_test_sample *samples, size_t count,
                           struct buf *out)
{
    buf_printf(out, "    %s:%s\n", title, count == 0 ? " none" : "");
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, "      ");
        append_set(&samples[i].labels, out);
        buf_append_byte(out, ' ');
        promql_format_number(samples[i].value, out);
        buf_append_byte(out, '\n');
    }
}

/* The samples of an answer, sorted. */
static struct rules_test_sample *samples_of(struct rules_test *test,
                                            const struct promql_value *value, size_t *count)
{
    bool scalar = value->type == PROMQL_SCALAR;
    *count = scalar ? 1 : value->series_count;
    struct rules_test_sample *samples =
        arena_alloc_array(test->arena, *count + 1, sizeof(*samples));
    if (samples == NULL) {
        return NULL;
    }
    if (scalar) {
        samples[0].value = value->scalar;
    }
    for (size_t i = 0; !scalar && i < *count; i++) {
        samples[i].labels = value->series[i].labels;
        samples[i].value =
            value->series[i].sample_count > 0 ? value->series[i].samples[0].value : 0;
    }
    qsort(samples, *count, sizeof(*samples), by_labels);
    return samples;
}

static void check_expression(struct rules_test *test, const struct rules_test_case *expected)
{
    const struct promql_query *query = NULL;
    struct promql_value value;
    struct promql_error error;
    const struct promql_run run = {.source = &test->source, .arena = test->arena, .key = test_key};
    enum status status = promql_parse(expected->expression, test->arena, &query, &error);
    if (status == STATUS_OK) {
        status = promql_instant(query, &run, expected->time_ms, &value, &error);
    }
    if (status == STATUS_OK && value.type != PROMQL_VECTOR && value.type != PROMQL_SCALAR) {
        (void)snprintf(error.message, sizeof(error.message),
                       "rule result is not a vector or scalar");
        status = STATUS_BAD;
    }
    if (status != STATUS_OK) {
        rules_test_tell(test, "expression " SLICE_FMT " at %llds: %s",
                        SLICE_ARG(expected->expression), (long long)(expected->time_ms / 1000),
                        error.message);
        return;
    }
    size_t count = 0;
    const struct rules_test_sample *found = samples_of(test, &value, &count);
    bool same = count == expected->sample_count && found != NULL;
    for (size_t i = 0; i < count && same; i++) {
        same = labels_equal(&found[i].labels, &expected->samples[i].labels) &&
               found[i].value == expected->samples[i].value;
    }
    if (!same) {
        rules_test_tell(test, "expression " SLICE_FMT " at %llds is not as expected:",
                        SLICE_ARG(expected->expression), (long long)(expected->time_ms / 1000));
        append_samples("expected", expected->samples, expected->sample_count, test->out);
        append_samples("found", found, found == NULL ? 0 : count, test->out);
    }
}

/* ---- One test. ---- */

/* Write what the series have up to a time, and have not had. */
static bool feed(struct rules_test *test, int64_t time_ms)
{
    for (; (int64_t)test->fed * test->interval_ms <= time_ms; test->fed++) {
        for (size_t i = 0; i < test->series_count; i++) {
            const struct test_series *series = &test->series[i];
            if (test->fed >= series->count || series->values[test->fed].missing) {
                continue;
            }
            /* What a series of the same labels has already stays. */
            if (rules_samples_put(test->world.samples, 0, &series->labels,
                                  (int64_t)test->fed * test->interval_ms,
                                  series->values[test->fed].value) == STATUS_FULL) {
                rules_test_tell(test, "there are more series than a test may have");
                return false;
            }
        }
    }
    return true;
}

static int64_t last_time(const struct rules_test *test)
{
    int64_t last_ms = 0;
    for (size_t i = 0; i < test->case_count; i++) {
        last_ms = test->cases[i].time_ms > last_ms ? test->cases[i].time_ms : last_ms;
    }
    return last_ms;
}

static void run(struct rules_test *test)
{
    int64_t last_ms = last_time(test);
    if (last_ms / test->evaluation_ms > RULES_TEST_STEP_COUNT_MAX ||
        last_ms / test->interval_ms > RULES_TEST_STEP_COUNT_MAX) {
        rules_test_tell(test, "there are more than %u evaluations", RULES_TEST_STEP_COUNT_MAX);
        return;
    }
    for (int64_t time_ms = 0; time_ms <= last_ms; time_ms += test->evaluation_ms) {
        if (!feed(test, time_ms) || !evaluate(test, time_ms)) {
            return;
        }
        check_alerts(test, time_ms);
    }
    for (size_t i = 0; i < test->case_count; i++) {
        if (test->cases[i].alertname.size == 0) {
            check_expression(test, &test->cases[i]);
        }
    }
}

enum status rules_test_one(struct rules_test *test)
{
    const struct rules_samples_limits limits = {.series_max = RULES_TEST_SERIES_MAX,
                                                .bytes_max = RULES_TEST_BYTES_MAX};
    struct rules_samples *samples = rules_samples_create(&test_key, &limits);
    struct arena scratch;
    void *memory = malloc(RULES_TEST_SCRATCH_SIZE);
    enum status status = STATUS_FULL;
    if (samples != NULL && memory != NULL) {
        arena_init(&scratch, memory, RULES_TEST_SCRATCH_SIZE);
        test->source = rules_samples_source(samples);
        test->world.source = &test->source;
        test->world.samples = samples;
        test->world.arena = &scratch;
        test->world.key = test_key;
        run(test);
        status = arena_overflowed(test->arena) ? STATUS_FULL : STATUS_OK;
    }
    for (size_t i = 0; i < test->rule_count; i++) {
        rule_state_free(&test->rules[i].state);
    }
    free(memory);
    rules_samples_free(samples);
    return status;
}
