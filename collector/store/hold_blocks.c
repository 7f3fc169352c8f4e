/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold_private.h"

#include "base/log.h"
#include "columns/block_scan.h"
#include "columns/select.h"

#include <string.h>

void hold_blocks_fini(struct hold_blocks *blocks)
{
    if (blocks->item != NULL) {
        cabinet_dictionary_done(&blocks->hold->writer->cabinet, blocks->item);
        blocks->item = NULL;
    }
}

/* Have the dictionary of a segment, and give back that of the one before. */
static enum status blocks_turn(struct hold_blocks *blocks, struct cabinet_item *item)
{
    struct cabinet *cabinet = &blocks->hold->writer->cabinet;
    if (blocks->item == item) {
        return STATUS_OK;
    }
    if (blocks->item != NULL) {
        cabinet_dictionary_done(cabinet, blocks->item);
        blocks->item = NULL;
    }
    enum status status = cabinet_dictionary(cabinet, item, &blocks->dictionary);
    if (status == STATUS_OK) {
        blocks->item = item;
    }
    return status;
}

enum status hold_blocks_open(struct hold_blocks *blocks, uint32_t segment, uint32_t number,
                             struct arena *arena, struct block **block)
{
    struct cabinet_item *item = cabinet_find(blocks->hold->list, segment);
    if (item == NULL) {
        return STATUS_NOT_FOUND;
    }
    enum status status = blocks_turn(blocks, item);
    if (status == STATUS_OK) {
        status = sealed_block(item->sealed, number, blocks->dictionary, blocks->hold->desk->reader,
                              arena, block);
    }
    if (status == STATUS_BAD || status == STATUS_IO) {
        log_error("records damaged", log_string("segment", item->sealed->segment.name),
                  log_u64("block", number), log_status(status));
        status = STATUS_IO;
    }
    return status;
}

/* What is known of a block without reading it. */
static struct block_info info_of(const struct sealed_entry *entry)
{
    return (struct block_info){
        .signal = (enum signal)entry->signal,
        .rows = entry->rows,
        .flags = entry->flags,
        .first_ns = entry->first_ns,
        .last_ns = entry->last_ns,
        .first_arrival_ns = entry->first_arrival_ns,
        .last_arrival_ns = entry->last_arrival_ns,
        .duration_min_ns = entry->duration_min_ns,
        .duration_max_ns = entry->duration_max_ns,
    };
}

enum status hold_blocks_select(struct hold_blocks *blocks, struct select *select,
                               const struct place *place, struct block **block)
{
    struct arena *arena = &blocks->hold->desk->scratch;
    const struct cabinet_item *item = cabinet_find(blocks->hold->list, place->segment);
    const struct cabinet_item *before = blocks->item;
    *block = NULL;
    if (item == NULL) {
        return STATUS_NOT_FOUND;
    }
    struct block_info info = info_of(&item->sealed->entries[place->number]);
    hold_scratch(blocks->hold);
    const struct hash_key *key = &item->sealed->head.key;
    bool known = memcmp(key, &blocks->hold->writer->key, sizeof(*key)) == 0;
    if (known && select_wants_filter(select) && select_may_have(select, &info)) {
        /* One that is damaged tells nothing: then the block does. */
        if (sealed_filter(item->sealed, place->number, arena, &info.filter) != STATUS_OK) {
            info.filter = SLICE_EMPTY;
        }
    }
    if (!select_may_have(select, &info)) {
        return STATUS_OK;
    }
    enum status status = hold_blocks_open(blocks, place->segment, place->number, arena, block);
    if (blocks->item != before) {
        select_forget(select);
    }
    return status;
}

enum status hold_blocks_times(struct block *block, struct arena *arena, const uint64_t **times_ns)
{
    const uint64_t *starts_ns;
    const int64_t *durations_ns = NULL;
    bool lines = block_signal(block) == SIGNAL_LOGS;
    uint64_t *made = arena_alloc(arena, block_row_count(block) * sizeof(made[0]));
    enum status status = made != NULL ? block_starts(block, &starts_ns) : STATUS_FULL;
    if (status == STATUS_OK && lines) {
        status = block_durations(block, &durations_ns);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block_row_count(block); i++) {
        made[i] = lines ? moment_of_line(starts_ns[i], starts_ns[i] + (uint64_t)durations_ns[i])
                        : moment_of(starts_ns[i]);
    }
    *times_ns = made;
    return status;
}
