/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a span of time, out of logs and sealed segments, on a simulated disk. */
#include "store/store.h"

#include "base/ensure.h"
#include "base/log.h"
#include "lib/cm.h"
#include "store/hold.h"
#include "store/places.h"
#include "store/store_limits.h"
#include "store/stretch.h"
#include "store/writer.h"
#include "store_disk.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_SIZE 900
#define SECOND    UINT64_C(1000000000)
#define BEGIN     UINT64_C(1795000000000000000)

static struct sim_disk disk;
static uint64_t now_ns;
static unsigned decoded; /* Bodies. */

static uint64_t now(void)
{
    return now_ns;
}

/* A body of number n is one span of second n; if n is a multiple of 10 and below 100, two: also
 * one of an hour before. */
static bool decode(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    static const struct scope scope;
    struct resource *resource = arena_alloc_array(arena, 1, sizeof(*resource));
    struct attr *attr = arena_alloc_array(arena, 1, sizeof(*attr));
    struct span *spans = arena_alloc_array(arena, 2, sizeof(*spans));
    uint32_t number;
    decoded++;
    memcpy(&number, body.base, sizeof(number));
    if (resource == NULL || attr == NULL || spans == NULL || number == UINT32_MAX) {
        return false;
    }
    *attr = (struct attr){.key = SLICE("body"), .value = {.kind = VALUE_STRING, .text = body}};
    spans[0] = (struct span){
        .resource = resource,
        .scope = &scope,
        .trace_id = {{1, (unsigned char)number}},
        .span_id = {{1}},
        .start_ns = BEGIN + number * SECOND,
        .end_ns = BEGIN + number * SECOND,
        .attrs = {.items = attr, .count = 1},
    };
    spans[1] = spans[0];
    spans[1].start_ns -= 3600 * SECOND;
    *batch = (struct batch){
        .signal = signal,
        .resources = resource,
        .resource_count = 1,
        .spans = spans,
        .span_count = number % 10 == 0 && number < 100 ? 2 : 1,
    };
    return true;
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    (void)context;
    (void)store;
    (void)frame;
    (void)batch;
    (void)ref;
}

