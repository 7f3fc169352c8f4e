/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/json_write.h"
#include "base/log.h"
#include "http/address.h"
#include "http/arenas.h"
#include "http/file.h"
#include "http/http_limits.h"
#include "http/squeeze.h"
#include "http/sweep.h"
#include "http/tokens.h"
#include "http/uri.h"
#include "self/counters.h"

#include <microhttpd.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sent with every answer: what the dashboard may load, and nothing else for anybody. */
static const char web_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

struct web {
    struct MHD_Daemon *daemon;
    const struct web_route *routes;
    size_t route_count;
    void *context;
    bool (*refuse)(void *context, struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer);
    struct slice token_file;
    struct tokens tokens;
    struct arenas arenas;
    struct sweep *sweep;
    char *tls_key, *tls_cert; /* As text; the library wants them while it runs. */
    char address[ADDRESS_TEXT_SIZE];
    int listener;
    _Atomic uint64_t inflight; /* Bytes of bodies. */
    atomic_bool quiesced;
    pthread_mutex_t mutex; /* Guards kept and the states of all requests; a leaf. */
    pthread_cond_t answered;
    size_t kept; /* Requests whose handlers have not answered. */
};

/*
 * RECEIVING -> HANDLING -> ANSWERED -> (gone)         the handler answers before it returns
 *                  |          ^
 *                  +-> KEPT --+                       web_answer() comes later; the connection
 * sleeps
 */
enum web_state { WEB_RECEIVING, WEB_HANDLING, WEB_KEPT, WEB_ANSWERED };

struct web_request {
    struct web *web;
    struct MHD_Connection *connection;
    const struct web_route *route;
    enum web_method method;
    enum web_state state;
    bool begun;  /* The headers were looked at. */
    bool keeps;  /* web_keep() was called. */
    bool queued; /* The answer is with the library. */
    bool gzip;   /* The client takes it. */
    bool uri_wrong;
    const char *allow; /* Methods of the path, when this one is not among them. */
    /* Set when the body cannot be taken: it is read to its end, or cut, and then refused. */
    const struct web_refusal *refusal;
    uint64_t drained;
    struct slice if_none_match;
    struct buf body;
    uint64_t reserved; /* Of web->inflight. */
    uint64_t begun_ns;
    struct arena arena;
    bool has_arena;
    struct MHD_Response *response;
    unsigned status;
    struct sweep_entry *sweep;
    struct uri uri;
    unsigned char target[]; /* Memory of uri. */
};

static const struct web_refusal web_too_large = {
    .status = 413,
    .code = "too_large",
    .message = "the body is larger than this path accepts",
    .hint = "send smaller batches",
};
static const struct web_refusal web_busy = {
    .status = 503,
    .code = "busy",
    .message = "too many bodies are being received",
    .hint = "try again",
    .retry_after_s = HTTP_RETRY_AFTER_S,
};
static const struct web_refusal web_stopping = {
    .status = 503,
    .code = "stopping",
    .message = "the collector is stopping",
    .hint = "try again",
    .retry_after_s = HTTP_RETRY_AFTER_S,
};

/* --- What handlers read. --- */

enum web_method web_method(const struct web_request *request)
{
    return request->method;
}

struct slice web_path(const struct web_request *request)
{
    return request->uri.path;
}

bool web_query(const struct web_request *request, const char *name, struct slice *value)
{
    return uri_find(&request->uri, slice_from(name), value);
}

void web_query_each(const struct web_request *request,
                    void (*visit)(void *context, struct slice name, struct slice value),
                    void *context)
{
    for (size_t i = 0; i < request->uri.parameter_count; i++) {
        visit(context, request->uri.parameters[i].name, request->uri.parameters[i].value);
    }
}

bool web_header(const struct web_request *request, const char *name, struct slice *value)
{
    const char *text = NULL;
    size_t size = 0;
    if (MHD_lookup_connection_value_n(request->connection, MHD_HEADER_KIND, name, strlen(name),
                                      &text, &size) != MHD_YES) {
        return false;
    }
    *value = slice_of(text, text == NULL ? 0 : size);
    return true;
}

struct slice web_body(const struct web_request *request)
{
    return buf_bytes(&request->body);
}

