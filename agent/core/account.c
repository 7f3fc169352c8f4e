/* SPDX-License-Identifier: Apache-2.0 */
#include "core/account.h"

#include "core/parts.h"
#include "otlp/attribute.h"
#include "proto/names.h"

#include <string.h>

struct account_reading account_unknown(void)
{
    return (struct account_reading){
        .agent_cpu_ns = ACCOUNT_UNKNOWN,
        .cpu_user_ns = ACCOUNT_UNKNOWN,
        .cpu_system_ns = ACCOUNT_UNKNOWN,
        .received_bytes = ACCOUNT_UNKNOWN,
        .sent_bytes = ACCOUNT_UNKNOWN,
        .agent_memory_bytes = ACCOUNT_UNKNOWN,
        .memory_total_bytes = ACCOUNT_UNKNOWN,
        .memory_used_bytes = ACCOUNT_UNKNOWN,
        .tmp_total_bytes = ACCOUNT_UNKNOWN,
        .tmp_used_bytes = ACCOUNT_UNKNOWN,
        .descriptors = ACCOUNT_UNKNOWN,
        .threads = ACCOUNT_UNKNOWN,
    };
}

/* ---- Readings. ---- */

/* A counter that went back, or was not read, tells nothing. */
static int64_t since(int64_t now, int64_t before)
{
    return now == ACCOUNT_UNKNOWN || before == ACCOUNT_UNKNOWN || now < before ? ACCOUNT_UNKNOWN
                                                                               : now - before;
}

/* The mean of so many invocations. */
static int64_t mean_since(int64_t now, int64_t before, int64_t invocations)
{
    int64_t used = since(now, before);
    return used == ACCOUNT_UNKNOWN ? used : used / invocations;
}

static struct account_reading used_since(const struct account_reading *now,
                                         const struct account_reading *before, int64_t invocations)
{
    struct account_reading used = *now;
    used.agent_cpu_ns = since(now->agent_cpu_ns, before->agent_cpu_ns);
    used.cpu_user_ns = mean_since(now->cpu_user_ns, before->cpu_user_ns, invocations);
    used.cpu_system_ns = mean_since(now->cpu_system_ns, before->cpu_system_ns, invocations);
    used.received_bytes = mean_since(now->received_bytes, before->received_bytes, invocations);
    used.sent_bytes = mean_since(now->sent_bytes, before->sent_bytes, invocations);
    return used;
}

static struct invocation *row_behind(struct core *core)
{
    for (size_t i = 0; core->account.behind_order != 0 && i < core->invocations.reach; i++) {
        struct invocation *row = &core->invocations.rows[i];
        if (row->used && row->order == core->account.behind_order) {
            return row;
        }
    }
    return NULL;
}

/* Whether all was read so recently that it is not read again. */
static bool just_read(const struct account *account, struct core_now now)
{
    return account->read_ns != 0 && now.mono_ns - account->read_ns < AGENT_READ_EVERY_NS &&
           now.wall_ns - account->read_wall_ns < AGENT_READ_EVERY_NS;
}

enum account_reach account_due(const struct core *core, struct core_now now)
{
    const struct account *account = &core->account;
    bool due = !account->begun || account->behind_order != 0 ||
               (core->current != NULL && core->done_seen_ns != 0 && !account->measured);
    if (!due) {
        return ACCOUNT_NOTHING;
    }
    return just_read(account, now) ? ACCOUNT_AGENT : ACCOUNT_ALL;
}

/* What the next reading is compared with. */
static void keep_reading(struct account *account, struct core_now now, enum account_reach reach,
                         const struct account_reading *reading)
{
    if (reach == ACCOUNT_ALL) {
        account->last = *reading;
        account->read_ns = now.mono_ns;
        account->read_wall_ns = now.wall_ns;
        account->unread = 0;
    } else {
        account->last.agent_cpu_ns = reading->agent_cpu_ns;
    }
}

void account_take(struct core *core, struct core_now now, enum account_reach reach,
                  const struct account_reading *reading)
{
    struct account *account = &core->account;
    struct invocation *row = account->behind_order != 0 ? row_behind(core) : core->current;
    /* The agent's own start is a part of the first invocation's price; what the function did before
     * it is none of it. */
    bool first = !account->begun;
    if (reading->agent_cpu_ns != ACCOUNT_UNKNOWN) {
        account->sums.cpu_ns = (uint64_t)reading->agent_cpu_ns;
    }
    if (first) {
        account->last = *reading;
        account->last.agent_cpu_ns = 0;
        account->begun = true;
        return;
    }
    account->unread++;
    if (row != NULL && !row->account.known) {
        row->account.known = true;
        row->account.used = used_since(reading, &account->last, account->unread);
        row->account.agent_wire_bytes =
            (int64_t)(account->sums.wire_bytes - account->last_wire_bytes);
        row->dirty = true;
    }
    keep_reading(account, now, reach, reading);
    account->last_wire_bytes = account->sums.wire_bytes;
    account->measured = account->behind_order == 0;
    account->behind_order = 0;
}

