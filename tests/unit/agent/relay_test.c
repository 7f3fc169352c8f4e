/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/relay.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#define BODY_SIZE (2u << 20)

static struct loop loop;
static struct relays relays;
static unsigned char buffer[64 << 10];
static int server = -1;
static size_t passed[2];
static size_t ended;
static size_t closed;
static size_t skipped;
static bool all_idle;
static uint64_t unseen;
static bool mixed; /* What need not be seen must be now and then. */
static struct prng mix;

static void on_opened(void *context, size_t index)
{
    (void)context;
    (void)index;
}

static void on_passed(void *context, size_t index, enum relay_way way, struct slice bytes)
{
    (void)context;
    (void)index;
    passed[way] += bytes.size;
}

static void on_ended(void *context, size_t index, enum relay_way way)
{
    (void)context;
    (void)index;
    (void)way;
    ended++;
}

static void on_closed(void *context, size_t index)
{
    (void)context;
    (void)index;
    closed++;
}

static bool on_idle(void *context, size_t index)
{
    (void)context;
    (void)index;
    return all_idle;
}

static uint64_t on_unseen(void *context, size_t index, enum relay_way way)
{
    (void)context;
    (void)index;
    (void)way;
    return mixed && prng_below(&mix, 4) == 0 ? 0 : unseen;
}

static void on_skipped(void *context, size_t index, enum relay_way way, size_t size)
{
    (void)context;
    (void)index;
    assert_true(size <= unseen);
    skipped += size;
    passed[way] += size;
}

static const struct relay_listener listener = {.opened = on_opened,
                                               .passed = on_passed,
                                               .ended = on_ended,
                                               .closed = on_closed,
                                               .idle = on_idle,
                                               .unseen = on_unseen,
                                               .skipped = on_skipped};

static struct address address_of(int fd)
{
    struct address address = {.size = sizeof(address.v6)};
    assert_int_equal(getsockname(fd, &address.any, &address.size), 0);
    return address;
}

static int begin(void **state)
{
    int fd = -1;
    (void)state;
    assert_int_equal(loop_init(&loop), STATUS_OK);
    assert_int_equal(listen_open(SLICE("127.0.0.1:0"), &server), STATUS_OK);
    assert_int_equal(listen_open(SLICE("127.0.0.1:0"), &fd), STATUS_OK);
    struct address upstream = address_of(server);
    assert_int_equal(relay_init(&relays, &loop, fd, &upstream), STATUS_OK);
    relay_set_buffer(&relays, buffer, sizeof(buffer));
    relay_tell(&relays, &listener);
    passed[0] = passed[1] = ended = closed = skipped = 0;
    unseen = 0;
    mixed = false;
    prng_init(&mix, 3);
    all_idle = false;
    return 0;
}

static void turn(void)
{
    loop_wait(&loop, 1000000);
}

/* Both ends drop what they have, which ends every relay. */
static int end(void **state)
{
    (void)state;
    relay_stop(&relays);
    for (size_t i = 0; i < AGENT_RELAYS_MAX && relay_busy(&relays); i++) {
        turn();
    }
    assert_false(relay_busy(&relays));
    close(server);
    loop_fini(&loop);
    return 0;
}

static int connect_to(int listening)
{
    struct address address = address_of(listening);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, &address.any, address.size), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* So that it does not take more than is sent here. */
static void make_small(int fd)
{
    int small = 32768;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
}

/* The two ends of a relay. */
static void open_pair(int *client, int *upstream)
{
    *client = connect_to(relays.listener.fd);
    do {
        turn();
        *upstream = accept4(server, NULL, NULL, SOCK_NONBLOCK);
    } while (*upstream < 0);
}

static unsigned char byte_at(size_t place, size_t salt)
{
    return (unsigned char)((place * 2654435761u >> 7) + salt);
}

struct flow {
    int from;
    int to;
    size_t salt;
    size_t sent;
    size_t got;
};

