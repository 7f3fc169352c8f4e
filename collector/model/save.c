/* SPDX-License-Identifier: Apache-2.0 */
#include "model/save.h"

#include <string.h>

void save_flush(struct save *save)
{
    if (!save->failed && save->size > 0) {
        save->failed = !save->sink(save->context, slice_of(save->bytes, save->size));
    }
    save->size = 0;
}

void save_bytes(struct save *save, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    while (size > 0) {
        if (save->size == VIEW_SAVE_PIECE_SIZE) {
            save_flush(save);
        }
        size_t room = VIEW_SAVE_PIECE_SIZE - save->size;
        size_t piece = size < room ? size : room;
        memcpy(&save->bytes[save->size], from, piece);
        save->size += piece;
        from += piece;
        size -= piece;
    }
}

void save_u64(struct save *save, uint64_t value)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    save_bytes(save, bytes, sizeof(bytes));
}

void save_chain(const struct save_chain *chain, uint32_t owner, uint32_t first)
{
    struct save *save = chain->save;
    uint32_t count = 0;
    bool follows = true;
    uint32_t before = ROW_NONE;
    for (uint32_t row = first; row != ROW_NONE; row = chain->next(save->view, row)) {
        follows = follows && (count == 0 || row < before);
        before = row;
        count++;
    }
    if (follows) {
        return;
    }
    save_number(save, count);
    save_number(save, owner);
    for (uint32_t row = first; row != ROW_NONE; row = chain->next(save->view, row)) {
        save_number(save, row);
    }
}

void save_chain_end(const struct save_chain *chain)
{
    save_number(chain->save, 0);
}

void save_texts(struct save *save)
{
    const struct texts *texts = &save->view->texts;
    for (uint32_t i = TEXT_OTHER + 1; i < texts->count; i++) {
        save_number(save, texts->rows[i].size);
        save_bytes(save, texts->rows[i].memory, texts->rows[i].size);
    }
}

static void save_set(struct save *save, const struct repeats_set *set)
{
    save_number(save, set->count);
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0) {
            save_u64(save, set->slots[i]);
        }
    }
}

void save_repeats(struct save *save, const struct repeats *repeats)
{
    save_number(save, repeats->turns);
    save_set(save, &repeats->old);
    save_set(save, &repeats->young);
}

#define SAVE_COUNTER(name) save_number(save, view->counters.name);

static void save_head(struct save *save)
{
    const struct view *view = save->view;
    save_bytes(save, SAVE_MAGIC, SAVE_MAGIC_SIZE);
    save_number(save, SAVE_VERSION);
    save_u64(save, hash_sip64(&view->texts.bulk.key, SLICE(SAVE_PRINT)));
    save_number(save, view->texts.count);
    save_number(save, view->functions.count);
    save_number(save, view->ids.count);
    save_number(save, view->ids.edge_count);
    save_number(save, view->links.count);
    save_number(save, view->instances.count);
    save_number(save, view->invocations.count);
    save_time(save, view->now_ns, 0);
    save_number(save, view->generation);
    save_time(save, view->counts_from_ns, view->now_ns);
    save_time(save, view->rollups.hours_before_ns, view->now_ns);
    save_time(save, view->rollups.days_before_ns, view->now_ns);
    const struct lost_span *lost[] = {&view->counts_lost, &view->invocations_lost};
    for (unsigned i = 0; i < 2; i++) {
        bool any = lost[i]->first_ns <= lost[i]->last_ns;
        save_time(save, any ? lost[i]->first_ns : UNKNOWN_NS, view->now_ns);
        save_time(save, any ? lost[i]->last_ns : UNKNOWN_NS, view->now_ns);
    }
    SAVE_COUNTERS(SAVE_COUNTER)
}

void save_all(struct save *save)
{
    save_head(save);
    save_texts(save);
    save_functions(save);
    save_ids(save);
    save_links(save);
    save_instances(save);
    save_invocations(save);
    save_rollups(save);
    save_repeats(save, &save->view->lines);
    save_repeats(save, &save->view->left);
    save_byte(save, SAVE_END);
    save_flush(save);
}
