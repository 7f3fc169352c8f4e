/* SPDX-License-Identifier: Apache-2.0 */
#include "store_books.h"

#include "store/hold.h"

#include <string.h>

uint64_t books_loads;

struct slice books_body(const struct sim *sim, uint32_t number, unsigned char *memory)
{
    return store_body(number, sim->bodies[number].size, memory);
}

static void sim_show(struct sim *sim, struct slice shown, struct frame_ref ref, bool sealed)
{
    unsigned char memory[STORE_BODY_MAX];
    uint32_t number;
    CHECK(sim, shown.size >= sizeof(number));
    memcpy(&number, shown.base, sizeof(number));
    CHECK(sim, number < sim->body_count);
    CHECK(sim, slice_equal(shown, books_body(sim, number, memory)));
    struct body_state *body = &sim->bodies[number];
    CHECK(sim, !body->gone);
    CHECK(sim, body->fate != FATE_NONE);
    body->shown++;
    CHECK(sim, body->shown == 1);
    /* What is appended stands behind all there is; also if it was there before, unacknowledged. */
    if (body->order == 0 || body->fate == FATE_OPEN) {
        body->order = ++sim->order_next;
    }
    /* What is sealed is shown in another order, but segment by segment; what nobody was told of may
     * have come and gone. */
    if (!sealed && body->fate != FATE_UNKNOWN) {
        CHECK(sim, body->order > sim->order_last);
    }
    if (body->order > sim->order_last && body->fate != FATE_UNKNOWN) {
        sim->order_last = body->order;
    }
    body->segment = ref.segment;
    store_note(sim->store, store_body_id(number), ref);
    store_note(sim->store, store_body_id(number), ref);
}

struct sim_shown {
    struct sim *sim;
    struct frame_ref ref;
};

static void sim_show_sealed(void *context, struct slice body)
{
    const struct sim_shown *shown = context;
    sim_show(shown->sim, body, shown->ref, true);
}

void books_apply(void *context, struct store *store, const struct frame *frame,
                 const struct batch *batch, struct frame_ref ref)
{
    struct sim *sim = context;
    sim->store = store;
    if (frame->body.size == 0) {
        struct sim_shown shown = {sim, ref};
        store_body_each(batch, sim_show_sealed, &shown);
    } else {
        sim_show(sim, frame->body, ref, (ref.offset & HOLD_BLOCK_BIT) != 0);
    }
}

void books_forget(void *context, uint32_t segment_last)
{
    struct sim *sim = context;
    for (uint32_t i = 0; i < sim->body_count; i++) {
        if (sim->bodies[i].shown > 0 && sim->bodies[i].segment <= segment_last) {
            sim->bodies[i].gone = sim->bodies[i].forgotten = true;
        }
    }
}

/* What was shown: each body and its segment, in order. */
struct sim_told {
    uint64_t order;
    uint32_t number, segment;
};

static int sim_compare_told(const void *one, const void *other)
{
    const struct sim_told *a = one;
    const struct sim_told *b = other;
    return a->order < b->order ? -1 : a->order > b->order;
}

enum status books_save(void *context, store_sink *sink, void *sink_context)
{
    struct sim *sim = context;
    struct sim_told told[BODIES_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < sim->body_count; i++) {
        if (sim->bodies[i].shown > 0 && !sim->bodies[i].forgotten) {
            told[count++] = (struct sim_told){sim->bodies[i].order, i, sim->bodies[i].segment};
        }
    }
    qsort(told, count, sizeof(told[0]), sim_compare_told);
    /* In two pieces. */
    size_t half = count / 2 * sizeof(told[0]);
    struct slice all = slice_of(told, count * sizeof(told[0]));
    bool good = (half == 0 || sink(sink_context, slice_take(all, half))) &&
                sink(sink_context, slice_skip(all, half));
    return good ? STATUS_OK : STATUS_IO;
}

enum status books_load(void *context, struct slice bytes, const char **reason)
{
    struct sim *sim = context;
    CHECK(sim, bytes.size % sizeof(struct sim_told) == 0);
    CHECK(sim, sim->order_last == 0);
    *reason = "it is not wanted";
    if (prng_chance(&sim->prng, 1, 10)) {
        return STATUS_BAD;
    }
    for (size_t at = 0; at < bytes.size; at += sizeof(struct sim_told)) {
        struct sim_told told;
        memcpy(&told, bytes.base + at, sizeof(told));
        CHECK(sim, told.number < sim->body_count);
        struct body_state *body = &sim->bodies[told.number];
        body->shown++;
        body->segment = told.segment;
        CHECK(sim, body->shown == 1 && body->order == told.order);
        CHECK(sim, body->order > sim->order_last);
        sim->order_last = body->order;
    }
    books_loads++;
    return STATUS_OK;
}
