/* SPDX-License-Identifier: Apache-2.0 */
#include "model/derive.h"
#include "model/attempts.h"
#include "model/count.h"
#include "model/model_limits.h"
#include "model/partial.h"
#include "model/pending.h"
#include "model/place.h"
#include "model/window.h"

#include "base/ensure.h"

static void touch(struct touched *touched, uint32_t row, uint32_t count_max)
{
    void *rows = touched->rows;
    /* There are no more than there are rows, and without memory for a list of numbers there is none
     * for anything: then stop here, and come back by replay. */
    ENSURE(rows_reserve(&rows, &touched->capacity, (uint64_t)touched->count + 1, count_max,
                        sizeof(touched->rows[0])));
    touched->rows = rows;
    touched->rows[touched->count++] = row;
}

void derive_touch_instance(struct view *view, uint32_t instance)
{
    if (!view->instances.rows[instance].touched) {
        view->instances.rows[instance].touched = true;
        touch(&view->touched_instances, instance, INSTANCE_COUNT_MAX);
    }
}

void derive_touch_invocation(struct view *view, uint32_t invocation)
{
    if (!view->invocations.rows[invocation].touched) {
        view->invocations.rows[invocation].touched = true;
        touch(&view->touched_invocations, invocation, INVOCATION_COUNT_MAX);
        derive_touch_instance(view, view->invocations.rows[invocation].instance);
    }
}

/* ---- Facts of one invocation. ---- */

int64_t derive_start_ns(const struct invocation *invocation)
{
    if (invocation->start_told_ns != UNKNOWN_NS) {
        return invocation->start_told_ns;
    }
    if (invocation->span_start_ns != UNKNOWN_NS) {
        return invocation->span_start_ns;
    }
    return invocation->time_ns != UNKNOWN_NS ? invocation->time_ns : invocation->arrival_ns;
}

/* The end of an agent process that cut this invocation short: the first after its start, if no
 * other invocation came in between. */
static const struct stop *stop_of(const struct view *view, const struct invocation *invocation)
{
    const struct instance *instance = &view->instances.rows[invocation->instance];
    const struct stop *first = NULL;
    for (uint32_t i = 0; i < instance->stop_count; i++) {
        const struct stop *stop = &instance->stops[i];
        if (stop->time_ns != UNKNOWN_NS && stop->time_ns >= invocation->start_ns &&
            (first == NULL || stop->time_ns < first->time_ns)) {
            first = stop;
        }
    }
    if (first == NULL || !partial_stop_tells(view, first, invocation)) {
        return NULL;
    }
    uint32_t after = window_after(view, instance, first->time_ns + 1);
    if (after == 0 ||
        view->invocations.rows[instance->invocations[after - 1]].listed_ns > invocation->start_ns) {
        return NULL;
    }
    return first;
}

static bool ended(const struct invocation *invocation)
{
    return invocation->state >= STATE_DONE || invocation->done_ns != UNKNOWN_NS ||
           invocation->span_end_ns != UNKNOWN_NS || invocation->end_ns != UNKNOWN_NS;
}

static enum outcome outcome_untold(const struct view *view, const struct invocation *invocation)
{
    if (ended(invocation)) {
        return invocation->error_type != TEXT_EMPTY ? OUTCOME_ERROR : OUTCOME_OK;
    }
    const struct stop *stop = stop_of(view, invocation);
    if (stop != NULL) {
        struct slice reason = text_get(&view->texts, stop->reason);
        if (slice_equal(reason, SLICE("timeout"))) {
            return OUTCOME_TIMEOUT;
        }
        return slice_equal(reason, SLICE("failure")) ? OUTCOME_ERROR : OUTCOME_END_UNKNOWN;
    }
    int64_t deadline_ns = invocation->deadline_ns != UNKNOWN_NS
                              ? invocation->deadline_ns
                              : invocation->start_ns + INVOCATION_NS_MAX;
    return view->now_ns > deadline_ns + END_GRACE_NS ? OUTCOME_END_UNKNOWN : OUTCOME_RUNNING;
}

