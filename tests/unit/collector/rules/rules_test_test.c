/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are no tests of rules: each is refused, and none is taken for one. */
#include "rules/rules_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEMORY_SIZE = 1 << 20 };

static enum status no_files(void *context, struct slice pattern, struct arena *arena,
                            struct slice **names, struct slice **texts, size_t *count,
                            struct buf *error)
{
    (void)context;
    (void)pattern;
    (void)arena;
    (void)error;
    *names = *texts = NULL;
    *count = 0;
    return STATUS_OK;
}

/* Lists and texts where maps are due are told with their place. */
static void test_no_maps(void **state)
{
    (void)state;
    static const char *const texts[] = {" -",
                                        "- a: 1\n",
                                        "tests\n",
                                        "tests: [[]]\n",
                                        "tests: [3]\n",
                                        "tests: [{input_series: [[]]}]\n",
                                        "tests: [{alert_rule_test: [[1]]}]\n",
                                        "tests: [{promql_expr_test: [{exp_samples: [[]]}]}]\n"};
    const struct rules_test_files files = {.read = no_files};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena arena;
        struct buf out;
        void *memory = malloc(MEMORY_SIZE);
        assert_non_null(memory);
        arena_init(&arena, memory, MEMORY_SIZE);
        buf_init_growing(&out, 65536);
        assert_int_equal(rules_test_run(slice_from(texts[i]), "t.yml", &files, &arena, &out),
                         STATUS_BAD);
        assert_memory_equal(out.base, "t.yml:1:", 8);
        buf_fini(&out);
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
