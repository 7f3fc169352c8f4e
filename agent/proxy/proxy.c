/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/proxy.h"

#include "base/ensure.h"

#include <string.h>

#define INVOCATION_PREFIX "/2018-06-01/runtime/invocation/"

static void tell(struct proxy *proxy, struct proxy_fact *fact, size_t index)
{
    fact->connection = index;
    proxy->hear(proxy->context, fact);
}

static void tell_kind(struct proxy *proxy, size_t index, enum proxy_fact_kind kind)
{
    struct proxy_fact fact = {.kind = kind};
    tell(proxy, &fact, index);
}

static void keep(struct proxy_text *text, struct slice value)
{
    text->size = value.size <= sizeof(text->bytes) ? value.size : 0;
    if (text->size > 0) {
        memcpy(text->bytes, value.base, text->size);
    }
}

static struct slice kept(const struct proxy_text *text)
{
    return slice_of(text->bytes, text->size);
}

/* From now on the connection is only passed on. */
static void lose(struct proxy *proxy, size_t index)
{
    struct proxy_watch *watch = &proxy->watches[index];
    if (!watch->lost) {
        watch->lost = true;
        proxy->lost++;
        if (watch->telling || watch->answering) {
            tell_kind(proxy, index, PROXY_GONE);
        }
    }
}

/* ---- What goes up. ---- */

/* Take the call and the request id of a request's target. */
static enum proxy_call call_of(const struct follow_found *found, struct slice *id)
{
    struct slice path;
    struct slice query;
    struct slice verb;
    *id = SLICE_EMPTY;
    slice_cut(found->value, '?', &path, &query);
    if (found->cut) {
        return PROXY_CALL_OTHER;
    }
    if (slice_equal(path, SLICE("/2018-06-01/runtime/init/error"))) {
        return PROXY_CALL_INIT_ERROR;
    }
    if (!slice_starts(path, SLICE(INVOCATION_PREFIX))) {
        return PROXY_CALL_OTHER;
    }
    path = slice_skip(path, sizeof(INVOCATION_PREFIX) - 1);
    if (slice_equal(path, SLICE("next"))) {
        return PROXY_CALL_NEXT;
    }
    if (slice_cut(path, '/', id, &verb) && id->size <= AGENT_REQUEST_ID_MAX) {
        return slice_equal(verb, SLICE("response")) ? PROXY_CALL_RESPONSE
               : slice_equal(verb, SLICE("error"))  ? PROXY_CALL_ERROR
                                                    : PROXY_CALL_OTHER;
    }
    return PROXY_CALL_OTHER;
}

static void begin_request(struct proxy *proxy, size_t index, const struct follow_found *found)
{
    struct proxy_watch *watch = &proxy->watches[index];
    struct slice id;
    watch->call = call_of(found, &id);
    watch->streamed = false;
    watch->size = 0;
    watch->content_type.size = 0;
    watch->error_type.size = 0;
    keep(&watch->request_id, id);
    if (watch->pending_count == AGENT_PIPELINE_MAX) {
        lose(proxy, index);
        return;
    }
    watch->pending[watch->pending_count] = (struct proxy_pending){
        .call = watch->call, .no_body = slice_equal(found->name, SLICE("HEAD"))};
    watch->pending_count++;
}

static void take_request_header(struct proxy_watch *watch, const struct follow_found *found)
{
    if (found->cut) {
        return;
    }
    if (slice_equal_nocase(found->name, SLICE("lambda-runtime-function-error-type"))) {
        keep(&watch->error_type, found->value);
    } else if (slice_equal_nocase(found->name, SLICE("content-type"))) {
        keep(&watch->content_type, found->value);
    } else if (slice_equal_nocase(found->name, SLICE("lambda-runtime-function-response-mode"))) {
        watch->streamed = slice_equal_nocase(found->value, SLICE("streaming"));
    }
}

static bool answers(const struct proxy_watch *watch)
{
    return watch->call == PROXY_CALL_RESPONSE || watch->call == PROXY_CALL_ERROR;
}

