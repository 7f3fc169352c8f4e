/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"

#include "lib/cm.h"
#include "lib/file.h"
#include "lib/guard.h"

/* How many files there were of each kind, and how many of them went wrong. */
struct tally {
    unsigned yes;
    unsigned no;
    unsigned either;
    unsigned wrong;
};

static void judge(const char *name, struct slice content, void *context)
{
    struct tally *tally = context;
    struct guard_copy copy = guard_copy_create(content);
    struct json_read reader;

    json_read_init(&reader, copy.bytes, JSON_DEPTH_MAX);
    while (json_read_next(&reader) > JSON_END) {
    }
    bool accepted = reader.token == JSON_END;
    guard_copy_free(&copy);

    tally->yes += name[0] == 'y';
    tally->no += name[0] == 'n';
    tally->either += name[0] == 'i';
    if ((name[0] == 'y' && !accepted) || (name[0] == 'n' && accepted)) {
        tally->wrong++;
        print_error("%s was %s\n", name, accepted ? "accepted" : "rejected");
    }
}

/* Everything that must be accepted is, everything that must be rejected is, and what may be either
 * ends one way or the other. */
static void suite(void **state)
{
    (void)state;
    struct tally tally = {0};

    file_each(JSON_SUITE_DIR, judge, &tally);
    print_message("%u to accept, %u to reject, %u either way\n", tally.yes, tally.no, tally.either);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.yes >= 95 && tally.no >= 187 && tally.either >= 35);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