static enum outcome outcome_of(const struct view *view, const struct invocation *invocation)
{
    switch ((enum invocation_status)invocation->status) {
    case ENDED_SUCCESS:
        return OUTCOME_OK;
    case ENDED_TIMEOUT:
        return OUTCOME_TIMEOUT;
    case ENDED_ERROR:
    case ENDED_FAILURE:
        return OUTCOME_ERROR;
    case ENDED_UNTOLD:
        break;
    }
    return outcome_untold(view, invocation);
}

int64_t derive_told_end_ns(const struct invocation *invocation)
{
    if (invocation->done_ns != UNKNOWN_NS) {
        return invocation->done_ns;
    }
    if (invocation->span_end_ns != UNKNOWN_NS) {
        return invocation->span_end_ns;
    }
    if (invocation->reported_ns != UNKNOWN_NS) {
        int64_t post_ns =
            invocation->post_handler_ns != UNKNOWN_NS ? invocation->post_handler_ns : 0;
        int64_t used_ns = invocation->reported_ns - post_ns;
        return invocation->start_ns + (used_ns > 0 ? used_ns : 0);
    }
    if (invocation->end_ns != UNKNOWN_NS) {
        return invocation->end_ns;
    }
    return invocation->status == ENDED_TIMEOUT ? invocation->deadline_ns : UNKNOWN_NS;
}

int64_t derive_end_ns(const struct view *view, const struct invocation *invocation)
{
    int64_t told_ns = derive_told_end_ns(invocation);
    if (told_ns != UNKNOWN_NS) {
        return told_ns;
    }
    const struct stop *stop = stop_of(view, invocation);
    if (stop != NULL) {
        return stop->time_ns;
    }
    if (invocation->outcome == OUTCOME_TIMEOUT) {
        return invocation->deadline_ns;
    }
    return UNKNOWN_NS;
}

const struct init *derive_init(const struct view *view, const struct invocation *invocation)
{
    const struct instance *instance = &view->instances.rows[invocation->instance];
    for (uint32_t i = 0; i < instance->init_count; i++) {
        const struct init *init = &instance->inits[i];
        if (init->invocation != ROW_NONE &&
            &view->invocations.rows[init->invocation] == invocation) {
            return init;
        }
    }
    return NULL;
}

int64_t derive_init_ns(const struct view *view, const struct invocation *invocation)
{
    if (invocation->init_ns != UNKNOWN_NS) {
        return invocation->init_ns;
    }
    const struct init *init = derive_init(view, invocation);
    if (init == NULL || init->duration_ns != UNKNOWN_NS || init->end_ns == UNKNOWN_NS) {
        return init == NULL ? UNKNOWN_NS : init->duration_ns;
    }
    return init->end_ns >= init->start_ns ? init->end_ns - init->start_ns : UNKNOWN_NS;
}

/* What the caller saw once the function had started. */
static int64_t answer_ns(const struct view *view, const struct invocation *invocation)
{
    if (invocation->response_latency_ns != UNKNOWN_NS) {
        int64_t duration_ns = invocation->response_duration_ns;
        return invocation->response_latency_ns + (duration_ns != UNKNOWN_NS ? duration_ns : 0);
    }
    if (invocation->handler_ns != UNKNOWN_NS || invocation->outcome != OUTCOME_TIMEOUT ||
        invocation->sources == SOURCE_LOGS) {
        return invocation->handler_ns; /* Of what logs tell, waits of timeouts alone mislead. */
    }
    /* A timeout answers nobody: its caller waited until it was cut off. */
    int64_t end_ns = derive_end_ns(view, invocation);
    return end_ns != UNKNOWN_NS && end_ns >= invocation->start_ns ? end_ns - invocation->start_ns
                                                                  : UNKNOWN_NS;
}

/* Of an invocation whose init is known by its own word alone. */
static bool init_told_inside(const struct view *view, const struct invocation *invocation)
{
    return slice_equal(text_get(&view->texts, invocation->init_phase), SLICE("invoke"));
}

int64_t derive_wait_ns(const struct view *view, const struct invocation *invocation)
{
    int64_t wait_ns = answer_ns(view, invocation);
    if (wait_ns == UNKNOWN_NS || !invocation->cold) {
        return wait_ns;
    }
    const struct init *init = derive_init(view, invocation);
    int64_t init_ns = derive_init_ns(view, invocation);
    if (init_ns == UNKNOWN_NS ||
        (init != NULL ? init->suppressed : init_told_inside(view, invocation))) {
        return wait_ns; /* A suppressed init lies inside. */
    }
    return wait_ns + init_ns;
}

