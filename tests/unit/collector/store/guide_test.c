/* SPDX-License-Identifier: Apache-2.0 */
/* Guides, on a simulated disk that a test can scratch. */
#include "store/guide_make.h"
#include "store/store.h"

#include "base/bytes.h"
#include "base/log.h"
#include "lib/cm.h"
#include "store/hold.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_body.h"
#include "store_disk.h"

#include <stdio.h>
#include <string.h>

static struct sim_disk disk;
static uint64_t now_ns;
static uint64_t retention_bytes;
static uint32_t appended; /* Numbers of bodies so far. */

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

static struct store *open_store(uint32_t fan_in)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {.disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now};
    struct store_options options = {
        .decode = store_body_decode,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
        .retention_bytes_max = retention_bytes,
        .guide_fan_in = fan_in,
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

static struct store_stats stats_of(struct store *store)
{
    struct store_stats stats;
    store_stats(store, &stats);
    return stats;
}

/* A body that is one span; there are such of every third number. */
static void append(struct store *store)
{
    unsigned char memory[STORE_BODY_MAX];
    enum status status = STATUS_AGAIN;
    do {
        appended += 3;
    } while (STORE_BODY_BAD(appended));
    struct frame frame = {
        .signal = SIGNAL_TRACES, .arrival_ns = now_ns, .body = store_body(appended, 700, memory)};
    store_append(store, &frame, NULL, done, &status);
    (void)store_step(store);
    assert_int_equal(status, STATUS_OK);
}

/* Append until so many segments are sealed, and let logs go and ids be merged. */
static void fill(struct store *store, uint32_t sealed)
{
    while (stats_of(store).sealed < sealed) {
        append(store);
        now_ns += STORE_LOG_GRACE_NS;
        store_seal(store);
    }
    for (unsigned i = 0; i < 8; i++) {
        store_seal(store);
    }
}

/* All that was appended from a number on is found, once, and others are not. */
static void all_there(struct store *store, uint32_t first)
{
    struct store_hold *hold = store_hold(store);
    struct frame_ref refs[4];
    assert_non_null(hold);
    for (uint32_t number = first; number <= appended; number += 3) {
        struct id16 id = store_body_id(number);
        assert_int_equal(store_find(hold, &id, 1, refs, 4), STORE_BODY_BAD(number) ? 0 : 1);
        assert_true(store_knows(store, id) == !STORE_BODY_BAD(number));
        id = store_body_id(number + 1000000);
        assert_int_equal(store_find(hold, &id, 1, refs, 4), 0);
    }
    store_release(hold);
}

static bool has_file(const char *name)
{
    size_t size;
    return sim_disk_file(&disk, name, &size) != NULL;
}

static int begin(void **state)
{
    (void)state;
    log_set_level(LOG_OFF);
    sim_disk_init(&disk, 7);
    now_ns = UINT64_C(1800000000) * 1000000000;
    retention_bytes = 0;
    appended = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_disk_fini(&disk);
    return 0;
}

/* The ids of eight segments are merged as soon as there are eight, and these are not asked one by
 * one any more. */
static void test_merged(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    fill(store, 7);
    assert_int_equal(stats_of(store).guides, 0);
    assert_int_equal(stats_of(store).asked, 7);
    fill(store, 8);
    assert_int_equal(stats_of(store).guides, 1);
    assert_int_equal(stats_of(store).merges, 1);
    assert_int_equal(stats_of(store).asked, 1);
    assert_true(stats_of(store).merged_bytes > GUIDE_HEAD_SIZE);
    assert_true(has_file("guide-00000008-8"));
    all_there(store, 3);
    store_close(store);
}

/* So many guides become one; that is the last. */
static void test_levels(void **state)
{
    (void)state;
    struct store *store = open_store(2);
    fill(store, 9);
    assert_int_equal(stats_of(store).guides, 2);
    assert_int_equal(stats_of(store).asked, 3);
    assert_true(has_file("guide-00000004-4"));
    assert_true(has_file("guide-00000008-4"));
    assert_false(has_file("guide-00000002-2"));
    assert_false(has_file("guide-00000008-2"));
    all_there(store, 3);
    store_close(store);
}

/* A start takes them as they are, and removes what is of no use. */
static void test_opened_again(void **state)
{
    (void)state;
    struct store *store = open_store(2);
    fill(store, 6);
    store_close(store);
    int file;
    assert_int_equal(disk.disk.open(&disk, "guide-00000002-2", true, &file), STATUS_OK);
    disk.disk.close(&disk, file);
    store = open_store(2);
    assert_int_equal(stats_of(store).guides, 2);
    assert_int_equal(stats_of(store).merges, 0);
    assert_false(has_file("guide-00000002-2"));
    all_there(store, 3);
    store_close(store);
}

/* One that is damaged at its front is made again by the start that sees it. */
static void test_damaged_front(void **state)
{
    static const uint64_t places[] = {0, 10, 11, 12, 20, 40, 63, 64, 80, GUIDE_HEAD_SIZE + 25};
    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)end(NULL);
        (void)begin(NULL);
        struct store *store = open_store(2);
        fill(store, 2);
        store_close(store);
        assert_true(sim_disk_rot(&disk, "guide-00000002-2", places[i]));
        store = open_store(2);
        assert_int_equal(stats_of(store).guides, 0);
        assert_false(has_file("guide-00000002-2"));
        all_there(store, 3);
        store_seal(store);
        store_seal(store);
        assert_int_equal(stats_of(store).guides, 1);
        all_there(store, 3);
        store_close(store);
    }
}

