/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Not a parser but a canary: it reads one byte behind an input that begins with "sing", which is
 * found only by following branches, and seen only by a sanitizer.  canary_test.py wants it to
 * crash; a build in which it does not would find nothing in the parsers either.
 */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const volatile uint8_t *bytes = data;
    if (size > 3 && data[0] == 's' && data[1] == 'i' && data[2] == 'n' && data[3] == 'g') {
        (void)bytes[size];
    }
    return 0;
}
