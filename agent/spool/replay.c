/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/replay.h"

#include "base/ensure.h"
#include "proto/wire.h"
#include "spool/entry.h"
#include "spool/format.h"
#include "spool/row.h"

#include <string.h>

#define STEP 8u

/* What a message that is being read says of each of its numbers, those that are texts apart. */
#define NUMBERS_MAX 48u

struct numbers {
    uint64_t values[NUMBERS_MAX];
    struct slice text; /* The last one. */
};

/* Read a message of numbers.  False: it is none. */
static bool read_numbers(struct slice message, struct numbers *numbers)
{
    struct wire_read reader;
    struct wire_field field;
    enum wire_answer answer;
    memset(numbers, 0, sizeof(*numbers));
    wire_read_init(&reader, message);
    while ((answer = wire_read_next(&reader, &field)) == WIRE_FIELD) {
        if (field.type == WIRE_BYTES) {
            numbers->text = field.bytes;
        } else if (field.number < NUMBERS_MAX) {
            numbers->values[field.number] = field.value;
        }
    }
    return answer == WIRE_END;
}

/* ---- Entries. ---- */

/* Life 0 of the spool is the process that wrote it; while it is read its frames are those of life
 * 0 here, too, and its name is kept in this place, which is nobody's. */
static void take_life(struct core *core, const struct numbers *numbers)
{
    uint64_t number = numbers->values[ENTRY_LIFE_NUMBER];
    if (number >= AGENT_LIVES_MAX) {
        return;
    }
    struct life *life = &core->lives.rows[number];
    life->epoch_ns = numbers->values[ENTRY_LIFE_EPOCH];
    life->made_up = numbers->values[ENTRY_LIFE_MADE_UP] != 0;
    lives_set_instance(life, numbers->text);
    core->lives.used |= UINT32_C(1) << number;
}

/* The place of a row, and what follows it.  A row that is only a place leaves it free. */
static bool take_place(struct slice message, size_t places, size_t *place, bool *free)
{
    struct wire_read reader;
    struct wire_field field;
    wire_read_init(&reader, message);
    if (wire_read_next(&reader, &field) != WIRE_FIELD || field.number != ENTRY_PLACE ||
        field.type != WIRE_VARINT || field.value >= places) {
        return false;
    }
    *place = (size_t)field.value;
    *free = reader.position == message.size;
    return true;
}

static bool take_invocation(struct core *core, struct slice message)
{
    size_t place;
    bool free;
    if (!take_place(message, AGENT_INVOCATIONS_MAX, &place, &free)) {
        return false;
    }
    struct invocation *row = &core->invocations.rows[place];
    if (place >= core->invocations.reach) {
        core->invocations.reach = place + 1;
    }
    *row = invocation_empty();
    if (free) {
        return true;
    }
    if (!row_read_invocation(core, message, row)) {
        *row = (struct invocation){.used = false};
        return false;
    }
    row->used = true;
    row->former = true;
    /* Killed is failed. */
    row->lines.verdict = HELD_SEND;
    return true;
}

static bool take_init(struct core *core, struct slice message)
{
    size_t place;
    bool free;
    if (!take_place(message, AGENT_INITS_MAX, &place, &free)) {
        return false;
    }
    struct init *row = &core->inits[place];
    *row = (struct init){.duration_ns = INT64_MIN};
    row->used = row_read_init(message, row);
    return row->used;
}

static void take_attempt(struct core *core, const struct numbers *numbers)
{
    uint64_t place = numbers->values[ENTRY_PLACE];
    uint64_t count = numbers->values[ENTRY_ATTEMPT_COUNT];
    if (place >= AGENT_ATTEMPTS_MAX || count == 0 || count > UINT32_MAX) {
        return;
    }
    core->invocations.attempts[place] = (struct invocation_attempts){
        .id_hash = numbers->values[ENTRY_ATTEMPT_ID_HASH],
        .start_ns = numbers->values[ENTRY_ATTEMPT_START],
        .order = numbers->values[ENTRY_ATTEMPT_ORDER],
        .count = (uint32_t)count,
    };
}

static void take_gone(struct core *core, const struct numbers *numbers)
{
    const struct queue_gone gone = {
        .first = numbers->values[ENTRY_GONE_FIRST],
        .last = numbers->values[ENTRY_GONE_LAST],
        .life = (unsigned char)(numbers->values[ENTRY_GONE_LIFE] % AGENT_LIVES_MAX),
    };
    queue_remove(&core->queue, &gone);
}

