/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of dictionaries: any bytes, or (from a first byte of 128 on) changes to one that was
 * written, three bytes each.  What is opened is looked at to the last byte, and blocks that were
 * written are read with it.
 */
#include "random.h"
#include "sealed.h"

#include "base/ensure.h"
#include "lib/batch_same.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)24 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sealed *written(void)
{
    static struct sealed *sealed;
    if (sealed == NULL) {
        struct prng prng;
        struct arena arena;
        void *memory = malloc((size_t)32 << 20);
        ENSURE(memory != NULL);
        arena_init(&arena, memory, (size_t)32 << 20);
        prng_init(&prng, 9);
        sealed = sealed_create();
        for (size_t i = 0; i < 4; i++) {
            struct batch batch =
                random_batch(&prng, &arena, i % 2 == 0 ? SIGNAL_TRACES : SIGNAL_LOGS, 12);
            sealed_add(sealed, &batch, UINT64_C(1796000000000000000) + i % 4);
        }
        sealed_write(sealed);
        free(memory);
    }
    return sealed;
}

static bool look(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    (void)context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        (void)!batch_same_span(&batch->spans[i], &batch->spans[i]);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        (void)!batch_same_line(&batch->logs[i], &batch->logs[i]);
    }
    return true;
}

static void look_at(struct sealed *sealed, const struct dictionary *dictionary)
{
    static struct arena arena;
    uint64_t arrival_ns;
    struct block *block;
    if (arena.base == NULL) {
        void *memory = malloc(ARENA_SIZE);
        ENSURE(memory != NULL);
        arena_init(&arena, memory, ARENA_SIZE);
    }
    for (uint32_t i = 0; i < dictionary_resource_count(dictionary); i++) {
        const struct resource *resource;
        if (dictionary_resource(dictionary, i, &resource) == STATUS_OK) {
            (void)!batch_same_resource(resource, resource);
        }
    }
    for (uint32_t i = 0; i < dictionary_bare_count(dictionary); i++) {
        const struct resource *resource;
        enum status status = dictionary_bare(dictionary, i, &resource, &arrival_ns);
        ENSURE(status == STATUS_OK || status == STATUS_BAD);
    }
    for (size_t i = 0; i < sealed->block_count; i++) {
        arena_reset(&arena);
        if (block_open(&block, dictionary, sealed->blocks[i].bytes, sealed->reader, &arena) ==
            STATUS_OK) {
            (void)!block_rows(block, NULL, 0, look, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sealed *sealed = written();
    struct dictionary *dictionary;
    if (size == 0) {
        return 0;
    }
    struct slice source = data[0] >= 128 ? sealed->dictionary_bytes : slice_of(data + 1, size - 1);
    unsigned char *copy = malloc(source.size + 1);
    ENSURE(copy != NULL);
    if (source.size > 0) {
        memcpy(copy, source.base, source.size);
    }
    for (size_t i = 1; data[0] >= 128 && i + 3 <= size; i += 3) {
        copy[((size_t)data[i] << 8 | data[i + 1]) % source.size] = data[i + 2];
    }
    enum status status = dictionary_open(&dictionary, slice_of(copy, source.size));
    free(copy); /* It is not needed any more. */
    if (status == STATUS_OK) {
        look_at(sealed, dictionary);
        dictionary_free(dictionary);
    }
    return 0;
}
