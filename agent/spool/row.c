/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/row.h"

#include "proto/wire.h"

#include <stddef.h>
#include <string.h>

/*
 * Fields are never given another number.  A member that is added to a row
 * belongs into these tables; what is not in them a process that is killed
 * forgets.
 */
enum row_kind {
    ROW_NUMBER, /* int64_t, INT64_MIN if not known. */
    ROW_TIME,   /* uint64_t, 0 if not known. */
    ROW_FLAG,
    ROW_TEXT,
    ROW_END,
};

struct row_member {
    uint32_t field;
    enum row_kind kind;
    size_t offset;
};

#define OF_INVOCATION(member) offsetof(struct invocation, member)
#define OF_INIT(member)       offsetof(struct init, member)

/* Members of one kind of place; the others are written by hand. */
static const struct row_member invocation_members[] = {
    {2, ROW_FLAG, OF_INVOCATION(announced)},
    {3, ROW_FLAG, OF_INVOCATION(started)},
    {4, ROW_FLAG, OF_INVOCATION(dirty)},
    {5, ROW_FLAG, OF_INVOCATION(span_made)},
    {6, ROW_FLAG, OF_INVOCATION(traced)},
    {7, ROW_FLAG, OF_INVOCATION(sampled)},
    {8, ROW_TIME, OF_INVOCATION(order)},
    {9, ROW_TEXT, OF_INVOCATION(segment_id)},
    {10, ROW_TEXT, OF_INVOCATION(status)},
    {11, ROW_TEXT, OF_INVOCATION(error_type)},
    {12, ROW_TIME, OF_INVOCATION(start_ns)},
    {13, ROW_TIME, OF_INVOCATION(deadline_ns)},
    {14, ROW_TIME, OF_INVOCATION(done_ns)},
    {15, ROW_NUMBER, OF_INVOCATION(handler_ns)},
    {16, ROW_NUMBER, OF_INVOCATION(produced_bytes)},
    {17, ROW_NUMBER, OF_INVOCATION(response_latency_ns)},
    {18, ROW_NUMBER, OF_INVOCATION(response_duration_ns)},
    {19, ROW_NUMBER, OF_INVOCATION(runtime_overhead_ns)},
    {20, ROW_NUMBER, OF_INVOCATION(post_handler_ns)},
    {21, ROW_NUMBER, OF_INVOCATION(reported_ns)},
    {22, ROW_NUMBER, OF_INVOCATION(billed_ms)},
    {23, ROW_NUMBER, OF_INVOCATION(memory_size_mb)},
    {24, ROW_NUMBER, OF_INVOCATION(max_memory_used_mb)},
    {25, ROW_NUMBER, OF_INVOCATION(init_ns)},
    {26, ROW_NUMBER, OF_INVOCATION(restore_ns)},
    {27, ROW_NUMBER, OF_INVOCATION(billed_restore_ms)},
    {28, ROW_NUMBER, OF_INVOCATION(held_ns)},
    {41, ROW_FLAG, OF_INVOCATION(adopted)},
    {42, ROW_FLAG, OF_INVOCATION(triggered)},
    {43, ROW_FLAG, OF_INVOCATION(answered)},
    {44, ROW_FLAG, OF_INVOCATION(answered_error)},
    {45, ROW_NUMBER, OF_INVOCATION(response_bytes)},
    {48, ROW_FLAG, OF_INVOCATION(starved)},
    {49, ROW_NUMBER, OF_INVOCATION(runtime_cpu_ns)},
    {0, ROW_END, 0},
};

enum invocation_field {
    INVOCATION_ID = 32,
    INVOCATION_ARN,
    INVOCATION_XRAY,
    INVOCATION_STATE,
    INVOCATION_COLD,
    INVOCATION_ATTEMPT,
    INVOCATION_TRACE_ID,
    INVOCATION_PARENT_ID,
    INVOCATION_INIT,
    INVOCATION_STATUS_CODE = 46,
    INVOCATION_ACCOUNT = 47,
};

