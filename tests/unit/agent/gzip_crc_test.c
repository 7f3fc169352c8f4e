/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/crc.h"

#include "lib/cm.h"

/* The values that everybody knows, and every length from none to several rounds. */
static void known(void **state)
{
    (void)state;
    unsigned char bytes[100];
    assert_int_equal(crc_of(SLICE_EMPTY), 0);
    assert_int_equal(crc_of(SLICE("a")), 0xe8b7be43);
    assert_int_equal(crc_of(SLICE("123456789")), 0xcbf43926);
    assert_int_equal(crc_of(SLICE("The quick brown fox jumps over the lazy dog")), 0x414fa339);
    for (size_t size = 0; size < sizeof(bytes); size++) {
        uint32_t slow = UINT32_MAX;
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (unsigned char)(i * 37 + size);
            slow ^= bytes[i];
            for (int bit = 0; bit < 8; bit++) {
                slow = slow >> 1 ^ ((slow & 1) != 0 ? 0xedb88320u : 0);
            }
        }
        assert_int_equal(crc_of(slice_of(bytes, size)), ~slow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
