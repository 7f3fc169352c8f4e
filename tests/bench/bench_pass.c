/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What it costs to pass on what the function's SDK sends: one real agent
 * (THAW_BIN_DIR/thaw-agent, the one that ships) gets requests of 500 spans of
 * one resource, seven attributes each.
 *
 *   pass_accept_500  CPU time from the request to its answer: checked against the schema, the
 *                    resource completed, kept in memory; nothing is sent meanwhile
 *   pass_spool_500   the same with the spool
 *   pass_sent_500    CPU time of an invocation with such a request, flushed at its end: compressed
 *                    and sent, too
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/prng.h"
#include "net/listen.h"
#include "platform.h"
#include "proto/wire.h"
#include "taker.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPANS       500
#define ATTRIBUTES  7
#define AGENTS      20
#define REQUESTS    4 /* To one agent: all of them fit into its memory. */
#define INVOCATIONS 100
#define START_NS    UINT64_C(1795000000000000000)
#define DEADLINE_NS (30 * CLOCK_NS_PER_S)
#define SETTLE_US   3000

static char agent[512];
static unsigned char body_bytes[512 << 10];
static unsigned char request_bytes[600 << 10];
static struct buf request;
static uint64_t times_ns[AGENTS * REQUESTS];

/* ---- What is sent. ---- */

static void put_attribute(struct buf *out, uint32_t field, const char *key, struct slice text)
{
    size_t pair = wire_write_open(out, field);
    wire_write_bytes(out, 1, slice_from(key));
    size_t value = wire_write_open(out, 2);
    wire_write_bytes(out, 1, text);
    wire_write_close(out, value);
    wire_write_close(out, pair);
}

static void put_span(struct buf *out, struct prng *prng, unsigned number)
{
    static const char *const keys[ATTRIBUTES] = {
        "http.request.method", "url.path", "http.response.status_code",
        "server.address",      "user.id",  "messaging.system",
        "db.operation.name"};
    unsigned char id[16];
    size_t span = wire_write_open(out, 2);
    prng_fill(prng, id, sizeof(id));
    wire_write_bytes(out, 1, slice_of(id, 16));
    wire_write_bytes(out, 2, slice_of(id, 8));
    wire_write_bytes(out, 5, SLICE("GET /orders/{id}"));
    wire_write_u64(out, 6, 3);
    wire_write_fixed64(out, 7, START_NS + number * UINT64_C(1000000));
    wire_write_fixed64(out, 8, START_NS + number * UINT64_C(1000000) + prng_below(prng, 900000));
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "value-%llu", (unsigned long long)prng_below(prng, 999));
        put_attribute(out, 9, keys[i], slice_from(text));
    }
    wire_write_close(out, span);
}

static void make_request(void)
{
    struct buf body;
    struct prng prng;
    char head[256];
    prng_init(&prng, 1);
    buf_init_fixed(&body, body_bytes, sizeof(body_bytes));
    size_t resource_spans = wire_write_open(&body, 1);
    size_t resource = wire_write_open(&body, 1);
    put_attribute(&body, 1, "service.name", SLICE("shop"));
    wire_write_close(&body, resource);
    size_t scope_spans = wire_write_open(&body, 2);
    for (unsigned i = 0; i < SPANS; i++) {
        put_span(&body, &prng, i);
    }
    wire_write_close(&body, scope_spans);
    wire_write_close(&body, resource_spans);
    (void)snprintf(head, sizeof(head),
                   "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Type: application/x-protobuf\r\nContent-Length: %zu\r\n\r\n",
                   body.size);
    buf_init_fixed(&request, request_bytes, sizeof(request_bytes));
    buf_append_text(&request, head);
    buf_append(&request, buf_bytes(&body));
    ENSURE(!buf_overflowed(&body) && !buf_overflowed(&request));
    printf("pass_request %zu bytes (%u spans)\n", body.size, SPANS);
}

/* ---- To whom. ---- */

/* A port that nobody has just now. */
static unsigned free_port(void)
{
    int fd = -1;
    ENSURE(listen_open(SLICE("127.0.0.1:0"), &fd) == STATUS_OK);
    unsigned port = listen_port(fd);
    close(fd);
    return port;
}

