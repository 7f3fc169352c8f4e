/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/life.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "sandbox/life_parts.h"
#include "sandbox/life_say.h"

#include <string.h>

static void life_assert(const struct life *life)
{
    ENSURE(life->extension_count <= EXTENSION_COUNT_MAX);
    ENSURE(life->external_count <= life->extension_count);
    ENSURE(life->state != LIFE_INVOKE || life->has_invocation);
    ENSURE(!life->has_invocation || (life->state != LIFE_READY && life->state != LIFE_ENDED));
    ENSURE(life->limits.slots <= MANAGED_SLOT_MAX);
}

void life_init(struct life *life, const struct life_limits *limits, unsigned external_count)
{
    ENSURE(external_count <= EXTENSION_COUNT_MAX);
    memset(life, 0, sizeof(*life));
    life->limits = *limits;
    life->external_count = external_count;
    life->extension_count = external_count;
    life_assert(life);
}

uint64_t life_deadline_ns(const struct life *life)
{
    return life->limits.slots > 0 ? life_managed_deadline_ns(life) : life->deadline_ns;
}

bool life_free(const struct life *life)
{
    if (life->limits.slots > 0) {
        return life_managed_free(life);
    }
    return !life->has_invocation && !life->end_wanted &&
           (life->state == LIFE_READY || life->state == LIFE_SNAPSHOT || life->state == LIFE_COLD);
}

void life_thaw(struct life *life, struct life_actions *actions)
{
    if (life->frozen) {
        life->frozen = false;
        life_say(actions, LIFE_DO_THAW);
    }
}

/* ---- Init. ---- */

static void start_runtime(struct life *life, struct life_actions *actions)
{
    life->state = LIFE_INIT_RUNTIME;
    life->runtime_alive = true;
    life_say(actions, LIFE_DO_START_RUNTIME);
}

void life_start_init(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->phase = life->tried_init ? LIFE_PHASE_INVOKE : LIFE_PHASE_INIT;
    ENSURE(life->phase == LIFE_PHASE_INIT || life->has_invocation);
    life->tried_init = true;
    life->extension_count = life->external_count;
    for (unsigned i = 0; i < life->external_count; i++) {
        life->extensions[i] =
            (struct life_extension){.state = LIFE_EXTENSION_STARTED, .external = true, .events = 0};
    }
    life->registration_open = true;
    life->init_done = false;
    life->init_runtime_done = false;
    life->runtime_waiting = false;
    life->in_restore_next = false;
    life->workers = 0;
    life->init_start_ns = now_ns;
    if (life->phase == LIFE_PHASE_INVOKE) {
        /* The caller waits for this init inside of its invocation, under its timeout. */
        life->invoke_ns = now_ns;
        life->deadline_ns = now_ns + life->limits.timeout_ns;
    } else {
        life->deadline_ns = now_ns + life->limits.init_ns;
    }
    life_say_event(life, actions, LIFE_EVENT_INIT_START);
    if (life->external_count == 0) {
        start_runtime(life, actions);
    } else {
        life->state = LIFE_INIT_EXTENSIONS;
        life_say(actions, LIFE_DO_START_EXTENSIONS);
    }
}

static bool all_registered(const struct life *life)
{
    for (unsigned i = 0; i < life->external_count; i++) {
        if (life->extensions[i].state == LIFE_EXTENSION_STARTED) {
            return false;
        }
    }
    return true;
}

/* ---- Invoke. ---- */

void life_begin_invocation(struct life *life, uint64_t now_ns)
{
    life->has_invocation = true;
    life->invocation_started = false;
    life->answered = false;
    life->runtime_done = false;
    life->outcome = LIFE_SUCCESS;
    life->error_type[0] = '\0';
    life->sent_ns = 0;
    life->first_ns = 0;
    life->last_ns = 0;
    life->done_ns = 0;
    life->bytes = 0;
    life->invoke_ns = now_ns;
}