/* One whose page is damaged hides nothing, and is made again once somebody has seen it. */
static void test_damaged_page(void **state)
{
    size_t size;
    (void)state;
    struct store *store = open_store(2);
    fill(store, 2);
    assert_non_null(sim_disk_file(&disk, "guide-00000002-2", &size));
    assert_true(sim_disk_rot(&disk, "guide-00000002-2", size - 1));
    all_there(store, 3);
    assert_int_equal(stats_of(store).merges, 1);
    store_seal(store);
    store_seal(store);
    assert_int_equal(stats_of(store).guides, 1);
    assert_int_equal(stats_of(store).merges, 2);
    all_there(store, 3);
    store_close(store);
}

/* A segment whose ids are damaged is left out, and asked as before. */
static void test_damaged_member(void **state)
{
    (void)state;
    struct store *store = open_store(2);
    fill(store, 1);
    size_t size;
    const unsigned char *bytes = sim_disk_file(&disk, "00000001/sealed", &size);
    assert_non_null(bytes);
    struct sealed_foot foot;
    assert_int_equal(
        sealed_foot_read(slice_of(bytes + size - SEALED_FOOT_SIZE, SEALED_FOOT_SIZE), size, &foot),
        STATUS_OK);
    assert_true(sim_disk_rot(&disk, "00000001/sealed", foot.sections[SEALED_PAGES].offset));
    uint32_t first = appended;
    fill(store, 2);
    assert_int_equal(stats_of(store).merges_failed, 1);
    now_ns += STORE_SEAL_RETRY_NS;
    fill(store, 3);
    assert_int_equal(stats_of(store).guides, 1);
    assert_int_equal(stats_of(store).asked, 2);
    all_there(store, first + 3);
    store_close(store);
}

static void count_guide(void *context, const char *name)
{
    uint32_t segment;
    uint32_t members;
    *(uint32_t *)context += guide_name_parse(name, &segment, &members) ? 1 : 0;
}

/* A guide goes with its last segment, and serves what is left until then. */
static void test_retention(void **state)
{
    (void)state;
    retention_bytes = 10 * STORE_SEGMENT_SIZE_MIN;
    struct store *store = open_store(2);
    for (unsigned i = 0; i < 2000; i++) {
        append(store);
        now_ns += STORE_LOG_GRACE_NS;
        store_seal(store);
        store_seal(store);
    }
    struct store_stats stats = stats_of(store);
    uint32_t files = 0;
    assert_int_equal(disk.disk.list(&disk, ".", count_guide, &files), STATUS_OK);
    assert_in_range(stats.guides, 1, stats.sealed);
    assert_int_equal(files, stats.guides);
    assert_false(has_file("guide-00000004-4"));
    store_close(store);
    store = open_store(2);
    assert_int_equal(stats_of(store).guides, stats.guides);
    store_close(store);
}

