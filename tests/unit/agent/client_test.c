/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include "lib/cm.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER "HTTP/1.1 204 No Content\r\n\r\n"

/* Generous: the test is about what happens, not when. */
#define TURNS_MAX   100
#define TURN_MAX_NS UINT64_C(1000000000)

static struct loop loop;
static struct client client;
static int listener;
static unsigned status;
static bool done;

static void on_done(void *context, const struct client_answer *answer)
{
    (void)context;
    done = true;
    status = answer->ok ? answer->head->status : 0;
}

/* A loopback address; with a listener, or with nobody. */
static struct address make_address(int *fd)
{
    struct address address = {.size = sizeof(address.v4)};
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(*fd >= 0);
    address.v4.sin_family = AF_INET;
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(*fd, &address.any, address.size), 0);
    assert_int_equal(getsockname(*fd, &address.any, &address.size), 0);
    return address;
}

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(loop_init(&loop), STATUS_OK);
    client_init(&client, &loop, on_done, NULL);
    done = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client_cancel(&client);
    loop_fini(&loop);
    return 0;
}

static void run(void)
{
    for (unsigned i = 0; i < TURNS_MAX && !done; i++) {
        loop_wait(&loop, TURN_MAX_NS);
    }
    assert_true(done);
}

/* Accept what waits, take the request and answer it. */
static void serve(void)
{
    char bytes[256];
    int fd = accept(listener, NULL, NULL);
    for (unsigned i = 0; i < TURNS_MAX && fd < 0; i++) {
        loop_wait(&loop, TURN_MAX_NS);
        fd = accept(listener, NULL, NULL);
    }
    assert_true(fd >= 0);
    for (unsigned i = 0; i < TURNS_MAX && recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) < 0; i++) {
        loop_wait(&loop, TURN_MAX_NS);
    }
    assert_int_equal(send(fd, ANSWER, sizeof(ANSWER) - 1, 0), sizeof(ANSWER) - 1);
    run();
    close(fd);
}

static void ask(void)
{
    client_request(&client, SLICE("GET / HTTP/1.1\r\n\r\n"), SLICE_EMPTY);
    assert_false(done);
}

/* The addresses before the one that is there do not make the exchange fail. */
static void next_address(void **state)
{
    struct address addresses[AGENT_ADDRESSES_MAX];
    int nobody[AGENT_ADDRESSES_MAX - 1];
    (void)state;
    for (size_t i = 0; i + 1 < AGENT_ADDRESSES_MAX; i++) {
        addresses[i] = make_address(&nobody[i]);
    }
    addresses[AGENT_ADDRESSES_MAX - 1] = make_address(&listener);
    assert_int_equal(listen(listener, 1), 0);
    client_set_addresses(&client, addresses, AGENT_ADDRESSES_MAX);
    ask();
    serve();
    assert_int_equal(status, 204);
    for (size_t i = 0; i + 1 < AGENT_ADDRESSES_MAX; i++) {
        close(nobody[i]);
    }
    close(listener);
}

/* Where nobody is at any of them, it fails once. */
static void no_address(void **state)
{
    struct address addresses[2];
    int nobody[2];
    (void)state;
    addresses[0] = make_address(&nobody[0]);
    addresses[1] = make_address(&nobody[1]);
    client_set_addresses(&client, addresses, 2);
    ask();
    run();
    assert_int_equal(status, 0);
    client_set_addresses(&client, addresses, 0);
    done = false;
    ask();
    run();
    assert_int_equal(status, 0);
    close(nobody[0]);
    close(nobody[1]);
}

/* An address where connecting hangs is not the first that the next exchange tries. */
static void hanging_address(void **state)
{
    struct address addresses[2];
    int full;
    int fillers[4];
    (void)state;
    addresses[0] = make_address(&full);
    assert_int_equal(listen(full, 0), 0);
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(fillers[i], &addresses[0].any, addresses[0].size);
    }
    addresses[1] = make_address(&listener);
    assert_int_equal(listen(listener, 1), 0);
    client_set_addresses(&client, addresses, 2);
    ask();
    loop_wait(&loop, 0);
    assert_false(done);
    client_cancel(&client);
    ask();
    serve();
    assert_int_equal(status, 204);
    for (size_t i = 0; i < 4; i++) {
        close(fillers[i]);
    }
    close(full);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(next_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hanging_address, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
