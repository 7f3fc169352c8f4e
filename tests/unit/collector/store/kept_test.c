/* SPDX-License-Identifier: Apache-2.0 */
/* What a hold keeps of what it has read. */
#include "store/store.h"

#include "base/bytes.h"
#include "lib/cm.h"
#include "store/hold.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_body.h"
#include "store_disk.h"

#include <string.h>

#define PLACES     (HOLD_KEPT_COUNT_MAX + 10)
#define BODIES_MAX 4096
#define ARENA_SIZE ((size_t)1 << 18)

static struct sim_disk disk;
static uint64_t now_ns;
static uint32_t numbers[BODIES_MAX]; /* Of the bodies: each is a place of its own in a log. */
static unsigned body_count;

static uint64_t now(void)
{
    return now_ns;
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    (void)context;
    (void)batch;
    if (frame->body.size > 0) {
        store_note(store, store_body_id(bytes_get32(frame->body.base)), ref);
    }
}

static void forget(void *context, uint32_t segment_last)
{
    (void)context;
    (void)segment_last;
}

static void done(void *context, enum status status)
{
    *(enum status *)context = status;
}

/* Append a body that is one span; there are such of every third number. */
static void append(struct store *store)
{
    uint32_t number = body_count > 0 ? numbers[body_count - 1] + 3 : 3;
    number += STORE_BODY_BAD(number) ? 3 : 0;
    unsigned char memory[STORE_BODY_MAX];
    enum status status = STATUS_AGAIN;
    struct frame frame = {
        .signal = SIGNAL_TRACES, .arrival_ns = now_ns, .body = store_body(number, 2000, memory)};
    store_append(store, &frame, NULL, done, &status);
    (void)store_step(store);
    assert_int_equal(status, STATUS_OK);
    assert_true(body_count < BODIES_MAX);
    numbers[body_count++] = number;
}

static struct store *open_store(uint64_t segment_bytes)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {.disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now};
    struct store_options options = {
        .decode = store_body_decode,
        .segment_bytes_max = segment_bytes,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {.apply = apply, .forget = forget};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    while (body_count < PLACES) {
        append(store);
    }
    return store;
}

static int begin(void **state)
{
    (void)state;
    body_count = 0;
    now_ns = UINT64_C(1795000000000000000);
    sim_disk_init(&disk, 7);
    disk.free_bytes = UINT64_C(1) << 40;
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(disk.open_count, 0);
    sim_disk_fini(&disk);
    return 0;
}

struct reading {
    struct store_hold *hold;
    struct arena arena;
    struct frame_ref ref; /* Of the latest. */
};

static void reading_begin(struct reading *reading, struct store *store)
{
    static unsigned char memory[ARENA_SIZE];
    reading->hold = store_hold(store);
    assert_non_null(reading->hold);
    arena_init(&reading->arena, memory, sizeof(memory));
}

static void check_body(void *context, struct slice body)
{
    uint32_t *number = context;
    if (bytes_get32(body.base) == *number) {
        *number = 0; /* It has come. */
    }
}

static bool see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    uint32_t *number = context;
    assert_in_range(arrival_ns, 1, now_ns);
    store_body_each(batch, check_body, number);
    return true;
}

/* Read the place of a body; how many operations of the disk that took. */
static uint64_t read_one(struct reading *reading, uint32_t number)
{
    struct id16 id = store_body_id(number);
    assert_int_equal(store_find(reading->hold, &id, 1, &reading->ref, 1), 1);
    uint32_t left = number;
    uint64_t calls = disk.calls;
    size_t mark = arena_mark(&reading->arena);
    assert_int_equal(store_load(reading->hold, reading->ref, &id, 1, &reading->arena, see, &left),
                     STATUS_OK);
    assert_int_equal(left, 0);
    arena_rewind(&reading->arena, mark);
    return disk.calls - calls;
}

/* Frames of a log are read once, as long as there is room. */
static void test_frames(void **state)
{
    struct reading reading;
    (void)state;
    struct store *store = open_store(STORE_SEGMENT_SIZE_MAX / 2);
    reading_begin(&reading, store);
    for (unsigned i = 0; i < PLACES; i++) {
        assert_true(read_one(&reading, numbers[i]) > 0);
        assert_true((read_one(&reading, numbers[i]) == 0) == (i < HOLD_KEPT_COUNT_MAX));
    }
    for (unsigned i = 0; i < PLACES; i++) {
        assert_true((read_one(&reading, numbers[i]) == 0) == (i < HOLD_KEPT_COUNT_MAX));
    }
    store_release(reading.hold);
    reading_begin(&reading, store);
    assert_true(read_one(&reading, numbers[0]) > 0); /* Another hold knows nothing of it. */
    store_release(reading.hold);
    store_close(store);
}

/* So are blocks of sealed segments, whichever of their records are asked for. */
static void test_blocks(void **state)
{
    struct reading reading;
    struct store_stats stats;
    unsigned read = 0;
    (void)state;
    struct store *store = open_store(STORE_SEGMENT_SIZE_MIN);
    do {
        append(store);
        store_seal(store);
        store_stats(store, &stats);
    } while (stats.sealed < 5);
    reading_begin(&reading, store);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < body_count; i++) {
            uint64_t calls = read_one(&reading, numbers[(i * 7) % body_count]);
            read += calls > 0 && (reading.ref.offset & HOLD_BLOCK_BIT) != 0;
        }
    }
    assert_int_equal(read, stats.sealed); /* Each has a block. */
    store_release(reading.hold);
    store_close(store);
}

/* What was found damaged is not kept. */
static void test_damaged(void **state)
{
    struct reading reading;
    (void)state;
    struct store *store = open_store(STORE_SEGMENT_SIZE_MAX / 2);
    reading_begin(&reading, store);
    struct id16 id = store_body_id(numbers[0]);
    uint32_t left = numbers[0];
    assert_int_equal(store_find(reading.hold, &id, 1, &reading.ref, 1), 1);
    disk.fail_at = disk.calls + 2;
    assert_int_equal(store_load(reading.hold, reading.ref, &id, 1, &reading.arena, see, &left),
                     STATUS_IO);
    assert_int_equal(left, numbers[0]);
    disk.fail_at = 0;
    assert_true(read_one(&reading, numbers[0]) > 0);
    store_release(reading.hold);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_frames, begin, end),
        cmocka_unit_test_setup_teardown(test_blocks, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