static void tell_extensions(struct life *life, struct life_actions *actions)
{
    for (unsigned i = 0; i < life->extension_count; i++) {
        struct life_extension *extension = &life->extensions[i];
        if (extension->state == LIFE_EXTENSION_WAITING &&
            (extension->events & LIFE_EVENT_INVOKE) != 0) {
            extension->state = LIFE_EXTENSION_BUSY;
            struct life_action *action = life_say(actions, LIFE_DO_TELL_INVOKE);
            action->extension = i;
            action->deadline_ns = life->deadline_ns;
        }
    }
}

static void send_invocation(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    bool after_inline_init = life->phase == LIFE_PHASE_INVOKE && life->init_start_ns != 0 &&
                             life->invoke_ns == life->init_start_ns;
    if (!after_inline_init) {
        life->invoke_ns = now_ns;
        life->deadline_ns = now_ns + life->limits.timeout_ns;
    }
    life->state = LIFE_INVOKE;
    life->sent_ns = now_ns;
    life_thaw(life, actions);
    life_say_start(life, actions);
    life->runtime_waiting = false;
    if (life->limits.runtime_first) {
        life_say(actions, LIFE_DO_SEND_INVOKE)->deadline_ns = life->deadline_ns;
        tell_extensions(life, actions);
    } else {
        tell_extensions(life, actions);
        life_say(actions, LIFE_DO_SEND_INVOKE)->deadline_ns = life->deadline_ns;
    }
}

static bool all_idle(const struct life *life)
{
    for (unsigned i = 0; i < life->extension_count; i++) {
        enum life_extension_state state = life->extensions[i].state;
        if (state == LIFE_EXTENSION_BUSY || state == LIFE_EXTENSION_REGISTERED ||
            state == LIFE_EXTENSION_STARTED) {
            return false;
        }
    }
    return life->runtime_waiting;
}

static void rest(struct life *life, enum life_state state, uint64_t now_ns,
                 struct life_actions *actions)
{
    bool idle = state == LIFE_READY && life->limits.idle_ns != 0;
    life->state = state;
    life->frozen = true;
    life->deadline_ns = idle ? now_ns + life->limits.idle_ns : 0;
    life_say(actions, LIFE_DO_FREEZE);
    if (life->end_wanted) {
        life_shutdown_begin(life, LIFE_SPINDOWN, now_ns, actions);
    } else {
        life_say(actions, LIFE_DO_FREE);
    }
}

static void finish_invocation(struct life *life, struct life_actions *actions)
{
    life_say_report(life, actions);
    life->has_invocation = false;
    life_say(actions, LIFE_DO_FINISHED);
}

/* ---- Snapshots. ---- */

static void restored(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life_say_restore_report(life, LIFE_SUCCESS, "", actions);
    life->restore_report_ns = now_ns - life->restore_start_ns;
    send_invocation(life, now_ns, actions);
}

static void begin_restore(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->state = LIFE_RESTORE;
    life->frozen = false;
    life->restore_start_ns = now_ns;
    life->deadline_ns = now_ns + life->limits.restore_ns;
    life_say(actions, LIFE_DO_RESTORE);
    life_say_event(life, actions, LIFE_EVENT_RESTORE_START);
    if (life->in_restore_next) {
        life->in_restore_next = false;
        life->runtime_waiting = false;
        life_say(actions, LIFE_DO_SEND_RESTORE);
    } else {
        restored(life, now_ns, actions);
    }
}

/* The init is over, and everybody waits. */
static void init_ready(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life_say_init_report(life, LIFE_SUCCESS, "", actions);
    life->init_done = true;
    if (life->limits.slots > 0) {
        life_managed_ready(life, now_ns, actions);
        return;
    }
    if (life->limits.snapshot && !life->snapshot_taken) {
        life->snapshot_taken = true;
        rest(life, LIFE_SNAPSHOT, now_ns, actions);
        if (life->has_invocation) {
            begin_restore(life, now_ns, actions);
        }
        return;
    }
    life->init_report_ns = life->phase == LIFE_PHASE_INIT ? now_ns - life->init_start_ns : 0;
    if (life->has_invocation) {
        send_invocation(life, now_ns, actions);
    } else {
        rest(life, LIFE_READY, now_ns, actions);
    }
}

