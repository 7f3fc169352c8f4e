/* SPDX-License-Identifier: Apache-2.0 */
/* What is saved of the observer, on a disk in memory. */
#include "store/saved.h"
#include "store_disk.h"

#include "base/log.h"
#include "lib/cm.h"
#include "store/writer.h"

#include <string.h>

static struct sim_disk disk;

/* An observer that knows the first byte of each body. */
struct seen {
    unsigned char bodies[256];
    size_t count;   /* Known. */
    size_t shown;   /* Since the store was opened. */
    unsigned loads; /* Times that it took what was saved. */
    bool stubborn;  /* It takes nothing. */
    uint32_t forgotten;
};

static struct seen seen;
static uint64_t save_bytes;
static size_t padding; /* Bytes that it adds to what it knows. */
static bool sealing;   /* Logs are sealed. */

static uint64_t now(void)
{
    return UINT64_C(1795000000000000000);
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    struct seen *into = context;
    size_t count = frame->body.size > 0 ? 1 : batch->span_count; /* What is sealed is batches. */
    for (size_t i = 0; i < count; i++) {
        struct id16 id = frame->body.size > 0 ? (struct id16){{frame->body.base[0], 1}}
                                              : batch->spans[i].trace_id;
        into->bodies[into->count++] = id.bytes[0];
        into->shown++;
        store_note(store, id, ref);
    }
}

/* A body is a span of which it says the trace. */
static bool decode(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    static const struct scope scope;
    static struct resource resource;
    struct span *span = arena_alloc_array(arena, 1, sizeof(*span));
    assert_non_null(span);
    *span = (struct span){
        .resource = &resource,
        .scope = &scope,
        .trace_id = {{body.base[0], 1}},
        .span_id = {{1}},
        .start_ns = now(),
    };
    *batch = (struct batch){
        .signal = signal,
        .resources = &resource,
        .resource_count = 1,
        .spans = span,
        .span_count = 1,
    };
    return true;
}

static void forget(void *context, uint32_t segment_last)
{
    struct seen *into = context;
    into->forgotten = segment_last;
}

static enum status save(void *context, store_sink *sink, void *sink_context)
{
    static const unsigned char zeros[1 << 16];
    const struct seen *from = context;
    if (padding > 0 && !sink(sink_context, slice_of(zeros, padding))) {
        return STATUS_IO;
    }
    return sink(sink_context, slice_of(from->bodies, from->count)) ? STATUS_OK : STATUS_IO;
}

static enum status load(void *context, struct slice bytes, const char **reason)
{
    struct seen *into = context;
    *reason = "it is stubborn";
    if (into->stubborn) {
        return STATUS_BAD;
    }
    assert_int_equal(into->count, 0);
    bytes = slice_skip(bytes, padding);
    memcpy(into->bodies, bytes.base, bytes.size);
    into->count = bytes.size;
    into->loads++;
    return STATUS_OK;
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {.disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now};
    struct store_options options = {
        .decode = sealing ? decode : NULL,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
        .save_bytes = save_bytes,
    };
    struct store_observer observer = {
        .context = &seen, .apply = apply, .forget = forget, .save = save, .load = load};
    seen = (struct seen){.stubborn = seen.stubborn};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

static void done(void *context, enum status status)
{
    enum status *into = context;
    *into = status;
}

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

/* The process dies: nothing more is written. */
static void die(struct store *store)
{
    disk.fail_chance_per_1000 = 1000;
    store_close(store);
    disk.fail_chance_per_1000 = 0;
}

static void assert_found(struct store *store, unsigned char first)
{
    struct id16 id = {{first, 1}};
    struct frame_ref ref;
    struct store_hold *hold = store_hold(store);
    assert_int_equal(store_find(hold, &id, 1, &ref, 1), 1);
    store_release(hold);
}

/* The only file of what was saved, or NULL. */
struct files {
    char name[STORE_PATH_SIZE];
    unsigned count;
};

static void note_file(void *context, const char *name)
{
    struct files *files = context;
    struct frame_ref place;
    if (saved_name_parse(name, &place)) {
        files->count++;
        saved_name(place, files->name);
    }
}

static struct files files(void)
{
    struct files found = {.count = 0};
    assert_int_equal(disk.disk.list(disk.disk.self, ".", note_file, &found), STATUS_OK);
    return found;
}

static int begin(void **state)
{
    (void)state;
    sim_disk_init(&disk, 5);
    seen = (struct seen){.count = 0};
    save_bytes = padding = 0;
    sealing = false;
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_disk_fini(&disk);
    return 0;
}

/* The bytes are those of docs/formats/view.md. */
static void head_bytes(void **state)
{
    struct saved_head head = {
        .place = {.segment = 3, .offset = 0x1234},
        .forgotten = 2,
        .seq = 77,
        .size = 5,
        .crc = 0x01020304,
    };
    struct saved_head again;
    unsigned char bytes[SAVED_HEAD_SIZE];
    static const unsigned char golden[] = {
        'T', 'H', 'A', 'W', 'S', 'A', 'V', 'E', 1, 0, 0, 0, 3,    0,    0, 0, 0xaa, 0, 0, 0,
        0,   0,   0,   0,   0,   0,   0,   0,   0, 0, 0, 0, 0x34, 0x12, 0, 0, 2,    0, 0, 0,
        77,  0,   0,   0,   0,   0,   0,   0,   5, 0, 0, 0, 0,    0,    0, 0, 4,    3, 2, 1};
    (void)state;
    head.store[0] = 0xaa;
    saved_head_write(&head, bytes);
    assert_memory_equal(bytes, golden, sizeof(golden));
    assert_int_equal(saved_head_read(slice_of(bytes, sizeof(bytes)), &again), STATUS_OK);
    assert_int_equal(saved_compare(again.place, head.place), 0);
    assert_true(again.forgotten == 2 && again.seq == 77 && again.size == 5);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_int_equal(saved_head_read(slice_of(bytes, i), &again), STATUS_BAD);
        bytes[i] ^= 1;
        assert_int_equal(saved_head_read(slice_of(bytes, sizeof(bytes)), &again), STATUS_BAD);
        bytes[i] ^= 1;
    }
}