static int connect_to(unsigned port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

static void post(int fd)
{
    char answer[1024];
    size_t sent = 0;
    while (sent < request.size) {
        ssize_t part = send(fd, request.base + sent, request.size - sent, MSG_NOSIGNAL);
        ENSURE(part > 0);
        sent += (size_t)part;
    }
    ENSURE(recv(fd, answer, sizeof(answer), 0) > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0);
}

static int compare(const void *one, const void *other)
{
    const uint64_t *left = one;
    const uint64_t *right = other;
    return *left < *right ? -1 : *left > *right;
}

static void print(const char *name, size_t count)
{
    qsort(times_ns, count, sizeof(times_ns[0]), compare);
    printf("%s %.1f us (p99 %.1f us)\n", name, (double)times_ns[count / 2] / 1e3,
           (double)times_ns[(count - 1) * 99 / 100] / 1e3);
}

/* Nothing is sent for an hour, so accepting is all that it does. */
static void bench_accept(const char *name, const char *spool)
{
    char listen[64];
    unsigned port = free_port();
    const char *const variables[] = {"THAW_ENDPOINT=http://127.0.0.1:9", listen, spool,
                                     "THAW_FLUSH=periodic,3600000", NULL};
    (void)snprintf(listen, sizeof(listen), "THAW_OTLP_LISTEN=127.0.0.1:%u", port);
    for (size_t i = 0; i < AGENTS; i++) {
        struct platform platform;
        platform_start(&platform, agent, variables);
        platform_ready(&platform);
        platform_invoke(&platform, "00000001-0000-4000-8000-000000000001", DEADLINE_NS);
        int fd = connect_to(port);
        for (size_t k = 0; k < REQUESTS; k++) {
            usleep(SETTLE_US);
            uint64_t begun_ns = platform_cpu_ns(&platform);
            post(fd);
            usleep(SETTLE_US);
            times_ns[i * REQUESTS + k] = platform_cpu_ns(&platform) - begun_ns;
        }
        close(fd);
        platform_stop(&platform);
    }
    print(name, AGENTS * REQUESTS);
}

static void bench_sent(void)
{
    static struct taker taker;
    struct platform platform;
    char listen[64];
    char endpoint[64];
    char done[256];
    unsigned port = free_port();
    const char *const variables[] = {endpoint, listen, "THAW_SPOOL=off", "THAW_FLUSH=end", NULL};
    taker_start(&taker, CLOCK_NS_PER_MS);
    (void)snprintf(endpoint, sizeof(endpoint), "THAW_ENDPOINT=http://127.0.0.1:%u", taker.port);
    (void)snprintf(listen, sizeof(listen), "THAW_OTLP_LISTEN=127.0.0.1:%u", port);
    platform_start(&platform, agent, variables);
    platform_ready(&platform);
    int fd = connect_to(port);
    for (unsigned i = 0; i < INVOCATIONS; i++) {
        char id[64];
        (void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012x", i, i);
        uint64_t begun_ns = platform_cpu_ns(&platform);
        platform_invoke(&platform, id, DEADLINE_NS);
        post(fd);
        (void)snprintf(done, sizeof(done),
                       "[{\"time\":\"2026-11-23T15:00:00.010Z\",\"type\":\"platform.runtimeDone\","
                       "\"record\":{\"requestId\":\"%s\",\"status\":\"success\"}}]",
                       id);
        platform_deliver(&platform, done);
        (void)platform_asked(&platform);
        usleep(SETTLE_US);
        times_ns[i % (AGENTS * REQUESTS)] = platform_cpu_ns(&platform) - begun_ns;
    }
    print("pass_sent_500", AGENTS * REQUESTS);
    close(fd);
    platform_stop(&platform);
    taker_stop(&taker);
}

int main(void)
{
    const char *given = getenv("THAW_BIN_DIR");
    (void)snprintf(agent, sizeof(agent), "%s/thaw-agent",
                   given != NULL ? given : "build/release/bin");
    if (access(agent, X_OK) != 0) {
        perror(agent);
        return 100;
    }
    make_request();
    bench_accept("pass_accept_500", "THAW_SPOOL=off");
    bench_accept("pass_spool_500", "THAW_SPOOL=/tmp/thaw-bench-pass.spool");
    (void)unlink("/tmp/thaw-bench-pass.spool");
    bench_sent();
    return 0;
}
