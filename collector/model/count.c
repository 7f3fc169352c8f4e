/* SPDX-License-Identifier: Apache-2.0 */
#include "model/count.h"
#include "model/attempts.h"
#include "model/derive.h"
#include "model/qualifier.h"
#include "model/room.h"

#include "base/ensure.h"
#include "cost/cost.h"
#include "cost/cost_limits.h"

#define NS_PER_US 1000

void count_init(struct view *view, struct instance *instance, struct init *init)
{
    struct rollup_line *line = &view->functions.rows[instance->function].rollups;
    ENSURE(!init->put.present || init->put.function == instance->function);
    if (init->put.present == init->proactive) {
        return;
    }
    if (init->put.present) {
        rollup_line_remove(line, &init->put, &view->rollups);
        init->put.present = false;
        return;
    }
    init->put = (struct contribution){
        .minute_ns = rollup_minute(init->start_ns),
        .function = instance->function,
        .trigger = TEXT_EMPTY,
        .alias = TEXT_EMPTY,
        .init = HISTOGRAM_BUCKET_NONE,
        .handler = HISTOGRAM_BUCKET_NONE,
        .wait = HISTOGRAM_BUCKET_NONE,
        .reported = HISTOGRAM_BUCKET_NONE,
        .proactive = true,
    };
    if (!instance->returned && room_counts(view, &init->put)) {
        init->put.present = rollup_line_add(line, &init->put, &view->rollups);
        view->counters.refused_full += init->put.present ? 0 : 1;
    }
}

