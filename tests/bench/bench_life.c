/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the agent costs in the life of an instance, each figure as "name value
 * unit".  One real agent (THAW_BIN_DIR/thaw-agent, the one that ships) beside a
 * platform of a few lines, timed from outside.
 *
 *   life_own_start       from exec to asking for the first event, answers excluded; 200 starts
 *   life_page_faults     from exec to the register request, median
 *   life_pss_*           proportional set size, ready and after 200 invocations of ten lines
 *   life_cpu_*           CPU time of the process for one invocation of ten lines (schedstat)
 *   life_burst_*         the same of each of 3,000 invocations without lines, 3 ms apart: of a
 * hundred hardly one shall have a sending beside it life_flush_*         THAW_FLUSH=end: from
 * delivering runtimeDone to being asked for the next event, collector 1 ms away, connection kept
 *   life_held_carry      invocations that the agent held, adaptive, from the twentieth on
 *
 * The variants named share get 7 % of one processor, as a function of 128 MB does.
 *
 * The variants named tls send to a thaw-collector over TLS; its certificate is a root of its own
 * (own) or is put beside those of the system (system).
 */
#include "base/clock.h"
#include "base/ensure.h"
#include "platform.h"
#include "taker.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STARTS        200
#define INVOCATIONS   200
#define LINES         10
#define DEADLINE_NS   (30 * CLOCK_NS_PER_S)
#define APART_US      20000 /* Fifty a second: adaptive lets data ride. */
#define BURST         3000
#define BURST_WARM_UP 600
#define BURST_US      3000
#define SHARE_PERCENT 7
#define AWAY_NS       CLOCK_NS_PER_MS

static char folder[400];
static char agent[512];
static char work[64];

static int compare(const void *one, const void *other)
{
    const uint64_t *left = one;
    const uint64_t *right = other;
    return *left < *right ? -1 : *left > *right;
}

static uint64_t quantile(uint64_t *values, size_t count, unsigned permille)
{
    qsort(values, count, sizeof(values[0]), compare);
    return values[(count - 1) * permille / 1000];
}

/* ---- Start. ---- */

static void bench_start(const char *name)
{
    static uint64_t own_ns[STARTS];
    static uint64_t faults[STARTS];
    const char *const variables[] = {"THAW_ENDPOINT=http://127.0.0.1:9", "THAW_OTLP_LISTEN=off",
                                     "THAW_SPOOL=off", NULL};
    for (size_t i = 0; i < STARTS; i++) {
        struct platform platform;
        platform_start(&platform, agent, variables);
        platform_ready(&platform);
        own_ns[i] = platform.own_ns;
        faults[i] = platform.registered_faults;
        if (i == 0) {
            usleep(50000);
            printf("life_pss_ready%s %.2f MiB\n", name,
                   (double)platform_pss_bytes(&platform) / (1024 * 1024));
        }
        platform_stop(&platform);
    }
    printf("life_own_start%s %.3f ms (p99 %.3f ms)\n", name,
           (double)quantile(own_ns, STARTS, 500) / 1e6,
           (double)quantile(own_ns, STARTS, 990) / 1e6);
    printf("life_page_faults%s %llu count\n", name,
           (unsigned long long)quantile(faults, STARTS, 500));
}

/* ---- Invocations. ---- */

static void stamp(char *text, size_t size)
{
    time_t seconds = (time_t)(clock_wall_ns() / CLOCK_NS_PER_S);
    struct tm when;
    gmtime_r(&seconds, &when);
    (void)strftime(text, size, "%Y-%m-%dT%H:%M:%S.000Z", &when);
}

static size_t write_begin(char *text, size_t size, const char *id, int lines)
{
    char time[32];
    stamp(time, sizeof(time));
    int at = snprintf(text, size,
                      "[{\"time\":\"%s\",\"type\":\"platform.start\",\"record\":"
                      "{\"requestId\":\"%s\",\"version\":\"$LATEST\"}}",
                      time, id);
    for (int i = 0; i < lines; i++) {
        at += snprintf(text + at, size - (size_t)at,
                       ",{\"time\":\"%s\",\"type\":\"function\",\"record\":\"%s\\t%s\\tINFO\\t"
                       "order %d of the customer was accepted, as such lines are\\n\"}",
                       time, time, id, i);
    }
    at += snprintf(text + at, size - (size_t)at, "]");
    ENSURE(at > 0 && (size_t)at < size);
    return (size_t)at;
}