/* ---- What happens. ---- */

static uint64_t facts_waiting(const struct core *core)
{
    uint64_t count = 0;
    for (size_t i = 0; i < AGENT_INITS_MAX; i++) {
        count += core->inits[i].used && core->inits[i].dirty ? 1 : 0;
    }
    for (size_t i = 0; i < core->invocations.reach; i++) {
        const struct invocation *row = &core->invocations.rows[i];
        count += row->used && row->dirty ? 1 : 0;
    }
    return count;
}

void account_on_invoke(struct core *core, struct core_now now)
{
    uint64_t oldest_ns = queue_oldest_ns(&core->queue);
    struct account *account = &core->account;
    const struct invocation *before = core->current;
    account->behind_order =
        account->begun && !account->measured && before != NULL ? before->order : 0;
    account->measured = false;
    account->waited = core->queue.count - core->queue.held + facts_waiting(core);
    account->waited_ns = oldest_ns < now.mono_ns ? now.mono_ns - oldest_ns : 0;
}

void account_exchange(struct core *core, const struct core_batch *batch,
                      const struct core_input *input)
{
    struct account_sums *sums = &core->account.sums;
    unsigned status = input->answer.status;
    sums->exchanges++;
    sums->failures += status < 200 || status >= 300 ? 1 : 0;
    if (status != 0) {
        sums->plain_bytes += batch->body_size;
        sums->wire_bytes += input->answer.wire_bytes;
    }
}

/* ---- What is told. ---- */

static void write_share(const struct account_share *share, struct buf *out)
{
    const struct account_reading *used = &share->used;
    const struct {
        struct slice name;
        int64_t value;
    } numbers[] = {
        {NAME_THAW_AGENT_CPU_NS, used->agent_cpu_ns},
        {NAME_THAW_AGENT_MEMORY_BYTES, used->agent_memory_bytes},
        {NAME_THAW_AGENT_WIRE_BYTES, share->agent_wire_bytes},
        {NAME_THAW_ENV_CPU_USER_NS, used->cpu_user_ns},
        {NAME_THAW_ENV_CPU_SYSTEM_NS, used->cpu_system_ns},
        {NAME_THAW_ENV_RECEIVED_BYTES, used->received_bytes},
        {NAME_THAW_ENV_SENT_BYTES, used->sent_bytes},
        {NAME_THAW_ENV_MEMORY_TOTAL_BYTES, used->memory_total_bytes},
        {NAME_THAW_ENV_MEMORY_USED_BYTES, used->memory_used_bytes},
        {NAME_THAW_ENV_TMP_TOTAL_BYTES, used->tmp_total_bytes},
        {NAME_THAW_ENV_TMP_USED_BYTES, used->tmp_used_bytes},
        {NAME_THAW_ENV_DESCRIPTORS, used->descriptors},
        {NAME_THAW_ENV_THREADS, used->threads},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        attribute_int_known(out, ATTRIBUTE_OF_LOG, numbers[i].name, numbers[i].value);
    }
}

/*
 * All that waits leaves in the flush that this is written for.  What will wait
 * is the rest of the invocation that runs, where nobody waits for its end: as
 * much as this flush has to carry, so far as anybody can know.
 */
static void write_waiting(const struct core *core, const struct invocation *invocation,
                          struct buf *out)
{
    bool left_alone = (core->asked || core->undecided) && !core->stopping &&
                      invocation->state == INVOCATION_STARTED;
    uint64_t records = left_alone ? core->seq - core->flush_seq : 0;
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_AGENT_WAITING_RECORDS, (int64_t)records);
    if (records > 0) {
        attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_AGENT_WAITING_SINCE_NS,
                      (int64_t)invocation->start_ns);
    }
}

void account_write_invocation(const struct core *core, const struct invocation *invocation,
                              struct buf *out)
{
    if (invocation->account.known) {
        write_share(&invocation->account, out);
    }
    if (invocation == core->current) {
        write_waiting(core, invocation, out);
    }
}

void account_write_stop(const struct core *core, struct buf *out)
{
    const struct account_sums *sums = &core->account.sums;
    const struct {
        struct slice name;
        uint64_t value;
    } numbers[] = {
        {NAME_THAW_AGENT_CPU_NS, sums->cpu_ns},
        {NAME_THAW_AGENT_HELD_NS, sums->held_ns},
        {NAME_THAW_AGENT_WIRE_BYTES, sums->wire_bytes},
        {NAME_THAW_AGENT_PLAIN_BYTES, sums->plain_bytes},
        {NAME_THAW_AGENT_EXCHANGES, sums->exchanges},
        {NAME_THAW_AGENT_EXCHANGES_FAILED, sums->failures},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        attribute_int(out, ATTRIBUTE_OF_LOG, numbers[i].name, (int64_t)numbers[i].value);
    }
    attribute_int_known(out, ATTRIBUTE_OF_LOG, NAME_THAW_AGENT_MEMORY_BYTES,
                        core->account.begun ? core->account.last.agent_memory_bytes
                                            : ACCOUNT_UNKNOWN);
}

