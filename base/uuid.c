/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include "base/hex.h"

#include <stddef.h>
#include <string.h>

/* Bytes of each of the five groups. */
static const unsigned char group_sizes[] = {4, 2, 2, 2, 6};

enum { UUID_GROUP_COUNT = sizeof(group_sizes) / sizeof(group_sizes[0]) };

bool uuid_parse(struct slice text, struct uuid *uuid)
{
    unsigned char digits[2 * sizeof(uuid->bytes)];
    struct uuid parsed;

    if (text.size != UUID_TEXT_SIZE || text.base[8] != '-' || text.base[13] != '-' ||
        text.base[18] != '-' || text.base[23] != '-') {
        return false;
    }
    /* The five groups side by side: so all are decoded in words of the machine. */
    memcpy(digits, text.base, 8);
    memcpy(digits + 8, text.base + 9, 4);
    memcpy(digits + 12, text.base + 14, 4);
    memcpy(digits + 16, text.base + 19, 4);
    memcpy(digits + 20, text.base + 24, 12);
    if (!hex_decode(slice_of(digits, sizeof(digits)), parsed.bytes, sizeof(parsed.bytes))) {
        return false;
    }
    *uuid = parsed;
    return true;
}

void uuid_format(const struct uuid *uuid, char text[UUID_TEXT_SIZE + 1])
{
    const unsigned char *source = uuid->bytes;

    for (size_t i = 0; i < UUID_GROUP_COUNT; i++) {
        if (i > 0) {
            *text++ = '-';
        }
        size_t size = group_sizes[i];
        hex_encode(slice_of(source, size), text);
        source += size;
        text += 2 * size;
    }
    *text = '\0';
}

struct uuid uuid_v4(struct prng *prng)
{
    struct uuid uuid;

    prng_fill(prng, uuid.bytes, sizeof(uuid.bytes));
    uuid.bytes[6] = (unsigned char)((uuid.bytes[6] & 0x0f) | 0x40); /* version 4 */
    uuid.bytes[8] = (unsigned char)((uuid.bytes[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
    return uuid;
}