/* ---- Inits. ---- */

static int64_t init_end(const struct init *init)
{
    if (init->end_ns != UNKNOWN_NS) {
        return init->end_ns;
    }
    return init->duration_ns != UNKNOWN_NS ? init->start_ns + init->duration_ns : UNKNOWN_NS;
}

/* An init inside of an invocation: the one that was running when it began, else the next one. */
static uint32_t suppressed_for(const struct view *view, const struct instance *instance,
                               const struct init *init)
{
    uint32_t after = window_after(view, instance, init->start_ns + WINDOW_SLACK_NS + 1);
    if (after > 0) {
        const struct invocation *before = &view->invocations.rows[instance->invocations[after - 1]];
        int64_t end_ns = derive_end_ns(view, before);
        if (end_ns == UNKNOWN_NS || end_ns >= init->start_ns + WINDOW_SLACK_NS) {
            return instance->invocations[after - 1];
        }
    }
    return after < instance->invocation_count ? instance->invocations[after] : ROW_NONE;
}

/* The first invocation after an init and before the next one. */
static uint32_t first_for(const struct view *view, const struct instance *instance, uint32_t index)
{
    const struct init *init = &instance->inits[index];
    uint32_t at = window_after(view, instance, init->start_ns - WINDOW_SLACK_NS);
    if (at == instance->invocation_count) {
        return ROW_NONE;
    }
    int64_t start_ns = view->invocations.rows[instance->invocations[at]].listed_ns;
    for (uint32_t i = index + 1; i < instance->init_count; i++) {
        if (!instance->inits[i].suppressed && instance->inits[i].start_ns <= start_ns) {
            return ROW_NONE;
        }
    }
    return instance->invocations[at];
}

static bool init_provisioned(const struct view *view, const struct init *init)
{
    return slice_equal(text_get(&view->texts, init->type), SLICE("provisioned-concurrency"));
}

bool derive_provisioned(const struct view *view, uint32_t instance)
{
    const struct instance *row = &view->instances.rows[instance];
    for (uint32_t i = 0; i < row->init_count; i++) {
        if (init_provisioned(view, &row->inits[i])) {
            return true;
        }
    }
    return false;
}

static bool init_proactive(const struct view *view, const struct init *init, uint32_t invocation)
{
    if (init->suppressed) {
        return false;
    }
    if (init_provisioned(view, init)) {
        return true;
    }
    int64_t end_ns = init_end(init);
    if (end_ns == UNKNOWN_NS) {
        return false;
    }
    if (invocation == ROW_NONE) {
        return view->now_ns > end_ns + PROACTIVE_GAP_NS + END_GRACE_NS;
    }
    return view->invocations.rows[invocation].listed_ns - end_ns > PROACTIVE_GAP_NS;
}

static void assign_inits(struct view *view, struct instance *instance)
{
    instance->waiting = false;
    for (uint32_t i = 0; i < instance->init_count; i++) {
        struct init *init = &instance->inits[i];
        uint32_t invocation =
            init->suppressed ? suppressed_for(view, instance, init) : first_for(view, instance, i);
        if (invocation != ROW_NONE &&
            !partial_init_tells(view, init, &view->invocations.rows[invocation])) {
            invocation = ROW_NONE;
        }
        bool proactive = !instance->lent && init_proactive(view, init, invocation);
        if (init->invocation != ROW_NONE && init->invocation != invocation) {
            derive_touch_invocation(view, init->invocation);
        }
        if (invocation != ROW_NONE) {
            derive_touch_invocation(view, invocation);
        }
        init->invocation = invocation;
        init->proactive = proactive;
        count_init(view, instance, init);
        if (invocation == ROW_NONE && !proactive && !init->suppressed && !instance->lent) {
            instance->waiting = true;
        }
    }
}

/* ---- What an invocation counts, and where it stands. ---- */

