/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/life_parts.h"

#include "base/clock.h"
#include "sandbox/life_say.h"

void life_shutdown_finish(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life_say(actions, LIFE_DO_KILL_ALL);
    life->runtime_alive = false;
    life->runtime_waiting = false;
    life->registration_open = false;
    for (unsigned i = 0; i < life->extension_count; i++) {
        life->extensions[i].state = LIFE_EXTENSION_GONE;
    }
    if (life->reason == LIFE_SPINDOWN || (life->end_wanted && !life->has_invocation)) {
        life->state = LIFE_ENDED;
        life->deadline_ns = 0;
        life_say(actions, LIFE_DO_END);
        return;
    }
    life->state = LIFE_COLD;
    if (life->has_invocation) {
        /* Its init failed before it began: it is repeated for it, this time in its own time. */
        life_begin_invocation(life, now_ns);
        life_start_init(life, now_ns, actions);
        return;
    }
    life->deadline_ns = life->limits.idle_ns == 0 ? 0 : now_ns + life->limits.idle_ns;
    life_say(actions, LIFE_DO_FREE);
}

bool life_shutdown_running(const struct life *life)
{
    for (unsigned i = 0; i < life->external_count; i++) {
        if (life->extensions[i].state != LIFE_EXTENSION_GONE) {
            return true;
        }
    }
    return false;
}

void life_shutdown_extensions(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->state = LIFE_SHUTDOWN_EXTENSIONS;
    life->deadline_ns = life->shutdown_ns;
    for (unsigned i = 0; i < life->external_count; i++) {
        struct life_extension *extension = &life->extensions[i];
        if (extension->state == LIFE_EXTENSION_GONE) {
            continue;
        }
        if ((extension->events & LIFE_EVENT_SHUTDOWN) == 0 ||
            extension->state == LIFE_EXTENSION_FAILED) {
            extension->state = LIFE_EXTENSION_GONE;
            life_say(actions, LIFE_DO_KILL_EXTENSION)->extension = i;
            continue;
        }
        struct life_action *action = life_say(actions, LIFE_DO_TELL_SHUTDOWN);
        action->extension = i;
        action->reason = life->reason;
        action->deadline_ns = life->shutdown_ns;
    }
    if (!life_shutdown_running(life) || now_ns >= life->shutdown_ns) {
        life_shutdown_finish(life, now_ns, actions);
    }
}

static uint64_t shutdown_budget_ms(const struct life *life)
{
    for (unsigned i = 0; i < life->external_count; i++) {
        if (life->extensions[i].state != LIFE_EXTENSION_GONE &&
            life->extensions[i].state != LIFE_EXTENSION_STARTED) {
            return SHUTDOWN_EXTERNAL_MS;
        }
    }
    return life->extension_count > life->external_count ? SHUTDOWN_INTERNAL_MS : 0;
}

void life_shutdown_begin(struct life *life, enum life_reason reason, uint64_t now_ns,
                         struct life_actions *actions)
{
    life_thaw(life, actions);
    life->reason = reason;
    life->registration_open = false;
    uint64_t budget_ns = shutdown_budget_ms(life) * CLOCK_NS_PER_MS;
    life->shutdown_ns = now_ns + budget_ns;
    if (life->runtime_alive && reason == LIFE_SPINDOWN && budget_ns > 0) {
        life->state = LIFE_SHUTDOWN_RUNTIME;
        life->deadline_ns = now_ns + budget_ns / 100 * SHUTDOWN_RUNTIME_PERCENT;
        life_say(actions, LIFE_DO_TERM_RUNTIME);
        return;
    }
    if (life->runtime_alive) {
        life->runtime_alive = false;
        life_say(actions, LIFE_DO_KILL_RUNTIME);
    }
    life_shutdown_extensions(life, now_ns, actions);
}
