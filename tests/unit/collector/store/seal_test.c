/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that are sealed, on a simulated disk that a test can scratch. */
#include "store/store.h"

#include "base/ensure.h"
#include "base/log.h"
#include "columns/columns_limits.h"
#include "lib/cm.h"
#include "store/hold.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_disk.h"

#include <stdio.h>
#include <string.h>

#define BODY_SIZE 900

struct seen {
    unsigned count;
    unsigned times[256]; /* Bodies that begin so. */
};

static struct sim_disk disk;
static struct seen seen;
static uint64_t now_ns;
static unsigned decoded; /* Bodies so far. */

static uint64_t now(void)
{
    return now_ns;
}

static struct id16 id_of(unsigned char first)
{
    struct id16 id = {{first, 1}};
    return id;
}

/* More spans, each of a scope of its own, than a table has room for. */
static void decode_scopes(struct batch *batch)
{
    static char names[SHAPE_COUNT_MAX + 1][24];
    static struct scope scopes[SHAPE_COUNT_MAX + 1];
    static struct span spans[SHAPE_COUNT_MAX + 1];
    for (size_t i = 0; i <= SHAPE_COUNT_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        scopes[i].name = slice_from(names[i]);
        spans[i] = (struct span){.resource = batch->resources, .scope = &scopes[i]};
    }
    batch->spans = spans;
    batch->span_count = SHAPE_COUNT_MAX + 1;
}

/* A body is one span that has it as an attribute; what begins with 'x' is none, 'y' too much. */
static bool decode(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    static const struct scope scope;
    decoded++;
    struct resource *resource = arena_alloc_array(arena, 1, sizeof(*resource));
    struct attr *attr = arena_alloc_array(arena, 1, sizeof(*attr));
    struct span *span = arena_alloc_array(arena, 1, sizeof(*span));
    if (resource == NULL || attr == NULL || span == NULL || body.base[0] == 'x') {
        return false;
    }
    *attr = (struct attr){.key = SLICE("body"), .value = {.kind = VALUE_STRING, .text = body}};
    *span = (struct span){
        .resource = resource,
        .scope = &scope,
        .trace_id = id_of(body.base[0]),
        .span_id = {{1}},
        .start_ns = UINT64_C(1795000000000000000) + body.base[0],
        .attrs = {.items = attr, .count = 1},
    };
    *batch = (struct batch){
        .signal = signal,
        .resources = resource,
        .resource_count = 1,
        .spans = span,
        .span_count = 1,
    };
    if (body.base[0] == 'y') {
        decode_scopes(batch);
    }
    return true;
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    struct seen *into = context;
    unsigned count = 1;
    for (unsigned i = 0; i < count; i++) {
        unsigned char first = frame->body.size > 0
                                  ? frame->body.base[0]
                                  : batch->spans[i].attrs.items[0].value.text.base[0];
        count = frame->body.size > 0 ? 1 : (unsigned)batch->span_count;
        into->count++;
        into->times[first]++;
        store_note(store, id_of(first), ref);
    }
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
    struct store_observer observer = {.context = &seen, .apply = apply, .forget = forget};
    seen = (struct seen){.count = 0};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

static void done(void *context, enum status status)
{
    *(enum status *)context = status;
}

/* Append a body with a batch; without one of its own, with what it decodes to. */
static enum status append_signal(struct store *store, enum signal signal, unsigned char first,
                                 const struct batch *batch, bool decodes)
{
    static unsigned char memory[1 << 12];
    struct arena arena;
    struct batch own = {.signal = signal, .point_count = 1};
    unsigned char body[BODY_SIZE];
    struct prng prng;
    enum status status = STATUS_AGAIN;
    prng_init(&prng, first);
    prng_fill(&prng, body, sizeof(body));
    body[0] = first;
    struct frame frame = {
        .signal = signal, .arrival_ns = now_ns, .body = slice_of(body, sizeof(body))};
    arena_init(&arena, memory, sizeof(memory));
    if (decodes) {
        assert_true(signal == SIGNAL_METRICS || decode(signal, frame.body, &arena, &own));
        batch = &own;
    }
    store_append(store, &frame, batch, done, &status);
    (void)store_step(store);
    now_ns++;
    return status;
}

static enum status append_batch(struct store *store, unsigned char first, const struct batch *batch)
{
    return append_signal(store, SIGNAL_TRACES, first, batch, false);
}

static enum status append(struct store *store, unsigned char first)
{
    return append_batch(store, first, NULL);
}

/* Bodies from first up to last, a segment for about every four of them. */
static void fill(struct store *store, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++) {
        assert_int_equal(append(store, (unsigned char)i), STATUS_OK);
    }
}

