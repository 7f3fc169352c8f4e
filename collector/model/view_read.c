/* SPDX-License-Identifier: Apache-2.0 */
#include "model/attempts.h"
#include "model/derive.h"
#include "model/model_limits.h"
#include "model/qualifier.h"
#include "model/view.h"
#include "model/view_private.h"

#include "base/ensure.h"

#define NS_PER_MS 1000000

/* A timeout is set in whole seconds; what is this close to one is that. */
#define TIMEOUT_SLACK_MS 150

static int64_t timeout_ms_of(int64_t timeout_ns)
{
    if (timeout_ns == UNKNOWN_NS || timeout_ns <= 0) {
        return UNKNOWN_INT;
    }
    int64_t ms = (timeout_ns + NS_PER_MS / 2) / NS_PER_MS;
    int64_t whole = (ms + 500) / 1000 * 1000;
    int64_t apart = ms > whole ? ms - whole : whole - ms;
    return whole > 0 && apart <= TIMEOUT_SLACK_MS ? whole : ms;
}

static bool silent(const struct view *view, const struct instance *instance)
{
    return instance->last_seen_ns != UNKNOWN_NS &&
           view->now_ns - instance->last_seen_ns > INSTANCE_SILENT_NS;
}

/* A stream of which all is told as the instance's whose agent did not know its name. */
static bool hidden(const struct instance *instance)
{
    return instance->lent && instance->invocation_count == 0;
}

void view_stats(const struct view *view, struct view_stats *stats)
{
    *stats = view->counters;
    stats->functions = view->functions.count - view->functions.vacant_count;
    stats->instances = view->instances.count;
    stats->instances_alive = 0;
    for (uint32_t i = 0; i < view->instances.count; i++) {
        const struct instance *instance = &view->instances.rows[i];
        bool alive = !instance->pool && !hidden(instance) && !silent(view, instance) &&
                     instances_ended(instance) == NULL;
        stats->instances_alive += alive ? 1 : 0;
    }
    stats->invocations = view->invocations.count - view->invocations.dead_count;
    stats->ids = view->ids.count;
    stats->edges = view->ids.edge_count;
    stats->links = view->links.count;
    stats->rollups = view->rollups.count;
    stats->now_ns = (uint64_t)view->now_ns;
}

uint64_t view_now_ns(const struct view *view)
{
    return (uint64_t)view->now_ns;
}

static bool lost_in(const struct lost_span *span, int64_t from_ns, int64_t to_ns)
{
    return span->first_ns <= span->last_ns && span->first_ns < to_ns && from_ns <= span->last_ns;
}

bool view_forgotten(const struct view *view, int64_t from_ns, int64_t to_ns)
{
    return lost_in(&view->invocations_lost, from_ns, to_ns);
}

int64_t view_forgotten_ns(const struct view *view)
{
    const struct lost_span *lost = &view->invocations_lost;
    return lost->first_ns <= lost->last_ns ? lost->last_ns : INT64_MIN;
}

bool view_counts_missing(const struct view *view, int64_t from_ns, int64_t to_ns)
{
    return lost_in(&view->counts_lost, rollup_start(&view->rollups, from_ns),
                   to_ns); /* Whole rows. */
}

uint32_t view_function_count(const struct view *view)
{
    return view->functions.count;
}

void view_function(const struct view *view, uint32_t row, struct function_facts *facts)
{
    ENSURE(row < view->functions.count);
    const struct function *function = &view->functions.rows[row];
    const struct texts *texts = &view->texts;
    *facts = (struct function_facts){
        .account = text_get(texts, function->identity.account),
        .region = text_get(texts, function->identity.region),
        .name = text_get(texts, function->identity.name),
        .version = text_get(texts, function->identity.version),
        .provider = text_get(texts, function->provider),
        .platform = text_get(texts, function->platform),
        .sources = function->sources,
        .made_up = function->made_up,
        .runtime = text_get(texts, function->runtime),
        .arch = text_get(texts, function->arch),
        .agent_version = text_get(texts, function->agent_version),
        .environment = text_get(texts, function->environment),
        .application = text_get(texts, function->application),
        .memory_mb =
            function->memory_mb != UNKNOWN_INT ? function->memory_mb : function->reported_memory_mb,
        .timeout_ms = timeout_ms_of(function->timeout_ns),
        .first_seen_ns = function->first_seen_ns,
        .last_seen_ns = function->last_seen_ns,
    };
}