static void take_state(struct core *core, const struct numbers *numbers)
{
    const uint64_t *values = numbers->values;
    struct core_counters *counters = &core->counters;
    uint64_t attributed = values[ENTRY_STATE_ATTRIBUTED];
    uint64_t latest = values[ENTRY_STATE_INIT_LATEST];
    core->seq = values[ENTRY_STATE_SEQ];
    counters->received = values[ENTRY_STATE_RECEIVED];
    counters->sent = values[ENTRY_STATE_SENT];
    core->final = values[ENTRY_STATE_FINAL] != 0;
    core->attributed = attributed > 0 && attributed <= core->invocations.reach
                           ? &core->invocations.rows[attributed - 1]
                           : NULL;
    core->init_latest = latest < AGENT_INITS_MAX ? (size_t)latest : AGENT_INITS_MAX;
    counters->redelivered = values[ENTRY_STATE_REDELIVERED];
    counters->telemetry_bad = values[ENTRY_STATE_TELEMETRY_BAD];
    counters->events_useless = values[ENTRY_STATE_EVENTS_USELESS];
    counters->events_unknown = values[ENTRY_STATE_EVENTS_UNKNOWN];
    counters->split = values[ENTRY_STATE_SPLIT];
    counters->held_back = values[ENTRY_STATE_HELD_BACK];
    counters->below_level = values[ENTRY_STATE_BELOW_LEVEL];
    counters->withheld = values[ENTRY_STATE_WITHHELD];
    for (unsigned drop = 0; drop < CORE_DROPS; drop++) {
        counters->dropped[drop] = values[ENTRY_STATE_DROPPED + drop];
    }
    for (unsigned spool = 0; spool < CORE_SPOOLS; spool++) {
        counters->spool[spool] = values[ENTRY_STATE_SPOOL + spool];
    }
}

_Static_assert(ENTRY_STATE_DROPPED + CORE_DROPS <= ENTRY_STATE_SPOOL &&
                   ENTRY_STATE_SPOOL + CORE_SPOOLS <= NUMBERS_MAX,
               "the counts have places of their own");

/* False: it is not what an entry of that kind looks like. */
static bool take_entry(struct core *core, const struct wire_field *field)
{
    struct numbers numbers;
    if (field->number == ENTRY_DELIVERY && field->type == WIRE_FIXED64) {
        deliveries_add_hash(&core->deliveries, field->value);
        return true;
    }
    if (field->type != WIRE_BYTES) {
        return false;
    }
    switch (field->number) {
    case ENTRY_INVOCATION:
        return take_invocation(core, field->bytes);
    case ENTRY_INIT:
        return take_init(core, field->bytes);
    default:
        break;
    }
    if (!read_numbers(field->bytes, &numbers)) {
        return false;
    }
    switch (field->number) {
    case ENTRY_LIFE:
        take_life(core, &numbers);
        break;
    case ENTRY_ATTEMPT:
        take_attempt(core, &numbers);
        break;
    case ENTRY_GONE:
        take_gone(core, &numbers);
        break;
    case ENTRY_STATE:
        take_state(core, &numbers);
        break;
    default:
        break;
    }
    return true;
}

/* A half on its way into a core. */
struct taking {
    struct core *core;
    struct core_now now;
    struct slice half;
    const struct replay_guard *guard;
    struct replay replay;
};

/* Whether the piece that begins here may be taken. */
static bool enter(struct taking *taking, const unsigned char *piece)
{
    const struct replay_guard *guard = taking->guard;
    size_t place = (size_t)(piece - taking->half.base);
    bool may = guard == NULL || guard->enter(guard->context, place);
    taking->replay.damaged += may ? 0 : 1;
    return may;
}

static bool take_entries(struct taking *taking, struct slice entries)
{
    struct wire_read reader;
    struct wire_field field;
    enum wire_answer answer;
    bool good = true;
    wire_read_init(&reader, entries);
    size_t at = 0;
    while ((answer = wire_read_next(&reader, &field)) == WIRE_FIELD) {
        good = (!enter(taking, entries.base + at) || take_entry(taking->core, &field)) && good;
        at = reader.position;
    }
    return good && answer == WIRE_END;
}