/* Go on if everybody is ready: after the init, or after the invocation. */
static void proceed(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    if (life->state == LIFE_INIT_EXTENSIONS && all_registered(life)) {
        start_runtime(life, actions);
        return;
    }
    if (!all_idle(life)) {
        return;
    }
    if (life->state == LIFE_INIT_RUNTIME) {
        init_ready(life, now_ns, actions);
    } else if (life->state == LIFE_RESTORE) {
        restored(life, now_ns, actions);
    } else if (life->state == LIFE_INVOKE) {
        finish_invocation(life, actions);
        life->phase = LIFE_PHASE_INIT;
        life->init_start_ns = 0;
        rest(life, LIFE_READY, now_ns, actions);
    }
}

/* ---- What goes wrong. ---- */

static bool in_init(const struct life *life)
{
    return life->state == LIFE_INIT_EXTENSIONS || life->state == LIFE_INIT_RUNTIME;
}

static void fail(struct life *life, enum life_outcome outcome, const char *error_type,
                 uint64_t now_ns, struct life_actions *actions)
{
    enum life_reason reason = outcome == LIFE_TIMEOUT ? LIFE_BY_TIMEOUT : LIFE_BY_FAILURE;
    if (life->limits.slots > 0) {
        if (in_init(life)) {
            life_say_init_report(life, outcome, error_type, actions);
        }
        life_managed_fail(life, outcome, error_type, now_ns, actions);
        return;
    }
    if (life->state == LIFE_READY || life->state == LIFE_SNAPSHOT) {
        /* Killed in its sleep by somebody: nobody waits, the next invocation starts anew. */
        life_shutdown_begin(life, reason, now_ns, actions);
        return;
    }
    if (in_init(life)) {
        life_say_init_report(life, outcome, error_type, actions);
        life->end_wanted = life->end_wanted || (life->limits.snapshot && !life->has_invocation);
        if (life->phase == LIFE_PHASE_INIT) {
            life_shutdown_begin(life, reason, now_ns, actions);
            return;
        }
    }
    ENSURE(life->has_invocation);
    if (life->state == LIFE_RESTORE) {
        life_say_restore_report(life, outcome, error_type, actions);
    }
    /* What was restored is not initialised: the next invocation has another copy. */
    life->end_wanted = life->end_wanted || life->limits.snapshot;
    life->outcome = outcome;
    life_say_error_type(life->error_type, error_type);
    life_say_start(life, actions);
    life_say_error_type(life_say(actions, LIFE_DO_FAIL)->event.error_type, error_type);
    if (!life->runtime_done) {
        life_say_runtime_done(life, actions);
    }
    finish_invocation(life, actions);
    life_shutdown_begin(life, reason, now_ns, actions);
}

static void time_passed(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    if (life->limits.slots > 0) {
        life_managed_time(life, now_ns, actions);
    }
    if (life->deadline_ns == 0 || now_ns < life->deadline_ns) {
        return;
    }
    switch (life->state) {
    case LIFE_INIT_EXTENSIONS:
    case LIFE_INIT_RUNTIME:
    case LIFE_INVOKE:
        fail(life, LIFE_TIMEOUT,
             life->phase == LIFE_PHASE_INVOKE || !in_init(life) ? "Sandbox.Timedout" : "", now_ns,
             actions);
        break;
    case LIFE_RESTORE:
        fail(life, LIFE_TIMEOUT, "SnapStartTimeoutException", now_ns, actions);
        break;
    case LIFE_COLD:
    case LIFE_SNAPSHOT:
    case LIFE_READY:
        life->end_wanted = true;
        life_shutdown_begin(life, LIFE_SPINDOWN, now_ns, actions);
        break;
    case LIFE_SHUTDOWN_RUNTIME:
        life->runtime_alive = false;
        life_say(actions, LIFE_DO_KILL_RUNTIME);
        life_shutdown_extensions(life, now_ns, actions);
        break;
    case LIFE_SHUTDOWN_EXTENSIONS:
        life_shutdown_finish(life, now_ns, actions);
        break;
    case LIFE_ENDED:
        break;
    }
}

/* ---- Inputs. ---- */

