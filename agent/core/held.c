/* SPDX-License-Identifier: Apache-2.0 */
#include "core/held.h"

#include "base/format.h"
#include "core/parts.h"
#include "otlp/attribute.h"
#include "otlp/record.h"
#include "proto/names.h"

enum {
    SEVERITY_INFO = 9,
    SEVERITY_WARN = 13,
    SEVERITY_ERROR = 17,
};

/* Of a budget so much goes to what comes first; the rest is for errors and for what comes last. */
#define HEAD_SHARE(budget) ((budget) / 4 * 3)

/* The owner of a frame: the place of its invocation in the table, from 1 on; 0 is none. */
static unsigned char owner_of(const struct core *core, const struct invocation *invocation)
{
    return invocation == NULL ? 0 : (unsigned char)(invocation - core->invocations.rows + 1);
}

static struct held_account *account_of(struct core *core, struct invocation *invocation)
{
    return invocation == NULL ? &core->held.loose : &invocation->lines;
}

/* ---- What becomes of held lines. ---- */

static void give_back(struct core *core, struct held_account *account, struct queue_frame *frame)
{
    queue_drop(&core->queue, frame);
    core->counters.held_back++;
    account->back++;
}

/* Do with the lines of an owner what the verdict says; while it is open, nothing. */
static void carry_out(struct core *core, struct held_account *account, unsigned char owner)
{
    size_t position = 0;
    struct queue_frame *frame;
    if (account->verdict == HELD_OPEN || core->queue.held == 0) {
        return;
    }
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->state != QUEUE_HELD || frame->owner != owner || !(frame->held & HELD_ERROR)) {
            continue;
        }
        if (account->verdict == HELD_FORGET) {
            give_back(core, account, frame);
        } else {
            queue_release(&core->queue, frame, HELD_ERROR);
        }
    }
}

/* The latest lines are the last ones now. */
static void keep_tail(struct core *core, struct held_account *account, unsigned char owner)
{
    size_t position = 0;
    struct queue_frame *frame;
    if (account->tail_bytes == 0) {
        return;
    }
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->state == QUEUE_HELD && frame->owner == owner) {
            queue_release(&core->queue, frame, HELD_BUDGET);
        }
    }
    account->bytes += account->tail_bytes;
    account->tail_bytes = 0;
}

static bool failed(const struct invocation *row)
{
    struct slice status = invocation_text_slice(&row->status);
    return (status.size > 0 && !slice_equal(status, SLICE("success"))) || row->error_type.size > 0;
}

static bool slow(const struct core *core, const struct invocation *row)
{
    int64_t slow_ns = core->config.slow_ns > INT64_MAX ? INT64_MAX : (int64_t)core->config.slow_ns;
    return slow_ns > 0 && (row->handler_ns >= slow_ns || row->reported_ns >= slow_ns);
}

/* The last eight bytes of a trace id are as good as random; the same id gets the same answer in
 * every instance. */
static bool sampled(const struct core *core, const struct invocation *row)
{
    uint64_t number = 0;
    for (size_t i = 8; i < sizeof(row->trace_id); i++) {
        number = number << 8 | row->trace_id[i];
    }
    return number < core->config.sample_below;
}

/* One line in the invocation's log says what is not in it. */
static void note_left_out(struct core *core, struct core_now now, struct invocation *row)
{
    struct held_account *account = &row->lines;
    struct buf *out = &core->record;
    char text[128];
    struct buf body;
    if (account->left_out == 0) {
        return;
    }
    invocation_trace(row, SLICE_EMPTY);
    struct record_log log = {
        .time_ns = row->done_ns > 0 ? row->done_ns : now.wall_ns,
        .observed_ns = now.wall_ns,
        .severity = SEVERITY_WARN,
        .severity_text = SLICE("WARN"),
        .seq = emit_begin(core),
        .context = invocation_context(row, core->resource.instance, SLICE("invocation")),
    };
    buf_init_fixed(&body, text, sizeof(text));
    format_append(&body, "thaw: %llu lines, %llu bytes left out: budget of THAW_LOGS_BUDGET_KB",
                  (unsigned long long)account->left_out, (unsigned long long)account->left_bytes);
    record_log_write(&log, out);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_SOURCE, SLICE("extension"));
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_FAAS_INVOCATION_ID, invocation_id(row));
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_ATTEMPT, row->attempt);
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_DROPPED_RECORDS, (int64_t)account->left_out);
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_DROPPED_BYTES, (int64_t)account->left_bytes);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_DROPPED_REASON, SLICE("budget"));
    record_log_body(out, buf_bytes(&body));
    account->left_out = 0;
    account->left_bytes = 0;
    const struct held_line line = {
        .invocation = row, .severity = SEVERITY_WARN, .seq = log.seq, .note = true};
    held_push(core, now, &line);
}

