/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/api.h"
#include "sandbox/function.h"

#include "base/clock.h"
#include "base/base64.h"

#include <stdio.h>
#include <string.h>

#define INVOCATION_PREFIX "/2018-06-01/runtime/invocation/"

static void serve_next(struct instance *instance, struct web_request *request)
{
    if (!instance->life.runtime_alive) {
        web_drop(request);
        return;
    }
    if (instance_managed(instance)) {
        if (instance->worker_count == MANAGED_SLOT_MAX) {
            api_error(request, 400, "TooManyWorkers", "64 requests for next wait already");
            return;
        }
        instance->workers[instance->worker_count++] = request;
        instance_input(instance, &(struct life_input){.kind = LIFE_IN_RUNTIME_NEXT});
        return;
    }
    if (instance->runtime_next != NULL) {
        /* A runtime that asks twice lost its first connection: the new one counts. */
        web_drop(instance->runtime_next);
    }
    instance->runtime_next = request;
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_RUNTIME_NEXT});
}

/* The runtime of a SnapStart function asks to be told when it has been restored. */
static void serve_restore_next(struct instance *instance, struct web_request *request)
{
    if (!instance->life.runtime_alive) {
        web_drop(request);
        return;
    }
    if (instance->life.state != LIFE_INIT_RUNTIME || instance->runtime_next != NULL) {
        api_error(request, 403, "InvalidStateTransition", "Transition is not allowed");
        return;
    }
    instance->runtime_next = request;
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_RUNTIME_RESTORE_NEXT});
}

/* Tell the life first, so that what it says of the invocation stands before the next one; the
 * answer to the caller needs the invocation, which is over then in a managed instance. */
static void answer_of(struct instance *instance, struct life_input *input, struct slice payload,
                      struct slice content_type)
{
    if (!instance_managed(instance)) {
        instance_input(instance, input);
        instance_answer(instance, payload, content_type, input->error_type != NULL);
        return;
    }
    instance->invocation = instance->slots[input->slot];
    instance_answer(instance, payload, content_type, input->error_type != NULL);
    instance->invocation = NULL;
    instance_input(instance, input);
}