static void seal_all(struct store *store)
{
    for (unsigned i = 0; i < 50; i++) {
        store_seal(store);
    }
}

static bool see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    unsigned char *first = context;
    assert_in_range(arrival_ns, 1, now_ns);
    assert_int_equal(batch->span_count, 1);
    *first = batch->spans[0].attrs.items[0].value.text.base[0];
    return true;
}

/* Look a body up and read it: STATUS_NOT_FOUND if it is not found. */
static enum status read_back(struct store *store, unsigned char first)
{
    static unsigned char memory[1 << 18];
    struct arena arena;
    struct frame_ref ref;
    struct id16 id = id_of(first);
    unsigned char read = 0;
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    arena_init(&arena, memory, sizeof(memory));
    enum status status = STATUS_NOT_FOUND;
    if (store_find(hold, &id, 1, &ref, 1) == 1) {
        status = store_load(hold, ref, &id, 1, &arena, see, &read);
    }
    store_release(hold);
    if (status == STATUS_OK) {
        assert_int_equal(read, first);
    }
    return status;
}

static void all_there(struct store *store, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++) {
        assert_int_equal(read_back(store, (unsigned char)i), STATUS_OK);
    }
}

static unsigned sealed_count(struct store *store)
{
    struct store_stats stats;
    store_stats(store, &stats);
    return stats.sealed;
}

static bool has_log(unsigned number)
{
    char path[32];
    size_t size;
    (void)snprintf(path, sizeof(path), "%08u/log", number);
    return sim_disk_file(&disk, path, &size) != NULL;
}

static int begin(void **state)
{
    (void)state;
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

/* What is sealed is found as before; its log stays for a minute and goes; a start shows all of it.
 */
static void test_life(void **state)
{
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 40);
    assert_int_equal(sealed_count(store), 0);
    seal_all(store);
    unsigned sealed = sealed_count(store);
    assert_true(sealed >= 7);
    all_there(store, 1, 40);
    assert_true(has_log(1));
    now_ns += STORE_LOG_GRACE_NS - 100;
    store_seal(store);
    assert_true(has_log(1));
    now_ns += 100;
    store_seal(store);
    assert_false(has_log(1));
    assert_true(has_log(sealed + 1)); /* That is written to. */
    all_there(store, 1, 40);
    assert_int_equal(read_back(store, 41), STATUS_NOT_FOUND);
    store_close(store);

    store = open_store();
    assert_int_equal(seen.count, 40);
    assert_int_equal(sealed_count(store), sealed);
    all_there(store, 1, 40);
    fill(store, 41, 60);
    seal_all(store);
    all_there(store, 1, 60);
    store_close(store);
}

/* Who holds the store finds what it held, whatever is sealed meanwhile, and nothing twice. */
static void test_hold(void **state)
{
    static unsigned char memory[1 << 18];
    struct arena arena;
    struct frame_ref refs[2];
    struct id16 id = id_of(1);
    unsigned char read = 0;
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 9);
    struct store_hold *before = store_hold(store);
    assert_int_equal(store_find(before, &id, 1, refs, 2), 1);
    store_seal(store);
    store_seal(store);
    struct store_hold *after = store_hold(store);
    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(store_find(before, &id, 1, refs, 2), 1);
    assert_int_equal(store_load(before, refs[0], &id, 1, &arena, see, &read), STATUS_OK);
    assert_int_equal(store_find(after, &id, 1, refs, 2), 1);
    assert_int_equal(store_load(after, refs[0], &id, 1, &arena, see, &read), STATUS_OK);
    store_release(before);
    store_release(after);
    store_release(NULL);
    store_close(store);
}

/* Many ids are looked for at once, in any order, some of them twice or nowhere: each place is found
 * once. */
