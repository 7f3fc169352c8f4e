/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/api.h"

#include "base/clock.h"
#include "base/json_read.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 16

/* What the body of a subscription says; error is set to what is wrong. */
struct subscription {
    struct telemetry_wish wish;
    uint64_t timeout_ms;
    uint64_t items_max;
    uint64_t bytes_max;
    uint64_t port;
    bool has_schema;
    bool newest; /* Of the schemas: managed instances have no other. */
    bool has_destination;
    bool http;
    bool tcp;
    char uri[512];
    const char *error;
};

static void wrong(struct subscription *subscription, const char *what)
{
    if (subscription->error == NULL) {
        subscription->error = what;
    }
}

static void read_schema(struct json_read *reader, struct subscription *subscription)
{
    struct json_string version;
    if (json_read_string(reader, &version) != JSON_GOT) {
        wrong(subscription, "schemaVersion must be a string");
        return;
    }
    subscription->has_schema = true;
    subscription->newest = json_string_equal(version, SLICE("2025-01-29"));
    subscription->wish.objects = !json_string_equal(version, SLICE("2022-07-01"));
    if (subscription->wish.objects && !json_string_equal(version, SLICE("2022-12-13")) &&
        !json_string_equal(version, SLICE("2025-01-29"))) {
        wrong(subscription, "schemaVersion must be 2022-07-01, 2022-12-13 or 2025-01-29");
    }
}

static void read_types(struct json_read *reader, struct subscription *subscription)
{
    if (json_read_array(reader) != JSON_GOT) {
        wrong(subscription, "types must be an array");
        return;
    }
    while (json_read_element(reader)) {
        struct json_string type;
        if (json_read_string(reader, &type) != JSON_GOT) {
            wrong(subscription, "types must be strings");
        } else if (json_string_equal(type, SLICE("platform"))) {
            subscription->wish.types |= TELEMETRY_PLATFORM;
        } else if (json_string_equal(type, SLICE("function"))) {
            subscription->wish.types |= TELEMETRY_FUNCTION;
        } else if (json_string_equal(type, SLICE("extension"))) {
            subscription->wish.types |= TELEMETRY_EXTENSION;
        } else {
            wrong(subscription, "types must be of platform, function, extension");
        }
    }
}

static void read_number(struct json_read *reader, struct subscription *subscription,
                        uint64_t *value, const char *error)
{
    if (json_read_u64(reader, value) != JSON_GOT) {
        wrong(subscription, error);
    }
}

static void read_buffering(struct json_read *reader, struct subscription *subscription)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        wrong(subscription, "buffering must be an object");
        return;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("maxItems"))) {
            read_number(reader, subscription, &subscription->items_max,
                        "maxItems must be an integer");
        } else if (json_string_equal(key, SLICE("maxBytes"))) {
            read_number(reader, subscription, &subscription->bytes_max,
                        "maxBytes must be an integer");
        } else if (json_string_equal(key, SLICE("timeoutMs"))) {
            read_number(reader, subscription, &subscription->timeout_ms,
                        "timeoutMs must be an integer");
        } else {
            json_read_skip(reader);
        }
    }
}

static void read_text(struct json_read *reader, struct subscription *subscription, char *text,
                      size_t size)
{
    struct json_string string;
    struct buf decoded;
    if (json_read_string(reader, &string) != JSON_GOT) {
        wrong(subscription, "destination must have strings");
        return;
    }
    buf_init_fixed(&decoded, text, size - 1);
    json_string_decode(string, &decoded);
    if (buf_overflowed(&decoded)) {
        wrong(subscription, "destination is too long");
    }
    text[decoded.size] = '\0';
}

static void read_destination(struct json_read *reader, struct subscription *subscription)
{
    struct json_string key;
    char protocol[16] = "";
    if (json_read_object(reader) != JSON_GOT) {
        wrong(subscription, "destination must be an object");
        return;
    }
    subscription->has_destination = true;
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("protocol"))) {
            read_text(reader, subscription, protocol, sizeof(protocol));
        } else if (json_string_equal(key, SLICE("URI"))) {
            read_text(reader, subscription, subscription->uri, sizeof(subscription->uri));
        } else if (json_string_equal(key, SLICE("port"))) {
            read_number(reader, subscription, &subscription->port, "port must be an integer");
        } else {
            json_read_skip(reader);
        }
    }
    subscription->http = strcmp(protocol, "HTTP") == 0;
    subscription->tcp = strcmp(protocol, "TCP") == 0;
}

static void check(struct subscription *subscription)
{
    if (!subscription->has_schema) {
        wrong(subscription, "schemaVersion is required");
    }
    if (subscription->wish.types == 0) {
        wrong(subscription, "types must name at least one type");
    }
    if (!subscription->has_destination || (!subscription->http && !subscription->tcp)) {
        wrong(subscription, "destination needs a protocol, HTTP or TCP");
    }
    if (subscription->tcp && (subscription->port == 0 || subscription->port > 65535)) {
        wrong(subscription, "port must be from 1 to 65535");
    }
    if (subscription->items_max < TELEMETRY_ITEMS_MIN ||
        subscription->items_max > TELEMETRY_ITEMS_MAX) {
        wrong(subscription, "maxItems must be from 1000 to 10000");
    }
    if (subscription->bytes_max < TELEMETRY_BYTES_MIN ||
        subscription->bytes_max > TELEMETRY_BYTES_MAX) {
        wrong(subscription, "maxBytes must be from 262144 to 1048576");
    }
    if (subscription->timeout_ms < TELEMETRY_TIMEOUT_MS_MIN ||
        subscription->timeout_ms > TELEMETRY_TIMEOUT_MS_MAX) {
        wrong(subscription, "timeoutMs must be from 25 to 30000");
    }
    subscription->wish.items_max = (size_t)subscription->items_max;
    subscription->wish.bytes_max = (size_t)subscription->bytes_max;
    subscription->wish.timeout_ns = subscription->timeout_ms * CLOCK_NS_PER_MS;
}

