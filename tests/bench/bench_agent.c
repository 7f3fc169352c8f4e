/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the agent costs, each figure as "name value unit".
 *
 *   agent_size            bytes of the stripped binary
 *   agent_start           from exec to the register request, median of 200
 *   agent_rss_ready       resident memory when it asks for its first event
 *   agent_faults_next     page faults from exec to the question for the first event
 *   agent_invocation_cpu  decoding the telemetry of one invocation (start, five lines, runtimeDone,
 *                         report), keeping its facts, encoding its batch: without gzip and sockets
 *   agent_ten_lines_cpu, agent_ten_lines_spooled_cpu
 *                         the same with ten lines, without and with a spool in /tmp
 *   agent_spool_open      what a process takes to open a spool, after it has asked for the first
 *                         event: none, left clean, with 100 lines in it, full
 *
 * The binary is THAW_BIN_DIR/thaw-agent, build/release/bin by default: the one that ships.
 */
#include "base/clock.h"
#include "base/ensure.h"
#include "core/core.h"
#include "event/event_read.h"
#include "spool/spool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STARTS      200
#define INVOCATIONS 20000

static char agent_path[512];

/* ---- A process: size, start, memory. ---- */

static int listener_make(char *address, size_t size)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t length = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ENSURE(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
    ENSURE(listen(fd, 8) == 0 && getsockname(fd, (struct sockaddr *)&name, &length) == 0);
    (void)snprintf(address, size, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%u", ntohs(name.sin_port));
    return fd;
}

static pid_t start_agent(char *address)
{
    static char endpoint[] = "THAW_ENDPOINT=http://127.0.0.1:9";
    static char listen_off[] = "THAW_OTLP_LISTEN=off";
    static char spool_off[] = "THAW_SPOOL=off";
    char *const arguments[] = {agent_path, NULL};
    char *const environment[] = {address, endpoint, listen_off, spool_off, NULL};
    pid_t child = vfork();
    if (child == 0) {
        execve(agent_path, arguments, environment);
        _exit(127);
    }
    ENSURE(child > 0);
    return child;
}

static void read_request(int fd)
{
    char bytes[2048];
    ENSURE(recv(fd, bytes, sizeof(bytes), 0) > 0);
}

static void answer(int fd, const char *text)
{
    ENSURE(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

static int compare(const void *one, const void *other)
{
    const uint64_t *left = one;
    const uint64_t *right = other;
    return *left < *right ? -1 : *left > *right;
}

static void bench_start(void)
{
    static uint64_t times_ns[STARTS];
    char address[64];
    int listener = listener_make(address, sizeof(address));
    for (unsigned i = 0; i < STARTS; i++) {
        uint64_t begun_ns = clock_monotonic_ns();
        pid_t child = start_agent(address);
        int fd = accept(listener, NULL, NULL);
        read_request(fd);
        times_ns[i] = clock_monotonic_ns() - begun_ns;
        kill(child, SIGKILL);
        close(fd);
        waitpid(child, NULL, 0);
    }
    close(listener);
    qsort(times_ns, STARTS, sizeof(times_ns[0]), compare);
    printf("agent_start %.3f ms (p99 %.3f ms)\n", (double)times_ns[STARTS / 2] / 1e6,
           (double)times_ns[STARTS * 99 / 100] / 1e6);
}

static void bench_memory(void)
{
    struct rusage usage;
    char address[64];
    char path[64];
    char line[256];
    int listener = listener_make(address, sizeof(address));
    pid_t child = start_agent(address);
    int fd = accept(listener, NULL, NULL);
    read_request(fd);
    answer(fd, "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: x\r\nContent-Length: 2\r\n\r\n{}");
    read_request(fd);
    answer(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\"OK\"");
    read_request(fd);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
    FILE *status = fopen(path, "r");
    ENSURE(status != NULL);
    while (fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            printf("agent_rss_ready %ld KiB\n", strtol(line + 6, NULL, 10));
        }
    }
    fclose(status);
    kill(child, SIGKILL);
    ENSURE(wait4(child, NULL, 0, &usage) == child);
    printf("agent_faults_next %ld\n", usage.ru_minflt);
    close(fd);
    close(listener);
}

/* ---- The core: CPU per invocation. ---- */

static _Alignas(16) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static unsigned char body_memory[AGENT_BODY_SIZE];
static unsigned char record_memory[AGENT_RECORD_MAX];
static struct core core;

static void step(const struct core_input *input, struct core_now now)
{
    struct core_actions actions;
    core_step(&core, now, input, &actions);
    while (actions.send) {
        const struct core_input taken = {.kind = CORE_ANSWER, .answer = {.status = 200}};
        core_step(&core, now, &taken, &actions);
    }
}

static void deliver(const char *text, size_t size, struct core_now now)
{
    static char arena_bytes[AGENT_EVENT_ARENA_SIZE];
    struct arena arena;
    struct event_read reader;
    struct event event;
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    event_read_init(&reader, slice_of(text, size), &arena);
    while (event_read_next(&reader, &event) == EVENT_GOT) {
        const struct core_input input = {.kind = CORE_EVENT, .more = true, .event = &event};
        struct core_actions none;
        core_step(&core, now, &input, &none);
    }
    const struct core_input input = {.kind = CORE_TIME};
    step(&input, now);
}

static size_t write_telemetry(char *text, size_t size, const char *id)
{
    int written = snprintf(
        text, size,
        "[{\"time\":\"2026-11-23T15:00:00.000Z\",\"type\":\"platform.start\",\"record\":"
        "{\"requestId\":\"%s\",\"version\":\"$LATEST\"}},"
        "{\"time\":\"2026-11-23T15:00:00.001Z\",\"type\":\"function\",\"record\":\"one line, as "
        "functions write them, of eighty bytes or so: order 4711 was accepted\\n\"},"
        "{\"time\":\"2026-11-23T15:00:00.001Z\",\"type\":\"function\",\"record\":\"another "
        "line\\n\"},"
        "{\"time\":\"2026-11-23T15:00:00.002Z\",\"type\":\"function\",\"record\":"
        "{\"level\":\"INFO\",\"message\":\"as JSON\",\"requestId\":\"%s\",\"n\":17}},"
        "{\"time\":\"2026-11-23T15:00:00.003Z\",\"type\":\"function\",\"record\":\"fourth\\n\"},"
        "{\"time\":\"2026-11-23T15:00:00.003Z\",\"type\":\"extension\",\"record\":\"fifth\\n\"},"
        "{\"time\":\"2026-11-23T15:00:00.010Z\",\"type\":\"platform.runtimeDone\",\"record\":"
        "{\"requestId\":\"%s\",\"status\":\"success\",\"metrics\":{\"durationMs\":9.5,"
        "\"producedBytes\":12},\"spans\":[{\"name\":\"responseLatency\",\"start\":\"x\","
        "\"durationMs\":8.1}]}},"
        "{\"time\":\"2026-11-23T15:00:00.011Z\",\"type\":\"platform.report\",\"record\":"
        "{\"requestId\":\"%s\",\"status\":\"success\",\"metrics\":{\"durationMs\":10.5,"
        "\"billedDurationMs\":11,\"memorySizeMB\":128,\"maxMemoryUsedMB\":64}}}]",
        id, id, id, id);
    ENSURE(written > 0 && (size_t)written < size);
    return (size_t)written;
}

/* Of this process alone, so that a busy machine does not count. */
static uint64_t cpu_ns(void)
{
    struct rusage usage;
    ENSURE(getrusage(RUSAGE_SELF, &usage) == 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * CLOCK_NS_PER_S +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * CLOCK_NS_PER_US;
}

static void bench_core(void)
{
    static char text[4096];
    const struct core_memory memory = {queue_memory,  sizeof(queue_memory),
                                       body_memory,   sizeof(body_memory),
                                       record_memory, sizeof(record_memory)};
    const struct core_config config = {.resource = {.function_name = SLICE("shop"),
                                                    .service_name = SLICE("shop"),
                                                    .agent_version = SLICE("0"),
                                                    .epoch_ns = 1},
                                       .flush = CORE_FLUSH_END,
                                       .age_max_ns = AGENT_NS_MS(120000),
                                       .budget_ns = AGENT_NS_MS(100),
                                       .lines = CORE_LINES_ALL};
    struct core_now now = {.wall_ns = UINT64_C(1795000000000000000), .mono_ns = 1000000000};
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memory);
    uint64_t begun_ns = cpu_ns();
    for (unsigned i = 0; i < INVOCATIONS; i++) {
        char id[64];
        (void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000", i);
        const struct core_input invoke = {
            .kind = CORE_INVOKE,
            .invoke = {.request_id = slice_from(id),
                       .arn = SLICE("arn:aws:lambda:us-east-1:123456789012:function:shop"),
                       .tracing = SLICE("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"),
                       .deadline_ns = now.wall_ns + AGENT_NS_MS(3000)}};
        step(&invoke, now);
        deliver(text, write_telemetry(text, sizeof(text), id), now);
        now.mono_ns += AGENT_NS_MS(100);
        now.wall_ns += AGENT_NS_MS(100);
    }
    uint64_t taken_ns = cpu_ns() - begun_ns;
    core_assert(&core);
    ENSURE(core.counters.sent >= INVOCATIONS * 8);
    printf("agent_invocation_cpu %.2f us (%u invocations of 8 events, %llu records)\n",
           (double)taken_ns / INVOCATIONS / 1e3, INVOCATIONS,
           (unsigned long long)core.counters.sent);
}

/* ---- The spool. ---- */

static char spool_path[64];
static unsigned char entries_memory[AGENT_SPOOL_ENTRIES_SIZE];
static struct spool spool;

static const struct core_config spooled_config = {
    .resource = {.function_name = SLICE_INIT("shop"),
                 .service_name = SLICE_INIT("shop"),
                 .agent_version = SLICE_INIT("0")},
    .flush = CORE_FLUSH_END,
    .age_max_ns = AGENT_NS_MS(120000),
    .budget_ns = AGENT_NS_MS(100),
    .lines = CORE_LINES_ALL,
};

/* A process with a spool in this file, or without one; the answer is what opening took. */
static uint64_t begin_process(struct core_now now, const char *path)
{
    const struct core_memory memory = {queue_memory,  sizeof(queue_memory),
                                       body_memory,   sizeof(body_memory),
                                       record_memory, sizeof(record_memory)};
    const struct spool_loan loan = {.half = body_memory, .salt = 1};
    struct core_config config = spooled_config;
    struct disk disk;
    config.resource.epoch_ns = now.wall_ns;
    disk_init(&disk);
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memory);
    spool_init(&spool, &disk, slice_from(path), entries_memory);
    uint64_t begun_ns = clock_monotonic_ns();
    (void)spool_open(&spool, &core, now, &loan);
    return clock_monotonic_ns() - begun_ns;
}

static void end_process(void)
{
    if (spool.disk.fd >= 0) {
        close(spool.disk.fd);
    }
}

/* As the shell does it: kept before it is acted upon. */
static void step_spooled(const struct core_input *input, struct core_now now)
{
    struct core_actions actions;
    core_step(&core, now, input, &actions);
    spool_keep(&spool, &core, input->kind == CORE_INVOKE);
    while (actions.send) {
        const struct core_input taken = {.kind = CORE_ANSWER, .answer = {.status = 200}};
        core_step(&core, now, &taken, &actions);
        spool_keep(&spool, &core, false);
    }
}

static void say_lines(unsigned count, struct core_now now)
{
    static const struct event line = {
        .type = EVENT_LINE_FUNCTION,
        .text = {.raw =
                     SLICE_INIT("one line, as functions write them, of eighty bytes or so: order "
                                "4711 was accepted")}};
    for (unsigned i = 0; i < count; i++) {
        struct core_actions none;
        struct event event = line;
        event.time_ns = now.wall_ns;
        const struct core_input input = {.kind = CORE_EVENT, .more = true, .event = &event};
        core_step(&core, now, &input, &none);
    }
}

static void invocation_of_ten_lines(unsigned number, struct core_now now)
{
    static const enum event_type types[] = {EVENT_START, EVENT_RUNTIME_DONE, EVENT_REPORT};
    char id[64];
    (void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000", number);
    const struct core_input invoke = {
        .kind = CORE_INVOKE,
        .invoke = {.request_id = slice_from(id),
                   .arn = SLICE("arn:aws:lambda:us-east-1:123456789012:function:shop"),
                   .tracing = SLICE("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"),
                   .deadline_ns = now.wall_ns + AGENT_NS_MS(3000)}};
    step_spooled(&invoke, now);
    for (unsigned i = 0; i < 3; i++) {
        struct core_actions none;
        const struct event event = {
            .type = types[i], .request_id = slice_from(id), .time_ns = now.wall_ns};
        const struct core_input input = {.kind = CORE_EVENT, .more = true, .event = &event};
        core_step(&core, now, &input, &none);
        if (i == 0) {
            say_lines(10, now);
        }
    }
    const struct core_input time = {.kind = CORE_TIME};
    step_spooled(&time, now);
}

static void bench_ten_lines(const char *name, const char *path)
{
    struct core_now now = {.wall_ns = UINT64_C(1795000000000000000), .mono_ns = 1000000000};
    (void)begin_process(now, path);
    uint64_t begun_ns = cpu_ns();
    for (unsigned i = 0; i < INVOCATIONS; i++) {
        invocation_of_ten_lines(i, now);
        now.mono_ns += AGENT_NS_MS(100);
        now.wall_ns += AGENT_NS_MS(100);
    }
    uint64_t taken_ns = cpu_ns() - begun_ns;
    end_process();
    printf("%s %.2f us (%u invocations)\n", name, (double)taken_ns / INVOCATIONS / 1e3,
           INVOCATIONS);
}

/* lines: UINT_MAX leaves it clean. */
static void bench_open(const char *name, unsigned lines)
{
    static uint64_t times_ns[STARTS];
    struct core_now now = {.wall_ns = UINT64_C(1795000000000000000), .mono_ns = 1000000000};
    for (unsigned i = 0; i < STARTS; i++) {
        (void)unlink(spool_path);
        if (lines > 0) {
            (void)begin_process(now, spool_path);
            invocation_of_ten_lines(i, now);
            for (unsigned j = 0; lines != UINT32_MAX && j < lines; j += 100) {
                say_lines(100, now);
                spool_keep(&spool, &core, false);
            }
            if (lines == UINT32_MAX) {
                spool_settle(&spool, &core);
            }
            end_process();
        }
        now.wall_ns += AGENT_NS_MS(1000);
        times_ns[i] = begin_process(now, spool_path);
        end_process();
    }
    qsort(times_ns, STARTS, sizeof(times_ns[0]), compare);
    printf("agent_spool_open_%s %.3f ms (median of %u)\n", name, (double)times_ns[STARTS / 2] / 1e6,
           STARTS);
}

static void bench_spool(void)
{
    (void)snprintf(spool_path, sizeof(spool_path), "/tmp/bench_agent.%d", (int)getpid());
    bench_ten_lines("agent_ten_lines_cpu", "off");
    bench_ten_lines("agent_ten_lines_spooled_cpu", spool_path);
    bench_open("none", 0);
    bench_open("clean", UINT32_MAX);
    bench_open("100_lines", 100);
    bench_open("full", 5000);
    (void)unlink(spool_path);
}

int main(int argc, char **argv)
{
    struct stat status;
    const char *folder = getenv("THAW_BIN_DIR");
    if (argc > 1 && strcmp(argv[1], "--spool") == 0) {
        bench_spool();
        return 0;
    }
    (void)snprintf(agent_path, sizeof(agent_path), "%s/thaw-agent",
                   folder != NULL ? folder : "build/release/bin");
    if (stat(agent_path, &status) != 0) {
        perror(agent_path);
        return 100;
    }
    printf("agent_size %lld bytes (%s)\n", (long long)status.st_size, agent_path);
    bench_start();
    bench_memory();
    bench_core();
    bench_spool();
    return 0;
}
