/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pem.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----"

static unsigned char der[64];
static struct pem_block block;

static enum pem_answer next(const char *text, bool last, size_t room)
{
    memset(der, 0, sizeof(der));
    return pem_next(slice_from(text), last, der, room, &block);
}

/* A certificate with comments around it, and where it lies. */
static void one(void **state)
{
    (void)state;
    const char *text = "# Root\n" BEGIN "\r\nAAEC\r\nAwQ=\r\n" END "\nmore";
    assert_int_equal(next(text, true, sizeof(der)), PEM_GOT);
    assert_int_equal(block.begin, 7);
    assert_int_equal(block.der_size, 5);
    assert_memory_equal(der, "\0\1\2\3\4", 5);
    assert_string_equal(text + block.consumed, "\nmore");
    assert_int_equal(next(text + block.consumed, true, sizeof(der)), PEM_SKIPPED);
    assert_int_equal(block.consumed, 5);
    assert_int_equal(next("", true, sizeof(der)), PEM_PARTIAL);
    assert_int_equal(block.consumed, 0);
}

/* A text that comes in pieces gives what the whole gives, wherever it is cut. */
static void pieces(void **state)
{
    (void)state;
    const char *text = "--" BEGIN "\nAAEC\n" END "\n-----" BEGIN "\nAwQF\n" END;
    size_t size = strlen(text);
    for (size_t cut = 0; cut <= size; cut++) {
        size_t at = 0;
        size_t found = 0;
        bool last = false;
        for (;;) {
            size_t end = last ? size : cut;
            enum pem_answer answer =
                pem_next(slice_of(text + at, end - at), last, der, sizeof(der), &block);
            assert_true(block.consumed <= end - at);
            at += block.consumed;
            if (answer == PEM_GOT) {
                assert_memory_equal(der, found == 0 ? "\0\1\2" : "\3\4\5", 3);
                found++;
            } else if (answer == PEM_PARTIAL) {
                if (last) {
                    break;
                }
                last = true;
            }
        }
        assert_int_equal(found, 2);
        assert_int_equal(at, size);
    }
}

/* What is damaged, too large, empty or cut is skipped, and the next one is found. */
static void damaged(void **state)
{
    (void)state;
    static const char *const bad[] = {
        BEGIN "\nAA*C\n" END,         BEGIN "\nAA=C\n" END, BEGIN END,
        BEGIN "\nAAECAwQFBgcI\n" END, BEGIN "A" END,
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "%s\n" BEGIN "\nAAEC\n" END, bad[i]);
        assert_int_equal(next(text, true, 8), PEM_SKIPPED);
        assert_int_equal(block.consumed, strlen(bad[i]));
        assert_int_equal(next(text + block.consumed, true, 8), PEM_GOT);
    }
    assert_int_equal(next(BEGIN "\nAAEC\n", true, 8), PEM_SKIPPED);
    assert_int_equal(next(BEGIN "\nAAEC\n", false, 8), PEM_PARTIAL);
    assert_int_equal(block.consumed, 0);
}

/* Room for exactly what is there is enough, and one byte less is not. */
static void room(void **state)
{
    (void)state;
    assert_int_equal(next(BEGIN "AAEC" END, true, 2), PEM_SKIPPED);
    assert_int_equal(next(BEGIN "AAEC" END, true, 3), PEM_GOT);
    assert_int_equal(next(BEGIN "AAEC" END, true, 4), PEM_GOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),
        cmocka_unit_test(pieces),
        cmocka_unit_test(damaged),
        cmocka_unit_test(room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