void view_functions_named(const struct view *view, struct slice name, view_row_visit *visit,
                          void *context)
{
    uint32_t text = text_find(&view->texts, name);
    if (text != TEXT_EMPTY || name.size == 0) {
        functions_named(&view->functions, text, visit, context);
    }
}

uint32_t view_instance_count(const struct view *view)
{
    return view->instances.count;
}

uint64_t view_generation(const struct view *view)
{
    return view->generation;
}

void view_instance(const struct view *view, uint32_t row, struct instance_facts *facts)
{
    ENSURE(row < view->instances.count);
    const struct instance *instance = &view->instances.rows[row];
    const struct stop *stop = instances_ended(instance);
    if (stop != NULL && instance->invocation_count > 0) {
        uint32_t last = instance->invocations[instance->invocation_count - 1];
        stop = view->invocations.rows[last].listed_ns > stop->time_ns ? NULL : stop;
    }
    bool named = instance->made_up && instance->twin != ROW_NONE;
    *facts = (struct instance_facts){
        .function = instance->function,
        .name = named ? view->instances.rows[instance->twin].name : instance->name,
        .alias = named ? instance->name : SLICE_EMPTY,
        .type = text_get(&view->texts, instance->type),
        .sources = instance->sources,
        .pool = instance->pool || hidden(instance),
        .silent = silent(view, instance),
        .first_seen_ns = instance->first_seen_ns,
        .last_seen_ns = instance->last_seen_ns,
        .stop_ns = stop != NULL ? stop->time_ns : UNKNOWN_NS,
        .stop_reason = stop != NULL ? text_get(&view->texts, stop->reason) : SLICE_EMPTY,
        .init_count = instance->init_count,
    };
    for (uint32_t i = 0; i < instance->epoch_count; i++) {
        facts->records_missing += seqset_missing(&instance->epochs[i]);
    }
    for (uint32_t i = 0; i < instance->stop_count; i++) {
        unsent_add(&facts->unsent, &instance->stops[i].unsent);
    }
    facts->agent_memory_bytes = instance->agent.memory_bytes;
    facts->waiting_since_ns = UNKNOWN_NS;
    if (instance->agent.waiting_records > 0 && facts->stop_ns == UNKNOWN_NS && !facts->silent &&
        view->now_ns - instance->agent.heard_ns >= WAITING_AFTER_NS) {
        facts->waiting_records = instance->agent.waiting_records;
        facts->waiting_since_ns = instance->agent.waiting_since_ns;
    }
}

void view_init(const struct view *view, uint32_t instance, uint32_t index, struct init_facts *facts)
{
    ENSURE(instance < view->instances.count);
    ENSURE(index < view->instances.rows[instance].init_count);
    const struct init *init = &view->instances.rows[instance].inits[index];
    const struct texts *texts = &view->texts;
    bool waited = init->invocation != ROW_NONE && view->invocations.rows[init->invocation].cold;
    *facts = (struct init_facts){
        .start_ns = init->start_ns,
        .end_ns = init->end_ns,
        .duration_ns = init->duration_ns,
        .phase = text_get(texts, init->phase),
        .type = text_get(texts, init->type),
        .status = text_get(texts, init->status),
        .error_type = text_get(texts, init->error_type),
        .proactive = init->proactive,
        .cold = waited && !init->proactive,
    };
    if (facts->end_ns == UNKNOWN_NS && facts->duration_ns != UNKNOWN_NS) {
        facts->end_ns = facts->start_ns + facts->duration_ns;
    }
    if (facts->duration_ns == UNKNOWN_NS && facts->end_ns >= facts->start_ns) {
        facts->duration_ns = facts->end_ns - facts->start_ns;
    }
}

uint32_t view_instance_first(const struct view *view, uint32_t function)
{
    ENSURE(function < view->functions.count);
    return view->functions.rows[function].instances;
}

