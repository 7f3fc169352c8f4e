/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/api.h"
#include "sandbox/function.h"
#include "sandbox/platform.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/uuid.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 16

/* ---- Register. ---- */

/* What the body of a registration says. */
struct wish {
    unsigned events;
    bool malformed;
    bool unknown_event;
};

static void read_events(struct json_read *reader, struct wish *wish)
{
    enum json_answer array = json_read_array(reader);
    wish->malformed = wish->malformed || array == JSON_OTHER;
    while (array == JSON_GOT && json_read_element(reader)) {
        struct json_string event;
        if (json_read_string(reader, &event) != JSON_GOT) {
            wish->malformed = true;
        } else if (json_string_equal(event, SLICE("INVOKE"))) {
            wish->events |= LIFE_EVENT_INVOKE;
        } else if (json_string_equal(event, SLICE("SHUTDOWN"))) {
            wish->events |= LIFE_EVENT_SHUTDOWN;
        } else {
            wish->unknown_event = true;
        }
    }
}

static struct wish read_wish(struct slice body)
{
    struct wish wish = {0};
    struct json_read reader;
    struct json_string key;
    json_read_init(&reader, body, DEPTH_MAX);
    if (json_read_object(&reader) == JSON_GOT) {
        while (json_read_member(&reader, &key)) {
            if (json_string_equal(key, SLICE("events"))) {
                read_events(&reader, &wish);
            } else {
                wish.malformed =
                    wish.malformed || json_string_equal(key, SLICE("configurationKeys"));
                json_read_skip(&reader);
            }
        }
    } else {
        wish.malformed = true;
    }
    wish.malformed = !json_read_finish(&reader) || wish.malformed;
    return wish;
}

static struct extension *external_find(struct instance *instance, struct slice name)
{
    for (unsigned i = 0; i < instance->function->extension_count; i++) {
        if (slice_equal(slice_from(instance->function->extensions[i]), name)) {
            return &instance->extensions[i];
        }
    }
    return NULL;
}

static bool accepts_account(struct slice features)
{
    while (features.size > 0) {
        struct slice feature;
        slice_cut(features, ',', &feature, &features);
        if (slice_equal(slice_trim(feature), SLICE("accountId"))) {
            return true;
        }
    }
    return false;
}

static void answer_registered(struct extension *extension, struct web_request *request)
{
    struct instance *instance = extension->instance;
    const struct config_function *function = instance->function->config;
    unsigned char memory[2048];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("functionName"), slice_from(function->name));
    json_write_member_string(&writer, SLICE("functionVersion"), slice_from(function->version));
    json_write_member_string(&writer, SLICE("handler"), slice_from(function->handler));
    if (accepts_account(web_header_value(request, "Lambda-Extension-Accept-Feature"))) {
        json_write_member_string(&writer, SLICE("accountId"),
                                 slice_from(instance->platform->config->account));
    }
    json_write_object_end(&writer);
    struct web_header header = {"Lambda-Extension-Identifier", slice_from(extension->identifier)};
    web_answer(request, &(struct web_reply){.status = 200,
                                            .content_type = "application/json",
                                            .body = buf_bytes(&body),
                                            .headers = &header,
                                            .header_count = 1});
}

/* The place for an extension of this name, or NULL with the request answered. */
static struct extension *place_find(struct instance *instance, struct slice name,
                                    const struct wish *wish, struct web_request *request)
{
    struct extension *extension = external_find(instance, name);
    if (extension != NULL) {
        if (extension->identifier[0] != '\0') {
            api_error(request, 403, "Extension.InvalidExtensionState",
                      "the extension is registered already");
            return NULL;
        }
        return extension;
    }
    for (unsigned i = instance->life.external_count; i < instance->life.extension_count; i++) {
        if (slice_equal(slice_from(instance->extensions[i].name), name)) {
            api_error(request, 403, "Extension.InvalidExtensionState",
                      "the extension is registered already");
            return NULL;
        }
    }
    if ((wish->events & LIFE_EVENT_SHUTDOWN) != 0) {
        api_error(request, 403, "Extension.InvalidEventType",
                  "SHUTDOWN: event type not supported for internal extensions");
        return NULL;
    }
    if (instance->life.extension_count == EXTENSION_COUNT_MAX) {
        api_error(request, 403, "Extension.TooManyExtensions", "Extension limit (10) reached");
        return NULL;
    }
    extension = &instance->extensions[instance->life.extension_count];
    snprintf(extension->name, sizeof(extension->name), SLICE_FMT, SLICE_ARG(name));
    return extension;
}

