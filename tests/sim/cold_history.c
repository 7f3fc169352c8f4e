/* SPDX-License-Identifier: Apache-2.0 */
#include "cold_history.h"
#include "view_world.h"

#include "base/ensure.h"

static void add_id(struct cold_history *history, uint64_t number)
{
    ENSURE(history->id_count < COLD_HISTORY_ID_COUNT_MAX);
    history->ids[history->id_count++] = build_id(number);
}

void cold_history_tell(struct cold_history *history, uint64_t seed, cold_history_visit *visit,
                       void *context)
{
    static struct world world;
    view_world_make(&world, seed);
    history->id_count = 0;
    for (unsigned i = 0; i < world.invocation_count; i++) {
        add_id(history, world.invocations[i].request);
        add_id(history, world.invocations[i].root);
    }
    for (unsigned i = 0; i < world.event_count; i++) {
        struct event *event = &world.events[i];
        if (event->kind == SDK_TIMED && event->trace != world.invocations[event->invocation].root) {
            event->kind = SDK_NAMED;
        }
        if (event->kind == SDK_NAMED) {
            add_id(history, event->trace);
        }
    }
    view_world_batches(&world, (enum teller)(seed % 3), seed, visit, context);
}
