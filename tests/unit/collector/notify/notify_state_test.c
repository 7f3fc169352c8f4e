/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The saved book: damage is found or harmless.
 */
#include "notify/notify_private.h"
#include "notify/notify_silence.h"
#include "notify/notify_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START UINT64_C(1795392000000000000)

static const struct notify_target target = {
    .kind = NOTIFY_WEBHOOK, .receiver = SLICE_INIT("r"), .id = 7, .send_resolved = true};
static const struct notify_route route = {
    .key = SLICE_INIT("{}"), .target_count = 1, .group_by_all = true};

static struct notify_plan *make_plan(void)
{
    struct notify_plan *plan = notify_plan_create();
    assert_non_null(plan);
    plan->targets = &target;
    plan->target_count = 1;
    plan->roots = &route;
    plan->root_count = 1;
    return plan;
}

/* A book with something of everything. */
static void fill(struct notify_book *book, struct notify_plan *plan)
{
    static const struct slice matcher = SLICE_INIT("a=b");
    static const struct notify_pair labels[] = {{SLICE_INIT("alertname"), SLICE_INIT("A")}};
    const struct notify_alert alert = {
        .fingerprint = 1, .labels = labels, .label_count = 1, .fired_ns = START};
    const struct notify_silence_parts parts = {.matchers = &matcher,
                                               .matcher_count = 1,
                                               .author = SLICE("me"),
                                               .reason = SLICE("r"),
                                               .made_ns = START,
                                               .starts_ns = START,
                                               .ends_ns = START + 1};
    char error[256];
    uint64_t id = 0;
    assert_int_equal(notify_book_init(book), STATUS_OK);
    notify_book_adopt(book, plan, START);
    assert_int_equal(notify_book_silence(book, &parts, &id, error, sizeof(error)), STATUS_OK);
    (void)notify_book_hear(book, &alert, START);
    (void)notify_book_step(book, START);
    assert_int_equal(book->message_count, 1);
}

static struct notify_plan *plan;

/* What was read is followed, stepped, and written without harm. */
static void read_anything(struct slice input, void *context)
{
    (void)context;
    struct notify_book book;
    struct buf out;
    assert_int_equal(notify_book_init(&book), STATUS_OK);
    enum status status = notify_state_read(&book, input, START);
    assert_true(status == STATUS_OK || (book.alarm_count == 0 && book.message_count == 0));
    notify_book_adopt(&book, plan, START);
    (void)notify_book_step(&book, START + 1);
    const struct notify_message *next = notify_book_next(&book, START + 1);
    if (next != NULL) {
        notify_book_attempted(&book, next->number, NOTIFY_TAKEN, 0, "", START + 2);
    }
    buf_init_growing(&out, NOTIFY_STATE_SIZE_MAX);
    assert_true(notify_state_write(&book, &out));
    buf_fini(&out);
    notify_book_fini(&book);
}

static void damage_is_read_safely(void **state)
{
    (void)state;
    static unsigned char copy[8192];
    struct notify_book book;
    struct buf out;
    plan = make_plan();
    fill(&book, plan);
    buf_init_fixed(&out, copy, sizeof(copy));
    assert_true(notify_state_write(&book, &out));
    /* Long enough that a dozen telling bytes are tried at each place instead of all. */
    buf_append_fill(&out, ' ', out.size < 4096 ? 4096 - out.size : 0);
    assert_false(buf_overflowed(&out));
    notify_book_fini(&book);
    static const char *const parts[] = {"{\"version\":1", "\"busy\":1", "\"told\":[1,",
                                        "\"items\":[0,"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        assert_true(slice_find(buf_bytes(&out), slice_from(parts[i])) != SLICE_NONE);
    }
    /* A change here and there: a whole book is made for each, so not everywhere. */
    for (size_t i = 0; i < out.size && copy[i] != ' '; i += 7) {
        static const unsigned char bytes[] = {'"', '9', '[', 0x00};
        unsigned char kept = copy[i];
        copy[i] = bytes[i / 7 % sizeof(bytes)];
        read_anything(buf_bytes(&out), NULL);
        copy[i] = kept;
        if (i % 21 == 0) {
            read_anything(slice_of(copy, i), NULL);
        }
    }
    notify_plan_drop(plan);
}

/* A state of another version, or that is no state, is refused. */
static void other_versions_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"version\":2}",
        "{\"version\":1",
        "{\"version\":1,\"notes\":{}}",
        "{\"version\":1,\"alarms\":[{\"note\":0}]}",
        "{\"version\":1,\"groups\":[{\"title\":0}]}",
        "{\"version\":1,\"messages\":[{\"number\":1}]}",
        "{\"version\":1,\"messages\":[{\"delivery\":9}]}",
    };
    struct notify_book book;
    assert_int_equal(notify_book_init(&book), STATUS_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(notify_state_read(&book, slice_from(bad[i]), START), STATUS_BAD);
        assert_int_equal(book.alarm_count + book.message_count, 0);
    }
    assert_int_equal(notify_state_read(&book, SLICE("{\"version\":1,\"later\":[{}]}"), START),
                     STATUS_OK);
    notify_book_fini(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_read_safely),
        cmocka_unit_test(other_versions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
