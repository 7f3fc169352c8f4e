/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The agent's simulator: the real core, decoder and encoder live through
 * random lives of an instance, one per seed, with a fake platform, a fake
 * collector and a fake clock.  After every step:
 *
 *   - received = sent + dropped + buffered, and the queue keeps its invariants;
 *   - what the collector took decodes to exactly what went in, one number one record;
 *   - the environment is never held beyond the budget or the deadline's margin.
 *
 * agent_sim SEED...            runs these seeds
 * agent_sim --count N [FROM]   runs N seeds
 * agent_sim --file FILE        runs the seeds of a file, one a line, # for comments
 *
 * --managed in front of these: the lives are those of managed instances.  A
 * failing seed is printed.
 */
#include "agent_managed.h"
#include "agent_world.h"

#include "base/ensure.h"
#include "base/number.h"
#include "proto/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world world;

static uint64_t earliest(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* ---- What a function and its SDK do. ---- */

static void write_line(struct world *w)
{
    char record[192];
    unsigned token = w->token_lines;
    if (token == SINK_TOKENS_MAX || w->silent || w->died) {
        return;
    }
    w->token_lines++;
    const char *id = w->running ? w->id : "-";
    unsigned attempt = w->running ? w->attempts : 0;
    if (world_chance(w, 1, 3)) {
        static const char *const levels[] = {"DEBUG", "INFO", "ERROR"};
        (void)snprintf(record, sizeof(record),
                       "{\"level\":\"%s\",\"n\":%u,\"message\":\"line %u %s %u\"}",
                       levels[world_below(w, 3)], token, token, id, attempt);
    } else {
        /* Where lines wait for those that follow, some have no end. */
        const char *end = w->holds && token % 3 == 0 ? "" : "\\n";
        (void)snprintf(record, sizeof(record), "\"line %u %s %u%s\"", token, id, attempt, end);
    }
    world_say(w, "function", record, false);
}

/* A block as an SDK would send it: a resource, and a scope whose name is the token. */
static void post_block(struct world *w)
{
    unsigned char bytes[256];
    char name[32];
    struct buf block;
    if (w->token_blocks == SINK_TOKENS_MAX || w->died) {
        return;
    }
    (void)snprintf(name, sizeof(name), "block %u", w->token_blocks);
    buf_init_fixed(&block, bytes, sizeof(bytes));
    size_t resource = wire_write_open(&block, 1);
    size_t pair = wire_write_open(&block, 1);
    wire_write_bytes(&block, 1, SLICE("service.name"));
    size_t value = wire_write_open(&block, 2);
    wire_write_bytes(&block, 1, SLICE("sdk"));
    wire_write_close(&block, value);
    wire_write_close(&block, pair);
    wire_write_close(&block, resource);
    size_t items = wire_write_open(&block, 2);
    size_t scope = wire_write_open(&block, 1);
    wire_write_bytes(&block, 1, slice_from(name));
    wire_write_close(&block, scope);
    wire_write_close(&block, items);
    if (!core_block_fits(&w->core, block.size)) {
        return;
    }
    unsigned token = w->token_blocks++;
    const struct core_input input = {
        .kind = CORE_BLOCK,
        .block = {.signal = (enum block_signal)world_below(w, BLOCK_SIGNALS),
                  .bytes = buf_bytes(&block)}};
    world_step(w, &input);
    w->blocks_unsure[token] = w->died;
}

/* ---- What the platform does. ---- */

static void initialise(struct world *w, const char *phase)
{
    char record[256];
    (void)snprintf(record, sizeof(record),
                   "{\"initializationType\":\"on-demand\",\"phase\":\"%s\","
                   "\"instanceId\":\"stream-%llu\",\"runtimeVersion\":\"sim\"}",
                   phase, (unsigned long long)w->seed);
    world_say(w, "platform.initStart", record, false);
    if (world_chance(w, 1, 2)) {
        write_line(w);
    }
    world_advance(w, w->mono_ns + world_below(w, MS(300)));
    world_say(w, "platform.initRuntimeDone", "{\"status\":\"success\"}", false);
    world_say(w, "platform.initReport",
              "{\"status\":\"success\",\"metrics\":{\"durationMs\":123.456}}", false);
    if (world_chance(w, 1, 2)) {
        world_advance(w, w->mono_ns + world_below(w, MS(60)));
    }
}

static void tell_invoke(struct world *w)
{
    struct core_input input = {
        .kind = CORE_INVOKE,
        .invoke = {.request_id = slice_from(w->id),
                   .arn = SLICE("arn:aws:lambda:us-east-1:123456789012:function:shop"),
                   .deadline_ns = w->wall_ns + MS(TIMEOUT_MS)}};
    if (world_chance(w, 1, 2)) {
        input.invoke.tracing =
            SLICE("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
    }
    w->turn++;
    w->waiting = false;
    w->hold_until_ns = w->mono_ns + MS(TIMEOUT_MS) - AGENT_DEADLINE_MARGIN_NS + 1;
    world_step(w, &input);
    if (w->died) {
        /* Its start, told to the next process, is of one that begins, as far as that one knows. */
        w->sink.attributed = false;
    }
    world_measure(w);
}

static void tell_start(struct world *w)
{
    char record[160];
    (void)snprintf(record, sizeof(record), "{\"requestId\":\"%s\",\"version\":\"1\"}", w->id);
    world_say(w, "platform.start", record, false);
    w->running = true;
}

static void run_handler(struct world *w, uint64_t duration_ns)
{
    uint64_t end_ns = w->mono_ns + duration_ns;
    unsigned lines = (unsigned)world_below(w, world_chance(w, 1, 100) ? 300 : 8);
    for (unsigned i = 0; i < lines && !w->died; i++) {
        write_line(w);
        world_maybe_kill(w);
        if (world_chance(w, 1, 4)) {
            post_block(w);
        }
        if (world_chance(w, 1, 3)) {
            world_advance(w, earliest(end_ns, w->mono_ns + world_below(w, duration_ns / 4 + 1)));
        }
    }
    world_advance(w, end_ns);
}

static void tell_end(struct world *w, const char *type, const char *status)
{
    char record[256];
    bool report = strcmp(type, "platform.report") == 0;
    (void)snprintf(record, sizeof(record),
                   "{\"requestId\":\"%s\",\"status\":\"%s\",\"metrics\":{\"durationMs\":12.5%s}}",
                   w->id, status,
                   report ? ",\"billedDurationMs\":13,\"memorySizeMB\":128,\"maxMemoryUsedMB\":64"
                          : ",\"producedBytes\":5");
    if (report && w->loses && world_chance(w, 1, 4)) {
        return;
    }
    w->reports += report ? 1 : 0;
    world_say(w, type, record, !report);
}

/* The agent is told that it is over, and has to be gone in time. */
static void shut_down(struct world *w, const char *reason)
{
    const struct core_input input = {
        .kind = CORE_SHUTDOWN,
        .shutdown = {.reason = slice_from(reason), .deadline_ns = w->wall_ns + MS(2000)}};
    w->waiting = false;
    w->hold_until_ns = NEVER;
    w->exit_until_ns = w->mono_ns + MS(2000) - AGENT_SHUTDOWN_MARGIN_NS + 1;
    world_step(w, &input);
    world_advance(w, w->mono_ns + MS(2000));
    ENSURE(w->exited || w->died);
}

/* An asynchronous retry has the same id; on the same process it is the next attempt. */
static void next_id(struct world *w)
{
    if (w->running && world_chance(w, 1, 8)) {
        w->attempts++;
        return;
    }
    w->starts++;
    w->attempts = 1;
    (void)snprintf(w->id, sizeof(w->id), "%08llx-0000-4000-8000-%012x",
                   (unsigned long long)(w->seed & 0xffffffffu), w->starts);
}

/* One invocation.  False: the environment was reset, and the agent with it. */
static bool invoke(struct world *w)
{
    bool fails = !w->calm && world_chance(w, 1, 10);
    bool times_out = fails && world_chance(w, 1, 2);
    uint64_t duration_ns =
        world_chance(w, 1, 8) ? world_below(w, MS(2600)) : world_below(w, MS(100));
    if (w->died) {
        return false;
    }
    /* What came of the last one is what its start has told before this one's. */
    if (!w->reorders) {
        world_deliver(w);
    }
    next_id(w);
    if (world_chance(w, 1, 2)) {
        tell_invoke(w);
        tell_start(w);
    } else {
        tell_start(w);
        world_advance(w, w->mono_ns + world_below(w, MS(2)));
        tell_invoke(w);
    }
    world_pass(w, CORE_TRIGGER, false);
    if (w->died) {
        return false;
    }
    if (times_out) {
        duration_ns = MS(TIMEOUT_MS);
    }
    run_handler(w, duration_ns);
    world_maybe_kill(w);
    if (!w->died && !times_out && (!fails || w->seed % 2 == 0)) {
        /* Of an answer that fails the process may end. */
        world_pass(w, CORE_RESPONSE, fails || w->seed % 7 == 0);
    }
    if (!fails && !w->died) {
        world_pass(w, CORE_ASKED, false);
    }
    if (w->died) {
        return false;
    }
    tell_end(w, "platform.runtimeDone", times_out ? "timeout" : fails ? "failure" : "success");
    if (!fails) {
        /* The phase ends when the agent has asked, which world_check() sees to. */
        while (!w->waiting && !w->died) {
            world_advance(w, w->mono_ns + MS(1));
        }
    }
    tell_end(w, "platform.report", times_out ? "timeout" : fails ? "error" : "success");
    if (!fails || w->died) {
        return !w->died;
    }
    if (world_chance(w, 1, 6)) {
        world_kill(w); /* Without a word. */
        return false;
    }
    shut_down(w, times_out ? "timeout" : "failure");
    return false;
}

/* Nothing fails, so what did not arrive was held back, or over budget. */
static void expect_everything(const struct world *w)
{
    const struct core_counters *counters = &w->core.counters;
    uint64_t missing = 0;
    for (unsigned i = 0; i < w->token_lines; i++) {
        ENSURE(w->sink.lines[i] == 1 || w->holds);
        missing += w->sink.lines[i] == 0 ? 1 : 0;
    }
    /* Of a process that was killed what was held is sent, and what awaited its rest is not. */
    ENSURE(w->deaths > 0 || missing == counters->held_back + counters->dropped[CORE_DROP_BUDGET]);
    for (unsigned i = 0; i < w->token_blocks; i++) {
        ENSURE(w->sink.blocks[i] == 1 || (w->sink.blocks[i] == 0 && w->blocks_unsure[i]));
    }
    ENSURE(w->sink.stops >= 1 && (w->sink.stops == 1 || w->deaths > 0));
    ENSURE(w->sink.reported >= w->reports);
    ENSURE(w->core.queue.count == 0 &&
           (w->deaths > 0 || counters->received == counters->sent + missing));
}

static void live_on_demand(struct world *w)
{
    unsigned count = (unsigned)world_below(w, 16);
    initialise(w, "init");
    for (unsigned i = 0; i < count; i++) {
        if (!invoke(w)) {
            world_restart(w);
            initialise(w, "invoke");
            continue;
        }
        if (world_chance(w, 1, 2)) {
            world_advance(w, w->mono_ns + world_below(w, MS(20)));
        }
        world_freeze(w, world_below(w, world_chance(w, 1, 3) ? MS(600000) : MS(3000)));
    }
}

static void run(uint64_t seed, bool managed)
{
    struct world *w = &world;
    world_init(w, seed);
    if (managed) {
        managed_begin(w, "init");
        managed_live(w);
    } else {
        live_on_demand(w);
    }
    do {
        while (w->died) {
            world_restart(w);
            if (managed) {
                managed_begin(w, "init");
            } else {
                initialise(w, "invoke");
            }
        }
        if (w->calm) {
            world_deliver(w);
        }
        shut_down(w, "spindown");
    } while (w->died);
    if (w->calm) {
        expect_everything(w);
    }
}

/* ---- The command line. ---- */

static uint64_t current_seed;
static bool managed_lives;

static void failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "agent_sim:%s seed %llu fails: %s:%d: %s\n", managed_lives ? " --managed" : "",
            (unsigned long long)current_seed, file, line, expression);
}

static void run_seed(uint64_t seed)
{
    current_seed = seed;
    run(seed, managed_lives);
}

static int run_file(const char *path)
{
    char line[64];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return 100;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] >= '0' && line[0] <= '9') {
            run_seed(strtoull(line, NULL, 10));
        }
    }
    fclose(file);
    return 0;
}

int main(int argc, char **argv)
{
    ensure_set_handler(failed);
    if (argc > 1 && strcmp(argv[1], "--managed") == 0) {
        managed_lives = true;
        argc--;
        argv++;
    }
    if (argc > 2 && strcmp(argv[1], "--file") == 0) {
        return run_file(argv[2]);
    }
    if (argc > 2 && strcmp(argv[1], "--count") == 0) {
        uint64_t from = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
        uint64_t count = strtoull(argv[2], NULL, 10);
        for (uint64_t i = 0; i < count; i++) {
            run_seed(from + i);
        }
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        run_seed(strtoull(argv[i], NULL, 10));
    }
    return 0;
}
