/* SPDX-License-Identifier: Apache-2.0 */
#include "model/unsent.h"

#include "proto/names.h"

struct slice unsent_name(enum unsent_reason reason)
{
    static const struct slice names[UNSENT_REASONS] = {
#define UNSENT_NAME(constant, name) [constant] = SLICE_INIT(name),
        UNSENT_DROPS(UNSENT_NAME) UNSENT_LINES(UNSENT_NAME)
#undef UNSENT_NAME
    };
    return names[reason];
}

static enum unsent_reason drop_of(struct slice name)
{
    enum unsent_reason reason = 0;
    while (reason < UNSENT_OTHER && !slice_equal(name, unsent_name(reason))) {
        reason++;
    }
    return reason;
}

static void add(uint32_t *sum, uint64_t count)
{
    *sum = count < UINT32_MAX - *sum ? *sum + (uint32_t)count : UINT32_MAX;
}

void unsent_take(struct unsent *unsent, struct slice key, int64_t count)
{
    struct slice drops = NAME_THAW_AGENT_DROPPED_PREFIX;
    enum unsent_reason reason = UNSENT_REASONS;
    if (slice_starts(key, drops)) {
        reason = drop_of(slice_skip(key, drops.size));
    } else if (slice_equal(key, NAME_THAW_AGENT_LINES_HELD_BACK)) {
        reason = UNSENT_HELD_BACK;
    } else if (slice_equal(key, NAME_THAW_AGENT_LINES_BELOW_LEVEL)) {
        reason = UNSENT_BELOW_LEVEL;
    } else if (slice_equal(key, NAME_THAW_AGENT_LINES_WITHHELD)) {
        reason = UNSENT_WITHHELD;
    }
    if (reason < UNSENT_REASONS && count > 0) {
        add(&unsent->counts[reason], (uint64_t)count);
    }
}

void unsent_most(struct unsent *unsent, const struct unsent *other)
{
    for (unsigned i = 0; i < UNSENT_REASONS; i++) {
        if (other->counts[i] > unsent->counts[i]) {
            unsent->counts[i] = other->counts[i];
        }
    }
}

void unsent_add(struct unsent *unsent, const struct unsent *other)
{
    for (unsigned i = 0; i < UNSENT_REASONS; i++) {
        add(&unsent->counts[i], other->counts[i]);
    }
}

uint64_t unsent_dropped(const struct unsent *unsent)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < UNSENT_DROP_REASONS; i++) {
        sum += unsent->counts[i];
    }
    return sum;
}

static void write_some(struct json_write *writer, struct slice key, const struct unsent *unsent,
                       unsigned first, unsigned end)
{
    json_write_member_object(writer, key);
    for (unsigned i = first; i < end; i++) {
        if (unsent->counts[i] > 0) {
            json_write_member_u64(writer, unsent_name(i), unsent->counts[i]);
        }
    }
    json_write_object_end(writer);
}

void unsent_write(struct json_write *writer, const struct unsent *unsent)
{
    write_some(writer, SLICE("dropped"), unsent, 0, UNSENT_DROP_REASONS);
    write_some(writer, SLICE("left_out"), unsent, UNSENT_DROP_REASONS, UNSENT_REASONS);
}
