/* SPDX-License-Identifier: Apache-2.0 */
#include "core/queue.h"

#include "base/ensure.h"

#include <string.h>

#define FRAME_ALIGN 8u

_Static_assert(sizeof(struct queue_frame) == 32 && offsetof(struct queue_frame, signal) == 4 &&
                   offsetof(struct queue_frame, class) == 5 &&
                   offsetof(struct queue_frame, state) == 6 &&
                   offsetof(struct queue_frame, block) == 7 &&
                   offsetof(struct queue_frame, seq) == 8 &&
                   offsetof(struct queue_frame, mono_ns) == 16 &&
                   offsetof(struct queue_frame, life) == 26,
               "a frame is laid out as docs/formats/spool.md says");

/* When something must go, an eighth goes at once: the walk over all frames is paid seldom. */
#define ROOM_SHARE 8u

static size_t frame_size(size_t record_size)
{
    size_t size = sizeof(struct queue_frame) + record_size;
    return (size + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN;
}

static struct queue_frame *frame_at(const struct queue *queue, size_t position)
{
    return (struct queue_frame *)(void *)(queue->base + position);
}

void queue_init(struct queue *queue, void *memory, size_t size)
{
    ENSURE((uintptr_t)memory % FRAME_ALIGN == 0 && size % FRAME_ALIGN == 0);
    *queue = (struct queue){.base = memory, .size = size};
}

struct queue_frame *queue_next(const struct queue *queue, size_t *position)
{
    while (*position < queue->used) {
        struct queue_frame *frame = frame_at(queue, *position);
        *position += frame_size(frame->size);
        if (frame->state != QUEUE_GAP) {
            return frame;
        }
    }
    return NULL;
}

struct slice queue_record(const struct queue_frame *frame)
{
    return slice_of(frame + 1, frame->size);
}

/* A frame is gone that the spool has: it must be told. */
static void note_gone(struct queue *queue, const struct queue_frame *frame)
{
    size_t position = (size_t)((const unsigned char *)frame - queue->base);
    if (position >= queue->saved || queue->gone_overflowed) {
        return;
    }
    struct queue_gone *last = queue->gone_count > 0 ? &queue->gone[queue->gone_count - 1] : NULL;
    if (last != NULL && last->life == frame->life && frame->seq == last->last + 1) {
        last->last = frame->seq;
        return;
    }
    if (queue->gone_count == QUEUE_GONE_MAX) {
        queue->gone_overflowed = true;
        return;
    }
    queue->gone[queue->gone_count] =
        (struct queue_gone){.first = frame->seq, .last = frame->seq, .life = frame->life};
    queue->gone_count++;
}

static void make_gap(struct queue *queue, struct queue_frame *frame)
{
    ENSURE(frame->state != QUEUE_GAP && queue->count > 0);
    note_gone(queue, frame);
    if (frame->state != QUEUE_IN_FLIGHT) {
        queue->spare[frame->class]--;
    }
    if (frame->state == QUEUE_WAITING) {
        queue->waiting--;
    }
    if (frame->state == QUEUE_HELD) {
        queue->held--;
        queue->held_live -= frame_size(frame->size);
    }
    frame->state = QUEUE_GAP;
    queue->count--;
    queue->live -= frame_size(frame->size);
    if (queue->count == 0) {
        queue->used = 0;
        queue->moves++;
        queue->saved = 0;
    }
}

void queue_remove(struct queue *queue, const struct queue_gone *gone)
{
    size_t position = 0;
    struct queue_frame *frame;
    while ((frame = queue_next(queue, &position)) != NULL) {
        if (frame->life == gone->life && frame->seq >= gone->first && frame->seq <= gone->last) {
            make_gap(queue, frame);
        }
    }
}

struct slice queue_unsaved(const struct queue *queue)
{
    return slice_of(queue->base + queue->saved, queue->used - queue->saved);
}

void queue_saved(struct queue *queue)
{
    queue->saved = queue->used;
    queue->gone_count = 0;
    queue->gone_overflowed = false;
}

void queue_take(struct queue *queue, struct queue_frame *frame)
{
    ENSURE(frame->state == QUEUE_WAITING);
    frame->state = QUEUE_IN_FLIGHT;
    queue->waiting--;
    queue->spare[frame->class]--;
}

void queue_return(struct queue *queue, struct queue_frame *frame)
{
    ENSURE(frame->state == QUEUE_IN_FLIGHT);
    frame->state = QUEUE_WAITING;
    queue->waiting++;
    queue->spare[frame->class]++;
}

void queue_forget(struct queue *queue, struct queue_frame *frame)
{
    ENSURE(frame->state == QUEUE_IN_FLIGHT);
    make_gap(queue, frame);
}

void queue_release(struct queue *queue, struct queue_frame *frame, unsigned char why)
{
    if (frame->state != QUEUE_HELD) {
        return;
    }
    frame->held &= (unsigned char)~why;
    if (frame->held == 0) {
        frame->state = QUEUE_WAITING;
        queue->waiting++;
        queue->held--;
        queue->held_live -= frame_size(frame->size);
    }
}

void queue_drop(struct queue *queue, struct queue_frame *frame)
{
    ENSURE(frame->state == QUEUE_HELD);
    make_gap(queue, frame);
}

void queue_blot(struct queue_frame *frame, size_t size)
{
    unsigned char *end = (unsigned char *)(frame + 1) + frame->size;
    unsigned char *at = end - size;
    ENSURE(size <= frame->size && frame->state != QUEUE_IN_FLIGHT);
    while (at > (unsigned char *)(frame + 1) && at < end && (*at & 0xc0) == 0x80) {
        at--;
    }
    memset(at, '*', (size_t)(end - at));
}

bool queue_fits(const struct queue *queue, size_t size)
{
    return size < queue->size && frame_size(size) <= queue->size;
}

void queue_compact(struct queue *queue)
{
    size_t target = 0;
    size_t position = 0;
    queue->moves++;
    size_t saved = queue->saved;
    while (position < queue->used) {
        if (position == queue->saved) {
            saved = target;
        }
        const struct queue_frame *frame = frame_at(queue, position);
        size_t size = frame_size(frame->size);
        bool gap = frame->state == QUEUE_GAP;
        if (!gap && target != position) {
            memmove(queue->base + target, queue->base + position, size);
        }
        target += gap ? 0 : size;
        position += size;
    }
    queue->saved = queue->saved == queue->used ? target : saved;
    queue->used = target;
    ENSURE(queue->used == queue->live);
}

/* Drop the oldest waiting frames of the lowest classes, up to this one, until size bytes and some
 * more are free. */
static void make_room(struct queue *queue, size_t size, enum queue_class class_max)
{
    size_t target = size + queue->size / ROOM_SHARE;
    if (target > queue->size) {
        target = queue->size;
    }
    for (unsigned class = QUEUE_DEBUG; class <= class_max && class < QUEUE_FACT; class ++) {
        struct queue_frame *frame;
        size_t position = 0;
        while (queue->spare[class] > 0 && queue->size - queue->live < target &&
               (frame = queue_next(queue, &position)) != NULL) {
            if (frame->class == class &&
                (frame->state == QUEUE_WAITING || frame->state == QUEUE_HELD)) {
                make_gap(queue, frame);
                queue->dropped++;
            }
        }
        /* Once there is enough for this record, what matters more stays. */
        if (queue->size - queue->live >= size) {
            return;
        }
    }
}

bool queue_push(struct queue *queue, const struct queue_frame *frame, struct slice record)
{
    size_t size = frame_size(record.size);
    if (record.size >= queue->size || size > queue->size) {
        queue->dropped++;
        return false;
    }
    if (queue->size - queue->live < size) {
        make_room(queue, size, (enum queue_class)frame->class);
        if (queue->size - queue->live < size) {
            queue->dropped++;
            return false;
        }
    }
    if (queue->size - queue->used < size) {
        queue_compact(queue);
    }
    struct queue_frame *place = frame_at(queue, queue->used);
    *place = *frame;
    place->size = (uint32_t)record.size;
    place->state = frame->held != 0 ? QUEUE_HELD : QUEUE_WAITING;
    memset(place->zero, 0, sizeof(place->zero));
    if (record.size > 0) {
        memcpy(place + 1, record.base, record.size);
    }
    /* What pads goes into the spool as well. */
    memset((unsigned char *)(place + 1) + record.size, 0, size - sizeof(*place) - record.size);
    queue->used += size;
    queue->live += size;
    queue->count++;
    queue->spare[place->class]++;
    if (frame->held != 0) {
        queue->held++;
        queue->held_live += size;
    } else {
        queue->waiting++;
    }
    return true;
}

uint64_t queue_oldest_ns(const struct queue *queue)
{
    size_t position = 0;
    const struct queue_frame *frame;
    if (queue->waiting == 0) {
        return UINT64_MAX;
    }
    while ((frame = queue_next(queue, &position)) != NULL) {
        if (frame->state == QUEUE_WAITING) {
            return frame->mono_ns;
        }
    }
    return UINT64_MAX;
}

void queue_assert(const struct queue *queue)
{
    size_t position = 0;
    size_t live = 0;
    size_t count = 0;
    size_t waiting = 0;
    size_t held = 0;
    size_t held_live = 0;
    size_t spare[QUEUE_CLASSES] = {0};
    bool whole = queue->saved == queue->used;
    while (position < queue->used) {
        const struct queue_frame *frame = frame_at(queue, position);
        whole = whole || position == queue->saved;
        size_t size = frame_size(frame->size);
        if (frame->state != QUEUE_GAP) {
            live += size;
            count++;
            spare[frame->class] += frame->state != QUEUE_IN_FLIGHT ? 1 : 0;
            waiting += frame->state == QUEUE_WAITING ? 1 : 0;
            held += frame->state == QUEUE_HELD ? 1 : 0;
            held_live += frame->state == QUEUE_HELD ? size : 0;
            ENSURE(frame->state != QUEUE_HELD || frame->held != 0);
        }
        position += size;
    }
    ENSURE(position == queue->used && queue->used <= queue->size && whole);
    ENSURE(held == queue->held && held_live == queue->held_live);
    ENSURE(live == queue->live && count == queue->count && waiting == queue->waiting);
    ENSURE(memcmp(spare, queue->spare, sizeof(spare)) == 0);
}
