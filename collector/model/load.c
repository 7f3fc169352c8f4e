/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"

#include <string.h>

void load_bad(struct load *load, const char *reason)
{
    if (load->reason == NULL) {
        load->reason = reason;
    }
    load->at = load->end; /* Nothing more is read. */
}

void load_full(struct load *load)
{
    if (load->reason == NULL) {
        load->full = true;
    }
    load_bad(load, "out of memory");
}

uint64_t load_long_number(struct load *load)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char byte = load_byte(load);
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return load_ok(load) ? value : 0;
        }
    }
    load_bad(load, "a number has no end");
    return 0;
}

int64_t load_time(struct load *load, int64_t from_ns)
{
    uint64_t folded = load_number(load);
    if (folded == 0) {
        return UNKNOWN_NS;
    }
    uint64_t time = (uint64_t)from_ns + load_unfolded(folded - 1);
    if (time + LOAD_TIME_NS_MAX > 2 * (uint64_t)LOAD_TIME_NS_MAX) {
        load_bad(load, "a time is out of all time");
        return UNKNOWN_NS;
    }
    return (int64_t)time;
}

int64_t load_amount(struct load *load, int64_t most)
{
    int64_t value = load_time(load, 0);
    if (value != UNKNOWN_INT && (value < 0 || value > most)) {
        load_bad(load, "a number is too large");
        return UNKNOWN_INT;
    }
    return value;
}

const unsigned char *load_bytes(struct load *load, size_t size)
{
    if (size > load_left(load)) {
        load_bad(load, "it ends too early");
        return NULL;
    }
    const unsigned char *bytes = load->at;
    load->at += size;
    return bytes;
}

void load_copy(struct load *load, void *to, size_t size)
{
    const unsigned char *bytes = load_bytes(load, size);
    if (bytes != NULL) {
        memcpy(to, bytes, size);
    } else {
        memset(to, 0, size);
    }
}

uint64_t load_u64(struct load *load)
{
    unsigned char bytes[8];
    uint64_t value = 0;
    load_copy(load, bytes, sizeof(bytes));
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

uint32_t load_count(struct load *load, uint32_t most)
{
    uint64_t count = load_number(load);
    if (count > most || count > load_left(load)) {
        load_bad(load, "a list is too long");
        return 0;
    }
    return (uint32_t)count;
}

void *load_rows(struct load *load, uint32_t count, uint32_t *capacity, size_t size)
{
    void *rows = NULL;
    *capacity = 0;
    if (load_ok(load) && count > 0 && !rows_reserve(&rows, capacity, count, UINT32_MAX - 1, size)) {
        load_full(load);
    }
    return rows;
}

/* ---- Lists that do not follow from their rows. ---- */

/* Take the list of an owner apart: each of its rows leads to itself.  The answer is how many. */
static uint32_t chain_undo(const struct load_chain *chain, uint32_t owner)
{
    struct view *view = chain->load->view;
    uint32_t count = 0;
    uint32_t row = *chain->first(view, owner);
    while (row != ROW_NONE) {
        uint32_t *next = chain->next(view, row);
        uint32_t after = *next;
        *next = row;
        row = after;
        count++;
    }
    return count;
}

static void chain_make(const struct load_chain *chain, uint32_t count, uint32_t owner)
{
    struct load *load = chain->load;
    struct view *view = load->view;
    uint32_t *at = chain->first(view, owner);
    uint32_t before = ROW_NONE;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = load_row(load, chain->rows);
        uint32_t *next = load_ok(load) ? chain->next(view, row) : NULL;
        if (next == NULL || *next != row || chain->owner(view, row) != owner) {
            load_bad(load, "a list has rows that are not its own");
            break;
        }
        if (chain->previous != NULL) {
            *chain->previous(view, row) = before;
        }
        *at = before = row;
        at = next;
        *at = ROW_NONE;
    }
    *at = ROW_NONE;
}

