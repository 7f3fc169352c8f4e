/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool.h"

#include "base/ensure.h"
#include "spool/format.h"
#include "spool/replay.h"

#include <errno.h>
#include <string.h>

/* Enough for a half that was left clean: attempts, deliveries and a name. */
#define FRONT_SIZE (16u * AGENT_KIB)

/* What a process begins is so much newer than what it read. */
#define GENERATIONS_APART 16u

/* A half is left early when what it tells is so many times what waits. */
#define LEAVE_TIMES 4u

static uint64_t half_offset(unsigned half)
{
    return FORMAT_HALVES_OFFSET + (uint64_t)half * AGENT_SPOOL_HALF_SIZE;
}

static bool is_off(const struct spool *spool)
{
    return spool->path[0] == '\0';
}

void spool_init(struct spool *spool, const struct disk *disk, struct slice path,
                unsigned char *entries)
{
    memset(spool, 0, offsetof(struct spool, save));
    spool->disk = *disk;
    spool->entries = entries;
    spool->whole = true;
    spool->skip_next = 1;
    save_init(&spool->save);
    if (path.size == 0 || slice_equal(path, SLICE("off")) ||
        !slice_copy_text(path, spool->path, sizeof(spool->path))) {
        spool->path[0] = '\0';
    }
}

/* ---- Failures. ---- */

static void count(struct core *core, int failure)
{
    enum core_spool reason = CORE_SPOOL_FAILED;
    if (failure == -ENOSPC || failure == -EDQUOT || failure == -EFBIG) {
        reason = CORE_SPOOL_FULL;
    } else if (failure == -EAGAIN) {
        reason = CORE_SPOOL_BUSY;
    }
    core->counters.spool[reason]++;
}

/* Something did not work: memory has everything, and the file is tried again after a while. */
static void fail(struct spool *spool, struct core *core, int failure)
{
    count(core, failure);
    spool->whole = true;
    spool->skip = spool->skip_next;
    spool->skip_next =
        spool->skip_next < AGENT_SPOOL_SKIP_MAX ? spool->skip_next * 2 : spool->skip_next;
}

/* Write all of the parts, or say why not. */
static int write_all(struct spool *spool, struct iovec *parts, int count, uint64_t offset)
{
    while (count > 0) {
        ssize_t put = spool->disk.calls->write(&spool->disk, parts, count, offset);
        if (put < 0 && put != -EINTR) {
            return (int)put;
        }
        if (put == 0) {
            return -ENOSPC;
        }
        size_t done = put > 0 ? (size_t)put : 0;
        offset += done;
        while (count > 0 && done >= parts->iov_len) {
            done -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (unsigned char *)parts->iov_base + done;
            parts->iov_len -= done;
        }
    }
    return 0;
}

/* The head, and a trial of which nothing is known. */
static int write_head(struct spool *spool)
{
    unsigned char bytes[FORMAT_HEAD_SIZE + TRIAL_SIZE];
    const struct format_head head = {.salt = spool->salt, .inode = spool->inode};
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    memset(&spool->trial, 0, sizeof(spool->trial));
    format_head_write(&head, bytes);
    trial_write(&spool->trial, bytes + TRIAL_OFFSET);
    return write_all(spool, &part, 1, 0);
}

static int write_trial(struct spool *spool)
{
    unsigned char bytes[TRIAL_SIZE];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    trial_write(&spool->trial, bytes);
    return write_all(spool, &part, 1, TRIAL_OFFSET);
}

/* ---- Opening. ---- */

/* A file that holds nothing of ours: give it its size and a head. */
static int begin_file(struct spool *spool, uint64_t salt)
{
    struct disk_status status;
    int answer = spool->disk.calls->reserve(&spool->disk, FORMAT_FILE_SIZE);
    if (answer == 0) {
        answer = spool->disk.calls->status(&spool->disk, &status);
    }
    if (answer < 0) {
        return answer;
    }
    spool->salt = salt;
    spool->inode = status.inode;
    spool->generation = 0;
    spool->half = 1;
    return write_head(spool);
}

