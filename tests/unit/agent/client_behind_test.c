/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are sent one behind the other. */
#include "net/client.h"

#include "lib/cm.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_CONTENT "HTTP/1.1 204 No Content\r\n\r\n"
#define TOO_LARGE  "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
#define LAST       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

/* Generous: the test is about what happens, not when. */
#define TURNS_MAX   200
#define TURN_MAX_NS UINT64_C(100000000)

static struct loop loop;
static struct client client;
static int listener;
static unsigned statuses[8]; /* Of the answers, in order. */
static size_t count;

static void on_done(void *context, const struct client_answer *answer)
{
    (void)context;
    statuses[count++] = answer->ok ? answer->head->status : 0;
    if (answer->ok && answer->head->status == 413) {
        assert_int_equal(answer->body.size, 2);
    }
}

static int set_up(void **state)
{
    struct address address = {.size = sizeof(address.v4)};
    (void)state;
    assert_int_equal(loop_init(&loop), STATUS_OK);
    client_init(&client, &loop, on_done, NULL);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.v4.sin_family = AF_INET;
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, &address.any, address.size), 0);
    assert_int_equal(getsockname(listener, &address.any, &address.size), 0);
    assert_int_equal(listen(listener, 4), 0);
    client_set_addresses(&client, &address, 1);
    count = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client_cancel(&client);
    loop_fini(&loop);
    close(listener);
    return 0;
}

static int accept_one(void)
{
    int fd = -1;
    for (unsigned i = 0; i < TURNS_MAX && fd < 0; i++) {
        loop_wait(&loop, TURN_MAX_NS / TURNS_MAX);
        fd = accept(listener, NULL, NULL);
    }
    assert_true(fd >= 0);
    return fd;
}

/* Take what is sent until it ends like this. */
static void expect(int fd, const char *text)
{
    static char bytes[1024];
    size_t size = 0;
    for (unsigned i = 0; i < TURNS_MAX && (size < strlen(text)); i++) {
        ssize_t got = recv(fd, bytes + size, sizeof(bytes) - size, MSG_DONTWAIT);
        size += got > 0 ? (size_t)got : 0;
        loop_wait(&loop, got > 0 ? 0 : TURN_MAX_NS / TURNS_MAX);
    }
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void until(size_t answers)
{
    for (unsigned i = 0; i < TURNS_MAX && count < answers; i++) {
        loop_wait(&loop, TURN_MAX_NS);
    }
    assert_int_equal(count, answers);
}

static void ask_three(void)
{
    client_request(&client, SLICE("A"), SLICE("1"));
    client_request(&client, SLICE("B"), SLICE("2"));
    client_request(&client, SLICE("C"), SLICE("3"));
    assert_int_equal(count, 0);
}

/* All of them are sent before the first is answered, and each has its own answer. */
static void together(void **state)
{
    (void)state;
    ask_three();
    int fd = accept_one();
    expect(fd, "A1B2C3");
    say(fd, NO_CONTENT TOO_LARGE NO_CONTENT);
    until(3);
    assert_int_equal(statuses[0], 204);
    assert_int_equal(statuses[1], 413);
    assert_int_equal(statuses[2], 204);
    assert_false(client_busy(&client));
    /* The connection is kept. */
    client_request(&client, SLICE("D"), SLICE_EMPTY);
    expect(fd, "D");
    say(fd, NO_CONTENT);
    until(4);
    close(fd);
}

/* Answers may come in any pieces. */
static void pieces(void **state)
{
    static const char text[] = TOO_LARGE NO_CONTENT TOO_LARGE;
    (void)state;
    ask_three();
    int fd = accept_one();
    expect(fd, "A1B2C3");
    for (size_t i = 0; i + 1 < sizeof(text); i++) {
        assert_int_equal(send(fd, text + i, 1, MSG_NOSIGNAL), 1);
        loop_wait(&loop, TURN_MAX_NS);
    }
    until(3);
    assert_int_equal(statuses[0], 413);
    assert_int_equal(statuses[2], 413);
    close(fd);
}

/* A peer that serves one request a connection gets the others on new ones. */
static void one_each(void **state)
{
    static const char *const rest[] = {"A1B2C3", "B2C3", "C3"};
    (void)state;
    ask_three();
    for (size_t i = 0; i < 3; i++) {
        int fd = accept_one();
        expect(fd, rest[i]);
        say(fd, LAST);
        until(i + 1);
        assert_int_equal(statuses[i], 200);
        close(fd);
    }
    assert_false(client_busy(&client));
}

/* A connection that ends after an answer is begun anew for the rest; one that ends without any is
 * the end of all, told once. */
static void breaks(void **state)
{
    (void)state;
    ask_three();
    int fd = accept_one();
    expect(fd, "A1B2C3");
    say(fd, NO_CONTENT);
    until(1);
    close(fd);
    fd = accept_one();
    expect(fd, "B2C3");
    close(fd);
    until(2);
    assert_int_equal(statuses[1], 0);
    assert_false(client_busy(&client));
}

/* What is added while answers are awaited goes behind. */
static void added(void **state)
{
    (void)state;
    client_request(&client, SLICE("A"), SLICE("1"));
    int fd = accept_one();
    expect(fd, "A1");
    client_request(&client, SLICE("B"), SLICE("2"));
    expect(fd, "B2");
    say(fd, NO_CONTENT);
    until(1);
    assert_true(client_busy(&client));
    say(fd, NO_CONTENT);
    until(2);
    close(fd);
}

/* What nobody asked for is no answer to the next request. */
static void too_many(void **state)
{
    (void)state;
    client_request(&client, SLICE("A"), SLICE("1"));
    int fd = accept_one();
    expect(fd, "A1");
    say(fd, NO_CONTENT TOO_LARGE);
    until(1);
    client_request(&client, SLICE("B"), SLICE("2"));
    int other = accept_one();
    expect(other, "B2");
    say(other, NO_CONTENT);
    until(2);
    assert_int_equal(statuses[1], 204);
    close(fd);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(breaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(added, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
