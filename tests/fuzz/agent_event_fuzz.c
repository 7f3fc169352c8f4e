/* SPDX-License-Identifier: Apache-2.0 */

/* Telemetry deliveries, through the decoder and the core: whatever the platform sends, nothing is
 * lost from the count, and the core keeps its invariants. */
#include "base/ensure.h"
#include "core/core.h"
#include "event/event_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define QUEUE_SIZE 16384u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static _Alignas(16) unsigned char queue[QUEUE_SIZE];
    static unsigned char body[AGENT_BODY_SIZE];
    static unsigned char record[AGENT_RECORD_MAX];
    static char texts[AGENT_EVENT_ARENA_SIZE];
    static struct core core;
    const struct core_memory memory = {queue,        sizeof(queue), body,
                                       sizeof(body), record,        sizeof(record)};
    const struct core_config config = {
        .resource = {.epoch_ns = 1}, .age_max_ns = AGENT_NS_MS(120000), .lines = CORE_LINES_ALL};
    struct core_now now = {.wall_ns = UINT64_C(1795000000000000000), .mono_ns = 1000000000};
    struct core_actions actions;
    struct event_read reader;
    struct event event;
    struct arena arena;
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memory);
    arena_init(&arena, texts, sizeof(texts));
    event_read_init(&reader, slice_of(data, size), &arena);
    while (event_read_next(&reader, &event) == EVENT_GOT) {
        const struct core_input input = {.kind = CORE_EVENT, .more = true, .event = &event};
        core_step(&core, now, &input, &actions);
    }
    const struct core_input end = {.kind = CORE_SHUTDOWN,
                                   .shutdown = {.reason = SLICE("spindown")}};
    core_step(&core, now, &end, &actions);
    core_assert(&core);
    now.mono_ns += AGENT_REPORT_WAIT_NS;
    const struct core_input time = {.kind = CORE_TIME};
    if (!actions.send) {
        core_step(&core, now, &time, &actions);
    }
    core_assert(&core);
    return 0;
}
