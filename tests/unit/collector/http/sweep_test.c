/* SPDX-License-Identifier: Apache-2.0 */
#include "http/sweep.h"

#include "base/clock.h"
#include "lib/cm.h"
#include "self/counters.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection whose other end says whether it was cut. */
struct connection {
    int ends[2];
    struct sweep_entry *entry;
};

static void begin(struct sweep *sweep, struct connection *connection, uint64_t deadline_ns)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, connection->ends), 0);
    connection->entry = sweep_add(sweep, connection->ends[0], deadline_ns);
    assert_non_null(connection->entry);
}

static void end(struct sweep *sweep, struct connection *connection)
{
    sweep_remove(sweep, connection->entry);
    (void)close(connection->ends[0]);
    (void)close(connection->ends[1]);
}

static bool is_cut(const struct connection *connection)
{
    char byte;
    return recv(connection->ends[1], &byte, 1, MSG_DONTWAIT) == 0;
}

static void wait_cut(const struct connection *connection)
{
    char byte;
    assert_int_equal(recv(connection->ends[1], &byte, 1, 0), 0);
}

static uint64_t in_seconds(unsigned seconds)
{
    return clock_monotonic_ns() + seconds * CLOCK_NS_PER_S;
}

/* What is past its deadline is cut, whatever it does; the others are not. */
static void test_deadlines(void **state)
{
    struct sweep *sweep;
    struct connection all[6];
    (void)state;
    assert_int_equal(sweep_start(&sweep), STATUS_OK);
    uint64_t before = counters_get(COUNTER_CONNECTIONS_SWEPT);
    for (size_t i = 0; i < 6; i++) {
        begin(sweep, &all[i], i % 2 == 0 ? clock_monotonic_ns() : in_seconds(1000));
        if (i >= 2) {
            enum sweep_kind kind = i < 4 ? SWEEP_BUSY : SWEEP_IDLE;
            sweep_set(sweep, all[i].entry, kind,
                      i % 2 == 0 ? clock_monotonic_ns() : in_seconds(1000));
        }
    }
    for (size_t i = 0; i < 6; i += 2) {
        wait_cut(&all[i]);
        assert_false(is_cut(&all[i + 1]));
    }
    assert_int_equal(counters_get(COUNTER_CONNECTIONS_SWEPT), before + 3);
    for (size_t i = 0; i < 6; i++) {
        end(sweep, &all[i]);
    }
    sweep_stop(sweep);
}

/* Among many that are new each has longer, also the last of them. */
static void test_crowd(void **state)
{
    struct sweep *sweep;
    struct connection one, idle;
    static struct sweep_entry *crowd[1000];
    const size_t count = sizeof(crowd) / sizeof(crowd[0]);
    (void)state;
    assert_int_equal(sweep_start(&sweep), STATUS_OK);
    begin(sweep, &one, in_seconds(1));
    for (size_t i = 0; i < count; i++) {
        crowd[i] = sweep_add(sweep, one.ends[0], in_seconds(1000));
        assert_non_null(crowd[i]);
    }
    begin(sweep, &idle, in_seconds(1));
    sweep_set(sweep, idle.entry, SWEEP_IDLE, in_seconds(1));
    wait_cut(&idle);
    assert_false(is_cut(&one));
    for (size_t i = 0; i < count; i++) {
        sweep_remove(sweep, crowd[i]);
    }
    wait_cut(&one);
    end(sweep, &one);
    end(sweep, &idle);
    sweep_stop(sweep);
}

/* The one that has been idle for longest goes, each once; who is busy or has just come does not. */
static void test_evict(void **state)
{
    struct sweep *sweep;
    struct connection all[4];
    (void)state;
    assert_int_equal(sweep_start(&sweep), STATUS_OK);
    for (size_t i = 0; i < 4; i++) {
        begin(sweep, &all[i], in_seconds(1000));
    }
    assert_false(sweep_evict(sweep));
    sweep_set(sweep, all[2].entry, SWEEP_IDLE, in_seconds(1000));
    sweep_set(sweep, all[0].entry, SWEEP_IDLE, in_seconds(1000));
    sweep_set(sweep, all[1].entry, SWEEP_BUSY, 0);
    sweep_set(sweep, all[2].entry, SWEEP_BUSY, in_seconds(1000));
    sweep_set(sweep, all[2].entry, SWEEP_IDLE, in_seconds(1000));
    assert_true(sweep_evict(sweep));
    assert_true(is_cut(&all[0]));
    assert_false(is_cut(&all[2]));
    assert_true(sweep_evict(sweep));
    assert_true(is_cut(&all[2]));
    assert_false(sweep_evict(sweep));
    assert_false(is_cut(&all[1]) || is_cut(&all[3]));
    for (size_t i = 0; i < 4; i++) {
        end(sweep, &all[i]);
    }
    sweep_stop(sweep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_crowd),
        cmocka_unit_test(test_evict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
