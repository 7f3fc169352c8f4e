/* SPDX-License-Identifier: Apache-2.0 */
/* A data directory on a simulated disk is damaged in every region of every kind of file. */
#include "check/check.h"

#include "base/log.h"
#include "base/prng.h"
#include "lib/cm.h"
#include "store/hold.h"
#include "store/sealed_format.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_body.h"
#include "store_disk.h"

#include <stdio.h>
#include <string.h>

static struct sim_disk disk;
static uint64_t now_ns;
static uint32_t newest; /* Segment. */

static uint64_t now(void)
{
    return now_ns;
}

/* ---- What a check finds. ---- */

struct seen {
    struct check_totals totals;
    unsigned segments, sealed;
    char file[STORE_PATH_SIZE]; /* Of the first damage. */
    uint64_t offset, size;
    char all[4096];
};

static struct seen seen;

static void see_finding(void *context, const struct check_finding *finding)
{
    struct seen *into = context;
    size_t used = strlen(into->all);
    if (finding->grade == CHECK_DAMAGE && into->file[0] == '\0') {
        (void)snprintf(into->file, sizeof(into->file), "%s", finding->file);
        into->offset = finding->placed ? finding->offset : 0;
        into->size = finding->size;
    }
    (void)snprintf(into->all + used, sizeof(into->all) - used, "%s: %s; ", finding->file,
                   finding->what);
    assert_true(finding->what[0] != '\0' && finding->means[0] != '\0');
}

static void see_segment(void *context, const struct check_segment *segment)
{
    struct seen *into = context;
    into->segments++;
    into->sealed += segment->has_sealed;
}

static enum check_verdict check(void)
{
    const struct check_sink sink = {
        .context = &seen, .finding = see_finding, .segment = see_segment};
    const struct check_options options = {
        .disk = &disk.disk, .catalog = &disk.catalog, .decode = store_body_decode};
    seen = (struct seen){.segments = 0};
    assert_int_equal(check_run(&options, &sink, &seen.totals), STATUS_OK);
    return check_verdict(&seen.totals);
}

static void damaged(const char *file)
{
    if (check() != CHECK_DAMAGED || strstr(seen.file, file) == NULL) {
        fail_msg("%s is damaged, and this was found: %s", file, seen.all);
    }
}

/* ---- A store with everything that a data directory may hold. ---- */

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    uint32_t number;
    (void)context;
    (void)batch;
    memcpy(&number, frame->body.base, sizeof(number));
    store_note(store, store_body_id(number), ref);
}

static void forget(void *context, uint32_t segment_last)
{
    (void)context;
    (void)segment_last;
}

static enum status save(void *context, store_sink *sink, void *sink_context)
{
    (void)context;
    return sink(sink_context, SLICE("what the observer knows")) ? STATUS_OK : STATUS_IO;
}

static enum status load(void *context, struct slice bytes, const char **reason)
{
    (void)context;
    (void)bytes;
    (void)reason;
    return STATUS_OK;
}

static void done(void *context, enum status status)
{
    *(enum status *)context = status;
}

static void append(struct store *store, uint32_t number)
{
    unsigned char memory[STORE_BODY_MAX];
    enum status status = STATUS_AGAIN;
    struct frame frame = {
        .signal = (enum signal)(number % 3),
        .arrival_ns = now_ns,
        .body = store_body(number, 250, memory),
    };
    store_append(store, &frame, NULL, done, &status);
    (void)store_step(store);
    assert_int_equal(status, STATUS_OK);
    now_ns += 1000;
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {
        .disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now, .id = {7}, .key = {{3, 4}}};
    struct store_options options = {
        .decode = store_body_decode,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {.apply = apply, .forget = forget, .save = save, .load = load};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

/* Segments 1 and 2 are sealed and have no log, segment 3 has both, 4 and 5 have logs; and a view.
 */
static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_OFF);
    now_ns = UINT64_C(1795000000000000000);
    sim_disk_init(&disk, 1);
    struct store *store = open_store();
    uint32_t number = 0;
    for (; number < 30; number++) {
        append(store, number);
    }
    store_seal(store);
    store_seal(store);
    store_seal(store);
    now_ns += 2 * STORE_LOG_GRACE_NS;
    for (; number < 60; number++) {
        append(store, number);
    }
    store_seal(store);
    store_close(store);
    (void)check();
    newest = seen.segments;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_disk_fini(&disk);
    return 0;
}

