/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/memo.h"

#include "lib/cm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static struct invocation_table table;
static struct deliveries deliveries;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/memo_test.XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

/* A process that begins. */
static struct memo begin(void)
{
    struct memo memo;
    memset(&table, 0, sizeof(table));
    memset(&deliveries, 0, sizeof(deliveries));
    memo_open(&memo, slice_from(path), &table, &deliveries);
    return memo;
}

static uint32_t attempt(const char *id)
{
    struct invocation *row = invocation_add(&table, slice_from(id), false);
    row->used = false;
    return row->attempt;
}

/* Attempts and the times of their starts are there in the next process. */
static void attempts_outlive(void **state)
{
    (void)state;
    struct memo memo = begin();
    assert_int_equal(attempt("a"), 1);
    assert_int_equal(attempt("a"), 2);
    invocation_note_start(&table, SLICE("a"), 42);
    memo_keep(&memo, &table);
    close(memo.fd);
    memo = begin();
    assert_true(invocation_start_noted(&table, SLICE("a"), 42));
    assert_false(invocation_start_noted(&table, SLICE("a"), 43));
    assert_int_equal(attempt("a"), 3);
    close(memo.fd);
}

/* The oldest id makes way, in whichever process it came. */
static void oldest_makes_way(void **state)
{
    char id[16];
    (void)state;
    struct memo memo = begin();
    for (unsigned i = 0; i < AGENT_ATTEMPTS_MAX + 10; i++) {
        (void)snprintf(id, sizeof(id), "id-%u", i);
        assert_int_equal(attempt(id), 1);
    }
    memo_keep(&memo, &table);
    close(memo.fd);
    memo = begin();
    assert_int_equal(attempt("new"), 1);
    assert_int_equal(attempt("id-10"), 1);
    assert_int_equal(attempt("id-12"), 2);
    close(memo.fd);
}

/* Deliveries are known to the next process only when they were settled, and then each is. */
static void deliveries_settle(void **state)
{
    (void)state;
    struct memo memo = begin();
    assert_true(deliveries_add(&deliveries, SLICE("one")));
    memo_keep(&memo, &table);
    close(memo.fd);
    memo = begin();
    assert_true(deliveries_add(&deliveries, SLICE("one")));
    assert_true(deliveries_add(&deliveries, SLICE("two")));
    memo_settle(&memo, &deliveries);
    close(memo.fd);
    memo = begin();
    assert_false(deliveries_add(&deliveries, SLICE("one")));
    assert_false(deliveries_add(&deliveries, SLICE("two")));
    assert_true(deliveries_add(&deliveries, SLICE("three")));
    close(memo.fd);
}

/* A byte that changed costs what it stands in, and nothing else. */
static void damage_is_local(void **state)
{
    (void)state;
    struct memo memo = begin();
    assert_int_equal(attempt("a"), 1);
    assert_int_equal(attempt("b"), 1);
    memo_keep(&memo, &table);
    assert_int_equal(pwrite(memo.fd, "x", 1, 3), 1);
    close(memo.fd);
    memo = begin();
    assert_int_equal(attempt("a"), 1);
    assert_int_equal(attempt("b"), 2);
    close(memo.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(attempts_outlive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(oldest_makes_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deliveries_settle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_local, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