static void tell_request(struct proxy *proxy, size_t index, enum follow_event event,
                         struct slice data)
{
    struct proxy_watch *watch = &proxy->watches[index];
    struct proxy_fact fact = {.kind = PROXY_ANSWER,
                              .data = data,
                              .request_id = kept(&watch->request_id),
                              .content_type = kept(&watch->content_type),
                              .error_type = kept(&watch->error_type),
                              .failed = watch->call == PROXY_CALL_ERROR,
                              .streamed = watch->streamed,
                              .size = watch->size};
    if (event == FOLLOW_HEAD && watch->call == PROXY_CALL_NEXT) {
        fact.kind = PROXY_ASKED;
    } else if (event == FOLLOW_HEAD && watch->call == PROXY_CALL_INIT_ERROR) {
        fact.kind = PROXY_INIT_ERROR;
    } else if (!answers(watch)) {
        return;
    } else if (event == FOLLOW_DATA) {
        fact.kind = PROXY_ANSWER_DATA;
    } else if (event == FOLLOW_END) {
        fact.kind = PROXY_ANSWER_END;
    }
    watch->answering = fact.kind == PROXY_ANSWER || fact.kind == PROXY_ANSWER_DATA;
    tell(proxy, &fact, index);
}

static void passed_up(struct proxy *proxy, size_t index, struct slice bytes)
{
    struct proxy_watch *watch = &proxy->watches[index];
    struct follow_found found;
    enum follow_event event = FOLLOW_NOTHING;
    while (!watch->lost && (event = follow_next(&watch->up, &bytes, &found)) != FOLLOW_NOTHING) {
        switch (event) {
        case FOLLOW_FIRST:
            begin_request(proxy, index, &found);
            break;
        case FOLLOW_HEADER:
        case FOLLOW_TRAILER:
            take_request_header(watch, &found);
            break;
        case FOLLOW_DATA:
            watch->size += found.value.size;
            tell_request(proxy, index, event, found.value);
            break;
        case FOLLOW_HEAD:
        case FOLLOW_END:
            tell_request(proxy, index, event, SLICE_EMPTY);
            break;
        case FOLLOW_LOST:
            lose(proxy, index);
            break;
        case FOLLOW_NOTHING:
            break;
        }
    }
}

/* ---- What comes down. ---- */

static void begin_response(struct proxy *proxy, size_t index, const struct follow_found *found)
{
    struct proxy_watch *watch = &proxy->watches[index];
    if (found->status < 200) {
        /* The answer proper follows. */
        return;
    }
    if (watch->pending_count == 0) {
        lose(proxy, index);
        return;
    }
    struct proxy_pending pending = watch->pending[0];
    watch->pending_count--;
    memmove(watch->pending, watch->pending + 1, watch->pending_count * sizeof(watch->pending[0]));
    watch->down.no_body = pending.no_body;
    watch->event = pending.call == PROXY_CALL_NEXT && found->status == 200;
    watch->event_size = 0;
    watch->event_id.size = 0;
    watch->trace_size = 0;
    watch->client_context_size = 0;
}

static void take_response_header(struct proxy_watch *watch, const struct follow_found *found)
{
    if (!watch->event || found->cut) {
        return;
    }
    if (slice_equal_nocase(found->name, SLICE("lambda-runtime-aws-request-id"))) {
        keep(&watch->event_id, found->value);
    } else if (slice_equal_nocase(found->name, SLICE("lambda-runtime-trace-id")) &&
               found->value.size <= sizeof(watch->trace) && found->value.size > 0) {
        watch->trace_size = found->value.size;
        memcpy(watch->trace, found->value.base, found->value.size);
    } else if (slice_equal_nocase(found->name, SLICE("lambda-runtime-client-context")) &&
               found->value.size > 0) {
        watch->client_context_size = found->value.size;
        memcpy(watch->client_context, found->value.base, found->value.size);
    }
}

static void tell_response(struct proxy *proxy, size_t index, enum follow_event event,
                          struct slice data)
{
    struct proxy_watch *watch = &proxy->watches[index];
    struct proxy_fact fact = {
        .kind = PROXY_EVENT,
        .data = data,
        .request_id = kept(&watch->event_id),
        .trace_id = slice_of(watch->trace, watch->trace_size),
        .client_context = slice_of(watch->client_context, watch->client_context_size),
        .size = watch->event_size,
    };
    if (!watch->event) {
        return;
    }
    if (event == FOLLOW_DATA) {
        fact.kind = PROXY_EVENT_DATA;
    } else if (event == FOLLOW_END) {
        fact.kind = PROXY_EVENT_END;
        watch->event = false;
    }
    watch->telling = event != FOLLOW_END;
    tell(proxy, &fact, index);
}