struct name_of {
    const char *front;
    char name[STORE_PATH_SIZE];
};

static void find_name(void *context, const char *name)
{
    struct name_of *of = context;
    if (strncmp(name, of->front, strlen(of->front)) == 0 ||
        strcmp(name + strlen(name) - strlen(of->front), of->front) == 0) {
        (void)snprintf(of->name, sizeof(of->name), "%s", name);
    }
}

/* The path of a file of a segment, and of the view. */
static void path_of(uint32_t segment, const char *kind, char path[2 * STORE_PATH_SIZE])
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%08u", segment);
    struct name_of of = {.front = number};
    assert_int_equal(disk.disk.list(&disk, "segments", find_name, &of), STATUS_OK);
    (void)snprintf(path, 2 * STORE_PATH_SIZE, "segments/%s/%s", of.name, kind);
}

static void path_of_view(char path[2 * STORE_PATH_SIZE])
{
    struct name_of of = {.front = "view-"};
    assert_int_equal(disk.disk.list(&disk, ".", find_name, &of), STATUS_OK);
    (void)snprintf(path, 2 * STORE_PATH_SIZE, "%s", of.name);
}

/* ---- Tests. ---- */

/* What a store leaves is good, and everything in it is seen. */
static void whole(void **state)
{
    (void)state;
    if (check() != CHECK_GOOD) {
        fail_msg("%s", seen.all);
    }
    assert_true(seen.segments >= 5);
    assert_true(seen.sealed >= 2 && seen.sealed < seen.segments);
    assert_int_equal(seen.totals.store[0], 7);
}

/* One wrong bit in a file is found, in that file, wherever it is. */
static void flips_in(const char *path, uint64_t every)
{
    size_t size = 0;
    assert_non_null(sim_disk_file(&disk, path, &size));
    for (uint64_t at = 0; at < size; at += at < 128 || size - at < 256 ? 1 : every) {
        assert_true(sim_disk_rot(&disk, path, at));
        damaged(path);
        assert_true(sim_disk_rot(&disk, path, at));
    }
    assert_int_equal(check(), CHECK_GOOD);
}

static void flips_in_sealed(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of(1, "sealed", path);
    flips_in(path, 7);
}

static void flips_in_log(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of(newest - 1, "log", path);
    flips_in(path, 11);
}

/* Of the newest log a saved view says what was kept. */
static void flips_in_newest_log(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of(newest, "log", path);
    size_t size = 0;
    assert_non_null(sim_disk_file(&disk, path, &size));
    for (uint64_t at = FRAME_LOG_HEAD_SIZE; at < size; at += 5) {
        assert_true(sim_disk_rot(&disk, path, at));
        assert_int_equal(check(), CHECK_DAMAGED);
        assert_true(sim_disk_rot(&disk, path, at));
    }
}

static void flips_in_view(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of_view(path);
    flips_in(path, 3);
}

/* A damage is named with its place. */
static void place_of_damage(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of(newest - 1, "log", path);
    uint64_t at = FRAME_LOG_HEAD_SIZE + FRAME_HEAD_SIZE + 20;
    assert_true(sim_disk_rot(&disk, path, at));
    damaged(path);
    assert_int_equal(seen.offset, FRAME_LOG_HEAD_SIZE);
    assert_true(seen.size > FRAME_HEAD_SIZE && seen.size < 1000);
    assert_true(sim_disk_rot(&disk, path, at));
}

/* A file that ends early is found, wherever it ends; so is one that is longer. */
static void truncated(const char *path)
{
    size_t size = 0;
    int file;
    static unsigned char bytes[1 << 16];
    const unsigned char *content = sim_disk_file(&disk, path, &size);
    assert_true(content != NULL && size <= sizeof(bytes));
    memcpy(bytes, content, size);
    assert_int_equal(disk.disk.open(&disk, path, false, &file), STATUS_OK);
    for (size_t left = size; left-- > 0; left -= left < 17 ? left : 17) {
        assert_int_equal(disk.disk.truncate(&disk, file, left), STATUS_OK);
        damaged(path);
        if (left == 0) {
            break;
        }
    }
    assert_int_equal(disk_write_all(&disk.disk, file, 0, slice_of(bytes, size)), STATUS_OK);
    disk.disk.close(&disk, file);
    assert_int_equal(check(), CHECK_GOOD);
}