static void read_subscription(struct slice body, struct subscription *subscription)
{
    struct json_read reader;
    struct json_string key;
    *subscription = (struct subscription){.items_max = TELEMETRY_ITEMS_MAX,
                                          .bytes_max = TELEMETRY_BYTES_MIN,
                                          .timeout_ms = TELEMETRY_TIMEOUT_MS_HOME};
    json_read_init(&reader, body, DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        wrong(subscription, "the body must be an object");
        return;
    }
    while (json_read_member(&reader, &key)) {
        if (json_string_equal(key, SLICE("schemaVersion"))) {
            read_schema(&reader, subscription);
        } else if (json_string_equal(key, SLICE("types"))) {
            read_types(&reader, subscription);
        } else if (json_string_equal(key, SLICE("buffering"))) {
            read_buffering(&reader, subscription);
        } else if (json_string_equal(key, SLICE("destination"))) {
            read_destination(&reader, subscription);
        } else {
            json_read_skip(&reader);
        }
    }
    if (!json_read_finish(&reader)) {
        wrong(subscription, "the body is not JSON");
    }
    check(subscription);
}

/*
 * http://sandbox.localdomain:8124/path to the URL that we post to and the Host
 * that we say.  The names all mean this host, so no name service is needed.
 */
static bool url_resolve(const char *uri, char url[600], char host[300])
{
    static const char *const names[] = {"sandbox.localdomain", "sandbox", "127.0.0.1", "localhost"};
    struct slice rest = slice_from(uri);
    if (!slice_starts(rest, SLICE("http://"))) {
        return false;
    }
    rest = slice_skip(rest, strlen("http://"));
    size_t slash = slice_find_byte(rest, '/');
    struct slice authority = slash == SLICE_NONE ? rest : slice_take(rest, slash);
    struct slice path = slice_skip(rest, authority.size);
    struct slice name;
    struct slice port;
    uint64_t number = 80;
    if (slice_cut(authority, ':', &name, &port) &&
        (number_parse_u64(port, &number) != NUMBER_OK || number == 0 || number > 65535)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal_nocase(name, slice_from(names[i]))) {
            snprintf(url, 600, "http://127.0.0.1:%u" SLICE_FMT, (unsigned)number, SLICE_ARG(path));
            snprintf(host, 300, SLICE_FMT, SLICE_ARG(authority));
            return true;
        }
    }
    return false;
}

static void subscribe(struct extension *extension, struct web_request *request)
{
    struct subscription subscription;
    char url[600];
    char host[300];
    read_subscription(request->body, &subscription);
    if (request->too_large) {
        wrong(&subscription, "the body is too large");
    }
    if (instance_managed(extension->instance) && !subscription.newest) {
        wrong(&subscription, "schemaVersion must be 2025-01-29");
    }
    if (subscription.error == NULL && subscription.http &&
        !url_resolve(subscription.uri, url, host)) {
        wrong(&subscription, "destination URI must be http://sandbox.localdomain:PORT/...");
    }
    if (subscription.error != NULL) {
        api_error(request, 400, "ValidationError", subscription.error);
        return;
    }
    enum status status =
        instance_subscribe(extension, &subscription.wish, subscription.http ? url : NULL, host,
                           (uint16_t)subscription.port);
    if (status == STATUS_EXISTS) {
        api_error(request, 400, "ValidationError", "the extension is subscribed already");
    } else if (status != STATUS_OK) {
        api_error(request, 400, "ValidationError", "cannot connect to the destination");
    } else {
        web_answer_json(request, 200, SLICE("\"OK\""));
    }
}

void telemetry_api_serve(struct instance *instance, struct web_request *request)
{
    if (!slice_equal(request->method, SLICE("PUT"))) {
        api_error(request, 404, "NotFound", "no such path");
        return;
    }
    if (slice_equal(request->path, SLICE("/2020-08-15/logs"))) {
        web_answer_json(request, 202,
                        SLICE("{\"errorType\":\"Logs.NotSupported\",\"errorMessage\":"
                              "\"Logs API is not supported; use the Telemetry API\"}"));
        return;
    }
    if (instance->telemetry.faults.refused) {
        web_answer_json(request, 202,
                        SLICE("{\"errorType\":\"Telemetry.NotSupported\",\"errorMessage\":"
                              "\"Telemetry API is not supported\"}"));
        return;
    }
    struct slice identifier = web_header_value(request, "Lambda-Extension-Identifier");
    struct extension *extension = instance_extension_find(instance, identifier);
    if (identifier.size == 0) {
        api_error(request, 403, "Extension.MissingExtensionIdentifier",
                  "Missing Lambda-Extension-Identifier header");
    } else if (extension == NULL) {
        api_error(request, 403, "Extension.UnknownExtensionIdentifier",
                  "Unknown extension identifier");
    } else if (!instance->telemetry.keeping) {
        api_error(request, 403, "Telemetry.SubscriptionClosed",
                  "Telemetry API subscription is closed already");
    } else {
        subscribe(extension, request);
    }
}
