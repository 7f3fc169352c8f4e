/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/queue.h"

#define S CLOCK_NS_PER_S

static const struct config_queue config = {
    .name = "orders", .visibility_ns = 2 * S, .receives_max = 2};

static struct queue *queue_of(unsigned count)
{
    struct queue *queue = queue_create(&config);
    for (unsigned i = 0; i < count; i++) {
        struct queue_message *message = queue_message_create();
        message->id[0] = (char)('a' + i);
        assert_int_equal(queue_put(queue, message), STATUS_OK);
    }
    return queue;
}

/* Messages come in order, and who has one is the only one that has it. */
static void test_take(void **state)
{
    (void)state;
    struct queue *queue = queue_of(3);
    struct queue_message *messages[4];
    assert_int_equal(queue_ready(queue, 0, 10), 3);
    assert_int_equal(queue_take(queue, 0, 77, messages, 2), 2);
    assert_string_equal(messages[0]->id, "a");
    assert_int_equal(messages[0]->receives, 1);
    assert_int_equal(messages[0]->first_ms, 77);
    assert_int_equal(queue_take(queue, 0, 78, messages + 2, 2), 1);
    assert_string_equal(messages[2]->id, "c");
    queue_delete(queue, messages[1]);
    assert_int_equal(queue->count, 2);
    assert_int_equal(queue->taken, 2);
    queue_free(queue);
}

/* What failed comes again after the visibility timeout, and leaves after its last receive. */
static void test_fail(void **state)
{
    (void)state;
    struct queue *queue = queue_of(1);
    struct queue_message *message = NULL;
    assert_int_equal(queue_take(queue, 0, 1, &message, 1), 1);
    assert_null(queue_fail(queue, message, 5 * S));
    assert_int_equal(queue_due_ns(queue), 7 * S);
    assert_int_equal(queue_take(queue, 7 * S - 1, 1, &message, 1), 0);
    assert_int_equal(queue_take(queue, 7 * S, 9, &message, 1), 1);
    assert_int_equal(message->receives, 2);
    assert_int_equal(message->first_ms, 1);
    assert_ptr_equal(queue_fail(queue, message, 8 * S), message);
    assert_int_equal(queue->count, 0);
    queue_message_free(message);
    queue_free(queue);
}

/* What nobody could take does not count as received. */
static void test_untake(void **state)
{
    (void)state;
    struct queue *queue = queue_of(1);
    struct queue_message *message = NULL;
    assert_int_equal(queue_take(queue, 0, 1, &message, 1), 1);
    queue_untake(queue, message, 3, 4);
    assert_int_equal(message->receives, 0);
    assert_null(queue_oldest(queue, 6));
    assert_ptr_equal(queue_oldest(queue, 7), message);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_take), cmocka_unit_test(test_fail),
                                       cmocka_unit_test(test_untake)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