static void extension_register(struct life *life, const struct life_input *input, uint64_t now_ns,
                               struct life_actions *actions)
{
    unsigned i = input->extension;
    if (!life->registration_open || !in_init(life)) {
        return;
    }
    if (!input->external) {
        ENSURE(life->extension_count < EXTENSION_COUNT_MAX && i == life->extension_count);
        life->extension_count++;
    } else {
        ENSURE(i < life->external_count);
    }
    life->extensions[i] = (struct life_extension){
        .state = LIFE_EXTENSION_REGISTERED, .external = input->external, .events = input->events};
    proceed(life, now_ns, actions);
}

static void extension_next(struct life *life, unsigned i, uint64_t now_ns,
                           struct life_actions *actions)
{
    ENSURE(i < life->extension_count);
    struct life_extension *extension = &life->extensions[i];
    if (extension->state == LIFE_EXTENSION_REGISTERED) {
        extension->state = LIFE_EXTENSION_WAITING;
        life_say_event(life, actions, LIFE_EVENT_EXTENSION)->extension = i;
    } else if (extension->state == LIFE_EXTENSION_BUSY) {
        extension->state = LIFE_EXTENSION_WAITING;
    } else {
        return;
    }
    proceed(life, now_ns, actions);
}

static void extension_gone(struct life *life, const struct life_input *input, uint64_t now_ns,
                           struct life_actions *actions)
{
    unsigned i = input->extension;
    ENSURE(i < life->extension_count);
    struct life_extension *extension = &life->extensions[i];
    bool told = extension->state == LIFE_EXTENSION_FAILED;
    bool exited = input->kind == LIFE_IN_EXTENSION_EXITED;
    if (extension->state == LIFE_EXTENSION_GONE) {
        return;
    }
    extension->state = exited || input->kind == LIFE_IN_EXTENSION_LAUNCH ? LIFE_EXTENSION_GONE
                                                                         : LIFE_EXTENSION_FAILED;
    switch (life->state) {
    case LIFE_INIT_EXTENSIONS:
    case LIFE_INIT_RUNTIME:
    case LIFE_SNAPSHOT:
    case LIFE_RESTORE:
    case LIFE_READY:
    case LIFE_INVOKE:
        if (!told) {
            fail(life, LIFE_ERROR, exited ? "Extension.Crash" : input->error_type, now_ns, actions);
        }
        break;
    case LIFE_SHUTDOWN_EXTENSIONS:
        if (!life_shutdown_running(life)) {
            life_shutdown_finish(life, now_ns, actions);
        }
        break;
    case LIFE_COLD:
    case LIFE_SHUTDOWN_RUNTIME:
    case LIFE_ENDED:
        break;
    }
}

/* It waits to be told of a restore: that is the end of its init as well. */
static void runtime_restore_next(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    if (life->runtime_waiting || !life->runtime_alive || life->state != LIFE_INIT_RUNTIME) {
        return;
    }
    life->in_restore_next = true;
    life->registration_open = false;
    life->runtime_waiting = true;
    life->init_runtime_done = true;
    life_say_event(life, actions, LIFE_EVENT_INIT_RUNTIME_DONE);
    proceed(life, now_ns, actions);
}

static void runtime_next(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    bool managed = life->limits.slots > 0;
    if (managed && life->runtime_alive) {
        life_managed_next(life, now_ns, actions);
    }
    if (life->runtime_waiting || !life->runtime_alive) {
        return;
    }
    if (life->state == LIFE_INIT_RUNTIME) {
        life->registration_open = false;
        life->runtime_waiting = true;
        life->init_runtime_done = true;
        life_say_event(life, actions, LIFE_EVENT_INIT_RUNTIME_DONE);
        proceed(life, now_ns, actions);
    } else if (life->state == LIFE_RESTORE) {
        life->runtime_waiting = true;
        proceed(life, now_ns, actions);
    } else if (life->state == LIFE_INVOKE) {
        life->runtime_waiting = true;
        life_say_runtime_done(life, actions);
        proceed(life, now_ns, actions);
    }
}

