/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_step.h"

#include "streams/merge_facts.h"
#include "streams/merge_group.h"
#include "streams/merge_inits.h"
#include "streams/merge_tell.h"

/* ---- Lines that were held. ---- */

/* To whom held lines go: from a time on to an invocation, before it to a phase. */
struct release {
    uint32_t row;     /* Or MERGE_NONE. */
    int64_t since_ns; /* STREAMS_UNKNOWN: all. */
    struct slice phase;
};

static void release_item(struct merge *merge, struct merge_stream *stream, uint32_t row,
                         const struct release *release)
{
    const struct merge_item *item = &merge->window.items[row];
    struct slice rest = merge_window_message(&merge->window, item);
    bool late = !log_event_known(release->since_ns) ||
                (log_event_known(item->time_ns) && item->time_ns >= release->since_ns);
    struct merge_owner owner = {.row = late ? release->row : MERGE_NONE};
    if (owner.row == MERGE_NONE) {
        owner.phase = release->phase;
    }
    unsigned pieces = 0;
    do {
        struct merge_line line = {.item = row, .row = MERGE_NONE};
        struct slice message = rest;
        line_read(message, &line.line, &rest);
        line.message = slice_take(message, message.size - rest.size);
        if (line.line.kind == LINE_APP && !line.line.has_request && !item->dropped) {
            if (owner.row != MERGE_NONE) {
                merge_facts_line(merge, owner.row, &line.line);
            }
            merge_tell_line(merge, stream, &line, owner);
        }
    } while (rest.size > 0 && ++pieces < MERGE_PIECES_MAX);
}

static struct slice phase_of(const struct merge *merge, const struct merge_stream *stream)
{
    if (!stream->named) {
        return SLICE_EMPTY;
    }
    switch (stream->place) {
    case PLACE_INIT:
    case PLACE_FAILED:
        return SLICE("init");
    case PLACE_IDLE:
        return SLICE("idle");
    case PLACE_UNKNOWN:
        return merge->options.piece || merge->group.invoked ? SLICE_EMPTY : SLICE("init");
    case PLACE_INVOCATION:
        break;
    }
    return SLICE_EMPTY;
}

/* What the group, whose facts are taken, tells of the lines that were held before it.  False: it
 * tells nothing yet. */
static bool decide(const struct merge *merge, const struct merge_stream *stream,
                   const struct merge_group *group, struct release *release)
{
    *release = (struct release){.row = MERGE_NONE, .since_ns = STREAMS_UNKNOWN};
    if (group->starts > 0) {
        const struct merge_invocation *invocation = &merge->open.rows[group->start];
        release->phase = phase_of(merge, stream);
        if (invocation->suppressed && (!stream->concurrent || group->starts == 1)) {
            release->row = group->start;
            release->since_ns = invocation->suppressed_start_ns - MERGE_SLACK_NS;
        }
        return true;
    }
    if (group->orphan != MERGE_NONE && stream->place == PLACE_UNKNOWN && !stream->concurrent) {
        const struct stream_invocation *facts = &merge->open.rows[group->orphan].facts;
        release->row = group->orphan;
        if (log_event_known(facts->report_ns) && log_event_known(facts->reported_ns)) {
            release->since_ns = facts->report_ns - facts->reported_ns - MERGE_SLACK_NS;
        }
        return true;
    }
    if (group->init_start) {
        release->phase = stream->place == PLACE_UNKNOWN ? SLICE_EMPTY : phase_of(merge, stream);
        return true;
    }
    return false;
}

/* ---- Lines. ---- */

static bool is_repeated(const struct merge *merge, const struct merge_stream *stream,
                        const struct merge_group *group, uint32_t at, uint32_t owner)
{
    if (owner != MERGE_NONE ? merge->open.rows[owner].repeated : stream->repeating) {
        return true;
    }
    return group->mixed && stream->repeats_seen && merge_group_repeats(merge, group, at);
}

/* Whose a line is, by its id or by its place.  The id of an object may be any other (an API's, a
 * callee's): one that the stream does not know yields to the invocation that the line stands in. */
static uint32_t owner_of(struct merge *merge, struct merge_stream *stream, uint32_t at)
{
    struct merge_group *group = &merge->group;
    const struct line *line = &group->lines[at].line;
    if (!line->has_request) {
        return merge_group_owner(stream, group, at);
    }
    uint32_t row = merge_open_find(&merge->open, stream, line->request_id);
    if (row == MERGE_NONE && line->json && stream->named &&
        merge_tell_attempts(merge, stream, line->request_id) == 0) {
        row = merge_group_owner(stream, group, at);
    }
    if (row == MERGE_NONE && line->unhandled) {
        row = merge_facts_find(merge, stream, &group->lines[at], line->request_id, group->time_ns);
    }
    return row;
}