static void write_done(char *text, size_t size, const char *id, const char *type)
{
    char time[32];
    stamp(time, sizeof(time));
    int at = snprintf(text, size,
                      "[{\"time\":\"%s\",\"type\":\"platform.%s\",\"record\":{\"requestId\":\"%s\","
                      "\"status\":\"success\",\"metrics\":{\"durationMs\":9.5,"
                      "\"billedDurationMs\":10,\"memorySizeMB\":128,\"maxMemoryUsedMB\":64}}}]",
                      time, type, id);
    ENSURE(at > 0 && (size_t)at < size);
}

static void begin(struct platform *platform, unsigned number, char *id)
{
    char events[8192];
    (void)snprintf(id, 64, "%08x-0000-4000-8000-%012x", number, number);
    platform_invoke(platform, id, DEADLINE_NS);
    (void)write_begin(events, sizeof(events), id, LINES);
    platform_deliver(platform, events);
}

/* From delivering the end to being asked for the next event; negative: it was asked before. */
static int64_t end(struct platform *platform, const char *id)
{
    char events[1024];
    write_done(events, sizeof(events), id, "runtimeDone");
    int64_t begun_ns = (int64_t)clock_monotonic_ns();
    platform_deliver(platform, events);
    uint64_t asked_ns = platform_asked(platform);
    write_done(events, sizeof(events), id, "report");
    platform_deliver(platform, events);
    return (int64_t)asked_ns - begun_ns;
}

static void bench_carry(const char *name, const char *const *variables)
{
    struct platform platform;
    char id[64];
    char events[1024];
    unsigned held = 0;
    uint64_t begun_ns = 0;
    platform_start(&platform, agent, variables);
    platform_ready(&platform);
    for (unsigned i = 0; i < 2 * INVOCATIONS; i++) {
        if (i == INVOCATIONS) {
            begun_ns = platform_cpu_ns(&platform);
        }
        begin(&platform, i, id);
        usleep(1000);
        bool asked = platform_has_asked(&platform);
        held += i >= LINES * 2 && !asked ? 1 : 0;
        write_done(events, sizeof(events), id, "runtimeDone");
        platform_deliver(&platform, events);
        (void)platform_asked(&platform);
        write_done(events, sizeof(events), id, "report");
        platform_deliver(&platform, events);
        usleep(APART_US);
    }
    printf("life_cpu_carry_%s %.1f us\n", name,
           (double)(platform_cpu_ns(&platform) - begun_ns) / INVOCATIONS / 1e3);
    printf("life_held_carry_%s %u of %u invocations\n", name, held, 2 * INVOCATIONS - LINES * 2);
    printf("life_pss_%s %.2f MiB\n", name, (double)platform_pss_bytes(&platform) / (1024 * 1024));
    platform_stop(&platform);
}

