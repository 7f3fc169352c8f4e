/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model_limits.h"
#include "model/save.h"

#include <string.h>

void save_contribution(struct save *save, const struct contribution *put)
{
    const bool flags[] = {put->agent.told,  put->invocation,  put->error,        put->timeout,
                          put->end_unknown, put->cold,        put->proactive,    put->billed,
                          put->oom,         put->provisioned, put->near_timeout, put->throttled,
                          put->retry,       put->streamed};
    unsigned bits = 0;
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        bits |= (flags[i] ? 1U : 0U) << i;
    }
    save_number(save, bits);
    save_number(save, put->agent.held_mb_us);
    save_number(save, put->agent.held_us);
    save_number(save, put->agent.cpu_us);
    save_number(save, put->agent.wire_bytes);
    save_distance(save, (uint64_t)(put->minute_ns / MINUTE_NS), 0);
    save_number(save, put->function);
    save_number(save, put->trigger);
    save_number(save, put->alias);
    save_number(save, put->billed_ms);
    save_number(save, put->memory_mb);
    save_number(save, put->init_us);
    save_number(save, put->post_handler_us);
    save_number(save, put->rounding_us);
    save_number(save, put->cold_init_us);
    save_number(save, put->streamed_bytes);
    save_number(save, put->max_memory_mb);
    const uint16_t buckets[] = {put->init, put->handler, put->wait, put->reported};
    for (unsigned i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
        save_number(save, buckets[i] == HISTOGRAM_BUCKET_NONE ? 0 : buckets[i] + 1U);
    }
}

static void save_inits(struct save *save, const struct instance *instance, int64_t now_ns)
{
    save_number(save, instance->init_count);
    for (uint32_t i = 0; i < instance->init_count; i++) {
        const struct init *init = &instance->inits[i];
        save_number(save, (init->suppressed ? INIT_SUPPRESSED : 0U) |
                              (init->proactive ? INIT_PROACTIVE : 0U) |
                              (init->put.present ? INIT_PUT : 0U) |
                              (unsigned)init->sources << INIT_SOURCES_SHIFT |
                              (unsigned)init->of_logs << INIT_LOGS_SHIFT);
        save_distance(save, (uint64_t)init->start_ns, (uint64_t)now_ns);
        save_time(save, init->end_ns, init->start_ns);
        save_time(save, init->duration_ns, 0);
        save_number(save, init->phase);
        save_number(save, init->type);
        save_number(save, init->status);
        save_number(save, init->error_type);
        save_row(save, init->invocation);
        if (init->put.present) {
            save_contribution(save, &init->put);
        }
    }
}

static void save_stops(struct save *save, const struct instance *instance, int64_t now_ns)
{
    save_number(save, instance->stop_count);
    for (uint32_t i = 0; i < instance->stop_count; i++) {
        const struct stop *stop = &instance->stops[i];
        save_number(save, stop->epoch);
        save_time(save, stop->time_ns, now_ns);
        save_number(save, stop->reason);
        for (unsigned reason = 0; reason < UNSENT_REASONS; reason++) {
            save_number(save, stop->unsent.counts[reason]);
        }
    }
}

/* Which numbers above its watermark are held: how far each is from the one before. */
static void save_numbers(struct save *save, const struct seqset *set)
{
    uint64_t before = set->watermark;
    uint32_t left = set->held;
    save_number(save, set->epoch);
    save_number(save, set->watermark);
    save_number(save, set->given_up);
    save_number(save, left);
    for (uint64_t number = set->watermark + 1; left > 0; number++) {
        uint64_t index = number % SEQ_WINDOW;
        if ((set->bits[index / 64] >> (index % 64) & 1) != 0) {
            save_number(save, number - before);
            before = number;
            left--;
        }
    }
}

