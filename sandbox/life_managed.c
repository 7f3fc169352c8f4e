/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/life_parts.h"

#include "base/ensure.h"
#include "sandbox/life_say.h"

#include <stdio.h>

/*
 * A managed instance: it never freezes, and its runtime's workers each call
 * next.  An invocation waits in its slot until a worker is free, is sent, and
 * is over when it is answered or its time is; the worker comes back when it
 * likes.  No event tells that a runtime is done: the report does.
 */

static unsigned slots_used(const struct life *life)
{
    unsigned used = 0;
    for (unsigned i = 0; i < life->limits.slots; i++) {
        used += life->slots[i].state != LIFE_SLOT_FREE;
    }
    return used;
}

bool life_managed_free(const struct life *life)
{
    bool takes = life->state == LIFE_COLD || life->state == LIFE_INIT_EXTENSIONS ||
                 life->state == LIFE_INIT_RUNTIME || life->state == LIFE_READY;
    return takes && !life->end_wanted && slots_used(life) < life->limits.slots;
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one != 0 && (other == 0 || one < other) ? one : other;
}

uint64_t life_managed_deadline_ns(const struct life *life)
{
    uint64_t deadline_ns = life->deadline_ns;
    for (unsigned i = 0; i < life->limits.slots; i++) {
        if (life->slots[i].state == LIFE_SLOT_SENT) {
            deadline_ns = earlier(life->slots[i].deadline_ns, deadline_ns);
        }
    }
    return deadline_ns;
}

/* Hand waiting invocations to waiting workers, the oldest first. */
static void hand_out(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    while (life->state == LIFE_READY && life->workers > 0) {
        struct life_slot *oldest = NULL;
        for (unsigned i = 0; i < life->limits.slots; i++) {
            struct life_slot *slot = &life->slots[i];
            if (slot->state == LIFE_SLOT_WAITING &&
                (oldest == NULL || slot->order < oldest->order)) {
                oldest = slot;
            }
        }
        if (oldest == NULL) {
            return;
        }
        unsigned index = (unsigned)(oldest - life->slots);
        life->workers--;
        life->deadline_ns = 0;
        oldest->state = LIFE_SLOT_SENT;
        oldest->sent_ns = now_ns;
        oldest->deadline_ns = now_ns + life->limits.timeout_ns;
        life_say_event(life, actions, LIFE_EVENT_START)->slot = index;
        actions->list[actions->count - 1].slot = index;
        struct life_action *action = life_say(actions, LIFE_DO_SEND_INVOKE);
        action->slot = index;
        action->deadline_ns = oldest->deadline_ns;
    }
}

static void rest(struct life *life, uint64_t now_ns)
{
    bool idle = slots_used(life) == 0 && life->limits.idle_ns != 0;
    life->deadline_ns = idle ? now_ns + life->limits.idle_ns : 0;
}

void life_managed_ready(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->state = LIFE_READY;
    rest(life, now_ns);
    hand_out(life, now_ns, actions);
    if (life->end_wanted) {
        life_managed_end(life, now_ns, actions);
    } else {
        life_say(actions, LIFE_DO_FREE);
    }
}

void life_managed_invoke(struct life *life, unsigned slot, uint64_t now_ns,
                         struct life_actions *actions)
{
    ENSURE(slot < life->limits.slots && life->slots[slot].state == LIFE_SLOT_FREE);
    life->slots[slot] = (struct life_slot){.state = LIFE_SLOT_WAITING, .order = ++life->slot_order};
    if (life->state == LIFE_COLD) {
        life_start_init(life, now_ns, actions);
    } else {
        hand_out(life, now_ns, actions);
    }
}

void life_managed_next(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->workers++;
    hand_out(life, now_ns, actions);
}

/* The report, and the end of the invocation. */
static void finish(struct life *life, unsigned index, enum life_outcome outcome,
                   const char *error_type, struct life_actions *actions)
{
    struct life_slot *slot = &life->slots[index];
    struct life_event *event = life_say_event(life, actions, LIFE_EVENT_REPORT);
    actions->list[actions->count - 1].slot = index;
    event->slot = index;
    event->outcome = outcome;
    life_say_error_type(event->error_type, error_type);
    event->duration_ns = life->now_ns - slot->sent_ns;
    event->sent_ns = slot->sent_ns;
    event->first_ns = slot->first_ns;
    event->last_ns = slot->last_ns;
    event->bytes = slot->bytes;
    slot->state = LIFE_SLOT_FREE;
    life_say(actions, LIFE_DO_FINISHED)->slot = index;
}

static void after(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    rest(life, now_ns);
    if (life->end_wanted) {
        life_managed_end(life, now_ns, actions);
    } else {
        life_say(actions, LIFE_DO_FREE);
    }
}

void life_managed_response(struct life *life, const struct life_input *input, uint64_t now_ns,
                           struct life_actions *actions)
{
    struct life_slot *slot = &life->slots[input->slot];
    if (input->slot >= life->limits.slots || slot->state != LIFE_SLOT_SENT) {
        return;
    }
    slot->first_ns = input->first_ns;
    slot->last_ns = now_ns;
    slot->bytes = input->bytes;
    finish(life, input->slot, input->error_type == NULL ? LIFE_SUCCESS : LIFE_ERROR,
           input->error_type, actions);
    after(life, now_ns, actions);
}

static void fail_slot(struct life *life, unsigned index, enum life_outcome outcome,
                      const char *error_type, struct life_actions *actions)
{
    struct life_slot *slot = &life->slots[index];
    if (slot->state == LIFE_SLOT_WAITING) {
        slot->sent_ns = life->now_ns;
        life_say_event(life, actions, LIFE_EVENT_START)->slot = index;
        actions->list[actions->count - 1].slot = index;
    }
    struct life_action *action = life_say(actions, LIFE_DO_FAIL);
    action->slot = index;
    life_say_error_type(action->event.error_type, error_type);
    finish(life, index, outcome, error_type, actions);
}

void life_managed_time(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    bool any = false;
    for (unsigned i = 0; i < life->limits.slots; i++) {
        const struct life_slot *slot = &life->slots[i];
        if (slot->state == LIFE_SLOT_SENT && now_ns >= slot->deadline_ns) {
            any = true;
            fail_slot(life, i, LIFE_TIMEOUT, "Sandbox.Timedout", actions);
        }
    }
    if (any) {
        after(life, now_ns, actions);
    }
}

void life_managed_fail(struct life *life, enum life_outcome outcome, const char *error_type,
                       uint64_t now_ns, struct life_actions *actions)
{
    for (unsigned i = 0; i < life->limits.slots; i++) {
        if (life->slots[i].state != LIFE_SLOT_FREE) {
            fail_slot(life, i, outcome, error_type, actions);
        }
    }
    /* Nothing is initialised anew in here: another environment takes over. */
    life->end_wanted = true;
    life_shutdown_begin(life, LIFE_BY_FAILURE, now_ns, actions);
}

void life_managed_end(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->end_wanted = true;
    bool waits = life->state == LIFE_READY || life->state == LIFE_COLD;
    if (waits && slots_used(life) == 0) {
        life_shutdown_begin(life, LIFE_SPINDOWN, now_ns, actions);
    }
}