struct arena *web_arena(struct web_request *request)
{
    if (!request->has_arena && request->arena.base == NULL) {
        request->has_arena = arenas_take(&request->web->arenas, &request->arena);
        if (!request->has_arena) {
            arena_init(&request->arena, request->target, 0);
        }
    }
    return &request->arena;
}

/* --- Answers. --- */

static void web_add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
        log_warn("header left out", log_string("name", name));
    }
}

static bool web_is_text(const char *content_type)
{
    return content_type != NULL && (strncmp(content_type, "text/", 5) == 0 ||
                                    strncmp(content_type, "application/json", 16) == 0);
}

/* Whether If-None-Match names the tag. */
static bool web_is_known(const struct web_request *request, const char *etag)
{
    struct slice rest = request->if_none_match;
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

static struct MHD_Response *web_make_body(const struct web_request *request,
                                          const struct web_answer *answer, bool *squeezed)
{
    unsigned char *memory = NULL;
    size_t size = 0;
    *squeezed = request->gzip && answer->encoding == NULL &&
                answer->body.size >= HTTP_GZIP_SIZE_MIN && web_is_text(answer->content_type) &&
                squeeze_gzip(answer->body, &memory, &size);
    if (!*squeezed) {
        size = answer->body.size;
        memory = malloc(size > 0 ? size : 1);
        if (memory == NULL) {
            return NULL;
        }
        if (size > 0) {
            memcpy(memory, answer->body.base, size);
        }
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, memory, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(memory);
    }
    return response;
}

static void web_add_headers(const struct web_request *request, const struct web_answer *answer,
                            bool squeezed, struct MHD_Response *response)
{
    web_add_header(response, "Content-Security-Policy", web_policy);
    web_add_header(response, "X-Content-Type-Options", "nosniff");
    web_add_header(response, "X-Frame-Options", "DENY");
    web_add_header(response, "Referrer-Policy", "no-referrer");
    web_add_header(response, "Cache-Control", answer->cache != NULL ? answer->cache : "no-store");
    if (answer->content_type != NULL) {
        web_add_header(response, "Content-Type", answer->content_type);
    }
    if (web_is_text(answer->content_type)) {
        web_add_header(response, "Vary", "Accept-Encoding");
    }
    if (squeezed || answer->encoding != NULL) {
        web_add_header(response, "Content-Encoding", squeezed ? "gzip" : answer->encoding);
    }
    if (answer->etag != NULL) {
        web_add_header(response, "ETag", answer->etag);
    }
    if (answer->allow != NULL) {
        web_add_header(response, "Allow", answer->allow);
    }
    if (answer->status == 401) {
        web_add_header(response, "WWW-Authenticate", "Bearer");
    }
    if (answer->retry_after_s > 0) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%u", answer->retry_after_s);
        web_add_header(response, "Retry-After", text);
    }
    if (atomic_load(&request->web->quiesced)) {
        web_add_header(response, "Connection", "close");
    }
}

static void web_count(unsigned status)
{
    counters_add(status < 300   ? COUNTER_REQUESTS_2XX
                 : status < 400 ? COUNTER_REQUESTS_3XX
                 : status < 500 ? COUNTER_REQUESTS_4XX
                                : COUNTER_REQUESTS_5XX,
                 1);
}

void web_answer(struct web_request *request, const struct web_answer *answer)
{
    struct web *web = request->web;
    struct web_answer changed = *answer;
    if (changed.etag != NULL && changed.status == 200 && web_is_known(request, changed.etag)) {
        changed.status = 304;
        changed.body = SLICE_EMPTY;
        changed.content_type = NULL;
        changed.encoding = NULL;
    }
    bool squeezed;
    struct MHD_Response *response = web_make_body(request, &changed, &squeezed);
    if (response != NULL) {
        web_add_headers(request, &changed, squeezed, response);
    }
    web_count(changed.status);

    /* Once the connection is awake or the lock is free, the request may be gone. */
    (void)pthread_mutex_lock(&web->mutex);
    ENSURE(request->state == WEB_HANDLING || request->state == WEB_KEPT);
    bool kept = request->state == WEB_KEPT;
    request->response = response;
    request->status = changed.status;
    request->state = WEB_ANSWERED;
    ENSURE(web->kept > 0);
    web->kept--;
    if (web->kept == 0) {
        (void)pthread_cond_broadcast(&web->answered);
    }
    if (kept) {
        MHD_resume_connection(request->connection);
    }
    (void)pthread_mutex_unlock(&web->mutex);
}