uint32_t view_instance_next(const struct view *view, uint32_t row)
{
    ENSURE(row < view->instances.count);
    return view->instances.rows[row].function_next;
}

const uint32_t *view_instance_invocations(const struct view *view, uint32_t row, uint32_t *count)
{
    ENSURE(row < view->instances.count);
    *count = view->instances.rows[row].invocation_count;
    return view->instances.rows[row].invocations;
}

static struct slice status_text(const struct invocation *invocation)
{
    switch ((enum invocation_status)invocation->status) {
    case ENDED_SUCCESS:
        return SLICE("success");
    case ENDED_ERROR:
        return SLICE("error");
    case ENDED_FAILURE:
        return SLICE("failure");
    case ENDED_TIMEOUT:
        return SLICE("timeout");
    case ENDED_UNTOLD:
        break;
    }
    return SLICE_EMPTY;
}

/* Clocks of different services may disagree: what ends before it began is no wait. */
static int64_t trigger_wait_ns(const struct invocation *row)
{
    int64_t left_ns = row->start_ns;
    if (row->trigger_time_ns == UNKNOWN_NS || left_ns == UNKNOWN_NS) {
        return UNKNOWN_NS;
    }
    /* An init that it waited for is told apart. */
    if (row->placed_ns != UNKNOWN_NS && row->placed_ns < left_ns &&
        row->placed_ns >= row->trigger_time_ns) {
        left_ns = row->placed_ns;
    }
    return left_ns >= row->trigger_time_ns ? left_ns - row->trigger_time_ns : UNKNOWN_NS;
}

static void invocation_told(const struct view *view, const struct invocation *row,
                            struct invocation_facts *facts)
{
    const struct texts *texts = &view->texts;
    *facts = (struct invocation_facts){
        .function = view->instances.rows[row->instance].function,
        .instance = row->instance,
        .request_id = row->request_id,
        .attempt = row->attempt,
        .retry = attempts_behind(view, row),
        .sources = row->sources,
        .trace_id = row->trace_id,
        .span_id = row->span_id,
        .parent_span_id = row->parent_span_id,
        .segment_id = row->segment_id,
        .outcome = (enum outcome)row->outcome,
        .status = status_text(row),
        .error_type = text_get(texts, row->error_type),
        .trigger = text_get(texts, row->trigger),
        .invoked_arn = text_get(texts, row->invoked_arn),
        .alias = qualifier_alias(text_get(texts, row->invoked_arn)),
        .provisioned = derive_provisioned(view, row->instance),
        .out_of_memory = derive_out_of_memory(view, row),
        .near_timeout = derive_near_timeout(row),
        .trigger_source = text_get(texts, row->trigger_source),
        .trigger_origin = text_get(texts, row->trigger_origin),
        .method = text_get(texts, row->method),
        .route = text_get(texts, row->route),
        .trigger_time_ns = row->trigger_time_ns,
        .trigger_wait_ns = trigger_wait_ns(row),
        .trigger_messages = row->trigger_messages,
        .caller_waits = row->caller_waits,
        .status_code = row->status_code,
        .xray_header = row->xray_header,
        .start_ns = row->start_ns,
        .deadline_ns = row->deadline_ns,
        .done_ns = row->done_ns,
        .placed_ns = row->placed_ns,
        .handler_ns = row->handler_ns,
        .response_latency_ns = row->response_latency_ns,
        .response_duration_ns = row->response_duration_ns,
        .post_handler_ns = row->post_handler_ns,
        .reported_ns = row->reported_ns,
        .billed_ms = row->billed_ms,
        .memory_mb = row->memory_mb,
        .max_memory_mb = row->max_memory_mb,
        .restore_ns = row->restore_ns,
        .billed_restore_ms = row->billed_restore_ms,
        .produced_bytes = row->produced_bytes,
        .agent_held_ns = row->agent_held_ns,
        .agent_cpu_ns = row->agent_cpu_ns,
        .agent_wire_bytes = row->agent_wire_bytes,
        .lines_held_back = row->lines_held_back,
        .lines_over_budget = row->lines_over_budget,
        .lines_redacted = row->lines_redacted,
        .cold = row->cold,
        .proactive = row->proactive,
        .started = row->start_told_ns != UNKNOWN_NS,
        .reported = row->state == STATE_REPORTED,
    };
}