/* ---- Frames. ---- */

static bool frame_good(const struct queue_frame *frame, struct slice record)
{
    return frame->signal < BLOCK_SIGNALS && frame->class < QUEUE_CLASSES &&
           frame->life < AGENT_LIVES_MAX && frame->seq > 0 &&
           (!frame->block || block_valid(record));
}

static bool take_frames(struct taking *taking, struct slice frames)
{
    while (frames.size >= sizeof(struct queue_frame)) {
        struct queue_frame frame;
        memcpy(&frame, frames.base, sizeof(frame));
        struct slice rest = slice_skip(frames, sizeof(frame));
        size_t padded = ((size_t)frame.size + STEP - 1) / STEP * STEP;
        unsigned char block = frames.base[offsetof(struct queue_frame, block)];
        if (padded > rest.size || block > 1) {
            return false;
        }
        struct slice record = slice_take(rest, frame.size);
        bool may = enter(taking, frames.base);
        frames = slice_skip(rest, padded);
        /* Of the first piece of a record nobody will say any more whether a secret begins in it. */
        if (!may || frame.state == QUEUE_GAP || (frame.held & HELD_JOINT) != 0) {
            continue;
        }
        frame.held = 0;
        frame.owner = 0;
        if (!frame_good(&frame, record)) {
            return false;
        }
        frame.mono_ns = frame.mono_ns < taking->now.mono_ns ? frame.mono_ns : taking->now.mono_ns;
        /* A refusal is counted by the queue. */
        (void)queue_push(&taking->core->queue, &frame, record);
    }
    return frames.size == 0;
}

/* ---- Groups. ---- */

static void take_group(struct taking *taking, const struct format_group *group)
{
    struct replay *replay = &taking->replay;
    /* What is gone came in earlier groups, and made room for the frames of this one. */
    bool entries = take_entries(taking, group->entries);
    bool frames = take_frames(taking, group->frames);
    replay->groups++;
    replay->clean = (group->flags & FORMAT_CLEAN) != 0;
    replay->damaged += frames && entries ? 0 : 1;
}

uint64_t replay_generation(struct slice half, uint64_t salt)
{
    struct format_group group;
    if (format_group_read(half, salt, &group) == 0 || (group.flags & FORMAT_WHOLE) == 0) {
        return 0;
    }
    return group.generation;
}

/* The next group of the half at or behind *position; what is passed over is damage, unless nothing
 * comes behind it: then the half ends there. */
static bool next_group(struct slice half, uint64_t salt, size_t *position,
                       const struct format_group *last, struct format_group *group, bool *passed)
{
    size_t at = *position;
    *passed = false;
    while (at < half.size) {
        size_t size = format_group_read(slice_skip(half, at), salt, group);
        if (size > 0 && group->generation == last->generation && group->step > last->step) {
            *passed = *passed || group->step != last->step + 1;
            *position = at + size;
            return true;
        }
        at += STEP;
        *passed = true;
    }
    return false;
}

bool replay_clean(struct slice front, uint64_t salt)
{
    struct format_group group;
    struct format_group next;
    bool passed;
    size_t position = format_group_read(front, salt, &group);
    return position > 0 && (group.flags & FORMAT_WHOLE) != 0 && (group.flags & FORMAT_CLEAN) != 0 &&
           front.size - position >= FORMAT_GROUP_HEAD_SIZE &&
           !next_group(front, salt, &position, &group, &next, &passed);
}

/* ---- The end. ---- */

static void renumber_tables(struct core *core)
{
    struct invocation_table *table = &core->invocations;
    for (size_t i = 0; i < table->reach; i++) {
        struct invocation *row = &table->rows[i];
        if (row->used && row->order > table->order) {
            table->order = row->order;
        }
        if (row->init != NULL && !row->init->used) {
            row->init = NULL;
        }
    }
    for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
        if (table->attempts[i].order > table->attempts_order) {
            table->attempts_order = table->attempts[i].order;
            table->attempts_next = (i + 1) % AGENT_ATTEMPTS_MAX;
        }
    }
    if (core->attributed != NULL && !core->attributed->used) {
        core->attributed = NULL;
    }
    if (core->init_latest < AGENT_INITS_MAX && !core->inits[core->init_latest].used) {
        core->init_latest = AGENT_INITS_MAX;
    }
}

