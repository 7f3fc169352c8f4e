/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_lines.h"

#include "ingest/otlp_decode.h"
#include "model/record_ids.h"
#include "proto/names.h"
#include "store/scratch.h"

#include <stdlib.h>

static void free_lines(struct tail_batch *batch)
{
    struct tail_lines *lines = (struct tail_lines *)batch; /* Its first member. */
    free(lines->body);
    free(lines->memory);
    free(lines->lines);
    free(lines);
}

static struct tail_lines *create_lines(void)
{
    struct tail_lines *lines = calloc(1, sizeof(*lines));
    if (lines != NULL) {
        atomic_init(&lines->head.holders, 1);
        lines->head.free = free_lines;
        lines->head.size = sizeof(*lines);
    }
    return lines;
}

const struct tail_lines *tail_lines_of(const struct tail_batch *batch)
{
    return (const struct tail_lines *)batch;
}

struct tail_batch *tail_lines_lost(uint32_t line_count)
{
    struct tail_lines *lines = line_count > 0 ? create_lines() : NULL;
    if (lines == NULL) {
        return NULL;
    }
    lines->head.lost = true;
    lines->head.count = line_count;
    return &lines->head;
}

/* ---- What is told. ---- */

static bool is_ours(const struct log_line *record)
{
    return record->scope != NULL && (record->scope->agent || record->scope->logs);
}

/* The end of an invocation that was not told before. */
static bool is_end(struct tail_maker *maker, const struct log_line *record)
{
    struct id16 request_id;
    int64_t attempt = 1;
    (void)attrs_find_int(record->attrs, NAME_THAW_ATTEMPT, &attempt);
    return slice_equal(record->event_name, NAME_EVENT_INVOCATION) &&
           attrs_find(record->attrs, NAME_THAW_INVOCATION_STATUS) != NULL &&
           record_ids_request(record->attrs, &request_id) &&
           tail_number_first(&maker->number, record->resource, request_id, attempt);
}

/* Whether a record is told; *invocation: as the end of one. */
static bool is_told(struct tail_maker *maker, const struct log_line *record, bool *invocation)
{
    *invocation = false;
    if (!is_ours(record) || record->event_name.size == 0) {
        return true;
    }
    *invocation = is_end(maker, record);
    return *invocation;
}

static bool select_lines(struct tail_maker *maker, const struct batch *batch,
                         struct tail_lines *lines)
{
    lines->lines = malloc((batch->log_count + 1) * sizeof(lines->lines[0]));
    if (lines->lines == NULL) {
        return false;
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        const struct log_line *record = &batch->logs[i];
        bool invocation;
        if (is_told(maker, record, &invocation)) {
            lines->lines[lines->head.count++] = (struct tail_line){
                .record = record,
                .instance_no = tail_number_instance(&maker->number, record->resource),
                .invocation = invocation,
            };
        }
    }
    return true;
}

/* ---- Decoding. ---- */

/* Decode into memory of exactly the size that it takes, which the first time tells. */
static bool decode_lines(struct tail_maker *maker, struct tail_lines *lines, struct slice body)
{
    struct batch batch;
    struct arena arena;
    bool good = otlp_decode(SIGNAL_LOGS, body, &maker->scratch, &batch);
    size_t most = arena_most(&maker->scratch);
    scratch_reset(&maker->scratch);
    if (!good || most + body.size > TAIL_BATCH_SIZE_MAX) {
        return false;
    }
    lines->memory = malloc(most + ARENA_ALIGN);
    if (lines->memory == NULL) {
        return false;
    }
    arena_init(&arena, lines->memory, most + ARENA_ALIGN);
    lines->head.size += body.size + most;
    return otlp_decode(SIGNAL_LOGS, body, &arena, &batch) && select_lines(maker, &batch, lines);
}

struct tail_batch *tail_lines_make(struct tail_maker *maker, unsigned char *body, size_t size,
                                   uint32_t line_count)
{
    struct tail_lines *lines = create_lines();
    if (lines == NULL) {
        free(body);
        return NULL;
    }
    lines->body = body;
    bool good = decode_lines(maker, lines, slice_of(body, size));
    if (good && lines->head.count > 0) {
        return &lines->head;
    }
    free_lines(&lines->head);
    return good ? NULL : tail_lines_lost(line_count);
}