static void serve_register(struct instance *instance, struct web_request *request)
{
    struct slice name = web_header_value(request, "Lambda-Extension-Name");
    if (name.size == 0 || name.size >= NAME_SIZE_MAX) {
        api_error(request, 403, "Extension.InvalidExtensionName",
                  "Empty or too long extension name");
        return;
    }
    if (!instance->life.registration_open) {
        api_error(request, 403, "Extension.RegistrationClosed",
                  "Extension registration closed already");
        return;
    }
    struct wish wish = read_wish(request->body);
    if (request->too_large || wish.malformed) {
        api_error(request, 403, "InvalidRequestFormat", "cannot parse the registration");
        return;
    }
    if (wish.unknown_event) {
        api_error(request, 403, "Extension.InvalidEventType", "unknown event type");
        return;
    }
    if (instance_managed(instance) && (wish.events & LIFE_EVENT_INVOKE) != 0) {
        api_error(request, 403, "Extension.InvalidEventType",
                  "INVOKE: event type not supported for lambda-managed-instances");
        return;
    }
    struct extension *extension = place_find(instance, name, &wish, request);
    if (extension == NULL) {
        return;
    }
    bool external = extension->index < instance->life.external_count;
    platform_uuid(instance->platform, extension->identifier);
    extension->events = wish.events;
    answer_registered(extension, request);
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_EXTENSION_REGISTER,
                                                  .extension = extension->index,
                                                  .events = wish.events,
                                                  .external = external});
}

/* ---- Next and the errors. ---- */

/* Who calls, or NULL with the request answered. */
static struct extension *caller(struct instance *instance, struct web_request *request)
{
    struct slice identifier = web_header_value(request, "Lambda-Extension-Identifier");
    struct uuid uuid;
    if (identifier.size == 0) {
        api_error(request, 403, "Extension.MissingExtensionIdentifier",
                  "Missing Lambda-Extension-Identifier header");
        return NULL;
    }
    if (!uuid_parse(identifier, &uuid)) {
        api_error(request, 403, "Extension.InvalidExtensionIdentifier",
                  "Invalid Lambda-Extension-Identifier");
        return NULL;
    }
    struct extension *extension = instance_extension_find(instance, identifier);
    if (extension == NULL) {
        api_error(request, 403, "Extension.UnknownExtensionIdentifier",
                  "Unknown extension "
                  "identifier");
    }
    return extension;
}

static void serve_next(struct instance *instance, struct web_request *request)
{
    struct extension *extension = caller(instance, request);
    if (extension == NULL) {
        return;
    }
    enum life_extension_state state = instance->life.extensions[extension->index].state;
    if (state == LIFE_EXTENSION_FAILED || state == LIFE_EXTENSION_GONE) {
        api_error(request, 403, "Extension.InvalidExtensionState",
                  "the extension has reported an error");
        return;
    }
    instance_extension_wait(extension, request);
}

/* The platform keeps only error types of this form. */
static bool error_type_good(struct slice type)
{
    if (!slice_starts(type, SLICE("Extension."))) {
        return false;
    }
    struct slice name = slice_skip(type, strlen("Extension."));
    if (name.size < 2 || name.base[0] < 'A' || name.base[0] > 'Z') {
        return false;
    }
    for (size_t i = 1; i < name.size; i++) {
        unsigned char lower = name.base[i] | 0x20;
        if (lower < 'a' || lower > 'z') {
            return false;
        }
    }
    return true;
}

static void serve_error(struct instance *instance, struct web_request *request, bool init)
{
    struct extension *extension = caller(instance, request);
    if (extension == NULL) {
        return;
    }
    struct slice told = web_header_value(request, "Lambda-Extension-Function-Error-Type");
    if (told.size == 0) {
        api_error(request, 403, "Extension.MissingHeader",
                  "Missing Lambda-Extension-Function-Error-Type header");
        return;
    }
    enum life_extension_state state = instance->life.extensions[extension->index].state;
    if (state == LIFE_EXTENSION_FAILED || state == LIFE_EXTENSION_GONE ||
        (init && state != LIFE_EXTENSION_REGISTERED)) {
        api_error(request, 403, "Extension.InvalidExtensionState",
                  "the extension's state does not allow this");
        return;
    }
    char type[ERROR_TYPE_SIZE_MAX];
    if (error_type_good(told)) {
        snprintf(type, sizeof(type), SLICE_FMT, SLICE_ARG(told));
    } else {
        snprintf(type, sizeof(type), "Extension.%s", init ? "InitError" : "ExitError");
    }
    snprintf(instance->exit_text, sizeof(instance->exit_text), "extension %s reported %s",
             extension->name, type);
    api_accepted(request);
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_EXTENSION_ERROR,
                                                  .extension = extension->index,
                                                  .error_type = type});
}

void extensions_api_serve(struct instance *instance, struct web_request *request)
{
    struct slice path = slice_skip(request->path, strlen("/2020-01-01/extension/"));
    bool post = slice_equal(request->method, SLICE("POST"));
    if (slice_equal(path, SLICE("register")) && post) {
        serve_register(instance, request);
    } else if (slice_equal(path, SLICE("event/next")) &&
               slice_equal(request->method, SLICE("GET"))) {
        serve_next(instance, request);
    } else if (slice_equal(path, SLICE("init/error")) && post) {
        serve_error(instance, request, true);
    } else if (slice_equal(path, SLICE("exit/error")) && post) {
        serve_error(instance, request, false);
    } else {
        api_error(request, 404, "NotFound", "no such path");
    }
}
