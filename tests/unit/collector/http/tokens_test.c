/* SPDX-License-Identifier: Apache-2.0 */
#include "http/tokens.h"

#include "lib/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/thaw-tokens-XXXXXX";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Without a file everything is allowed; with one, only its tokens are. */
static void test_allow(void **state)
{
    struct tokens tokens;
    char error[256];
    (void)state;
    assert_int_equal(tokens_init(&tokens, SLICE_EMPTY, error, sizeof(error)), STATUS_OK);
    assert_true(tokens_allow(&tokens, SLICE_EMPTY));
    tokens_fini(&tokens);

    write_file("# comment\n\n  first-token-123456\nsecond-token-12345\r\n");
    assert_int_equal(tokens_init(&tokens, slice_from(path), error, sizeof(error)), STATUS_OK);
    assert_true(tokens_allow(&tokens, SLICE("Bearer first-token-123456")));
    assert_true(tokens_allow(&tokens, SLICE("bearer  second-token-12345 ")));
    assert_false(tokens_allow(&tokens, SLICE("Bearer # comment")));
    assert_false(tokens_allow(&tokens, SLICE("Bearer first-token-12345")));
    assert_false(tokens_allow(&tokens, SLICE("Basic first-token-123456")));
    assert_false(tokens_allow(&tokens, SLICE("first-token-123456")));
    assert_false(tokens_allow(&tokens, SLICE("Bearer ")));
    assert_false(tokens_allow(&tokens, SLICE_EMPTY));
    tokens_fini(&tokens);
}

/* A key stands alone and must be there; without a file any will do. */
static void test_key(void **state)
{
    struct tokens tokens;
    char error[256];
    (void)state;
    assert_int_equal(tokens_init(&tokens, SLICE_EMPTY, error, sizeof(error)), STATUS_OK);
    assert_true(tokens_allow_key(&tokens, SLICE("x")));
    assert_false(tokens_allow_key(&tokens, SLICE(" ")));
    assert_false(tokens_allow_key(&tokens, SLICE_EMPTY));
    tokens_fini(&tokens);

    write_file("first-token-123456\n");
    assert_int_equal(tokens_init(&tokens, slice_from(path), error, sizeof(error)), STATUS_OK);
    assert_true(tokens_allow_key(&tokens, SLICE("first-token-123456")));
    assert_false(tokens_allow_key(&tokens, SLICE("Bearer first-token-123456")));
    assert_false(tokens_allow_key(&tokens, SLICE("first-token-12345")));
    assert_false(tokens_allow_key(&tokens, SLICE_EMPTY));
    tokens_fini(&tokens);
}

/* A new file counts after a reload; a wrong one changes nothing. */
static void test_reload(void **state)
{
    struct tokens tokens;
    char error[256];
    (void)state;
    write_file("first-token-123456\n");
    assert_int_equal(tokens_init(&tokens, slice_from(path), error, sizeof(error)), STATUS_OK);
    write_file("third-token-123456\n");
    assert_int_equal(tokens_reload(&tokens, slice_from(path), error, sizeof(error)), STATUS_OK);
    assert_false(tokens_allow(&tokens, SLICE("Bearer first-token-123456")));
    assert_true(tokens_allow(&tokens, SLICE("Bearer third-token-123456")));
    write_file("short\n");
    assert_int_equal(tokens_reload(&tokens, slice_from(path), error, sizeof(error)), STATUS_BAD);
    assert_non_null(error);
    assert_true(tokens_allow(&tokens, SLICE("Bearer third-token-123456")));
    tokens_fini(&tokens);
}

/* A missing file, an empty one and a short token are told in words. */
static void test_wrong(void **state)
{
    struct tokens tokens;
    char error[256];
    (void)state;
    assert_int_equal(tokens_init(&tokens, SLICE("/nowhere/at/all"), error, sizeof(error)),
                     STATUS_NOT_FOUND);
    write_file("# nothing\n");
    assert_int_equal(tokens_init(&tokens, slice_from(path), error, sizeof(error)), STATUS_BAD);
    write_file("fifteen-letters\n");
    assert_int_equal(tokens_init(&tokens, slice_from(path), error, sizeof(error)), STATUS_BAD);
    write_file("sixteen-letters-\n");
    assert_int_equal(tokens_init(&tokens, slice_from(path), error, sizeof(error)), STATUS_OK);
    tokens_fini(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allow),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_wrong),
    };
    int file = mkstemp(path);
    if (file < 0) {
        return 1;
    }
    (void)close(file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