static void truncations(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of(1, "sealed", path);
    truncated(path);
    path_of(newest - 1, "log", path);
    truncated(path);
    path_of_view(path);
    truncated(path);
}

/* A file that a listed segment had and has no more. */
static void missing(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    (void)state;
    path_of(2, "sealed", path);
    assert_int_equal(disk.disk.remove_file(&disk, path), STATUS_OK);
    damaged("catalog.lmdb");
    assert_non_null(strstr(seen.all, "has no sealed file"));
    char *end = path + strlen(path) - strlen("/sealed");
    *end = '\0';
    assert_non_null(strstr(seen.all, "neither a log nor a sealed file"));
    assert_int_equal(disk.disk.remove_directory(&disk, path), STATUS_OK);
    damaged("catalog.lmdb");
    assert_non_null(strstr(seen.all, "is listed, and is not there"));
}

/* What nobody knows is told, and is no damage. */
static void unknown(void **state)
{
    int file;
    (void)state;
    assert_int_equal(disk.disk.open(&disk, "notes.txt", true, &file), STATUS_OK);
    disk.disk.close(&disk, file);
    assert_int_equal(disk.disk.open(&disk, "segments/core", true, &file), STATUS_OK);
    disk.disk.close(&disk, file);
    assert_int_equal(check(), CHECK_GOOD);
    assert_non_null(strstr(seen.all, "notes.txt: it is unknown"));
    assert_non_null(strstr(seen.all, "segments/core: it is no segment"));
}

/* What was written and not finished when the process died is no damage. */
static void torn_tail(void **state)
{
    char path[2 * STORE_PATH_SIZE];
    size_t size = 0;
    int file;
    (void)state;
    path_of(newest, "log", path);
    assert_non_null(sim_disk_file(&disk, path, &size));
    assert_int_equal(disk.disk.open(&disk, path, false, &file), STATUS_OK);
    assert_int_equal(disk_write_all(&disk.disk, file, size, SLICE("\xf7\x54\x46\x01 half")),
                     STATUS_OK);
    assert_int_equal(check(), CHECK_GOOD);
    assert_non_null(strstr(seen.all, "behind the last frame"));
    assert_int_equal(disk.disk.truncate(&disk, file, size), STATUS_OK);
    disk.disk.close(&disk, file);
}

/* What the catalog says of itself is looked at. */
static void catalog(void **state)
{
    (void)state;
    assert_int_equal(disk.catalog.put(&disk, SLICE("segment/00000001"), SLICE("nonsense")),
                     STATUS_OK);
    damaged("catalog.lmdb");
    assert_int_equal(disk.catalog.remove(&disk, SLICE("segment/00000001")), STATUS_OK);
    assert_int_equal(disk.catalog.put(&disk, SLICE("store"), SLICE("0123456789abcdef")), STATUS_OK);
    assert_int_equal(check(), CHECK_DAMAGED);
}

/* A disk that refuses is not a damage, and not good. */
static void refused(void **state)
{
    (void)state;
    unsigned unreadable = 0;
    for (unsigned nth = 1; nth < 60; nth++) {
        disk.failed = false;
        disk.fail_at = disk.calls + nth;
        enum check_verdict verdict = check();
        bool fired = disk.failed;
        disk.fail_at = 0;
        unreadable += verdict == CHECK_CANNOT_READ;
        assert_true(!fired || verdict != CHECK_GOOD);
        assert_int_equal(disk.open_count, 0);
    }
    assert_true(unreadable > 10);
    assert_int_equal(check(), CHECK_GOOD);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(whole),         TEST(flips_in_sealed), TEST(flips_in_log), TEST(flips_in_newest_log),
        TEST(flips_in_view), TEST(place_of_damage), TEST(truncations),  TEST(missing),
        TEST(unknown),       TEST(torn_tail),       TEST(catalog),      TEST(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
