/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_share.h"

#include "api/api_limits.h"
#include "lib/cm.h"

#include <string.h>

static unsigned char memory[1 << 20];

static struct hash_128 named(unsigned char number)
{
    struct hash_128 name = {{number}};
    return name;
}

struct world {
    struct api_share *share;
    struct arena arena;
    struct slice body;
    bool wanted;
};

static void world_open(struct world *world)
{
    world->share = api_share_create();
    assert_non_null(world->share);
    arena_init(&world->arena, memory, sizeof(memory));
}

static bool ask(struct world *world, unsigned char name, uint64_t now_ns)
{
    return api_share_ask(world->share, named(name), now_ns, &world->arena, &world->body,
                         &world->wanted);
}

/* Who asks now and then has an answer of now; what many ask for within a second is shared, but not
 * for long, and not with those who ask for something else. */
static void test_many(void **state)
{
    struct world world;
    uint64_t now_ns = 1000;
    (void)state;
    world_open(&world);
    for (unsigned i = 1; i < API_SHARE_ASKED; i++) {
        assert_false(ask(&world, 1, now_ns));
        assert_false(world.wanted);
    }
    assert_false(ask(&world, 1, now_ns));
    assert_true(world.wanted);
    api_share_keep(world.share, named(1), now_ns, SLICE("answer"));
    assert_true(ask(&world, 1, now_ns + API_SHARE_NS));
    assert_slice(world.body, "answer");
    assert_false(ask(&world, 2, now_ns + API_SHARE_NS));
    assert_false(ask(&world, 1, now_ns + API_SHARE_NS + 1));
    assert_true(world.wanted);
    /* A second later nobody has asked often. */
    now_ns += API_SHARE_SECOND_NS + 1;
    assert_false(ask(&world, 1, now_ns));
    assert_false(world.wanted);
    api_share_free(world.share);
}

/* Names beyond the limit take the places of the oldest; what is too large is not kept. */
static void test_limits(void **state)
{
    static unsigned char large[API_SHARE_SIZE_MAX + 1];
    struct world world;
    (void)state;
    world_open(&world);
    for (unsigned i = 0; i <= API_SHARE_ASKED; i++) {
        (void)!ask(&world, 1, 1000);
    }
    api_share_keep(world.share, named(1), 1000, slice_of(large, sizeof(large)));
    assert_false(ask(&world, 1, 1000));
    api_share_keep(world.share, named(1), 1000, SLICE("answer"));
    assert_true(ask(&world, 1, 1000));
    for (unsigned i = 0; i < API_SHARE_COUNT; i++) {
        assert_false(ask(&world, (unsigned char)(2 + i), 2000));
    }
    assert_false(ask(&world, 1, 1000));
    api_share_keep(world.share, named(200), 2000, SLICE("nobody asked"));
    api_share_free(world.share);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
