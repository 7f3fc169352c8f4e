/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SIM_VIEW_WORLD_H
#define THAW_TESTS_SIM_VIEW_WORLD_H

#include "build.h"

#include "base/prng.h"
#include "model/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Worlds made from seeds, whose truth is known, and how they are told to a view. */

#define FUNCTION_COUNT       3
#define INSTANCE_COUNT_MAX   6
#define INVOCATION_COUNT_MAX 60
#define EVENT_COUNT_MAX      2400
#define SENDER_COUNT_MAX     3
#define BILLED_MEMORY_MB     256
#define SECOND_NS            (1000 * BUILD_MS)

/* The agent's word, that of the function's SDK, and that of its log stream. */
enum kind {
    INIT,
    STARTED,
    DONE,
    REPORTED,
    SERVER,
    LINE,
    STOP,
    SDK_NAMED,
    SDK_TIMED,
    RECEIVE,
    LOG_INIT,
    LOG_START,
    LOG_END,
    LOG_REPORT,
    LOG_WHOLE,
    LOG_LINE,
};

/* Who tells of the world. */
enum teller { AGENT_ALONE, LOGS_ALONE, BOTH };

struct event {
    enum kind kind;
    unsigned instance, invocation;
    uint64_t epoch, seq;
    int64_t start_ns, duration_ns;
    uint64_t trace; /* Of an SDK's span. */
    bool suppressed;
    bool unknown; /* The stream's account and region are not told. */
};

/* What is true of an invocation. */
struct truth {
    unsigned instance, attempt;
    uint64_t request, root;
    int64_t start_ns, duration_ns, billed_ms, init_ns;
    const char *status;
    enum outcome outcome;
    bool cold, proactive, suppressed, told_report;
    unsigned senders[SENDER_COUNT_MAX]; /* Invocations that sent the messages of a batch. */
    unsigned sender_count;
};

struct world {
    struct prng prng;
    char names[INSTANCE_COUNT_MAX][16];
    unsigned functions[INSTANCE_COUNT_MAX];
    unsigned instance_count;
    struct truth invocations[INVOCATION_COUNT_MAX];
    unsigned invocation_count;
    struct event events[EVENT_COUNT_MAX];
    unsigned event_count;
    uint64_t next_id;
};

extern const char *const view_world_functions[FUNCTION_COUNT];

void view_world_make(struct world *world, uint64_t seed);

/* What is told in one piece, which is the visitor's to free. */
typedef void view_world_visit(void *context, struct build *build);

/* All that these tell, in an order of this shuffle, some of it again, some to a frame. */
void view_world_batches(struct world *world, enum teller teller, uint64_t shuffle,
                        view_world_visit *visit, void *context);

/* Tell it to a view, and let time pass. */
struct view *view_world_tell(struct world *world, enum teller teller, uint64_t shuffle);

#endif
