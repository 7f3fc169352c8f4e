/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"
#include "query/query_limits.h"

#include "model/model_limits.h"
#include "proto/names.h"
#include "streams/line.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the text lines of a transaction say, and each of them once.
 *
 * An agent numbers its lines; a stream's may come several times, from several deliveries, and are
 * the same ones as the agent's.  So, of an instance: what has the same id of CloudWatch's is one
 * line; else what has the same text at the same time is one, as often as the delivery has it that
 * has it most often; and a stream's line is the agent's that says the same at about the same time.
 *
 * Before they are compared across sources, lines that go on with the one before (stack traces) are
 * put together, because sources cut them apart differently.
 */

static int compare_u64(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare_i64(int64_t one, int64_t other)
{
    return one < other ? -1 : one > other;
}

static enum line_teller teller_of(const struct log_line *line)
{
    if (line->scope == NULL || (!line->scope->agent && !line->scope->logs)) {
        return TELLER_OTHER;
    }
    return line->scope->logs ? TELLER_LOGS : TELLER_AGENT;
}

static struct slice trim_end(struct slice text)
{
    while (text.size > 0 && (text.base[text.size - 1] == '\n' || text.base[text.size - 1] == '\r' ||
                             text.base[text.size - 1] == ' ')) {
        text.size--;
    }
    return text;
}

static void set_print(const struct assemble *assemble, struct transaction_log *row)
{
    row->print = hash_sip64(&assemble->query->key, trim_end(row->text));
}

/* ---- What a line says. ---- */

static void read_line(const struct assemble *assemble, struct transaction_log *row)
{
    const struct log_line *record = row->line;
    struct slice uid;
    row->teller = teller_of(record);
    row->parts = 1;
    row->severity = record->severity;
    row->level = record->severity_text;
    if (record->body.kind != VALUE_STRING) {
        return;
    }
    row->text = record->body.text;
    set_print(assemble, row);
    if (row->teller == TELLER_OTHER) {
        return;
    }
    row->message = row->text;
    if (row->teller == TELLER_LOGS && attrs_find_text(record->attrs, NAME_LOG_RECORD_UID, &uid) &&
        uid.size > 0) {
        row->uid = hash_sip64(&assemble->query->key, uid) | 1;
    }
    struct line line;
    struct slice rest;
    line_read(row->text, &line, &rest);
    if (line.kind != LINE_APP || rest.size > 0) {
        return;
    }
    row->severity = row->severity != 0 ? row->severity : line.severity;
    row->level = row->level.size > 0 ? row->level : line.level;
    if (line.text.size > 0 && !line.text_escaped && line.text.base >= row->text.base &&
        line.text.base + line.text.size <= row->text.base + row->text.size) {
        row->message = line.text;
    }
}

/* Where a line was written: in its invocation, whoever tells of that, else in its instance. */
static int compare_place(const struct transaction_log *one, const struct transaction_log *other)
{
    int order = compare_u64(one->invocation, other->invocation);
    return order != 0 || one->invocation != TRANSACTION_NONE
               ? order
               : compare_u64(one->instance, other->instance);
}

/* ---- Deliveries that came again. ---- */

static int compare_prints(const void *one, const void *other)
{
    const struct transaction_log *a = one;
    const struct transaction_log *b = other;
    int order = compare_u64(a->teller, b->teller);
    order = order != 0 ? order : compare_place(a, b);
    order = order != 0 ? order : compare_i64(a->time_ns, b->time_ns);
    order = order != 0 ? order : compare_u64(a->print, b->print);
    order = order != 0 ? order : compare_u64(a->uid, b->uid);
    order = order != 0 ? order : compare_u64(a->arrival_ns, b->arrival_ns);
    return order != 0 ? order : compare_u64(a->arrival, b->arrival);
}

static bool same_print(const struct transaction_log *one, const struct transaction_log *other)
{
    return one->teller == other->teller && compare_place(one, other) == 0 &&
           one->time_ns == other->time_ns && one->print == other->print;
}

/* Of lines that are the same, in order of compare_prints(), keep those that are not repetitions. */
static void drop_repeated(struct transaction_log *rows, uint32_t count)
{
    uint32_t named = 0;        /* Different ids of CloudWatch's. */
    uint32_t most = 0, at = 0; /* The delivery without ids that has most: how many, and where. */
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;
        while (end < count && rows[end].uid == rows[i].uid &&
               (rows[i].uid != 0 || rows[end].arrival_ns == rows[i].arrival_ns)) {
            end++;
        }
        for (uint32_t k = i; k < end; k++) {
            rows[k].dropped = rows[i].uid == 0 || k > i;
        }
        if (rows[i].uid != 0) {
            named++;
        } else if (end - i > most) {
            most = end - i;
            at = i;
        }
        i = end;
    }
    for (uint32_t k = named; k < most; k++) {
        rows[at + k].dropped = false;
    }
}

