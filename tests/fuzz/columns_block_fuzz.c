/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of blocks.  The first byte chooses: 0 to 127, the others are a block; else they are
 * changes to one that was written, three bytes each (where, and what stands there instead).  The
 * dictionary is one that was written.  Whatever is read is looked at to the last byte.
 */
#include "random.h"
#include "sealed.h"

#include "base/ensure.h"
#include "columns/select.h"
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
        prng_init(&prng, 7);
        sealed = sealed_create();
        for (size_t i = 0; i < 6; i++) {
            struct batch batch =
                random_batch(&prng, &arena, i % 2 == 0 ? SIGNAL_TRACES : SIGNAL_LOGS, 40);
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

static void look_at_texts(const struct block *block, const struct block_texts *texts)
{
    for (uint32_t i = 0; i < block_row_count(block); i++) {
        ENSURE(texts->rows[i] == BLOCK_NONE || texts->rows[i] < texts->count);
    }
    for (uint32_t i = 0; i < texts->count; i++) {
        (void)!slice_equal(texts->texts[i], texts->texts[i]);
    }
}

static void scan(struct block *block)
{
    static const char *const keys[] = {"user.id", "n", "faas.invocation_id", "nobody"};
    struct block_texts texts;
    const struct value *values;
    if (block_names(block, &texts) == STATUS_OK) {
        look_at_texts(block, &texts);
    }
    if (block_bodies(block, &texts) == STATUS_OK) {
        look_at_texts(block, &texts);
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct slice key = slice_from(keys[i]);
        if (block_attr_texts(block, key, &texts) == STATUS_OK) {
            look_at_texts(block, &texts);
        }
        (void)!block_attr_values(block, key, &values);
        (void)!block_has(block, key, SLICE("a"));
    }
}

/* One query for each condition that there is. */
static void choose_rows(struct sealed *sealed, struct slice bytes, struct arena *arena)
{
    static const struct scan_condition conditions[] = {
        {.test = SCAN_ATTR, .key = SLICE("user.id"), .text = SLICE("a")},
        {.test = SCAN_ATTR, .key = SLICE("n"), .text = SLICE("1")},
        {.test = SCAN_SERVICE, .text = SLICE("shop")},
        {.test = SCAN_NAME, .text = SLICE("GET")},
        {.test = SCAN_WORDS, .text = SLICE("error x")},
        {.test = SCAN_TEXT, .text = SLICE("rde")},
        {.test = SCAN_DURATION_MIN, .duration_ns = 1000},
        {.test = SCAN_ERROR},
    };
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        struct scan_query query = {
            .signals = SCAN_SPANS | SCAN_LINES,
            .from_ns = 1,
            .to_ns = UINT64_MAX,
            .conditions = &conditions[i],
            .condition_count = 1,
        };
        struct select *select;
        struct block *block;
        const uint32_t *rows;
        uint32_t count;
        ENSURE(select_create(&select, &query, &sealed_key) == STATUS_OK);
        arena_reset(arena);
        if (block_open(&block, sealed->dictionary, bytes, sealed->reader, arena) == STATUS_OK &&
            select_rows(select, block, &rows, &count) == STATUS_OK) {
            ENSURE(count <= block_row_count(block));
        }
        select_free(select);
    }
}

static void read_block(struct sealed *sealed, struct slice bytes)
{
    static const struct id16 ids[] = {{{0x7a, [15] = 3}}, {{0x50, 1}}, {{1}}};
    static struct arena arena;
    struct block *block;
    const uint8_t *grades;
    if (arena.base == NULL) {
        void *memory = malloc(ARENA_SIZE);
        ENSURE(memory != NULL);
        arena_init(&arena, memory, ARENA_SIZE);
    }
    for (unsigned step = 0; step < 3; step++) { /* Each with nothing decoded yet. */
        arena_reset(&arena);
        if (block_open(&block, sealed->dictionary, bytes, sealed->reader, &arena) != STATUS_OK) {
            return;
        }
        if (step == 0) {
            (void)!block_rows(block, NULL, 0, look, NULL);
        } else if (step == 1) {
            (void)!block_rows(block, ids, sizeof(ids) / sizeof(ids[0]), look, NULL);
        } else {
            scan(block);
            (void)!block_grades(block, &grades);
        }
    }
    choose_rows(sealed, bytes, &arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sealed *sealed = written();
    if (size == 0) {
        return 0;
    }
    struct slice source = slice_of(data + 1, size - 1);
    if (data[0] >= 128) {
        source = sealed->blocks[data[0] % sealed->block_count].bytes;
    }
    unsigned char *copy = malloc(source.size + 1);
    ENSURE(copy != NULL);
    if (source.size > 0) {
        memcpy(copy, source.base, source.size);
    }
    for (size_t i = 1; data[0] >= 128 && i + 3 <= size; i += 3) {
        copy[((size_t)data[i] << 8 | data[i + 1]) % source.size] = data[i + 2];
    }
    read_block(sealed, slice_of(copy, source.size));
    free(copy);
    return 0;
}