/* ---- What happens. ---- */

void held_start(struct core *core, struct invocation *row)
{
    struct held_account *loose = &core->held.loose;
    size_t position = 0;
    struct queue_frame *frame;
    if (row->lines.verdict == HELD_OPEN && sampled(core, row)) {
        row->lines.verdict = HELD_SEND;
    }
    /* What was written before it, as in its init, is judged with it. */
    while (core->queue.held > 0 && (frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->state == QUEUE_HELD && frame->owner == 0) {
            frame->owner = owner_of(core, row);
        }
    }
    row->lines.bytes += loose->bytes;
    row->lines.tail_bytes += loose->tail_bytes;
    row->lines.left_out += loose->left_out;
    row->lines.left_bytes += loose->left_bytes;
    row->lines.over_budget += loose->over_budget;
    row->lines.redacted += loose->redacted;
    *loose = (struct held_account){.verdict = HELD_OPEN};
    carry_out(core, &row->lines, owner_of(core, row));
}

void held_init_end(struct core *core, const struct init *init)
{
    struct slice status = invocation_text_slice(&init->status);
    if (status.size > 0 && !slice_equal(status, SLICE("success"))) {
        core->held.loose.verdict = HELD_SEND;
        carry_out(core, &core->held.loose, 0);
    }
}

void held_end(struct core *core, struct core_now now, struct invocation *row, bool complete)
{
    struct held_account *account = &row->lines;
    /* The trace may have become known, or another one, since the start. */
    if (account->verdict == HELD_OPEN && (failed(row) || slow(core, row) || sampled(core, row))) {
        account->verdict = HELD_SEND;
    }
    keep_tail(core, account, owner_of(core, row));
    note_left_out(core, now, row);
    if (account->verdict == HELD_OPEN && complete) {
        account->verdict = HELD_FORGET;
    }
    carry_out(core, account, owner_of(core, row));
}

void held_evict(struct core *core, struct core_now now, struct invocation *row)
{
    /* Of what has not ended, as far as we know, nobody knows that it went well. */
    if (row->lines.verdict == HELD_OPEN && row->state == INVOCATION_STARTED) {
        row->lines.verdict = HELD_SEND;
    }
    held_end(core, now, row, true);
}

void held_stop(struct core *core, struct core_now now)
{
    struct held_account *loose = &core->held.loose;
    for (size_t i = 0; i < core->invocations.reach; i++) {
        if (core->invocations.rows[i].used) {
            held_evict(core, now, &core->invocations.rows[i]);
        }
    }
    keep_tail(core, loose, 0);
    if (loose->verdict == HELD_OPEN) {
        bool well = slice_equal(invocation_text_slice(&core->stop_reason), SLICE("spindown"));
        loose->verdict = well ? HELD_FORGET : HELD_SEND;
    }
    carry_out(core, loose, 0);
}

/* ---- A line comes. ---- */

/* Let the oldest of the latest lines go until the tail fits. */
static void roll_tail(struct core *core, struct held_account *account, unsigned char owner,
                      uint64_t bytes_max)
{
    size_t position = 0;
    struct queue_frame *frame;
    while (account->tail_bytes > bytes_max &&
           (frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->state == QUEUE_HELD && frame->owner == owner && (frame->held & HELD_BUDGET)) {
            account->tail_bytes -=
                frame->size < account->tail_bytes ? frame->size : account->tail_bytes;
            account->left_out++;
            account->over_budget++;
            account->left_bytes += frame->size;
            core->counters.dropped[CORE_DROP_BUDGET]++;
            queue_drop(&core->queue, frame);
        }
    }
    /* The queue may have dropped some of it for want of room. */
    account->tail_bytes = account->tail_bytes > bytes_max ? bytes_max : account->tail_bytes;
}

