/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_book.h"

#include "book_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct alert_book book;
static struct alert_terms terms;

static int begin(void **state)
{
    (void)state;
    terms = world_terms();
    return alert_book_init(&book) == STATUS_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    alert_book_fini(&book);
    return 0;
}

/* Firing and resolving each change the state, with what was true then, and quiet changes nothing.
 */
static void changes_are_seen(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    assert_false(world_evaluate(&book, &terms, t, world_sample("quiet", 100, 1)));
    assert_int_equal(book.entry_count, 0);
    assert_true(world_evaluate(&book, &terms, t + 1, world_sample("checkout", 100, 20)));
    assert_false(world_evaluate(&book, &terms, t + 2, world_sample("checkout", 200, 40)));
    const struct alert_entry *entry = &book.entries[0];
    assert_int_equal(entry->watch.phase, ALERT_FIRING);
    assert_int_equal(entry->fired_with.samples, 100);
    assert_int_equal(entry->examples.count, 2);
    assert_int_equal(entry->watch.fired_ns, t + 1);
    assert_int_equal(entry->watch.resolved_ns, 0);
    assert_true(world_evaluate(&book, &terms, t + 3, world_sample("checkout", 1000, 20)));
    assert_false(world_evaluate(&book, &terms, t + 4, world_sample("checkout", 2000, 20)));
    assert_int_equal(book.entry_count, 1);
    assert_int_equal(entry->watch.phase, ALERT_OK);
    assert_int_equal(entry->fired_with.samples, 1000);
    assert_int_equal(entry->counts.samples, 2000);
    assert_int_equal(entry->watch.fired_ns, t + 1);
    assert_int_equal(entry->watch.resolved_ns, t + 3);
    assert_memory_equal(entry->labels.function.bytes, "checkout", 8);
}

/* A function that is no longer called resolves: it was given no counts. */
static void silence_resolves(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    (void)world_evaluate(&book, &terms, t, world_sample("gone", 100, 50));
    alert_book_begin(&book);
    assert_true(alert_book_end(&book, &terms, t + 1));
    assert_int_equal(book.entries[0].watch.phase, ALERT_OK);
    assert_int_equal(book.entries[0].fired_with.samples, 0);
}

/* A pending alert that was none leaves nothing; a resolved one stays for a day. */
static void what_is_over_is_forgotten(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    terms.rule.for_ns = 60 * WORLD_SECOND;
    assert_true(world_evaluate(&book, &terms, t, world_sample("a", 100, 50)));
    assert_true(alert_book_moving(&book));
    assert_true(world_evaluate(&book, &terms, t + 1, world_sample("a", 100, 1)));
    assert_int_equal(book.entry_count, 0);
    assert_false(alert_book_moving(&book));

    terms.rule.for_ns = 0;
    (void)world_evaluate(&book, &terms, t + 2, world_sample("a", 100, 50));
    (void)world_evaluate(&book, &terms, t + 3, world_sample("a", 1000, 1));
    (void)world_evaluate(&book, &terms, t + 3 + ALERT_RESOLVED_KEEP_NS, world_sample("a", 1000, 1));
    assert_int_equal(book.entry_count, 1);
    assert_true(
        world_evaluate(&book, &terms, t + 4 + ALERT_RESOLVED_KEEP_NS, world_sample("a", 1000, 1)));
    assert_int_equal(book.entry_count, 0);
}

/* The fingerprint is of the whole names, and of their places. */
static void fingerprints_tell_apart(void **state)
{
    (void)state;
    struct slice rule = SLICE("ColdStartRate");
    uint64_t one = alert_book_fingerprint(rule, SLICE("a"), SLICE("b"), SLICE("c"));
    assert_true(one == alert_book_fingerprint(rule, SLICE("a"), SLICE("b"), SLICE("c")));
    assert_true(one != alert_book_fingerprint(rule, SLICE("b"), SLICE("a"), SLICE("c")));
    assert_true(one != alert_book_fingerprint(rule, SLICE("ab"), SLICE(""), SLICE("c")));
    assert_true(one != alert_book_fingerprint(SLICE("Other"), SLICE("a"), SLICE("b"), SLICE("c")));

    static char long_name[ALERT_NAME_SIZE_MAX + 2];
    memset(long_name, 'x', sizeof(long_name) - 1);
    struct alert_name cut = alert_book_name(slice_from(long_name));
    assert_int_equal(cut.size, ALERT_NAME_SIZE_MAX);
    assert_int_equal(alert_book_name(slice_of(long_name, ALERT_NAME_SIZE_MAX - 1)).size,
                     ALERT_NAME_SIZE_MAX - 1);
}

/* Up to the limit alerts are kept; beyond, what is resolved makes room, and else one is refused. */
static void alerts_have_a_limit(void **state)
{
    (void)state;
    char name[32];
    alert_book_begin(&book);
    for (unsigned i = 0; i < ALERT_ENTRY_COUNT_MAX; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        struct alert_sample sample = world_sample(name, 100, 50);
        assert_true(alert_book_count(&book, &terms, WORLD_START_NS, &sample));
    }
    struct alert_sample one_more = world_sample("one-more", 100, 50);
    assert_false(alert_book_count(&book, &terms, WORLD_START_NS, &one_more));
    assert_int_equal(book.refused_entries, 1);
    struct alert_sample cured = world_sample("f7", 1000, 1);
    assert_true(alert_book_count(&book, &terms, WORLD_START_NS + 1, &cured));
    assert_true(alert_book_count(&book, &terms, WORLD_START_NS + 1, &one_more));
    assert_int_equal(book.refused_entries, 1);
    assert_int_equal(book.entry_count, ALERT_ENTRY_COUNT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_are_seen, begin, end),
        cmocka_unit_test_setup_teardown(silence_resolves, begin, end),
        cmocka_unit_test_setup_teardown(what_is_over_is_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(fingerprints_tell_apart, begin, end),
        cmocka_unit_test_setup_teardown(alerts_have_a_limit, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