void web_keep(struct web_request *request)
{
    ENSURE(request->state == WEB_HANDLING || request->state == WEB_ANSWERED);
    request->keeps = true;
}

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
        json_write_object_end(&writer);
        json_write_object_end(&writer);
        answer.content_type = "application/json";
        answer.body = buf_overflowed(&body) ? SLICE("{}") : buf_bytes(&body);
    }
    web_answer(request, &answer);
}

/* --- Routes. --- */

static bool web_route_matches(const struct web_route *route, struct slice path)
{
    struct slice wanted = slice_from(route->path);
    if (wanted.size > 0 && wanted.base[wanted.size - 1] == '/') {
        return slice_starts(path, wanted);
    }
    if (path.size > 1 && path.base[path.size - 1] == '/') {
        path = slice_take(path, path.size - 1);
    }
    return slice_equal(path, wanted);
}

/* The methods that a path has, as text that lives for ever: every sum of those there are. */
static const char *web_allow(bool has_get, bool has_post)
{
    if (has_get && has_post) {
        return "GET, HEAD, POST";
    }
    return has_get ? "GET, HEAD" : has_post ? "POST" : "PUT, DELETE";
}

/* Find the route; NULL with *allow NULL: no such path; with text: no such method there. */
static const struct web_route *web_find_route(const struct web *web, struct slice path,
                                              enum web_method method, const char **allow)
{
    const struct web_route *best = NULL;
    size_t longest = 0;
    bool has_get = false;
    bool has_post = false;
    *allow = NULL;
    for (size_t i = 0; i < web->route_count; i++) {
        const struct web_route *route = &web->routes[i];
        size_t size = strlen(route->path);
        if (size < longest || !web_route_matches(route, path)) {
            continue;
        }
        if (size > longest) {
            longest = size;
            best = NULL;
            has_get = false;
            has_post = false;
        }
        has_get = has_get || route->method == WEB_GET;
        has_post = has_post || route->method == WEB_POST;
        if (route->method == method) {
            best = route;
        }
    }
    if (best == NULL && longest > 0) {
        *allow = web_allow(has_get, has_post);
    }
    return best;
}

/* --- Receiving. --- */

static enum web_method web_parse_method(const char *method)
{
    static const struct {
        const char *name;
        enum web_method method;
    } names[] = {
        {MHD_HTTP_METHOD_GET, WEB_GET},       {MHD_HTTP_METHOD_HEAD, WEB_GET},
        {MHD_HTTP_METHOD_POST, WEB_POST},     {MHD_HTTP_METHOD_PUT, WEB_PUT},
        {MHD_HTTP_METHOD_DELETE, WEB_DELETE}, {MHD_HTTP_METHOD_OPTIONS, WEB_OPTIONS},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(method, names[i].name) == 0) {
            return names[i].method;
        }
    }
    return WEB_OTHER;
}

/* Headers that may stand once; a second one is how requests are smuggled. */
struct web_headers {
    unsigned host;
    unsigned content_length;
    unsigned transfer_encoding;
    unsigned authorization;
    unsigned content_type;
    unsigned content_encoding;
    bool chunked;
    bool length_wrong;
    uint64_t length;
};

static enum MHD_Result web_look_at_header(void *context, enum MHD_ValueKind kind, const char *key,
                                          const char *value)
{
    struct web_headers *headers = context;
    struct slice name = slice_from(key);
    struct slice text = slice_trim(slice_from(value));
    (void)kind;
    if (slice_equal_nocase(name, SLICE("Host"))) {
        headers->host++;
    } else if (slice_equal_nocase(name, SLICE("Content-Length"))) {
        headers->content_length++;
        headers->length_wrong = text.size == 0 || text.size > 19;
        headers->length = 0;
        for (size_t i = 0; i < text.size && !headers->length_wrong; i++) {
            headers->length_wrong = text.base[i] < '0' || text.base[i] > '9';
            headers->length = headers->length * 10 + (uint64_t)(text.base[i] - '0');
        }
    } else if (slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
        headers->transfer_encoding++;
        headers->chunked = slice_equal_nocase(text, SLICE("chunked"));
    } else if (slice_equal_nocase(name, SLICE("Authorization"))) {
        headers->authorization++;
    } else if (slice_equal_nocase(name, SLICE("Content-Type"))) {
        headers->content_type++;
    } else if (slice_equal_nocase(name, SLICE("Content-Encoding"))) {
        headers->content_encoding++;
    }
    return MHD_YES;
}

