/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/senders.h"

#include "base/buf.h"
#include "columns/nested.h"
#include "lib/batch_same.h"
#include "lib/cm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 500
#define BAD   7 /* The number of the one whose bytes are cut. */
#define HUGE  9 /* Of one with more values than a piece of memory has room for. */

struct world {
    struct buf bytes[COUNT];
    struct slice strings[COUNT];
    uint32_t plain[COUNT];
    struct resource told[COUNT];
    struct attr attrs[COUNT][2];
    struct attr many[5000];
    char names[COUNT][16];
    struct senders *senders;
};

/* What is told beside the attributes, where it is something else. */
static void write_told(struct world *world, uint32_t number, struct slice name)
{
    struct resource *told = &world->told[number];
    struct buf *out = &world->bytes[number];
    told->service = told->function = told->instance = name;
    told->account = told->region = told->version = SLICE_EMPTY;
    told->epoch = 1;
    told->seq = number % 128;
    const struct slice texts[] = {name, SLICE_EMPTY, SLICE_EMPTY, name, SLICE_EMPTY, name};
    for (size_t i = 0; i < 6; i++) {
        nested_write_text(out, texts[i]);
    }
    buf_append_byte(out, 1);
    buf_append_byte(out, (unsigned char)(number % 128));
    world->plain[number] = 0;
}

static void write_one(struct world *world, uint32_t number)
{
    struct resource *told = &world->told[number];
    struct buf *out = &world->bytes[number];
    int size = snprintf(world->names[number], sizeof(world->names[number]), "name-%u", number);
    struct slice name = slice_of(world->names[number], (size_t)size);
    world->attrs[number][0] =
        (struct attr){SLICE("service.name"), {.kind = VALUE_STRING, .text = name}};
    world->attrs[number][1] = (struct attr){SLICE("n"), {.kind = VALUE_INT, .integer = number}};
    told->attrs = (struct attrs){world->attrs[number], 2, 0};
    if (number == HUGE) {
        told->attrs = (struct attrs){world->many, 5000, 0};
    }
    record_name_sender(told);
    assert_true(nested_write_attrs(out, told->attrs));
    world->plain[number] = 1;
    if (number % 3 == 2) {
        write_told(world, number, name);
    }
    world->strings[number] = buf_bytes(out);
    world->strings[number].size -= number == BAD;
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    for (uint32_t i = 0; i < COUNT; i++) {
        buf_init_growing(&world->bytes[i], SIZE_MAX);
        write_one(world, i);
    }
    world->senders = senders_create(world->strings, world->plain, COUNT);
    assert_non_null(world->senders);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    senders_free(world->senders);
    for (uint32_t i = 0; i < COUNT; i++) {
        buf_fini(&world->bytes[i]);
    }
    free(world);
    return 0;
}

/* Each is what was written, and made once. */
static void made_once(void **state)
{
    struct world *world = *state;
    size_t before = senders_memory(world->senders);
    for (uint32_t i = COUNT; i-- > 0;) {
        const struct resource *one;
        const struct resource *again;
        if (i == BAD) {
            continue;
        }
        assert_int_equal(senders_get(world->senders, i, &one), STATUS_OK);
        assert_true(batch_same_resource(one, &world->told[i]));
        assert_int_equal(senders_get(world->senders, i, &again), STATUS_OK);
        assert_ptr_equal(one, again);
    }
    size_t after = senders_memory(world->senders);
    assert_true(after > before + COUNT * sizeof(struct resource));
    assert_int_equal(senders_get(world->senders, 0, &(const struct resource *){NULL}), STATUS_OK);
    assert_int_equal(senders_memory(world->senders), after);
}

/* Wrong bytes are said so each time, and the others are there. */
static void wrong_bytes(void **state)
{
    struct world *world = *state;
    const struct resource *one;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(senders_get(world->senders, BAD, &one), STATUS_BAD);
        assert_int_equal(senders_get(world->senders, BAD + 1, &one), STATUS_OK);
        assert_int_equal(senders_all(world->senders, &one), STATUS_BAD);
    }
}

/* All of them have the attributes of each. */
static void side_by_side(void **state)
{
    struct world *world = *state;
    const struct resource *all;
    const struct resource *again;
    const struct resource *one;
    world->strings[BAD].size++;
    assert_int_equal(senders_get(world->senders, 3, &one), STATUS_OK);
    assert_int_equal(senders_all(world->senders, &all), STATUS_OK);
    assert_ptr_equal(all[3].attrs.items, one->attrs.items);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(batch_same_resource(&all[i], &world->told[i]));
    }
    assert_int_equal(senders_all(world->senders, &again), STATUS_OK);
    assert_ptr_equal(all, again);
}

static void *ask(void *context)
{
    struct world *world = context;
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct resource *one;
        uint32_t number = i * 7 % COUNT;
        if (senders_get(world->senders, number, &one) == STATUS_OK &&
            !batch_same_resource(one, &world->told[number])) {
            return world;
        }
    }
    return NULL;
}

/* Any thread asks. */
static void many_threads(void **state)
{
    struct world *world = *state;
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask, world), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        void *answer;
        assert_int_equal(pthread_join(threads[i], &answer), 0);
        assert_null(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_once, begin, end),
        cmocka_unit_test_setup_teardown(wrong_bytes, begin, end),
        cmocka_unit_test_setup_teardown(side_by_side, begin, end),
        cmocka_unit_test_setup_teardown(many_threads, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
