/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "digest.h"

#include "model/snapshot.h"
#include "model/view.h"

#include "base/buf.h"
#include "lib/cm.h"
#include "lib/guard.h"

#include <stdlib.h>
#include <string.h>

#define EPOCH UINT64_C(1799999000000000000)

static const struct hash_key key = {{1, 2}};

static struct view *create(void)
{
    struct view *view = view_create(&key);
    assert_non_null(view);
    return view;
}

static void apply(struct view *view, struct build *build)
{
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)BUILD_T0};
    view_apply(view, &about, build_batch(build));
    build_free(build);
}

/* An invocation as its agent tells it; without an end it is open. */
static void invoke(struct view *view, uint64_t number, bool done)
{
    int64_t start_ns = BUILD_T0 + (int64_t)number * 100 * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", number);
    build_time(b, start_ns);
    build_request(b, 0x1000 + number, 1);
    build_trace(b, 0x2000 + number, 0xa1);
    build_text(b, "thaw.xray.header",
               number % 2 == 0 ? "Root=1-5f000000-000000000000000000002002;Parent=53995c3f42cd8ad8"
                               : "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-"
                                 "abcdef012345678912345678");
    build_int(b, "thaw.start_ns", start_ns);
    build_text(b, "thaw.invocation.state", done ? "done" : "started");
    if (done) {
        build_text(b, "thaw.invocation.status", "success");
        build_int(b, "thaw.done_ns", start_ns + BUILD_MS);
        build_int(b, "thaw.handler_ns", BUILD_MS);
    }
    apply(view, b);
}

/* A line of a stream, which is known again by what it says. */
static void say(struct view *view, uint64_t number)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", "i1");
    build_line(b, "hello", 0, BUILD_T0 + (int64_t)number * BUILD_MS);
    build_request(b, 0x1000 + number, 0);
    build_text(b, "log.record.uid", "37");
    apply(view, b);
}

static struct view *world(void)
{
    struct view *view = create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.instance.start", 900);
    build_text(b, "thaw.init.phase", "init");
    build_int(b, "thaw.init.start_ns", BUILD_T0 - 300 * BUILD_MS);
    build_int(b, "thaw.init.end_ns", BUILD_T0 - 20 * BUILD_MS);
    apply(view, b);
    for (uint64_t number = 1; number < 5; number++) {
        invoke(view, number, number != 4);
        say(view, number);
    }
    b = build_create(SIGNAL_TRACES);
    build_sdk(b, "stock", "i1", EPOCH, 50);
    build_span(b, "receive", SPAN_CONSUMER, 0x2001, 7, 6);
    build_span_time(b, BUILD_T0 + 100 * BUILD_MS, BUILD_T0 + 101 * BUILD_MS);
    build_request(b, 0x1001, 1);
    build_link(b, 0x3001, 9, "m1");
    apply(view, b);
    return view;
}

static struct view_stats stats(struct view *view)
{
    struct view_stats stats;
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    return stats;
}

/* ---- Saving. ---- */

struct taken {
    struct buf buf;
    unsigned pieces, pieces_max; /* 0: any number. */
};

static bool take(void *context, struct slice bytes)
{
    struct taken *taken = context;
    assert_true(bytes.size > 0 && bytes.size <= VIEW_SAVE_PIECE_SIZE);
    buf_append(&taken->buf, bytes);
    taken->pieces++;
    return taken->pieces != taken->pieces_max;
}

static struct taken save(const struct view *view)
{
    struct taken taken = {.pieces = 0};
    buf_init_growing(&taken.buf, (size_t)64 << 20);
    assert_int_equal(view_save(view, take, &taken), STATUS_OK);
    assert_false(buf_overflowed(&taken.buf));
    return taken;
}

static struct view *load(struct slice bytes)
{
    const char *reason = NULL;
    struct view *view = create();
    assert_int_equal(view_load(view, bytes, &reason), STATUS_OK);
    assert_null(reason);
    return view;
}

/* A view that was loaded is the same, and goes on: it knows what comes again, counts what closes,
 * and forgets. */
static void a_view_goes_on(void **state)
{
    (void)state;
    struct view *one = world();
    struct taken taken = save(one);
    struct view *views[2] = {one, load(buf_bytes(&taken.buf))};
    char *digests[2];
    for (unsigned i = 0; i < 2; i++) {
        struct view_stats before = stats(views[i]);
        invoke(views[i], 2, true);
        say(views[i], 3);
        assert_int_equal(stats(views[i]).records_repeated, before.records_repeated + 2);
        invoke(views[i], 4, true);
        invoke(views[i], 5, false);
        view_tick(views[i], (uint64_t)BUILD_T0 + UINT64_C(3600000000000));
        digests[i] = digest_create(views[i]);
    }
    assert_string_equal(digests[0], digests[1]);
    assert_non_null(strstr(digests[1], "outcome=4")); /* The last one's end is unknown. */
    view_forget(views[1], 1);
    struct view_stats after = stats(views[1]);
    assert_int_equal(after.invocations + after.ids + after.links + after.rollups, 0);
    for (unsigned i = 0; i < 2; i++) {
        free(digests[i]);
        view_free(views[i]);
    }
    buf_fini(&taken.buf);
}