static void runtime_response(struct life *life, const struct life_input *input, uint64_t now_ns)
{
    if (life->state != LIFE_INVOKE || life->answered) {
        return;
    }
    life->answered = true;
    life->first_ns = input->first_ns;
    life->last_ns = now_ns;
    life->bytes = input->bytes;
    if (input->error_type != NULL) {
        life->outcome = LIFE_ERROR;
        life_say_error_type(life->error_type, input->error_type);
    }
}

static void runtime_exited(struct life *life, const struct life_input *input, uint64_t now_ns,
                           struct life_actions *actions)
{
    if (!life->runtime_alive) {
        return;
    }
    life->runtime_alive = false;
    life->runtime_waiting = false;
    if (life->state == LIFE_SHUTDOWN_RUNTIME) {
        life_shutdown_extensions(life, now_ns, actions);
    } else if (in_init(life) || life->state == LIFE_INVOKE || life->state == LIFE_READY ||
               life->state == LIFE_SNAPSHOT || life->state == LIFE_RESTORE) {
        fail(life, LIFE_ERROR, input->error_type, now_ns, actions);
    }
}

static void end(struct life *life, uint64_t now_ns, struct life_actions *actions)
{
    life->end_wanted = true;
    if (life->limits.slots > 0) {
        life_managed_end(life, now_ns, actions);
    } else if (life->state == LIFE_READY || life->state == LIFE_SNAPSHOT ||
               life->state == LIFE_COLD) {
        life_shutdown_begin(life, LIFE_SPINDOWN, now_ns, actions);
    }
}

static void invoke(struct life *life, const struct life_input *input, uint64_t now_ns,
                   struct life_actions *actions)
{
    ENSURE(life_free(life));
    if (life->limits.slots > 0) {
        life_managed_invoke(life, input->slot, now_ns, actions);
        return;
    }
    life_begin_invocation(life, now_ns);
    if (life->state == LIFE_READY) {
        send_invocation(life, now_ns, actions);
    } else if (life->state == LIFE_SNAPSHOT) {
        begin_restore(life, now_ns, actions);
    } else {
        life_start_init(life, now_ns, actions);
    }
}

void life_step(struct life *life, const struct life_input *input, uint64_t now_ns,
               struct life_actions *actions)
{
    life_assert(life);
    actions->count = 0;
    life->now_ns = now_ns;
    switch (input->kind) {
    case LIFE_IN_START:
        ENSURE(life->state == LIFE_COLD && !life->tried_init);
        life_start_init(life, now_ns, actions);
        break;
    case LIFE_IN_INVOKE:
        invoke(life, input, now_ns, actions);
        break;
    case LIFE_IN_EXTENSION_REGISTER:
        extension_register(life, input, now_ns, actions);
        break;
    case LIFE_IN_EXTENSION_NEXT:
        extension_next(life, input->extension, now_ns, actions);
        break;
    case LIFE_IN_EXTENSION_ERROR:
    case LIFE_IN_EXTENSION_LAUNCH:
    case LIFE_IN_EXTENSION_EXITED:
        extension_gone(life, input, now_ns, actions);
        break;
    case LIFE_IN_RUNTIME_NEXT:
        runtime_next(life, now_ns, actions);
        break;
    case LIFE_IN_RUNTIME_RESTORE_NEXT:
        runtime_restore_next(life, now_ns, actions);
        break;
    case LIFE_IN_RUNTIME_RESTORE_ERROR:
        if (life->state == LIFE_RESTORE) {
            fail(life, LIFE_ERROR, input->error_type, now_ns, actions);
        }
        break;
    case LIFE_IN_RUNTIME_INIT_ERROR:
        if (in_init(life) && life->runtime_alive) {
            fail(life, LIFE_ERROR, input->error_type, now_ns, actions);
        }
        break;
    case LIFE_IN_RUNTIME_RESPONSE:
        if (life->limits.slots > 0) {
            life_managed_response(life, input, now_ns, actions);
        } else {
            runtime_response(life, input, now_ns);
        }
        break;
    case LIFE_IN_RUNTIME_EXITED:
        runtime_exited(life, input, now_ns, actions);
        break;
    case LIFE_IN_TIME:
        time_passed(life, now_ns, actions);
        break;
    case LIFE_IN_END:
        end(life, now_ns, actions);
        break;
    }
    life_assert(life);
}