/* Read up to size bytes at offset; the answer is how many there were. */
static size_t read_all(struct spool *spool, unsigned char *memory, size_t size, uint64_t offset)
{
    size_t have = 0;
    while (have < size) {
        ssize_t got =
            spool->disk.calls->read(&spool->disk, memory + have, size - have, offset + have);
        if (got == -EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        have += (size_t)got;
    }
    return have;
}

static bool enter(void *context, size_t place)
{
    struct spool *spool = context;
    enum trial_step step = trial_enter(&spool->trial, (uint32_t)place);
    if (step == TRIAL_TELL) {
        /* If it cannot be told, this once it is not known. */
        (void)write_trial(spool);
    }
    return step != TRIAL_PASS;
}

/* False: it has ended too many processes. */
static bool replay(struct spool *spool, struct core *core, struct core_now now, struct slice half,
                   unsigned number)
{
    const struct replay_guard guard = {.enter = enter, .context = spool};
    if (!trial_begin(&spool->trial, replay_generation(half, spool->salt))) {
        core->counters.spool[CORE_SPOOL_DAMAGED]++;
        return false;
    }
    if (!spool->trial.careful) {
        (void)write_trial(spool); /* Else what is there says so until the first piece. */
    }
    struct replay replayed = replay_half(core, half, spool->salt, now, &guard);
    trial_taken(&spool->trial);
    (void)write_trial(spool);
    /* No generation is ever used twice, not even that of a half which could not be read. */
    spool->generation = replayed.generation + GENERATIONS_APART;
    spool->half = number;
    return true;
}

/* What begins a half. */
static struct format_group peek(struct spool *spool, unsigned half)
{
    unsigned char bytes[FORMAT_GROUP_HEAD_SIZE];
    struct format_group group;
    size_t size = read_all(spool, bytes, sizeof(bytes), half_offset(half));
    if (!format_group_peek(slice_of(bytes, size), spool->salt, &group) ||
        (group.flags & FORMAT_WHOLE) == 0) {
        group = (struct format_group){.generation = 0};
    }
    return group;
}

/* The head is ours: replay the newest half that is complete.  A half is read whole only where it
 * was not left clean.  The answer is how many bytes of memory were touched. */
static size_t replay_newest(struct spool *spool, struct core *core, struct core_now now,
                            unsigned char *memory)
{
    const struct format_group groups[2] = {peek(spool, 0), peek(spool, 1)};
    unsigned newest = groups[1].generation > groups[0].generation ? 1 : 0;
    size_t touched = 0;
    for (unsigned i = 0; i < 2; i++) {
        unsigned half = i == 0 ? newest : 1 - newest;
        size_t size = (groups[half].flags & FORMAT_CLEAN) != 0 ? FRONT_SIZE : AGENT_SPOOL_HALF_SIZE;
        if (groups[half].generation == 0) {
            continue;
        }
        size = read_all(spool, memory, size, half_offset(half));
        touched = size > touched ? size : touched;
        if (replay_generation(slice_of(memory, size), spool->salt) > 0) {
            if (!replay(spool, core, now, slice_of(memory, size), half)) {
                spool->generation = 0;
            }
            break;
        }
        /* It was begun and not finished: the other one has everything up to then. */
    }
    return touched;
}

static int open_file(struct spool *spool, struct core *core, struct core_now now,
                     const struct spool_loan *loan, size_t *touched)
{
    unsigned char bytes[FORMAT_HEAD_SIZE + TRIAL_SIZE];
    struct format_head head;
    struct disk_status status;
    int answer = spool->disk.calls->open(&spool->disk, spool->path);
    if (answer == 0) {
        answer = spool->disk.calls->status(&spool->disk, &status);
    }
    if (answer < 0) {
        return answer;
    }
    if (status.size == 0) {
        return begin_file(spool, loan->salt);
    }
    size_t size = read_all(spool, bytes, sizeof(bytes), 0);
    if (!format_head_read(slice_of(bytes, size), &head) || head.inode != status.inode) {
        core->counters.spool[CORE_SPOOL_FOREIGN]++;
        return begin_file(spool, loan->salt);
    }
    spool->salt = head.salt;
    spool->inode = head.inode;
    if (status.size < FORMAT_FILE_SIZE) {
        /* Cut off: what is there may be read, and the rest is given back. */
        core->counters.spool[CORE_SPOOL_GONE]++;
        (void)spool->disk.calls->reserve(&spool->disk, FORMAT_FILE_SIZE);
    }
    trial_read(&spool->trial, slice_skip(slice_of(bytes, size), TRIAL_OFFSET));
    *touched = replay_newest(spool, core, now, loan->half);
    /* Where nothing could be read, what is there must not be newer than what will be written. */
    return spool->generation > 0 ? 0 : begin_file(spool, loan->salt);
}

size_t spool_open(struct spool *spool, struct core *core, struct core_now now,
                  const struct spool_loan *loan)
{
    size_t touched = 0;
    if (spool->opened || is_off(spool)) {
        return 0;
    }
    spool->opened = true;
    spool->again_salt = loan->salt;
    int answer = open_file(spool, core, now, loan, &touched);
    if (answer < 0) {
        fail(spool, core, answer);
        spool->disk.calls->close(&spool->disk);
    }
    if (answer == -EAGAIN) {
        /* It is another one's for as long as that lives. */
        spool->path[0] = '\0';
    }
    return touched;
}

/* ---- Keeping. ---- */

/* A group at the front of entries, from what follows its head there. */
static int write_group(struct spool *spool, struct format_group *group, const struct buf *out,
                       uint64_t offset)
{
    size_t front = format_group_front(out->size);
    struct iovec parts[2] = {
        {.iov_base = spool->entries, .iov_len = front},
        /* A part of what is written is never written to. */
        {.iov_base = (void *)(uintptr_t)group->frames.base, .iov_len = group->frames.size},
    };
    group->entries = buf_bytes(out);
    format_group_write(group, spool->salt, spool->entries);
    return write_all(spool, parts, group->frames.size > 0 ? 2 : 1, offset);
}

static struct buf entries_begin(struct spool *spool)
{
    struct buf out;
    /* Room for the head in front and for the padding behind. */
    buf_init_fixed(&out, spool->entries + FORMAT_GROUP_HEAD_SIZE,
                   AGENT_SPOOL_ENTRIES_SIZE - FORMAT_GROUP_HEAD_SIZE - 8);
    return out;
}

/* Begin the other half with everything. */
static int write_whole(struct spool *spool, struct core *core)
{
    struct buf out = entries_begin(spool);
    queue_compact(&core->queue);
    save_write(&spool->save, core, true, &out);
    if (buf_overflowed(&out)) {
        return -EFBIG;
    }
    struct format_group group = {
        .flags = FORMAT_WHOLE,
        .generation = spool->generation + 1,
        .frames = slice_of(core->queue.base, core->queue.used),
    };
    int answer = write_group(spool, &group, &out, half_offset(1 - spool->half));
    if (answer < 0) {
        return answer;
    }
    spool->half = 1 - spool->half;
    spool->generation = group.generation;
    spool->step = 0;
    spool->position = format_group_size(out.size, group.frames.size);
    spool->whole = false;
    save_done(&spool->save, core);
    if (spool->trial.at != TRIAL_NONE) {
        trial_kept(&spool->trial);
        (void)write_trial(spool);
    }
    return 0;
}

/* Append what has changed, if it fits. */
static int write_changes(struct spool *spool, struct core *core)
{
    struct buf out = entries_begin(spool);
    save_write(&spool->save, core, false, &out);
    struct format_group group = {
        .generation = spool->generation,
        .step = spool->step + 1,
        .frames = queue_unsaved(&core->queue),
    };
    size_t size = format_group_size(out.size, group.frames.size);
    if (out.size == 0 && group.frames.size == 0) {
        return 0;
    }
    if (buf_overflowed(&out) || size > AGENT_SPOOL_HALF_SIZE - spool->position) {
        return write_whole(spool, core);
    }
    int answer = write_group(spool, &group, &out, half_offset(spool->half) + spool->position);
    if (answer < 0) {
        return answer;
    }
    spool->step++;
    spool->position += size;
    save_done(&spool->save, core);
    return 0;
}

static bool leave_early(const struct spool *spool, const struct core *core)
{
    return spool->position > AGENT_SPOOL_LEAVE_SIZE &&
           spool->position / LEAVE_TIMES > core->queue.live;
}

/* Whether the file is as we made it; if not, it is made again. */
static int look_at(struct spool *spool, struct core *core)
{
    struct disk_status status;
    int answer = 0;
    if (spool->disk.fd >= 0) {
        answer = spool->disk.calls->status(&spool->disk, &status);
        if (answer == 0 && status.linked && status.size >= FORMAT_FILE_SIZE) {
            return 0;
        }
        core->counters.spool[CORE_SPOOL_GONE]++;
        spool->disk.calls->close(&spool->disk);
        spool->whole = true;
    }
    answer = spool->disk.calls->open(&spool->disk, spool->path);
    if (answer == 0) {
        answer = begin_file(spool, ++spool->again_salt);
    }
    if (answer < 0) {
        spool->disk.calls->close(&spool->disk);
    }
    return answer;
}

void spool_keep(struct spool *spool, struct core *core, bool look)
{
    int answer = 0;
    if (is_off(spool) || !spool->opened) {
        return;
    }
    if (spool->skip > 0) {
        spool->skip--;
        return;
    }
    if (look || spool->whole) {
        answer = look_at(spool, core);
    }
    if (answer == 0) {
        bool whole = spool->whole || core->spool_stale || core->queue.gone_overflowed ||
                     leave_early(spool, core);
        answer = whole ? write_whole(spool, core) : write_changes(spool, core);
    }
    if (answer < 0) {
        fail(spool, core, answer);
    } else {
        spool->skip_next = 1;
    }
}

void spool_settle(struct spool *spool, struct core *core)
{
    if (is_off(spool) || !spool->opened || spool->disk.fd < 0) {
        return;
    }
    struct buf out = entries_begin(spool);
    struct format_group group = {.flags = FORMAT_WHOLE | FORMAT_CLEAN,
                                 .generation = spool->generation + 1};
    save_write_clean(core, &out);
    if (buf_overflowed(&out) ||
        format_group_size(out.size, 0) > FRONT_SIZE - FORMAT_GROUP_HEAD_SIZE ||
        write_group(spool, &group, &out, half_offset(1 - spool->half)) < 0) {
        /* The next process replays what we have kept, and finds that all of it is sent. */
        return;
    }
    if (spool->trial.failures > 0 || spool->trial.at != TRIAL_NONE) {
        memset(&spool->trial, 0, sizeof(spool->trial));
        (void)write_trial(spool);
    }
}

void spool_blame(struct spool *spool)
{
    if (!is_off(spool) && spool->opened && spool->disk.fd >= 0) {
        trial_blame(&spool->trial);
        (void)write_trial(spool);
    }
}