static void passed_down(struct proxy *proxy, size_t index, struct slice bytes)
{
    struct proxy_watch *watch = &proxy->watches[index];
    struct follow_found found;
    enum follow_event event = FOLLOW_NOTHING;
    while (!watch->lost && (event = follow_next(&watch->down, &bytes, &found)) != FOLLOW_NOTHING) {
        switch (event) {
        case FOLLOW_FIRST:
            begin_response(proxy, index, &found);
            break;
        case FOLLOW_HEADER:
            take_response_header(watch, &found);
            break;
        case FOLLOW_HEAD:
        case FOLLOW_END:
            tell_response(proxy, index, event, SLICE_EMPTY);
            break;
        case FOLLOW_DATA:
            watch->event_size += found.value.size;
            tell_response(proxy, index, event, found.value);
            break;
        case FOLLOW_TRAILER:
        case FOLLOW_NOTHING:
            break;
        case FOLLOW_LOST:
            lose(proxy, index);
            break;
        }
    }
}

/* ---- What the relays tell. ---- */

void proxy_opened(void *context, size_t index)
{
    struct proxy *proxy = context;
    struct proxy_watch *watch = &proxy->watches[index];
    follow_init(&watch->up, false);
    follow_init(&watch->down, true);
    watch->lost = false;
    watch->pending_count = 0;
    watch->event = false;
    watch->telling = false;
    watch->answering = false;
}

void proxy_passed(void *context, size_t index, enum relay_way way, struct slice bytes)
{
    struct proxy *proxy = context;
    if (way == RELAY_UP) {
        passed_up(proxy, index, bytes);
    } else {
        passed_down(proxy, index, bytes);
    }
}

void proxy_ended(void *context, size_t index, enum relay_way way)
{
    struct proxy *proxy = context;
    struct proxy_watch *watch = &proxy->watches[index];
    if (way == RELAY_DOWN && !watch->lost && follow_closed(&watch->down)) {
        tell_response(proxy, index, FOLLOW_END, SLICE_EMPTY);
    }
}

void proxy_closed(void *context, size_t index)
{
    struct proxy *proxy = context;
    struct proxy_watch *watch = &proxy->watches[index];
    if (!watch->lost && (watch->telling || watch->answering)) {
        tell_kind(proxy, index, PROXY_GONE);
    }
    watch->lost = true;
}

bool proxy_idle(void *context, size_t index)
{
    const struct proxy *proxy = context;
    const struct proxy_watch *watch = &proxy->watches[index];
    return !watch->lost && watch->pending_count == 0 && follow_idle(&watch->up) &&
           follow_idle(&watch->down);
}

/* What is of an event or an answer, the listener may want. */
uint64_t proxy_unseen(void *context, size_t index, enum relay_way way)
{
    const struct proxy *proxy = context;
    const struct proxy_watch *watch = &proxy->watches[index];
    if (watch->lost) {
        return UINT64_MAX;
    }
    bool told = way == RELAY_UP ? answers(watch) : watch->event;
    if (told && (proxy->want == NULL || proxy->want(proxy->context, index, way == RELAY_UP))) {
        return 0;
    }
    return follow_body(way == RELAY_UP ? &watch->up : &watch->down);
}

void proxy_skipped(void *context, size_t index, enum relay_way way, size_t size)
{
    struct proxy *proxy = context;
    struct proxy_watch *watch = &proxy->watches[index];
    if (watch->lost) {
        return;
    }
    follow_skip(way == RELAY_UP ? &watch->up : &watch->down, size);
    *(way == RELAY_UP ? &watch->size : &watch->event_size) += size;
    /* That may have been the end. */
    proxy_passed(context, index, way, SLICE_EMPTY);
}

void proxy_init(struct proxy *proxy, proxy_hear *hear, proxy_want *want, void *context)
{
    static struct relay_listener listener = {
        .opened = proxy_opened,
        .passed = proxy_passed,
        .ended = proxy_ended,
        .closed = proxy_closed,
        .idle = proxy_idle,
        .unseen = proxy_unseen,
        .skipped = proxy_skipped,
    };
    listener.context = proxy;
    proxy->hear = hear;
    proxy->want = want;
    proxy->context = context;
    relay_tell(&proxy->relays, &listener);
}
