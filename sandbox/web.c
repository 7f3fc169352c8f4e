/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/web.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"

#include <microhttpd.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Memory of a connection for its head: the library's default cannot take the largest client
 * contexts and error causes. */
#define CONNECTION_MEMORY (96u << 10)

/* Connections at a time: a dozen for each of the most instances that may be. */
#define CONNECTION_COUNT_MAX 8192

struct web_connection {
    struct MHD_Connection *handle;
    struct web *web;
    int descriptor;
    void *owner;
    bool instance;
    struct web_connection *previous;
    struct web_connection *next;
};

struct web {
    struct MHD_Daemon *daemon;
    struct loop *loop;
    struct loop_source source;
    struct loop_timer again;
    web_handler *handler;
    web_body_max *body_max;
    void *context;
    struct web_connection *connections;
    void *adding_owner; /* Of the connection that web_add() is handing over. */
    bool adding_instance;
    bool resumed; /* Some connection was, since the library last began to run. */
};

/* A request with what only this file needs. */
struct exchange {
    struct web_request request;
    struct buf body;
    char *path;
    char *method;
    size_t body_max;
    struct MHD_Response *response;
    unsigned status;
    bool dispatched;
    bool answered;
    bool dropped;
    bool suspended;
};

static struct exchange *exchange_of(struct web_request *request)
{
    return (struct exchange *)(void *)request;
}

static void run(struct web *web)
{
    /* The library takes up resumed connections when it runs, those resumed by its own callbacks
     * only in the next run, and its timeout does not know of them. */
    do {
        web->resumed = false;
        MHD_run(web->daemon);
    } while (web->resumed);
    MHD_UNSIGNED_LONG_LONG left_ms = 0;
    if (MHD_get_timeout(web->daemon, &left_ms) == MHD_YES) {
        loop_set(web->loop, &web->again, clock_monotonic_ns() + left_ms * CLOCK_NS_PER_MS);
    } else {
        loop_clear(web->loop, &web->again);
    }
}

static void on_ready(void *owner, unsigned events)
{
    (void)events;
    run(owner);
}

static void on_again(void *owner)
{
    run(owner);
}

static void on_connection(void *context, struct MHD_Connection *handle, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web *web = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct web_connection *connection = calloc(1, sizeof(*connection));
        ENSURE(connection != NULL);
        connection->handle = handle;
        connection->web = web;
        connection->owner = web->adding_owner;
        connection->instance = web->adding_instance;
        connection->descriptor =
            MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        connection->next = web->connections;
        if (web->connections != NULL) {
            web->connections->previous = connection;
        }
        web->connections = connection;
        *slot = connection;
        return;
    }
    struct web_connection *connection = *slot;
    if (connection->previous == NULL) {
        web->connections = connection->next;
    } else {
        connection->previous->next = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    free(connection);
    *slot = NULL;
}

static struct web_connection *connection_of(struct MHD_Connection *handle)
{
    return MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static struct exchange *exchange_create(struct web *web, struct MHD_Connection *handle,
                                        const char *url, const char *method)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    ENSURE(exchange != NULL);
    struct web_connection *connection = connection_of(handle);
    struct web_request *request = &exchange->request;
    exchange->path = strdup(url);
    exchange->method = strdup(method);
    ENSURE(exchange->path != NULL && exchange->method != NULL);
    request->path = slice_from(exchange->path);
    request->method = slice_from(exchange->method);
    request->connection = connection;
    request->owner = connection->owner;
    request->instance = connection->instance;
    request->begin_ns = clock_monotonic_ns();
    exchange->body_max =
        web->body_max(web->context, request->owner, request->method, request->path);
    buf_init_growing(&exchange->body, exchange->body_max);
    return exchange;
}

static void exchange_free(struct exchange *exchange)
{
    buf_fini(&exchange->body);
    free(exchange->path);
    free(exchange->method);
    if (exchange->response != NULL) {
        MHD_destroy_response(exchange->response);
    }
    free(exchange);
}

static enum MHD_Result send_reply(struct MHD_Connection *handle, struct exchange *exchange)
{
    if (exchange->dropped) {
        return MHD_NO;
    }
    return MHD_queue_response(handle, exchange->status, exchange->response);
}

static void body_append(struct exchange *exchange, struct slice bytes)
{
    if (exchange->request.too_large) {
        return;
    }
    if (bytes.size > exchange->body_max - exchange->body.size) {
        exchange->request.too_large = true;
        buf_reset(&exchange->body);
        return;
    }
    buf_append(&exchange->body, bytes);
    ENSURE(!buf_overflowed(&exchange->body));
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *handle, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **slot)
{
    (void)version;
    struct web *web = context;
    struct exchange *exchange = *slot;
    if (exchange == NULL) {
        *slot = exchange_create(web, handle, url, method);
        return MHD_YES;
    }
    if (*data_size > 0) {
        body_append(exchange, slice_of(data, *data_size));
        *data_size = 0;
        return MHD_YES;
    }
    if (exchange->answered) {
        return send_reply(handle, exchange);
    }
    ENSURE(!exchange->dispatched);
    exchange->dispatched = true;
    exchange->request.body = buf_bytes(&exchange->body);
    /* Web_disown() may have come while the body was read. */
    exchange->request.owner = exchange->request.connection->owner;
    web->handler(web->context, &exchange->request);
    if (exchange->answered) {
        return send_reply(handle, exchange);
    }
    exchange->suspended = true;
    MHD_suspend_connection(handle);
    return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *handle, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)handle;
    (void)code;
    if (*slot != NULL) {
        exchange_free(*slot);
        *slot = NULL;
    }
}

