/* SPDX-License-Identifier: Apache-2.0 */
#include "core/queue.h"

#include "lib/cm.h"

#include <string.h>

static _Alignas(8) unsigned char memory[4096];
static struct queue queue;

static bool push(enum queue_class class, uint64_t seq, size_t size)
{
    static unsigned char record[4096];
    memset(record, (int)seq, sizeof(record));
    struct queue_frame frame = {.class = (unsigned char)class, .seq = seq, .mono_ns = seq};
    bool kept = queue_push(&queue, &frame, slice_of(record, size));
    queue_assert(&queue);
    return kept;
}

static bool has(uint64_t seq)
{
    size_t position = 0;
    const struct queue_frame *frame;
    while ((frame = queue_next(&queue, &position)) != NULL) {
        if (frame->seq == seq) {
            struct slice record = queue_record(frame);
            assert_int_equal(record.base[record.size - 1], (unsigned char)seq);
            return true;
        }
    }
    return false;
}

static int setup(void **state)
{
    (void)state;
    queue_init(&queue, memory, sizeof(memory));
    return 0;
}

/* Records come out in the order in which they went in. */
static void order(void **state)
{
    (void)state;
    size_t position = 0;
    for (uint64_t seq = 1; seq <= 10; seq++) {
        assert_true(push(QUEUE_INFO, seq, 20));
    }
    for (uint64_t seq = 1; seq <= 10; seq++) {
        assert_true(queue_next(&queue, &position)->seq == seq);
    }
    assert_null(queue_next(&queue, &position));
    assert_true(queue_oldest_ns(&queue) == 1);
}

/* Debug lines go first, then info lines, then others; facts stay; each drop is counted. */
static void what_matters_stays(void **state)
{
    (void)state;
    assert_true(push(QUEUE_INFO, 1, 900));
    assert_true(push(QUEUE_DEBUG, 2, 900));
    assert_true(push(QUEUE_FACT, 3, 900));
    assert_true(push(QUEUE_OTHER, 4, 900));
    assert_true(push(QUEUE_FACT, 5, 900));
    assert_false(has(2));
    assert_true(push(QUEUE_FACT, 6, 900));
    assert_false(has(1));
    assert_true(push(QUEUE_FACT, 7, 900));
    assert_false(has(4));
    assert_int_equal(queue.dropped, 3);
    assert_false(push(QUEUE_FACT, 8, 900));
    assert_false(push(QUEUE_DEBUG, 9, 900));
    assert_int_equal(queue.dropped, 5);
    assert_true(has(3) && has(5) && has(6) && has(7));
}

/* What is in flight is neither dropped nor changed, but may move. */
static void in_flight_stays(void **state)
{
    (void)state;
    size_t position = 0;
    assert_true(push(QUEUE_DEBUG, 1, 900));
    assert_true(push(QUEUE_DEBUG, 2, 900));
    struct queue_frame *first = queue_next(&queue, &position);
    struct queue_frame *second = queue_next(&queue, &position);
    queue_take(&queue, second);
    assert_int_equal(queue.waiting, 1);
    (void)first;
    for (uint64_t seq = 3; seq < 20; seq++) {
        assert_true(push(QUEUE_INFO, seq, 900));
        assert_true(has(2) && has(seq));
    }
    position = 0;
    struct queue_frame *frame = queue_next(&queue, &position);
    assert_true(frame->seq == 2);
    queue_return(&queue, frame);
    queue_assert(&queue);
    queue_take(&queue, frame);
    queue_forget(&queue, frame);
    queue_assert(&queue);
    assert_false(has(2));
}

/* A record that can never fit is refused; one of exactly the queue's size fits. */
static void sizes(void **state)
{
    (void)state;
    size_t most = sizeof(memory) - sizeof(struct queue_frame);
    assert_false(push(QUEUE_FACT, 1, sizeof(memory)));
    assert_false(push(QUEUE_FACT, 1, most + 1));
    assert_false(queue_fits(&queue, most + 1));
    assert_true(queue_fits(&queue, most));
    assert_true(push(QUEUE_FACT, 2, most));
    assert_true(queue_fits(&queue, most));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(order, setup),
        cmocka_unit_test_setup(what_matters_stays, setup),
        cmocka_unit_test_setup(in_flight_stays, setup),
        cmocka_unit_test_setup(sizes, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