/* ---- Metrics. ---- */

static struct metrics_number sum(struct slice name, struct slice unit, uint64_t now, uint64_t *told)
{
    struct metrics_number number = {.name = name, .unit = unit, .value = now - *told};
    *told = now;
    return number;
}

static struct metrics_number sum_seconds(struct slice name, uint64_t now_ns, uint64_t *told_ns)
{
    struct metrics_number number = sum(name, SLICE("s"), now_ns, told_ns);
    number.nanoseconds = true;
    return number;
}

static size_t numbers_of_drops(struct core *core, struct metrics_number *numbers)
{
    for (enum core_drop drop = 0; drop < CORE_DROPS; drop++) {
        uint64_t now = core->counters.dropped[drop];
        now += drop == CORE_DROP_FULL ? core->queue.dropped : 0;
        numbers[drop] = sum(NAME_METRIC_AGENT_RECORDS_DROPPED, SLICE("{record}"), now,
                            &core->counters_told.dropped[drop]);
        numbers[drop].reason = core_drop_name(drop);
    }
    return CORE_DROPS;
}

static uint64_t redacted(const struct core_counters *counters)
{
    uint64_t places = 0;
    for (enum redact_detector each = 0; each < REDACT_DETECTORS; each++) {
        places += counters->redacted[each];
    }
    return places;
}

/* Of the lines that are not sent, or not as they were. */
static size_t numbers_of_lines(struct core *core, struct metrics_number *numbers)
{
    const struct core_counters *counters = &core->counters;
    struct core_counters *told = &core->counters_told;
    const struct slice unit = SLICE("{record}");
    uint64_t told_places = redacted(told);
    numbers[0] =
        sum(NAME_METRIC_AGENT_LINES_HELD_BACK, unit, counters->held_back, &told->held_back);
    numbers[1] =
        sum(NAME_METRIC_AGENT_LINES_BELOW_LEVEL, unit, counters->below_level, &told->below_level);
    numbers[2] = sum(NAME_METRIC_AGENT_LINES_WITHHELD, unit, counters->withheld, &told->withheld);
    numbers[3] =
        sum(NAME_METRIC_AGENT_LINES_REDACTED, SLICE("{place}"), redacted(counters), &told_places);
    memcpy(told->redacted, counters->redacted, sizeof(told->redacted));
    return 4;
}

size_t account_numbers(struct core *core, struct metrics_number numbers[ACCOUNT_NUMBERS_MAX])
{
    const struct account *account = &core->account;
    const struct account_sums *sums = &account->sums;
    struct account_sums *told = &core->account.told;
    const struct slice records = SLICE("{record}");
    const struct slice requests = SLICE("{request}");
    size_t count = 0;
    numbers[count++] = sum_seconds(NAME_METRIC_AGENT_CPU_TIME, sums->cpu_ns, &told->cpu_ns);
    numbers[count++] = sum_seconds(NAME_METRIC_AGENT_HELD_TIME, sums->held_ns, &told->held_ns);
    numbers[count++] =
        sum(NAME_METRIC_AGENT_SENT_PLAIN, SLICE("By"), sums->plain_bytes, &told->plain_bytes);
    numbers[count++] =
        sum(NAME_METRIC_AGENT_SENT_WIRE, SLICE("By"), sums->wire_bytes, &told->wire_bytes);
    numbers[count++] =
        sum(NAME_METRIC_AGENT_EXCHANGES, requests, sums->exchanges, &told->exchanges);
    numbers[count++] =
        sum(NAME_METRIC_AGENT_EXCHANGES_FAILED, requests, sums->failures, &told->failures);
    numbers[count++] = sum(NAME_METRIC_AGENT_RECORDS_RECEIVED, records, core->counters.received,
                           &core->counters_told.received);
    numbers[count++] = sum(NAME_METRIC_AGENT_RECORDS_SENT, records, core->counters.sent,
                           &core->counters_told.sent);
    count += numbers_of_drops(core, numbers + count);
    count += numbers_of_lines(core, numbers + count);
    if (account->begun && account->last.agent_memory_bytes != ACCOUNT_UNKNOWN) {
        numbers[count++] =
            (struct metrics_number){.name = NAME_METRIC_AGENT_MEMORY,
                                    .unit = SLICE("By"),
                                    .gauge = true,
                                    .value = (uint64_t)account->last.agent_memory_bytes};
    }
    numbers[count++] = (struct metrics_number){.name = NAME_METRIC_AGENT_WAITING_RECORDS,
                                               .unit = records,
                                               .gauge = true,
                                               .value = account->waited};
    numbers[count++] = (struct metrics_number){.name = NAME_METRIC_AGENT_WAITING_AGE,
                                               .unit = SLICE("s"),
                                               .gauge = true,
                                               .nanoseconds = true,
                                               .value = account->waited_ns};
    return count;
}
