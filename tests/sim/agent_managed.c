/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_managed.h"

#include "base/ensure.h"

#include <stdio.h>

#define SLOTS_MAX 130u
#define STEPS_MAX 300u

struct run {
    char id[sizeof(((struct world *)0)->id)];
};

static struct run open[SLOTS_MAX];
static unsigned open_count;

void managed_begin(struct world *w, const char *phase)
{
    char record[256];
    open_count = 0;
    world_step(w, &(struct core_input){.kind = CORE_MANAGED, .more = true});
    (void)snprintf(record, sizeof(record),
                   "{\"initializationType\":\"lambda-managed-instances\",\"phase\":\"%s\","
                   "\"instanceId\":\"stream-%llu\",\"runtimeVersion\":\"sim\"}",
                   phase, (unsigned long long)w->seed);
    world_say(w, "platform.initStart", record, false);
    world_advance(w, w->mono_ns + world_below(w, MS(300)));
    world_say(w, "platform.initRuntimeDone", "{\"status\":\"success\"}", false);
    world_say(w, "platform.initReport",
              "{\"status\":\"success\",\"metrics\":{\"durationMs\":123.456}}", false);
}

/* What passes the proxy is of this one. */
static void pass(struct world *w, const struct run *run, enum core_input_kind kind)
{
    (void)snprintf(w->id, sizeof(w->id), "%s", run->id);
    world_pass(w, kind, false);
}

static void begin(struct world *w)
{
    char record[160];
    struct run *run = &open[open_count++];
    bool early = world_chance(w, 1, 2);
    w->starts++;
    (void)snprintf(run->id, sizeof(run->id), "%08llx-0000-4000-8000-%012x",
                   (unsigned long long)(w->seed & 0xffffffffu), w->starts);
    if (early) {
        pass(w, run, CORE_TRIGGER);
    }
    (void)snprintf(record, sizeof(record), "{\"requestId\":\"%s\",\"version\":\"1\"}", run->id);
    world_say(w, "platform.start", record, false);
    if (!early) {
        pass(w, run, CORE_TRIGGER);
    }
}

static void write_line(struct world *w, const struct run *run)
{
    char record[192];
    if (w->token_lines == SINK_TOKENS_MAX || w->silent || w->died) {
        return;
    }
    (void)snprintf(record, sizeof(record),
                   "{\"requestId\":\"%s\",\"level\":\"INFO\",\"message\":\"line %u %s 1\"}",
                   run->id, w->token_lines, run->id);
    w->token_lines++;
    world_say(w, "function", record, false);
}

static void end(struct world *w, unsigned place)
{
    char record[192];
    const struct run run = open[place];
    pass(w, &run, CORE_RESPONSE);
    if (world_chance(w, 1, 2)) {
        pass(w, &run, CORE_ASKED);
    }
    (void)snprintf(
        record, sizeof(record),
        "{\"requestId\":\"%s\",\"status\":\"success\",\"metrics\":{\"durationMs\":12.5}}", run.id);
    w->reports++;
    world_say(w, "platform.report", record, false);
    open[place] = open[--open_count];
}

static void step(struct world *w, unsigned slots)
{
    unsigned place = open_count > 0 ? (unsigned)world_below(w, open_count) : 0;
    switch (world_below(w, 6)) {
    case 0:
    case 1:
        if (open_count < slots) {
            begin(w);
        }
        break;
    case 2:
    case 3:
        if (open_count > 0) {
            write_line(w, &open[place]);
        }
        break;
    case 4:
        if (open_count > 0) {
            end(w, place);
        }
        break;
    default:
        world_advance(w, w->mono_ns + world_below(w, world_chance(w, 1, 8) ? MS(2500) : MS(30)));
        world_maybe_kill(w);
        break;
    }
}

void managed_live(struct world *w)
{
    unsigned slots = 1 + (unsigned)world_below(w, world_chance(w, 1, 2) ? 8 : SLOTS_MAX);
    unsigned steps = (unsigned)world_below(w, STEPS_MAX);
    /* Of those that had to make way nobody knows any more whose lines came later. */
    w->sink.attributed = w->sink.attributed && slots <= AGENT_INVOCATIONS_MAX;
    for (unsigned i = 0; i < steps; i++) {
        if (w->died) {
            world_restart(w);
            managed_begin(w, "init");
            continue;
        }
        step(w, slots);
        /* Where an end overtakes its start, or nobody tells any, that start is never ended. */
        ENSURE(w->core.counters.split == 0 || slots > AGENT_INVOCATIONS_MAX || w->deaths > 0 ||
               w->reorders || w->silent);
    }
    while (open_count > 0 && !w->died) {
        end(w, open_count - 1);
    }
}
