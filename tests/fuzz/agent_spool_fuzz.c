/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files of a spool, through the replay: whatever lies in /tmp, the core keeps
 * its invariants, and what came out of it can be sent.  The input is entries
 * and frames, over which right checksums are put; a byte in front says where
 * the one ends and the other begins, and how many groups they are.
 */
#include "base/ensure.h"
#include "core/core.h"
#include "spool/format.h"
#include "spool/replay.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define QUEUE_SIZE 16384u
#define INPUT_MAX  8192u
#define SALT       7u

static _Alignas(8) unsigned char queue[QUEUE_SIZE];
static unsigned char body[AGENT_BODY_SIZE];
static unsigned char record[AGENT_RECORD_MAX];
static unsigned char half[8 * INPUT_MAX];
static unsigned char group_bytes[2 * INPUT_MAX];
static struct core core;

/* A group of these bytes at the end of the half; the answer is where it ends. */
static size_t append_group(size_t position, struct slice input, uint64_t step)
{
    size_t entries = input.size < 2 ? 0 : (size_t)input.base[0] * input.size / 256;
    struct slice rest = slice_skip(input, 1);
    struct format_group group = {
        .flags = step == 0 ? FORMAT_WHOLE : 0,
        .generation = 1,
        .step = step,
        .entries = slice_take(rest, entries),
    };
    group.frames = slice_skip(rest, entries);
    group.frames.size = group.frames.size / 8 * 8;
    if (group.entries.size > 0) {
        memcpy(group_bytes + FORMAT_GROUP_HEAD_SIZE, group.entries.base, group.entries.size);
    }
    format_group_write(&group, SALT, group_bytes);
    size_t front = format_group_front(group.entries.size);
    memcpy(half + position, group_bytes, front);
    if (group.frames.size > 0) {
        memcpy(half + position + front, group.frames.base, group.frames.size);
    }
    return position + front + group.frames.size;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const struct core_memory memory = {queue,        sizeof(queue), body,
                                       sizeof(body), record,        sizeof(record)};
    const struct core_config config = {.resource = {.epoch_ns = 1}, .lines = CORE_LINES_ALL};
    struct core_now now = {.wall_ns = UINT64_C(1795000000000000000), .mono_ns = 1000000000};
    struct core_actions actions;
    if (size > INPUT_MAX) {
        return 0;
    }
    memset(&core, 0, sizeof(core));
    core_init(&core, &config, &memory);
    struct slice input = slice_of(data, size);
    size_t end = append_group(0, slice_take(input, size / 2), 0);
    end = append_group(end, slice_skip(input, size / 2), 1);
    ENSURE(replay_generation(slice_of(half, end), SALT) == 1);
    struct replay replay = replay_half(&core, slice_of(half, end), SALT, now, NULL);
    ENSURE(replay.groups == 2);
    core_assert(&core);
    const struct core_input stop = {.kind = CORE_SHUTDOWN,
                                    .shutdown = {.reason = SLICE("spindown")}};
    core_step(&core, now, &stop, &actions);
    core_assert(&core);
    return 0;
}