/* What is wrong with the headers, or NULL. */
static const char *web_check_headers(const struct web_request *request, const char *version,
                                     struct web_headers *headers)
{
    *headers = (struct web_headers){.host = 0};
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, web_look_at_header,
                                    headers);
    if (request->uri_wrong) {
        return "the target of the request cannot be read";
    }
    if (headers->host > 1 || (headers->host == 0 && strcmp(version, "HTTP/1.1") == 0)) {
        return "there must be one Host header";
    }
    if (headers->content_length > 1 || headers->length_wrong) {
        return "there must be one Content-Length, a number";
    }
    if (headers->transfer_encoding > 0 && headers->content_length > 0) {
        return "Content-Length and Transfer-Encoding exclude each other";
    }
    if (headers->transfer_encoding > 1 || (headers->transfer_encoding == 1 && !headers->chunked)) {
        return "chunked is the only Transfer-Encoding known here";
    }
    if (headers->authorization > 1 || headers->content_type > 1 || headers->content_encoding > 1) {
        return "Authorization, Content-Type and Content-Encoding may stand once";
    }
    return NULL;
}

static void web_refuse_counted(struct web_request *request, const struct web_refusal *refusal,
                               enum counter counter)
{
    counters_add(counter, 1);
    web_refuse(request, refusal);
}