void load_chains(const struct load_chain *chain)
{
    struct load *load = chain->load;
    for (;;) {
        uint32_t count = load_count(load, chain->rows);
        if (count == 0) {
            return;
        }
        uint32_t owner = load_row(load, chain->owners);
        if (!load_ok(load) || chain_undo(chain, owner) != count) {
            load_bad(load, "a list has rows that are not its own");
            return;
        }
        chain_make(chain, count, owner);
    }
}

/* ---- The parts that are simple. ---- */

void load_texts(struct load *load)
{
    struct texts *texts = &load->view->texts;
    while (texts->count < load->texts && load_ok(load)) {
        size_t size = load_most(load, TEXT_SIZE_MAX);
        const unsigned char *bytes = load_bytes(load, size);
        if (bytes != NULL && !text_append(texts, slice_of(bytes, size))) {
            load_full(load);
        }
    }
}

static void load_set(struct load *load, struct repeats *repeats, struct repeats_set *set)
{
    uint64_t count = load_most(load, repeats->count_max);
    load_check(load, count <= load_left(load) / sizeof(uint64_t), "it ends too early");
    if (load_ok(load) && !repeats_reserve(set, count)) {
        load_full(load);
    }
    for (uint64_t i = 0; i < count && load_ok(load); i++) {
        load_check(load, repeats_put(set, load_u64(load)), "a print stands twice");
    }
}

void load_repeats(struct load *load, struct repeats *repeats)
{
    repeats->turns = load_number(load);
    load_set(load, repeats, &repeats->old);
    load_set(load, repeats, &repeats->young);
}

#define LOAD_COUNTER(name) view->counters.name = load_number(load);

static void load_lost(struct load *load, struct lost_span *lost)
{
    int64_t first_ns = load_time(load, load->view->now_ns);
    int64_t last_ns = load_time(load, load->view->now_ns);
    if (first_ns != UNKNOWN_NS && last_ns != UNKNOWN_NS) {
        *lost = (struct lost_span){first_ns, last_ns};
    }
}

static void load_head(struct load *load)
{
    struct view *view = load->view;
    const unsigned char *magic = load_bytes(load, SAVE_MAGIC_SIZE);
    load_check(load, magic != NULL && memcmp(magic, SAVE_MAGIC, SAVE_MAGIC_SIZE) == 0,
               "it is no view");
    load_check(load, load_number(load) == SAVE_VERSION, "it is of another version");
    load_check(load, load_u64(load) == hash_sip64(&view->texts.bulk.key, SLICE(SAVE_PRINT)),
               "it was made with another secret");
    load->texts = load_count(load, TEXT_COUNT_MAX);
    load->functions = load_count(load, FUNCTION_COUNT_MAX);
    load->ids = load_count(load, ID_COUNT_MAX);
    load->edges = load_count(load, EDGE_COUNT_MAX);
    load->links = load_count(load, LINK_COUNT_MAX);
    load->instances = load_count(load, INSTANCE_COUNT_MAX);
    load->invocations = load_count(load, INVOCATION_COUNT_MAX);
    load_check(load, load->texts > TEXT_OTHER, "it has no texts");
    view->now_ns = load_time(load, 0);
    load_check(load, view->now_ns >= 0, "a time is out of all time");
    view->generation = load_number(load);
    view->counts_from_ns = load_time(load, view->now_ns);
    view->rollups.hours_before_ns = load_time(load, view->now_ns);
    view->rollups.days_before_ns = load_time(load, view->now_ns);
    load_check(load, rollups_agree(&view->rollups), "counts change their grain at no such time");
    load_lost(load, &view->counts_lost);
    load_lost(load, &view->invocations_lost);
    SAVE_COUNTERS(LOAD_COUNTER)
}

void load_all(struct load *load)
{
    load_head(load);
    load_texts(load);
    load_functions(load);
    load_ids(load);
    load_links(load);
    load_instances(load);
    load_invocations(load);
    load_rollups(load);
    load_repeats(load, &load->view->lines);
    load_repeats(load, &load->view->left);
    load_check(load, load_byte(load) == SAVE_END && load->at == load->end, "it has no end");
    load_settle(load);
}
