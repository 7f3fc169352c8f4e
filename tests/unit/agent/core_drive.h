/* SPDX-License-Identifier: Apache-2.0 */
/* One core and what drives it, for the tests of the core. */
#ifndef TESTS_AGENT_CORE_DRIVE_H
#define TESTS_AGENT_CORE_DRIVE_H
#include "core/core.h"

#include "base/ensure.h"
#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define MS(x) AGENT_NS_MS(x)

static _Alignas(16) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static unsigned char body_memory[AGENT_BODY_SIZE];
static unsigned char record_memory[AGENT_RECORD_MAX];
static struct core core;
static struct core_actions actions;
static struct core_now now;

static inline void begin_as(enum core_flush flush, uint64_t every_ns, const char *type)
{
    const struct core_memory memory = {queue_memory,  sizeof(queue_memory),
                                       body_memory,   sizeof(body_memory),
                                       record_memory, sizeof(record_memory)};
    const struct core_config config = {.resource = {.function_name = SLICE("fn"),
                                                    .initialization_type = slice_from(type),
                                                    .epoch_ns = 1},
                                       .flush = flush,
                                       .flush_every_ns = every_ns,
                                       .age_max_ns = MS(120000),
                                       .budget_ns = MS(100),
                                       .lines = CORE_LINES_ALL};
    now = (struct core_now){.wall_ns = UINT64_C(1795000000000000000), .mono_ns = MS(1000000)};
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memory);
}

static inline void begin(enum core_flush flush, uint64_t every_ns)
{
    begin_as(flush, every_ns, "");
}

static inline void step(struct core_input input)
{
    core_step(&core, now, &input, &actions);
    core_assert(&core);
}

static inline void pass(uint64_t ns)
{
    now.wall_ns += ns;
    now.mono_ns += ns;
    step((struct core_input){.kind = CORE_TIME});
}

static inline void invoke(const char *id)
{
    step((struct core_input){
        .kind = CORE_INVOKE,
        .invoke = {.request_id = slice_from(id), .deadline_ns = now.wall_ns + MS(3000)}});
}

static inline void tell(struct event event)
{
    event.time_ns = now.wall_ns;
    step((struct core_input){.kind = CORE_EVENT, .event = &event});
}

static inline void start(const char *id)
{
    tell((struct event){.type = EVENT_START, .request_id = slice_from(id)});
}

static inline void done(const char *id)
{
    tell((struct event){.type = EVENT_RUNTIME_DONE, .request_id = slice_from(id)});
}

static inline void answer(unsigned status)
{
    step((struct core_input){.kind = CORE_ANSWER, .answer = {.status = status}});
}

/* Acknowledge whatever is sent, until nothing is. */
static inline void take_all(void)
{
    while (actions.send) {
        answer(200);
    }
}

static inline void one_life(const char *id)
{
    invoke(id);
    start(id);
    done(id);
    take_all();
}

#endif
