/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include "base/ensure.h"

/*
 * A snapshot (SnapStart) is made of this process after its init, and every
 * instance that is restored of it wakes up as a copy.  So what was made before
 * belongs to the instance that published the version: it is sent as that
 * instance's, with the same bytes by every copy, which the collector counts
 * once.  What follows belongs to a new instance, with an identity, an epoch
 * and randomness of its own.
 *
 *     TAKEN --first INVOKE, or restoreStart--> RESTORING --restoreStart--> NONE
 *
 * In RESTORING nothing is sent for a moment: who we are is not known yet.
 */

bool core_restore_wanted(const struct core *core)
{
    return core->snapshot == CORE_SNAPSHOT_TAKEN && !core->stopping;
}

void restore_begin(struct core *core, struct core_now now, const uint64_t seed[2],
                   struct core_actions *actions)
{
    if (!core_restore_wanted(core)) {
        return;
    }
    core->snapshot = CORE_SNAPSHOT_RESTORING;
    core->instance_wait_ns = now.mono_ns + AGENT_INSTANCE_WAIT_NS;
    core->config.seed[0] = seed[0];
    core->config.seed[1] = seed[1];
    prng_init(&core->prng, seed[0] ^ seed[1]);
    /* No connection leads anywhere any more; that is no failure of the collector. */
    actions->cancel = true;
    if (core->exchange.in_flight > 0) {
        const struct core_input lost = {.kind = CORE_ANSWER, .answer = {.status = 0}};
        batch_answer(core, now, &lost);
    }
    core->failures = 0;
    core->retry_ns = 0;
    if (!core->telemetry) {
        restore_become(core, now, SLICE_EMPTY, now.wall_ns);
    }
}

/* What waits was numbered by who made the snapshot, and is sent as his, by whichever process of
 * this instance: it is that of a life before this one. */
static void leave_life(struct core *core)
{
    unsigned place = lives_free(&core->lives);
    size_t position = 0;
    struct queue_frame *frame;
    if (place == 0 || core->queue.count == 0) {
        return;
    }
    struct life *life = &core->lives.rows[place];
    life->epoch_ns = core->resource.epoch_ns;
    life->made_up = core->resource.instance_made_up;
    lives_set_instance(life, core->resource.instance);
    core->lives.used |= UINT32_C(1) << place;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        frame->life = frame->life == 0 ? (unsigned char)place : frame->life;
    }
    core->spool_stale = true;
}

void restore_become(struct core *core, struct core_now now, struct slice instance,
                    uint64_t epoch_ns)
{
    ENSURE(core->snapshot == CORE_SNAPSHOT_RESTORING);
    core->snapshot = CORE_SNAPSHOT_NONE;
    if (core->init_latest < AGENT_INITS_MAX) {
        /* As of then, so that all copies make the same record of it. */
        const struct init *init = &core->inits[core->init_latest];
        emit_inits(core,
                   (struct core_now){.wall_ns = init->end_ns > 0 ? init->end_ns : init->start_ns,
                                     .mono_ns = now.mono_ns});
    }
    if (!batch_built(core) && core->queue.waiting > 0) {
        /* Cut now, so that it bears the name of who made it; it goes with the next flush. */
        core->draining = true;
        core->flush_seq = core->seq;
        (void)batch_cut(core, now, false);
    }
    leave_life(core);
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        core->inits[i].used = false;
    }
    core->init_latest = AGENT_INITS_MAX;
    core->resource.epoch_ns = epoch_ns;
    emit_fix_instance(core, instance, now.wall_ns);
}

bool restore_learn(struct core *core, struct core_now now, const struct event *event)
{
    if (core->snapshot == CORE_SNAPSHOT_NONE) {
        return false;
    }
    if (event->type == EVENT_INIT_START && slice_equal(event->phase, SLICE("invoke"))) {
        /* No copy: this process was started in an instance that had been restored before. */
        core->snapshot = CORE_SNAPSHOT_NONE;
        return false;
    }
    if (core->snapshot == CORE_SNAPSHOT_TAKEN) {
        return false;
    }
    if (event->type == EVENT_RESTORE_START) {
        restore_become(core, now, event->instance_id,
                       event->time_ns > 0 ? event->time_ns : now.wall_ns);
    } else if (event->type == EVENT_START) {
        /* An invocation that runs comes after the restore that was not told. */
        restore_become(core, now, SLICE_EMPTY, now.wall_ns);
    }
    return true;
}
