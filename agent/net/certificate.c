/* SPDX-License-Identifier: Apache-2.0 */
#include "net/certificate.h"

#include "base/hash.h"

/* Tags of DER. */
#define TAG_INTEGER  0x02u
#define TAG_OID      0x06u
#define TAG_SEQUENCE 0x30u
#define TAG_SET      0x31u
#define TAG_VERSION  0xa0u

/* Lengths of more bytes than this are larger than any certificate. */
#define LENGTH_BYTES_MAX 3u

/* Take one element off the front.  False: there is none that is well-formed. */
static bool next_element(struct slice *rest, unsigned *tag, struct slice *content)
{
    size_t size;
    size_t head = 2;
    if (rest->size < 2) {
        return false;
    }
    *tag = rest->base[0];
    size = rest->base[1];
    if (size >= 0x80) {
        size_t bytes = size - 0x80;
        if (bytes == 0 || bytes > LENGTH_BYTES_MAX || rest->size - 2 < bytes) {
            return false;
        }
        size = 0;
        for (size_t i = 0; i < bytes; i++) {
            size = size << 8 | rest->base[2 + i];
        }
        head += bytes;
    }
    if (size > rest->size - head) {
        return false;
    }
    *content = slice_of(rest->base + head, size);
    *rest = slice_skip(*rest, head + size);
    return true;
}

/* The same, where it must have this tag. */
static bool expect(struct slice *rest, unsigned expected, struct slice *content)
{
    unsigned tag = 0;
    return next_element(rest, &tag, content) && tag == expected;
}

bool certificate_subject(struct slice der, struct slice *name)
{
    struct slice certificate;
    struct slice fields;
    struct slice skipped;
    if (!expect(&der, TAG_SEQUENCE, &certificate) || !expect(&certificate, TAG_SEQUENCE, &fields)) {
        return false;
    }
    if (fields.size > 0 && fields.base[0] == TAG_VERSION &&
        !expect(&fields, TAG_VERSION, &skipped)) {
        return false;
    }
    /* Serial number, algorithm, issuer, validity, subject. */
    if (!expect(&fields, TAG_INTEGER, &skipped) || !expect(&fields, TAG_SEQUENCE, &skipped) ||
        !expect(&fields, TAG_SEQUENCE, &skipped) || !expect(&fields, TAG_SEQUENCE, &skipped)) {
        return false;
    }
    struct slice begin = fields;
    if (!expect(&fields, TAG_SEQUENCE, &skipped)) {
        return false;
    }
    *name = slice_take(begin, begin.size - fields.size);
    return true;
}

/* Letters of ASCII as small ones, white space not at all. */
static uint32_t add_text(uint32_t hash, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == ' ') {
            continue;
        }
        if (byte >= 'A' && byte <= 'Z') {
            byte = (unsigned char)(byte - 'A' + 'a');
        }
        hash = hash_crc32c(hash, slice_of(&byte, 1));
    }
    return hash;
}

uint32_t certificate_name_hash(struct slice name)
{
    uint32_t hash = 0;
    struct slice sets;
    struct slice set;
    if (!expect(&name, TAG_SEQUENCE, &sets) || name.size > 0) {
        return 0;
    }
    while (sets.size > 0) {
        if (!expect(&sets, TAG_SET, &set)) {
            return 0;
        }
        while (set.size > 0) {
            struct slice pair;
            struct slice key;
            struct slice value;
            unsigned tag = 0;
            if (!expect(&set, TAG_SEQUENCE, &pair) || !expect(&pair, TAG_OID, &key) ||
                !next_element(&pair, &tag, &value)) {
                return 0;
            }
            hash = add_text(hash_crc32c(hash, key), value);
        }
    }
    /* 0 says that there is none. */
    return hash == 0 ? 1 : hash;
}