void view_invocation(const struct view *view, uint32_t row, struct invocation_facts *facts)
{
    ENSURE(row < view->invocations.count);
    const struct invocation *invocation = &view->invocations.rows[row];
    invocation_told(view, invocation, facts);
    facts->end_ns = derive_end_ns(view, invocation);
    facts->end_line_ns = invocation->end_ns;
    facts->wait_ns = derive_wait_ns(view, invocation);
    facts->init_ns = derive_init_ns(view, invocation);
    facts->timeout_ms = timeout_ms_of(invocation->deadline_ns != UNKNOWN_NS
                                          ? invocation->deadline_ns - invocation->start_ns
                                          : UNKNOWN_NS);
    facts->init_start_ns = UNKNOWN_NS;
    facts->init_phase = text_get(&view->texts, invocation->init_phase);
    const struct init *init = derive_init(view, invocation);
    if (init != NULL) {
        facts->init_start_ns = init->start_ns;
        facts->init_phase = text_get(&view->texts, init->phase);
    }
}

uint32_t view_attempts(const struct view *view, struct id16 request_id, uint32_t *rows,
                       uint32_t rows_max)
{
    uint32_t id = ids_find(&view->ids, request_id);
    if (id == ROW_NONE) {
        return 0;
    }
    uint32_t count = 0;
    for (uint32_t i = view->ids.rows[id].invocations; i != ROW_NONE;
         i = view->invocations.rows[i].request_next) {
        if (count < rows_max) {
            uint32_t at = count;
            while (at > 0 && view->invocations.rows[rows[at - 1]].start_ns >
                                 view->invocations.rows[i].start_ns) {
                rows[at] = rows[at - 1];
                at--;
            }
            rows[at] = i;
        }
        count++;
    }
    return count;
}

/* ---- By time. ---- */

void view_walk_init(struct view_walk *walk, int64_t from_ns, int64_t to_ns)
{
    *walk = (struct view_walk){.from_ns = from_ns,
                               .to_ns = to_ns,
                               .before_ns = to_ns,
                               .invocation = ROW_NONE,
                               .id = ROW_NONE};
}

bool view_walk_minute(const struct view *view, struct view_walk *walk, int64_t *minute_ns)
{
    const struct minute *minute = minutes_before(&view->minutes, walk->before_ns);
    if (minute == NULL || minute->key.time_ns + MINUTE_NS <= walk->from_ns) {
        walk->before_ns = INT64_MIN;
        return false;
    }
    *minute_ns = walk->before_ns = minute->key.time_ns;
    walk->invocation = minute->invocations;
    walk->id = minute->ids;
    return true;
}

uint32_t view_walk_invocation(const struct view *view, struct view_walk *walk)
{
    uint32_t row = walk->invocation;
    if (row != ROW_NONE) {
        walk->invocation = view->invocations.rows[row].minute_next;
    }
    return row;
}

uint32_t view_walk_id(const struct view *view, struct view_walk *walk)
{
    while (walk->id != ROW_NONE) {
        uint32_t row = walk->id;
        const struct id_row *id = &view->ids.rows[row];
        walk->id = id->minute_next;
        if (id->request_edges == ROW_NONE && id->other_edges == ROW_NONE &&
            id->invocations == ROW_NONE) {
            return row;
        }
    }
    return ROW_NONE;
}

struct id16 view_id(const struct view *view, uint32_t row)
{
    ENSURE(row < view->ids.count);
    return view->ids.rows[row].id;
}

/* ---- Rollups. ---- */

void view_rollup_rows(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                      view_rollup_row *visit, void *context)
{
    ENSURE(function < view->functions.count);
    const struct rollup_line *line = &view->functions.rows[function].rollups;
    const struct rollup *row;
    for (struct sorted_at at = rollup_line_from(line, &view->rollups, from_ns);
         (row = sorted_row(&line->sorted, at)) != NULL && row->key.time_ns < to_ns;
         at = sorted_after(&line->sorted, at)) {
        if (row->facts.invocations > 0 || row->facts.proactive > 0) {
            const struct rollup_labels labels = {
                .trigger = text_get(&view->texts, row->key.minor),
                .alias = text_get(&view->texts, row->key.least & ~ROLLUP_PROVISIONED),
                .provisioned = (row->key.least & ROLLUP_PROVISIONED) != 0,
            };
            visit(context, &labels, row);
        } /* Else what it counted turned out to be elsewhere. */
    }
}