static void names(void **state)
{
    struct frame_ref place = {7, 4096};
    char name[STORE_PATH_SIZE];
    static const char *const others[] = {"view-", "view-7-4096", "view-00000007-0000004096x",
                                         "replay", "view-00000007-000000409"};
    (void)state;
    saved_name(place, name);
    assert_string_equal(name, "view-00000007-0000004096");
    assert_true(saved_name_parse(name, &place));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(saved_name_parse(others[i], &place));
    }
}

/* An end in order saves; a start is shown what came since, and nothing twice. */
static void what_came_since(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (unsigned char i = 1; i < 10; i++) { /* Over some segments. */
        assert_int_equal(append(store, i), STATUS_OK);
    }
    store_close(store);
    assert_int_equal(files().count, 1);

    store = open_store();
    assert_true(seen.loads == 1 && seen.shown == 0 && seen.count == 9);
    assert_found(store, 1);
    assert_found(store, 9);
    assert_int_equal(append(store, 9), STATUS_EXISTS);
    assert_int_equal(append(store, 10), STATUS_OK);
    assert_int_equal(append(store, 11), STATUS_OK);
    die(store);

    store = open_store();
    assert_true(seen.loads == 1 && seen.shown == 2 && seen.count == 11);
    assert_found(store, 2);
    assert_found(store, 11);
    struct store_stats stats;
    store_stats(store, &stats);
    assert_true(stats.frames == 11 && stats.recovered_frames == 2);
    store_close(store);
    assert_int_equal(files().count, 1);
}

/* With nothing new there is nothing to save. */
static void nothing_new(void **state)
{
    (void)state;
    store_close(open_store());
    assert_int_equal(files().count, 0);
    struct store *store = open_store();
    assert_int_equal(append(store, 1), STATUS_OK);
    store_close(store);
    uint64_t calls = disk.calls;
    struct files before = files();
    store = open_store();
    store_close(store);
    assert_string_equal(files().name, before.name);
    assert_true(disk.calls > calls);
}

/* A file that is damaged, or refused, is as if it were not there; the next one replaces it. */
static void no_good(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct store *store = open_store();
        assert_int_equal(append(store, (unsigned char)(1 + i)), STATUS_OK);
        store_close(store);
        struct files found = files();
        assert_int_equal(found.count, 1);
        seen.stubborn = i == 1;
        if (i == 0) {
            assert_true(sim_disk_rot(&disk, found.name, SAVED_HEAD_SIZE + 9));
        } else if (i == 2) {
            int file;
            assert_int_equal(disk.disk.open(&disk, found.name, false, &file), STATUS_OK);
            assert_int_equal(disk.disk.truncate(&disk, file, 20), STATUS_OK);
            disk.disk.close(&disk, file);
        }
        store = open_store();
        assert_true(seen.loads == 0 && seen.shown == i + 1 && seen.count == i + 1);
        assert_found(store, 1);
        assert_int_equal(append(store, 1), STATUS_EXISTS);
        seen.stubborn = false;
        store_close(store);
    }
}

/* It is saved on the way, each time as one file. */
static void on_the_way(void **state)
{
    (void)state;
    save_bytes = 1000;
    struct store *store = open_store();
    struct store_stats stats;
    for (unsigned char i = 1; i < 30; i++) {
        assert_int_equal(append(store, i), STATUS_OK);
        assert_true(files().count <= 1);
    }
    store_stats(store, &stats);
    assert_true(stats.saves > 2 && stats.saves < 29 && stats.save_failures == 0);
    die(store);
    store = open_store();
    assert_true(seen.loads == 1 && seen.shown < 10 && seen.count == 29);
    store_close(store);
}

