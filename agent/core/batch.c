/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include "base/ensure.h"

/* A batch is not cut smaller than this after 413: a record that is refused alone is dropped. */
#define BATCH_SIZE_MIN 1024u

/* Tags and lengths around a record, or of a block, its resource and its scope: five bytes each at
 * most, and our scope's name and version. */
#define FRAMING_MAX 64u

bool batch_wanted(const struct core *core)
{
    return core->queue.waiting > 0 || emit_facts_wait(core);
}

/* The signal of the batch: facts are lines of the logs, so those go first.  What is younger than
 * this flush waits for the next one, and what has a batch for its answer. */
static bool next_signal(const struct core *core, enum block_signal *signal)
{
    bool waits[BLOCK_SIGNALS] = {false};
    size_t position = 0;
    const struct queue_frame *frame;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        /* What is of earlier processes came before anything that has a number here. */
        bool ours =
            frame->state == QUEUE_WAITING && (frame->life != 0 || frame->seq <= core->flush_seq);
        waits[frame->signal] = waits[frame->signal] || ours;
    }
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        if (waits[each] && !core->batches[each].built) {
            *signal = each;
            return true;
        }
    }
    return false;
}

/* What a block grows by at most when its resource is completed, and what frames a record.  The
 * body lends its place: nothing is in it yet. */
static size_t measure_completion(struct core *core)
{
    ENSURE(core->body.size == 0);
    resource_complete(&core->resource, SLICE_EMPTY, INT64_MAX, &core->body);
    ENSURE(!buf_overflowed(&core->body));
    size_t size = core->body.size + FRAMING_MAX;
    buf_reset(&core->body);
    return size;
}

/* Take waiting records of the signal, oldest first, until the batch has its size. */
static size_t take_frames(struct core *core, enum block_signal signal)
{
    const size_t completion = measure_completion(core);
    uint32_t lives = 0;
    size_t size = 0;
    size_t count = 0;
    size_t position = 0;
    struct queue_frame *frame;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->signal != signal || frame->state != QUEUE_WAITING) {
            continue;
        }
        bool first = !frame->block && (lives >> frame->life & 1) == 0;
        /* The block of our own records has a resource, too: one per life. */
        size_t more =
            frame->size + (frame->block ? completion : FRAMING_MAX) + (first ? completion : 0);
        if (count > 0 && size + more > core->batch_size_max) {
            break;
        }
        queue_take(&core->queue, frame);
        lives |= frame->block ? 0 : UINT32_C(1) << frame->life;
        size += more;
        count++;
    }
    return count;
}

static bool in_flight_of(const struct queue_frame *frame, enum block_signal signal)
{
    return frame->state == QUEUE_IN_FLIGHT && frame->signal == signal;
}

/* Of a life's records that are in flight: those that are no blocks, as one block.  The answer says
 * which lives others are of. */
static uint32_t write_own(struct core *core, enum block_signal signal, unsigned life)
{
    const struct resource resource = lives_resource(&core->lives, life, &core->resource);
    size_t position = 0;
    uint32_t others = 0;
    const struct queue_frame *frame;
    struct block_own own = {0, 0};
    bool open = false;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (!in_flight_of(frame, signal) || frame->block) {
            continue;
        }
        if (frame->life != life) {
            others |= UINT32_C(1) << frame->life;
            continue;
        }
        if (!open) {
            own = block_own_open(&resource, &core->body);
            open = true;
        }
        block_record(&core->body, queue_record(frame));
    }
    if (open) {
        block_own_close(&core->body, own);
    }
    return others;
}

static void write_body(struct core *core, enum block_signal signal)
{
    size_t position = 0;
    const struct queue_frame *frame;
    uint32_t others = write_own(core, signal, 0);
    for (unsigned life = 1; life < AGENT_LIVES_MAX; life++) {
        if ((others >> life & 1) != 0) {
            (void)write_own(core, signal, life);
        }
    }
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (in_flight_of(frame, signal) && frame->block) {
            const struct resource resource =
                lives_resource(&core->lives, frame->life, &core->resource);
            block_complete(&resource, queue_record(frame), frame->seq, &core->body);
        }
    }
}

