/* SPDX-License-Identifier: Apache-2.0 */
#include "run/request.h"

#include "base/ensure.h"

#include <string.h>

#define STATUS_SWITCHING 101

static void keep(char *place, size_t *size, size_t room, struct slice value)
{
    *size = value.size <= room ? value.size : 0;
    if (*size > 0) {
        memcpy(place, value.base, *size);
    }
}

/* The oldest request is over. */
static void end_oldest(struct requests *requests, struct request_watch *watch, bool broken)
{
    struct request_fact fact = {
        .ended = true,
        .serial = watch->pending[0].serial,
        .status = watch->answering ? watch->status : 0,
        .broken = broken,
        .size = watch->answering ? watch->size : 0,
        .duration_ns = requests->clock() - watch->pending[0].since_ns,
    };
    ENSURE(watch->pending_count > 0);
    watch->pending_count--;
    memmove(watch->pending, watch->pending + 1, watch->pending_count * sizeof(watch->pending[0]));
    watch->answering = false;
    requests->hear(requests->context, &fact);
}

/* From now on the connection is only passed on. */
static void lose(struct requests *requests, struct request_watch *watch, bool broken)
{
    if (watch->lost) {
        return;
    }
    watch->lost = true;
    while (watch->pending_count > 0) {
        end_oldest(requests, watch, broken);
    }
}

/* ---- Requests. ---- */

static void begin_request(struct request_watch *watch, const struct follow_found *found)
{
    struct slice path;
    struct slice query;
    slice_cut(found->cut ? SLICE_EMPTY : found->value, '?', &path, &query);
    keep(watch->method, &watch->method_size, sizeof(watch->method), found->name);
    keep(watch->path, &watch->path_size, sizeof(watch->path), path);
    watch->host_size = 0;
    watch->traceparent_size = 0;
    watch->tracestate_size = 0;
}

static void take_header(struct request_watch *watch, const struct follow_found *found)
{
    if (found->cut) {
        return;
    }
    if (slice_equal_nocase(found->name, SLICE("host"))) {
        keep(watch->host, &watch->host_size, sizeof(watch->host), found->value);
    } else if (slice_equal_nocase(found->name, SLICE("traceparent"))) {
        keep(watch->traceparent, &watch->traceparent_size, sizeof(watch->traceparent),
             found->value);
    } else if (slice_equal_nocase(found->name, SLICE("tracestate"))) {
        keep(watch->tracestate, &watch->tracestate_size, sizeof(watch->tracestate), found->value);
    }
}

static void tell_request(struct requests *requests, struct request_watch *watch)
{
    struct request_fact fact = {
        .method = slice_of(watch->method, watch->method_size),
        .path = slice_of(watch->path, watch->path_size),
        .host = slice_of(watch->host, watch->host_size),
        .traceparent = slice_of(watch->traceparent, watch->traceparent_size),
        .tracestate = slice_of(watch->tracestate, watch->tracestate_size),
    };
    if (watch->pending_count == AGENT_PIPELINE_MAX) {
        requests->unseen++;
        lose(requests, watch, false);
        return;
    }
    requests->serial++;
    fact.serial = requests->serial;
    watch->pending[watch->pending_count] = (struct request_pending){
        .no_body = slice_equal(fact.method, SLICE("HEAD")),
        .serial = fact.serial,
        .since_ns = requests->clock(),
    };
    watch->pending_count++;
    requests->hear(requests->context, &fact);
}

static void passed_up(struct requests *requests, struct request_watch *watch, struct slice bytes)
{
    struct follow_found found;
    enum follow_event event = FOLLOW_NOTHING;
    while (!watch->lost && (event = follow_next(&watch->up, &bytes, &found)) != FOLLOW_NOTHING) {
        if (event == FOLLOW_FIRST) {
            begin_request(watch, &found);
        } else if (event == FOLLOW_HEADER) {
            take_header(watch, &found);
        } else if (event == FOLLOW_HEAD) {
            tell_request(requests, watch);
        } else if (event == FOLLOW_LOST) {
            requests->unseen++;
            lose(requests, watch, false);
        }
    }
}