/* What is saved of a view that was loaded are the same bytes; also when there is nothing. */
static void the_same_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct view *view = i == 0 ? create() : world();
        struct taken taken = save(view);
        struct view *loaded = load(buf_bytes(&taken.buf));
        struct taken again = save(loaded);
        assert_int_equal(again.buf.size, taken.buf.size);
        assert_memory_equal(again.buf.base, taken.buf.base, taken.buf.size);
        view_free(view);
        view_free(loaded);
        buf_fini(&taken.buf);
        buf_fini(&again.buf);
    }
}

/* Much is given in pieces; a sink that wants no more of them ends it. */
static void in_pieces(void **state)
{
    (void)state;
    struct view *view = create();
    for (uint64_t number = 1; number < 8000; number++) {
        invoke(view, number, true);
    }
    struct taken taken = save(view);
    assert_true(taken.pieces > 1);
    struct view *loaded = load(buf_bytes(&taken.buf));
    assert_int_equal(stats(loaded).invocations, 7999);
    view_free(loaded);
    buf_fini(&taken.buf);

    taken = (struct taken){.pieces_max = 1};
    buf_init_growing(&taken.buf, (size_t)64 << 20);
    assert_int_equal(view_save(view, take, &taken), STATUS_IO);
    assert_int_equal(taken.pieces, 1);
    buf_fini(&taken.buf);
    view_free(view);
}

/* ---- What is no view. ---- */

static enum status try(struct slice bytes, const struct hash_key *with)
{
    const char *reason = NULL;
    struct view *view = view_create(with);
    assert_non_null(view);
    enum status status = view_load(view, bytes, &reason);
    assert_true((status == STATUS_OK) == (reason == NULL));
    if (status == STATUS_OK) {
        free(digest_create(view));
        view_forget(view, UINT32_MAX);
    }
    view_free(view);
    return status;
}

/* Another version, another secret, something else, nothing. */
static void of_others(void **state)
{
    (void)state;
    struct view *view = world();
    struct taken taken = save(view);
    struct slice bytes = buf_bytes(&taken.buf);
    assert_int_equal(try(bytes, &(struct hash_key){{1, 3}}), STATUS_BAD);
    assert_int_equal(try(SLICE_EMPTY, &key), STATUS_BAD);
    assert_int_equal(try(SLICE("THAWLOG"), &key), STATUS_BAD);
    taken.buf.base[8]++; /* The version. */
    assert_int_equal(try(bytes, &key), STATUS_BAD);
    taken.buf.base[8]--;
    assert_int_equal(try(bytes, &key), STATUS_OK);
    buf_append_byte(&taken.buf, 0);
    assert_int_equal(try(buf_bytes(&taken.buf), &key), STATUS_BAD);
    buf_fini(&taken.buf);
    view_free(view);
}

/* It is all there, or is refused; and not one byte behind it is read. */
static void every_prefix(void **state)
{
    (void)state;
    struct view *view = world();
    struct taken taken = save(view);
    for (size_t size = 0; size < taken.buf.size; size++) {
        struct guard_copy copy = guard_copy_create(slice_take(buf_bytes(&taken.buf), size));
        assert_int_equal(try(copy.bytes, &key), STATUS_BAD);
        guard_copy_free(&copy);
    }
    buf_fini(&taken.buf);
    view_free(view);
}

/* Whatever stands in a byte: it is refused, or is a view that can go on. */
static void every_byte(void **state)
{
    (void)state;
    static const unsigned char flips[] = {1, 0x80};
    struct view *view = world();
    struct taken taken = save(view);
    unsigned refused = 0;
    for (size_t at = 0; at < taken.buf.size; at++) {
        for (unsigned i = 0; i < sizeof(flips); i++) {
            taken.buf.base[at] ^= flips[i];
            enum status status = try(buf_bytes(&taken.buf), &key);
            assert_true(status == STATUS_OK || status == STATUS_BAD);
            refused += status == STATUS_BAD ? 1 : 0;
            taken.buf.base[at] ^= flips[i];
        }
    }
    assert_true(refused > taken.buf.size / 2);
    buf_fini(&taken.buf);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_goes_on), cmocka_unit_test(the_same_bytes),
        cmocka_unit_test(in_pieces),      cmocka_unit_test(of_others),
        cmocka_unit_test(every_prefix),   cmocka_unit_test(every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