/* Route and refuse what can be refused before the body.  True: the request goes on. */
static bool web_admit(struct web_request *request, const char *version)
{
    struct web *web = request->web;
    struct web_headers headers;
    struct slice text = SLICE_EMPTY;
    const char *wrong = web_check_headers(request, version, &headers);
    if (wrong != NULL) {
        web_refuse_counted(
            request, &(struct web_refusal){.status = 400, .code = "bad_request", .message = wrong},
            COUNTER_HTTP_REFUSED_HEADERS);
        return false;
    }
    request->route = web_find_route(web, request->uri.path, request->method, &request->allow);
    bool open = request->route != NULL && request->route->open;
    (void)web_header(request, "Authorization", &text);
    if (!open && !tokens_allow(&web->tokens, text)) {
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
    if (headers.length > request->route->body_max) {
        web_refuse_counted(request, &web_too_large, COUNTER_HTTP_REFUSED_TOO_LARGE);
        return false;
    }
    if (atomic_load(&web->quiesced)) {
        web_refuse_counted(request, &web_stopping, COUNTER_HTTP_REFUSED_BUSY);
        return false;
    }
    return true;
}

/* From here on the request counts as kept, until web_answer(). */
static void web_begin_handling(struct web_request *request)
{
    struct web *web = request->web;
    (void)pthread_mutex_lock(&web->mutex);
    request->state = WEB_HANDLING;
    web->kept++;
    (void)pthread_mutex_unlock(&web->mutex);
}

static uint64_t web_transfer_deadline(uint64_t begin_ns, uint64_t size)
{
    return begin_ns + HTTP_TRANSFER_NS + size / HTTP_TRANSFER_RATE * CLOCK_NS_PER_S;
}

/* Hand the answer to the library. */
static enum MHD_Result web_send(struct web_request *request)
{
    struct web *web = request->web;
    if (request->response == NULL) {
        return MHD_NO; /* No memory for an answer: the connection is cut. */
    }
    request->queued = true;
    /* The size is not known to be small, but who reads at all is not slower than the rate. */
    sweep_set(web->sweep, request->sweep,
              web_transfer_deadline(clock_monotonic_ns(), HTTP_INFLIGHT_SIZE_MAX));
    return MHD_queue_response(request->connection, request->status, request->response);
}

/* Take a piece of the body. */
static void web_receive(struct web_request *request, struct slice piece)
{
    struct web *web = request->web;
    if (request->refusal != NULL) {
        request->drained += piece.size;
        return;
    }
    if (piece.size > request->route->body_max - request->body.size) {
        request->refusal = &web_too_large;
        counters_add(COUNTER_HTTP_REFUSED_TOO_LARGE, 1);
    } else {
        size_t before = request->body.capacity;
        buf_append(&request->body, piece);
        uint64_t grown = request->body.capacity - before;
        request->reserved += grown;
        uint64_t inflight = atomic_fetch_add(&web->inflight, grown) + grown;
        if (inflight > HTTP_INFLIGHT_SIZE_MAX || buf_overflowed(&request->body)) {
            request->refusal = &web_busy;
            counters_add(COUNTER_HTTP_REFUSED_BUSY, 1);
        }
    }
    if (request->refusal != NULL) {
        buf_fini(&request->body);
        (void)atomic_fetch_sub(&web->inflight, request->reserved);
        request->reserved = 0;
    }
    sweep_set(web->sweep, request->sweep,
              web_transfer_deadline(request->begun_ns, request->body.size));
}

static enum MHD_Result web_dispatch(struct web_request *request)
{
    struct web *web = request->web;
    sweep_set(web->sweep, request->sweep, 0);
    web_begin_handling(request);
    if (request->refusal != NULL) {
        web_refuse(request, request->refusal);
    } else {
        const struct web_route *route = request->route;
        route->handle(route->context != NULL ? route->context : web->context, request);
    }
    (void)pthread_mutex_lock(&web->mutex);
    bool answered = request->state == WEB_ANSWERED;
    if (!answered) {
        ENSURE(request->keeps);
        request->state = WEB_KEPT;
        MHD_suspend_connection(request->connection);
    }
    (void)pthread_mutex_unlock(&web->mutex);
    return answered ? web_send(request) : MHD_YES;
}

static enum MHD_Result web_handle(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **client)
{
    struct web *web = context;
    struct web_request *request = *client;
    (void)url;
    if (request == NULL) {
        return MHD_NO; /* There was no memory for it. */
    }
    if (!request->begun) {
        request->begun = true;
        request->web = web;
        request->connection = connection;
        request->method = web_parse_method(method);
        request->begun_ns = clock_monotonic_ns();
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        request->sweep = info != NULL ? info->socket_context : NULL;
        sweep_set(web->sweep, request->sweep, web_transfer_deadline(request->begun_ns, 0));
        struct slice text;
        request->gzip = web_header(request, "Accept-Encoding", &text) && squeeze_accepts_gzip(text);
        if (web_header(request, "If-None-Match", &text)) {
            request->if_none_match = text;
        }
        web_begin_handling(request);
        if (!web_admit(request, version)) {
            return web_send(request);
        }
        (void)pthread_mutex_lock(&web->mutex);
        request->state = WEB_RECEIVING;
        web->kept--;
        (void)pthread_mutex_unlock(&web->mutex);
        buf_init_growing(&request->body, request->route->body_max);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        web_receive(request, slice_of(upload, *upload_size));
        *upload_size = 0;
        /* Who goes on sending after that is not worth an answer. */
        return request->drained > request->route->body_max ? MHD_NO : MHD_YES;
    }
    if (request->state == WEB_ANSWERED) {
        return request->queued ? MHD_YES : web_send(request);
    }
    return web_dispatch(request);
}

/* The first the library tells of a request: its target, as it was sent. */
static void *web_see_target(void *context, const char *target, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    size_t size = strlen(target);
    struct web_request *request = calloc(1, sizeof(*request) + size + 1);
    if (request == NULL) {
        return NULL;
    }
    request->uri_wrong = !uri_parse(slice_of(target, size), request->target, &request->uri);
    if (request->uri_wrong) {
        request->uri.path = SLICE("/");
        request->uri.parameter_count = 0;
    }
    return request;
}

static void web_complete(void *context, struct MHD_Connection *connection, void **client,
                         enum MHD_RequestTerminationCode code)
{
    struct web *web = context;
    struct web_request *request = *client;
    (void)connection;
    (void)code;
    if (request == NULL) {
        return;
    }
    *client = NULL;
    if (request->web != NULL) {
        /* Kept requests sleep, and sleeping ones are not ended. */
        ENSURE(request->state == WEB_RECEIVING || request->state == WEB_ANSWERED);
        if (request->response != NULL) {
            MHD_destroy_response(request->response);
        }
        (void)atomic_fetch_sub(&web->inflight, request->reserved);
        buf_fini(&request->body);
        if (request->has_arena) {
            arenas_give(&web->arenas, &request->arena);
        }
        sweep_set(web->sweep, request->sweep, clock_monotonic_ns() + HTTP_IDLE_NS);
    }
    free(request);
}

static void web_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                           enum MHD_ConnectionNotificationCode code)
{
    struct web *web = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        sweep_remove(web->sweep, *socket_context);
        *socket_context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) {
        *socket_context =
            sweep_add(web->sweep, info->connect_fd, clock_monotonic_ns() + HTTP_FIRST_HEADER_NS);
    }
}

