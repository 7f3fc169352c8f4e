/* SPDX-License-Identifier: Apache-2.0 */
#include "net/web_proxy.h"

#include "agent_limits.h"
#include "lib/cm.h"

#include <string.h>

static struct web_proxy proxy;
static char arena_bytes[4096];

static const char *parse(const char *url)
{
    static struct arena arena;
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    return web_proxy_parse(slice_from(url), &arena, &proxy);
}

/* Host and port, with and without the scheme; 80 is the default. */
static void host_and_port(void **state)
{
    (void)state;
    assert_null(parse("http://proxy.internal:3128"));
    assert_slice(proxy.host, "proxy.internal");
    assert_int_equal(proxy.port, 3128);
    assert_slice(proxy.authorization, "");
    assert_null(parse("proxy:3128/"));
    assert_slice(proxy.host, "proxy");
    assert_null(parse(" HTTP://proxy "));
    assert_int_equal(proxy.port, 80);
    assert_null(parse("http://[fd00::1]:8080"));
    assert_slice(proxy.host, "fd00::1");
}

/* User and password are decoded; the last @ ends them. */
static void credentials(void **state)
{
    (void)state;
    assert_null(parse("http://Aladdin:open%20sesame@proxy:1"));
    assert_slice(proxy.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_null(parse("http://a:p@ss@proxy:1"));
    assert_slice(proxy.host, "proxy");
    assert_slice(proxy.authorization, "Basic YTpwQHNz");
}

/* The longest credentials, and one byte more. */
static void credentials_size(void **state)
{
    char url[AGENT_PROXY_CREDENTIALS_MAX + 32];
    (void)state;
    for (size_t size = AGENT_PROXY_CREDENTIALS_MAX - 1; size <= AGENT_PROXY_CREDENTIALS_MAX + 1;
         size++) {
        memset(url, 'x', size);
        strncpy(url + size, "@proxy:1", 16);
        assert_int_equal(parse(url) == NULL, size <= AGENT_PROXY_CREDENTIALS_MAX);
    }
}

/* What is no HTTP proxy is told in words. */
static void wrong(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",        "http://",        "socks5://proxy:1080", "https://proxy:3128", "http://p:0",
        "p:99999", "http://a%2@p:1", "http://a b:1",        "http://@",           "http://[::1",
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_non_null(parse(urls[i]));
        assert_int_equal(proxy.host.size, 0);
    }
}

static bool bypassed(const char *list, const char *host, uint16_t port)
{
    return web_proxy_bypassed(slice_from(list), slice_from(host), port);
}

/* This machine and its link never go through a proxy. */
static void near(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost", "LOCALHOST",       "127.0.0.1", "127.8.8.8",
                                        "::1",       "169.254.169.254", "fe80::1",   "febf::1"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_true(bypassed("", hosts[i], 80));
    }
    assert_false(bypassed("", "126.0.0.1", 80));
    assert_false(bypassed("", "169.253.0.1", 80));
    assert_false(bypassed("", "fec0::1", 80));
    assert_false(bypassed("", "localhost.example", 80));
}

/* Names stand for themselves and what lies in them. */
static void names(void **state)
{
    (void)state;
    assert_true(bypassed("a.example", "a.example", 443));
    assert_true(bypassed(".a.example", "a.example", 443));
    assert_true(bypassed("*.a.example", "x.A.Example", 443));
    assert_true(bypassed("b, a.example ,c", "x.y.a.example", 443));
    assert_false(bypassed("a.example", "ba.example", 443));
    assert_false(bypassed("a.example", "example", 443));
    assert_true(bypassed("a.example:443", "a.example", 443));
    assert_false(bypassed("a.example:443", "a.example", 444));
    assert_true(bypassed("*", "anything", 443));
    assert_false(bypassed("", "anything", 443));
    assert_false(bypassed(",, ,", "anything", 443));
}

/* Addresses are compared as such, networks by their bits. */
static void addresses(void **state)
{
    (void)state;
    assert_true(bypassed("10.1.2.3", "10.1.2.3", 443));
    assert_true(bypassed("10.1.2.3:443", "10.1.2.3", 443));
    assert_false(bypassed("10.1.2.3:443", "10.1.2.3", 80));
    assert_true(bypassed("10.0.0.0/8", "10.255.0.1", 443));
    assert_false(bypassed("10.0.0.0/8", "11.0.0.1", 443));
    assert_true(bypassed("172.16.0.0/12", "172.31.255.255", 443));
    assert_false(bypassed("172.16.0.0/12", "172.32.0.0", 443));
    assert_true(bypassed("0.0.0.0/0", "8.8.8.8", 443));
    assert_false(bypassed("0.0.0.0/0", "2001:db8::1", 443));
    assert_false(bypassed("10.0.0.0/33", "10.0.0.0", 443));
    assert_true(bypassed("2001:db8::/32", "2001:db8:1::1", 443));
    assert_false(bypassed("0.0.0.0/0", "name.example", 443));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_and_port),
        cmocka_unit_test(credentials),
        cmocka_unit_test(credentials_size),
        cmocka_unit_test(wrong),
        cmocka_unit_test(near),
        cmocka_unit_test(names),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