/* A large file is not written for little. */
static void seldom(void **state)
{
    (void)state;
    save_bytes = 1;
    padding = 1 << 16;
    struct store *store = open_store();
    struct store_stats stats;
    for (unsigned char i = 1; i < 20; i++) {
        assert_int_equal(append(store, i), STATUS_OK);
    }
    store_stats(store, &stats);
    assert_int_equal(stats.saves, 1); /* The first one: before it there was none. */
    store_close(store);
    store = open_store();
    assert_true(seen.loads == 1 && seen.shown == 0 && seen.count == 19);
    store_close(store);
}

/* Without room for it, bodies are taken all the same, and it is said. */
static void no_room(void **state)
{
    (void)state;
    save_bytes = 1;
    disk.free_bytes = STORE_DISK_RESERVE + (1 << 20);
    struct store *store = open_store();
    struct store_stats stats;
    assert_int_equal(append(store, 1), STATUS_OK);
    store_stats(store, &stats);
    assert_true(stats.accepting && stats.saves == 0 && stats.save_failures == 1);
    assert_true(strlen(stats.save_reason) > 0);
    disk.free_bytes = UINT64_C(1) << 40;
    assert_int_equal(append(store, 2), STATUS_OK);
    store_stats(store, &stats);
    assert_true(stats.saves == 1 && stats.save_failures == 1);
    assert_int_equal(strlen(stats.save_reason), 0);
    store_close(store);
}

/* Where logs were lost, what comes anew is not taken for what was shown. */
static void lost_logs(void **state)
{
    (void)state;
    struct store *store = open_store();
    assert_int_equal(append(store, 1), STATUS_OK);
    assert_int_equal(append(store, 2), STATUS_OK);
    store_close(store);
    for (size_t size = 0; sim_disk_file(&disk, "/log", &size) != NULL;) {
        char name[SEGMENT_NAME_SIZE];
        char directory[STORE_PATH_SIZE];
        char log[STORE_PATH_SIZE];
        segment_name(1, now(), name);
        segment_paths(name, directory, log);
        assert_int_equal(disk.disk.remove_file(&disk, log), STATUS_OK);
    }
    store = open_store();
    assert_true(seen.loads == 1 && seen.count == 2);
    assert_int_equal(append(store, 3), STATUS_OK);
    die(store);
    store = open_store();
    assert_true(seen.loads == 1 && seen.shown == 1 && seen.count == 3);
    assert_found(store, 3);
    store_close(store);
}

/* Nine bodies in some segments, of which all but the last are sealed, and an end in order. */
static void seal_and_close(void)
{
    sealing = true;
    struct store *store = open_store();
    for (unsigned char i = 1; i < 10; i++) {
        assert_int_equal(append(store, i), STATUS_OK);
    }
    for (unsigned i = 0; i < 50; i++) {
        store_seal(store);
    }
    struct store_stats stats;
    store_stats(store, &stats);
    assert_in_range(stats.sealed, 1, 9);
    store_close(store);
}

/* By which ids sealed segments are found is not saved: they say so themselves. */
static void sealed_ids(void **state)
{
    (void)state;
    size_t size;
    seal_and_close();
    assert_non_null(sim_disk_file(&disk, files().name, &size));
    assert_in_range(size, 1, SAVED_HEAD_SIZE + 4 + 9 * 24 + 4 + 12 + 4 * 12 + 9);
    struct store *store = open_store();
    assert_true(seen.loads == 1 && seen.shown == 0 && seen.count == 9);
    for (unsigned char i = 1; i < 10; i++) {
        assert_found(store, i);
    }
    store_close(store);
}

/* Where one of them is damaged and has its log still, all is shown again, and found. */
static void sealed_damaged(void **state)
{
    (void)state;
    size_t size;
    seal_and_close();
    assert_non_null(sim_disk_file(&disk, "00000001/sealed", &size));
    assert_true(sim_disk_rot(&disk, "00000001/sealed", size - 3));
    struct store *store = open_store();
    assert_true(seen.loads == 0 && seen.shown == 9);
    for (unsigned char i = 1; i < 10; i++) {
        assert_found(store, i);
    }
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_bytes),
        cmocka_unit_test(names),
        cmocka_unit_test_setup_teardown(what_came_since, begin, end),
        cmocka_unit_test_setup_teardown(nothing_new, begin, end),
        cmocka_unit_test_setup_teardown(no_good, begin, end),
        cmocka_unit_test_setup_teardown(on_the_way, begin, end),
        cmocka_unit_test_setup_teardown(seldom, begin, end),
        cmocka_unit_test_setup_teardown(no_room, begin, end),
        cmocka_unit_test_setup_teardown(lost_logs, begin, end),
        cmocka_unit_test_setup_teardown(sealed_ids, begin, end),
        cmocka_unit_test_setup_teardown(sealed_damaged, begin, end),
    };
    log_set_level(LOG_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
