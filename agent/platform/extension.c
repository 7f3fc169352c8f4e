/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/extension.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/format.h"
#include "base/json_read.h"

#include <string.h>

/* "next" may be sent this often in a row without an answer before the platform counts as gone. */
#define NEXT_FAILURES_MAX 3

#define NS_PER_MS UINT64_C(1000000)

/* Newest first: an older platform refuses what it does not know. */
static const struct slice schemas[] = {
    SLICE_INIT("2025-01-29"),
    SLICE_INIT("2022-12-13"),
    SLICE_INIT("2022-07-01"),
};

static void on_answer(void *context, const struct client_answer *answer);

enum status extension_init(struct extension *extension, struct loop *loop,
                           const struct extension_options *options,
                           const struct extension_listener *listener)
{
    struct slice host;
    struct address address;
    uint16_t port = 80;
    client_init(&extension->client, loop, on_answer, extension);
    extension->options = *options;
    extension->listener = *listener;
    extension->state = EXTENSION_START;
    extension->ended = false;
    extension->schema = 0;
    extension->failures = 0;
    extension->id_size = 0;
    buf_init_fixed(&extension->head, extension->head_bytes, sizeof(extension->head_bytes));
    buf_init_fixed(&extension->body, extension->body_bytes, sizeof(extension->body_bytes));
    if (!address_split(options->host, &host, &port) || !address_look_up(host, port, &address)) {
        return STATUS_BAD;
    }
    client_set_addresses(&extension->client, &address, 1);
    return STATUS_OK;
}

struct slice extension_id(const struct extension *extension)
{
    return slice_of(extension->id, extension->id_size);
}

/* The first line and the headers that every call has. */
static void begin_head(struct extension *extension, const char *method, const char *path)
{
    buf_reset(&extension->head);
    buf_reset(&extension->body);
    format_append(&extension->head, "%s %s HTTP/1.1\r\nHost: " SLICE_FMT "\r\n", method, path,
                  SLICE_ARG(extension->options.host));
    if (extension->id_size > 0) {
        format_append(&extension->head, "Lambda-Extension-Identifier: " SLICE_FMT "\r\n",
                      SLICE_ARG(extension_id(extension)));
    }
}

static void send_request(struct extension *extension, enum extension_state state)
{
    if (extension->body.size > 0) {
        format_append(&extension->head, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                      extension->body.size);
    }
    buf_append_text(&extension->head, "\r\n");
    ENSURE(!buf_overflowed(&extension->head) && !buf_overflowed(&extension->body));
    extension->state = state;
    client_request(&extension->client, buf_bytes(&extension->head), buf_bytes(&extension->body));
}

void extension_start(struct extension *extension)
{
    begin_head(extension, "POST", "/2020-01-01/extension/register");
    format_append(&extension->head,
                  "Lambda-Extension-Name: " SLICE_FMT
                  "\r\nLambda-Extension-Accept-Feature: accountId\r\n",
                  SLICE_ARG(extension->options.name));
    buf_append_text(&extension->body, extension->options.invoke
                                          ? "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"
                                          : "{\"events\":[\"SHUTDOWN\"]}");
    send_request(extension, EXTENSION_REGISTER);
}

static void subscribe(struct extension *extension)
{
    begin_head(extension, "PUT", "/2022-07-01/telemetry");
    format_append(&extension->body,
                  "{\"schemaVersion\":\"" SLICE_FMT
                  "\",\"types\":[\"platform\",\"function\",\"extension\"],"
                  "\"buffering\":{\"maxItems\":%u,\"maxBytes\":%u,\"timeoutMs\":%u},"
                  "\"destination\":{\"protocol\":\"HTTP\","
                  "\"URI\":\"http://sandbox.localdomain:%u/\"}}",
                  SLICE_ARG(schemas[extension->schema]), AGENT_TELEMETRY_ITEMS,
                  AGENT_TELEMETRY_BYTES, AGENT_TELEMETRY_TIMEOUT_MS, extension->options.port);
    extension->deadline_ns = clock_monotonic_ns() + AGENT_SUBSCRIBE_TIMEOUT_NS;
    send_request(extension, EXTENSION_SUBSCRIBE);
}

