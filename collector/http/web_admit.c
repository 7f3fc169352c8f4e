/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "http/host.h"
#include "http/http_limits.h"
#include "http/web_private.h"
#include "http/web_route.h"
#include "self/counters.h"

const struct web_refusal web_refusal_too_large = {
    .status = 413,
    .code = "too_large",
    .message = "the body is larger than this path accepts",
    .hint = "send smaller batches",
};
const struct web_refusal web_refusal_busy = {
    .status = 503,
    .code = "busy",
    .message = "too many bodies are being received",
    .hint = "try again",
    .retry_after_s = HTTP_RETRY_AFTER_S,
};
const struct web_refusal web_refusal_stopping = {
    .status = 503,
    .code = "stopping",
    .message = "the collector is stopping",
    .hint = "try again",
    .retry_after_s = HTTP_RETRY_AFTER_S,
};
const struct web_refusal web_refusal_answers = {
    .status = 503,
    .code = "busy",
    .message = "too many large answers are being read",
    .hint = "try again, or ask for less",
    .retry_after_s = HTTP_RETRY_AFTER_S,
};

void web_refuse(struct web_request *request, const struct web_refusal *refusal)
{
    struct web *web = request->web;
    unsigned char memory[1024];
    struct buf body;
    struct web_answer answer = {
        .status = refusal->status,
        .retry_after_s = refusal->retry_after_s,
        .allow = refusal->allow,
    };
    buf_init_fixed(&body, memory, sizeof(memory));
    if (web->refuse == NULL || !web->refuse(web->context, request, refusal, &answer)) {
        struct json_write writer;
        json_write_init(&writer, &body);
        json_write_object_begin(&writer);
        json_write_member_object(&writer, SLICE("error"));
        json_write_member_string(&writer, SLICE("code"), slice_from(refusal->code));
        json_write_member_string(&writer, SLICE("message"), slice_from(refusal->message));
        if (refusal->hint != NULL) {
            json_write_member_string(&writer, SLICE("hint"), slice_from(refusal->hint));
        }
        if (refusal->placed) {
            json_write_member_u64(&writer, SLICE("position"), refusal->position);
            json_write_member_u64(&writer, SLICE("length"), refusal->length);
        }
        json_write_object_end(&writer);
        json_write_object_end(&writer);
        answer.content_type = "application/json";
        answer.body = buf_overflowed(&body) ? SLICE("{}") : buf_bytes(&body);
    }
    web_answer(request, &answer);
}

static void web_refuse_counted(struct web_request *request, const struct web_refusal *refusal,
                               enum counter counter)
{
    counters_add(counter, 1);
    web_refuse(request, refusal);
}

/* Whether a page under a name of its own asks.  Who sends no Host (HTTP/1.0) is no browser. */
static bool web_admit_host(const struct web_request *request)
{
    struct slice host = SLICE_EMPTY;
    if (!request->web->hosts_checked || (request->route != NULL && request->route->any_host) ||
        !web_header(request, "Host", &host)) {
        return true;
    }
    return host_allowed(host, request->web->own_host);
}

static bool web_admit_token(struct web_request *request)
{
    struct web *web = request->web;
    const struct web_route *route = request->route;
    struct slice text = SLICE_EMPTY;
    if (route != NULL && route->open) {
        return true;
    }
    if (route != NULL && route->key_header != NULL) {
        (void)web_header(request, route->key_header, &text);
        if (tokens_allow_key(&web->tokens, text)) {
            return true;
        }
        web_refuse_counted(request,
                           &(struct web_refusal){
                               .status = 401,
                               .code = "unauthorized",
                               .message = text.size > 0 ? "the access key is not valid"
                                                        : "an access key is needed",
                               .hint = "the access key is one of the collector's tokens",
                           },
                           COUNTER_HTTP_REFUSED_TOKEN);
        return false;
    }
    (void)web_header(request, "Authorization", &text);
    if (tokens_allow(&web->tokens, text)) {
        return true;
    }
    web_refuse_counted(request,
                       &(struct web_refusal){
                           .status = 401,
                           .code = "unauthorized",
                           .message = "a valid bearer token is needed",
                           .hint = "send the header Authorization: Bearer TOKEN",
                       },
                       COUNTER_HTTP_REFUSED_TOKEN);
    return false;
}

bool web_admit(struct web_request *request, const struct web_headers *headers, bool http_1_1)
{
    struct web *web = request->web;
    const char *wrong = request->uri_wrong ? "the target of the request cannot be read"
                                           : web_headers_wrong(headers, http_1_1);
    if (wrong != NULL) {
        web_refuse_counted(
            request, &(struct web_refusal){.status = 400, .code = "bad_request", .message = wrong},
            COUNTER_HTTP_REFUSED_HEADERS);
        return false;
    }
    request->route = web_route_find(web->routes, web->route_count, request->uri.path,
                                    request->method, &request->allow);
    if (!web_admit_token(request)) {
        return false;
    }
    if (!web_admit_host(request)) {
        web_refuse_counted(
            request,
            &(struct web_refusal){
                .status = 403,
                .code = "host_not_allowed",
                .message = "without tokens the collector does not answer to this Host",
                .hint = "use its address or localhost, or name this host in "
                        "--alert-external-url, or use a --token-file",
            },
            COUNTER_HTTP_REFUSED_HOST);
        return false;
    }
    if (request->route == NULL) {
        bool method = request->allow != NULL;
        web_refuse_counted(
            request,
            &(struct web_refusal){
                .status = method ? 405 : 404,
                .code = method ? "method_not_allowed" : "not_found",
                .message = method ? "the path does not have this method" : "there is no such path",
                .allow = request->allow,
            },
            COUNTER_HTTP_REFUSED_PATH);
        return false;
    }
    if (headers->length > request->route->body_max) {
        web_refuse_counted(request, &web_refusal_too_large, COUNTER_HTTP_REFUSED_TOO_LARGE);
        return false;
    }
    if (atomic_load(&web->quiesced)) {
        web_refuse_counted(request, &web_refusal_stopping, COUNTER_HTTP_REFUSED_BUSY);
        return false;
    }
    return true;
}

bool web_admit_knows(struct slice if_none_match, const char *etag)
{
    struct slice rest = if_none_match;
    struct slice tag = slice_from(etag);
    while (rest.size > 0) {
        struct slice item;
        (void)slice_cut(rest, ',', &item, &rest);
        item = slice_trim(item);
        if (slice_starts(item, SLICE("W/"))) {
            item = slice_skip(item, 2);
        }
        if (slice_equal(item, tag) || slice_equal(item, SLICE("*"))) {
            return true;
        }
    }
    return false;
}