static void forget(void *context, uint32_t segment_last)
{
    (void)context;
    (void)segment_last;
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {.disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now};
    struct store_options options = {
        .decode = decode,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {.apply = apply, .forget = forget};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

static void done(void *context, enum status status)
{
    *(enum status *)context = status;
}

/* Append a body, with what it decodes to or without. */
static void append(struct store *store, uint32_t number, bool with_batch)
{
    static max_align_t memory[128];
    unsigned char body[BODY_SIZE];
    struct prng prng;
    struct arena arena;
    struct batch batch;
    enum status status = STATUS_AGAIN;
    prng_init(&prng, number);
    prng_fill(&prng, body, sizeof(body));
    memcpy(body, &number, sizeof(number));
    arena_init(&arena, memory, sizeof(memory));
    struct frame frame = {
        .signal = SIGNAL_TRACES, .arrival_ns = now_ns, .body = slice_of(body, sizeof(body))};
    bool decodes = decode(frame.signal, frame.body, &arena, &batch);
    store_append(store, &frame, with_batch && decodes ? &batch : NULL, done, &status);
    (void)store_step(store);
    assert_int_equal(status, STATUS_OK);
    now_ns++;
}

static void seal_all(struct store *store)
{
    for (unsigned i = 0; i < 50; i++) {
        store_seal(store);
    }
    now_ns += STORE_LOG_GRACE_NS;
    store_seal(store);
}

struct seen {
    unsigned count;
    unsigned most; /* Wanted. */
    uint64_t first_ns, last_ns;
};

static bool see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct seen *seen = context;
    assert_in_range(arrival_ns, BEGIN, now_ns);
    assert_int_equal(batch->log_count, 0);
    for (size_t i = 0; i < batch->span_count; i++) {
        uint64_t time_ns = batch->spans[i].start_ns;
        seen->first_ns = time_ns < seen->first_ns ? time_ns : seen->first_ns;
        seen->last_ns = time_ns > seen->last_ns ? time_ns : seen->last_ns;
        seen->count++;
    }
    return seen->count < seen->most;
}

/* Scan once; the answer is that of the store, and what was seen is checked to be of the piece. */
static enum status scan_most(struct store *store, struct store_span span, unsigned most,
                             unsigned *count, uint64_t *reached_ns)
{
    struct seen seen = {.first_ns = UINT64_MAX, .most = most};
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    enum status status = store_scan(hold, span, see, &seen, reached_ns);
    store_release(hold);
    *count = seen.count;
    if (seen.count > 0 && status != STATUS_CLOSED) {
        assert_true(seen.first_ns >= *reached_ns && seen.last_ns < span.to_ns);
    }
    return status;
}

static unsigned scan(struct store *store, uint64_t from_ns, uint64_t to_ns)
{
    unsigned count;
    uint64_t reached_ns;
    struct store_span span = {from_ns, to_ns, UINT64_MAX};
    assert_int_equal(scan_most(store, span, UINT32_MAX, &count, &reached_ns), STATUS_OK);
    assert_int_equal(reached_ns, from_ns);
    return count;
}

static int begin(void **state)
{
    (void)state;
    now_ns = BEGIN;
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

static void check_all(struct store *store)
{
    assert_int_equal(scan(store, 0, UINT64_MAX), 44);
    assert_int_equal(scan(store, BEGIN, UINT64_MAX), 40);
    assert_int_equal(scan(store, BEGIN + 10 * SECOND, BEGIN + 20 * SECOND), 10);
    assert_int_equal(scan(store, BEGIN + 10 * SECOND, BEGIN + 20 * SECOND + 1), 11);
    assert_int_equal(scan(store, BEGIN + 10 * SECOND + 1, BEGIN + 20 * SECOND), 9);
    assert_int_equal(scan(store, 0, BEGIN), 4); /* What came late. */
    assert_int_equal(scan(store, BEGIN + 41 * SECOND, UINT64_MAX), 0);
    assert_int_equal(scan(store, BEGIN + 5 * SECOND, BEGIN + 5 * SECOND), 0);
}

/* The same is found in logs, in logs that nobody has read since the start, and in what is sealed.
 */
static void test_places(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 1; i <= 40; i++) {
        append(store, i, i % 3 != 0);
    }
    check_all(store);
    store_close(store);
    store = open_store();
    check_all(store);
    seal_all(store);
    check_all(store);
    store_close(store);
    store = open_store();
    check_all(store);
    store_close(store);
}

/* Of a log it is known which frames need not be read: also after a start, once they were. */
static void test_stretches(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 1; i < 30; i++) {
        append(store, i, true);
    }
    decoded = 0;
    assert_int_equal(scan(store, BEGIN + 27 * SECOND, BEGIN + 28 * SECOND), 1);
    assert_in_range(decoded, 1, 5);
    store_close(store);
    store = open_store();
    decoded = 0;
    assert_int_equal(scan(store, BEGIN + 27 * SECOND, BEGIN + 28 * SECOND), 1);
    assert_true(decoded >= 29);
    decoded = 0;
    assert_int_equal(scan(store, BEGIN + 27 * SECOND, BEGIN + 28 * SECOND), 1);
    assert_in_range(decoded, 1, 5);
    store_close(store);
}

