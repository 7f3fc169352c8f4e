/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/save.h"

#include "base/hash.h"
#include "proto/wire.h"
#include "spool/entry.h"
#include "spool/row.h"

#include <string.h>

void save_init(struct save *save)
{
    /* A copy is not looked at before it is made. */
    memset(save, 0, offsetof(struct save, copies));
}

static void write_known(struct buf *out, uint32_t field, uint64_t value)
{
    if (value > 0) {
        wire_write_u64(out, field, value);
    }
}

/* What was appended since from, unless its checksum is the one that is written already. */
static uint32_t keep_changed(struct buf *out, size_t from, bool whole, uint32_t written)
{
    uint32_t checksum = hash_crc32c(0, slice_of(out->base + from, out->size - from));
    if (!whole && checksum == written) {
        buf_rewind(out, from);
    }
    return checksum;
}

static void write_life(const struct life *life, unsigned number, struct buf *out)
{
    size_t opened = wire_write_open(out, ENTRY_LIFE);
    wire_write_u64(out, ENTRY_LIFE_NUMBER, number);
    wire_write_u64(out, ENTRY_LIFE_EPOCH, life->epoch_ns);
    if (life->instance_size > 0) {
        wire_write_bytes(out, ENTRY_LIFE_INSTANCE, lives_instance(life));
    }
    if (life->made_up) {
        wire_write_bool(out, ENTRY_LIFE_MADE_UP, true);
    }
    wire_write_close(out, opened);
}

/* This process, as the next one will see it. */
static void write_own_life(const struct core *core, struct buf *out)
{
    const struct resource *resource = &core->resource;
    struct life life;
    life.epoch_ns = resource->epoch_ns;
    life.made_up = resource->instance_made_up;
    lives_set_instance(&life, core->instance_fixed ? resource->instance : SLICE_EMPTY);
    if (life.instance_size == 0 && lives_has(&core->lives, core->lives.latest)) {
        /* Not decided yet: as long as that is so, what the one before us was told. */
        const struct life *latest = &core->lives.rows[core->lives.latest];
        lives_set_instance(&life, lives_instance(latest));
        life.made_up = latest->made_up;
    }
    write_life(&life, 0, out);
}

static void write_former_lives(const struct core *core, struct buf *out)
{
    for (unsigned life = 1; life < AGENT_LIVES_MAX; life++) {
        if (lives_has(&core->lives, life)) {
            write_life(&core->lives.rows[life], life, out);
        }
    }
}

/* Whether the next process needs the row: it has facts that are not sent, or more are to come. */
static bool invocation_wanted(const struct core *core, const struct invocation *row)
{
    return row->used &&
           (row->dirty || row->state != INVOCATION_REPORTED || row == core->attributed);
}

_Static_assert(sizeof(struct invocation) % sizeof(uint64_t) == 0, "it is whole words");

/* Whether the row is, word by word (not every libc's memcmp() does that), as it was when it was
 * written.  A copy that is another row's says no, and so does padding that differs: then it is
 * encoded, and found to be the same. */
static bool is_as_written(const struct save *save, const struct invocation *row, size_t place)
{
    const unsigned char *copy = (const unsigned char *)&save->copies[place % SAVE_COPIES];
    const unsigned char *now = (const unsigned char *)row;
    for (size_t at = 0; at < sizeof(*row); at += sizeof(uint64_t)) {
        uint64_t left;
        uint64_t right;
        memcpy(&left, copy + at, sizeof(left));
        memcpy(&right, now + at, sizeof(right));
        if (left != right) {
            return false;
        }
    }
    return true;
}

static void save_invocation(struct save *save, const struct core *core, size_t place, bool whole,
                            struct buf *out)
{
    struct save_row *mark = &save->marks.invocations[place];
    const struct invocation *row = &core->invocations.rows[place];
    const struct save_row *written = &save->written.invocations[place];
    size_t from = out->size;
    *mark = *written;
    mark->encoded = false;
    if (!invocation_wanted(core, row)) {
        *mark = (struct save_row){.there = false};
        if (written->there && !whole) {
            size_t opened = wire_write_open(out, ENTRY_INVOCATION);
            wire_write_u64(out, ENTRY_PLACE, place);
            wire_write_close(out, opened);
        }
        return;
    }
    bool settled = !row->dirty && !written->dirty && row->state == INVOCATION_REPORTED;
    if (!whole && written->there && written->order == row->order &&
        (settled || is_as_written(save, row, place))) {
        return;
    }
    mark->encoded = true;
    size_t opened = wire_write_open(out, ENTRY_INVOCATION);
    wire_write_u64(out, ENTRY_PLACE, place);
    row_write_invocation(core, row, out);
    wire_write_close(out, opened);
    mark->there = true;
    mark->dirty = row->dirty;
    mark->order = row->order;
    mark->checksum = keep_changed(out, from, whole || !written->there, written->checksum);
}

static void save_init_row(const struct save *save, const struct core *core, size_t place,
                          bool whole, struct save_row *mark, struct buf *out)
{
    const struct init *row = &core->inits[place];
    const struct save_row *written = &save->written.inits[place];
    size_t from = out->size;
    *mark = *written;
    if (!row->used) {
        return;
    }
    size_t opened = wire_write_open(out, ENTRY_INIT);
    wire_write_u64(out, ENTRY_PLACE, place);
    row_write_init(row, out);
    wire_write_close(out, opened);
    mark->there = true;
    mark->checksum = keep_changed(out, from, whole || !written->there, written->checksum);
}