static void drop_life(struct core *core, unsigned life)
{
    size_t before = core->queue.count;
    const struct queue_gone all = {.first = 0, .last = UINT64_MAX, .life = (unsigned char)life};
    queue_remove(&core->queue, &all);
    core->counters.dropped[CORE_DROP_SPOOL] += before - core->queue.count;
    core->lives.used &= ~(UINT32_C(1) << life);
}

/* The process that wrote becomes a former one; those whose records are all gone are forgotten. */
static void settle_lives(struct core *core, struct core_now now)
{
    struct lives *lives = &core->lives;
    struct queue_frame *frame;
    size_t position = 0;
    uint32_t present = 0;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        present |= UINT32_C(1) << frame->life;
    }
    uint32_t nameless = present & ~lives->used;
    for (unsigned life = 0; life < AGENT_LIVES_MAX; life++) {
        if ((nameless >> life & 1) != 0) {
            /* Its name is lost to damage. */
            drop_life(core, life);
        }
    }
    bool named = lives_has(lives, 0);
    lives->used &= present & ~UINT32_C(1);
    if (!named) {
        return;
    }
    if (core->resource.epoch_ns <= lives->rows[0].epoch_ns) {
        /* The clock went back; an epoch never does, and no two processes have the same, not even if
         * one of them could write nothing. */
        core->resource.epoch_ns = lives->rows[0].epoch_ns + 1 + now.mono_ns;
    }
    unsigned place = lives_free(lives);
    if (place == 0 && (present & 1) == 0) {
        /* It has nothing, and no place: the environment's name is known by another one. */
        lives->latest = lives_newest(lives);
        return;
    }
    if (place == 0) {
        /* So many processes, none of which could send what it had: the oldest makes way. */
        place = lives_oldest(lives);
        drop_life(core, place);
    }
    lives->rows[place] = lives->rows[0];
    lives->used |= UINT32_C(1) << place;
    lives->latest = place;
    position = 0;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        frame->life = frame->life == 0 ? (unsigned char)place : frame->life;
    }
}

/* What was lost to damage is counted; then received = sent + dropped + in the queue. */
static void settle_counters(struct core *core, uint64_t refused, uint64_t lost)
{
    struct core_counters *counters = &core->counters;
    if (core->final) {
        /* That process has told its counts. */
        *counters = (struct core_counters){.received = core->queue.count + lost};
        counters->dropped[CORE_DROP_SPOOL] = lost;
        core->final = false;
        core->queue.dropped = 0;
        return;
    }
    counters->dropped[CORE_DROP_FULL] += refused;
    core->queue.dropped = counters->dropped[CORE_DROP_FULL];
    counters->dropped[CORE_DROP_FULL] = 0;
    uint64_t accounted =
        counters->sent + counters->held_back + core->queue.dropped + core->queue.count;
    for (unsigned drop = 0; drop < CORE_DROPS; drop++) {
        accounted += counters->dropped[drop];
    }
    if (accounted <= counters->received) {
        counters->dropped[CORE_DROP_SPOOL] += counters->received - accounted;
    } else {
        counters->received = accounted;
    }
}

struct replay replay_half(struct core *core, struct slice half, uint64_t salt, struct core_now now,
                          const struct replay_guard *guard)
{
    struct taking taking = {.core = core, .now = now, .half = half, .guard = guard};
    struct replay *replay = &taking.replay;
    struct format_group group;
    struct format_group last;
    size_t position = format_group_read(half, salt, &group);
    bool passed = false;
    ENSURE(position > 0 && (group.flags & FORMAT_WHOLE) != 0);
    do {
        replay->generation = group.generation;
        replay->damaged += passed ? 1 : 0;
        take_group(&taking, &group);
        last = group;
    } while (next_group(half, salt, &position, &last, &group, &passed));
    uint64_t refused = core->queue.dropped;
    uint64_t told = core->counters.dropped[CORE_DROP_SPOOL];
    renumber_tables(core);
    settle_lives(core, now);
    settle_counters(core, refused, core->counters.dropped[CORE_DROP_SPOOL] - told);
    core->seq = 0;
    core->counters.spool[CORE_SPOOL_DAMAGED] += replay->damaged;
    return *replay;
}