static void bench_burst(const char *name, const char *const *variables)
{
    static uint64_t used_ns[BURST];
    struct platform platform;
    char events[8192];
    char id[64];
    platform_start(&platform, agent, variables);
    platform_ready(&platform);
    uint64_t before_ns = platform_cpu_ns(&platform);
    for (unsigned i = 0; i < BURST_WARM_UP + BURST; i++) {
        (void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012x", i, i);
        platform_invoke(&platform, id, DEADLINE_NS);
        (void)write_begin(events, sizeof(events), id, 0);
        platform_deliver(&platform, events);
        write_done(events, sizeof(events), id, "runtimeDone");
        platform_deliver(&platform, events);
        (void)platform_asked(&platform);
        write_done(events, sizeof(events), id, "report");
        platform_deliver(&platform, events);
        usleep(BURST_US);
        uint64_t after_ns = platform_cpu_ns(&platform);
        if (i >= BURST_WARM_UP) {
            used_ns[i - BURST_WARM_UP] = after_ns - before_ns;
        }
        before_ns = after_ns;
    }
    printf("life_burst_%s %.1f us (p99 %.1f us, p99.9 %.1f us)\n", name,
           (double)quantile(used_ns, BURST, 500) / 1e3, (double)quantile(used_ns, BURST, 990) / 1e3,
           (double)quantile(used_ns, BURST, 999) / 1e3);
    platform_stop(&platform);
}

static void bench_end(const char *name, const char *const *variables)
{
    static uint64_t times_ns[INVOCATIONS];
    struct platform platform;
    char id[64];
    platform_start(&platform, agent, variables);
    platform_ready(&platform);
    uint64_t begun_ns = 0;
    for (unsigned i = 0; i < 2 * INVOCATIONS; i++) {
        if (i == INVOCATIONS) {
            begun_ns = platform_cpu_ns(&platform);
        }
        begin(&platform, i, id);
        usleep(2000);
        int64_t taken_ns = end(&platform, id);
        if (i >= INVOCATIONS) {
            times_ns[i - INVOCATIONS] = taken_ns > 0 ? (uint64_t)taken_ns : 0;
        }
    }
    printf("life_cpu_end_%s %.1f us\n", name,
           (double)(platform_cpu_ns(&platform) - begun_ns) / INVOCATIONS / 1e3);
    printf("life_flush_%s %.3f ms (p99 %.3f ms)\n", name,
           (double)quantile(times_ns, INVOCATIONS, 500) / 1e6,
           (double)quantile(times_ns, INVOCATIONS, 990) / 1e6);
    platform_stop(&platform);
}

static void bench_plain(void)
{
    static struct taker taker;
    char endpoint[64];
    char spool[128];
    const char *variables[] = {endpoint, spool, "THAW_OTLP_LISTEN=off", NULL, NULL};
    (void)snprintf(spool, sizeof(spool), "THAW_SPOOL=%s/spool", work);
    taker_start(&taker, AWAY_NS);
    (void)snprintf(endpoint, sizeof(endpoint), "THAW_ENDPOINT=http://127.0.0.1:%u", taker.port);
    bench_carry("plain", variables);
    bench_burst("plain", variables);
    variables[3] = "THAW_FLUSH=end";
    bench_end("plain", variables);
    taker_stop(&taker);
}

/* ---- With TLS, to a collector. ---- */

static pid_t start_collector(char *endpoint, size_t size)
{
    char program[512];
    char data[128];
    int out[2];
    char line[256];
    (void)snprintf(program, sizeof(program), "%s/thaw-collector", folder);
    (void)snprintf(data, sizeof(data), "%s/data", work);
    ENSURE(pipe(out) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        execl(program, program, "--data", data, "--listen", "127.0.0.1:0", "--tls-cert",
              "tests/scenario/collector/tls/cert.pem", "--tls-key",
              "tests/scenario/collector/tls/key.pem", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *said = fdopen(out[0], "r");
    ENSURE(child > 0 && said != NULL);
    ENSURE(fgets(line, sizeof(line), said) != NULL && strstr(line, "listening on") != NULL);
    const char *port = strrchr(line, ':');
    ENSURE(port != NULL);
    (void)snprintf(endpoint, size, "THAW_ENDPOINT=https://127.0.0.1:%lu",
                   strtoul(port + 1, NULL, 10));
    return child;
}

static void bench_tls(void)
{
    char endpoint[64];
    char roots[160];
    char spool[128];
    char command[512];
    const char *variables[] = {endpoint, spool, roots, "THAW_OTLP_LISTEN=off", NULL, NULL};
    (void)snprintf(spool, sizeof(spool), "THAW_SPOOL=%s/spool", work);
    pid_t collector = start_collector(endpoint, sizeof(endpoint));
    (void)snprintf(roots, sizeof(roots), "THAW_CA_FILE=tests/scenario/collector/tls/cert.pem");
    bench_carry("tls_own", variables);
    bench_burst("tls_own", variables);
    variables[4] = "THAW_FLUSH=end";
    bench_end("tls_own", variables);
    if (platform_share(SHARE_PERCENT)) {
        bench_start("_share");
        bench_end("tls_share", variables);
        variables[4] = NULL;
        bench_carry("tls_share", variables);
    } else {
        printf("life_share not measured: there are no groups with a share of the processor\n");
    }
    (void)platform_share(0);
    variables[4] = NULL;
    (void)snprintf(command, sizeof(command),
                   "cat /etc/ssl/certs/ca-certificates.crt tests/scenario/collector/tls/cert.pem "
                   "> %s/roots.pem",
                   work);
    ENSURE(system(command) == 0);
    (void)snprintf(roots, sizeof(roots), "THAW_CA_FILE=%s/roots.pem", work);
    bench_carry("tls_system", variables);
    kill(collector, SIGTERM);
    waitpid(collector, NULL, 0);
}

int main(int argc, char **argv)
{
    char command[128];
    struct stat status;
    const char *given = getenv("THAW_BIN_DIR");
    (void)snprintf(folder, sizeof(folder), "%s", given != NULL ? given : "build/release/bin");
    (void)snprintf(agent, sizeof(agent), "%s/thaw-agent", folder);
    (void)snprintf(work, sizeof(work), "/tmp/thaw-bench-XXXXXX");
    if (stat(agent, &status) != 0 || mkdtemp(work) == NULL) {
        perror(agent);
        return 100;
    }
    bench_start("");
    bench_plain();
    if (argc < 2 || strcmp(argv[1], "plain") != 0) {
        bench_tls();
    }
    (void)snprintf(command, sizeof(command), "rm -r %s", work);
    return system(command) == 0 ? 0 : 111;
}