uint64_t extension_due_ns(const struct extension *extension)
{
    return extension->state == EXTENSION_SUBSCRIBE ? extension->deadline_ns : UINT64_MAX;
}

void extension_time(struct extension *extension, uint64_t now_ns)
{
    if (now_ns < extension_due_ns(extension)) {
        return;
    }
    client_cancel(&extension->client);
    extension->state = EXTENSION_READY;
    extension->listener.no_telemetry(extension->listener.context,
                                     "the platform does not answer the subscription");
    extension->listener.ready(extension->listener.context);
}

void extension_next(struct extension *extension)
{
    if (extension->state == EXTENSION_LOST) {
        return;
    }
    ENSURE(extension->state == EXTENSION_READY);
    begin_head(extension, "GET", "/2020-01-01/extension/event/next");
    send_request(extension, EXTENSION_NEXT);
}

static void lose(struct extension *extension, const char *what, unsigned status)
{
    extension->state = EXTENSION_LOST;
    extension->listener.lost(extension->listener.context, what, status);
}

/* The text of a top-level member of the answer, or the empty slice. */
static struct slice answer_text(struct slice json, struct slice name, struct arena *arena)
{
    struct json_read reader;
    struct json_string key;
    struct slice text = SLICE_EMPTY;
    json_read_init(&reader, json, 16);
    if (json_read_object(&reader) != JSON_GOT) {
        return text;
    }
    while (json_read_member(&reader, &key)) {
        struct json_string value;
        if (!json_string_equal(key, name)) {
            json_read_skip(&reader);
        } else if (json_read_string(&reader, &value) == JSON_GOT) {
            text = json_string_text(value, arena);
        }
    }
    return text;
}

/* Whether a refusal means that there is no INVOKE on instances of this kind. */
static bool no_invoke(struct extension *extension, struct slice body)
{
    struct arena arena;
    arena_init(&arena, extension->arena_bytes, sizeof(extension->arena_bytes));
    return extension->options.invoke && slice_equal(answer_text(body, SLICE("errorType"), &arena),
                                                    SLICE("Extension.InvalidEventType"));
}

static void on_registered(struct extension *extension, const struct client_answer *answer)
{
    struct arena arena;
    struct slice id;
    if (answer->ok && answer->head->status == 403 && no_invoke(extension, answer->body)) {
        extension->options.invoke = false;
        extension->listener.managed(extension->listener.context);
        extension_start(extension);
        return;
    }
    if (answer->ok && answer->head->status == 403) {
        extension->state = EXTENSION_LOST;
        extension->listener.refused(extension->listener.context);
        return;
    }
    if (!answer->ok || answer->head->status != 200) {
        lose(extension, "register", answer->ok ? answer->head->status : 0);
        return;
    }
    id = http_header(answer->head, SLICE("lambda-extension-identifier"));
    if (id.size == 0 || id.size > sizeof(extension->id)) {
        lose(extension, "register without an identifier", 200);
        return;
    }
    memcpy(extension->id, id.base, id.size);
    extension->id_size = id.size;
    arena_init(&arena, extension->arena_bytes, sizeof(extension->arena_bytes));
    extension->state = EXTENSION_READY;
    extension->listener.registered(extension->listener.context,
                                   answer_text(answer->body, SLICE("accountId"), &arena));
    if (extension->options.port != 0) {
        subscribe(extension);
    } else {
        extension->listener.ready(extension->listener.context);
    }
}

static void on_subscribed(struct extension *extension, const struct client_answer *answer)
{
    unsigned status = answer->ok ? answer->head->status : 0;
    extension->state = EXTENSION_READY;
    if (status == 400 && extension->schema + 1 < sizeof(schemas) / sizeof(schemas[0])) {
        extension->schema++;
        subscribe(extension);
        return;
    }
    if (status == 202) {
        extension->listener.no_telemetry(extension->listener.context,
                                         "the platform does not support telemetry");
    } else if (status != 200) {
        extension->listener.no_telemetry(extension->listener.context,
                                         "the platform refused the telemetry subscription");
    }
    extension->listener.ready(extension->listener.context);
}

