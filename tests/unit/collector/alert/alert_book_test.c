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

/* Firing and resolving each make one notice with what was true then, and quiet makes none. */
static void changes_become_notices(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    assert_false(world_evaluate(&book, &terms, t, world_sample("quiet", 100, 1)));
    assert_int_equal(book.entry_count, 0);
    assert_true(world_evaluate(&book, &terms, t + 1, world_sample("checkout", 100, 20)));
    assert_false(world_evaluate(&book, &terms, t + 2, world_sample("checkout", 200, 40)));
    assert_true(world_evaluate(&book, &terms, t + 3, world_sample("checkout", 1000, 20)));
    assert_false(world_evaluate(&book, &terms, t + 4, world_sample("checkout", 1000, 20)));

    assert_int_equal(book.notice_count, 2);
    const struct alert_notice *fired = &book.notices[0];
    const struct alert_notice *resolved = &book.notices[1];
    assert_int_equal(fired->number, 1);
    assert_false(fired->resolved);
    assert_int_equal(fired->counts.samples, 100);
    assert_int_equal(fired->examples.count, 2);
    assert_int_equal(fired->fired_ns, t + 1);
    assert_int_equal(fired->resolved_ns, 0);
    assert_int_equal(resolved->number, 2);
    assert_true(resolved->resolved);
    assert_int_equal(resolved->counts.samples, 1000);
    assert_int_equal(resolved->fired_ns, t + 1);
    assert_int_equal(resolved->resolved_ns, t + 3);
    assert_int_equal(resolved->fingerprint, fired->fingerprint);
    assert_int_equal(book.entry_count, 1);
    assert_memory_equal(book.entries[0].labels.function.bytes, "checkout", 8);
}

/* A function that is no longer called resolves: it was given no counts. */
static void silence_resolves(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    (void)world_evaluate(&book, &terms, t, world_sample("gone", 100, 50));
    alert_book_begin(&book);
    assert_true(alert_book_end(&book, &terms, t + 1));
    assert_int_equal(book.notice_count, 2);
    assert_true(book.notices[1].resolved);
    assert_int_equal(book.notices[1].counts.samples, 0);
}

/* Without a receiver the state is kept, and nobody is to be told. */
static void no_receiver_no_notice(void **state)
{
    (void)state;
    terms.notify = false;
    assert_true(world_evaluate(&book, &terms, WORLD_START_NS, world_sample("a", 100, 50)));
    assert_int_equal(book.entry_count, 1);
    assert_int_equal(book.notice_count, 0);
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
    char text[ALERT_FINGERPRINT_SIZE + 1];
    alert_book_fingerprint_text(UINT64_C(0x0123456789abcdef), text);
    assert_string_equal(text, "0123456789abcdef");

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

/* Notices that were delivered make room for new ones; notices that wait never do. */
static void notices_have_a_limit(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    for (unsigned i = 0; i < ALERT_NOTICE_COUNT_MAX / 2; i++) {
        (void)world_evaluate(&book, &terms, t++, world_sample("a", 100, 50));
        (void)world_evaluate(&book, &terms, t++, world_sample("a", 1000, 1));
    }
    assert_int_equal(book.notice_count, ALERT_NOTICE_COUNT_MAX);
    (void)world_evaluate(&book, &terms, t++, world_sample("a", 100, 50));
    assert_int_equal(book.refused_notices, 1);
    struct alert_notice *third = alert_book_notice(&book, 3);
    alert_book_attempted(third, ALERT_ATTEMPT_TAKEN, "", t);
    (void)world_evaluate(&book, &terms, t++, world_sample("a", 1000, 1));
    assert_int_equal(book.refused_notices, 1);
    assert_int_equal(book.notice_count, ALERT_NOTICE_COUNT_MAX);
    assert_null(alert_book_notice(&book, 3));
    assert_int_equal(alert_book_waiting(&book)->number, 1);
}

/* A delivery is tried again after 1 s, 2 s, 4 s and so on up to five minutes, for a day. */
static void deliveries_are_tried_again(void **state)
{
    (void)state;
    uint64_t t = WORLD_START_NS;
    (void)world_evaluate(&book, &terms, t, world_sample("a", 100, 50));
    struct alert_notice *notice = alert_book_waiting(&book);
    uint64_t wait_ns = ALERT_RETRY_NS_MIN;
    unsigned attempts = 0;
    while (notice->delivery == ALERT_WAITING) {
        alert_book_attempted(notice, ALERT_ATTEMPT_LATER, "the receiver answered 500", t);
        attempts++;
        assert_int_equal(notice->next_ns - t, wait_ns);
        assert_string_equal(notice->error, "the receiver answered 500");
        t = notice->next_ns;
        wait_ns = wait_ns * 2 < ALERT_RETRY_NS_MAX ? wait_ns * 2 : ALERT_RETRY_NS_MAX;
    }
    assert_int_equal(notice->delivery, ALERT_FAILED);
    assert_int_equal(notice->attempts, attempts);
    assert_in_range(attempts, 290, 310);
    assert_null(alert_book_waiting(&book));
}

/* What was taken is settled without an error; what was refused is settled with one. */
static void deliveries_are_settled(void **state)
{
    (void)state;
    char reason[ALERT_ERROR_SIZE_MAX * 2];
    memset(reason, 'r', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    (void)world_evaluate(&book, &terms, WORLD_START_NS, world_sample("a", 100, 50));
    (void)world_evaluate(&book, &terms, WORLD_START_NS + 1, world_sample("a", 1000, 1));
    alert_book_attempted(alert_book_waiting(&book), ALERT_ATTEMPT_TAKEN, "", WORLD_START_NS + 2);
    alert_book_attempted(alert_book_waiting(&book), ALERT_ATTEMPT_REFUSED, reason,
                         WORLD_START_NS + 3);
    assert_int_equal(book.notices[0].delivery, ALERT_DELIVERED);
    assert_int_equal(book.notices[0].settled_ns, WORLD_START_NS + 2);
    assert_string_equal(book.notices[0].error, "");
    assert_int_equal(book.notices[1].delivery, ALERT_FAILED);
    assert_int_equal(strlen(book.notices[1].error), ALERT_ERROR_SIZE_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_become_notices, begin, end),
        cmocka_unit_test_setup_teardown(silence_resolves, begin, end),
        cmocka_unit_test_setup_teardown(no_receiver_no_notice, begin, end),
        cmocka_unit_test_setup_teardown(what_is_over_is_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(fingerprints_tell_apart, begin, end),
        cmocka_unit_test_setup_teardown(alerts_have_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(notices_have_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(deliveries_are_tried_again, begin, end),
        cmocka_unit_test_setup_teardown(deliveries_are_settled, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