/* Tell a line of the application, or answer that it has to be held. */
static bool step_line(struct merge *merge, struct merge_stream *stream, uint32_t at)
{
    const struct merge_group *group = &merge->group;
    const struct merge_line *line = &group->lines[at];
    struct merge_owner owner = {.row = owner_of(merge, stream, at)};
    if (is_repeated(merge, stream, group, at, owner.row)) {
        merge->counts.repeated++;
        merge->window.items[line->item].dropped = true;
        return true;
    }
    if (owner.row != MERGE_NONE && merge_facts_ends_exit(merge, owner.row, &line->line)) {
        return true;
    }
    if (owner.row != MERGE_NONE) {
        merge_facts_line(merge, owner.row, &line->line);
    } else if (!line->line.has_request) {
        bool during_init = stream->named && (stream->place == PLACE_INIT || group->init_start);
        if (!during_init && !(stream->concurrent && stream->live_count > 0)) {
            return false;
        }
        owner.phase = during_init ? SLICE("init") : SLICE_EMPTY;
    }
    merge_tell_line(merge, stream, line, owner);
    return true;
}

/* Tell the lines of the group.  True if some of them are to be held. */
static bool step_lines(struct merge *merge, struct merge_stream *stream)
{
    const struct merge_group *group = &merge->group;
    bool hold = false;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct merge_line *line = &group->lines[i];
        if (line->line.kind == LINE_REFUSED) {
            merge_tell_refusal(merge, line->line.reason, line->message, 1);
        } else if (line->line.kind == LINE_APP && !step_line(merge, stream, i)) {
            hold = true;
        }
    }
    return hold;
}

/* ---- What is settled at the end of a group. ---- */

/* Whether nothing more of it is expected: its REPORT is there, and its END where it has one. */
static bool is_complete(const struct merge_stream *stream,
                        const struct merge_invocation *invocation)
{
    const struct stream_invocation *facts = &invocation->facts;
    return facts->report_seen && (facts->start_seen || !stream->backward) &&
           (facts->end_seen || invocation->json || facts->status == WORD_SUCCESS);
}

static void close_invocation(struct merge *merge, struct merge_stream *stream, uint32_t row)
{
    merge_inits_close(merge, stream, row);
    merge_tell_invocation(merge, stream, row, true);
}

/* One whose END has not come waits for it until the next group. */
static void close_later(struct merge *merge, struct merge_stream *stream, uint32_t row)
{
    const struct stream_invocation *facts = &merge->open.rows[row].facts;
    if (!facts->report_seen || (!facts->start_seen && stream->backward) || stream->linger == row) {
        return;
    }
    if (stream->linger != MERGE_NONE) {
        close_invocation(merge, stream, stream->linger);
    }
    stream->linger = row;
}

static void forget_row(struct merge_group *group, uint32_t row)
{
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->lines[i].row == row) {
            group->lines[i].row = MERGE_NONE;
        }
    }
}

static void close_complete(struct merge *merge, struct merge_stream *stream, uint32_t lingering)
{
    struct merge_group *group = &merge->group;
    if (lingering != MERGE_NONE && stream->linger == lingering) {
        close_invocation(merge, stream, lingering);
        forget_row(group, lingering);
    }
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t row = group->lines[i].row;
        if (row == MERGE_NONE) {
            continue;
        }
        forget_row(group, row);
        if (is_complete(stream, &merge->open.rows[row])) {
            close_invocation(merge, stream, row);
        } else {
            close_later(merge, stream, row);
        }
    }
}

/* Those of which nothing was heard for too long are told as they are. */
static void close_old(struct merge *merge, struct merge_stream *stream, int64_t time_ns)
{
    while (!stream->concurrent && !stream->backward && stream->open_count > MERGE_STREAM_OPEN_MAX) {
        close_invocation(merge, stream, stream->open_first);
    }
    while (stream->open_first != MERGE_NONE && log_event_known(time_ns) && !stream->backward) {
        int64_t start_ns = merge->open.rows[stream->open_first].facts.start_ns;
        if (!log_event_known(start_ns) || time_ns < start_ns ||
            time_ns - start_ns <= MERGE_OPEN_NS_MAX) {
            break;
        }
        close_invocation(merge, stream, stream->open_first);
    }
}

/* Room for all that one group may open: the eldest of all go, of whatever stream. */
static void make_room(struct merge *merge)
{
    while (merge->open.count + MERGE_GROUP_MAX + MERGE_PIECES_MAX > MERGE_OPEN_MAX) {
        uint32_t row = merge->open.eldest;
        close_invocation(merge, merge->streams.rows[merge->open.rows[row].stream], row);
    }
}

static void place_init(struct merge_stream *stream, const struct merge_group *group)
{
    if (stream->init_failed) {
        stream->place = PLACE_FAILED;
    } else if (group->init_start) {
        stream->place = PLACE_INIT;
    }
}

/* What comes behind the group. */
static void move_place(const struct merge *merge, struct merge_stream *stream)
{
    const struct merge_group *group = &merge->group;
    uint32_t current = group->current;
    bool ended = group->current_end != MERGE_NONE || group->orphan != MERGE_NONE;
    if (!group->has_facts) {
        return;
    }
    for (uint32_t i = 0; i < group->count; i++) {
        const struct merge_line *line = &group->lines[i];
        if (line->line.kind == LINE_START && line->row != MERGE_NONE) {
            current = line->row;
        }
    }
    if (current != MERGE_NONE && !merge->open.rows[current].live) {
        current = MERGE_NONE;
        ended = true;
    }
    stream->current = stream->concurrent ? MERGE_NONE : current;
    if (current != MERGE_NONE) {
        stream->place = PLACE_INVOCATION;
    } else if (ended && !(stream->concurrent && stream->live_count > 0)) {
        stream->place = PLACE_IDLE;
    }
    if (group->starts == 0) {
        place_init(stream, group);
    }
}