static void too_large(struct instance *instance, struct web_request *request, unsigned slot)
{
    char text[256];
    snprintf(text, sizeof(text),
             "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size "
             "(%u bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}",
             RESPONSE_SIZE_MAX);
    answer_of(instance,
              &(struct life_input){.kind = LIFE_IN_RUNTIME_RESPONSE,
                                   .slot = slot,
                                   .first_ns = request->begin_ns,
                                   .error_type = "Function.ResponseSizeTooLarge"},
              slice_from(text), SLICE("application/json"));
    api_error(request, 413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size");
}

static const char *error_type_of(struct slice value, char text[ERROR_TYPE_SIZE_MAX])
{
    if (value.size == 0) {
        return "Runtime.Unknown";
    }
    snprintf(text, ERROR_TYPE_SIZE_MAX, SLICE_FMT, SLICE_ARG(value));
    return text;
}

/* A streamed answer tells in its trailers that it broke off. */
static bool trailer_error(const struct web_request *request, struct buf *body,
                          char type[ERROR_TYPE_SIZE_MAX])
{
    struct slice kind = web_trailer_value(request, "Lambda-Runtime-Function-Error-Type");
    if (kind.size == 0) {
        return false;
    }
    struct slice text = web_trailer_value(request, "Lambda-Runtime-Function-Error-Body");
    error_type_of(kind, type);
    if (!base64_decode(text, body)) {
        buf_append(body, text);
    }
    return true;
}

static void serve_response(struct instance *instance, struct web_request *request, unsigned slot)
{
    char type[ERROR_TYPE_SIZE_MAX];
    struct slice mode = web_header_value(request, "Lambda-Runtime-Function-Response-Mode");
    if (mode.size > 0 && !slice_equal_nocase(mode, SLICE("streaming"))) {
        api_error(request, 400, "Runtime.InvalidResponseModeHeader",
                  "Invalid response mode header");
        return;
    }
    if (request->too_large || (mode.size == 0 && request->body.size > RESPONSE_SIZE_MAX)) {
        too_large(instance, request, slot);
        return;
    }
    struct buf error;
    buf_init_growing(&error, API_BODY_SIZE_MAX);
    bool failed = trailer_error(request, &error, type);
    struct slice content_type = web_header_value(request, "Content-Type");
    answer_of(instance,
              &(struct life_input){.kind = LIFE_IN_RUNTIME_RESPONSE,
                                   .slot = slot,
                                   .first_ns = request->begin_ns,
                                   .bytes = request->body.size,
                                   .error_type = failed ? type : NULL},
              failed ? buf_bytes(&error) : request->body,
              failed || content_type.size == 0 ? SLICE("application/json") : content_type);
    buf_fini(&error);
    api_accepted(request);
}

static void serve_error(struct instance *instance, struct web_request *request, unsigned slot)
{
    char type[ERROR_TYPE_SIZE_MAX];
    struct slice told = web_header_value(request, "Lambda-Runtime-Function-Error-Type");
    answer_of(instance,
              &(struct life_input){.kind = LIFE_IN_RUNTIME_RESPONSE,
                                   .slot = slot,
                                   .first_ns = request->begin_ns,
                                   .bytes = request->body.size,
                                   .error_type = error_type_of(told, type)},
              request->body, SLICE("application/json"));
    api_accepted(request);
}

/* An error that the runtime tells before its first invocation, where the state lets it. */
static void serve_early_error(struct instance *instance, struct web_request *request, bool fits,
                              enum life_input_kind kind)
{
    char type[ERROR_TYPE_SIZE_MAX];
    struct slice told = web_header_value(request, "Lambda-Runtime-Function-Error-Type");
    if (!fits) {
        api_error(request, 403, "InvalidStateTransition", "Transition is not allowed");
        return;
    }
    buf_reset(&instance->init_error);
    buf_append(&instance->init_error, request->body);
    error_type_of(told, type);
    /* The answer goes out before the runtime is killed for it. */
    api_accepted(request);
    instance_input(instance, &(struct life_input){.kind = kind, .error_type = type});
}

static void serve_init_error(struct instance *instance, struct web_request *request)
{
    bool fits = instance->life.state == LIFE_INIT_RUNTIME && !instance->life.runtime_waiting;
    serve_early_error(instance, request, fits, LIFE_IN_RUNTIME_INIT_ERROR);
}

static void serve_restore_error(struct instance *instance, struct web_request *request)
{
    bool fits = instance->life.state == LIFE_RESTORE;
    serve_early_error(instance, request, fits, LIFE_IN_RUNTIME_RESTORE_ERROR);
}

static void serve_invocation(struct instance *instance, struct web_request *request)
{
    struct slice id;
    struct slice verb;
    slice_cut(slice_skip(request->path, strlen(INVOCATION_PREFIX)), '/', &id, &verb);
    unsigned slot = 0;
    bool response = slice_equal(verb, SLICE("response"));
    if (!response && !slice_equal(verb, SLICE("error"))) {
        api_error(request, 404, "NotFound", "no such path");
    } else if (instance_invocation_find(instance, id, &slot) == NULL) {
        api_error(request, 400, "InvalidRequestID", "Invalid request ID");
    } else if (instance->life.answered) {
        api_error(request, 403, "InvalidStateTransition",
                  "Transition from RuntimeInvocationResponseState is not allowed");
    } else if (response) {
        serve_response(instance, request, slot);
    } else {
        serve_error(instance, request, slot);
    }
}

void runtime_api_serve(struct instance *instance, struct web_request *request)
{
    struct slice path = request->path;
    bool get = slice_equal(request->method, SLICE("GET"));
    bool post = slice_equal(request->method, SLICE("POST"));
    if (slice_equal(path, SLICE(INVOCATION_PREFIX "next")) && get) {
        serve_next(instance, request);
    } else if (slice_equal(path, SLICE("/2018-06-01/runtime/restore/next")) && get &&
               instance->life.limits.snapshot) {
        serve_restore_next(instance, request);
    } else if (slice_equal(path, SLICE("/2018-06-01/runtime/restore/error")) && post) {
        serve_restore_error(instance, request);
    } else if (slice_equal(path, SLICE("/2018-06-01/runtime/init/error")) && post) {
        serve_init_error(instance, request);
    } else if (slice_starts(path, SLICE(INVOCATION_PREFIX)) && post) {
        serve_invocation(instance, request);
    } else {
        api_error(request, 404, "NotFound", "no such path");
    }
}