static void test_many_ids(void **state)
{
    static struct id16 ids[5000];
    struct frame_ref refs[300];
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 100);
    seal_all(store);
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    for (unsigned i = 0; i < 5000; i++) {
        ids[i] = id_of((unsigned char)(i * 7));
        ids[i].bytes[2] = i % 4 == 0 ? 0 : (unsigned char)i;
        ids[i].bytes[3] = i % 4 == 0 ? 0 : (unsigned char)(i >> 8);
    }
    size_t several = 0;
    for (unsigned i = 1; i <= 100; i++) {
        struct id16 id = id_of((unsigned char)i);
        bool asked = false;
        for (unsigned k = 0; k < 5000 && !asked; k++) {
            asked = memcmp(&ids[k], &id, sizeof(id)) == 0;
        }
        several += asked;
    }
    assert_true(several > 20);
    size_t found = store_find(hold, ids, 5000, refs, 300);
    struct frame_ref single[2];
    size_t places = 0;
    for (size_t i = 0; i < found; i++) {
        bool wanted = false;
        for (unsigned k = 1; k <= 100; k++) {
            struct id16 id = id_of((unsigned char)k);
            size_t count = store_find(hold, &id, 1, single, 2);
            assert_int_equal(count, 1);
            wanted = wanted ||
                     (single[0].segment == refs[i].segment && single[0].offset == refs[i].offset);
        }
        assert_true(wanted);
        assert_true(i == 0 || refs[i - 1].segment < refs[i].segment ||
                    refs[i - 1].offset < refs[i].offset);
        places++;
    }
    /* Several of them may lie in one block. */
    assert_true(places > 5 && places <= several);
    assert_int_equal(store_find(hold, ids, 0, refs, 300), 0);
    store_release(hold);
    store_close(store);
}

/* A sealed file that is damaged is not used while its log is there. */
static void test_damaged_with_log(void **state)
{
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 9);
    seal_all(store);
    store_close(store);
    size_t size;
    assert_non_null(sim_disk_file(&disk, "00000001/sealed", &size));
    assert_true(sim_disk_rot(&disk, "00000001/sealed", size - 3));
    store = open_store();
    assert_int_equal(seen.count, 9);
    all_there(store, 1, 9);
    struct store_stats stats;
    store_stats(store, &stats);
    assert_int_equal(stats.quarantined, 1);
    store_close(store);
}

/* Without a log it is set aside and said so, and everything else is served. */
static void test_damaged_without_log(void **state)
{
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 20);
    seal_all(store);
    now_ns += STORE_LOG_GRACE_NS;
    store_seal(store);
    assert_false(has_log(1));
    store_close(store);
    assert_true(sim_disk_rot(&disk, "00000001/sealed", 20));
    store = open_store();
    assert_true(seen.count >= 12 && seen.count < 20);
    struct store_stats stats;
    store_stats(store, &stats);
    assert_int_equal(stats.quarantined, 1);
    assert_int_equal(read_back(store, 1), STATUS_NOT_FOUND);
    assert_int_equal(read_back(store, 20), STATUS_OK);
    assert_int_equal(append(store, 21), STATUS_OK);
    store_close(store);
}

/* A block that is damaged is found when it is read. */
static void test_damaged_block(void **state)
{
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 20);
    seal_all(store);
    assert_true(sim_disk_rot(&disk, "00000001/sealed", 300));
    assert_int_equal(read_back(store, 1), STATUS_IO);
    assert_int_equal(read_back(store, 20), STATUS_OK);
    store_close(store);
}

/* A body that comes again within minutes is a repetition, also when its log is gone and the store
 * was opened again. */
static void test_repeated(void **state)
{
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 9);
    seal_all(store);
    now_ns += STORE_LOG_GRACE_NS;
    store_seal(store);
    assert_false(has_log(1));
    assert_int_equal(append(store, 1), STATUS_EXISTS);
    store_close(store);
    store = open_store();
    assert_int_equal(append(store, 1), STATUS_EXISTS);
    now_ns += STORE_DEDUPE_NS_MAX;
    assert_int_equal(append(store, 1), STATUS_OK);
    store_close(store);
}

/* What does not decode is kept as it is, and shown to the observer at the next start. */
static void test_undecodable(void **state)
{
    (void)state;
    struct store *store = open_store();
    assert_int_equal(append(store, 'x'), STATUS_OK);
    fill(store, 1, 9);
    seal_all(store);
    now_ns += STORE_LOG_GRACE_NS;
    store_seal(store);
    assert_false(has_log(1));
    assert_true(store_knows(store, id_of('x')));
    store_close(store);
    store = open_store();
    assert_int_equal(seen.count, 10);
    assert_int_equal(seen.times['x'], 1);
    assert_true(store_knows(store, id_of('x')));
    store_close(store);
}

/* A segment whose sealing has ended the process twice is left as it is. */
static void test_attempts(void **state)
{
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 20);
    unsigned char count = STORE_SEAL_ATTEMPTS_MAX;
    assert_int_equal(disk.catalog.put(&disk, SLICE("sealing/00000001"), slice_of(&count, 1)),
                     STATUS_OK);
    seal_all(store);
    assert_true(sealed_count(store) >= 2);
    now_ns += STORE_LOG_GRACE_NS;
    store_seal(store);
    assert_true(has_log(1));
    assert_false(has_log(2));
    all_there(store, 1, 20);
    store_close(store);
}

