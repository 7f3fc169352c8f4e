/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a block is, told again and again. */
#include "build.h"
#include "digest.h"

#include "model/record_key.h"
#include "model/view.h"
#include "model/view_private.h"

#include "base/prng.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct hash_key key = {{1, 2}};

/* What one sender says. */
struct sender {
    unsigned function, instance, account, region, version, epoch, runtime, memory, pool;
};

static struct slice one_of(const char *const *texts, unsigned at)
{
    return slice_from(texts[at]);
}

/* A block of this sender with one event; its bytes are given or kept back. */
static void add_block(struct build *b, const struct sender *told, uint64_t request, char *message)
{
    static const char *const functions[] = {"stock", "cart", "mail", "bill", ""};
    static const char *const instances[] = {"i1", "i2", "i3", "i4", ""};
    static const char *const accounts[] = {"", "111111111111", "222222222222"};
    static const char *const regions[] = {"", "eu-west-1"};
    static const char *const versions[] = {"", "$LATEST", "7"};
    static const char *const runtimes[] = {"", "nodejs20.x", "nodejs22.x"};
    if (told->epoch > 0) {
        build_agent(b, "", "", told->epoch);
    } else {
        build_logs(b, "", "");
    }
    if (told->runtime > 0) {
        build_resource_text(b, "thaw.runtime", runtimes[told->runtime]);
    }
    if (told->memory > 0) {
        build_resource_int(b, "faas.max_memory", (int64_t)told->memory << 27);
    }
    if (told->pool > 0) {
        build_resource_bool(b, "thaw.instance.made_up", true);
    }
    if (told->epoch > 1) {
        build_resource_int(b, "thaw.seq", (int64_t)request + 1);
    }
    build_event(b, "faas.invocation", 0);
    build_time(b, BUILD_T0 + (int64_t)request * 10000 * BUILD_MS);
    build_request(b, request + 1, 1);
    build_int(b, "thaw.start_ns", BUILD_T0 + (int64_t)request * 10000 * BUILD_MS);
    const struct batch *batch = build_batch(b);
    struct resource *resource =
        (struct resource *)(uintptr_t)&batch->resources[batch->resource_count - 1];
    resource->function = one_of(functions, told->function);
    resource->instance = one_of(instances, told->instance);
    resource->account = one_of(accounts, told->account);
    resource->region = one_of(regions, told->region);
    resource->version = one_of(versions, told->version);
    resource->message = slice_from(message);
    if (told->epoch > 1) { /* It stands in the bytes, and last. */
        struct attr *seq =
            (struct attr *)(uintptr_t)&resource->attrs.items[resource->attrs.count - 1];
        size_t at = slice_find(resource->message, SLICE("thaw.seq"));
        resource->seq = request + 1;
        seq->key = at != SLICE_NONE ? slice_take(slice_skip(resource->message, at), 8) : seq->key;
    }
    record_key_set(resource);
}

/* The same blocks, with and without the bytes by which a sender is known, mean the same: while
 * senders name themselves better or worse, and while rows are forgotten for want of room. */
