/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the proxy of the Runtime API adds, each figure as "name value unit".  One real agent
 * (THAW_BIN_DIR/thaw-agent, the one that ships), a Runtime API of a few lines, and a runtime that
 * makes an invocation of each: straight, through the proxy, and through a relay that does nothing
 * but read and write, in turn.
 *
 *   proxy_*_added_p50            what an invocation through the proxy takes longer than straight
 *   proxy_*_copying_added_p50    the same through the relay
 *   proxy_*_beyond_copying_p50   through the proxy, longer than through the relay
 *   proxy_*_cpu, _copying_cpu    CPU time of the agent for one, and of the relay
 *   proxy_memory_growth          what the agent's memory grew by in the large ones
 *   payload_*_cpu                CPU time of an agent for an invocation whose event and answer have
 * 4 KiB each, which it tells not at all, as they are, or looked through for secrets (THAW_PAYLOADS,
 *                                THAW_REDACT); three agents in turn, which send once a second
 */
#include "base/clock.h"
#include "base/ensure.h"
#include "platform.h"
#include "taker.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE        (256u << 10)
#define REQUEST_ID   "5b8efff7-9803-81d2-69b6-33813fc60c01"
#define PAYLOAD_SIZE 4096u
#define PAYLOADS     3000u
#define DEADLINE_NS  (30 * CLOCK_NS_PER_S)

static char agent[512];
static char piece[PIECE];
static char event_body[PAYLOAD_SIZE + 1] = "{\"key\":1}";

static int listen_any(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 8) == 0 &&
           getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    ENSURE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        ENSURE(sent > 0);
        bytes += sent;
        size -= (size_t)sent;
    }
}

