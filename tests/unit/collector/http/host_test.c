/* SPDX-License-Identifier: Apache-2.0 */
#include "http/host.h"

#include "lib/cm.h"

/* The name of an URL is what stands between its slashes, without user and port. */
static void test_url(void **state)
{
    (void)state;
    assert_slice(host_of_url(SLICE("https://thaw.example.com")), "thaw.example.com");
    assert_slice(host_of_url(SLICE("http://u:p@thaw:8080/a@b?c#d")), "thaw");
    assert_slice(host_of_url(SLICE("http://thaw?x:1")), "thaw");
    assert_slice(host_of_url(SLICE("http://[::1]:80/x")), "[::1]");
    assert_slice(host_of_url(SLICE("http://[::1]")), "[::1]");
    assert_slice(host_of_url(SLICE("")), "");
    assert_slice(host_of_url(SLICE("thaw:80")), "");
    assert_slice(host_of_url(SLICE("http:")), "");
}

/* Addresses, localhost and the own name are allowed, with any port; what a page could be called is
 * not. */
static void test_allowed(void **state)
{
    static const char *const right[] = {"127.0.0.1",     "127.0.0.1:4318", "10.1.2.3:80",
                                        "[::1]",         "[::1]:4318",     "[fe80::1:2]:1",
                                        "localhost",     "localhost:1",    "LocalHost",
                                        "thaw.home:443", "Thaw.Home",      " localhost "};
    static const char *const wrong[] = {
        "",
        "evil.example",
        "evil.example:4318",
        "localhost.evil.example",
        "::1",
        "[::1",
        "127.0.0.1.evil",
        "127.0.0.1@evil",
        "thaw",
        "x.thaw.home",
        "[]",
        ":",
        "[evil]:1",
        "1.2.3",
        "notlocalhost",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        if (!host_allowed(slice_from(right[i]), SLICE("thaw.home"))) {
            fail_msg("%s", right[i]);
        }
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (host_allowed(slice_from(wrong[i]), SLICE("thaw.home"))) {
            fail_msg("%s", wrong[i]);
        }
    }
    assert_false(host_allowed(SLICE(""), SLICE_EMPTY));
    assert_true(host_allowed(SLICE("[::1]"), SLICE_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
