/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet of agents that are mostly idle: many TLS connections to one collector, one thread.
 *
 *     fleet PORT CONNECTIONS
 *
 * It obeys lines of stdin and answers each with one of stdout:
 *   come      every connection that is not there connects, all at once, and sends one body; who is
 *             refused or cut tries again after 0.1 to 1 s: "came SECONDS s, RETRIES retries"
 *   send N    N bodies over connections taken at random, 64 at a time: "sent SECONDS s, FAILED
 * failed" leave     close all: "left" A body is one request: by turns 3 spans and 10 lines of one
 * invocation, as an agent sends them. Sessions are resumed as agents do, certificates are not
 * looked at.
 */
#include "attr_gen.h"

#include "proto/names.h"
#include "proto/wire.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/prng.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_A_TIME      64
#define PER_ADDRESS    20000 /* Ports that one address has for connections. */
#define NS_PER_MS      UINT64_C(1000000)
#define RETRY_MIN_NS   (100 * NS_PER_MS)
#define RETRY_RANGE_NS (900 * NS_PER_MS)

enum state { AWAY, WAITING, CONNECTING, SHAKING, ASKING, ANSWERED, IDLE };

struct agent {
    int file;
    enum state state;
    gnutls_session_t session;
    gnutls_datum_t ticket; /* To resume with. */
    uint64_t again_ns;     /* When it tries again. */
    size_t sent;
    bool lines; /* What it sends next. */
};

struct fleet {
    uint16_t port;
    unsigned count;
    int epoll;
    struct agent *agents;
    gnutls_certificate_credentials_t credentials;
    struct prng prng;
    struct buf body;
    struct buf request; /* Of the moment. */
    unsigned there, retries, failed;
};

static void put_resource(struct buf *out, unsigned number)
{
    char instance[64];
    (void)snprintf(instance, sizeof(instance), "2026/11/30/[$LATEST]%032x", number);
    size_t resource = wire_write_open(out, 1);
    attr_gen_text(out, 1, NAME_FAAS_NAME, SLICE("shop-checkout"));
    attr_gen_text(out, 1, NAME_FAAS_INSTANCE, slice_from(instance));
    attr_gen_text(out, 1, NAME_FAAS_VERSION, SLICE("$LATEST"));
    attr_gen_text(out, 1, NAME_CLOUD_REGION, SLICE("eu-central-1"));
    attr_gen_text(out, 1, NAME_CLOUD_ACCOUNT_ID, SLICE("123456789012"));
    wire_write_close(out, resource);
}

static void put_ids(struct fleet *fleet, struct buf *out, uint32_t trace_field,
                    const unsigned char trace[16])
{
    unsigned char span[8];
    prng_fill(&fleet->prng, span, sizeof(span));
    wire_write_bytes(out, trace_field, slice_of(trace, 16));
    wire_write_bytes(out, trace_field + 1, slice_of(span, sizeof(span)));
}

static void make_body(struct fleet *fleet, const struct agent *agent, struct buf *out)
{
    unsigned char trace[16];
    uint64_t now_ns = clock_wall_ns();
    prng_fill(&fleet->prng, trace, sizeof(trace));
    buf_reset(out);
    size_t block = wire_write_open(out, 1);
    put_resource(out, (unsigned)(agent - fleet->agents));
    size_t scope = wire_write_open(out, 2);
    for (unsigned i = 0; i < (agent->lines ? 10U : 3U); i++) {
        size_t record = wire_write_open(out, 2);
        if (agent->lines) {
            char text[128];
            wire_write_fixed64(out, 1, now_ns);
            wire_write_u64(out, 2, 9);
            size_t body = wire_write_open(out, 5);
            (void)snprintf(text, sizeof(text), "order %u was checked and goes to packing in %u ms",
                           (unsigned)prng_below(&fleet->prng, 100000), i * 7);
            wire_write_bytes(out, 1, slice_from(text));
            wire_write_close(out, body);
            attr_gen_text(out, 6, SLICE("logger"), SLICE("shop.checkout"));
            put_ids(fleet, out, 9, trace);
        } else {
            put_ids(fleet, out, 1, trace);
            wire_write_bytes(out, 5, SLICE("shop.checkout/Place"));
            wire_write_fixed64(out, 7, now_ns);
            wire_write_fixed64(out, 8, now_ns + 5 * NS_PER_MS);
            attr_gen_text(out, 9, SLICE("http.route"), SLICE("/orders/{id}"));
        }
        wire_write_close(out, record);
    }
    wire_write_close(out, scope);
    wire_write_close(out, block);
}