bool batch_built(const struct core *core)
{
    bool built = false;
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        built = built || core->batches[each].built;
    }
    return built;
}

/* The batch that is sent next, BLOCK_SIGNALS for none: one that never was goes first, because its
 * bytes are in the body that the next one is built in. */
static enum block_signal resting(const struct core *core)
{
    enum block_signal found = BLOCK_SIGNALS;
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        const struct core_batch *batch = &core->batches[each];
        if (batch->built && !batch->in_flight && (found == BLOCK_SIGNALS || !batch->begun)) {
            found = each;
        }
    }
    return found;
}

bool batch_rests(const struct core *core)
{
    return resting(core) != BLOCK_SIGNALS;
}

static bool metrics_due(const struct core *core, struct core_now now)
{
    return !core->batches[BLOCK_METRICS].built && metrics_wait(&core->metrics) &&
           (core->final || now.mono_ns - core->metrics.sent_mono_ns >= AGENT_METRICS_EVERY_NS);
}

bool batch_cut(struct core *core, struct core_now now, bool all)
{
    enum block_signal signal = BLOCK_LOGS;
    ENSURE(!batch_rests(core));
    if (all || !core->draining) {
        emit_facts(core, now);
        core->flush_seq = core->seq;
    }
    buf_reset(&core->body);
    if (next_signal(core, &signal)) {
        core->batches[signal] = (struct core_batch){.built = true};
        core->batches[signal].frames = take_frames(core, signal);
        write_body(core, signal);
    } else if (metrics_due(core, now)) {
        struct metrics_number numbers[ACCOUNT_NUMBERS_MAX];
        size_t count = account_numbers(core, numbers);
        signal = BLOCK_METRICS;
        core->batches[signal] = (struct core_batch){.built = true, .metrics = true};
        metrics_take(&core->metrics, &core->resource, now.wall_ns, numbers, count, &core->body);
        core->metrics.sent_mono_ns = now.mono_ns;
    } else {
        return false;
    }
    ENSURE(!buf_overflowed(&core->body));
    core->batches[signal].body_size = core->body.size;
    return true;
}

void batch_send(struct core *core, struct core_now now, struct core_actions *actions)
{
    struct core_exchange *exchange = &core->exchange;
    enum block_signal signal = resting(core);
    ENSURE(signal != BLOCK_SIGNALS);
    struct core_batch *batch = &core->batches[signal];
    actions->send = true;
    actions->again = batch->begun;
    actions->signal = signal;
    actions->body = batch->begun ? SLICE_EMPTY : buf_bytes(&core->body);
    batch->begun = true;
    batch->in_flight = true;
    if (exchange->in_flight == 0) {
        *exchange = (struct core_exchange){.in_flight = 0};
    }
    exchange->in_flight++;
    exchange->deadline_ns = now.mono_ns + AGENT_SEND_TIMEOUT_NS;
    exchange->sent_wall_ns = now.wall_ns;
}

enum verdict {
    VERDICT_SENT,
    VERDICT_AGAIN,
    VERDICT_SMALLER,
    VERDICT_NEVER,
};

static enum verdict verdict_of(unsigned status)
{
    if (status >= 200 && status < 300) {
        return VERDICT_SENT;
    }
    switch (status) {
    case 0:
    case 429:
    case 502:
    case 503:
    case 504:
        return VERDICT_AGAIN;
    case 413:
        return VERDICT_SMALLER;
    default:
        return VERDICT_NEVER;
    }
}

/* The frames of a batch are acknowledged or given up. */
static void forget_frames(struct core *core, enum block_signal signal)
{
    size_t position = 0;
    struct queue_frame *frame;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (in_flight_of(frame, signal)) {
            queue_forget(&core->queue, frame);
        }
    }
    if (core->batches[signal].metrics) {
        metrics_done(&core->metrics, true);
    }
    core->batches[signal].built = false;
}

static void drop(struct core *core, enum block_signal signal, enum core_drop reason)
{
    core->counters.dropped[reason] += core->batches[signal].frames;
    forget_frames(core, signal);
}