static void derive_cold(const struct view *view, struct invocation *invocation)
{
    const struct instance *instance = &view->instances.rows[invocation->instance];
    bool any = false, waited = false, proactive = false;
    for (uint32_t i = 0; i < instance->init_count; i++) {
        const struct init *init = &instance->inits[i];
        if (init->invocation == ROW_NONE ||
            &view->invocations.rows[init->invocation] != invocation) {
            continue;
        }
        any = true;
        if (init->proactive) {
            proactive = true;
        } else if (init->suppressed || invocation->cold_told != 0) {
            waited = true;
        }
    }
    if (!any) {
        waited = invocation->cold_told == 1 ||
                 (invocation->cold_told < 0 && invocation->init_ns != UNKNOWN_NS);
    }
    invocation->cold = waited;
    invocation->proactive = proactive && !waited;
}

static void derive_function(struct view *view, const struct invocation *invocation)
{
    struct function *function =
        &view->functions.rows[view->instances.rows[invocation->instance].function];
    if (invocation->deadline_ns > invocation->start_ns &&
        invocation->start_ns >= function->timeout_start_ns) {
        function->timeout_start_ns = invocation->start_ns;
        function->timeout_ns = invocation->deadline_ns - invocation->start_ns;
    }
    if (invocation->memory_mb != UNKNOWN_INT &&
        invocation->start_ns >= function->reported_start_ns) {
        function->reported_start_ns = invocation->start_ns;
        function->reported_memory_mb = invocation->memory_mb;
    }
}

static void derive_invocation(struct view *view, uint32_t row)
{
    struct invocation *invocation = &view->invocations.rows[row];
    derive_cold(view, invocation);
    const struct init *init = derive_init(view, invocation);
    int64_t placed_ns = invocation->start_ns;
    if (invocation->cold && init != NULL && init->start_ns < placed_ns) {
        placed_ns = init->start_ns;
    } else if (invocation->cold && init == NULL && invocation->init_ns > 0 &&
               !init_told_inside(view, invocation)) {
        placed_ns -= invocation->init_ns; /* Its duration is told; it cannot have begun later. */
    }
    invocation->outcome = (uint8_t)outcome_of(view, invocation);
    invocations_open(&view->invocations, row, invocation->outcome == OUTCOME_RUNNING);
    place_invocation(view, row, placed_ns);
    derive_function(view, invocation);
    count_invocation(view, invocation);
}

/* The last invocation that began before a time: whether it was cut short depends on what is around.
 */
static void touch_untold_before(struct view *view, const struct instance *instance, int64_t time_ns)
{
    uint32_t after = window_after(view, instance, time_ns);
    if (after > 0 &&
        view->invocations.rows[instance->invocations[after - 1]].status == ENDED_UNTOLD) {
        derive_touch_invocation(view, instance->invocations[after - 1]);
    }
}

static void settle_starts(struct view *view)
{
    struct touched *invocations = &view->touched_invocations;
    struct touched *instances = &view->touched_instances;
    for (uint32_t i = 0; i < invocations->count; i++) {
        struct invocation *invocation = &view->invocations.rows[invocations->rows[i]];
        if (invocation->dead) {
            continue;
        }
        invocation->start_ns = derive_start_ns(invocation);
        if (!view->instances.rows[invocation->instance].pool &&
            !window_list(view, invocations->rows[i], invocation->start_ns)) {
            view->counters.refused_full++;
        }
    }
    uint32_t listed = invocations->count;
    for (uint32_t i = 0; i < listed; i++) {
        const struct invocation *invocation = &view->invocations.rows[invocations->rows[i]];
        if (invocation->dead) {
            continue;
        }
        touch_untold_before(view, &view->instances.rows[invocation->instance],
                            invocation->start_ns);
    }
    for (uint32_t i = 0; i < instances->count; i++) {
        const struct instance *instance = &view->instances.rows[instances->rows[i]];
        for (uint32_t k = 0; k < instance->stop_count; k++) {
            touch_untold_before(view, instance, instance->stops[k].time_ns + 1);
        }
    }
}

