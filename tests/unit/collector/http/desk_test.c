/* SPDX-License-Identifier: Apache-2.0 */
#include "http/desk.h"

#include "lib/cm.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#define THREADS 3u
#define ITEMS   64u

/* Work that says when it is done, and waits where it shall. */
struct work {
    struct desk_item item;
    sem_t *begun, *held; /* NULL: nobody waits for it, it waits for nothing. */
    atomic_uint done;
    unsigned turn; /* Which one it was, from 1 on. */
};

static atomic_uint turns;

static void do_work(void *context, struct desk_item *item)
{
    struct work *work = (struct work *)item;
    assert_ptr_equal(context, &turns);
    work->turn = atomic_fetch_add(&turns, 1) + 1;
    if (work->begun != NULL) {
        (void)sem_post(work->begun);
    }
    while (work->held != NULL && sem_wait(work->held) != 0) {
    }
    atomic_fetch_add(&work->done, 1);
}

static struct desk *start(void)
{
    struct desk *desk;
    atomic_store(&turns, 0);
    assert_int_equal(desk_start(&desk, THREADS, do_work, &turns), STATUS_OK);
    return desk;
}

/* All that was put in is done once, what waits at the end, too. */
static void test_each_once(void **state)
{
    (void)state;
    struct work *all = calloc(ITEMS, sizeof(*all));
    struct desk *desk = start();
    for (unsigned i = 0; i < ITEMS; i++) {
        desk_put(desk, &all[i].item, i % 2 == 0);
    }
    desk_stop(desk);
    for (unsigned i = 0; i < ITEMS; i++) {
        assert_int_equal(atomic_load(&all[i].done), 1);
    }
    free(all);
    desk_stop(NULL);
}

/* However much slow work there is, quick work is begun, and done before slow work that waits. */
static void test_quick_is_next(void **state)
{
    (void)state;
    sem_t begun, held, quick;
    assert_int_equal(sem_init(&begun, 0, 0) | sem_init(&held, 0, 0) | sem_init(&quick, 0, 0), 0);
    struct work slow[THREADS + 2] = {0}, first = {.begun = &quick}, second = {.begun = &quick};
    struct desk *desk = start();
    for (unsigned i = 0; i < THREADS + 2; i++) {
        slow[i].begun = &begun;
        slow[i].held = &held;
        desk_put(desk, &slow[i].item, true);
    }
    for (unsigned i = 0; i < THREADS - 1; i++) {
        assert_int_equal(sem_wait(&begun), 0);
    }
    desk_put(desk, &first.item, false);
    desk_put(desk, &second.item, false);
    assert_int_equal(sem_wait(&quick) | sem_wait(&quick),
                     0); /* It hangs where slow work has all. */
    assert_int_equal(atomic_load(&turns), THREADS + 1);
    for (unsigned i = 0; i < THREADS + 2; i++) {
        (void)sem_post(&held);
    }
    desk_stop(desk);
    for (unsigned i = 0; i < THREADS + 2; i++) {
        assert_int_equal(atomic_load(&slow[i].done), 1);
        assert_true(i < THREADS - 1 || slow[i].turn > second.turn);
    }
    (void)sem_destroy(&begun);
    (void)sem_destroy(&held);
    (void)sem_destroy(&quick);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once),
        cmocka_unit_test(test_quick_is_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