enum status web_create(struct web **out, struct loop *loop, web_handler *handler,
                       web_body_max *body_max, void *context)
{
    struct web *web = calloc(1, sizeof(*web));
    if (web == NULL) {
        return STATUS_FULL;
    }
    web->loop = loop;
    web->handler = handler;
    web->body_max = body_max;
    web->context = context;
    web->again = (struct loop_timer){.fire = on_again, .owner = web};
    web->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        on_request, web, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, web, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTION_COUNT_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_END);
    if (web->daemon == NULL) {
        goto free_web;
    }
    web->source = (struct loop_source){
        .descriptor = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
        .ready = on_ready,
        .owner = web,
    };
    if (loop_watch(loop, &web->source, LOOP_READ) != STATUS_OK) {
        goto stop_daemon;
    }
    *out = web;
    return STATUS_OK;

stop_daemon:
    MHD_stop_daemon(web->daemon);
free_web:
    free(web);
    return STATUS_IO;
}

void web_free(struct web *web)
{
    if (web == NULL) {
        return;
    }
    loop_clear(web->loop, &web->again);
    loop_forget(web->loop, &web->source);
    MHD_stop_daemon(web->daemon);
    free(web);
}

enum status web_add(struct web *web, int descriptor, void *owner)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    if (getpeername(descriptor, (struct sockaddr *)&address, &size) != 0) {
        close(descriptor);
        return STATUS_CLOSED;
    }
    web->adding_owner = owner;
    web->adding_instance = owner != NULL;
    enum MHD_Result added =
        MHD_add_connection(web->daemon, descriptor, (const struct sockaddr *)&address, size);
    run(web);
    return added == MHD_YES ? STATUS_OK : STATUS_FULL;
}

void web_disown(struct web *web, void *owner)
{
    for (struct web_connection *connection = web->connections; connection != NULL;
         connection = connection->next) {
        if (connection->owner == owner) {
            connection->owner = NULL;
            shutdown(connection->descriptor, SHUT_RDWR);
        }
    }
}

static struct slice value_of(const struct web_request *request, enum MHD_ValueKind kind,
                             const char *name)
{
    return slice_from(MHD_lookup_connection_value(request->connection->handle, kind, name));
}

struct slice web_header_value(const struct web_request *request, const char *name)
{
    return value_of(request, MHD_HEADER_KIND, name);
}

struct slice web_trailer_value(const struct web_request *request, const char *name)
{
    return value_of(request, MHD_FOOTER_KIND, name);
}

struct slice web_query_value(const struct web_request *request, const char *name)
{
    return value_of(request, MHD_GET_ARGUMENT_KIND, name);
}

struct visitor {
    web_visit *visit;
    void *context;
};

static enum MHD_Result on_value(void *context, enum MHD_ValueKind kind, const char *key,
                                const char *value)
{
    (void)kind;
    const struct visitor *visitor = context;
    visitor->visit(visitor->context, slice_from(key), slice_from(value));
    return MHD_YES;
}

void web_each_header(const struct web_request *request, web_visit *visit, void *context)
{
    struct visitor visitor = {visit, context};
    MHD_get_connection_values(request->connection->handle, MHD_HEADER_KIND, on_value, &visitor);
}

void web_each_query(const struct web_request *request, web_visit *visit, void *context)
{
    struct visitor visitor = {visit, context};
    MHD_get_connection_values(request->connection->handle, MHD_GET_ARGUMENT_KIND, on_value,
                              &visitor);
}

/* Header values come from functions: a control byte in one would let it write headers of its
 * own, and the library refuses it, so such a header is left out. */
static void add_header(struct MHD_Response *response, const char *name, struct slice value)
{
    char text[CONNECTION_MEMORY / 8];
    if (!slice_copy_text(value, text, sizeof(text))) {
        return;
    }
    (void)MHD_add_response_header(response, name, text);
}

static void finish(struct exchange *exchange)
{
    exchange->answered = true;
    if (exchange->suspended) {
        exchange->suspended = false;
        MHD_resume_connection(exchange->request.connection->handle);
        /* The library notices only when it runs, and we may be inside of one of its calls. */
        struct web *web = exchange->request.connection->web;
        web->resumed = true;
        loop_set(web->loop, &web->again, clock_monotonic_ns());
    }
}

void web_answer(struct web_request *request, const struct web_reply *reply)
{
    struct exchange *exchange = exchange_of(request);
    ENSURE(!exchange->answered && exchange->dispatched);
    /* It only reads what it copies, though its type does not promise it. */
    void *body;
    memcpy(&body, &reply->body.base, sizeof(body));
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.size, body, MHD_RESPMEM_MUST_COPY);
    ENSURE(response != NULL);
    if (reply->content_type != NULL) {
        add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, slice_from(reply->content_type));
    }
    for (unsigned i = 0; i < reply->header_count; i++) {
        add_header(response, reply->headers[i].name, reply->headers[i].value);
    }
    exchange->response = response;
    exchange->status = reply->status;
    finish(exchange);
}

void web_drop(struct web_request *request)
{
    struct exchange *exchange = exchange_of(request);
    ENSURE(!exchange->answered && exchange->dispatched);
    exchange->dropped = true;
    shutdown(request->connection->descriptor, SHUT_RDWR);
    finish(exchange);
}

void web_answer_json(struct web_request *request, unsigned status, struct slice json)
{
    web_answer(request, &(struct web_reply){
                            .status = status, .content_type = "application/json", .body = json});
}