/* --- Start and stop. --- */

static _Noreturn void web_panic(void *context, const char *file, unsigned line, const char *reason)
{
    (void)context;
    log_error("http library panics", log_string("reason", reason), log_string("file", file),
              log_u64("line", line));
    abort();
}

static enum status web_listen(struct web *web, struct slice listen_on, char *error,
                              size_t error_size)
{
    struct address address;
    if (!address_parse(listen_on, &address)) {
        (void)snprintf(error, error_size,
                       "'" SLICE_FMT "' is no address like 127.0.0.1:4318 or [::1]:4318",
                       SLICE_ARG(listen_on));
        return STATUS_BAD;
    }
    int listener = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    if (listener < 0) {
        goto failed;
    }
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(listener, (const struct sockaddr *)&address.storage, address.size) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address.storage, &address.size) != 0) {
        goto failed;
    }
    address_format(&address, web->address);
    web->listener = listener;
    return STATUS_OK;

failed:;
    int cause = errno;
    (void)snprintf(error, error_size, "cannot listen on " SLICE_FMT ": %s", SLICE_ARG(listen_on),
                   strerror(cause));
    if (listener >= 0) {
        (void)close(listener);
    }
    return STATUS_IO;
}

static enum status web_read_tls(struct web *web, const struct web_options *options, char *error,
                                size_t error_size)
{
    char reason[128];
    size_t size;
    unsigned char *text;
    if (options->tls_cert_file.size == 0 && options->tls_key_file.size == 0) {
        return STATUS_OK;
    }
    if (options->tls_cert_file.size == 0 || options->tls_key_file.size == 0) {
        (void)snprintf(error, error_size, "TLS needs both a certificate and a key");
        return STATUS_BAD;
    }
    enum status status = file_read(options->tls_cert_file, HTTP_TLS_FILE_SIZE_MAX, &text, &size,
                                   reason, sizeof(reason));
    if (status == STATUS_OK) {
        web->tls_cert = (char *)text;
        status = file_read(options->tls_key_file, HTTP_TLS_FILE_SIZE_MAX, &text, &size, reason,
                           sizeof(reason));
    }
    if (status == STATUS_OK) {
        web->tls_key = (char *)text;
    } else {
        (void)snprintf(error, error_size, "TLS certificate or key: %s", reason);
    }
    return status;
}

/* As many connections as there may be descriptors. */
static unsigned web_connections_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur > HTTP_CONNECTIONS_MAX + HTTP_DESCRIPTORS_LEFT) {
        return HTTP_CONNECTIONS_MAX;
    }
    return limit.rlim_cur > 2 * HTTP_DESCRIPTORS_LEFT
               ? (unsigned)limit.rlim_cur - HTTP_DESCRIPTORS_LEFT
               : HTTP_DESCRIPTORS_LEFT;
}