/* Whether a line may be kept within the budget, and if it is one of the latest only. */
static bool within_budget(struct core *core, const struct held_line *line, uint64_t size,
                          unsigned char *held)
{
    struct held_account *account = account_of(core, line->invocation);
    uint64_t budget = core->config.line_budget;
    if (budget == 0 || line->note) {
        return true;
    }
    uint64_t front = line->severity >= SEVERITY_ERROR ? budget : HEAD_SHARE(budget);
    if (account->tail_bytes == 0 || line->severity >= SEVERITY_ERROR) {
        if (account->bytes <= front && size <= front - account->bytes) {
            account->bytes += size;
            roll_tail(core, account, owner_of(core, line->invocation), budget - account->bytes);
            return true;
        }
    }
    uint64_t left = account->bytes < budget ? budget - account->bytes : 0;
    if (size > left) {
        account->left_out++;
        account->over_budget++;
        account->left_bytes += size;
        return false;
    }
    *held |= HELD_BUDGET;
    account->tail_bytes += size;
    roll_tail(core, account, owner_of(core, line->invocation), left);
    return true;
}

/* Whether it must wait for the end of its invocation.  *gone: it has ended, and well. */
static bool waits_for_error(struct core *core, const struct held_line *line, bool *gone)
{
    struct invocation *row = line->invocation;
    struct held_account *account = account_of(core, row);
    unsigned severity = line->severity == 0 ? SEVERITY_INFO : line->severity;
    *gone = false;
    bool always = core->config.lines != CORE_LINES_ON_ERROR ||
                  (core->config.severity_always > 0 && severity >= core->config.severity_always);
    if (line->wait == HELD_WAIT_NONE || (line->wait == HELD_WAIT_AS_SET && always)) {
        return false;
    }
    if (account->verdict == HELD_OPEN && row != NULL && core->config.slow_ns > 0 &&
        line->time_ns > row->start_ns && line->time_ns - row->start_ns >= core->config.slow_ns &&
        row->state == INVOCATION_STARTED) {
        account->verdict = HELD_SEND;
        carry_out(core, account, owner_of(core, row));
    }
    *gone = account->verdict == HELD_FORGET;
    return account->verdict == HELD_OPEN;
}

/* Make room among what is held: the oldest of what matters least goes. */
static void make_room(struct core *core, size_t size)
{
    struct queue *queue = &core->queue;
    for (unsigned class = QUEUE_DEBUG; class <= QUEUE_OTHER; class ++) {
        size_t position = 0;
        struct queue_frame *frame;
        while (queue->held_live + size > AGENT_HELD_MAX &&
               (frame = queue_next(queue, &position)) != NULL) {
            if (frame->state == QUEUE_HELD && frame->class == class) {
                queue_drop(queue, frame);
                core->counters.dropped[CORE_DROP_HELD]++;
            }
        }
    }
}

static enum queue_class class_of(unsigned severity)
{
    if (severity > 0 && severity < SEVERITY_INFO) {
        return QUEUE_DEBUG;
    }
    return severity < SEVERITY_WARN ? QUEUE_INFO : QUEUE_OTHER;
}

bool held_push(struct core *core, struct core_now now, const struct held_line *line)
{
    struct slice record = buf_bytes(&core->record);
    unsigned char held = line->joint ? HELD_JOINT : 0;
    bool gone = false;
    core->counters.received++;
    if (buf_overflowed(&core->record)) {
        core->counters.dropped[CORE_DROP_TOO_LARGE]++;
        return false;
    }
    if (waits_for_error(core, line, &gone)) {
        held |= HELD_ERROR;
    }
    if (gone) {
        core->counters.held_back++;
        account_of(core, line->invocation)->back++;
        return false;
    }
    if (!within_budget(core, line, record.size, &held)) {
        core->counters.dropped[CORE_DROP_BUDGET]++;
        return false;
    }
    if (core->final) {
        held = 0; /* Nothing would release it. */
    }
    if (held != 0) {
        make_room(core, record.size);
    }
    struct queue_frame frame = {
        .signal = BLOCK_LOGS,
        .class = (unsigned char)class_of(line->severity),
        .seq = line->seq,
        .mono_ns = now.mono_ns,
        .held = held,
        .owner = owner_of(core, line->invocation),
    };
    /* A refusal is counted by the queue. */
    return queue_push(&core->queue, &frame, record);
}

void held_write(const struct held_account *account, struct buf *out)
{
    const struct {
        struct slice name;
        uint64_t value;
    } numbers[] = {
        {NAME_THAW_LINES_HELD_BACK, account->back},
        {NAME_THAW_LINES_OVER_BUDGET, account->over_budget},
        {NAME_THAW_LINES_REDACTED, account->redacted},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i].value > 0) {
            attribute_int(out, ATTRIBUTE_OF_LOG, numbers[i].name, (int64_t)numbers[i].value);
        }
    }
}
