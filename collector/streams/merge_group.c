/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_group.h"

#include "streams/merge_facts.h"
#include "streams/merge_inits.h"
#include "streams/merge_tell.h"

/* The order in which the facts of one millisecond can only have happened. */
enum { RANK_INIT_START, RANK_INIT_REPORT, RANK_START, RANK_SUPPRESSED, RANK_REST, RANK_NONE };

static unsigned rank_of(const struct line *line)
{
    switch (line->kind) {
    case LINE_INIT_START:
    case LINE_RESTORE_START:
        return RANK_INIT_START;
    case LINE_INIT_REPORT:
    case LINE_RESTORE_REPORT:
        return slice_equal(line->phase, SLICE("init")) || line->kind == LINE_RESTORE_REPORT
                   ? RANK_INIT_REPORT
                   : RANK_SUPPRESSED;
    case LINE_START:
        return RANK_START;
    case LINE_END:
    case LINE_REPORT:
    case LINE_TIMEOUT:
    case LINE_EXIT:
    case LINE_XRAY:
    case LINE_RUNTIME_DONE:
        return RANK_REST;
    case LINE_APP:
    case LINE_INIT_RUNTIME_DONE:
    case LINE_EXTENSION:
    case LINE_LOGS_DROPPED:
    case LINE_PLATFORM:
    case LINE_REFUSED:
        break;
    }
    return RANK_NONE;
}

/* Read one event: its message, or the messages that are glued together in it. */
static void read_item(struct merge *merge, uint32_t row)
{
    struct merge_group *group = &merge->group;
    const struct merge_item *item = &merge->window.items[row];
    struct slice rest = merge_window_message(&merge->window, item);
    unsigned pieces = 0;
    do {
        struct merge_line *line = &group->lines[group->count];
        struct slice message = rest;
        if (++pieces > MERGE_PIECES_MAX) {
            merge_tell_refusal(merge, "too many messages glued together", rest, 1);
            return;
        }
        line_read(message, &line->line, &rest);
        line->message = slice_take(message, message.size - rest.size);
        line->item = row;
        line->row = MERGE_NONE;
        line->orphan = false;
        line->repeated = false;
        if (item->stepped && (line->line.kind != LINE_APP || line->line.has_request)) {
            continue;
        }
        group->has_facts = group->has_facts || rank_of(&line->line) != RANK_NONE;
        group->count++;
    } while (rest.size > 0);
}

/* Whether the order of the rows is all that tells: times of whole seconds, and no stream's name. It
 * can be relied on where time never turned. */
static bool is_by_order(const struct merge_stream *stream, const struct merge_item *first)
{
    bool turned = stream->backward ? stream->rises > 0 : stream->falls > 0;
    return !stream->named && !stream->fine && !turned && first->time_ns != STREAMS_UNKNOWN;
}

size_t merge_group_read(struct merge *merge, struct merge_stream *stream, const uint32_t *rows,
                        size_t count)
{
    struct merge_group *group = &merge->group;
    const struct merge_item *first = &merge->window.items[rows[0]];
    size_t taken = 0;
    group->count = 0;
    group->time_ns = first->time_ns;
    group->mixed = false;
    group->has_facts = false;
    group->starts = 0;
    group->start = MERGE_NONE;
    group->orphan = MERGE_NONE;
    group->init_start = false;
    group->invoked = stream->invoked;
    group->current = stream->current;
    group->current_end = MERGE_NONE;
    group->live_count = stream->live_count;
    group->live_xor = stream->live_xor;
    bool by_order = is_by_order(stream, first);
    do {
        const struct merge_item *item = &merge->window.items[rows[taken]];
        if (taken > 0 &&
            (by_order || first->placed || item->placed || item->time_ns != first->time_ns)) {
            break;
        }
        group->mixed = group->mixed || item->run != first->run;
        if (count - taken > MERGE_AHEAD) {
            merge_window_expect(&merge->window, rows[taken + MERGE_AHEAD]);
        }
        read_item(merge, rows[taken++]);
    } while (taken < count && group->count < MERGE_GROUP_MAX);
    return taken;
}

/* The REPORT that a line of X-Ray stands beside, else what waits for more, else what is current. */
static uint32_t xray_owner(const struct merge_stream *stream, const struct merge_group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->lines[i].line.kind == LINE_REPORT && group->lines[i].row != MERGE_NONE) {
            return group->lines[i].row;
        }
    }
    return stream->linger != MERGE_NONE ? stream->linger : stream->current;
}

/* The invocation that an init inside of an invocation is of. */
static uint32_t suppressed_owner(const struct merge_stream *stream, const struct merge_group *group)
{
    if (group->start != MERGE_NONE) {
        return group->start;
    }
    return stream->concurrent ? MERGE_NONE : stream->current;
}

