/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_state.h"

#include "book_world.h"
#include "lib/every.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct alert_book book;

static int begin(void **state)
{
    (void)state;
    return alert_book_init(&book) == STATUS_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    alert_book_fini(&book);
    return 0;
}

/* A book with something of everything: firing, resolved, pending, names of hostile bytes. */
static void fill(void)
{
    struct alert_terms terms = world_terms();
    (void)world_evaluate(&book, &terms, WORLD_START_NS, world_sample("a\"\xff\x01\n", 100, 50));
    (void)world_evaluate(&book, &terms, WORLD_START_NS + 1, world_sample("b", 60, 50));
    terms.rule.for_ns = 1000;
    (void)world_evaluate(&book, &terms, WORLD_START_NS + 3, world_sample("c", 60, 50));
}

/* What is written is read back the same, byte by byte. */
static void the_book_survives(void **state)
{
    (void)state;
    struct buf first;
    struct buf second;
    struct alert_book other;
    buf_init_growing(&first, ALERT_STATE_SIZE_MAX);
    buf_init_growing(&second, ALERT_STATE_SIZE_MAX);
    fill();
    alert_state_write(&book, &first);
    assert_int_equal(alert_book_init(&other), STATUS_OK);
    assert_int_equal(alert_state_read(&other, buf_bytes(&first)), STATUS_OK);
    assert_int_equal(other.entry_count, book.entry_count);
    assert_int_equal(other.evaluated_ns, book.evaluated_ns);
    for (size_t i = 0; i < book.entry_count; i++) {
        book.entries[i].counted = false;
        assert_memory_equal(&other.entries[i].labels, &book.entries[i].labels,
                            sizeof(book.entries[i].labels));
        assert_memory_equal(&other.entries[i].watch, &book.entries[i].watch,
                            sizeof(book.entries[i].watch));
    }
    alert_state_write(&other, &second);
    assert_true(slice_equal(buf_bytes(&first), buf_bytes(&second)));
    alert_book_fini(&other);
    buf_fini(&first);
    buf_fini(&second);
}

/* A full book fits within the limit of the state, whatever its names are. */
static void a_full_book_fits(void **state)
{
    (void)state;
    struct buf out;
    struct alert_terms terms = world_terms();
    char name[ALERT_NAME_SIZE_MAX + 1];
    memset(name, 0xff, sizeof(name));
    alert_book_begin(&book);
    for (unsigned i = 0; i < ALERT_ENTRY_COUNT_MAX; i++) {
        (void)snprintf(name, sizeof(name), "%0160u", i);
        struct alert_sample sample = world_sample(name, UINT64_MAX, UINT64_MAX);
        sample.account = sample.function;
        sample.region = sample.function;
        (void)alert_book_count(&book, &terms, UINT64_MAX, &sample);
        sample.counts.hits = 0;
        (void)alert_book_count(&book, &terms, UINT64_MAX, &sample);
    }
    buf_init_growing(&out, ALERT_STATE_SIZE_MAX);
    alert_state_write(&book, &out);
    assert_false(buf_overflowed(&out));
    buf_fini(&out);
}

static void read_anything(struct slice input, void *context)
{
    (void)context;
    enum status status = alert_state_read(&book, input);
    assert_true(status == STATUS_OK || book.entry_count == 0);
    for (size_t i = 0; i < book.entry_count; i++) {
        assert_true(book.entries[i].labels.function.size <= ALERT_NAME_SIZE_MAX);
        assert_true(book.entries[i].examples.count <= ALERT_EXAMPLE_COUNT_MAX);
    }
    book.entry_count = 0;
}

/* Damage is found or harmless. */
static void damage_is_read_safely(void **state)
{
    (void)state;
    static unsigned char copy[8192];
    struct buf out;
    buf_init_fixed(&out, copy, sizeof(copy));
    fill();
    alert_state_write(&book, &out);
    /* Long enough that a dozen telling bytes are tried at each place instead of all. */
    buf_append_fill(&out, ' ', out.size < 4096 ? 4096 - out.size : 0);
    assert_false(buf_overflowed(&out));
    book.entry_count = 0;
    every_damage(buf_bytes(&out), read_anything, NULL);
}

/* A state of another version, or that is no state, is refused. */
static void other_versions_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"version\":2}",
                                      "{\"version\":1",
                                      "{\"version\":1,\"entries\":{}}",
                                      "{\"version\":1,\"entries\":[{\"phase\":4}]}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(alert_state_read(&book, slice_from(bad[i])), STATUS_BAD);
        assert_int_equal(book.entry_count, 0);
    }
    assert_int_equal(alert_state_read(&book, SLICE("{\"version\":1,\"later\":[{}]}")), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_book_survives, begin, end),
        cmocka_unit_test_setup_teardown(a_full_book_fits, begin, end),
        cmocka_unit_test_setup_teardown(damage_is_read_safely, begin, end),
        cmocka_unit_test_setup_teardown(other_versions_are_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
