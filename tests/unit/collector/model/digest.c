/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "build.h"
#include "model/members.h"
#include "model/view_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_SIZE_MAX    ((size_t)64 << 20)
#define DIGEST_MEMORY_SIZE ((size_t)2 << 20)

/* Lines, to be sorted. */
struct lines {
    char **rows;
    size_t count, capacity;
};

static void add(struct lines *lines, struct buf *line)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity * 2 + 64;
        lines->rows = realloc(lines->rows, lines->capacity * sizeof(lines->rows[0]));
        ENSURE(lines->rows != NULL);
    }
    buf_append_byte(line, '\0');
    ENSURE(!buf_overflowed(line));
    lines->rows[lines->count++] = strdup((const char *)line->base);
    buf_reset(line);
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void hex(struct buf *line, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        buf_printf(line, "%02x", ((const unsigned char *)bytes)[i]);
    }
    buf_append_byte(line, ' ');
}

static void number(struct buf *line, const char *name, int64_t value)
{
    if (value != UNKNOWN_NS) {
        buf_printf(line, " %s=%lld", name, (long long)value);
    }
}

static void invocations(const struct view *view, struct lines *lines, struct buf *line)
{
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        struct invocation_facts f;
        struct instance_facts instance;
        if (view->invocations.rows[i].dead) {
            continue;
        }
        view_invocation(view, i, &f);
        view_instance(view, f.instance, &instance);
        buf_append_text(line, "invocation ");
        hex(line, &f.request_id, sizeof(f.request_id));
        buf_printf(line, SLICE_FMT " attempt=%u ", SLICE_ARG(instance.name), f.attempt);
        hex(line, &f.trace_id, sizeof(f.trace_id));
        hex(line, &f.span_id, sizeof(f.span_id));
        hex(line, &f.parent_span_id, sizeof(f.parent_span_id));
        buf_printf(line, "outcome=%d cold=%d proactive=%d", (int)f.outcome, f.cold, f.proactive);
        buf_printf(line,
                   " status=" SLICE_FMT " error=" SLICE_FMT " phase=" SLICE_FMT
                   " trigger=" SLICE_FMT " source=" SLICE_FMT " route=" SLICE_FMT,
                   SLICE_ARG(f.status), SLICE_ARG(f.error_type), SLICE_ARG(f.init_phase),
                   SLICE_ARG(f.trigger), SLICE_ARG(f.trigger_source), SLICE_ARG(f.route));
        number(line, "trigger_time", f.trigger_time_ns);
        number(line, "status_code", f.status_code);
        number(line, "start", f.start_ns);
        number(line, "placed", f.placed_ns);
        number(line, "end", f.end_ns);
        number(line, "wait", f.wait_ns);
        number(line, "handler", f.handler_ns);
        number(line, "reported", f.reported_ns);
        number(line, "billed", f.billed_ms);
        number(line, "memory", f.memory_mb);
        number(line, "init", f.init_ns);
        number(line, "init_start", f.init_start_ns);
        add(lines, line);
    }
}

static void instances(const struct view *view, struct lines *lines, struct buf *line)
{
    for (uint32_t i = 0; i < view->instances.count; i++) {
        struct instance_facts f;
        view_instance(view, i, &f);
        buf_printf(line, "instance " SLICE_FMT " stop=" SLICE_FMT " missing=%llu dropped=%llu",
                   SLICE_ARG(f.name), SLICE_ARG(f.stop_reason),
                   (unsigned long long)f.records_missing,
                   (unsigned long long)unsent_dropped(&f.unsent));
        for (unsigned reason = 0; reason < UNSENT_REASONS; reason++) {
            number(line, "unsent", f.unsent.counts[reason]);
        }
        number(line, "first", f.first_seen_ns);
        number(line, "last", f.last_seen_ns);
        number(line, "stop", f.stop_ns);
        number(line, "memory", f.agent_memory_bytes);
        number(line, "waiting", f.waiting_records);
        number(line, "since", f.waiting_since_ns);
        for (uint32_t k = 0; k < f.init_count; k++) {
            struct init_facts init;
            view_init(view, i, k, &init);
            buf_printf(line, " [" SLICE_FMT " cold=%d proactive=%d", SLICE_ARG(init.phase),
                       init.cold, init.proactive);
            number(line, "start", init.start_ns);
            number(line, "end", init.end_ns);
            buf_append_byte(line, ']');
        }
        uint32_t count;
        const uint32_t *rows = view_instance_invocations(view, i, &count);
        for (uint32_t k = 0; k < count; k++) {
            buf_append_byte(line, ' ');
            hex(line, &view->invocations.rows[rows[k]].request_id.bytes[8], 8);
        }
        add(lines, line);
    }
}

struct rollup_target {
    const struct view *view;
    struct lines *lines;
    struct buf *line;
};

static void rollup(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                   const struct rollup_facts *f)
{
    struct rollup_target *target = context;
    struct function_facts facts;
    if (f->invocations == 0 && f->proactive == 0) {
        return; /* Nothing is left of it. */
    }
    view_function(target->view, function, &facts);
    buf_printf(target->line,
               "rollup " SLICE_FMT " " SLICE_FMT
               " %lld n=%llu e=%llu t=%llu o=%llu near=%llu th=%llu u=%llu c=%llu p=%llu "
               "b=%llu ms=%llu mbms=%llu wait=%llu agent=%llu %llu %llu %llu",
               SLICE_ARG(facts.name), SLICE_ARG(trigger), (long long)minute_ns,
               (unsigned long long)f->invocations, (unsigned long long)f->errors,
               (unsigned long long)f->timeouts, (unsigned long long)f->out_of_memory,
               (unsigned long long)f->near_timeouts, (unsigned long long)f->throttled,
               (unsigned long long)f->end_unknown, (unsigned long long)f->cold,
               (unsigned long long)f->proactive, (unsigned long long)f->billed,
               (unsigned long long)f->billed_ms, (unsigned long long)f->mb_ms,
               (unsigned long long)f->cold_init_us, (unsigned long long)f->agent.told,
               (unsigned long long)f->agent.cpu_us, (unsigned long long)f->agent.held_mb_us,
               (unsigned long long)f->agent.wire_bytes);
    add(target->lines, target->line);
}

