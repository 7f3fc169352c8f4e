/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a real disk, with its thread. */
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "lib/cm.h"
#include "store/hold.h"
#include "store/store_limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/thaw-store-XXXXXX";

struct seen {
    unsigned count;
    unsigned char last;
    unsigned char deadly; /* A body that begins so ends the process. */
    uint32_t forgotten;
    unsigned ticks;
    struct hash_key secret;
};

static enum status begin(void *context, const struct hash_key *secret)
{
    struct seen *seen = context;
    seen->secret = *secret;
    return STATUS_OK;
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    struct seen *seen = context;
    struct id16 id = {{frame->body.base[0]}};
    (void)batch;
    if (seen->deadly != 0 && frame->body.base[0] == seen->deadly) {
        _exit(1);
    }
    store_note(store, id, ref);
    seen->count++;
    seen->last = frame->body.base[0];
}

static void forget(void *context, uint32_t segment_last)
{
    struct seen *seen = context;
    seen->forgotten = segment_last;
}

/* Wants the recovery to end once two frames were shown. */
static bool stopping(void *context)
{
    const struct seen *seen = context;
    return seen->count >= 2;
}

static struct store *open_store(struct seen *seen, uint64_t retention)
{
    struct store *store = NULL;
    char error[512] = "";
    struct store_options options = {
        .path = slice_from(folder),
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .retention_bytes_max = retention,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {
        .context = seen, .begin = begin, .apply = apply, .forget = forget};
    enum status status = store_open(&store, &options, &observer, error, sizeof(error));
    if (status != STATUS_OK) {
        fail_msg("%s", error);
    }
    return store;
}

struct wait {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool done;
    enum status status;
};

static void done(void *context, enum status status)
{
    struct wait *wait = context;
    (void)pthread_mutex_lock(&wait->mutex);
    wait->done = true;
    wait->status = status;
    (void)pthread_cond_signal(&wait->cond);
    (void)pthread_mutex_unlock(&wait->mutex);
}

static enum status append(struct store *store, unsigned char first, size_t size)
{
    static unsigned char body[1 << 16];
    struct wait wait = {.mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    for (size_t i = 0; i < size; i++) {
        body[i] = (unsigned char)(first + i * i / 7 * first);
    }
    body[0] = first;
    struct frame frame = {
        .signal = SIGNAL_TRACES, .arrival_ns = clock_wall_ns(), .body = slice_of(body, size)};
    store_append(store, &frame, NULL, done, &wait);
    (void)pthread_mutex_lock(&wait.mutex);
    while (!wait.done) {
        (void)pthread_cond_wait(&wait.cond, &wait.mutex);
    }
    (void)pthread_mutex_unlock(&wait.mutex);
    return wait.status;
}

/* A secret is made once: what is remembered by keyed hashes is still recognised after a restart. */
static void test_secret(void **state)
{
    struct seen seen[2] = {{.count = 0}, {.count = 0}};
    struct id16 hashes[2];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct store *store = open_store(&seen[i], 0);
        hashes[i] = store_hash(store, SLICE("a body"));
        store_close(store);
    }
    static const struct hash_key zero;
    assert_memory_equal(&seen[0].secret, &seen[1].secret, sizeof(struct hash_key));
    assert_memory_not_equal(&seen[0].secret, &zero, sizeof(zero));
    assert_memory_equal(&hashes[0], &hashes[1], sizeof(hashes[0]));
}

/* An observer that cannot begin is shown nothing. */
static enum status begin_full(void *context, const struct hash_key *secret)
{
    (void)context;
    (void)secret;
    return STATUS_FULL;
}

static void test_begin_fails(void **state)
{
    struct seen seen = {.count = 0};
    struct store *store = NULL;
    char error[512] = "";
    struct store_options options = {
        .path = slice_from(folder),
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {
        .context = &seen, .begin = begin_full, .apply = apply, .forget = forget};
    (void)state;
    assert_int_equal(store_open(&store, &options, &observer, error, sizeof(error)), STATUS_FULL);
    assert_true(strlen(error) > 0);
    assert_int_equal(seen.count, 0);
}

/* What was acknowledged is found, read, and there again after a restart; once. */
static void test_life(void **state)
{
    struct seen seen = {.count = 0};
    struct frame_ref refs[2];
    struct frame frame;
    static unsigned char memory[1 << 16];
    struct arena arena;
    (void)state;
    struct store *store = open_store(&seen, 0);
    assert_int_equal(append(store, 7, 1000), STATUS_OK);
    assert_int_equal(append(store, 7, 1000), STATUS_EXISTS);
    assert_int_equal(seen.count, 1);
    store_close(store);

    seen = (struct seen){.count = 0};
    store = open_store(&seen, 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(append(store, 7, 1000), STATUS_EXISTS);
    struct id16 id = {{7}};
    struct store_hold *hold = store_hold(store);
    assert_int_equal(store_find(hold, &id, 1, refs, 2), 1);
    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(hold_frame(hold, refs[0], &arena, &frame), STATUS_OK);
    assert_int_equal(frame.body.size, 1000);
    assert_int_equal(frame.signal, SIGNAL_TRACES);
    arena_init(&arena, memory, 900);
    assert_int_equal(hold_frame(hold, refs[0], &arena, &frame), STATUS_FULL);
    refs[0].offset++;
    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(hold_frame(hold, refs[0], &arena, &frame), STATUS_BAD);
    refs[0].segment = 99;
    assert_int_equal(hold_frame(hold, refs[0], &arena, &frame), STATUS_NOT_FOUND);
    store_release(hold);
    store_close(store);
    store_close(NULL);
}

/* Primary state stays, and a key that was never put is not found. */
static void test_state(void **state)
{
    struct seen seen = {.count = 0};
    static unsigned char memory[4096];
    struct arena arena;
    struct slice value;
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    struct store *store = open_store(&seen, 0);
    assert_int_equal(store_get(store, SLICE("a"), &arena, &value), STATUS_NOT_FOUND);
    assert_int_equal(store_put(store, SLICE("a"), SLICE("one")), STATUS_OK);
    assert_int_equal(store_put(store, SLICE("a"), SLICE("two")), STATUS_OK);
    assert_int_equal(store_put(store, SLICE("empty"), SLICE_EMPTY), STATUS_OK);
    store_close(store);
    store = open_store(&seen, 0);
    assert_int_equal(store_get(store, SLICE("a"), &arena, &value), STATUS_OK);
    assert_slice(value, "two");
    assert_int_equal(store_get(store, SLICE("empty"), &arena, &value), STATUS_OK);
    assert_slice(value, "");
    char key[STORE_KEY_SIZE_MAX + 1];
    memset(key, 'k', sizeof(key));
    assert_int_equal(store_put(store, slice_of(key, sizeof(key)), SLICE("x")), STATUS_FULL);
    store_close(store);
}

/* A second store on the same directory is refused in words. */
static void test_lock(void **state)
{
    struct seen seen = {.count = 0};
    struct store *second = NULL;
    char error[256];
    (void)state;
    struct store *store = open_store(&seen, 0);
    struct store_options options = {.path = slice_from(folder),
                                    .segment_bytes_max = STORE_SEGMENT_SIZE_MIN};
    struct store_observer observer = {.context = &seen, .apply = apply, .forget = forget};
    assert_int_equal(store_open(&second, &options, &observer, error, sizeof(error)), STATUS_EXISTS);
    assert_non_null(strstr(error, "in use"));
    store_close(store);
}

/* Retention drops the oldest segments and tells the observer. */
static void test_retention(void **state)
{
    struct seen seen = {.count = 0};
    struct store_stats stats;
    (void)state;
    struct store *store = open_store(&seen, 4 * STORE_SEGMENT_SIZE_MIN);
    for (unsigned i = 0; i < 60; i++) {
        assert_int_equal(append(store, (unsigned char)(100 + i), 1500), STATUS_OK);
    }
    store_stats(store, &stats);
    assert_true(stats.bytes <= 6 * STORE_SEGMENT_SIZE_MIN);
    assert_true(seen.forgotten > 0);
    struct id16 id = {{100}};
    assert_false(store_knows(store, id));
    store_close(store);
    struct seen again = {.count = 0};
    store = open_store(&again, 4 * STORE_SEGMENT_SIZE_MIN);
    assert_int_equal(again.count, stats.frames);
    assert_int_equal(again.last, 159);
    store_close(store);
}

/* A frame that ends two recoveries is set aside in the third, and the rest is served. */
static void test_deadly_frame(void **state)
{
    struct seen seen = {.count = 0};
    struct store_stats stats;
    (void)state;
    struct store *store = open_store(&seen, 0);
    assert_int_equal(append(store, 201, 500), STATUS_OK);
    assert_int_equal(append(store, 202, 500), STATUS_OK);
    assert_int_equal(append(store, 203, 500), STATUS_OK);
    unsigned all = seen.count;
    store_close(store);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct seen deadly = {.deadly = 202};
            (void)open_store(&deadly, 0);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    }
    seen = (struct seen){.deadly = 202};
    store = open_store(&seen, 0);
    store_stats(store, &stats);
    assert_int_equal(seen.count, all - 1);
    assert_int_equal(stats.quarantined, 1);
    assert_int_equal(seen.last, 203);
    store_close(store);
}

static enum status save(void *context, store_sink *sink, void *sink_context)
{
    (void)context;
    return sink(sink_context, SLICE("all")) ? STATUS_OK : STATUS_IO;
}

/* Ends the process when deadly is not 0. */
static enum status load(void *context, struct slice bytes, const char **reason)
{
    struct seen *seen = context;
    if (seen->deadly != 0) {
        _exit(1);
    }
    *reason = "another one";
    return slice_equal(bytes, SLICE("all")) ? STATUS_OK : STATUS_BAD;
}

static struct store *open_saved(struct seen *seen)
{
    struct store *store = NULL;
    char error[512] = "";
    struct store_options options = {
        .path = slice_from(folder),
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {
        .context = seen, .apply = apply, .forget = forget, .save = save, .load = load};
    assert_int_equal(store_open(&store, &options, &observer, error, sizeof(error)), STATUS_OK);
    return store;
}

/* What was saved and ends two starts is left alone, and every frame is shown. */
static void test_deadly_state(void **state)
{
    struct seen seen = {.count = 0};
    struct store_stats stats;
    (void)state;
    struct store *store = open_saved(&seen);
    assert_int_equal(append(store, 231, 500), STATUS_OK);
    store_stats(store, &stats);
    uint64_t frames = stats.frames;
    store_close(store);
    seen = (struct seen){.count = 0};
    store = open_saved(&seen);
    assert_int_equal(seen.count, 0);
    store_close(store);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct seen deadly = {.deadly = 1};
            (void)open_saved(&deadly);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    }
    seen = (struct seen){.deadly = 1};
    store = open_saved(&seen);
    store_stats(store, &stats);
    assert_int_equal(stats.recovered_frames, frames);
    store_close(store);
}

/* A recovery ends between two frames when its observer wants that, as often as it does; no frame is
 * blamed for it, and the next recovery shows everything. */
static void test_stopping(void **state)
{
    struct seen seen = {.count = 0};
    struct store_stats stats;
    (void)state;
    struct store *store = open_store(&seen, 0);
    assert_int_equal(append(store, 221, 500), STATUS_OK);
    assert_int_equal(append(store, 222, 500), STATUS_OK);
    assert_int_equal(append(store, 223, 500), STATUS_OK);
    store_stats(store, &stats);
    uint64_t frames = stats.frames;
    uint64_t quarantined = stats.quarantined;
    store_close(store);
    for (int i = 0; i < 3; i++) {
        char error[256];
        struct store_options options = {.path = slice_from(folder),
                                        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN};
        struct store_observer observer = {
            .context = &seen, .apply = apply, .forget = forget, .stopping = stopping};
        seen = (struct seen){.count = 0};
        assert_int_equal(store_open(&store, &options, &observer, error, sizeof(error)),
                         STATUS_CLOSED);
        assert_int_equal(seen.count, 2);
    }
    seen = (struct seen){.count = 0};
    store = open_store(&seen, 0);
    store_stats(store, &stats);
    assert_int_equal(seen.last, 223);
    assert_int_equal(stats.frames, frames);
    assert_int_equal(stats.quarantined, quarantined);
    store_close(store);
}

/* More than may wait is refused at once, and what waits is kept. */
static void test_pending(void **state)
{
    struct seen seen = {.count = 0};
    struct store *store = NULL;
    char error[256];
    (void)state;
    struct store_options options = {.path = slice_from(folder),
                                    .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
                                    .pending_bytes_max = 200};
    struct store_observer observer = {.context = &seen, .apply = apply, .forget = forget};
    assert_int_equal(store_open(&store, &options, &observer, error, sizeof(error)), STATUS_OK);
    assert_int_equal(append(store, 210, 5000), STATUS_FULL);
    assert_int_equal(append(store, 210, 20), STATUS_OK);
    store_close(store);
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),        cmocka_unit_test(test_state),
        cmocka_unit_test(test_lock),        cmocka_unit_test(test_deadly_frame),
        cmocka_unit_test(test_retention),   cmocka_unit_test(test_pending),
        cmocka_unit_test(test_stopping),    cmocka_unit_test(test_secret),
        cmocka_unit_test(test_begin_fails), cmocka_unit_test(test_deadly_state),
    };
    log_set_level(LOG_OFF);
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
