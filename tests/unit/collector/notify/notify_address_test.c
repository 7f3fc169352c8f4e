/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Which reaches allow an address: p(ublic), l(oopback), v (private). */
static void assert_reach(const char *text, const char *expected)
{
    unsigned char bytes[16];
    bool v6 = strchr(text, ':') != NULL;
    assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes), 1);
    static const char letters[] = "plv";
    char allowed[4] = "";
    for (unsigned reach = 0; reach < 3; reach++) {
        if (notify_address_allowed((enum notify_reach)reach, bytes, v6 ? 16 : 4)) {
            allowed[strlen(allowed)] = letters[reach];
        }
    }
    if (strcmp(allowed, expected) != 0) {
        print_error("%s: %s\n", text, allowed);
    }
    assert_string_equal(allowed, expected);
}

/* Each kind of network, with the addresses on both sides of its edges. */
static void networks_have_their_reach(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *allowed;
    } cases[] = {
        {"0.0.0.0", ""},
        {"1.1.1.1", "plv"},
        {"9.255.255.255", "plv"},
        {"10.0.0.1", "v"},
        {"11.0.0.0", "plv"},
        {"100.63.255.255", "plv"},
        {"100.64.0.1", "v"},
        {"100.127.255.255", "v"},
        {"100.128.0.0", "plv"},
        {"127.0.0.1", "lv"},
        {"127.255.255.255", "lv"},
        {"169.253.255.255", "plv"},
        {"169.254.169.254", ""},
        {"172.15.255.255", "plv"},
        {"172.16.0.1", "v"},
        {"172.31.255.255", "v"},
        {"172.32.0.0", "plv"},
        {"192.168.1.1", "v"},
        {"192.0.2.1", ""},
        {"198.18.0.1", "v"},
        {"224.0.0.1", ""},
        {"240.0.0.1", ""},
        {"255.255.255.255", ""},
        {"::", ""},
        {"::1", "lv"},
        {"fe80::1", ""},
        {"febf::1", ""},
        {"fc00::1", "v"},
        {"fdff::1", "v"},
        {"ff02::1", ""},
        {"2001:db8::1", ""},
        {"2606:4700::1111", "plv"},
        {"::ffff:127.0.0.1", "lv"},
        {"::ffff:10.0.0.1", "v"},
        {"::ffff:169.254.169.254", ""},
        {"::ffff:8.8.8.8", "plv"},
        {"64:ff9b::a9fe:a9fe", ""},
        {"2002:7f00:1::", "lv"},
        {"2002:a00:1::", "v"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_reach(cases[i].address, cases[i].allowed);
    }
}

/* What is no address is not reached. */
static void other_sizes_are_refused(void **state)
{
    (void)state;
    static const unsigned char bytes[16] = {8, 8, 8, 8};
    for (size_t size = 0; size <= 16; size++) {
        assert_int_equal(notify_address_allowed(NOTIFY_REACH_PRIVATE, bytes, size),
                         size == 4 || size == 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_have_their_reach),
        cmocka_unit_test(other_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