static void compact(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    uint32_t count = 0;
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        if (!assemble->log_rows[i].dropped) {
            assemble->log_rows[count++] = assemble->log_rows[i];
        }
    }
    transaction->log_count = count;
}

static void drop_deliveries(struct assemble *assemble)
{
    struct transaction_log *rows = assemble->log_rows;
    uint32_t count = assemble->transaction->log_count;
    qsort(rows, count, sizeof(rows[0]), compare_prints);
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;
        while (end < count && same_print(&rows[i], &rows[end])) {
            end++;
        }
        if (end - i > 1 && rows[i].teller == TELLER_LOGS && rows[i].text.base != NULL) {
            drop_repeated(&rows[i], end - i);
        }
        i = end;
    }
    compact(assemble);
}

/* ---- Lines that go on. ---- */

/* As they were written, of each instance and teller. */
static int compare_written(const void *one, const void *other)
{
    const struct transaction_log *a = one;
    const struct transaction_log *b = other;
    int order = compare_u64(a->teller, b->teller);
    order = order != 0 ? order : compare_u64(a->instance, b->instance);
    if (order == 0 && a->teller == TELLER_AGENT) {
        order = compare_u64(a->line->resource->epoch, b->line->resource->epoch);
        order = order != 0 ? order : compare_u64(a->line->seq, b->line->seq);
    }
    order = order != 0 ? order : compare_i64(a->time_ns, b->time_ns);
    return order != 0 ? order : compare_u64(a->arrival, b->arrival);
}

static bool goes_on(const struct transaction_log *before, const struct transaction_log *row)
{
    return before->teller != TELLER_OTHER && before->teller == row->teller &&
           before->instance == row->instance && before->invocation == row->invocation &&
           before->group == row->group && before->text.size > 0 && row->text.size > 0 &&
           row->time_ns - before->time_ns <= LINE_GOES_ON_NS &&
           before->time_ns - row->time_ns <= LINE_GOES_ON_NS &&
           line_continues(before->text, row->text);
}

/* Put lines together into the first of them; false when the arena is full. */
static bool join(struct assemble *assemble, struct transaction_log *rows, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        size += trim_end(rows[i].text).size + (i > 0 ? 1 : 0);
    }
    unsigned char *memory = arena_alloc(assemble->arena, size);
    if (memory == NULL) {
        return false;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct slice text = trim_end(rows[i].text);
        if (i > 0) {
            memory[at++] = '\n';
            rows[i].dropped = true;
        }
        memcpy(&memory[at], text.base, text.size);
        at += text.size;
    }
    size_t prefix = (size_t)(rows[0].message.base - rows[0].text.base);
    rows[0].text = slice_of(memory, size);
    rows[0].message = slice_skip(rows[0].text, prefix < size ? prefix : 0);
    rows[0].parts = count;
    set_print(assemble, &rows[0]);
    return true;
}

static void join_lines(struct assemble *assemble)
{
    struct transaction_log *rows = assemble->log_rows;
    uint32_t count = assemble->transaction->log_count;
    qsort(rows, count, sizeof(rows[0]), compare_written);
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;
        while (end < count && end - i < LINE_PART_COUNT_MAX &&
               goes_on(&rows[end - 1], &rows[end])) {
            end++;
        }
        if (end - i > 1 && !join(assemble, &rows[i], end - i)) {
            assemble->transaction->cut = true;
            break;
        }
        i = end;
    }
    compact(assemble);
}

/* ---- The agent's and the stream's. ---- */

