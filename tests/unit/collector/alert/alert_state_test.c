/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_state.h"

#include "set_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct set_world world;
static struct buf first, second;

static int begin(void **state)
{
    (void)state;
    set_world_init(&world, set_world_rules);
    set_world_live(&world);
    buf_init_growing(&first, ALERT_STATE_SIZE_MAX);
    buf_init_growing(&second, ALERT_STATE_SIZE_MAX);
    alert_state_write(world.set, &first);
    return world.set != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    buf_fini(&first);
    buf_fini(&second);
    set_world_fini(&world);
    return 0;
}

static size_t count_alerts(const struct alert_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->rule_count; i++) {
        count += set->rules[i].state.alert_count;
    }
    return count;
}

/* What was written is read again as it was. */
static void comes_back_as_it_was(void **state)
{
    (void)state;
    struct alert_set *other = set_world_set(set_world_rules);
    assert_int_equal(alert_state_read(other, buf_bytes(&first)), STATUS_OK);
    assert_int_equal(count_alerts(other), 3);
    alert_state_write(other, &second);
    assert_true(slice_equal(buf_bytes(&first), buf_bytes(&second)));
    for (size_t i = 0; i < other->rule_count; i++) {
        for (size_t a = 0; a < other->rules[i].state.alert_count; a++) {
            const struct rule_alert *one = &world.set->rules[i].state.alerts[a];
            const struct rule_alert *same = &other->rules[i].state.alerts[a];
            assert_true(one->fingerprint == same->fingerprint);
            assert_true(labels_equal(&one->labels, &same->labels));
            assert_true(labels_equal(&one->annotations, &same->annotations));
            assert_memory_equal(&one->watch, &same->watch, sizeof(one->watch));
        }
    }
    alert_set_free(other);
}

/* And goes on as if nothing had been: the alert neither fires again nor is forgotten. */
static void goes_on_where_it_was(void **state)
{
    (void)state;
    struct alert_set *other = set_world_set(set_world_rules), *old = world.set;
    assert_int_equal(alert_state_read(other, buf_bytes(&first)), STATUS_OK);
    for (int64_t minute = 8; minute < 14; minute++) {
        set_world_put(world.samples, "fires", SET_WORLD_NOW + minute * SET_WORLD_MINUTE, 1);
        world.set = other;
        set_world_evaluate(&world, SET_WORLD_NOW + minute * SET_WORLD_MINUTE);
    }
    world.set = old;
    const struct rule_state *high = &other->rules[3].state;
    size_t resolved = 0;
    for (size_t i = 0; i < high->alert_count; i++) {
        resolved += high->alerts[i].watch.resolved_ms > high->alerts[i].watch.fired_ms &&
                    high->alerts[i].watch.fired_ms > 0;
    }
    assert_int_equal(resolved, 2);
    alert_set_free(other);
}

/* States of rules that are no more, or are others now, are left out. */
static void rules_that_are_gone_are_left_out(void **state)
{
    (void)state;
    struct alert_set *other =
        set_world_set("groups:\n- {name: g, rules: [{alert: Other, expr: v > 5}]}\n");
    assert_int_equal(alert_state_read(other, buf_bytes(&first)), STATUS_OK);
    assert_int_equal(count_alerts(other), 0);
    alert_set_free(other);
}

/* Anything else is refused, and leaves nothing behind. */
static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{}", "[]", "{\"version\":1,\"rules\":[]}",
                                        "{\"version\":2,\"rules\":{}}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct alert_set *other = set_world_set(set_world_rules);
        assert_int_equal(alert_state_read(other, slice_from(texts[i])), STATUS_BAD);
        alert_set_free(other);
    }
    for (size_t size = 0; size < first.size; size += 7) {
        struct alert_set *other = set_world_set(set_world_rules);
        char *copy = malloc(size + 1);
        memcpy(copy, first.base, size);
        assert_int_equal(alert_state_read(other, slice_of(copy, size)), STATUS_BAD);
        assert_int_equal(count_alerts(other), 0);
        free(copy);
        alert_set_free(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_back_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(goes_on_where_it_was, begin, end),
        cmocka_unit_test_setup_teardown(rules_that_are_gone_are_left_out, begin, end),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