static void note_start(struct merge_stream *stream, struct merge_group *group,
                       const struct merge_line *line)
{
    if (line->row != MERGE_NONE) {
        group->start = group->starts == 0 ? line->row : group->start;
        group->starts++;
        stream->concurrent = stream->concurrent || (line->line.json && !stream->sequential);
    }
}

static void note_end(struct merge_group *group, const struct merge_line *line, uint32_t at)
{
    if (line->row == MERGE_NONE) {
        return;
    }
    if (line->row == group->current && group->current_end == MERGE_NONE) {
        group->current_end = at;
    }
    if (line->orphan) {
        group->orphan = line->row;
    }
}

static void take_fact(struct merge *merge, struct merge_stream *stream, uint32_t at)
{
    struct merge_group *group = &merge->group;
    struct merge_line *line = &group->lines[at];
    int64_t time_ns = group->time_ns;
    switch (line->line.kind) {
    case LINE_INIT_START:
    case LINE_RESTORE_START:
        merge_inits_start(merge, stream, line, time_ns);
        group->init_start = true;
        break;
    case LINE_INIT_REPORT:
    case LINE_RESTORE_REPORT:
        merge_inits_report(merge, stream, line, suppressed_owner(stream, group), time_ns);
        break;
    case LINE_START:
        merge_facts_start(merge, stream, line, time_ns);
        note_start(stream, group, line);
        break;
    case LINE_END:
        merge_facts_end(merge, stream, line, time_ns);
        note_end(group, line, at);
        break;
    case LINE_REPORT:
        merge_facts_report(merge, stream, line, time_ns);
        note_end(group, line, at);
        if (line->row != MERGE_NONE) {
            merge_inits_close(merge, stream, line->row);
        }
        break;
    case LINE_TIMEOUT:
    case LINE_EXIT:
    case LINE_RUNTIME_DONE:
        merge_facts_note(merge, stream, line, stream->concurrent ? MERGE_NONE : stream->current,
                         time_ns);
        break;
    case LINE_XRAY: {
        uint32_t row = xray_owner(stream, group);
        if (row != MERGE_NONE) {
            merge_facts_trace(merge, row, &line->line);
        }
        break;
    }
    case LINE_APP:
    case LINE_INIT_RUNTIME_DONE:
    case LINE_EXTENSION:
    case LINE_LOGS_DROPPED:
    case LINE_PLATFORM:
    case LINE_REFUSED:
        break;
    }
}

void merge_group_take_facts(struct merge *merge, struct merge_stream *stream)
{
    const struct merge_group *group = &merge->group;
    for (unsigned rank = RANK_INIT_START; rank < RANK_NONE; rank++) {
        for (uint32_t i = 0; i < group->count; i++) {
            if (rank_of(&group->lines[i].line) == rank) {
                take_fact(merge, stream, i);
            }
        }
    }
}

/* Rule 5: the one that is open, if it is one. */
static uint32_t only_owner(const struct merge_group *group)
{
    uint32_t count = group->live_count + group->starts;
    if (group->orphan != MERGE_NONE && group->orphan != group->start) {
        count++;
    }
    if (count != 1) {
        return MERGE_NONE;
    }
    if (group->live_count == 1) {
        return group->live_xor;
    }
    return group->starts == 1 ? group->start : group->orphan;
}

uint32_t merge_group_owner(const struct merge_stream *stream, const struct merge_group *group,
                           uint32_t at)
{
    if (stream->concurrent) {
        return only_owner(group);
    }
    if (!group->has_facts) {
        return group->current;
    }
    for (uint32_t i = at; i > 0; i--) {
        const struct merge_line *before = &group->lines[i - 1];
        if (before->line.kind == LINE_START && before->row != MERGE_NONE) {
            return before->row;
        }
    }
    bool ends_later = group->current_end != MERGE_NONE && group->current_end > at;
    if (group->current != MERGE_NONE && (group->start == MERGE_NONE || ends_later)) {
        return group->current;
    }
    return group->start != MERGE_NONE ? group->start : group->orphan;
}

bool merge_group_repeats(const struct merge *merge, const struct merge_group *group, uint32_t at)
{
    const struct merge_line *line = &group->lines[at];
    uint32_t own_run = merge->window.items[line->item].run;
    uint32_t run = own_run;
    uint32_t count = 0; /* Of the same line in this run, whose lines stand together. */
    uint32_t most = 0;  /* In another run. */
    for (uint32_t i = 0; i < at; i++) {
        const struct merge_line *other = &group->lines[i];
        uint32_t other_run = merge->window.items[other->item].run;
        if (other_run != run) {
            count = 0;
            run = other_run;
        }
        count += slice_equal(other->message, line->message) ? 1 : 0;
        most = run != own_run && count > most ? count : most;
    }
    return most > (run == own_run ? count : 0);
}