static uint32_t clamp_u32(int64_t value)
{
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* What is held is paid for as the rest is: with the memory that the invocation has. */
static struct contribution_agent agent_of(const struct invocation *invocation)
{
    struct contribution_agent agent = {
        .held_us = clamp_u32(invocation->agent_held_ns / NS_PER_US),
        .cpu_us = clamp_u32(invocation->agent_cpu_ns / NS_PER_US),
        .wire_bytes = clamp_u32(invocation->agent_wire_bytes),
        .told = invocation->agent_cpu_ns != UNKNOWN_NS,
    };
    if (invocation->memory_mb != UNKNOWN_INT) {
        agent.held_mb_us = agent.held_us * (uint64_t)invocation->memory_mb;
    }
    return agent;
}

static uint32_t part_us(int64_t part_ns)
{
    return clamp_u32(part_ns / NS_PER_US);
}

/* What it is billed, and for what.  What is absurd is not billed. */
static void add_bill(const struct view *view, const struct invocation *invocation, int64_t init_ns,
                     struct contribution *contribution)
{
    const struct function *function = &view->functions.rows[contribution->function];
    const struct init *init = derive_init(view, invocation);
    uint32_t phase = init != NULL ? init->phase : invocation->init_phase;
    const struct cost_facts facts = {
        .billing = billing_of(text_get(&view->texts, function->provider),
                              text_get(&view->texts, function->platform)),
        .start_ns = invocation->start_ns,
        .billed_ms = invocation->billed_ms,
        .reported_ns = invocation->reported_ns,
        .handler_ns = invocation->handler_ns,
        .post_handler_ns = invocation->post_handler_ns,
        .init_ns = init_ns,
        .billed_restore_ms = invocation->billed_restore_ms,
        .init_inside = slice_equal(text_get(&view->texts, phase), SLICE("invoke")),
    };
    const struct cost_split split = cost_split(&facts);
    contribution->billed = true;
    contribution->billed_ms = clamp_u32(invocation->billed_ms);
    contribution->memory_mb = clamp_u32(invocation->memory_mb);
    contribution->init_us = part_us(split.init_ns);
    contribution->post_handler_us = part_us(split.post_handler_ns);
    contribution->rounding_us = part_us(split.rounding_ns);
}

static bool billed(const struct invocation *invocation)
{
    return invocation->billed_ms >= 0 && invocation->billed_ms <= COST_BILLED_MS_MAX;
}

/* It became a text when it was told. */
static uint32_t alias_of(const struct view *view, const struct invocation *invocation)
{
    struct slice alias = qualifier_alias(text_get(&view->texts, invocation->invoked_arn));
    return alias.size > 0 ? text_find(&view->texts, alias) : TEXT_EMPTY;
}

struct contribution count_contribution(const struct view *view, const struct invocation *invocation)
{
    int64_t init_ns = invocation->cold ? derive_init_ns(view, invocation) : UNKNOWN_NS;
    int64_t wait_ns = derive_wait_ns(view, invocation);
    struct contribution contribution = {
        .agent = agent_of(invocation),
        .minute_ns = rollup_minute(invocation->start_ns),
        .function = view->instances.rows[invocation->instance].function,
        .trigger = invocation->trigger,
        .alias = alias_of(view, invocation),
        .cold_init_us = init_ns != UNKNOWN_NS ? clamp_u32(init_ns / NS_PER_US) : 0,
        .max_memory_mb = clamp_u32(invocation->max_memory_mb),
        .init = init_ns != UNKNOWN_NS ? histogram_bucket(init_ns) : HISTOGRAM_BUCKET_NONE,
        .handler = invocation->handler_ns != UNKNOWN_NS ? histogram_bucket(invocation->handler_ns)
                                                        : HISTOGRAM_BUCKET_NONE,
        .wait = wait_ns != UNKNOWN_NS ? histogram_bucket(wait_ns) : HISTOGRAM_BUCKET_NONE,
        .reported = invocation->reported_ns != UNKNOWN_NS
                        ? histogram_bucket(invocation->reported_ns)
                        : HISTOGRAM_BUCKET_NONE,
        .invocation = true,
        .error = invocation->outcome == OUTCOME_ERROR || invocation->outcome == OUTCOME_TIMEOUT,
        .timeout = invocation->outcome == OUTCOME_TIMEOUT,
        .oom = derive_out_of_memory(view, invocation),
        .near_timeout = derive_near_timeout(invocation),
        .throttled = derive_throttled(view, invocation),
        .provisioned = derive_provisioned(view, invocation->instance),
        .end_unknown = invocation->outcome == OUTCOME_END_UNKNOWN,
        .cold = invocation->cold,
        .retry = attempts_behind(view, invocation),
        .streamed = invocation->produced_bytes != UNKNOWN_INT,
        .streamed_bytes = clamp_u32(cost_streamed_bytes(invocation->produced_bytes)),
    };
    if (billed(invocation)) {
        add_bill(view, invocation, init_ns, &contribution);
    }
    return contribution;
}

void count_retract(struct view *view, struct invocation *invocation)
{
    if (invocation->put.present) {
        rollup_line_remove(&view->functions.rows[invocation->put.function].rollups,
                           &invocation->put, &view->rollups);
        invocation->put.present = false;
    }
}

/* What is told again of an invocation that has been counted and forgotten is not counted, but for
 * the first bill. */
static bool counted_before(struct view *view, struct invocation *invocation)
{
    if (invocation->left == ROOM_UNKNOWN) {
        return false;
    }
    if (invocation->left == ROOM_COUNTED && invocation->put.billed) {
        struct contribution *put = &invocation->put;
        invocation->left = ROOM_BILLED;
        if (!rollup_line_bill(&view->functions.rows[put->function].rollups, put, &view->rollups)) {
            room_refuse(view, put->minute_ns);
        }
    }
    return true;
}

void count_invocation(struct view *view, struct invocation *invocation)
{
    bool counted = invocation->put.present;
    count_retract(view, invocation);
    if (invocation->outcome == OUTCOME_RUNNING) {
        return;
    }
    invocation->put = count_contribution(view, invocation);
    if (counted_before(view, invocation)) {
        return;
    }
    if (!counted && !room_counts(view, &invocation->put)) {
        invocation->left = ROOM_BILLED; /* Noted once. */
        return;
    }
    invocation->put.present = rollup_line_add(
        &view->functions.rows[invocation->put.function].rollups, &invocation->put, &view->rollups);
    if (!invocation->put.present) {
        view->counters.refused_full++;
        room_refuse(view, invocation->put.minute_ns);
    }
}