static void send_some(struct flow *flow, struct prng *prng)
{
    static unsigned char bytes[32 << 10];
    size_t size = 1 + prng_below(prng, sizeof(bytes));
    size = size < BODY_SIZE - flow->sent ? size : BODY_SIZE - flow->sent;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = byte_at(flow->sent + i, flow->salt);
    }
    ssize_t sent = size > 0 ? send(flow->from, bytes, size, MSG_NOSIGNAL) : 0;
    flow->sent += sent > 0 ? (size_t)sent : 0;
}

/* Send and receive some of it, in odd pieces; the bytes are what was sent. */
static void move(struct flow *flow, struct prng *prng)
{
    static unsigned char bytes[32 << 10];
    send_some(flow, prng);
    ssize_t got = recv(flow->to, bytes, 1 + prng_below(prng, sizeof(bytes)), 0);
    for (ssize_t i = 0; i < got; i++) {
        assert_int_equal(bytes[i], byte_at(flow->got + (size_t)i, flow->salt));
    }
    flow->got += got > 0 ? (size_t)got : 0;
}

/* Megabytes both ways at once, through small buffers, with all pauses that chance makes. */
static void pass_bytes(void)
{
    struct prng prng;
    int client;
    int upstream;
    passed[0] = passed[1] = 0;
    prng_init(&prng, 7);
    open_pair(&client, &upstream);
    make_small(client);
    make_small(upstream);
    struct flow flows[2] = {{.from = client, .to = upstream, .salt = 1},
                            {.from = upstream, .to = client, .salt = 2}};
    while (flows[0].got < BODY_SIZE || flows[1].got < BODY_SIZE) {
        uint64_t what = prng_below(&prng, 4);
        if (what < 2) {
            move(&flows[what], &prng);
        } else {
            turn();
        }
    }
    assert_int_equal(passed[RELAY_UP], BODY_SIZE);
    assert_int_equal(passed[RELAY_DOWN], BODY_SIZE);
    close(client);
    close(upstream);
}

static void test_bytes(void **state)
{
    (void)state;
    pass_bytes();
    assert_int_equal(skipped, 0);
}

/* The same where most of it need not be seen: there is one pipe, and two who have it in turn. */
static void test_unseen(void **state)
{
    (void)state;
    mixed = true;
    unseen = AGENT_RELAY_UNSEEN_MIN - 1;
    pass_bytes();
    assert_int_equal(skipped, 0);
    unseen = AGENT_RELAY_UNSEEN_MIN;
    pass_bytes();
    assert_true(skipped > BODY_SIZE / 4);
    unseen = UINT64_MAX;
    pass_bytes();
}

/* Where the kernel has no pipe for it, everything is seen. */
static void test_no_pipe(void **state)
{
    (void)state;
    unseen = UINT64_MAX;
    relays.pipe.useless = true;
    pass_bytes();
    assert_int_equal(skipped, 0);
    relays.pipe.useless = false;
}

/* A connection that ends takes what is in the pipe with it, and the next one has the pipe. */
static void test_unseen_end(void **state)
{
    static unsigned char bytes[256 << 10];
    int client;
    int upstream;
    (void)state;
    unseen = UINT64_MAX;
    for (int time = 0; time < 3; time++) {
        open_pair(&client, &upstream);
        make_small(upstream);
        make_small(relays.relays[0].ends[RELAY_DOWN].source.fd);
        for (int i = 0; i < 100 && relays.pipe.size == 0; i++) {
            (void)!send(client, bytes, sizeof(bytes), MSG_NOSIGNAL);
            turn();
        }
        assert_true(relays.pipe.size > 0);
        close(upstream);
        close(client);
        while (relay_busy(&relays)) {
            turn();
        }
        assert_int_equal(relays.pipe.size, 0);
    }
}

