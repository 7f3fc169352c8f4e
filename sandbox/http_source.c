/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/front.h"

#include "sandbox/function.h"
#include "sandbox/http_event.h"
#include "sandbox/sandbox_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The answer. ---- */

static void refuse(struct web_request *request, unsigned status, const char *message)
{
    char text[128];
    snprintf(text, sizeof(text), "{\"message\":\"%s\"}", message);
    web_answer_json(request, status, slice_from(text));
}

static void answer_client(struct web_request *request, struct http_answer *answer)
{
    static char names[WEB_HEADER_COUNT_MAX][256];
    struct web_header headers[WEB_HEADER_COUNT_MAX];
    struct web_reply reply = {
        .status = answer->status, .body = buf_bytes(&answer->body), .headers = headers};
    for (size_t i = 0; i < answer->header_count && reply.header_count < WEB_HEADER_COUNT_MAX; i++) {
        char *name = names[reply.header_count];
        /* The length is ours to say. */
        if (slice_equal_nocase(answer->headers[i].name, SLICE("Content-Length")) ||
            slice_equal_nocase(answer->headers[i].name, SLICE("Transfer-Encoding")) ||
            slice_equal_nocase(answer->headers[i].name, SLICE("Connection")) ||
            !slice_copy_text(answer->headers[i].name, name, sizeof(names[0]))) {
            continue;
        }
        headers[reply.header_count++] = (struct web_header){name, answer->headers[i].value};
    }
    web_answer(request, &reply);
}

static void on_done(struct invocation *invocation, const struct invocation_result *result)
{
    struct web_request *request = invocation->owner;
    struct http_answer answer;
    http_answer_init(&answer, STREAM_SIZE_MAX);
    if (result->throttled) {
        refuse(request, 503, "Service Unavailable");
    } else if (result->function_error) {
        refuse(request, 502, "Internal Server Error");
    } else if (http_answer_read(&answer, result->payload) != STATUS_OK) {
        refuse(request, 500, "Internal Server Error");
    } else {
        answer_client(request, &answer);
    }
    http_answer_fini(&answer);
    invocation_release(invocation);
}

/* ---- The request. ---- */

static const struct config_source *source_find(const struct config *config, struct slice path)
{
    const struct config_source *best = NULL;
    for (const struct config_source *row = config->sources; row != NULL; row = row->next) {
        struct slice prefix = row->kind == CONFIG_SOURCE_HTTP ? slice_from(row->path) : SLICE_EMPTY;
        if (prefix.size == 0 || !slice_starts(path, prefix)) {
            continue;
        }
        /* "/shop" is "/shop" and "/shop/...", not "/shopping". */
        bool whole = path.size == prefix.size || prefix.base[prefix.size - 1] == '/' ||
                     path.base[prefix.size] == '/';
        if (whole && (best == NULL || strlen(best->path) < prefix.size)) {
            best = row;
        }
    }
    return best;
}

static void on_header(void *context, struct slice name, struct slice value)
{
    struct http_event *event = context;
    if (event->header_count < HTTP_EVENT_PAIR_MAX &&
        !slice_equal_nocase(name, SLICE("X-Amzn-Trace-Id")) &&
        !slice_equal_nocase(name, SLICE("X-Forwarded-For")) &&
        !slice_equal_nocase(name, SLICE("X-Forwarded-Proto"))) {
        event->headers[event->header_count++] = (struct http_pair){name, value};
    }
}

static void on_query(void *context, struct slice name, struct slice value)
{
    struct http_event *event = context;
    if (event->query_count < HTTP_EVENT_PAIR_MAX) {
        event->query[event->query_count++] = (struct http_pair){name, value};
    }
}

void http_source_serve(struct platform *platform, struct web_request *request)
{
    struct slice path = slice_skip(request->path, strlen("/http"));
    const struct config_source *source = source_find(platform->config, path);
    if (source == NULL) {
        refuse(request, 404, "Not Found");
        return;
    }
    if (request->too_large) {
        refuse(request, 413, "Request Entity Too Large");
        return;
    }
    static struct http_event event;
    char id[37];
    struct buf payload;
    struct buf trace;
    platform_uuid(platform, id);
    buf_init_growing(&trace, 16384);
    trace_front(web_header_value(request, "X-Amzn-Trace-Id"), platform_wall_ns(platform),
                &platform->prng, &trace);
    event = (struct http_event){.format = source->format,
                                .method = request->method,
                                .path = path,
                                .body = request->body,
                                .account = slice_from(platform->config->account),
                                .region = slice_from(platform->config->region),
                                .request_id = slice_from(id),
                                .trace = buf_bytes(&trace),
                                .wall_ns = platform_wall_ns(platform)};
    web_each_header(request, on_header, &event);
    web_each_query(request, on_query, &event);
    buf_init_growing(&payload, 3 * (size_t)PAYLOAD_SIZE_MAX);
    http_event_write(&event, &payload);
    struct function *function = function_find(platform, slice_from(source->function));
    struct invocation *invocation =
        invocation_create(function, buf_bytes(&payload), on_done, request);
    buf_append(&invocation->trace_in, buf_bytes(&trace));
    buf_fini(&payload);
    buf_fini(&trace);
    function_invoke(function, invocation);
}