static void sent(struct core *core, enum block_signal signal, uint64_t rejected)
{
    size_t frames = core->batches[signal].frames;
    uint64_t refused = rejected < frames ? rejected : frames;
    core->counters.sent += frames - refused;
    core->counters.dropped[CORE_DROP_REJECTED] += refused;
    forget_frames(core, signal);
    /* Grow again after 413, carefully. */
    core->batch_size_max =
        core->batch_size_max < BATCH_SIZE_MIN ? BATCH_SIZE_MIN : core->batch_size_max * 2;
    if (core->batch_size_max > AGENT_BATCH_SIZE_MAX) {
        core->batch_size_max = AGENT_BATCH_SIZE_MAX;
    }
}

static void split(struct core *core, enum block_signal signal)
{
    struct core_batch *batch = &core->batches[signal];
    size_t position = 0;
    struct queue_frame *frame;
    if (batch->frames <= 1) {
        drop(core, signal, CORE_DROP_TOO_LARGE);
        return;
    }
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (in_flight_of(frame, signal)) {
            queue_return(&core->queue, frame);
        }
    }
    size_t half = batch->body_size / 2;
    core->batch_size_max = half < core->batch_size_max ? half : core->batch_size_max / 2;
    if (core->batch_size_max < BATCH_SIZE_MIN) {
        /* Records one by one, then. */
        core->batch_size_max = 1;
    }
    batch->built = false;
}

/* Wait longer after each failure in a row, and not all instances equally long. */
static void back_off(struct core *core, struct core_now now, uint64_t retry_after_ns)
{
    uint64_t wait_ns = AGENT_BACKOFF_MIN_NS;
    for (unsigned i = 0; i < core->failures && wait_ns < AGENT_BACKOFF_MAX_NS; i++) {
        wait_ns *= 2;
    }
    wait_ns = wait_ns < AGENT_BACKOFF_MAX_NS ? wait_ns : AGENT_BACKOFF_MAX_NS;
    wait_ns = prng_between(&core->prng, wait_ns / 2, wait_ns);
    if (retry_after_ns > AGENT_RETRY_AFTER_MAX_NS) {
        retry_after_ns = AGENT_RETRY_AFTER_MAX_NS;
    }
    core->failures++;
    core->retry_ns = now.mono_ns + (retry_after_ns > wait_ns ? retry_after_ns : wait_ns);
}

/* What the answer means for one batch. */
static void judge(struct core *core, enum block_signal signal, const struct core_input *input)
{
    struct core_batch *batch = &core->batches[signal];
    struct core_exchange *exchange = &core->exchange;
    ENSURE(batch->built && batch->in_flight);
    batch->in_flight = false;
    exchange->in_flight--;
    account_exchange(core, batch, input);
    switch (verdict_of(input->answer.status)) {
    case VERDICT_SENT:
        exchange->taken = true;
        sent(core, signal, input->answer.rejected);
        break;
    case VERDICT_AGAIN:
        exchange->failed = true;
        batch->refused += input->answer.status > 0 ? 1 : 0;
        if (batch->refused >= AGENT_RETRIES_MAX) {
            drop(core, signal, CORE_DROP_RETRIES);
        }
        break;
    case VERDICT_SMALLER:
        split(core, signal);
        break;
    case VERDICT_NEVER:
        exchange->failed = true;
        drop(core, signal, CORE_DROP_REJECTED);
        break;
    }
    if (input->answer.retry_after_ns > exchange->retry_after_ns) {
        exchange->retry_after_ns = input->answer.retry_after_ns;
    }
}

void batch_answer(struct core *core, struct core_now now, const struct core_input *input)
{
    const struct core_exchange *exchange = &core->exchange;
    unsigned signals = input->answer.signals;
    ENSURE(exchange->in_flight > 0);
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        if (signals == 0 ? core->batches[each].in_flight : (signals >> each & 1) != 0) {
            judge(core, each, input);
        }
    }
    if (exchange->in_flight > 0) {
        return;
    }
    /* What failed of an exchange is one failure, however much of it there was. */
    core->flushed_ns = now.mono_ns;
    core->flushed_wall_ns = now.wall_ns;
    if (exchange->failed) {
        back_off(core, now, exchange->retry_after_ns);
    } else if (exchange->taken) {
        core->failures = 0;
        core->retry_ns = 0;
    }
}
