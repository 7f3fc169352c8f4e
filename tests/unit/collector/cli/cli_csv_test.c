/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_csv.h"

#include "cli/cli_limits.h"
#include "lib/cm.h"

#include <stdio.h>

static unsigned char memory[1 << 16];

/* What becomes of the rows of an answer; NULL: it is not understood. */
static const char *csv(const char *answer)
{
    static char text[1 << 16];
    struct arena arena;
    struct buf out;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(&out, text, sizeof(text) - 1);
    bool good = cli_csv_print(slice_from(answer), SLICE("by"), &arena, &out);
    text[out.size] = '\0';
    assert_false(arena_overflowed(&arena));
    return good ? text : NULL;
}

/* Members are columns, members of members by both names; what a row has not is empty. */
static void test_columns(void **state)
{
    (void)state;
    assert_string_equal(csv("{\"total\":1,\"by\":[{\"key\":\"shop\",\"cost\":{\"amount\":\"0."
                            "0000000017\",\"more\":{\"a\":true}},"
                            "\"invocations\":3,\"share\":null},{\"key\":\"queue\",\"new\":[1,\"a\"]"
                            ",\"share\":0.5}]}"),
                        "key,cost.amount,cost.more.a,invocations,share,new\n"
                        "shop,0.0000000017,true,3,,\n"
                        "queue,,,,0.5,\"[1,\"\"a\"\"]\"\n");
    assert_string_equal(csv("{\"by\":[]}"), "");
}

/* What is null in one row and an object in another is no column of its own. */
static void test_null_or_object(void **state)
{
    (void)state;
    assert_string_equal(csv("{\"by\":[{\"a\":null,\"ab\":1},{\"a\":{\"b\":2}}]}"),
                        "ab,a.b\n1,\n,2\n");
}

/* Commas and quotes are quoted, lines stay lines, and no text is a formula. */
static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(csv("{\"by\":[{\"k\":\"a,b\"},{\"k\":\"say \\\"x\\\"\"},{\"k\":\"=1+2\"},"
                            "{\"k\":\"-0.25\"},{\"k\":\"-a\"},{\"k\":\"@x\"},{\"k\":\"-\"}]}"),
                        "k\n\"a,b\"\n\"say \"\"x\"\"\"\n'=1+2\n-0.25\n'-a\n'@x\n'-\n");
    const char *line = csv("{\"by\":[{\"k\":\"a\\nb\\u001b[31m\"}]}");
    assert_null(strchr(line + 2, '\x1b'));
    assert_ptr_equal(strchr(line + 2, '\n'), line + strlen(line) - 1);
}

static void test_wrong(void **state)
{
    static char wide[1 << 14];
    size_t size = 0;
    (void)state;
    assert_null(csv("{\"other\":[]}"));
    assert_null(csv("nothing"));
    for (unsigned count = CLI_CSV_COLUMN_COUNT_MAX; count <= CLI_CSV_COLUMN_COUNT_MAX + 1;
         count++) {
        size = (size_t)snprintf(wide, sizeof(wide), "{\"by\":[{\"c0\":0");
        for (unsigned i = 1; i < count; i++) {
            size += (size_t)snprintf(wide + size, sizeof(wide) - size, ",\"c%u\":0", i);
        }
        (void)snprintf(wide + size, sizeof(wide) - size, "}]}");
        assert_true((csv(wide) != NULL) == (count == CLI_CSV_COLUMN_COUNT_MAX));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_null_or_object),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