static void expect_bytes(int fd, const char *expected)
{
    char bytes[256];
    size_t size = strlen(expected);
    size_t got = 0;
    while (got < size) {
        ssize_t more = recv(fd, bytes + got, sizeof(bytes) - got, 0);
        assert_int_not_equal(more, 0);
        got += more > 0 ? (size_t)more : 0;
        turn();
    }
    assert_int_equal(got, size);
    assert_memory_equal(bytes, expected, size);
}

static ssize_t read_end(int fd)
{
    char byte;
    ssize_t got;
    do {
        turn();
        got = recv(fd, &byte, 1, 0);
    } while (got < 0 && errno == EAGAIN);
    return got;
}

/* One side that has said all can still listen. */
static void test_half_closed(void **state)
{
    int client;
    int upstream;
    (void)state;
    open_pair(&client, &upstream);
    assert_int_equal(send(client, "ask", 3, 0), 3);
    shutdown(client, SHUT_WR);
    expect_bytes(upstream, "ask");
    assert_int_equal(read_end(upstream), 0);
    assert_int_equal(send(upstream, "answer", 6, 0), 6);
    expect_bytes(client, "answer");
    close(upstream);
    assert_int_equal(read_end(client), 0);
    close(client);
    assert_int_equal(closed, 1);
    assert_int_equal(ended, 2);
}

