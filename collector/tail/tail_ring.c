/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_ring.h"

#include "base/ensure.h"

void tail_ring_release(struct tail_batch *batch)
{
    if (atomic_fetch_sub(&batch->holders, 1) == 1) {
        batch->free(batch);
    }
}

void tail_ring_init(struct tail_ring *ring)
{
    *ring = (struct tail_ring){.first_id = 1, .next_id = 1};
}

static struct tail_batch *ring_at(const struct tail_ring *ring, uint32_t index)
{
    return ring->batches[(ring->begin + index) % TAIL_BATCHES_MAX];
}

static void ring_drop_oldest(struct tail_ring *ring)
{
    struct tail_batch *oldest = ring_at(ring, 0);
    ring->begin = (ring->begin + 1) % TAIL_BATCHES_MAX;
    ring->count--;
    ring->bytes -= oldest->size;
    ring->first_id = oldest->first_id + oldest->count;
    tail_ring_release(oldest);
}

void tail_ring_clear(struct tail_ring *ring)
{
    while (ring->count > 0) {
        ring_drop_oldest(ring);
    }
    ENSURE(ring->bytes == 0 && ring->first_id == ring->next_id);
}

void tail_ring_add(struct tail_ring *ring, struct tail_batch *batch)
{
    ENSURE(batch->size <= TAIL_BYTES_MAX && batch->count > 0);
    while (ring->count == TAIL_BATCHES_MAX || ring->bytes > TAIL_BYTES_MAX - batch->size) {
        ring_drop_oldest(ring);
    }
    batch->first_id = ring->next_id;
    ring->next_id += batch->count;
    ring->bytes += batch->size;
    ring->batches[(ring->begin + ring->count) % TAIL_BATCHES_MAX] = batch;
    ring->count++;
}

enum tail_find tail_ring_find(struct tail_ring *ring, uint64_t id, struct tail_batch **batch)
{
    if (id >= ring->next_id) {
        return TAIL_NONE;
    }
    if (id < ring->first_id) {
        return TAIL_GONE;
    }
    uint32_t low = 0;
    uint32_t high = ring->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (ring_at(ring, middle)->first_id <= id) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    *batch = ring_at(ring, low);
    (void)atomic_fetch_add(&(*batch)->holders, 1);
    return TAIL_FOUND;
}