struct each {
    uint32_t function;
    view_rollup_visit *visit;
    void *context;
};

static void each_row(void *context, const struct rollup_labels *labels, const struct rollup *rollup)
{
    const struct each *each = context;
    each->visit(each->context, each->function, labels->trigger, rollup->key.time_ns,
                &rollup->facts);
}

void view_rollup_each(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                      view_rollup_visit *visit, void *context)
{
    struct each each = {function, visit, context};
    view_rollup_rows(view, function, from_ns, to_ns, each_row, &each);
}

static void sum_row(struct rollup_sum *sum, const struct rollup *row)
{
    struct rollup_facts *all = &sum->facts;
    const struct rollup_facts *facts = &row->facts;
#define SUM_FACT(name) all->name += facts->name;
    ROLLUP_SUMS(SUM_FACT)
#undef SUM_FACT
    if (facts->max_memory_mb > all->max_memory_mb) {
        all->max_memory_mb = facts->max_memory_mb;
    }
    histogram_sum_add(&sum->init, &row->init);
    histogram_sum_add(&sum->handler, &row->handler);
    histogram_sum_add(&sum->wait, &row->wait);
    histogram_sum_add(&sum->reported, &row->reported);
}

static void rollup_sum(const struct view *view, uint32_t function, const int64_t range_ns[2],
                       const uint32_t *trigger, struct rollup_sum *sum)
{
    int64_t from_ns = range_ns[0];
    int64_t to_ns = range_ns[1];
    ENSURE(function < view->functions.count);
    const struct rollup_line *line = &view->functions.rows[function].rollups;
    if (sum->facts.invocations == 0 && sum->facts.proactive == 0) {
        sum->facts.max_memory_mb = UNKNOWN_INT;
    }
    const struct rollup *row;
    for (struct sorted_at at = rollup_line_from(line, &view->rollups, from_ns);
         (row = sorted_row(&line->sorted, at)) != NULL && row->key.time_ns < to_ns;
         at = sorted_after(&line->sorted, at)) {
        if (trigger == NULL || row->key.minor == *trigger) {
            sum_row(sum, row);
        }
    }
}

void view_rollup_sum(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                     struct rollup_sum *sum)
{
    rollup_sum(view, function, (const int64_t[2]){from_ns, to_ns}, NULL, sum);
}

void view_rollup_sum_of(const struct view *view, uint32_t function, int64_t from_ns, int64_t to_ns,
                        struct slice trigger, struct rollup_sum *sum)
{
    uint32_t text = trigger.size > 0 ? text_find(&view->texts, trigger) : TEXT_EMPTY;
    if (trigger.size == 0 || text != TEXT_EMPTY) {
        rollup_sum(view, function, (const int64_t[2]){from_ns, to_ns}, &text, sum);
    }
}

bool view_rollup_range(const struct view *view, uint32_t function, int64_t *first_ns,
                       int64_t *end_ns)
{
    ENSURE(function < view->functions.count);
    const struct rollup_line *line = &view->functions.rows[function].rollups;
    const struct rollup *first = rollup_line_first(line);
    const struct rollup *last = rollup_line_last(line);
    if (first == NULL || last == NULL) {
        return false;
    }
    *first_ns = first->key.time_ns;
    *end_ns = last->key.time_ns + rollup_grain(&view->rollups, last->key.time_ns);
    return true;
}

struct view_settled view_rollup_settled(const struct view *view, uint32_t function)
{
    ENSURE(function < view->functions.count);
    const struct rollup_line *line = &view->functions.rows[function].rollups;
    return (struct view_settled){.before_ns = line->settled_ns, .stamp = line->stamp};
}

int64_t view_rollup_grain(const struct view *view, int64_t from_ns)
{
    return rollup_grain(&view->rollups, from_ns);
}
