/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "http/http_limits.h"
#include "http/web_private.h"
#include "self/counters.h"

#include <string.h>

bool web_reserve_answer(struct web_request *request, uint64_t size)
{
    if (size <= HTTP_ANSWER_SMALL) {
        return true;
    }
    uint64_t sum = atomic_fetch_add(&request->web->answers, size) + size;
    request->answer_reserved = size;
    if (sum <= HTTP_ANSWERS_SIZE_MAX || sum == size) {
        return true;
    }
    (void)atomic_fetch_sub(&request->web->answers, size);
    request->answer_reserved = 0;
    return false;
}

void web_trim_answer(struct web_request *request, uint64_t size)
{
    request->answer_size = size;
    if (size < request->answer_reserved) {
        (void)atomic_fetch_sub(&request->web->answers, request->answer_reserved - size);
        request->answer_reserved = size;
    }
}

uint64_t web_transfer_deadline(uint64_t begin_ns, uint64_t size)
{
    return begin_ns + HTTP_TRANSFER_NS + size / HTTP_TRANSFER_RATE * CLOCK_NS_PER_S;
}

/* The body grows once where its length is known, and is moved each time that it grows otherwise. */
static void web_expect(struct web_request *request)
{
    uint64_t size = request->announced < HTTP_BODY_AHEAD ? request->announced : HTTP_BODY_AHEAD;
    if (request->body.capacity == 0 && size > 0) {
        (void)!buf_reserve(&request->body, (size_t)size);
    }
}

void web_receive(struct web_request *request, struct slice piece)
{
    struct web *web = request->web;
    if (request->refusal != NULL) {
        request->drained += piece.size;
        return;
    }
    if (piece.size > request->route->body_max - request->body.size) {
        request->refusal = &web_refusal_too_large;
        counters_add(COUNTER_HTTP_REFUSED_TOO_LARGE, 1);
    } else {
        web_expect(request);
        buf_append(&request->body, piece);
        request->reserved += piece.size;
        uint64_t inflight = atomic_fetch_add(&web->inflight, piece.size) + piece.size;
        if (inflight > HTTP_INFLIGHT_SIZE_MAX || buf_overflowed(&request->body)) {
            request->refusal = &web_refusal_busy;
            counters_add(COUNTER_HTTP_REFUSED_BUSY, 1);
        }
    }
    if (request->refusal != NULL) {
        buf_fini(&request->body);
        (void)atomic_fetch_sub(&web->inflight, request->reserved);
        request->reserved = 0;
    }
    sweep_set(web->sweep, request->sweep, SWEEP_BUSY,
              web_transfer_deadline(request->begun_ns, request->body.size));
}

void web_let_go(struct web_request *request)
{
    struct web *web = request->web;
    (void)atomic_fetch_sub(&web->inflight, request->reserved);
    request->reserved = 0;
    buf_fini(&request->body);
    if (request->has_arena) {
        request->has_arena = false;
        arenas_give(&web->arenas, &request->arena);
    }
}

void web_count(unsigned status)
{
    counters_add(status < 300   ? COUNTER_REQUESTS_2XX
                 : status < 400 ? COUNTER_REQUESTS_3XX
                 : status < 500 ? COUNTER_REQUESTS_4XX
                                : COUNTER_REQUESTS_5XX,
                 1);
}

bool web_is_text(const char *content_type)
{
    return content_type != NULL && (strncmp(content_type, "text/", 5) == 0 ||
                                    strncmp(content_type, "application/json", 16) == 0);
}