static int compare_text(const struct transaction_log *one, const struct transaction_log *other)
{
    int order = compare_u64(one->print, other->print);
    order = order != 0 ? order : compare_u64(one->teller, other->teller);
    order = order != 0 ? order : compare_i64(one->time_ns, other->time_ns);
    return order != 0 ? order : compare_u64(one->arrival, other->arrival);
}

static int compare_said(const void *one, const void *other)
{
    int order = compare_place(one, other);
    return order != 0 ? order : compare_text(one, other);
}

static bool same_said(const struct transaction_log *one, const struct transaction_log *other)
{
    return compare_place(one, other) == 0 && one->print == other->print;
}

/* A line of the agent's that it knows to be of no invocation, or one of the stream's: these may be
 * the same one next to the beginning or the end, where a stream has only time to go by. */
static bool at_edge(const struct transaction_log *row)
{
    return row->teller == TELLER_LOGS ||
           (row->teller == TELLER_AGENT && !row->paired && row->invocation == TRANSACTION_NONE);
}

static int compare_edge(const void *one, const void *other)
{
    const struct transaction_log *a = one;
    const struct transaction_log *b = other;
    int order = compare_u64(at_edge(b), at_edge(a));
    order = order != 0 ? order : compare_u64(a->instance, b->instance);
    return order != 0 ? order : compare_text(a, b);
}

static bool same_edge(const struct transaction_log *one, const struct transaction_log *other)
{
    return at_edge(one) && at_edge(other) && one->instance == other->instance &&
           one->print == other->print;
}

static int64_t apart(const struct transaction_log *one, const struct transaction_log *other)
{
    return one->time_ns > other->time_ns ? one->time_ns - other->time_ns
                                         : other->time_ns - one->time_ns;
}

/* Which lines may be the same. */
struct sameness {
    int (*compare)(const void *one, const void *other);
    bool (*same)(const struct transaction_log *one, const struct transaction_log *other);
    int64_t apart_max_ns;
};

/* Both in order of time: each of the agent's takes one of the stream's that is near enough. */
static void pair(struct transaction_log *agent, uint32_t agent_count, struct transaction_log *logs,
                 uint32_t log_count, int64_t apart_max_ns)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < agent_count && at < log_count;) {
        bool spare = log_count - at > agent_count - i;
        if (apart(&agent[i], &logs[at]) > apart_max_ns) {
            bool later = logs[at].time_ns > agent[i].time_ns;
            i += later ? 1 : 0;
            at += later ? 0 : 1;
        } else if (spare && at + 1 < log_count &&
                   apart(&agent[i], &logs[at + 1]) < apart(&agent[i], &logs[at])) {
            at++;
        } else {
            logs[at++].dropped = true;
            agent[i++].paired = true;
        }
    }
}

static void drop_told_twice(struct assemble *assemble, const struct sameness *sameness)
{
    struct transaction_log *rows = assemble->log_rows;
    uint32_t count = assemble->transaction->log_count;
    qsort(rows, count, sizeof(rows[0]), sameness->compare);
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i, logs = i;
        while (end < count && (end == i || sameness->same(&rows[i], &rows[end]))) {
            logs += rows[end].teller == TELLER_AGENT ? 1 : 0;
            end++;
        }
        uint32_t others = end;
        while (others > logs && rows[others - 1].teller == TELLER_OTHER) {
            others--;
        }
        if (rows[i].text.base != NULL) {
            pair(&rows[i], logs - i, &rows[logs], others - logs, sameness->apart_max_ns);
        }
        i = end;
    }
    compact(assemble);
}

void lines_settle(struct assemble *assemble)
{
    static const struct sameness said = {compare_said, same_said, LINE_SAME_NS};
    static const struct sameness edge = {compare_edge, same_edge, WINDOW_SLACK_NS};
    bool of_agent = false, of_logs = false;
    for (uint32_t i = 0; i < assemble->transaction->log_count; i++) {
        read_line(assemble, &assemble->log_rows[i]);
        of_agent = of_agent || assemble->log_rows[i].teller == TELLER_AGENT;
        of_logs = of_logs || assemble->log_rows[i].teller == TELLER_LOGS;
    }
    if (of_logs) {
        drop_deliveries(assemble);
    }
    if (of_logs || of_agent) {
        join_lines(assemble);
    }
    if (of_logs && of_agent) {
        drop_told_twice(assemble, &said);
        drop_told_twice(assemble, &edge);
    }
}