static const struct row_member account_members[] = {
    {1, ROW_NUMBER, offsetof(struct account_share, agent_wire_bytes)},
    {2, ROW_NUMBER, offsetof(struct account_share, used.agent_cpu_ns)},
    {3, ROW_NUMBER, offsetof(struct account_share, used.cpu_user_ns)},
    {4, ROW_NUMBER, offsetof(struct account_share, used.cpu_system_ns)},
    {5, ROW_NUMBER, offsetof(struct account_share, used.received_bytes)},
    {6, ROW_NUMBER, offsetof(struct account_share, used.sent_bytes)},
    {7, ROW_NUMBER, offsetof(struct account_share, used.agent_memory_bytes)},
    {8, ROW_NUMBER, offsetof(struct account_share, used.memory_total_bytes)},
    {9, ROW_NUMBER, offsetof(struct account_share, used.memory_used_bytes)},
    {10, ROW_NUMBER, offsetof(struct account_share, used.tmp_total_bytes)},
    {11, ROW_NUMBER, offsetof(struct account_share, used.tmp_used_bytes)},
    {12, ROW_NUMBER, offsetof(struct account_share, used.descriptors)},
    {13, ROW_NUMBER, offsetof(struct account_share, used.threads)},
    {0, ROW_END, 0},
};

static const struct row_member init_members[] = {
    {2, ROW_FLAG, OF_INIT(dirty)},          {3, ROW_FLAG, OF_INIT(claimed)},
    {4, ROW_TEXT, OF_INIT(phase)},          {5, ROW_TEXT, OF_INIT(type)},
    {6, ROW_TEXT, OF_INIT(status)},         {7, ROW_TEXT, OF_INIT(error_type)},
    {8, ROW_TIME, OF_INIT(start_ns)},       {9, ROW_TIME, OF_INIT(end_ns)},
    {10, ROW_NUMBER, OF_INIT(duration_ns)}, {0, ROW_END, 0},
};

static void write_member(const struct row_member *member, const unsigned char *place,
                         struct buf *out)
{
    switch (member->kind) {
    case ROW_NUMBER: {
        int64_t value;
        memcpy(&value, place, sizeof(value));
        if (value != INT64_MIN) {
            wire_write_sint(out, member->field, value);
        }
        break;
    }
    case ROW_TIME: {
        uint64_t value;
        memcpy(&value, place, sizeof(value));
        if (value != 0) {
            wire_write_u64(out, member->field, value);
        }
        break;
    }
    case ROW_FLAG:
        if (*(const bool *)place) {
            wire_write_bool(out, member->field, true);
        }
        break;
    case ROW_TEXT: {
        struct slice text =
            invocation_text_slice((const struct invocation_text *)(const void *)place);
        if (text.size > 0) {
            wire_write_bytes(out, member->field, text);
        }
        break;
    }
    case ROW_END:
        break;
    }
}

static void write_members(const struct row_member *members, const void *row, struct buf *out)
{
    for (const struct row_member *each = members; each->kind != ROW_END; each++) {
        write_member(each, (const unsigned char *)row + each->offset, out);
    }
}

/* Take the field if it is one of the members. */
static void read_member(const struct row_member *members, const struct wire_field *field, void *row)
{
    const struct row_member *member = members;
    while (member->kind != ROW_END && member->field != field->number) {
        member++;
    }
    unsigned char *place = (unsigned char *)row + member->offset;
    bool varint = field->type == WIRE_VARINT;
    if (member->kind == ROW_NUMBER && varint) {
        int64_t value = wire_as_sint(field);
        memcpy(place, &value, sizeof(value));
    } else if (member->kind == ROW_TIME && varint) {
        memcpy(place, &field->value, sizeof(field->value));
    } else if (member->kind == ROW_FLAG && varint) {
        *(bool *)place = field->value != 0;
    } else if (member->kind == ROW_TEXT && field->type == WIRE_BYTES) {
        invocation_text_set((struct invocation_text *)(void *)place, field->bytes);
    }
}

static void write_bytes(struct buf *out, uint32_t field, const void *bytes, size_t size)
{
    if (size > 0) {
        wire_write_bytes(out, field, slice_of(bytes, size));
    }
}

