/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery from damage, on a simulated disk that a test can scratch. */
#include "store/store.h"

#include "base/log.h"
#include "lib/cm.h"
#include "store/scan.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_disk.h"

#include <string.h>

struct seen {
    unsigned count;
    unsigned char bodies[64];
};

static struct sim_disk disk;
static struct seen seen;

static uint64_t now(void)
{
    return UINT64_C(1795000000000000000);
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    struct seen *into = context;
    (void)store;
    (void)batch;
    (void)ref;
    assert_true(into->count < sizeof(into->bodies));
    into->bodies[into->count++] = frame->body.base[0];
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
        .segment_bytes_max = 1 << 20,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {.context = &seen, .apply = apply, .forget = forget};
    seen.count = 0;
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

static void done(void *context, enum status status)
{
    enum status *into = context;
    *into = status;
}

/* Each in a group of its own, so that each says that the one before it is durable. */
static enum status append(struct store *store, unsigned char first)
{
    unsigned char body[700];
    enum status status = STATUS_AGAIN;
    memset(body, first, sizeof(body));
    for (size_t i = 1; i < sizeof(body); i++) {
        body[i] = (unsigned char)(i * i * first);
    }
    struct frame frame = {.signal = SIGNAL_LOGS, .arrival_ns = now(), .body = slice_of(body, 700)};
    store_append(store, &frame, NULL, done, &status);
    while (store_step(store) > 0) {
    }
    return status;
}

static void fill(unsigned count)
{
    struct store *store;
    sim_disk_init(&disk, 1);
    store = open_store();
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(append(store, (unsigned char)(i + 1)), STATUS_OK);
    }
    store_close(store);
}

/* Wherever one bit rots in what was durable, all other frames are served, and new ones are kept. */
static void test_rot(void **state)
{
    size_t size;
    (void)state;
    fill(4);
    assert_non_null(sim_disk_file(&disk, "/log", &size));
    sim_disk_fini(&disk);
    for (uint64_t at = 0; at < size; at += 3) {
        fill(4);
        assert_true(sim_disk_rot(&disk, "/log", at));
        struct store *store = open_store();
        struct store_stats stats;
        store_stats(store, &stats);
        /* The last frame has nobody behind it that says it was durable. */
        assert_true(seen.count >= 3);
        for (unsigned i = 1; i < seen.count; i++) {
            assert_true(seen.bodies[i] > seen.bodies[i - 1]);
        }
        assert_true(stats.quarantined > 0 || stats.cut_bytes > 0 || seen.count == 4);
        assert_int_equal(append(store, 99), STATUS_OK);
        store_close(store);
        unsigned before = seen.count;
        store = open_store();
        assert_int_equal(seen.count, before);
        assert_int_equal(seen.bodies[seen.count - 1], 99);
        store_close(store);
        sim_disk_fini(&disk);
    }
}

/* A log that another store has written is not shown, and not touched. */
static void test_foreign(void **state)
{
    (void)state;
    fill(2);
    unsigned char other[16] = {1};
    assert_int_equal(disk.catalog.put(&disk, SLICE("store"), slice_of(other, sizeof(other))),
                     STATUS_OK);
    struct store *store = open_store();
    struct store_stats stats;
    store_stats(store, &stats);
    assert_int_equal(seen.count, 0);
    assert_int_equal(stats.quarantined, 1);
    assert_int_equal(append(store, 9), STATUS_OK);
    store_close(store);
    sim_disk_fini(&disk);
}

/* Without its catalog the store takes its identity from the segments and shows everything. */
static void test_catalog_lost(void **state)
{
    (void)state;
    fill(3);
    assert_int_equal(disk.catalog.remove(&disk, SLICE("store")), STATUS_OK);
    struct store *store = open_store();
    assert_int_equal(seen.count, 3);
    store_close(store);
    sim_disk_fini(&disk);
}

/* A full disk is said, and once there is room again the store accepts by itself. */
static void test_full(void **state)
{
    struct store_stats stats;
    (void)state;
    sim_disk_init(&disk, 1);
    struct store *store = open_store();
    disk.free_bytes = STORE_DISK_RESERVE - 1;
    assert_int_equal(append(store, 1), STATUS_IO);
    store_stats(store, &stats);
    assert_false(stats.accepting);
    assert_non_null(strstr(stats.reason, "full"));
    disk.free_bytes = STORE_DISK_RESERVE;
    assert_int_equal(append(store, 1), STATUS_OK);
    store_stats(store, &stats);
    assert_true(stats.accepting);
    store_close(store);
    sim_disk_fini(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rot),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_catalog_lost),
        cmocka_unit_test(test_full),
    };
    log_set_level(LOG_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