/* ---- Groups. ---- */

struct walk {
    const uint32_t *rows;
    size_t held, at; /* Rows from held to at are held. */
};

static void release_held(struct merge *merge, struct merge_stream *stream, struct walk *walk,
                         const struct release *release)
{
    for (; walk->held < walk->at; walk->held++) {
        release_item(merge, stream, walk->rows[walk->held], release);
    }
}

static void step_group(struct merge *merge, struct merge_stream *stream, struct walk *walk,
                       size_t taken)
{
    struct merge_group *group = &merge->group;
    uint32_t lingering = stream->linger;
    struct release release;
    if (group->has_facts) {
        merge_group_take_facts(merge, stream);
    }
    if (walk->held < walk->at && (decide(merge, stream, group, &release) ||
                                  (stream->concurrent && stream->live_count > 0))) {
        release_held(merge, stream, walk, &release);
    }
    bool hold = step_lines(merge, stream);
    if (walk->held == walk->at && !hold) {
        walk->held += taken;
    }
    walk->at += taken;
    move_place(merge, stream);
    if (group->has_facts || lingering != MERGE_NONE) {
        close_complete(merge, stream, lingering);
        close_old(merge, stream, group->time_ns);
    }
    if (log_event_known(group->time_ns) &&
        (!log_event_known(stream->stepped_ns) || group->time_ns > stream->stepped_ns)) {
        stream->stepped_ns = group->time_ns;
    }
}

/* Time turned back beyond what could be sorted: place says nothing until something tells. */
static void turn_back(struct merge *merge, struct merge_stream *stream, int64_t time_ns)
{
    if (log_event_known(time_ns) && log_event_known(stream->stepped_ns) &&
        time_ns < stream->stepped_ns - MERGE_SLACK_NS && stream->place != PLACE_UNKNOWN) {
        if (stream->linger != MERGE_NONE) {
            close_invocation(merge, stream, stream->linger);
        }
        stream->place = PLACE_UNKNOWN;
        stream->current = MERGE_NONE;
        stream->claim_start_ns = STREAMS_UNKNOWN;
        stream->init_failed = false;
    }
}

static size_t text_of(const struct merge *merge, const uint32_t *rows, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count && size <= MERGE_HELD_SIZE_MAX; i++) {
        size += merge->window.items[rows[i]].size;
    }
    return size;
}

/* Whether these rows are of one millisecond, of which more may come. */
static bool is_last_moment(const struct merge *merge, const uint32_t *rows, size_t count)
{
    const struct merge_item *first = &merge->window.items[rows[0]];
    const struct merge_item *last = &merge->window.items[rows[count - 1]];
    return count < MERGE_GROUP_MAX && !first->placed && !last->placed &&
           first->time_ns == last->time_ns;
}

size_t merge_step(struct merge *merge, struct merge_stream *stream, const uint32_t *rows,
                  size_t count, bool hold)
{
    struct walk walk = {.rows = rows};
    size_t fresh = 0; /* Behind what was held since the last window. */
    while (fresh < count && merge->window.items[rows[fresh]].stepped) {
        fresh++;
    }
    if (fresh < count && !merge->window.items[rows[fresh]].placed) {
        turn_back(merge, stream, merge->window.items[rows[fresh]].time_ns);
    }
    while (walk.at < count && !(hold && is_last_moment(merge, rows + walk.at, count - walk.at))) {
        make_room(merge);
        size_t taken = merge_group_read(merge, stream, rows + walk.at, count - walk.at);
        step_group(merge, stream, &walk, taken);
    }
    if (!hold || text_of(merge, rows + walk.held, count - walk.held) > MERGE_HELD_SIZE_MAX) {
        struct release release = {
            .row = MERGE_NONE, .since_ns = STREAMS_UNKNOWN, .phase = phase_of(merge, stream)};
        if (stream->place == PLACE_UNKNOWN) {
            release.phase = SLICE_EMPTY;
        }
        release_held(merge, stream, &walk, &release);
    }
    for (size_t i = walk.held; i < walk.at; i++) {
        merge->window.items[rows[i]].stepped = true;
    }
    return walk.held;
}

bool merge_step_finds_platform(struct merge *merge, const uint32_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct merge_item *item = &merge->window.items[rows[i]];
        struct slice rest = merge_window_message(&merge->window, item);
        unsigned pieces = 0;
        do {
            struct line line;
            line_read(rest, &line, &rest);
            if (line.kind == LINE_START || line.kind == LINE_END || line.kind == LINE_REPORT ||
                line.kind == LINE_INIT_START || line.kind == LINE_INIT_REPORT) {
                return true;
            }
        } while (rest.size > 0 && ++pieces < MERGE_PIECES_MAX);
    }
    return false;
}