/* A connection that breaks is no regular end for the other side. */
static void test_reset(void **state)
{
    const struct linger now = {.l_onoff = 1};
    int client;
    int upstream;
    (void)state;
    open_pair(&client, &upstream);
    setsockopt(upstream, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(upstream);
    assert_int_equal(read_end(client), -1);
    assert_int_equal(errno, ECONNRESET);
    close(client);
    open_pair(&client, &upstream);
    setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(client);
    assert_int_equal(read_end(upstream), -1);
    close(upstream);
}

/* A server that stops to read says why, and that arrives. */
static void test_last_words(void **state)
{
    static unsigned char bytes[64 << 10];
    int client;
    int upstream;
    (void)state;
    open_pair(&client, &upstream);
    for (int i = 0; i < 32; i++) {
        (void)!send(client, bytes, sizeof(bytes), MSG_NOSIGNAL);
        turn();
    }
    assert_int_equal(send(upstream, "too large", 9, 0), 9);
    close(upstream);
    expect_bytes(client, "too large");
    close(client);
}

/* Where nobody listens behind it, the client is told so. */
static void test_no_upstream(void **state)
{
    int other = -1;
    (void)state;
    assert_int_equal(listen_open(SLICE("127.0.0.1:0"), &other), STATUS_OK);
    struct address gone = address_of(other);
    close(other);
    relay_set_upstream(&relays, &gone);
    int client = connect_to(relays.listener.fd);
    assert_int_equal(read_end(client), -1);
    close(client);
}

/* As many as the limit says; the next one waits until one ends, or takes the place of an idle one.
 */
static void test_limit(void **state)
{
    int clients[AGENT_RELAYS_MAX + 2];
    int upstreams[AGENT_RELAYS_MAX + 2];
    (void)state;
    for (size_t i = 0; i < AGENT_RELAYS_MAX; i++) {
        open_pair(&clients[i], &upstreams[i]);
    }
    clients[AGENT_RELAYS_MAX] = connect_to(relays.listener.fd);
    turn();
    assert_int_equal(accept4(server, NULL, NULL, SOCK_NONBLOCK), -1);
    close(clients[0]);
    close(upstreams[0]);
    do {
        turn();
        upstreams[0] = accept4(server, NULL, NULL, SOCK_NONBLOCK);
    } while (upstreams[0] < 0);
    clients[0] = clients[AGENT_RELAYS_MAX];
    all_idle = true;
    assert_int_equal(send(clients[1], "x", 1, 0), 1);
    expect_bytes(upstreams[1], "x");
    open_pair(&clients[AGENT_RELAYS_MAX], &upstreams[AGENT_RELAYS_MAX]);
    assert_int_equal(closed, 2);
    for (size_t i = 0; i <= AGENT_RELAYS_MAX; i++) {
        close(clients[i]);
        close(upstreams[i]);
    }
}

/* Another program that is handed the descriptors goes on at the very byte; here it is the same. */
static void test_hand_over(void **state)
{
    static struct relays heir;
    static char bytes[4096];
    struct buf word;
    int client;
    int upstream;
    int second;
    (void)state;
    open_pair(&client, &upstream);
    assert_int_equal(send(client, "half", 4, 0), 4);
    buf_init_fixed(&word, bytes, sizeof(bytes));
    relay_hand_over(&relays, &word);
    loop_fini(&loop);
    relays.listener.fd = -1;
    memset(&relays, 0, sizeof(relays));
    relays.listener.fd = -1;
    assert_int_equal(loop_init(&loop), STATUS_OK);
    relay_set_buffer(&heir, buffer, sizeof(buffer));
    assert_true(relay_take_over(&heir, &loop, buf_bytes(&word)));
    assert_int_equal(send(client, "+rest", 5, 0), 5);
    expect_bytes(upstream, "half+rest");
    second = connect_to(heir.listener.fd);
    assert_int_equal(send(second, "new", 3, 0), 3);
    int other;
    do {
        turn();
        other = accept4(server, NULL, NULL, SOCK_NONBLOCK);
    } while (other < 0);
    expect_bytes(other, "new");
    close(client);
    close(upstream);
    close(second);
    close(other);
    for (int i = 0; i < 100 && relay_busy(&heir); i++) {
        turn();
    }
    assert_false(relay_busy(&heir));
    relay_stop(&heir);
    assert_false(relay_take_over(&heir, &loop, SLICE("-")));
    assert_false(relay_take_over(&heir, &loop, SLICE("")));
}

/* What another program is handed in the pipe comes first. */
static void test_hand_over_pipe(void **state)
{
    static struct relays heir;
    static char words[4096];
    struct prng prng;
    struct buf word;
    int client;
    int upstream;
    (void)state;
    prng_init(&prng, 1);
    unseen = UINT64_MAX;
    open_pair(&client, &upstream);
    make_small(upstream);
    make_small(relays.relays[0].ends[RELAY_DOWN].source.fd);
    struct flow flow = {.from = client, .to = upstream, .salt = 5};
    while (relays.pipe.size == 0) {
        assert_true(flow.sent < BODY_SIZE);
        send_some(&flow, &prng);
        turn();
    }
    buf_init_fixed(&word, words, sizeof(words));
    relay_hand_over(&relays, &word);
    loop_fini(&loop);
    memset(&relays, 0, sizeof(relays));
    relays.listener.fd = -1;
    assert_int_equal(loop_init(&loop), STATUS_OK);
    relay_set_buffer(&heir, buffer, sizeof(buffer));
    assert_true(relay_take_over(&heir, &loop, buf_bytes(&word)));
    assert_true(heir.pipe.size > 0);
    while (flow.got < BODY_SIZE) {
        move(&flow, &prng);
        turn();
    }
    close(client);
    close(upstream);
    while (relay_busy(&heir)) {
        turn();
    }
    relay_pipe_drop(&heir.pipe);
    relay_stop(&heir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes, begin, end),
        cmocka_unit_test_setup_teardown(test_unseen, begin, end),
        cmocka_unit_test_setup_teardown(test_no_pipe, begin, end),
        cmocka_unit_test_setup_teardown(test_unseen_end, begin, end),
        cmocka_unit_test_setup_teardown(test_half_closed, begin, end),
        cmocka_unit_test_setup_teardown(test_reset, begin, end),
        cmocka_unit_test_setup_teardown(test_last_words, begin, end),
        cmocka_unit_test_setup_teardown(test_no_upstream, begin, end),
        cmocka_unit_test_setup_teardown(test_limit, begin, end),
        cmocka_unit_test_setup_teardown(test_hand_over, begin, end),
        cmocka_unit_test_setup_teardown(test_hand_over_pipe, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
