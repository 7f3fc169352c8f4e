/* SPDX-License-Identifier: Apache-2.0 */

/* Files of certificates: however the text comes in pieces, the same certificates are found, and
 * whatever they hold, their names can be asked for. */
#include "base/ensure.h"
#include "base/hash.h"
#include "net/certificate.h"
#include "net/pem.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define DER_MAX 512u

/* A hash over everything found. */
static uint32_t read_all(struct slice text, size_t piece)
{
    unsigned char der[DER_MAX];
    uint32_t seen = 0;
    size_t at = 0;
    size_t arrived = 0;
    for (;;) {
        struct pem_block block;
        bool last = arrived == text.size;
        enum pem_answer answer =
            pem_next(slice_of(text.base + at, arrived - at), last, der, sizeof(der), &block);
        ENSURE(block.consumed <= arrived - at);
        ENSURE(answer == PEM_PARTIAL || block.consumed > 0);
        if (answer == PEM_GOT) {
            struct slice name;
            ENSURE(block.der_size > 0 && block.der_size <= sizeof(der));
            seen = hash_crc32c(seen, slice_of(der, block.der_size));
            if (certificate_subject(slice_of(der, block.der_size), &name)) {
                ENSURE(name.base >= der && name.base + name.size <= der + block.der_size);
            }
        }
        at += block.consumed;
        if (answer == PEM_PARTIAL) {
            if (last) {
                ENSURE(at == text.size);
                return seen;
            }
            arrived = text.size - arrived > piece ? arrived + piece : text.size;
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct slice input = slice_of(data, size);
    struct slice name;
    if (size == 0) {
        return 0;
    }
    uint32_t whole = read_all(input, size);
    ENSURE(read_all(input, 1) == whole && read_all(input, 37) == whole);
    if (certificate_subject(input, &name)) {
        (void)!certificate_name_hash(name);
    }
    (void)!certificate_name_hash(input);
    return 0;
}
