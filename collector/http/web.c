/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "http/host.h"
#include "http/http_limits.h"
#include "http/squeeze.h"
#include "http/web_private.h"
#include "http/web_route.h"
#include "self/counters.h"

#include <microhttpd.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sent with every answer: what the dashboard may load, and nothing else for anybody. */
static const char web_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/* --- What handlers read. --- */

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

/* --- Answers. --- */

static void web_add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
        log_warn("header left out", log_string("name", name));
    }
}

static struct MHD_Response *web_make_body(struct web_request *request,
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
    web_trim_answer(request, size);
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
    if (answer->partial != NULL) {
        web_add_header(response, "Thaw-Partial", answer->partial);
    }
    if (answer->timing != NULL) {
        web_add_header(response, "Server-Timing", answer->timing);
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

struct MHD_Response *web_make(struct web_request *request, const struct web_answer *answer)
{
    bool squeezed;
    struct MHD_Response *response = web_make_body(request, answer, &squeezed);
    if (response != NULL) {
        web_add_headers(request, answer, squeezed, response);
    }
    return response;
}

/* The handler has done its part; under the lock. */
static void web_end_handling_locked(struct web *web)
{
    ENSURE(web->kept > 0);
    web->kept--;
    if (web->kept == 0) {
        (void)pthread_cond_broadcast(&web->answered);
    }
}

void web_give(struct web_request *request, struct MHD_Response *response, unsigned status)
{
    struct web *web = request->web;
    web_count(status);
    /* Once the connection is awake or the lock is free, the request may be gone. */
    (void)pthread_mutex_lock(&web->mutex);
    ENSURE(request->state == WEB_HANDLING || request->state == WEB_KEPT);
    bool kept = request->state == WEB_KEPT;
    request->response = response;
    request->status = status;
    request->state = WEB_ANSWERED;
    web_end_handling_locked(web);
    if (kept) {
        MHD_resume_connection(request->connection);
    }
    (void)pthread_mutex_unlock(&web->mutex);
}

/* --- Answers that go on: web_stream.c. --- */

bool web_prepare_stream(struct web_request *request, const char *content_type,
                        web_stream_reader *read, void *context)
{
    const struct web_answer answer = {.status = 200, .content_type = content_type};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_STREAM_BLOCK, read, context, NULL);
    if (response == NULL) {
        return false;
    }
    ENSURE(request->state == WEB_HANDLING);
    web_add_headers(request, &answer, false, response);
    web_give(request, response, answer.status);
    return true;
}

void web_suspend(struct web_request *request)
{
    MHD_suspend_connection(request->connection);
}

void web_resume(struct web_request *request)
{
    MHD_resume_connection(request->connection);
}

/* --- Receiving. --- */

/* The TLS session of a connection, or NULL. */
static struct gnutls_session_int *web_tls_session(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info != NULL ? info->tls_session : NULL;
}

static struct web_connection *web_connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static enum MHD_Result web_see_header(void *context, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    (void)kind;
    web_headers_see(context, slice_from(key), slice_from(value));
    return MHD_YES;
}

/* From here on the request counts as kept, until web_answer().  False: the end has come. */
static bool web_begin_handling(struct web_request *request)
{
    struct web *web = request->web;
    (void)pthread_mutex_lock(&web->mutex);
    bool goes_on = !web->stopped;
    if (goes_on) {
        request->state = WEB_HANDLING;
        web->kept++;
    }
    (void)pthread_mutex_unlock(&web->mutex);
    return goes_on;
}

/* Hand the answer to the library. */
static enum MHD_Result web_send(struct web_request *request)
{
    struct web *web = request->web;
    if (request->response == NULL) {
        return MHD_NO; /* No memory for an answer: the connection is cut. */
    }
    request->queued = true;
    web_let_go(request);
    sweep_set(web->sweep, request->sweep, SWEEP_BUSY,
              web_transfer_deadline(clock_monotonic_ns(), request->answer_size));
    return MHD_queue_response(request->connection, request->status, request->response);
}

static enum MHD_Result web_dispatch(struct web_request *request)
{
    struct web *web = request->web;
    sweep_set(web->sweep, request->sweep, SWEEP_BUSY, 0);
    if (!web_begin_handling(request)) {
        return MHD_NO;
    }
    if (request->refusal != NULL) {
        web_refuse(request, request->refusal);
    } else if (request->route->lane != WEB_AT_ONCE) {
        web_desk_put(request);
        return MHD_YES;
    } else {
        web_call(request);
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

/* Which connection it is, and how its handshake went. */
static void web_see_connection(struct web_request *request, struct MHD_Connection *connection)
{
    struct web_connection *own = web_connection_of(connection);
    request->connection = connection;
    request->sweep = own != NULL ? own->sweep : NULL;
    if (own != NULL && own->tls.tls != NULL && !own->shaken) {
        own->shaken = true;
        counters_add(tls_resumed(web_tls_session(connection)) ? COUNTER_HANDSHAKES_RESUMED
                                                              : COUNTER_HANDSHAKES_FULL,
                     1);
    }
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
        request->method = web_route_method(method);
        request->begun_ns = clock_monotonic_ns();
        web_see_connection(request, connection);
        sweep_set(web->sweep, request->sweep, SWEEP_BUSY,
                  web_transfer_deadline(request->begun_ns, 0));
        struct slice text;
        request->gzip = web_header(request, "Accept-Encoding", &text) && squeeze_accepts_gzip(text);
        if (web_header(request, "If-None-Match", &text)) {
            request->if_none_match = text;
        }
        struct web_headers headers = {.host = 0};
        (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, web_see_header, &headers);
        if (!web_begin_handling(request)) {
            return MHD_NO;
        }
        if (!web_admit(request, &headers, strcmp(version, "HTTP/1.1") == 0)) {
            return web_send(request);
        }
        (void)pthread_mutex_lock(&web->mutex);
        request->state = WEB_RECEIVING;
        web_end_handling_locked(web);
        (void)pthread_mutex_unlock(&web->mutex);
        request->announced = headers.length;
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
        if (request->stream != NULL) {
            web_stream_close(request->stream);
        }
        if (request->response != NULL && !request->plain) {
            MHD_destroy_response(request->response);
        }
        (void)atomic_fetch_sub(&web->answers, request->answer_reserved);
        web_let_go(request);
        sweep_set(web->sweep, request->sweep, SWEEP_IDLE, clock_monotonic_ns() + HTTP_IDLE_NS);
    }
    free(request);
}

/* --- Coming in. --- */

static struct web_connection *web_of_sleeper(struct door_sleeper *sleeper)
{
    return (struct web_connection *)((char *)sleeper - offsetof(struct web_connection, sleeper));
}

static void web_sleep(struct door_sleeper *sleeper)
{
    MHD_suspend_connection(web_of_sleeper(sleeper)->handle);
}

static void web_wake(struct door_sleeper *sleeper)
{
    MHD_resume_connection(web_of_sleeper(sleeper)->handle);
}

/* A handshake waits for the other side. */
static void web_wait(void *context, bool write)
{
    struct web_connection *connection = context;
    (void)door_sleep(connection->web->door, &connection->sleeper, write);
}

/* The library closes the socket where it does not take it. */
static void web_enter(void *context, int socket, const struct sockaddr *address, socklen_t size)
{
    struct web *web = context;
    (void)atomic_fetch_add(&web->entering, 1);
    if (MHD_add_connection(web->daemon, socket, address, size) != MHD_YES) {
        (void)atomic_fetch_sub(&web->entering, 1);
        log_warn("connection not taken", log_errno(errno));
    }
}

/* Before a handshake. */
static struct web_connection *web_open(struct web *web, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct web_connection *made = calloc(1, sizeof(*made));
    struct gnutls_session_int *session = web_tls_session(connection);
    if (made == NULL) {
        if (session != NULL) {
            tls_refuse(session);
        }
        return NULL;
    }
    made->web = web;
    made->handle = connection;
    made->sleeper.socket = info->connect_fd;
    made->sweep =
        sweep_add(web->sweep, info->connect_fd, clock_monotonic_ns() + HTTP_FIRST_HEADER_NS);
    if (session != NULL) {
        made->tls.socket = info->connect_fd;
        made->tls.wait = web_wait;
        made->tls.context = made;
        tls_begin(web->tls, &made->tls, session);
    }
    (void)atomic_fetch_add(&web->connections, 1);
    return made;
}

static void web_close(struct web *web, struct web_connection *connection)
{
    if (connection != NULL) {
        (void)atomic_fetch_sub(&web->connections, 1);
        sweep_remove(web->sweep, connection->sweep);
        tls_end(&connection->tls);
        free(connection);
    }
}

static void web_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                           enum MHD_ConnectionNotificationCode code)
{
    struct web *web = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        (void)atomic_fetch_sub(&web->entering, 1);
        *socket_context = web_open(web, connection);
    } else {
        web_close(web, *socket_context);
        *socket_context = NULL;
    }
}

