/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/every.h"

#include "lib/guard.h"

#include <string.h>

/* Inputs from this size on are changed to a few telling bytes only: time grows with the square. */
enum { EVERY_ALL_SIZE_MAX = 4096 };

void every_prefix(struct slice input, every_visit *visit, void *context)
{
    struct guard_copy whole = guard_copy_create(input);
    unsigned char *end = (unsigned char *)whole.mapping +
                         (whole.bytes.base - (unsigned char *)whole.mapping) + input.size;

    /* The prefix is moved up to the guard page instead of being mapped anew. */
    for (size_t size = 0; size <= input.size; size++) {
        if (size > 0) {
            memcpy(end - size, input.base, size);
        }
        visit(slice_of(end - size, size), context);
    }
    guard_copy_free(&whole);
}

void every_byte_change(struct slice input, every_visit *visit, void *context)
{
    static const unsigned char telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"',
                                            '\\', '{',  ']',  '0',  '-',  ' '};
    struct guard_copy copy = guard_copy_create(input);
    unsigned char *bytes =
        (unsigned char *)copy.mapping + (copy.bytes.base - (unsigned char *)copy.mapping);
    size_t count = input.size < EVERY_ALL_SIZE_MAX ? 256 : sizeof(telling);

    for (size_t i = 0; i < input.size; i++) {
        unsigned char before = bytes[i];
        for (size_t k = 0; k < count; k++) {
            unsigned char byte = count == 256 ? (unsigned char)k : telling[k];
            if (byte != before) {
                bytes[i] = byte;
                visit(copy.bytes, context);
            }
        }
        bytes[i] = before;
    }
    guard_copy_free(&copy);
}

void every_damage(struct slice input, every_visit *visit, void *context)
{
    every_prefix(input, visit, context);
    every_byte_change(input, visit, context);
}
