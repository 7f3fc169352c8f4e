/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_past.h"

#include "base/ensure.h"

#include <string.h>

/* ---- Answers. ---- */

/* The columns of a query of the rule that is being walked. */
static struct past_columns *columns_of(struct rules_past *past, const struct promql_query *query)
{
    size_t i = 0;
    while (i < PAST_QUERY_COUNT_MAX && past->columns[i].query != query &&
           past->columns[i].query != NULL) {
        i++;
    }
    ENSURE(i < PAST_QUERY_COUNT_MAX);
    if (past->columns[i].query == NULL) {
        past_columns_begin(&past->columns[i], query, past->rules[past->at].step_ms);
    }
    return &past->columns[i];
}

/* Forget what was answered. */
static void forget_columns(struct rules_past *past)
{
    for (size_t i = 0; i < PAST_QUERY_COUNT_MAX; i++) {
        past->columns[i].query = NULL;
    }
}

enum status rules_past_ask(struct rules_past *past, const struct promql_query *query,
                           int64_t time_ms, struct promql_value *value, struct promql_error *error)
{
    const struct rule_world *world = &past->world;
    const struct past_asking asking = {.run = {.source = world->source,
                                               .patience = world->patience,
                                               .samples_max = world->samples_max,
                                               .series_max = world->series_max,
                                               .key = world->key},
                                       .until_ms = past->piece_to_ms,
                                       .ends = past->ends,
                                       .context = past->context};
    return past_columns_at(columns_of(past, query), &asking, time_ms, world->arena, value, error);
}

static enum status answer(void *context, const struct promql_query *query, int64_t time_ms,
                          struct promql_value *value, struct promql_error *error)
{
    return rules_past_ask(context, query, time_ms, value, error);
}

/* ---- Walking. ---- */

static bool is_over(const struct rules_past *past)
{
    const struct patience *patience = past->world.patience;
    return patience != NULL && patience->over(patience->context);
}

static void note_failure(struct rules_past_rule *each, int64_t time_ms)
{
    if (each->state.error[0] == '\0') {
        return;
    }
    if (each->failures == 0) {
        memcpy(each->error, each->state.error, sizeof(each->error));
    }
    each->failures++;
    each->failed_ms = time_ms;
}

/* The first multiple of a step that is not before a time. */
static int64_t step_up(int64_t time_ms, int64_t step_ms)
{
    int64_t rest = time_ms % step_ms;
    return rest == 0 ? time_ms : rest < 0 ? time_ms - rest : time_ms - rest + step_ms;
}

/* Let one rule take its steps of a piece. */
static enum status walk_rule(struct rules_past *past, size_t index, int64_t from_ms, int64_t to_ms)
{
    struct rules_past_rule *each = &past->rules[index];
    past->at = index;
    past->world.gap_ms = each->step_ms * past->gap_steps;
    forget_columns(past);
    for (int64_t time_ms = step_up(from_ms, each->step_ms); time_ms <= to_ms;
         time_ms += each->step_ms) {
        rule_evaluate(&each->state, each->rule, each->group, (uint32_t)index, &past->world,
                      time_ms);
        if (is_over(past)) {
            /* What came of this one is not certain. */
            return STATUS_TIMEOUT;
        }
        note_failure(each, time_ms);
        each->evaluations++;
        each->done_ms = time_ms;
        if (past->stepped != NULL) {
            past->stepped(past->context, index, time_ms);
            arena_reset(past->world.arena);
        }
    }
    return STATUS_OK;
}

/* How much is walked at once: where a rule reads what is written behind it, no two of its steps. */
static int64_t piece_of(const struct rules_past *past)
{
    int64_t piece_ms = PAST_PIECE_MS;
    for (size_t i = 0; i < past->count && !past->in_order; i++) {
        int64_t step_ms = past->rules[i].step_ms;
        piece_ms = step_ms < piece_ms ? step_ms : piece_ms;
    }
    return piece_ms;
}

enum status rules_past_walk(struct rules_past *past)
{
    int64_t piece_ms = piece_of(past);
    past->world.answer = answer;
    past->world.answer_context = past;
    for (size_t i = 0; i < past->count; i++) {
        past->rules[i].done_ms = INT64_MIN;
    }
    for (int64_t from_ms = past->from_ms; from_ms <= past->to_ms; from_ms += piece_ms) {
        bool last = past->to_ms - from_ms < piece_ms;
        int64_t to_ms = last ? past->to_ms : from_ms + piece_ms - 1;
        past->piece_to_ms = to_ms;
        if (past->piece != NULL) {
            past->piece(past->context, from_ms, to_ms);
        }
        for (size_t i = 0; i < past->count; i++) {
            enum status status = walk_rule(past, i, from_ms, to_ms);
            if (status != STATUS_OK) {
                return status;
            }
        }
        if (past->world.samples != NULL) {
            rules_samples_tick(past->world.samples, to_ms);
        }
    }
    return STATUS_OK;
}

void rules_past_fini(struct rules_past *past)
{
    for (size_t i = 0; i < past->count; i++) {
        rule_state_free(&past->rules[i].state);
    }
}
