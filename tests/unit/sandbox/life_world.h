/* SPDX-License-Identifier: Apache-2.0 */
/* One life, its clock and what it said, for the tests of lives. */
#ifndef TESTS_SANDBOX_LIFE_WORLD_H
#define TESTS_SANDBOX_LIFE_WORLD_H

#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS CLOCK_NS_PER_MS

/* A life under test, its clock, and what it said since last asked, as text. */
struct world {
    struct life life;
    struct life_actions actions;
    uint64_t now_ns;
    char said[4096];
};

static inline const char *event_text(const struct life_event *event)
{
    static char text[256];
    static const char *const names[] = {"initStart",    "initRuntimeDone", "initReport",
                                        "start",        "runtimeDone",     "report",
                                        "extension",    "restoreStart",    "restoreRuntimeDone",
                                        "restoreReport"};
    bool phased = event->kind <= LIFE_EVENT_INIT_REPORT;
    bool ended = event->kind != LIFE_EVENT_INIT_START && event->kind != LIFE_EVENT_START &&
                 event->kind != LIFE_EVENT_EXTENSION && event->kind != LIFE_EVENT_RESTORE_START;
    snprintf(text, sizeof(text), "%s%s%s%s%s%s", names[event->kind],
             phased ? (event->phase == LIFE_PHASE_INIT ? ":init" : ":invoke") : "",
             ended ? ":" : "", ended ? life_outcome_name(event->outcome) : "",
             event->error_type[0] != '\0' ? ":" : "", event->error_type);
    return text;
}

static inline const char *action_text(const struct life_action *action)
{
    static char text[300];
    static const char *const names[] = {
        "start-extensions", "start-runtime",  "thaw",        "freeze",   "restore",
        "send-restore",     "send-invoke",    "tell-invoke", "shutdown", "term-runtime",
        "kill-runtime",     "kill-extension", "kill-all",    "",         "fail",
        "finished",         "free",           "end"};
    if (action->kind == LIFE_DO_EVENT) {
        return event_text(&action->event);
    }
    if (action->kind == LIFE_DO_TELL_SHUTDOWN) {
        snprintf(text, sizeof(text), "shutdown%u:%s", action->extension,
                 life_reason_name(action->reason));
    } else if (action->kind == LIFE_DO_FAIL) {
        snprintf(text, sizeof(text), "fail:%s", action->event.error_type);
    } else if (action->kind == LIFE_DO_TELL_INVOKE || action->kind == LIFE_DO_KILL_EXTENSION) {
        snprintf(text, sizeof(text), "%s%u", names[action->kind], action->extension);
    } else {
        return names[action->kind];
    }
    return text;
}

static inline void input(struct world *world, const struct life_input *what)
{
    life_step(&world->life, what, world->now_ns, &world->actions);
    for (unsigned i = 0; i < world->actions.count; i++) {
        size_t size = strlen(world->said);
        snprintf(world->said + size, sizeof(world->said) - size, "%s%s", size == 0 ? "" : " ",
                 action_text(&world->actions.list[i]));
    }
}

static inline void in(struct world *world, enum life_input_kind kind)
{
    input(world, &(struct life_input){.kind = kind});
}

static inline void in_extension(struct world *world, enum life_input_kind kind, unsigned extension)
{
    input(world, &(struct life_input){.kind = kind, .extension = extension});
}

static inline void in_register(struct world *world, unsigned extension, unsigned events)
{
    input(world, &(struct life_input){.kind = LIFE_IN_EXTENSION_REGISTER,
                                      .extension = extension,
                                      .events = events,
                                      .external = extension < world->life.external_count});
}

static inline void exits(struct world *world)
{
    input(world,
          &(struct life_input){.kind = LIFE_IN_RUNTIME_EXITED, .error_type = "Runtime.ExitError"});
}

static inline void responds(struct world *world)
{
    input(world, &(struct life_input){
                     .kind = LIFE_IN_RUNTIME_RESPONSE, .first_ns = world->now_ns, .bytes = 5});
}

/* Check what was said, and forget it. */
#define SAID(world, text)                                                                          \
    do {                                                                                           \
        assert_string_equal((world)->said, text);                                                  \
        (world)->said[0] = '\0';                                                                   \
    } while (0)

static inline void wait_ms(struct world *world, uint64_t ms)
{
    world->now_ns += ms * MS;
}

static inline struct world world_of(unsigned external_count, bool snapshot, unsigned slots)
{
    struct world world;
    struct life_limits limits = {.init_ns = 10000 * MS,
                                 .timeout_ns = 3000 * MS,
                                 .idle_ns = 60000 * MS,
                                 .restore_ns = 10000 * MS,
                                 .snapshot = snapshot,
                                 .slots = slots};
    memset(&world, 0, sizeof(world));
    world.now_ns = 1000 * MS;
    life_init(&world.life, &limits, external_count);
    return world;
}

static inline struct world world_make(unsigned external_count)
{
    return world_of(external_count, false, 0);
}

/* A world with one extension for both events whose first invocation runs. */
static inline struct world world_invoked(void)
{
    struct world world = world_make(1);
    in(&world, LIFE_IN_INVOKE);
    in_register(&world, 0, LIFE_EVENT_INVOKE | LIFE_EVENT_SHUTDOWN);
    in_extension(&world, LIFE_IN_EXTENSION_NEXT, 0);
    wait_ms(&world, 100);
    in(&world, LIFE_IN_RUNTIME_NEXT);
    world.said[0] = '\0';
    return world;
}

static inline const struct life_event *last_event(const struct world *world,
                                                  enum life_event_kind kind)
{
    for (unsigned i = world->actions.count; i > 0; i--) {
        const struct life_action *action = &world->actions.list[i - 1];
        if (action->kind == LIFE_DO_EVENT && action->event.kind == kind) {
            return &action->event;
        }
    }
    fail_msg("no such event");
    abort(); /* fail_msg() does not come back, which gcc does not know. */
}

#endif