void row_write_invocation(const struct core *core, const struct invocation *row, struct buf *out)
{
    write_members(invocation_members, row, out);
    write_bytes(out, INVOCATION_ID, row->id, row->id_size);
    write_bytes(out, INVOCATION_ARN, row->arn, row->arn_size);
    write_bytes(out, INVOCATION_XRAY, row->xray, row->xray_size);
    wire_write_u64(out, INVOCATION_STATE, (uint64_t)row->state);
    wire_write_u64(out, INVOCATION_COLD, (uint64_t)row->cold);
    wire_write_u64(out, INVOCATION_ATTEMPT, row->attempt);
    write_bytes(out, INVOCATION_TRACE_ID, row->trace_id, row->traced ? sizeof(row->trace_id) : 0);
    write_bytes(out, INVOCATION_PARENT_ID, row->parent_id,
                row->has_parent ? sizeof(row->parent_id) : 0);
    if (row->status_code != 0) {
        wire_write_u64(out, INVOCATION_STATUS_CODE, row->status_code);
    }
    if (row->account.known) {
        size_t opened = wire_write_open(out, INVOCATION_ACCOUNT);
        write_members(account_members, &row->account, out);
        wire_write_close(out, opened);
    }
    if (row->init != NULL) {
        wire_write_u64(out, INVOCATION_INIT, (uint64_t)(row->init - core->inits));
    }
}

void row_write_init(const struct init *row, struct buf *out)
{
    write_members(init_members, row, out);
}

/* Copy a text of at most max bytes; the answer is its size, 0 if it is none. */
static uint16_t take(const struct wire_field *field, void *place, size_t max)
{
    if (field->type != WIRE_BYTES || field->bytes.size == 0 || field->bytes.size > max) {
        return 0;
    }
    memcpy(place, field->bytes.base, field->bytes.size);
    return (uint16_t)field->bytes.size;
}

static bool read_account(struct slice message, struct account_share *share)
{
    struct wire_read reader;
    struct wire_field field;
    enum wire_answer answer;
    *share = (struct account_share){.agent_wire_bytes = ACCOUNT_UNKNOWN, .used = account_unknown()};
    wire_read_init(&reader, message);
    while ((answer = wire_read_next(&reader, &field)) == WIRE_FIELD) {
        read_member(account_members, &field, share);
    }
    return answer == WIRE_END;
}

static void read_invocation_field(struct core *core, const struct wire_field *field,
                                  struct invocation *row)
{
    uint64_t number = field->type == WIRE_VARINT ? field->value : 0;
    switch (field->number) {
    case INVOCATION_ID:
        row->id_size = take(field, row->id, sizeof(row->id));
        break;
    case INVOCATION_ARN:
        row->arn_size = take(field, row->arn, sizeof(row->arn));
        break;
    case INVOCATION_XRAY:
        row->xray_size = take(field, row->xray, sizeof(row->xray));
        break;
    case INVOCATION_STATE:
        row->state = number <= INVOCATION_REPORTED ? (enum invocation_state)number : row->state;
        break;
    case INVOCATION_COLD:
        row->cold = number <= INVOCATION_COLD_YES ? (enum invocation_cold)number : row->cold;
        break;
    case INVOCATION_ATTEMPT:
        row->attempt = number <= UINT32_MAX ? (uint32_t)number : 0;
        break;
    case INVOCATION_TRACE_ID:
        (void)take(field, row->trace_id, sizeof(row->trace_id));
        break;
    case INVOCATION_PARENT_ID:
        row->has_parent = take(field, row->parent_id, sizeof(row->parent_id)) > 0;
        break;
    case INVOCATION_INIT:
        row->init = number < AGENT_INITS_MAX ? &core->inits[number] : NULL;
        break;
    case INVOCATION_STATUS_CODE:
        row->status_code = number <= UINT32_MAX ? (unsigned)number : 0;
        break;
    case INVOCATION_ACCOUNT:
        row->account.known = field->type == WIRE_BYTES && read_account(field->bytes, &row->account);
        break;
    default:
        read_member(invocation_members, field, row);
        break;
    }
}

bool row_read_invocation(struct core *core, struct slice message, struct invocation *row)
{
    struct wire_read reader;
    struct wire_field field;
    enum wire_answer answer;
    wire_read_init(&reader, message);
    while ((answer = wire_read_next(&reader, &field)) == WIRE_FIELD) {
        read_invocation_field(core, &field, row);
    }
    return answer == WIRE_END && row->id_size > 0 && row->attempt > 0;
}

bool row_read_init(struct slice message, struct init *row)
{
    struct wire_read reader;
    struct wire_field field;
    enum wire_answer answer;
    wire_read_init(&reader, message);
    while ((answer = wire_read_next(&reader, &field)) == WIRE_FIELD) {
        read_member(init_members, &field, row);
    }
    return answer == WIRE_END && row->start_ns > 0;
}