/* ---- Answers. ---- */

static void begin_answer(struct requests *requests, struct request_watch *watch, unsigned status)
{
    if (watch->pending_count == 0) {
        requests->unseen++;
        lose(requests, watch, false);
        return;
    }
    if (status >= 200 || status == STATUS_SWITCHING) {
        watch->answering = true;
        watch->status = status;
        watch->size = 0;
        watch->down.no_body = watch->pending[0].no_body;
    }
}

static void passed_down(struct requests *requests, struct request_watch *watch, struct slice bytes)
{
    struct follow_found found;
    enum follow_event event = FOLLOW_NOTHING;
    while (!watch->lost && (event = follow_next(&watch->down, &bytes, &found)) != FOLLOW_NOTHING) {
        if (event == FOLLOW_FIRST) {
            begin_answer(requests, watch, found.status);
        } else if (event == FOLLOW_DATA) {
            watch->size += found.value.size;
        } else if (event == FOLLOW_END && watch->answering) {
            end_oldest(requests, watch, false);
        } else if (event == FOLLOW_LOST) {
            /* An upgrade is the end of the request that asked for it, and no loss. */
            requests->unseen += watch->answering && watch->status == STATUS_SWITCHING ? 0 : 1;
            lose(requests, watch, false);
        }
    }
}

/* ---- What the relays tell. ---- */

void request_opened(void *context, size_t index)
{
    struct requests *requests = context;
    struct request_watch *watch = &requests->watches[index];
    follow_init(&watch->up, false);
    follow_init(&watch->down, true);
    watch->lost = false;
    watch->pending_count = 0;
    watch->answering = false;
}

void request_passed(void *context, size_t index, enum relay_way way, struct slice bytes)
{
    struct requests *requests = context;
    if (way == RELAY_UP) {
        passed_up(requests, &requests->watches[index], bytes);
    } else {
        passed_down(requests, &requests->watches[index], bytes);
    }
}

void request_ended(void *context, size_t index, enum relay_way way)
{
    struct requests *requests = context;
    struct request_watch *watch = &requests->watches[index];
    if (way == RELAY_DOWN && !watch->lost && watch->answering && follow_closed(&watch->down)) {
        end_oldest(requests, watch, false);
    }
}

void request_closed(void *context, size_t index)
{
    struct requests *requests = context;
    lose(requests, &requests->watches[index], true);
}

bool request_idle(void *context, size_t index)
{
    const struct requests *requests = context;
    const struct request_watch *watch = &requests->watches[index];
    return !watch->lost && watch->pending_count == 0 && follow_idle(&watch->up) &&
           follow_idle(&watch->down);
}

uint64_t request_unseen(void *context, size_t index, enum relay_way way)
{
    const struct requests *requests = context;
    const struct request_watch *watch = &requests->watches[index];
    return watch->lost ? UINT64_MAX : follow_body(way == RELAY_UP ? &watch->up : &watch->down);
}

void request_skipped(void *context, size_t index, enum relay_way way, size_t size)
{
    struct requests *requests = context;
    struct request_watch *watch = &requests->watches[index];
    if (watch->lost) {
        return;
    }
    follow_skip(way == RELAY_UP ? &watch->up : &watch->down, size);
    watch->size += way == RELAY_DOWN ? size : 0;
    /* That may have been the end. */
    request_passed(context, index, way, SLICE_EMPTY);
}

void request_init(struct requests *requests, struct relays *relays, uint64_t (*clock)(void),
                  request_hear *hear, void *context)
{
    static struct relay_listener listener = {
        .opened = request_opened,
        .passed = request_passed,
        .ended = request_ended,
        .closed = request_closed,
        .idle = request_idle,
        .unseen = request_unseen,
        .skipped = request_skipped,
    };
    listener.context = requests;
    requests->clock = clock;
    requests->hear = hear;
    requests->context = context;
    relay_tell(relays, &listener);
}
