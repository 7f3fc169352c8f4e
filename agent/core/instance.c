/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include <string.h>

/* The platform names another instance than the spool that was replayed: a copy of /tmp.  What it
 * told is of others, who tell it themselves. */
static void disown(struct core *core)
{
    struct queue *queue = &core->queue;
    size_t before = queue->count;
    for (unsigned life = 1; life < AGENT_LIVES_MAX; life++) {
        const struct queue_gone all = {.first = 0, .last = UINT64_MAX, .life = (unsigned char)life};
        queue_remove(queue, &all);
    }
    queue->dropped = 0;
    core->counters = (struct core_counters){.received = queue->count};
    core->counters.spool[CORE_SPOOL_FOREIGN] = before - queue->count;
    for (size_t i = 0; i < core->invocations.reach; i++) {
        struct invocation *row = &core->invocations.rows[i];
        row->used = row->used && !row->former;
        row->init = NULL;
    }
    for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
        if (!core->invocations.attempts[i].dirty) {
            core->invocations.attempts[i] = (struct invocation_attempts){.id_hash = 0};
        }
    }
    memset(core->inits, 0, sizeof(core->inits));
    core->init_latest = AGENT_INITS_MAX;
    core->attributed = NULL;
    lives_init(&core->lives);
    core->spool_stale = true;
}

static void fix_instance(struct core *core, struct core_now now, struct slice told)
{
    if (core->lives.latest > 0 && told.size > 0) {
        const struct life *latest = &core->lives.rows[core->lives.latest];
        if (!latest->made_up && latest->instance_size > 0 &&
            !slice_equal(told, lives_instance(latest))) {
            disown(core);
        }
    }
    emit_fix_instance(core, told, now.wall_ns);
}

void instance_learn(struct core *core, struct core_now now, const struct event *event)
{
    if (restore_learn(core, now, event)) {
        return;
    }
    if (event->type == EVENT_RESTORE_START) {
        core->resource.epoch_ns = event->time_ns > 0 ? event->time_ns : now.wall_ns;
        emit_fix_instance(core, event->instance_id, now.wall_ns);
    } else if (!core->instance_fixed) {
        fix_instance(core, now, event->instance_id);
    }
}