static void make_request(struct fleet *fleet, struct agent *agent)
{
    make_body(fleet, agent, &fleet->body);
    buf_reset(&fleet->request);
    buf_printf(&fleet->request,
               "POST /v1/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
               "Content-Length: %zu\r\n\r\n",
               agent->lines ? "logs" : "traces", fleet->body.size);
    buf_append(&fleet->request, buf_bytes(&fleet->body));
    agent->lines = !agent->lines;
}

static void watch(struct fleet *fleet, struct agent *agent, int operation, bool write)
{
    struct epoll_event event = {.events = write ? EPOLLOUT : EPOLLIN, .data = {.ptr = agent}};
    ENSURE(epoll_ctl(fleet->epoll, operation, agent->file, &event) == 0);
}

static void end(struct agent *agent)
{
    if (agent->session != NULL) {
        gnutls_deinit(agent->session);
        agent->session = NULL;
    }
    if (agent->file >= 0) {
        (void)close(agent->file);
        agent->file = -1;
    }
    agent->state = AWAY;
}

/* It was refused or cut. */
static void retry(struct fleet *fleet, struct agent *agent)
{
    end(agent);
    agent->state = WAITING;
    agent->again_ns =
        clock_monotonic_ns() + RETRY_MIN_NS + prng_below(&fleet->prng, RETRY_RANGE_NS);
    fleet->retries++;
}