static enum status web_start_daemon(struct web *web, const struct web_options *options, char *error,
                                    size_t error_size)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = options->threads > 0 ? options->threads
                       : processors > 2     ? (unsigned)processors
                                            : 2;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, web->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, web->tls_key},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (web->tls_key != NULL) {
        flags |= MHD_USE_TLS;
    }
    MHD_set_panic_func(web_panic, NULL);
    web->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, web_handle, web,
        /* Room for threads that each own a part of the connections. */
        MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_LISTEN_SOCKET, web->listener,
        MHD_OPTION_CONNECTION_LIMIT, web_connections_max(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_CONNECTION_SIZE, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(HTTP_IDLE_NS / CLOCK_NS_PER_S), MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, web_see_target, web, MHD_OPTION_NOTIFY_COMPLETED, web_complete,
        web, MHD_OPTION_NOTIFY_CONNECTION, web_connection, web, MHD_OPTION_ARRAY,
        web->tls_key != NULL ? tls : none, MHD_OPTION_END);
    if (web->daemon == NULL) {
        (void)snprintf(error, error_size, "the HTTP server cannot start%s",
                       web->tls_key != NULL ? ": are certificate and key a pair of PEM files?"
                                            : "");
        return STATUS_IO;
    }
    return STATUS_OK;
}

static enum status web_init(struct web *web, const struct web_options *options, char *error,
                            size_t error_size)
{
    enum status status = tokens_init(&web->tokens, options->token_file, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    if (arenas_init(&web->arenas) != STATUS_OK) {
        goto fini_tokens;
    }
    if (pthread_mutex_init(&web->mutex, NULL) != 0) {
        goto fini_arenas;
    }
    if (pthread_cond_init(&web->answered, NULL) != 0) {
        goto destroy_mutex;
    }
    if (sweep_start(&web->sweep) != STATUS_OK) {
        goto destroy_cond;
    }
    return STATUS_OK;

destroy_cond:
    (void)pthread_cond_destroy(&web->answered);
destroy_mutex:
    (void)pthread_mutex_destroy(&web->mutex);
fini_arenas:
    arenas_fini(&web->arenas);
fini_tokens:
    tokens_fini(&web->tokens);
    (void)snprintf(error, error_size, "out of memory or threads");
    return STATUS_FULL;
}

static void web_fini(struct web *web)
{
    sweep_stop(web->sweep);
    (void)pthread_cond_destroy(&web->answered);
    (void)pthread_mutex_destroy(&web->mutex);
    arenas_fini(&web->arenas);
    tokens_fini(&web->tokens);
}

enum status web_start(struct web **web, const struct web_options *options,
                      const struct web_route *routes, size_t route_count, void *context,
                      char *error, size_t error_size)
{
    struct web *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    made->routes = routes;
    made->route_count = route_count;
    made->context = context;
    made->refuse = options->refuse;
    made->token_file = options->token_file;
    enum status status = web_init(made, options, error, error_size);
    if (status != STATUS_OK) {
        goto free_web;
    }
    status = web_read_tls(made, options, error, error_size);
    if (status != STATUS_OK) {
        goto fini_web;
    }
    status = web_listen(made, options->listen, error, error_size);
    if (status != STATUS_OK) {
        goto fini_web;
    }
    status = web_start_daemon(made, options, error, error_size);
    if (status != STATUS_OK) {
        goto close_listener;
    }
    *web = made;
    return STATUS_OK;

close_listener:
    (void)close(made->listener);
fini_web:
    web_fini(made);
free_web:
    free(made->tls_cert);
    free(made->tls_key);
    free(made);
    return status;
}

const char *web_address(const struct web *web)
{
    return web->address;
}

bool web_address_valid(struct slice listen_on)
{
    struct address address;
    return address_parse(listen_on, &address);
}

bool web_address_loopback(struct slice listen_on)
{
    struct address address;
    return address_parse(listen_on, &address) && address_is_loopback(&address);
}

bool web_reload(struct web *web, char *error, size_t error_size)
{
    return tokens_reload(&web->tokens, web->token_file, error, error_size) == STATUS_OK;
}

void web_quiesce(struct web *web)
{
    if (!atomic_exchange(&web->quiesced, true)) {
        (void)MHD_quiesce_daemon(web->daemon);
    }
}

void web_stop(struct web *web)
{
    if (web == NULL) {
        return;
    }
    web_quiesce(web);
    (void)pthread_mutex_lock(&web->mutex);
    while (web->kept > 0) {
        (void)pthread_cond_wait(&web->answered, &web->mutex);
    }
    (void)pthread_mutex_unlock(&web->mutex);
    MHD_stop_daemon(web->daemon);
    (void)close(web->listener);
    web_fini(web);
    free(web->tls_cert);
    free(web->tls_key);
    free(web);
}