/* The disk is full: nothing is lost, it is counted, and a minute later it is tried again. */
static void test_full_disk(void **state)
{
    struct store_stats stats;
    (void)state;
    struct store *store = open_store();
    fill(store, 1, 9);
    disk.fail_at = disk.calls + 4;
    disk.fail_with_full = true;
    store_seal(store);
    store_seal(store);
    assert_true(disk.failed);
    store_stats(store, &stats);
    assert_int_equal(stats.seals_failed, 1);
    assert_int_equal(stats.sealed, 0);
    disk.fail_at = 0;
    seal_all(store);
    assert_int_equal(sealed_count(store), 0);
    now_ns += STORE_SEAL_RETRY_NS;
    seal_all(store);
    assert_true(sealed_count(store) > 0);
    all_there(store, 1, 9);
    store_close(store);
}

/* A log with too much to be sealed stays, is tried ever more seldom; the others are sealed. */
static void test_too_much(void **state)
{
    (void)state;
    struct store_stats stats = {.sealed = 0};
    struct store *store = open_store();
    assert_int_equal(append(store, 'y'), STATUS_OK);
    fill(store, 1, 20);
    for (unsigned failed = 1; failed <= 3; failed++) {
        seal_all(store);
        store_stats(store, &stats);
        assert_int_equal(stats.seals_failed, failed);
        now_ns += STORE_SEAL_RETRY_NS << (failed - 1);
    }
    assert_true(stats.sealed >= 2 && has_log(1));
    all_there(store, 1, 20);
    store_close(store);
}

/* Twenty bodies, of which some are metrics and all come twice, sealed as soon as they can be: the
 * bytes of a sealed file, and how many bodies were decoded to seal. */
static size_t sealed_bytes(bool drafts, unsigned char *bytes, size_t room, unsigned *count)
{
    void *state = NULL;
    size_t size = 0;
    begin(&state);
    struct store *store = open_store();
    for (unsigned char i = 1; i <= 20; i++) {
        enum signal signal = i % 3 == 0 ? SIGNAL_METRICS : SIGNAL_TRACES;
        assert_int_equal(append_signal(store, signal, i, NULL, drafts), STATUS_OK);
        assert_int_equal(append_signal(store, signal, i, NULL, drafts), STATUS_EXISTS);
        unsigned before = decoded;
        store_seal(store); /* Asks for what has ended, ... */
        store_seal(store); /* ... and takes the answer. */
        *count += decoded - before;
    }
    all_there(store, 1, 2);
    store_close(store);
    const unsigned char *file = sim_disk_file(&disk, "00000002/sealed", &size);
    assert_non_null(file);
    assert_in_range(size, 1, room);
    memcpy(bytes, file, size);
    end(&state);
    return size;
}

/* Who has the records in hand when they are written need not read them, and seals the same. */
static void test_draft(void **state)
{
    static unsigned char bytes[2][1 << 16];
    unsigned counts[2] = {0};
    (void)state;
    size_t size = sealed_bytes(false, bytes[0], sizeof(bytes[0]), &counts[0]);
    assert_int_equal(sealed_bytes(true, bytes[1], sizeof(bytes[1]), &counts[1]), size);
    assert_memory_equal(bytes[0], bytes[1], size);
    assert_true(counts[0] > 0);
    assert_int_equal(counts[1], 0);
}

/* A log that was written to before a start has no draft, nor one that was not all decoded. */
static void test_draft_partial(void **state)
{
    (void)state;
    struct store *store = open_store();
    assert_int_equal(append_signal(store, SIGNAL_TRACES, 1, NULL, true), STATUS_OK);
    store_close(store);
    store = open_store();
    for (unsigned char i = 2; i <= 20; i++) {
        assert_int_equal(append_signal(store, SIGNAL_TRACES, i, NULL, i % 8 != 0), STATUS_OK);
    }
    seal_all(store);
    assert_true(sealed_count(store) >= 3);
    all_there(store, 1, 20);
    store_close(store);
}

int main(void)
{
    log_set_level(LOG_OFF);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_life, begin, end),
        cmocka_unit_test_setup_teardown(test_hold, begin, end),
        cmocka_unit_test_setup_teardown(test_many_ids, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_with_log, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_without_log, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_block, begin, end),
        cmocka_unit_test_setup_teardown(test_repeated, begin, end),
        cmocka_unit_test_setup_teardown(test_undecodable, begin, end),
        cmocka_unit_test_setup_teardown(test_attempts, begin, end),
        cmocka_unit_test_setup_teardown(test_too_much, begin, end),
        cmocka_unit_test_setup_teardown(test_full_disk, begin, end),
        cmocka_unit_test(test_draft),
        cmocka_unit_test_setup_teardown(test_draft_partial, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