static void save_waiting(struct save *save, const struct instance *instance, int64_t now_ns)
{
    save_number(save, instance->pending_count);
    for (uint32_t i = 0; i < instance->pending_count; i++) {
        const struct pending *pending = &instance->pending[i];
        save_number(save, pending->id);
        save_row(save, pending->link);
        save_distance(save, (uint64_t)pending->start_ns, (uint64_t)now_ns);
        save_distance(save, (uint64_t)pending->end_ns, (uint64_t)pending->start_ns);
        save_number(save, (unsigned)pending->tie);
    }
    save_number(save, instance->line_count);
    for (uint32_t i = 0; i < instance->line_count; i++) {
        const struct line_print *line = &instance->lines[i];
        save_distance(save, (uint64_t)line->time_ns, (uint64_t)now_ns);
        save_u64(save, line->text);
        save_u64(save, line->uid);
        save_number(save, line->before);
    }
    save_number(save, instance->failure_count);
    for (uint32_t i = 0; i < instance->failure_count; i++) {
        save_distance(save, (uint64_t)instance->failures[i].time_ns, (uint64_t)now_ns);
        save_number(save, instance->failures[i].error_type);
    }
}

static void save_agent(struct save *save, const struct agent_told *agent, int64_t now_ns)
{
    save_time(save, agent->memory_bytes, 0);
    save_number(save, agent->seq);
    if (agent->seq > 0) {
        save_number(save, agent->epoch);
        save_number(save, agent->waiting_records);
        save_distance(save, (uint64_t)agent->waiting_since_ns, (uint64_t)now_ns);
        save_distance(save, (uint64_t)agent->heard_ns, (uint64_t)now_ns);
    }
}

static void save_instance(struct save *save, const struct instance *instance,
                          const struct instance *before)
{
    const struct identity *identity = &save->view->functions.rows[instance->function].identity;
    int64_t now_ns = save->view->now_ns;
    bool named = memcmp(identity, &instance->identity, sizeof(*identity)) == 0;
    save_number(save,
                (instance->made_up ? INSTANCE_MADE_UP : 0U) |
                    (instance->lent ? INSTANCE_LENT : 0U) | (instance->pool ? INSTANCE_POOL : 0U) |
                    (instance->returned ? INSTANCE_RETURNED : 0U) |
                    (instance->waiting ? INSTANCE_WAITING : 0U) | (named ? INSTANCE_NAMED : 0U) |
                    (unsigned)instance->sources << INSTANCE_SOURCES_SHIFT);
    save_number(save, instance->function);
    if (!named) {
        save_number(save, instance->identity.account);
        save_number(save, instance->identity.region);
        save_number(save, instance->identity.name);
        save_number(save, instance->identity.version);
    }
    save_number(save, instance->name.size);
    save_bytes(save, instance->name.base, instance->name.size);
    save_row(save, instance->twin);
    save_number(save, instance->type);
    save_time(save, instance->first_seen_ns, now_ns);
    save_time(save, instance->last_seen_ns, now_ns);
    save_distance(save, instance->segment_last, before->segment_last);
    save_time(save, instance->inits_after_ns, now_ns);
    save_inits(save, instance, now_ns);
    save_stops(save, instance, now_ns);
    save_number(save, instance->epoch_count);
    for (uint32_t i = 0; i < instance->epoch_count; i++) {
        save_numbers(save, &instance->epochs[i]);
    }
    save_waiting(save, instance, now_ns);
    save_agent(save, &instance->agent, now_ns);
}

static uint32_t function_next(const struct view *view, uint32_t row)
{
    return view->instances.rows[row].function_next;
}

void save_instances(struct save *save)
{
    const struct view *view = save->view;
    static const struct instance nothing;
    for (uint32_t i = 0; i < view->instances.count; i++) {
        save_instance(save, &view->instances.rows[i],
                      i > 0 ? &view->instances.rows[i - 1] : &nothing);
    }
    struct save_chain chain = {save, function_next};
    for (uint32_t i = 0; i < view->functions.count; i++) {
        save_chain(&chain, i, view->functions.rows[i].instances);
    }
    save_chain_end(&chain);
}