static void functions(const struct view *view, struct lines *lines, struct buf *line)
{
    struct rollup_target target = {view, lines, line};
    struct rollup_sum *sum = malloc(sizeof(*sum));
    ENSURE(sum != NULL);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts f;
        view_function(view, i, &f);
        if (f.first_seen_ns == UNKNOWN_NS && view_instance_first(view, i) == ROW_NONE) {
            continue; /* It turned out to be another. */
        }
        memset(sum, 0, sizeof(*sum));
        view_rollup_sum(view, i, INT64_MIN / 2, INT64_MAX / 2, sum);
        buf_printf(line,
                   "function " SLICE_FMT " " SLICE_FMT " of " SLICE_FMT
                   " %lld wait=%llu/%lld init=%llu/%lld "
                   "handler=%llu/%lld",
                   SLICE_ARG(f.name), SLICE_ARG(f.version), SLICE_ARG(f.application),
                   (long long)f.timeout_ms, (unsigned long long)sum->wait.total,
                   (long long)histogram_percentile(&sum->wait, 1, 2),
                   (unsigned long long)sum->init.total,
                   (long long)histogram_percentile(&sum->init, 1, 2),
                   (unsigned long long)sum->handler.total,
                   (long long)histogram_percentile(&sum->handler, 1, 2));
        number(line, "first", f.first_seen_ns);
        number(line, "last", f.last_seen_ns);
        add(lines, line);
        view_rollup_each(view, i, INT64_MIN / 2, INT64_MAX / 2, rollup, &target);
    }
    free(sum);
}

static int compare_member_ids(const void *one, const void *other)
{
    return memcmp(&((const struct member_id *)one)->id, &((const struct member_id *)other)->id,
                  sizeof(struct id16));
}

/* The transaction of every id: who is in it, who shares what. */
static void transactions(const struct view *view, struct lines *lines, struct buf *line)
{
    struct members_work *work = members_work_create();
    void *memory = malloc(DIGEST_MEMORY_SIZE);
    ENSURE(work != NULL && memory != NULL);
    for (uint32_t i = 0; i < view->ids.count; i++) {
        struct arena arena;
        struct members m;
        arena_init(&arena, memory, DIGEST_MEMORY_SIZE);
        ENSURE(members_find_row(view, work, i, &arena, &m));
        struct member_id *ids = arena_alloc_array(&arena, m.id_count, sizeof(ids[0]));
        ENSURE(ids != NULL);
        memcpy(ids, m.ids, m.id_count * sizeof(ids[0]));
        qsort(ids, m.id_count, sizeof(ids[0]), compare_member_ids);
        buf_append_text(line, "id ");
        hex(line, &view->ids.rows[i].id, sizeof(struct id16));
        buf_append_text(line, "is ");
        hex(line, &m.id, sizeof(m.id));
        buf_printf(line, "spans=%llu logs=%llu invocations=%u links=%u",
                   (unsigned long long)m.spans, (unsigned long long)m.logs, m.invocation_count,
                   m.link_count);
        for (uint32_t k = 0; k < m.id_count; k++) {
            const struct member_group *group = &m.groups[ids[k].group];
            buf_append_byte(line, ' ');
            hex(line, &ids[k].id.bytes[8], 8);
            buf_printf(line, "%u/%u of %u", group->share, group->share_of, group->messages);
        }
        add(lines, line);
    }
    free(memory);
    members_work_free(work);
}

char *digest_create(struct view *view)
{
    struct lines lines = {0};
    struct buf line, all;
    buf_init_growing(&line, DIGEST_SIZE_MAX);
    buf_init_growing(&all, DIGEST_SIZE_MAX);
    view_read_begin(view);
    invocations(view, &lines, &line);
    instances(view, &lines, &line);
    functions(view, &lines, &line);
    transactions(view, &lines, &line);
    view_read_end(view);
    if (lines.count > 0) {
        qsort(lines.rows, lines.count, sizeof(lines.rows[0]), compare);
    }
    for (size_t i = 0; i < lines.count; i++) {
        buf_append_text(&all, lines.rows[i]);
        buf_append_byte(&all, '\n');
        free(lines.rows[i]);
    }
    buf_append_byte(&all, '\0');
    ENSURE(!buf_overflowed(&all));
    free(lines.rows);
    buf_fini(&line);
    char *text = strdup((const char *)all.base);
    buf_fini(&all);
    return text;
}

struct invocation_facts digest_invocation(struct view *view, uint64_t request, uint32_t attempt)
{
    uint32_t rows[16];
    struct invocation_facts facts;
    view_read_begin(view);
    uint32_t count = view_attempts(view, build_id(request), rows, 16);
    for (uint32_t i = 0; i < count && i < 16; i++) {
        view_invocation(view, rows[i], &facts);
        if (facts.attempt == attempt) {
            view_read_end(view);
            return facts;
        }
    }
    ENSURE(false);
    return facts;
}
