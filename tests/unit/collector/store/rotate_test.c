/* SPDX-License-Identifier: Apache-2.0 */
/* When a log is followed by a new one. */
#include "store/store.h"

#include "base/log.h"
#include "columns/columns_limits.h"
#include "lib/cm.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_disk disk;
static uint64_t now_ns;
static struct resource sender;
static struct span spans[STORE_SEGMENT_RECORDS_MAX];

static uint64_t now(void)
{
    return now_ns;
}

/* All records come with their bodies; nothing is sealed. */
static bool decode(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    (void)signal;
    (void)body;
    (void)arena;
    (void)batch;
    return false;
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

static void done(void *context, enum status status)
{
    *(enum status *)context = status;
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {.disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now};
    struct store_options options = {
        .decode = decode,
        .segment_bytes_max = UINT64_C(64) << 20,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {.apply = apply, .forget = forget};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

/* Append so many of the spans, as what a body decodes to; answers how many segments there are. */
static unsigned append(struct store *store, unsigned char first, size_t count)
{
    struct store_stats stats;
    enum status status = STATUS_AGAIN;
    struct batch batch = {.signal = SIGNAL_TRACES,
                          .resources = &sender,
                          .resource_count = 1,
                          .spans = spans,
                          .span_count = count};
    struct frame frame = {.arrival_ns = now_ns, .body = slice_of(&first, 1)};
    store_append(store, &frame, &batch, done, &status);
    (void)store_step(store);
    assert_int_equal(status, STATUS_OK);
    store_stats(store, &stats);
    return stats.segments;
}

static int begin(void **state)
{
    (void)state;
    now_ns = UINT64_C(1795000000000000000);
    sim_disk_init(&disk, 7);
    disk.free_bytes = UINT64_C(1) << 40;
    memset(spans, 0, sizeof(spans));
    for (size_t k = 0; k < STORE_SEGMENT_RECORDS_MAX; k++) {
        spans[k].resource = &sender;
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(disk.open_count, 0);
    sim_disk_fini(&disk);
    return 0;
}

/* When it has very many records, ... */
static void test_records(void **state)
{
    (void)state;
    struct store *store = open_store();
    assert_int_equal(append(store, 1, STORE_SEGMENT_RECORDS_MAX - 1), 1);
    assert_int_equal(append(store, 2, 1), 1);
    assert_int_equal(append(store, 3, 1), 2);
    assert_int_equal(append(store, 4, 1), 2);
    store_close(store);
}

/* ... or is a day old, ... */
static void test_age(void **state)
{
    (void)state;
    struct store *store = open_store();
    assert_int_equal(append(store, 1, 1), 1);
    now_ns += STORE_SEGMENT_NS_MAX;
    assert_int_equal(append(store, 2, 1), 1);
    now_ns++;
    assert_int_equal(append(store, 3, 1), 2);
    store_close(store);
}

/* ... or when what it will be sealed from takes much memory. */
static void test_memory(void **state)
{
    (void)state;
    struct store *store = open_store();
    unsigned char *text = calloc(1, STORE_DRAFT_SIZE_FULL);
    assert_non_null(text);
    spans[0].status_message = slice_of(text, STORE_DRAFT_SIZE_FULL / 2);
    assert_int_equal(append(store, 1, 1), 1);
    assert_int_equal(append(store, 2, 1), 1); /* The same text. */
    text[0] = 1;
    assert_int_equal(append(store, 3, 1), 1);
    assert_int_equal(append(store, 4, 1), 2);
    assert_int_equal(append(store, 5, 1), 2);
    store_close(store);
    free(text);
}

/* ... or when its records are of so many kinds that a table has no room for twice as many. */
static void test_scopes(void **state)
{
    (void)state;
    static char names[SHAPE_COUNT_MAX / 2][8];
    static struct scope scopes[SHAPE_COUNT_MAX / 2];
    struct store *store = open_store();
    for (size_t i = 0; i < SHAPE_COUNT_MAX / 2; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        scopes[i] = (struct scope){.name = slice_from(names[i])};
        spans[i].scope = &scopes[i];
    }
    assert_int_equal(append(store, 1, SHAPE_COUNT_MAX / 2 - 1), 1);
    assert_int_equal(append(store, 2, SHAPE_COUNT_MAX / 2), 1);
    assert_int_equal(append(store, 3, 1), 2);
    assert_int_equal(append(store, 4, 1), 2);
    store_close(store);
}

int main(void)
{
    log_set_level(LOG_OFF);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records, begin, end),
        cmocka_unit_test_setup_teardown(test_age, begin, end),
        cmocka_unit_test_setup_teardown(test_memory, begin, end),
        cmocka_unit_test_setup_teardown(test_scopes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