void derive_settle(struct view *view)
{
    struct touched *invocations = &view->touched_invocations;
    struct touched *instances = &view->touched_instances;
    attempts_join(view);
    settle_starts(view);
    attempts_number(view);
    attempts_touch_others(view);
    for (uint32_t i = 0; i < invocations->count; i++) {
        struct invocation *invocation = &view->invocations.rows[invocations->rows[i]];
        if (!invocation->dead) {
            invocation->outcome = (uint8_t)outcome_of(view, invocation);
        }
    }
    for (uint32_t i = 0; i < instances->count; i++) {
        struct instance *instance = &view->instances.rows[instances->rows[i]];
        assign_inits(view, instance);
        pending_settle(view, instance);
        pending_settle_lines(view, instance);
        pending_settle_failures(view, instance);
        instance->touched = false;
    }
    for (uint32_t i = 0; i < invocations->count; i++) {
        if (!view->invocations.rows[invocations->rows[i]].dead) {
            derive_invocation(view, invocations->rows[i]);
        }
        view->invocations.rows[invocations->rows[i]].touched = false;
    }
    invocations->count = 0;
    instances->count = 0;
}

void derive_overdue(struct view *view)
{
    uint32_t next;
    for (uint32_t row = view->invocations.open; row != ROW_NONE; row = next) {
        next = view->invocations.rows[row].open_next;
        if (outcome_of(view, &view->invocations.rows[row]) != OUTCOME_RUNNING) {
            derive_touch_invocation(view, row);
        }
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        if (view->instances.rows[i].waiting) {
            derive_touch_instance(view, i);
        }
    }
    derive_settle(view);
}

void derive_retract(struct view *view, uint32_t invocation)
{
    count_retract(view, &view->invocations.rows[invocation]);
    place_remove(view, invocation);
    window_unlist(view, invocation);
    invocations_open(&view->invocations, invocation, false);
}

void derive_retract_inits(struct view *view, uint32_t instance)
{
    struct instance *row = &view->instances.rows[instance];
    for (uint32_t i = 0; i < row->init_count; i++) {
        if (row->inits[i].put.present) {
            struct contribution *put = &row->inits[i].put;
            rollup_line_remove(&view->functions.rows[put->function].rollups, put, &view->rollups);
            row->inits[i].put.present = false;
        }
    }
}

bool derive_out_of_memory(const struct view *view, const struct invocation *invocation)
{
    if (invocation->outcome != OUTCOME_ERROR) {
        return false;
    }
    struct slice type = text_get(&view->texts, invocation->error_type);
    bool used_up = invocation->memory_mb > 0 && invocation->max_memory_mb >= invocation->memory_mb;
    return slice_find(type, SLICE("OutOfMemory")) != SLICE_NONE ||
           (used_up && slice_equal(type, SLICE("Runtime.ExitError")));
}

/* What it took of its timeout: the platform's word, or the runtime's. */
static int64_t taken_ns(const struct invocation *invocation)
{
    return invocation->reported_ns != UNKNOWN_NS ? invocation->reported_ns : invocation->handler_ns;
}

bool derive_near_timeout(const struct invocation *invocation)
{
    bool ended_itself = invocation->outcome == OUTCOME_OK || invocation->outcome == OUTCOME_ERROR;
    int64_t used_ns = taken_ns(invocation);
    if (!ended_itself || used_ns == UNKNOWN_NS || invocation->deadline_ns == UNKNOWN_NS ||
        invocation->deadline_ns <= invocation->start_ns) {
        return false;
    }
    int64_t timeout_ns = invocation->deadline_ns - invocation->start_ns;
    return used_ns > timeout_ns / 100 * NEAR_TIMEOUT_PERCENT;
}

bool derive_throttled(const struct view *view, const struct invocation *invocation)
{
    /* Parts of names that errors of this kind have, in SDKs of clouds and in clients of HTTP. */
    static const struct slice parts[] = {
        SLICE_INIT("TooManyRequests"),
        SLICE_INIT("Throttl"),
        SLICE_INIT("Rate Exceeded"),
        SLICE_INIT("RateExceeded"),
        SLICE_INIT("RateLimit"),
        SLICE_INIT("RequestLimitExceeded"),
        SLICE_INIT("ProvisionedThroughputExceeded"),
    };
    if (invocation->outcome != OUTCOME_ERROR) {
        return false;
    }
    struct slice type = text_get(&view->texts, invocation->error_type);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (slice_find(type, parts[i]) != SLICE_NONE) {
            return true;
        }
    }
    return false;
}
