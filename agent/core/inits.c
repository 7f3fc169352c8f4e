/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

static struct init *latest_init(struct core *core)
{
    return core->init_latest < AGENT_INITS_MAX ? &core->inits[core->init_latest] : NULL;
}

static void forget_init(struct core *core, const struct init *init)
{
    for (size_t i = 0; i < core->invocations.reach; i++) {
        if (core->invocations.rows[i].init == init) {
            core->invocations.rows[i].init = NULL;
        }
    }
}

static void wait_for_init(struct core *core, struct core_now now, struct invocation *row,
                          struct init *init)
{
    init->claimed = true;
    row->cold = INVOCATION_COLD_YES;
    row->init = init;
    row->dirty = true;
    metrics_cold_start(&core->metrics, now.wall_ns, init->duration_ns);
}

/* Told again, it is no other init. */
static bool init_known(const struct core *core, uint64_t start_ns)
{
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        if (core->inits[i].used && core->inits[i].start_ns == start_ns) {
            return true;
        }
    }
    return false;
}

void inits_start(struct core *core, struct core_now now, const struct event *event,
                 struct slice phase)
{
    if (event->time_ns > 0 && init_known(core, event->time_ns)) {
        return;
    }
    size_t index =
        core->init_latest < AGENT_INITS_MAX ? (core->init_latest + 1) % AGENT_INITS_MAX : 0;
    struct init *init = &core->inits[index];
    if (core->attributed != NULL && core->attributed->former) {
        /* What comes now is of this process's time. */
        core->attributed = NULL;
    }
    forget_init(core, init);
    *init = (struct init){
        .used = true,
        .dirty = true,
        .start_ns = event->time_ns > 0 ? event->time_ns : now.wall_ns,
        .duration_ns = INT64_MIN,
    };
    core->init_latest = index;
    invocation_text_set(&init->phase, event->phase.size > 0 ? event->phase : phase);
    invocation_text_set(&init->type, event->initialization_type);
    invocation_text_keep(&core->initialization_type, &core->resource.initialization_type,
                         event->initialization_type);
    invocation_text_keep(&core->runtime, &core->resource.runtime, event->runtime_version);
    /* An init inside of an invocation that has begun: the failed one is done over, and it waits. */
    struct invocation *open = core->attributed;
    if (slice_equal(invocation_text_slice(&init->phase), SLICE("invoke")) && open != NULL &&
        open->state == INVOCATION_STARTED) {
        wait_for_init(core, now, open, init);
    }
}

void inits_end(struct core *core, const struct event *event, bool report)
{
    struct init *init = latest_init(core);
    if (init == NULL) {
        core->counters.events_useless++;
        return;
    }
    init->dirty = true;
    if (event->time_ns > 0 && (report || init->end_ns == 0)) {
        init->end_ns = event->time_ns;
    }
    if (event->duration_ns != EVENT_NONE) {
        init->duration_ns = event->duration_ns;
    }
    if (event->status.size > 0) {
        invocation_text_set(&init->status, event->status);
    }
    text_error_type(core, &init->error_type, event->error_type, &core->held.loose);
    if (event->initialization_type.size > 0 && init->type.size == 0) {
        invocation_text_set(&init->type, event->initialization_type);
    }
    held_init_end(core, init);
}

/* Whether the invocation that starts now waited for the latest init. */
void inits_judge(struct core *core, struct core_now now, struct invocation *row)
{
    struct init *init = latest_init(core);
    struct slice phase;
    if (row->cold == INVOCATION_COLD_YES) {
        return;
    }
    row->cold = INVOCATION_COLD_NO;
    if (init == NULL || init->claimed) {
        return;
    }
    phase = invocation_text_slice(&init->phase);
    uint64_t end_ns = init->end_ns > 0 ? init->end_ns : init->start_ns;
    bool inside = slice_equal(phase, SLICE("invoke"));
    bool restored = slice_equal(phase, SLICE("snap-start")) && init->type.size == 0;
    bool on_demand =
        slice_equal(invocation_text_slice(&init->type), SLICE("on-demand")) || init->type.size == 0;
    bool proactive = row->start_ns > end_ns && row->start_ns - end_ns > AGENT_PROACTIVE_NS;
    if (inside || ((restored || on_demand) && !proactive)) {
        wait_for_init(core, now, row, init);
    } else {
        init->claimed = true;
    }
}

/* Nobody tells of inits: the first invocation waited for one if it came as soon as we were there.
 */
void inits_judge_untold(struct core *core, struct core_now now, struct invocation *row)
{
    struct slice type = core->resource.initialization_type;
    bool first = core->invoke_count == 0 && slice_equal(type, SLICE("on-demand"));
    bool soon = now.wall_ns - core->resource.epoch_ns <= AGENT_PROACTIVE_NS;
    row->cold = first && soon ? INVOCATION_COLD_YES : INVOCATION_COLD_NO;
}