static void save_attempts(const struct core *core, bool whole, struct buf *out)
{
    if (!whole && !core->invocations.attempts_dirty) {
        return;
    }
    for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
        const struct invocation_attempts *row = &core->invocations.attempts[i];
        if (row->id_hash == 0 || !(whole || row->dirty)) {
            continue;
        }
        size_t opened = wire_write_open(out, ENTRY_ATTEMPT);
        wire_write_u64(out, ENTRY_PLACE, i);
        wire_write_fixed64(out, ENTRY_ATTEMPT_ID_HASH, row->id_hash);
        write_known(out, ENTRY_ATTEMPT_START, row->start_ns);
        wire_write_u64(out, ENTRY_ATTEMPT_ORDER, row->order);
        wire_write_u64(out, ENTRY_ATTEMPT_COUNT, row->count);
        wire_write_close(out, opened);
    }
}

/* The latest ones that are not written, oldest first. */
static void save_deliveries(const struct core *core, uint64_t written, struct buf *out)
{
    const struct deliveries *deliveries = &core->deliveries;
    uint64_t count = deliveries->added - written;
    count = count < AGENT_DELIVERIES_MAX ? count : AGENT_DELIVERIES_MAX;
    for (uint64_t i = count; i > 0; i--) {
        size_t place = (deliveries->next + AGENT_DELIVERIES_MAX - i) % AGENT_DELIVERIES_MAX;
        wire_write_fixed64(out, ENTRY_DELIVERY, deliveries->hashes[place]);
    }
}

static void save_gone(const struct core *core, struct buf *out)
{
    for (size_t i = 0; i < core->queue.gone_count; i++) {
        const struct queue_gone *gone = &core->queue.gone[i];
        size_t opened = wire_write_open(out, ENTRY_GONE);
        wire_write_u64(out, ENTRY_GONE_LIFE, gone->life);
        wire_write_u64(out, ENTRY_GONE_FIRST, gone->first);
        wire_write_u64(out, ENTRY_GONE_LAST, gone->last);
        wire_write_close(out, opened);
    }
}

static void write_state(const struct core *core, struct buf *out)
{
    const struct core_counters *counters = &core->counters;
    size_t opened = wire_write_open(out, ENTRY_STATE);
    wire_write_u64(out, ENTRY_STATE_SEQ, core->seq);
    wire_write_u64(out, ENTRY_STATE_RECEIVED, counters->received);
    wire_write_u64(out, ENTRY_STATE_SENT, counters->sent);
    write_known(out, ENTRY_STATE_FINAL, core->final ? 1 : 0);
    if (core->attributed != NULL) {
        uint64_t place = (uint64_t)(core->attributed - core->invocations.rows);
        wire_write_u64(out, ENTRY_STATE_ATTRIBUTED, place + 1);
    }
    wire_write_u64(out, ENTRY_STATE_INIT_LATEST, core->init_latest);
    write_known(out, ENTRY_STATE_REDELIVERED, counters->redelivered);
    write_known(out, ENTRY_STATE_TELEMETRY_BAD, counters->telemetry_bad);
    write_known(out, ENTRY_STATE_EVENTS_USELESS, counters->events_useless);
    write_known(out, ENTRY_STATE_EVENTS_UNKNOWN, counters->events_unknown);
    write_known(out, ENTRY_STATE_SPLIT, counters->split);
    write_known(out, ENTRY_STATE_HELD_BACK, counters->held_back);
    write_known(out, ENTRY_STATE_BELOW_LEVEL, counters->below_level);
    write_known(out, ENTRY_STATE_WITHHELD, counters->withheld);
    for (unsigned drop = 0; drop < CORE_DROPS; drop++) {
        uint64_t more = drop == CORE_DROP_FULL ? core->queue.dropped : 0;
        write_known(out, ENTRY_STATE_DROPPED + drop, counters->dropped[drop] + more);
    }
    for (unsigned spool = 0; spool < CORE_SPOOLS; spool++) {
        write_known(out, ENTRY_STATE_SPOOL + spool, counters->spool[spool]);
    }
    wire_write_close(out, opened);
}

void save_write(struct save *save, const struct core *core, bool whole, struct buf *out)
{
    struct save_marks *marks = &save->marks;
    size_t from = out->size;
    write_own_life(core, out);
    marks->life = keep_changed(out, from, whole, save->written.life);
    if (whole) {
        write_former_lives(core, out);
    }
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        save_init_row(save, core, i, whole, &marks->inits[i], out);
    }
    for (size_t i = 0; i < core->invocations.reach; i++) {
        save_invocation(save, core, i, whole, out);
    }
    save_attempts(core, whole, out);
    save_deliveries(core, whole ? 0 : save->written.deliveries, out);
    marks->deliveries = core->deliveries.added;
    if (!whole) {
        save_gone(core, out);
    }
    from = out->size;
    write_state(core, out);
    marks->state = keep_changed(out, from, whole, save->written.state);
}

void save_done(struct save *save, struct core *core)
{
    save->written = save->marks;
    for (size_t i = 0; i < core->invocations.reach; i++) {
        if (save->marks.invocations[i].encoded) {
            save->copies[i % SAVE_COPIES] = core->invocations.rows[i];
        }
    }
    if (core->invocations.attempts_dirty) {
        core->invocations.attempts_dirty = false;
        for (size_t i = 0; i < AGENT_ATTEMPTS_MAX; i++) {
            core->invocations.attempts[i].dirty = false;
        }
    }
    queue_saved(&core->queue);
    core->spool_stale = false;
}

void save_write_clean(const struct core *core, struct buf *out)
{
    write_own_life(core, out);
    save_attempts(core, true, out);
    save_deliveries(core, 0, out);
}
