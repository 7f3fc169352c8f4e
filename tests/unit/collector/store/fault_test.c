/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A life of a store on a real disk with a real catalog, in which the n-th allocation fails, or the
 * n-th call of LMDB, for every n: what was acknowledged is there afterwards, once; nothing is
 * leaked; and the store goes on, or says that it cannot.
 *
 * The linker gives us the calls (--wrap).
 */
#include "base/ensure.h"
#include "base/log.h"
#include "lib/cm.h"
#include "lib/fault.h"
#include "store/catalog.h"
#include "store/store.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_body.h"

#include <lmdb.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The calls. ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static bool fail_memory, fail_lmdb; /* Which calls are counted. */
static atomic_long live;            /* Allocations that were not freed. */

void *__wrap_malloc(size_t size)
{
    void *memory = fail_memory && fault_now() ? NULL : __real_malloc(size);
    atomic_fetch_add(&live, memory != NULL);
    return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = fail_memory && fault_now() ? NULL : __real_calloc(count, size);
    atomic_fetch_add(&live, memory != NULL);
    return memory;
}

void *__wrap_realloc(void *memory, size_t size)
{
    void *moved = fail_memory && fault_now() ? NULL : __real_realloc(memory, size);
    atomic_fetch_add(&live, memory == NULL && moved != NULL);
    return moved;
}

void __wrap_free(void *memory)
{
    atomic_fetch_sub(&live, memory != NULL);
    __real_free(memory);
}

static int lmdb_code; /* What a failing call answers. */

#define WRAP(name, parameters, arguments)                                                          \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        return fail_lmdb && fault_now() ? lmdb_code : __real_##name arguments;                     \
    }

WRAP(mdb_env_create, (MDB_env * *env), (env))
WRAP(mdb_env_open, (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode),
     (env, path, flags, mode))
WRAP(mdb_reader_check, (MDB_env * env, int *dead), (env, dead))
WRAP(mdb_txn_begin, (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
     (env, parent, flags, txn))
WRAP(mdb_dbi_open, (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi),
     (txn, name, flags, dbi))
WRAP(mdb_get, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(mdb_put, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags),
     (txn, dbi, key, data, flags))
WRAP(mdb_del, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(mdb_cursor_open, (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor))
WRAP(mdb_cursor_get, (MDB_cursor * cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op),
     (cursor, key, data, op))

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (fail_lmdb && fault_now()) {
        mdb_txn_abort(txn);
        return lmdb_code;
    }
    return __real_mdb_txn_commit(txn);
}

/* ---- A life. ---- */

#define BODIES 40u

struct world {
    char folder[64];
    struct disk disk;
    struct catalog catalog;
    bool has_disk, has_catalog;
    struct store *store;
    uint64_t now_ns;
    bool acked[2 * BODIES];
    unsigned shown[2 * BODIES]; /* Since the store was opened. */
    bool put;                   /* A value was promised to be kept. */
};

static struct world world;

static uint64_t now(void)
{
    return world.now_ns;
}

static void show(void *context, struct slice body)
{
    uint32_t number;
    (void)context;
    memcpy(&number, body.base, sizeof(number));
    assert_true(number < 2 * BODIES);
    world.shown[number]++;
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    uint32_t number;
    (void)context;
    if (frame->body.size == 0) {
        store_body_each(batch, show, NULL); /* Of a sealed segment. */
        return;
    }
    show(NULL, frame->body);
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
    return sink(sink_context, slice_of(world.shown, sizeof(world.shown))) ? STATUS_OK : STATUS_IO;
}

static enum status load(void *context, struct slice bytes, const char **reason)
{
    (void)context;
    *reason = "it is of another size";
    if (bytes.size != sizeof(world.shown)) {
        return STATUS_BAD;
    }
    memcpy(world.shown, bytes.base, bytes.size);
    return STATUS_OK;
}

static bool open_world(void)
{
    char error[512] = "";
    const struct store_observer observer = {
        .apply = apply, .forget = forget, .save = save, .load = load};
    const struct store_options options = {
        .decode = store_body_decode,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
        .save_bytes = 6000,
    };
    struct store_parts parts = {
        .disk = &world.disk,
        .catalog = &world.catalog,
        .wall_ns = now,
        .key = {{1, 2}},
        .id = {3},
        .dedupe_count = 1024,
    };
    memset(world.shown, 0, sizeof(world.shown));
    world.has_disk =
        disk_posix_open(&world.disk, slice_from(world.folder), error, sizeof(error)) == STATUS_OK;
    world.has_catalog =
        world.has_disk && catalog_lmdb_open(&world.catalog, slice_from(world.folder), error,
                                            sizeof(error)) == STATUS_OK;
    bool opened = world.has_catalog && store_open_parts(&world.store, &parts, &options, &observer,
                                                        error, sizeof(error)) == STATUS_OK;
    assert_true(opened || error[0] != '\0'); /* Who refuses says why. */
    return opened;
}

static void close_world(void)
{
    store_close(world.store);
    world.store = NULL;
    if (world.has_catalog) {
        catalog_lmdb_close(&world.catalog);
    }
    if (world.has_disk) {
        disk_posix_close(&world.disk);
    }
    world.has_disk = world.has_catalog = false;
}

static void done(void *context, enum status status)
{
    bool *acked = context;
    *acked = *acked || status == STATUS_OK || status == STATUS_EXISTS;
}

static bool append(uint32_t number)
{
    static unsigned char memory[STORE_BODY_MAX];
    const struct frame frame = {
        .signal = (enum signal)(number % 3),
        .arrival_ns = world.now_ns,
        .body = store_body(number, 500, memory),
    };
    store_append(world.store, &frame, NULL, done, &world.acked[number]);
    (void)store_step(world.store);
    world.now_ns += 1000;
    return world.acked[number];
}

static bool see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    (void)arrival_ns;
    *(size_t *)context += batch->span_count + batch->log_count;
    return true;
}