static void known_or_not_is_the_same(void **state)
{
    (void)state;
    struct view *views[2];
    struct prng prng;
    prng_init(&prng, 7);
    for (unsigned i = 0; i < 2; i++) {
        views[i] = view_create(&key);
        assert_non_null(views[i]);
        view_limit(views[i], 200, 600);
        view_limit_rows(views[i], 6, 12, 4096);
    }
    for (uint64_t step = 0; step < 3000; step++) {
        unsigned blocks = 1 + (unsigned)prng_below(&prng, 3);
        struct sender tolds[3];
        char messages[3][64];
        for (unsigned i = 0; i < blocks; i++) {
            bool plain = prng_below(&prng, 3) > 0; /* What is told again most of the time. */
            tolds[i] = (struct sender){
                .function = (unsigned)prng_below(&prng, plain ? 2 : 5),
                .instance = (unsigned)prng_below(&prng, plain ? 3 : 5),
                .account = plain ? 1 : (unsigned)prng_below(&prng, 3),
                .region = plain ? 1 : (unsigned)prng_below(&prng, 2),
                .version = plain ? 1 : (unsigned)prng_below(&prng, 3),
                .epoch = (unsigned)prng_below(&prng, 4),
                .runtime = (unsigned)prng_below(&prng, 3),
                .memory = (unsigned)prng_below(&prng, 3),
                .pool = prng_below(&prng, 10) == 0,
            };
            (void)snprintf(messages[i], sizeof(messages[i]),
                           "%u %u %u %u %u %u %u %u %u thaw.seq%u", tolds[i].function,
                           tolds[i].instance, tolds[i].account, tolds[i].region, tolds[i].version,
                           tolds[i].epoch, tolds[i].runtime, tolds[i].memory, tolds[i].pool,
                           (unsigned)step);
        }
        char nothing[1] = "";
        for (unsigned k = 0; k < 2; k++) {
            struct build *b = build_create(SIGNAL_LOGS);
            for (unsigned i = 0; i < blocks; i++) {
                add_block(b, &tolds[i], step, k == 0 ? messages[i] : nothing);
            }
            struct view_frame about = {
                .segment = 1,
                .arrival_ns = (uint64_t)BUILD_T0 + step * 10000 * (uint64_t)BUILD_MS,
            };
            view_apply(views[k], &about, build_batch(b));
            build_free(b);
        }
        if (step % 100 == 0 || step > 2990) {
            char *known = digest_create(views[0]);
            char *unknown = digest_create(views[1]);
            assert_string_equal(known, unknown);
            free(known);
            free(unknown);
        }
    }
    assert_true(views[0]->generation > 0);
    view_free(views[0]);
    view_free(views[1]);
}

/* Of attributes in any order, twice, or of another type, a sender is named as each of them would be
 * looked up. */
static void a_sender_is_named_by_its_attributes(void **state)
{
    static const struct slice keys[] = {SLICE_INIT("service.name"), SLICE_INIT("cloud.account.id"),
                                        SLICE_INIT("cloud.region"), SLICE_INIT("faas.name"),
                                        SLICE_INIT("faas.version"), SLICE_INIT("faas.instance"),
                                        SLICE_INIT("thaw.epoch"),   SLICE_INIT("thaw.seq"),
                                        SLICE_INIT("service.nam"),  SLICE_INIT("faas.instances")};
    static const struct value values[] = {
        {.kind = VALUE_STRING, .text = SLICE_INIT("17")},
        {.kind = VALUE_STRING, .text = SLICE_INIT("x")},
        {.kind = VALUE_INT, .integer = 18},
        {.kind = VALUE_INT, .integer = -1},
        {.kind = VALUE_BOOL, .boolean = true},
    };
    (void)state;
    struct prng prng;
    prng_init(&prng, 3);
    for (unsigned round = 0; round < 5000; round++) {
        struct attr items[12];
        struct resource resource = {.attrs = {.items = items}};
        for (size_t left = prng_below(&prng, 12); left > 0; left--) {
            items[resource.attrs.count++] =
                (struct attr){keys[prng_below(&prng, 10)], values[prng_below(&prng, 5)]};
        }
        record_name_sender(&resource);
        const struct slice named[] = {resource.service,  resource.account, resource.region,
                                      resource.function, resource.version, resource.instance};
        for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
            struct slice text = SLICE_EMPTY;
            (void)attrs_find_text(resource.attrs, keys[i], &text);
            assert_true(slice_equal(named[i], text));
        }
        assert_int_equal(resource.epoch, record_number(resource.attrs, keys[6]));
        assert_int_equal(resource.seq, record_number(resource.attrs, keys[7]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_or_not_is_the_same),
        cmocka_unit_test(a_sender_is_named_by_its_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
