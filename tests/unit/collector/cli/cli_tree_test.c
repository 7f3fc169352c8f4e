/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static unsigned char memory[65536];
static struct arena arena;

/* Order and depths as text: "a0 b1 c2". */
static void assert_tree(struct cli_tree_node *nodes, size_t count,
                        const struct cli_tree_span *spans, size_t span_count, const char *expected)
{
    char text[256] = "";
    arena_init(&arena, memory, sizeof(memory));
    const size_t *order = cli_tree_order(nodes, count, spans, span_count, &arena);
    assert_non_null(order);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof(text) - used, "%s%.*s%zu", i > 0 ? " " : "",
                       SLICE_ARG(nodes[order[i]].span_id), nodes[order[i]].depth);
    }
    assert_string_equal(text, expected);
}

/* Children stand under their parents, siblings in the order given. */
static void children_stand_under_parents(void **state)
{
    (void)state;
    struct cli_tree_node nodes[] = {
        {.span_id = SLICE("a")},
        {.span_id = SLICE("b"), .parent_span_id = SLICE("a")},
        {.span_id = SLICE("c"), .parent_span_id = SLICE("a")},
        {.span_id = SLICE("d"), .parent_span_id = SLICE("b")},
        {.span_id = SLICE("e"), .parent_span_id = SLICE("elsewhere")},
    };
    assert_tree(nodes, 5, NULL, 0, "a0 b1 d2 c1 e0");
}

/* A parent may be a span inside of an invocation. */
static void spans_lead_to_their_invocation(void **state)
{
    (void)state;
    struct cli_tree_node nodes[] = {
        {.span_id = SLICE("late"), .parent_span_id = SLICE("client")},
        {.span_id = SLICE("front")},
    };
    const struct cli_tree_span spans[] = {{SLICE("client"), 1}, {SLICE(""), 0}};
    assert_tree(nodes, 2, spans, 2, "front0 late1");
}

/* Circles are cut, and everybody is drawn once. */
static void circles_are_cut(void **state)
{
    (void)state;
    struct cli_tree_node nodes[] = {
        {.span_id = SLICE("a"), .parent_span_id = SLICE("c")},
        {.span_id = SLICE("b"), .parent_span_id = SLICE("a")},
        {.span_id = SLICE("c"), .parent_span_id = SLICE("b")},
        {.span_id = SLICE("s"), .parent_span_id = SLICE("s")},
    };
    assert_tree(nodes, 4, NULL, 0, "a0 b1 c2 s0");
}

/* Nothing has no order, nor has anything without memory. */
static void nothing_has_no_order(void **state)
{
    (void)state;
    struct cli_tree_node node = {.span_id = SLICE("a")};
    arena_init(&arena, memory, sizeof(memory));
    assert_null(cli_tree_order(&node, 0, NULL, 0, &arena));
    arena_init(&arena, memory, 16);
    assert_null(cli_tree_order(&node, 1, NULL, 0, &arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_stand_under_parents),
        cmocka_unit_test(spans_lead_to_their_invocation),
        cmocka_unit_test(circles_are_cut),
        cmocka_unit_test(nothing_has_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
