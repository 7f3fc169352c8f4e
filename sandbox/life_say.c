/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/life_say.h"

#include "base/ensure.h"

#include <stdio.h>
#include <string.h>

/* ---- Names. ---- */

static const char *const state_names[] = {
    "cold",  "init-extensions", "init-runtime", "snapshot", "restore",
    "ready", "invoke",          "shutdown",     "shutdown", "ended",
};

const char *life_state_name(enum life_state state)
{
    return state_names[state];
}

const char *life_outcome_name(enum life_outcome outcome)
{
    static const char *const names[] = {"success", "failure", "error", "timeout"};
    return names[outcome];
}

const char *life_reason_name(enum life_reason reason)
{
    static const char *const names[] = {"spindown", "timeout", "failure"};
    return names[reason];
}

const char *life_extension_state_name(enum life_extension_state state)
{
    static const char *const names[] = {"started", "registered", "waiting",
                                        "busy",    "failed",     "gone"};
    return names[state];
}

/* ---- Actions. ---- */

void life_say_error_type(char target[ERROR_TYPE_SIZE_MAX], const char *source)
{
    snprintf(target, ERROR_TYPE_SIZE_MAX, "%s", source == NULL ? "" : source);
}

struct life_action *life_say(struct life_actions *actions, enum life_action_kind kind)
{
    ENSURE(actions->count < LIFE_ACTION_COUNT_MAX);
    struct life_action *action = &actions->list[actions->count++];
    memset(action, 0, sizeof(*action));
    action->kind = kind;
    return action;
}

struct life_event *life_say_event(const struct life *life, struct life_actions *actions,
                                  enum life_event_kind kind)
{
    struct life_event *event = &life_say(actions, LIFE_DO_EVENT)->event;
    event->kind = kind;
    event->time_ns = life->now_ns;
    event->phase = life->phase;
    return event;
}

/* ---- Events. ---- */

void life_say_start(struct life *life, struct life_actions *actions)
{
    if (!life->invocation_started) {
        life->invocation_started = true;
        life_say_event(life, actions, LIFE_EVENT_START);
    }
}

void life_say_runtime_done(struct life *life, struct life_actions *actions)
{
    life->runtime_done = true;
    life->done_ns = life->now_ns;
    struct life_event *event = life_say_event(life, actions, LIFE_EVENT_RUNTIME_DONE);
    event->outcome = life->outcome;
    life_say_error_type(event->error_type, life->error_type);
    event->has_metrics = life->sent_ns != 0;
    event->duration_ns = event->has_metrics ? life->now_ns - life->sent_ns : 0;
    event->bytes = life->bytes;
    event->sent_ns = life->sent_ns;
    event->first_ns = life->first_ns;
    event->last_ns = life->last_ns;
    event->done_ns = life->now_ns;
}

void life_say_report(struct life *life, struct life_actions *actions)
{
    struct life_event *event = life_say_event(life, actions, LIFE_EVENT_REPORT);
    event->outcome = life->outcome;
    life_say_error_type(event->error_type, life->error_type);
    event->duration_ns = life->now_ns - life->invoke_ns;
    event->init_ns = life->init_report_ns;
    event->restore_ns = life->restore_report_ns;
    event->done_ns = life->done_ns;
    event->end_ns = life->now_ns;
    life->init_report_ns = 0;
    life->restore_report_ns = 0;
}

void life_say_restore_report(struct life *life, enum life_outcome outcome, const char *error_type,
                             struct life_actions *actions)
{
    static const enum life_event_kind kinds[] = {LIFE_EVENT_RESTORE_RUNTIME_DONE,
                                                 LIFE_EVENT_RESTORE_REPORT};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct life_event *event = life_say_event(life, actions, kinds[i]);
        event->outcome = outcome;
        life_say_error_type(event->error_type, error_type);
        event->duration_ns = life->now_ns - life->restore_start_ns;
    }
}

void life_say_init_report(struct life *life, enum life_outcome outcome, const char *error_type,
                          struct life_actions *actions)
{
    if (!life->init_runtime_done) {
        life->init_runtime_done = true;
        struct life_event *done = life_say_event(life, actions, LIFE_EVENT_INIT_RUNTIME_DONE);
        done->outcome = outcome;
        life_say_error_type(done->error_type, error_type);
    }
    struct life_event *report = life_say_event(life, actions, LIFE_EVENT_INIT_REPORT);
    report->outcome = outcome;
    life_say_error_type(report->error_type, error_type);
    report->duration_ns = life->now_ns - life->init_start_ns;
}
