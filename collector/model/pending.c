/* SPDX-License-Identifier: Apache-2.0 */
#include "model/pending.h"

#include "model/derive.h"
#include "model/model_limits.h"
#include "model/window.h"

void pending_settle(struct view *view, struct instance *instance)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->pending_count; i++) {
        struct pending *pending = &instance->pending[i];
        uint32_t invocation = window_find(view, instance, pending->start_ns, pending->end_ns);
        if (invocation == ROW_NONE) {
            instance->pending[count++] = *pending;
            continue;
        }
        uint32_t request = view->invocations.rows[invocation].request;
        if (!ids_tie(&view->ids, request, pending->id, pending->tie)) {
            view->counters.refused_full++;
        }
        if (pending->link != ROW_NONE) {
            links_consume(&view->links, &view->ids, pending->link, request);
        }
    }
    instance->pending_count = count;
}

void pending_settle_failures(struct view *view, struct instance *instance)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->failure_count; i++) {
        struct failure failure = instance->failures[i];
        uint32_t row = window_find(view, instance, failure.time_ns, failure.time_ns);
        if (row == ROW_NONE) {
            instance->failures[count++] = failure;
            continue;
        }
        struct told told;
        invocations_untold(&told);
        told.status = ENDED_ERROR;
        told.error_type = text_get(&view->texts, failure.error_type);
        invocations_merge(&view->invocations.rows[row], &view->texts, &told);
        derive_touch_invocation(view, row);
    }
    instance->failure_count = count;
}

/* What is remembered of a line: its ids, and how many there are with one, and in all. */
enum print_kind { BY_UID, OF_NAMED, OF_ALL };

/* Something about a line, told apart by kind and number. */
static uint64_t print_hash(uint64_t line, enum print_kind kind, uint64_t number)
{
    return hash_u64(line ^ hash_u64(kind) ^ hash_u64(~number));
}

/* Whether it is new. */
static bool print_new(struct view *view, uint64_t line, enum print_kind kind, uint64_t number)
{
    return repeats_add(&view->lines, print_hash(line, kind, number));
}

/* Lines that say the same at the same time are as many as have different ids, or as one delivery
 * without ids has, whichever is more: each is the next of its kind, and new if the other kind has
 * not had as many. */
static bool line_new(struct view *view, uint64_t line, const struct line_print *print)
{
    uint32_t at = print->before;
    if (print->uid != 0) {
        if (!print_new(view, line, BY_UID, print->uid)) {
            return false;
        }
        at = 0;
        while (at < LINE_SAME_COUNT_MAX && !print_new(view, line, OF_NAMED, at)) {
            at++;
        }
    }
    return print_new(view, line, OF_ALL, at);
}

/* What a line says, when, and of which request. */
static uint64_t line_hash(const struct view *view, struct id16 id, const struct line_print *print)
{
    const struct {
        struct id16 id;
        uint64_t text;
        int64_t time_ns;
    } parts = {id, print->text, print->time_ns};
    return hash_bulk64(&view->bulk, slice_of(&parts, sizeof(parts)));
}

void pending_expect_line(const struct view *view, struct id16 id, const struct line_print *print)
{
    uint64_t line = line_hash(view, id, print);
    if (print->uid != 0) {
        repeats_expect(&view->lines, print_hash(line, BY_UID, print->uid));
        repeats_expect(&view->lines, print_hash(line, OF_NAMED, 0));
    }
    repeats_expect(&view->lines, print_hash(line, OF_ALL, 0));
}

void pending_count_line(struct view *view, uint32_t id, const struct line_print *print)
{
    struct id_row *row = &view->ids.rows[id];
    uint64_t line = line_hash(view, row->id, print);
    bool fresh = line_new(view, line, print);
    row->logs_stream += fresh ? 1 : 0;
    view->counters.records_repeated += fresh ? 0 : 1;
}

void pending_settle_lines(struct view *view, struct instance *instance)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->line_count; i++) {
        struct line_print print = instance->lines[i];
        uint32_t row = window_find(view, instance, print.time_ns, print.time_ns);
        if (row == ROW_NONE) {
            instance->lines[count++] = print;
            continue;
        }
        pending_count_line(view, view->invocations.rows[row].request, &print);
    }
    instance->line_count = count;
}