/* Pieces are about as large as wanted, and together are all of it. */
static void test_pieces(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 101; i <= 140; i++) {
        append(store, i, true);
    }
    seal_all(store);
    struct store_span span = {0, UINT64_MAX, 10};
    unsigned all = 0;
    unsigned pieces = 0;
    while (span.to_ns > span.from_ns) {
        unsigned count;
        uint64_t reached_ns;
        assert_int_equal(scan_most(store, span, UINT32_MAX, &count, &reached_ns), STATUS_OK);
        assert_in_range(count, 0, 16);
        assert_true(reached_ns < span.to_ns);
        span.to_ns = reached_ns;
        all += count;
        pieces++;
    }
    assert_int_equal(all, 40);
    assert_in_range(pieces, 4, 8);
    /* None is too small: it has a nanosecond at least. */
    uint64_t reached_ns;
    unsigned count;
    span = (struct store_span){0, BEGIN + 107 * SECOND + 1, 0};
    assert_int_equal(scan_most(store, span, UINT32_MAX, &count, &reached_ns), STATUS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(reached_ns, BEGIN + 107 * SECOND);
    store_close(store);
}

/* Who has seen enough says so, and has got nothing of which to go on. */
static void test_enough(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 1; i <= 20; i++) {
        append(store, i, true);
    }
    for (unsigned round = 0; round < 2; round++) {
        unsigned count;
        uint64_t reached_ns;
        struct store_span span = {0, UINT64_MAX, UINT64_MAX};
        assert_int_equal(scan_most(store, span, 3, &count, &reached_ns), STATUS_CLOSED);
        assert_in_range(count, 3, 6);
        assert_int_equal(reached_ns, UINT64_MAX);
        seal_all(store);
    }
    store_close(store);
}

/* Of what is damaged the others are shown, and it is said. */
static void test_damaged(void **state)
{
    struct store_span span = {0, UINT64_MAX, UINT64_MAX};
    uint64_t reached_ns;
    unsigned count;
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 1; i <= 20; i++) {
        append(store, i, i < 10);
    }
    /* A frame of a log, known when it happened or not. */
    for (unsigned round = 0; round < 2; round++) {
        assert_true(sim_disk_rot(&disk, round == 0 ? "00000001/log" : "00000004/log", 1200));
        assert_int_equal(scan_most(store, span, UINT32_MAX, &count, &reached_ns), STATUS_IO);
        assert_int_equal(reached_ns, 0);
        assert_int_equal(count, 22 - 1 - round);
        assert_int_equal(scan_most(store, span, UINT32_MAX, &count, &reached_ns), STATUS_IO);
        assert_int_equal(count, 22 - 1 - round);
    }
    /* A block. */
    seal_all(store);
    assert_true(sim_disk_rot(&disk, "00000002/sealed", 300));
    assert_int_equal(scan_most(store, span, UINT32_MAX, &count, &reached_ns), STATUS_IO);
    assert_in_range(count, 12, 17);
    store_close(store);
}

/* What does not decode, or was set aside because starts ended by it, is not decoded and not shown.
 */
static void test_aside(void **state)
{
    (void)state;
    struct store *store = open_store();
    append(store, 1, false);
    append(store, UINT32_MAX, false);
    append(store, 2, false);
    assert_int_equal(scan(store, 0, UINT64_MAX), 2);
    assert_int_equal(disk.catalog.put(&disk, SLICE("skip/00000001/0000000064"), SLICE("deadly")),
                     STATUS_OK);
    store_close(store);
    store = open_store();
    assert_int_equal(scan(store, 0, UINT64_MAX), 1);
    store_close(store);
}

/* A hold that is so old that a log went which was sealed since does not pretend. */
static void test_old_hold(void **state)
{
    struct store_span span = {0, UINT64_MAX, UINT64_MAX};
    struct seen seen = {.most = UINT32_MAX};
    uint64_t reached_ns = 0;
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 1; i <= 20; i++) {
        append(store, i, true);
    }
    struct store_hold *hold = store_hold(store);
    seal_all(store);
    assert_int_equal(store_scan(hold, span, see, &seen, &reached_ns), STATUS_NOT_FOUND);
    assert_int_equal(reached_ns, UINT64_MAX);
    store_release(hold);
    assert_int_equal(scan(store, 0, UINT64_MAX), 22);
    store_close(store);
}

/* ---- The lists. ---- */