/* Read a message: its head, and the body that its length tells.  The answer is 0 at the end. */
static size_t read_message(int fd, char *head, size_t head_max)
{
    size_t got = 0;
    char *end = NULL;
    while (end == NULL) {
        ENSURE(got < head_max - 1);
        ssize_t more = recv(fd, head + got, head_max - 1 - got, 0);
        if (more <= 0) {
            return 0;
        }
        got += (size_t)more;
        head[got] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    const char *length = strstr(head, "Content-Length: ");
    size_t left = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
    left -= got - (size_t)(end + 4 - head);
    while (left > 0) {
        ssize_t more = recv(fd, piece, left < PIECE ? left : PIECE, 0);
        ENSURE(more > 0);
        left -= (size_t)more;
    }
    return got;
}

/* The platform's side: an event for each "next", and thanks for everything else. */
static void serve(int fd)
{
    static const char thanks[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";
    char head[2048];
    char event[PAYLOAD_SIZE + 512];
    int event_size =
        snprintf(event, sizeof(event),
                 "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: " REQUEST_ID "\r\n"
                 "Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 strlen(event_body), event_body);
    while (read_message(fd, head, sizeof(head)) > 0) {
        bool next = head[0] == 'G';
        send_all(fd, next ? event : thanks, next ? (size_t)event_size : sizeof(thanks) - 1);
    }
}

static pid_t start_platform(int listener)
{
    pid_t id = fork();
    while (id == 0) {
        int fd = accept(listener, NULL, NULL);
        int one = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        if (fork() == 0) {
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
    return id;
}

/* One connection, and nothing but what copying takes. */
static pid_t start_relay(int listener, unsigned upstream)
{
    pid_t id = fork();
    if (id != 0) {
        return id;
    }
    int client = accept(listener, NULL, NULL);
    int server = connect_to(upstream);
    for (;;) {
        int from = client;
        int to = server;
        fd_set set;
        FD_ZERO(&set);
        FD_SET(client, &set);
        FD_SET(server, &set);
        (void)select(client > server ? client + 1 : server + 1, &set, NULL, NULL, NULL);
        if (FD_ISSET(server, &set)) {
            from = server;
            to = client;
        }
        ssize_t got = recv(from, piece, sizeof(piece), 0);
        if (got <= 0) {
            _exit(0);
        }
        send_all(to, piece, (size_t)got);
    }
}

/* The runtime's side of one invocation; how long it took. */
static uint64_t invoke(int fd, const char *body, size_t size)
{
    static const char next[] =
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
    char head[2048];
    uint64_t begin_ns = clock_monotonic_ns();
    send_all(fd, next, sizeof(next) - 1);
    ENSURE(read_message(fd, head, sizeof(head)) > 0);
    int head_size =
        snprintf(head, sizeof(head),
                 "POST /2018-06-01/runtime/invocation/" REQUEST_ID "/response HTTP/1.1\r\n"
                 "Host: x\r\nContent-Length: %zu\r\n\r\n",
                 size);
    send_all(fd, head, (size_t)head_size);
    send_all(fd, body, size);
    ENSURE(read_message(fd, head, sizeof(head)) > 0);
    return clock_monotonic_ns() - begin_ns;
}

static uint64_t cpu_of(pid_t id)
{
    clockid_t clock;
    struct timespec time;
    ENSURE(clock_getcpuclockid(id, &clock) == 0 && clock_gettime(clock, &time) == 0);
    return (uint64_t)time.tv_sec * CLOCK_NS_PER_S + (uint64_t)time.tv_nsec;
}

static int compare(const void *one, const void *other)
{
    const int64_t *left = one;
    const int64_t *right = other;
    return *left < *right ? -1 : *left > *right;
}

static double quantile(int64_t *values, size_t count, size_t percent)
{
    qsort(values, count, sizeof(values[0]), compare);
    return (double)values[count * percent / 100] / 1e3;
}

/* fds: straight, through the proxy, through the relay. */
static void measure(const char *name, const int *fds, pid_t agent_id, pid_t relay_id, size_t size,
                    size_t count)
{
    int64_t *added = calloc(count, sizeof(*added));
    int64_t *copied = calloc(count, sizeof(*copied));
    int64_t *beyond = calloc(count, sizeof(*beyond));
    char *body = calloc(1, size);
    ENSURE(added != NULL && copied != NULL && beyond != NULL && body != NULL);
    for (size_t i = 0; i < 9; i++) {
        (void)invoke(fds[i % 3], body, size);
    }
    uint64_t agent_ns = cpu_of(agent_id);
    uint64_t relay_ns = cpu_of(relay_id);
    for (size_t i = 0; i < count; i++) {
        int64_t took[3];
        /* Each of the three is the first one as often. */
        for (size_t turn = 0; turn < 3; turn++) {
            took[(i + turn) % 3] = (int64_t)invoke(fds[(i + turn) % 3], body, size);
        }
        added[i] = took[1] - took[0];
        copied[i] = took[2] - took[0];
        beyond[i] = took[1] - took[2];
    }
    agent_ns = cpu_of(agent_id) - agent_ns;
    relay_ns = cpu_of(relay_id) - relay_ns;
    printf("proxy_%s_added_p50 %.1f us\n", name, quantile(added, count, 50));
    printf("proxy_%s_copying_added_p50 %.1f us\n", name, quantile(copied, count, 50));
    printf("proxy_%s_beyond_copying_p50 %.1f us\n", name, quantile(beyond, count, 50));
    printf("proxy_%s_cpu %.1f us\n", name, (double)agent_ns / 1e3 / (double)count);
    printf("proxy_%s_copying_cpu %.1f us\n", name, (double)relay_ns / 1e3 / (double)count);
    free(added);
    free(copied);
    free(beyond);
    free(body);
}

/* Tell the agent where our Runtime API is, as the wrapper does; the answer is the proxy's port. */
static unsigned ask_for_proxy(const char *listen, unsigned upstream)
{
    char command[1024];
    char answer[128] = "";
    (void)snprintf(command, sizeof(command),
                   "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%u THAW_PROXY_LISTEN=%s %s --wrapped %d",
                   upstream, listen, agent, (int)getpid());
    FILE *pipe = popen(command, "r");
    ENSURE(pipe != NULL && fgets(answer, sizeof(answer), pipe) != NULL);
    pclose(pipe);
    return (unsigned)strtoul(strchr(answer, ':') + 1, NULL, 10);
}

/* An agent, and the connection of a runtime to its proxy. */
struct observed {
    struct platform platform;
    uint64_t cpu_ns;
    int fd;
};

static void observe(struct observed *observed, unsigned upstream, const char *endpoint,
                    const char *payloads, const char *redact)
{
    unsigned any = 0;
    char listen[64];
    close(listen_any(&any));
    (void)snprintf(listen, sizeof(listen), "THAW_PROXY_LISTEN=127.0.0.1:%u", any);
    const char *const variables[] = {
        endpoint, "THAW_OTLP_LISTEN=off", "THAW_SPOOL=off", listen, payloads, redact, NULL};
    platform_start(&observed->platform, agent, variables);
    platform_ready(&observed->platform);
    observed->fd = connect_to(ask_for_proxy(strchr(listen, '=') + 1, upstream));
}

static void invoke_observed(struct observed *observed)
{
    static const char done[] =
        "[{\"time\":\"2026-11-23T15:00:00.010Z\",\"type\":\"platform.runtimeDone\",\"record\":"
        "{\"requestId\":\"" REQUEST_ID "\",\"status\":\"success\"}}]";
    platform_invoke(&observed->platform, REQUEST_ID, DEADLINE_NS);
    (void)invoke(observed->fd, event_body, strlen(event_body));
    platform_deliver(&observed->platform, done);
    (void)platform_asked(&observed->platform);
}

/* Lines of an order, as JSON, of some thousand bytes. */
static void make_payload(void)
{
    size_t at = (size_t)snprintf(event_body, sizeof(event_body), "{\"lines\":[{}");
    for (unsigned i = 0; at < PAYLOAD_SIZE - 128; i++) {
        at += (size_t)snprintf(event_body + at, sizeof(event_body) - at,
                               ",{\"id\":%u,\"item\":\"green tea, 100 g\",\"count\":%u,"
                               "\"price\":\"4.%02u EUR\",\"note\":null}",
                               7919 * i % 10007, i % 7, i % 100);
    }
    (void)snprintf(event_body + at, sizeof(event_body) - at, "]}");
}

static void measure_payloads(void)
{
    static struct observed all[3];
    static const char *const names[3] = {"off", "raw", "redacted"};
    struct taker taker;
    unsigned upstream = 0;
    char endpoint[64];
    make_payload();
    pid_t platform_id = start_platform(listen_any(&upstream));
    taker_start(&taker, 0);
    (void)snprintf(endpoint, sizeof(endpoint), "THAW_ENDPOINT=http://127.0.0.1:%u", taker.port);
    observe(&all[0], upstream, endpoint, "THAW_PAYLOADS=off", "THAW_REDACT=off");
    observe(&all[1], upstream, endpoint, "THAW_PAYLOADS=all", "THAW_REDACT=off");
    observe(&all[2], upstream, endpoint, "THAW_PAYLOADS=all", "THAW_REDACT=on");
    for (size_t i = 0; i < PAYLOADS + 100; i++) {
        for (size_t which = 0; which < 3; which++) {
            if (i == 100) {
                all[which].cpu_ns = platform_cpu_ns(&all[which].platform);
            }
            invoke_observed(&all[which]);
        }
    }
    for (size_t which = 0; which < 3; which++) {
        uint64_t used_ns = platform_cpu_ns(&all[which].platform) - all[which].cpu_ns;
        printf("payload_%s_cpu %.1f us\n", names[which], (double)used_ns / 1e3 / PAYLOADS);
        platform_stop(&all[which].platform);
    }
    printf("payload_sent %llu bytes\n", (unsigned long long)atomic_load(&taker.bytes));
    taker_stop(&taker);
    kill(platform_id, SIGKILL);
}

int main(void)
{
    const char *folder = getenv("THAW_BIN_DIR");
    struct platform platform;
    unsigned upstream = 0;
    unsigned copying = 0;
    unsigned any = 0;
    char variable[64];
    int free_place = listen_any(&any);
    close(free_place);
    (void)snprintf(agent, sizeof(agent), "%s/thaw-agent",
                   folder != NULL ? folder : "build/release/bin");
    (void)snprintf(variable, sizeof(variable), "THAW_PROXY_LISTEN=127.0.0.1:%u", any);
    int platform_listener = listen_any(&upstream);
    int relay_listener = listen_any(&copying);
    pid_t platform_id = start_platform(platform_listener);
    pid_t relay_id = start_relay(relay_listener, upstream);
    const char *const variables[] = {"THAW_ENDPOINT=http://127.0.0.1:1", "THAW_OTLP_LISTEN=off",
                                     "THAW_SPOOL=off", variable, NULL};
    platform_start(&platform, agent, variables);
    platform_ready(&platform);
    unsigned proxy = ask_for_proxy(strchr(variable, '=') + 1, upstream);
    const int fds[3] = {connect_to(upstream), connect_to(proxy), connect_to(copying)};
    measure("small", fds, platform.agent, relay_id, 1000, 5000);
    uint64_t before = platform_pss_bytes(&platform);
    measure("6mb", fds, platform.agent, relay_id, 6u << 20, 200);
    measure("20mb", fds, platform.agent, relay_id, 20u << 20, 30);
    printf("proxy_memory_growth %lld KiB\n",
           ((long long)platform_pss_bytes(&platform) - (long long)before) / 1024);
    platform_stop(&platform);
    kill(relay_id, SIGKILL);
    kill(platform_id, SIGKILL);
    measure_payloads();
    return 0;
}