/* What can be read now; in want of memory it may be less. */
static void read_some(void)
{
    static unsigned char memory[1 << 18];
    struct store_hold *hold = store_hold(world.store);
    for (uint32_t number = 0; hold != NULL && number < BODIES; number += 7) {
        struct id16 id = store_body_id(number);
        struct frame_ref ref;
        struct arena arena;
        size_t records = 0;
        arena_init(&arena, memory, sizeof(memory));
        if (store_find(hold, &id, 1, &ref, 1) > 0) {
            (void)!store_load(hold, ref, &id, 1, &arena, see, &records);
        }
    }
    store_release(hold);
}

/* The store works from the first to the last of these bodies. */
static void work(uint32_t first, uint32_t last)
{
    for (uint32_t number = first; number < last; number++) {
        (void)append(number);
        if (number % 8 == 7) {
            store_seal(world.store);
            world.now_ns += STORE_LOG_GRACE_NS;
        }
    }
    world.put = store_put(world.store, SLICE("key"), SLICE("value")) == STATUS_OK || world.put;
    read_some();
}

static void assert_all_there(void)
{
    unsigned char memory[256];
    struct arena arena;
    struct slice value;
    for (uint32_t number = 0; number < 2 * BODIES; number++) {
        if (world.acked[number] ? world.shown[number] != 1 : world.shown[number] > 1) {
            fail_msg("body %u was acknowledged: %d, and is shown %u times", number,
                     world.acked[number], world.shown[number]);
        }
    }
    arena_init(&arena, memory, sizeof(memory));
    if (world.put) {
        assert_int_equal(store_get(world.store, SLICE("key"), &arena, &value), STATUS_OK);
    }
}

/* ---- Every n. ---- */

static void begin_world(void)
{
    world = (struct world){.now_ns = UINT64_C(1795000000000000000)};
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(world.folder, sizeof(world.folder), "%s/thaw-fault-XXXXXX", place);
    assert_non_null(mkdtemp(world.folder));
}

static void end_world(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", world.folder);
    assert_int_equal(system(command), 0);
}

/* One life before, one in which the n-th call fails, one after; whether it failed. */
static bool lives(unsigned nth, bool *flag)
{
    begin_world();
    assert_true(open_world());
    work(0, BODIES / 2);
    close_world();
    long before = atomic_load(&live);
    *flag = true;
    fault_arm(nth, 1);
    bool opened = open_world();
    if (opened) {
        work(BODIES / 2, BODIES);
    }
    bool fired = fault_fired();
    *flag = false;
    fault_disarm();
    if (opened) {
        /* It goes on, at the latest after a moment. */
        world.now_ns += STORE_SEAL_RETRY_NS;
        assert_true(append(BODIES));
    }
    close_world();
    assert_int_equal(atomic_load(&live), before);
    assert_true(open_world());
    assert_all_there();
    close_world();
    end_world();
    return fired;
}

static void memory_fails(void **state)
{
    unsigned nth = 1;
    (void)state;
    for (; lives(nth, &fail_memory); nth += 1 + nth / 200) {
    }
    print_message("%u allocations\n", nth);
    assert_true(nth > 100);
}

static void lmdb_fails(void **state)
{
    static const int codes[] = {ENOMEM, EIO, ENOSPC, MDB_MAP_FULL, MDB_CORRUPTED};
    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        unsigned nth = 1;
        lmdb_code = codes[i];
        for (; lives(nth, &fail_lmdb); nth += i == 0 ? 1 : 3) {
        }
        print_message("%u calls answer %d\n", nth, codes[i]);
        assert_true(nth > 20);
    }
}

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_OFF);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(lmdb_fails),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