static void begin(struct fleet *fleet, struct agent *agent)
{
    unsigned number = (unsigned)(agent - fleet->agents);
    struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number / PER_ADDRESS),
    };
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(fleet->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int one = 1;
    agent->file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ENSURE(agent->file >= 0);
    (void)setsockopt(agent->file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(agent->file, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    if (bind(agent->file, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
        (connect(agent->file, (const struct sockaddr *)&to, sizeof(to)) != 0 &&
         errno != EINPROGRESS)) {
        retry(fleet, agent);
        return;
    }
    agent->state = CONNECTING;
    watch(fleet, agent, EPOLL_CTL_ADD, true);
}

static void shake_begin(struct fleet *fleet, struct agent *agent)
{
    ENSURE(gnutls_init(&agent->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0);
    ENSURE(gnutls_set_default_priority(agent->session) == 0);
    ENSURE(gnutls_credentials_set(agent->session, GNUTLS_CRD_CERTIFICATE, fleet->credentials) == 0);
    if (agent->ticket.size > 0) {
        (void)gnutls_session_set_data(agent->session, agent->ticket.data, agent->ticket.size);
    }
    gnutls_transport_set_int(agent->session, agent->file);
    agent->state = SHAKING;
}

/* Send the request whole: it is far smaller than a socket's memory. */
static bool ask(struct fleet *fleet, struct agent *agent)
{
    make_request(fleet, agent);
    struct slice bytes = buf_bytes(&fleet->request);
    ssize_t put = gnutls_record_send(agent->session, bytes.base, bytes.size);
    agent->state = ASKING;
    return put == (ssize_t)bytes.size;
}

static bool listen_to(struct agent *agent)
{
    char answer[4096];
    ssize_t got = gnutls_record_recv(agent->session, answer, sizeof(answer) - 1);
    if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED) {
        return true;
    }
    if (got <= 0 || agent->state != ASKING) {
        return false;
    }
    answer[got] = '\0';
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        return false;
    }
    if (agent->ticket.size == 0) {
        (void)gnutls_session_get_data2(agent->session, &agent->ticket);
    }
    agent->state = ANSWERED;
    return true;
}

static bool step(struct fleet *fleet, struct agent *agent)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (agent->state == CONNECTING) {
        if (getsockopt(agent->file, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
            return false;
        }
        shake_begin(fleet, agent);
    }
    if (agent->state == SHAKING) {
        int done = gnutls_handshake(agent->session);
        if (done == 0) {
            watch(fleet, agent, EPOLL_CTL_MOD, false);
            return ask(fleet, agent);
        }
        if (gnutls_error_is_fatal(done) != 0) {
            return false;
        }
        watch(fleet, agent, EPOLL_CTL_MOD, gnutls_record_get_direction(agent->session) == 1);
        return true;
    }
    return listen_to(agent);
}

/* Wait a little, and do what can be done; calls answered() for each that has its answer. */
static void turn(struct fleet *fleet, void (*answered)(struct fleet *fleet, struct agent *agent))
{
    struct epoll_event events[256];
    int count = epoll_wait(fleet->epoll, events, 256, 20);
    for (int i = 0; i < count; i++) {
        struct agent *agent = events[i].data.ptr;
        if (!step(fleet, agent)) {
            fleet->there -= agent->state == IDLE ? 1 : 0;
            retry(fleet, agent);
        } else if (agent->state == ANSWERED) {
            agent->state = IDLE;
            answered(fleet, agent);
        }
    }
}

static void arrive(struct fleet *fleet, struct agent *agent)
{
    (void)agent;
    fleet->there++;
}

static void wake_waiting(struct fleet *fleet)
{
    uint64_t now_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < fleet->count; i++) {
        struct agent *agent = &fleet->agents[i];
        if (agent->state == WAITING && agent->again_ns <= now_ns) {
            begin(fleet, agent);
        }
    }
}

static void come(struct fleet *fleet)
{
    uint64_t begun_ns = clock_monotonic_ns();
    uint64_t looked_ns = begun_ns;
    fleet->retries = fleet->there = 0;
    for (unsigned i = 0; i < fleet->count; i++) {
        end(&fleet->agents[i]);
        begin(fleet, &fleet->agents[i]);
    }
    while (fleet->there < fleet->count) {
        turn(fleet, arrive);
        if (clock_monotonic_ns() - looked_ns > 20 * NS_PER_MS) {
            looked_ns = clock_monotonic_ns();
            wake_waiting(fleet);
        }
    }
    (void)printf("came %.2f s, %u retries\n",
                 (double)(clock_monotonic_ns() - begun_ns) / CLOCK_NS_PER_S, fleet->retries);
}

static unsigned left_to_send, under_way;

static void send_some(struct fleet *fleet)
{
    while (under_way < AT_A_TIME && left_to_send > 0) {
        struct agent *agent = &fleet->agents[prng_below(&fleet->prng, fleet->count)];
        if (agent->state == IDLE) {
            left_to_send--;
            under_way += ask(fleet, agent) ? 1 : 0;
        }
    }
}

static void next(struct fleet *fleet, struct agent *agent)
{
    (void)agent;
    under_way--;
    send_some(fleet);
}

static void send_bodies(struct fleet *fleet, unsigned count)
{
    uint64_t begun_ns = clock_monotonic_ns();
    fleet->retries = 0;
    left_to_send = count;
    send_some(fleet);
    while (under_way > fleet->retries || left_to_send > 0) {
        turn(fleet, next);
    }
    under_way = 0;
    (void)printf("sent %.2f s, %u failed\n",
                 (double)(clock_monotonic_ns() - begun_ns) / CLOCK_NS_PER_S, fleet->retries);
}

static void leave(struct fleet *fleet)
{
    for (unsigned i = 0; i < fleet->count; i++) {
        end(&fleet->agents[i]);
    }
    (void)printf("left\n");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "fleet PORT CONNECTIONS\n");
        return 2;
    }
    static struct fleet fleet;
    char line[64];
    struct rlimit files;
    ENSURE(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    ENSURE(setrlimit(RLIMIT_NOFILE, &files) == 0);
    fleet.port = (uint16_t)atoi(argv[1]);
    fleet.count = (unsigned)atoi(argv[2]);
    fleet.epoll = epoll_create1(EPOLL_CLOEXEC);
    fleet.agents = calloc(fleet.count, sizeof(fleet.agents[0]));
    ENSURE(fleet.agents != NULL && fleet.epoll >= 0);
    ENSURE(gnutls_certificate_allocate_credentials(&fleet.credentials) == 0);
    prng_init(&fleet.prng, clock_monotonic_ns());
    buf_init_growing(&fleet.body, 1 << 20);
    buf_init_growing(&fleet.request, 1 << 20);
    for (unsigned i = 0; i < fleet.count; i++) {
        fleet.agents[i].file = -1;
        fleet.agents[i].lines = i % 2 == 1;
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (strncmp(line, "come", 4) == 0) {
            come(&fleet);
        } else if (strncmp(line, "send ", 5) == 0) {
            send_bodies(&fleet, (unsigned)atoi(line + 5));
        } else {
            leave(&fleet);
        }
        (void)fflush(stdout);
    }
    return 0;
}