struct next_event {
    struct slice type;
    struct slice reason;
    uint64_t deadline_ms;
    struct extension_invoke invoke;
};

static void read_text(struct json_read *reader, struct arena *arena, struct slice *text)
{
    struct json_string value;
    if (json_read_string(reader, &value) == JSON_GOT) {
        *text = json_string_text(value, arena);
    }
}

static void read_tracing(struct json_read *reader, struct arena *arena, struct slice *text)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        return;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("value"))) {
            read_text(reader, arena, text);
        } else {
            json_read_skip(reader);
        }
    }
}

static bool read_next(struct slice json, struct arena *arena, struct next_event *event)
{
    struct json_read reader;
    struct json_string key;
    json_read_init(&reader, json, 16);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        if (json_string_equal(key, SLICE("eventType"))) {
            read_text(&reader, arena, &event->type);
        } else if (json_string_equal(key, SLICE("shutdownReason"))) {
            read_text(&reader, arena, &event->reason);
        } else if (json_string_equal(key, SLICE("requestId"))) {
            read_text(&reader, arena, &event->invoke.request_id);
        } else if (json_string_equal(key, SLICE("invokedFunctionArn"))) {
            read_text(&reader, arena, &event->invoke.arn);
        } else if (json_string_equal(key, SLICE("deadlineMs"))) {
            if (json_read_u64(&reader, &event->deadline_ms) != JSON_GOT) {
                event->deadline_ms = 0;
            }
        } else if (json_string_equal(key, SLICE("tracing"))) {
            read_tracing(&reader, arena, &event->invoke.tracing);
        } else {
            json_read_skip(&reader);
        }
    }
    return json_read_finish(&reader);
}

static void on_next(struct extension *extension, const struct client_answer *answer)
{
    struct next_event event = {.deadline_ms = 0};
    struct arena arena;
    extension->state = EXTENSION_READY;
    if (!answer->ok) {
        extension->failures++;
        if (extension->failures >= NEXT_FAILURES_MAX) {
            lose(extension, "next", 0);
            return;
        }
        extension_next(extension);
        return;
    }
    extension->failures = 0;
    if (answer->head->status != 200) {
        lose(extension, "next", answer->head->status);
        return;
    }
    arena_init(&arena, extension->arena_bytes, sizeof(extension->arena_bytes));
    if (!read_next(answer->body, &arena, &event)) {
        event.type = SLICE_EMPTY;
    }
    if (event.deadline_ms > 0 && event.deadline_ms < UINT64_MAX / NS_PER_MS) {
        event.invoke.deadline_ns = event.deadline_ms * NS_PER_MS;
    }
    if (slice_equal(event.type, SLICE("SHUTDOWN"))) {
        extension->ended = true;
        extension->listener.shut_down(extension->listener.context, event.reason,
                                      event.invoke.deadline_ns);
    } else {
        /* An event of a kind that we do not know must still be answered with "next": to the core it
         * is an invocation that has no id. */
        if (!slice_equal(event.type, SLICE("INVOKE"))) {
            event.invoke = (struct extension_invoke){.deadline_ns = 0};
        }
        extension->listener.invoked(extension->listener.context, &event.invoke);
    }
}

static void on_answer(void *context, const struct client_answer *answer)
{
    struct extension *extension = context;
    switch (extension->state) {
    case EXTENSION_REGISTER:
        on_registered(extension, answer);
        break;
    case EXTENSION_SUBSCRIBE:
        on_subscribed(extension, answer);
        break;
    case EXTENSION_NEXT:
        on_next(extension, answer);
        break;
    case EXTENSION_START:
    case EXTENSION_READY:
    case EXTENSION_LOST:
        /* An answer to nothing. */
        ENSURE(client_busy(&extension->client));
        break;
    }
}