/* Whatever fails while one is made costs nothing: it is counted, and made a minute later. */
static void test_failures(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        (void)end(NULL);
        (void)begin(NULL);
        struct store *store = open_store(2);
        while (stats_of(store).sealed < 2) {
            append(store);
            store_seal(store);
        }
        disk.failed = false;
        disk.fail_at = disk.calls + nth;
        store_seal(store);
        store_seal(store);
        fired = disk.failed;
        disk.fail_at = 0;
        all_there(store, 3);
        now_ns += STORE_SEAL_RETRY_NS;
        store_seal(store);
        store_seal(store);
        assert_int_equal(stats_of(store).guides, 1);
        all_there(store, 3);
        store_close(store);
    }
}

/* Making one is given up when it is told to. */
static void test_stopped(void **state)
{
    (void)state;
    struct store *store = open_store(2);
    fill(store, 1);
    store_close(store);
    struct segment segment = {.number = 1};
    struct sealed *sealed;
    unsigned char id[16] = {0};
    segment_name(1, UINT64_C(1800000000) * 1000000000, segment.name);
    assert_int_equal(sealed_open(&sealed, &disk.disk, &segment, id), STATUS_OK);
    atomic_bool stop = true;
    struct guide_make make = {.disk = &disk.disk, .members = {sealed}, .count = 1, .stop = &stop};
    assert_int_equal(guide_make(&make), STATUS_CLOSED);
    assert_false(has_file("guide-00000001-1"));
    stop = false;
    assert_int_equal(guide_make(&make), STATUS_OK);
    assert_true(has_file("guide-00000001-1"));
    sealed_free(sealed);
}

/* The bytes of docs/formats/guide.md; what is not right is refused. */
static void test_format(void **state)
{
    static const unsigned char golden[GUIDE_HEAD_SIZE] = {
        'T', 'H', 'A', 'W', 'G', 'U', 'I', 'D', 1, 0, 2, 3, 4, 0, 0, 0, 1, 0, 0, 0,
        0,   0,   0,   0,   0,   0,   0,   0,   0, 0, 0, 9, 2, 0, 0, 0, 0, 0, 0, 0,
        3,   0,   0,   0,   0,   0,   0,   0,   5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const struct guide_head head = {
        .store = {1, [15] = 9}, .key = {{2, 3}}, .members = 2, .bits = 3, .entries = 4, .crc = 5};
    unsigned char bytes[GUIDE_HEAD_SIZE];
    struct guide_head read;
    (void)state;
    guide_head_write(&head, bytes);
    assert_memory_equal(bytes, golden, GUIDE_HEAD_SIZE - 4);
    assert_int_equal(guide_head_read(slice_of(bytes, sizeof(bytes)), &read), STATUS_OK);
    assert_memory_equal(&read, &head, sizeof(read));
    assert_int_equal(guide_size(&head), 64 + 2 * 12 + 9 * 4 + 4 * 3 + 8 * 4);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] ^= 1;
        assert_int_equal(guide_head_read(slice_of(bytes, sizeof(bytes)), &read), STATUS_BAD);
        bytes[i] ^= 1;
        assert_int_equal(guide_head_read(slice_of(bytes, i), &read), STATUS_BAD);
    }
    static const struct guide_head wrong[] = {
        {.members = 0}, {.members = GUIDE_MEMBERS_MAX + 1}, {.members = 1, .bits = 17}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        guide_head_write(&wrong[i], bytes);
        assert_int_equal(guide_head_read(slice_of(bytes, sizeof(bytes)), &read), STATUS_BAD);
    }
}

/* Only what guide_name() makes is a name. */
static void test_names(void **state)
{
    static const char *const others[] = {"guide-1-8",         "guide-00000001",
                                         "guide-00000001-08", "guide-00000001-8x",
                                         "view-00000001-8",   ""};
    char name[STORE_PATH_SIZE];
    uint32_t segment;
    uint32_t count;
    (void)state;
    guide_name(123, 64, name);
    assert_string_equal(name, "guide-00000123-64");
    assert_true(guide_name_parse(name, &segment, &count));
    assert_int_equal(segment, 123);
    assert_int_equal(count, 64);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(guide_name_parse(others[i], &segment, &count));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_merged, begin, end),
        cmocka_unit_test_setup_teardown(test_levels, begin, end),
        cmocka_unit_test_setup_teardown(test_opened_again, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_front, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_page, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_member, begin, end),
        cmocka_unit_test_setup_teardown(test_retention, begin, end),
        cmocka_unit_test_setup_teardown(test_failures, begin, end),
        cmocka_unit_test_setup_teardown(test_stopped, begin, end),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