static struct stretch stretch_at(uint32_t segment, uint32_t offset, uint32_t end, uint64_t time_ns)
{
    return (struct stretch){segment, offset, end, 1, {time_ns, time_ns}};
}

/* Stretches that are neighbours become one; what is there already is not added again. */
static void test_stretch_list(void **state)
{
    struct stretches stretches;
    struct stretch *copy;
    size_t count;
    (void)state;
    assert_int_equal(stretches_init(&stretches), STATUS_OK);
    const struct stretch parts[] = {
        stretch_at(2, 64, 100, 5),
        stretch_at(2, 100, 200, 3),
        stretch_at(2, 300, 400, 9),
        stretch_at(2, 150, 250, 1),
        stretch_at(2, 250, 301, 1),
        stretch_at(1, 64, 100, 7),
        stretch_at(3, 64, 100, 7),
        stretch_at(2, 200, 300, 4),
        stretch_at(2, 400, 400 + STORE_STRETCH_SIZE, 4),
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        stretches_add(&stretches, &parts[i]);
    }
    assert_int_equal(stretches_copy(&stretches, 2, &copy, &count), STATUS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(copy[0].offset, 64);
    assert_int_equal(copy[0].end, 300);
    assert_int_equal(copy[0].records, 3);
    assert_int_equal(copy[0].moments.first_ns, 3);
    assert_int_equal(copy[0].moments.last_ns, 5);
    assert_int_equal(copy[1].offset, 300);
    assert_int_equal(copy[2].offset, 400);
    free(copy);
    stretches_forget(&stretches, 2);
    assert_int_equal(stretches_copy(&stretches, 2, &copy, &count), STATUS_OK);
    assert_int_equal(count, 0);
    free(copy);
    assert_int_equal(stretches_copy(&stretches, 3, &copy, &count), STATUS_OK);
    assert_int_equal(count, 1);
    free(copy);
    stretches_fini(&stretches);
}

/* A piece begins where the records that it is thought to have are as many as wanted. */
static void test_place_list(void **state)
{
    struct places places = {.items = NULL};
    (void)state;
    places_add(&places, &(struct place){1, 0, 0, false, 100, {1000, 1999}});
    places_add(&places, &(struct place){2, 0, 0, false, 100, {2000, 2999}});
    places_add(&places, &(struct place){3, 0, 0, false, 10, {0, 4999}});
    places_sort(&places);
    assert_int_equal(places.items[0].segment, 3);
    assert_int_equal(places.items[2].segment, 1);
    assert_int_equal(places_begin(&places, (struct moments){0, UINT64_MAX}, UINT64_MAX), 0);
    assert_int_equal(places_begin(&places, (struct moments){0, UINT64_MAX}, 1000), 0);
    assert_int_equal(places_begin(&places, (struct moments){1, 10}, 0), 10);
    assert_in_range(places_begin(&places, (struct moments){0, UINT64_MAX}, 54), 2480, 2520);
    assert_in_range(places_begin(&places, (struct moments){0, 2499}, 50), 1990, 2020);
    assert_in_range(places_begin(&places, (struct moments){0, UINT64_MAX}, 4), 2990, 3010);
    assert_int_equal(places_begin(&places, (struct moments){7, 7}, 0), 7);
    places_fini(&places);
    assert_int_equal(places_begin(&places, (struct moments){0, UINT64_MAX}, 0), 0);
}

int main(void)
{
    log_set_level(LOG_OFF);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_places, begin, end),
        cmocka_unit_test_setup_teardown(test_stretches, begin, end),
        cmocka_unit_test_setup_teardown(test_pieces, begin, end),
        cmocka_unit_test_setup_teardown(test_enough, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged, begin, end),
        cmocka_unit_test_setup_teardown(test_aside, begin, end),
        cmocka_unit_test_setup_teardown(test_old_hold, begin, end),
        cmocka_unit_test(test_stretch_list),
        cmocka_unit_test(test_place_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
