/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"

#include "model/model_limits.h"
#include "proto/names.h"

#include "base/ensure.h"
#include "base/uuid.h"

#include <string.h>

/* Which invocation a record is of: by what it says, by its trace and instance, or by its time. */

static bool within(const struct invocation_facts *facts, int64_t start_ns, int64_t end_ns,
                   int64_t slack_ns)
{
    return start_ns >= facts->start_ns - slack_ns &&
           (facts->end_ns == UNKNOWN_NS || end_ns <= facts->end_ns + slack_ns);
}

/* The invocations of one instance that a record may be of; more than one only where they overlap.
 */
struct candidates {
    uint32_t all, of_trace, in_window; /* How many. */
    uint32_t any, trace, window;       /* The latest of each kind. */
    uint32_t trace_in_window, trace_in_window_count;
};

static struct candidates candidates_of(const struct assemble *assemble, uint32_t instance,
                                       const struct id16 *trace_id, int64_t start_ns,
                                       int64_t end_ns)
{
    struct candidates found = {
        .any = TRANSACTION_NONE,
        .trace = TRANSACTION_NONE,
        .window = TRANSACTION_NONE,
        .trace_in_window = TRANSACTION_NONE,
    };
    if (instance >= assemble->outline_count) {
        return found;
    }
    for (uint32_t i = assemble->instance_first[instance]; i != TRANSACTION_NONE;
         i = assemble->transaction->invocations[i].instance_next) {
        const struct invocation_facts *facts = &assemble->transaction->invocations[i].facts;
        bool traced =
            trace_id != NULL && memcmp(&facts->trace_id, trace_id, sizeof(*trace_id)) == 0;
        bool windowed = within(facts, start_ns, end_ns, WINDOW_SLACK_NS);
        found.any = i;
        found.all++;
        found.trace = traced ? i : found.trace;
        found.of_trace += traced;
        found.window = windowed ? i : found.window;
        found.in_window += windowed;
        found.trace_in_window = traced && windowed ? i : found.trace_in_window;
        found.trace_in_window_count += traced && windowed;
    }
    return found;
}

/* The attempt of a request id that a record names, as far as it does. */
static uint32_t by_id(const struct assemble *assemble, struct attrs attrs, uint32_t instance,
                      int64_t start_ns)
{
    struct slice text;
    struct uuid uuid;
    if (!attrs_find_text(attrs, NAME_FAAS_INVOCATION_ID, &text) || !uuid_parse(text, &uuid)) {
        return TRANSACTION_NONE;
    }
    struct id16 request_id;
    memcpy(request_id.bytes, uuid.bytes, sizeof(request_id.bytes));
    int64_t attempt = 0;
    (void)attrs_find_int(attrs, NAME_THAW_ATTEMPT, &attempt);
    uint32_t best = TRANSACTION_NONE;
    for (uint32_t i = assemble_request(assemble, request_id); i != TRANSACTION_NONE;
         i = assemble->transaction->invocations[i].request_next) {
        const struct transaction_invocation *invocation = &assemble->transaction->invocations[i];
        if (instance != TRANSACTION_NONE && invocation->instance != instance) {
            continue;
        }
        if (attempt > 0 && (int64_t)invocation->facts.attempt != attempt) {
            continue;
        }
        if (best == TRANSACTION_NONE || invocation->facts.start_ns - WINDOW_SLACK_NS <= start_ns) {
            best = i;
        }
    }
    return best;
}

static uint32_t attach(const struct assemble *assemble, uint32_t instance, struct attrs attrs,
                       const struct id16 *trace_id, const int64_t times_ns[2],
                       enum attached *attached)
{
    uint32_t named = by_id(assemble, attrs, instance, times_ns[0]);
    if (named != TRANSACTION_NONE) {
        *attached = ATTACHED_ID;
        return named;
    }
    struct candidates found = candidates_of(assemble, instance, trace_id, times_ns[0], times_ns[1]);
    if (found.of_trace == 1) {
        *attached = ATTACHED_CONTEXT;
        return found.trace;
    }
    /* A stream whose agent was not told its name: the request says enough. */
    named = found.all == 0 ? by_id(assemble, attrs, TRANSACTION_NONE, times_ns[0]) : named;
    if (named != TRANSACTION_NONE) {
        *attached = ATTACHED_ID;
        return named;
    }
    *attached = ATTACHED_TIME;
    if (found.trace_in_window_count == 1) {
        return found.trace_in_window;
    }
    if (found.in_window == 1) {
        return found.window;
    }
    if (found.all == 1 && found.of_trace == 0 && found.in_window == 0 && trace_id != NULL) {
        /* Its trace is an alias of this one invocation here, else it would not have been collected.
         */
        *attached = ATTACHED_CONTEXT;
        return found.any;
    }
    *attached = ATTACHED_NONE;
    return TRANSACTION_NONE;
}

void attach_records(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        struct transaction_span *row = &assemble->span_rows[i];
        const int64_t times_ns[2] = {row->start_ns, row->end_ns};
        row->invocation = attach(assemble, row->instance, row->span->attrs, &row->span->trace_id,
                                 times_ns, &row->attached);
    }
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        struct transaction_log *row = &assemble->log_rows[i];
        const int64_t times_ns[2] = {row->time_ns, row->time_ns};
        if (attrs_find(row->line->attrs, NAME_THAW_PHASE) != NULL) {
            continue; /* It says that it is of no invocation. */
        }
        row->invocation =
            attach(assemble, row->instance, row->line->attrs,
                   row->line->has_trace ? &row->line->trace_id : NULL, times_ns, &row->attached);
    }
}
