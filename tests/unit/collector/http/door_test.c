/* SPDX-License-Identifier: Apache-2.0 */
#include "http/door.h"

#include "lib/cm.h"
#include "self/counters.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* What the door asked for. */
struct house {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool room;
    unsigned entered, turned_away, slept, woken;
    int guest;
    int listener;
    struct sockaddr_in address;
    struct door *door;
    struct door_sleeper sleeper;
};

static struct house house;

static void count(unsigned *number)
{
    (void)pthread_mutex_lock(&house.mutex);
    (*number)++;
    (void)pthread_cond_broadcast(&house.changed);
    (void)pthread_mutex_unlock(&house.mutex);
}

static void wait_for(const unsigned *number, unsigned wanted)
{
    (void)pthread_mutex_lock(&house.mutex);
    while (*number < wanted) {
        (void)pthread_cond_wait(&house.changed, &house.mutex);
    }
    (void)pthread_mutex_unlock(&house.mutex);
}

static bool make_room(void *context)
{
    (void)context;
    (void)pthread_mutex_lock(&house.mutex);
    bool room = house.room;
    (void)pthread_mutex_unlock(&house.mutex);
    return room;
}

static void enter(void *context, int socket, const struct sockaddr *address, socklen_t size)
{
    (void)context;
    assert_true(size > 0 && address->sa_family == AF_INET);
    house.guest = socket;
    count(&house.entered);
}

static void turn_away(void *context, int socket)
{
    (void)context;
    (void)socket;
    count(&house.turned_away);
}

static void sleeps(struct door_sleeper *sleeper)
{
    assert_ptr_equal(sleeper, &house.sleeper);
    count(&house.slept);
}

static void wakes(struct door_sleeper *sleeper)
{
    assert_ptr_equal(sleeper, &house.sleeper);
    count(&house.woken);
}

static int open_house(void **state)
{
    socklen_t size = sizeof(house.address);
    (void)state;
    house = (struct house){.room = true};
    assert_int_equal(pthread_mutex_init(&house.mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&house.changed, NULL), 0);
    house.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    house.address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(house.listener, (struct sockaddr *)&house.address, size), 0);
    assert_int_equal(listen(house.listener, 16), 0);
    assert_int_equal(getsockname(house.listener, (struct sockaddr *)&house.address, &size), 0);
    const struct door_options options = {
        .listener = house.listener,
        .make_room = make_room,
        .enter = enter,
        .turn_away = turn_away,
        .sleep = sleeps,
        .wake = wakes,
    };
    assert_int_equal(door_start(&house.door, &options), STATUS_OK);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    door_stop(house.door);
    door_free(house.door);
    (void)close(house.listener);
    (void)pthread_cond_destroy(&house.changed);
    (void)pthread_mutex_destroy(&house.mutex);
    return 0;
}

static int come(void)
{
    int visitor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        connect(visitor, (const struct sockaddr *)&house.address, sizeof(house.address)), 0);
    return visitor;
}

/* Who comes is let in where there is room, and turned away at once where there is none. */
static void test_room(void **state)
{
    char byte;
    (void)state;
    uint64_t refused = counters_get(COUNTER_CONNECTIONS_REFUSED);
    int first = come();
    wait_for(&house.entered, 1);
    (void)pthread_mutex_lock(&house.mutex);
    house.room = false;
    (void)pthread_mutex_unlock(&house.mutex);
    int second = come();
    assert_int_equal(recv(second, &byte, 1, 0), 0);
    assert_int_equal(house.turned_away, 1);
    assert_int_equal(counters_get(COUNTER_CONNECTIONS_REFUSED), refused + 1);
    (void)close(house.guest);
    (void)close(first);
    (void)close(second);
}

/* A sleeper is woken when its socket is ready, once, and may sleep again. */
static void test_sleep(void **state)
{
    char byte;
    (void)state;
    int visitor = come();
    wait_for(&house.entered, 1);
    house.sleeper = (struct door_sleeper){.socket = house.guest};
    for (unsigned i = 1; i <= 3; i++) {
        assert_true(door_sleep(house.door, &house.sleeper, false));
        assert_int_equal(house.slept, i);
        assert_int_equal(send(visitor, "x", 1, 0), 1);
        wait_for(&house.woken, i);
        assert_int_equal(recv(house.guest, &byte, 1, 0), 1);
    }
    assert_true(door_sleep(house.door, &house.sleeper, true));
    wait_for(&house.woken, 4);
    assert_true(door_sleep(house.door, &house.sleeper, false));
    (void)close(visitor);
    wait_for(&house.woken, 5);
    (void)close(house.guest);
}

/* A closed door lets nobody in; a stopped one wakes everybody, and nobody sleeps any more. */
static void test_stop(void **state)
{
    (void)state;
    int visitor = come();
    wait_for(&house.entered, 1);
    house.sleeper = (struct door_sleeper){.socket = house.guest};
    assert_true(door_sleep(house.door, &house.sleeper, false));
    door_close(house.door);
    door_stop(house.door);
    assert_int_equal(house.woken, 1);
    assert_false(door_sleep(house.door, &house.sleeper, false));
    assert_int_equal(house.slept, 1);
    int late = come();
    assert_int_equal(house.entered, 1);
    door_free(house.door);
    house.door = NULL;
    (void)close(late);
    (void)close(visitor);
    (void)close(house.guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_room, open_house, close_house),
        cmocka_unit_test_setup_teardown(test_sleep, open_house, close_house),
        cmocka_unit_test_setup_teardown(test_stop, open_house, close_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