/* --- Start and stop. --- */

static void *web_text(const char *text)
{
    return (void *)(uintptr_t)text;
}

/* The door keeps to the limit; the library's is above it, also where its threads do not have equal
 * parts of all connections. */
static unsigned web_library_limit(const struct web *web, unsigned threads)
{
    return threads * (web->connections_max + HTTP_CONNECTIONS_SLACK);
}

static enum status web_start_door(struct web *web, char *error, size_t error_size)
{
    const struct door_options options = {
        .listener = web->listener,
        .context = web,
        .make_room = web_make_room,
        .enter = web_enter,
        .turn_away = web_turn_away,
        .sleep = web_sleep,
        .wake = web_wake,
    };
    enum status status = door_start(&web->door, &options);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "out of memory or threads");
    }
    return status;
}

void web_drop(struct MHD_Response *response)
{
    MHD_destroy_response(response);
}

static enum status web_start_daemon(struct web *web, const struct web_options *options, char *error,
                                    size_t error_size)
{
    unsigned threads = web_desk_threads(options);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, web_setup_retrieve()},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, web_text(tls_priorities)},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (web->tls != NULL) {
        flags |= MHD_USE_TLS;
    }
    MHD_set_panic_func(web_setup_panic, NULL);
    web->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, web_handle, web, MHD_OPTION_EXTERNAL_LOGGER, web_setup_log, NULL,
        /* Room for threads that each own a part of the connections. */
        MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT,
        web_library_limit(web, threads), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_CONNECTION_SIZE, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(HTTP_IDLE_NS / CLOCK_NS_PER_S), MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, web_see_target, web, MHD_OPTION_NOTIFY_COMPLETED, web_complete,
        web, MHD_OPTION_NOTIFY_CONNECTION, web_connection, web, MHD_OPTION_ARRAY,
        web->tls != NULL ? tls : none, MHD_OPTION_END);
    if (web->daemon == NULL) {
        (void)snprintf(error, error_size, "the HTTP server cannot start");
        return STATUS_IO;
    }
    return STATUS_OK;
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
    made->own_host = host_of_url(options->external_url);
    enum status status = web_setup_init(made, options, error, error_size);
    if (status != STATUS_OK) {
        goto free_web;
    }
    *web = made; /* Handlers may ask for it as soon as the daemon runs. */
    status = web_start_daemon(made, options, error, error_size);
    if (status != STATUS_OK) {
        goto fini_setup;
    }
    status = web_start_door(made, error, error_size);
    if (status != STATUS_OK) {
        goto stop_daemon;
    }
    return STATUS_OK;

stop_daemon:
    MHD_stop_daemon(made->daemon);
    web_drop_plain(made);
fini_setup:
    *web = NULL;
    web_setup_fini(made);
free_web:
    free(made);
    return status;
}

void web_quiesce(struct web *web)
{
    if (!atomic_exchange(&web->quiesced, true)) {
        door_close(web->door);
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
    web->stopped = true;
    (void)pthread_mutex_unlock(&web->mutex);
    web_desk_stop(web); /* Whoever has answered may still be awake there. */
    web_stream_end_all(web);
    door_stop(web->door);
    web_settle(web);
    MHD_stop_daemon(web->daemon);
    web_drop_plain(web);
    door_free(web->door);
    web_setup_fini(web);
    free(web);
}
