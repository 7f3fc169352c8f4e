/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/front.h"

#include "base/base64.h"
#include "base/base_limits.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "sandbox/async.h"
#include "sandbox/function.h"
#include "sandbox/sandbox_limits.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "/2015-03-31/functions/"

/* An error in the shape of the Lambda service: the type stands in a header. */
static void refuse(struct web_request *request, unsigned status, const char *type,
                   const char *reason, const char *message)
{
    unsigned char memory[2048];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    if (reason != NULL) {
        json_write_member_string(&writer, SLICE("Reason"), slice_from(reason));
    }
    json_write_member_string(&writer, SLICE("Type"), SLICE("User"));
    json_write_member_string(&writer, SLICE("message"), slice_from(message));
    json_write_member_string(&writer, SLICE("Message"), slice_from(message));
    json_write_object_end(&writer);
    struct web_header header = {"x-amzn-ErrorType", slice_from(type)};
    web_answer(request, &(struct web_reply){.status = status,
                                            .content_type = "application/json",
                                            .body = buf_bytes(&body),
                                            .headers = &header,
                                            .header_count = 1});
}

/* Undo %3A and the like: SDKs encode the colons of an ARN. */
static struct slice percent_decode(struct slice text, char *memory, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < text.size && used < size; i++) {
        char byte = (char)text.base[i];
        if (byte == '%' && i + 2 < text.size) {
            int high = hex_digit(text.base[i + 1]);
            int low = hex_digit(text.base[i + 2]);
            if (high >= 0 && low >= 0) {
                byte = (char)(16 * high + low);
                i += 2;
            }
        }
        memory[used++] = byte;
    }
    return slice_of(memory, used);
}

/* A name, account:function:name, or an ARN, each perhaps with a qualifier. */
static void name_split(struct slice text, struct slice *name, struct slice *qualifier)
{
    size_t marker = slice_find(text, SLICE("function:"));
    if (marker != SLICE_NONE) {
        text = slice_skip(text, marker + strlen("function:"));
    }
    slice_cut(text, ':', name, qualifier);
}

static void on_done(struct invocation *invocation, const struct invocation_result *result)
{
    struct web_request *request = invocation->owner;
    const struct config_function *function = invocation->function->config;
    if (result->throttled) {
        refuse(request, 429, "TooManyRequestsException",
               "ReservedFunctionConcurrentInvocationLimitExceeded", "Rate Exceeded.");
        invocation_release(invocation);
        return;
    }
    struct web_header headers[5];
    struct web_reply reply = {.status = 200, .headers = headers, .body = result->payload};
    char type[128];
    struct buf tail;
    buf_init_growing(&tail, (size_t)2 * LOG_TAIL_SIZE);
    snprintf(type, sizeof(type), SLICE_FMT, SLICE_ARG(result->content_type));
    reply.content_type = type;
    headers[reply.header_count++] =
        (struct web_header){"x-amzn-RequestId", slice_from(invocation->request_id)};
    headers[reply.header_count++] =
        (struct web_header){"X-Amz-Executed-Version", slice_from(function->version)};
    headers[reply.header_count++] =
        (struct web_header){"X-Amzn-Trace-Id", buf_bytes(&invocation->tracing)};
    if (result->function_error) {
        headers[reply.header_count++] =
            (struct web_header){"X-Amz-Function-Error", SLICE("Unhandled")};
    }
    if (invocation->wants_tail) {
        base64_encode(result->log_tail, &tail);
        headers[reply.header_count++] = (struct web_header){"X-Amz-Log-Result", buf_bytes(&tail)};
    }
    web_answer(request, &reply);
    buf_fini(&tail);
    invocation_release(invocation);
}

static bool is_json(struct slice text)
{
    struct json_read reader;
    json_read_init(&reader, text, JSON_DEPTH_MAX);
    json_read_skip(&reader);
    return json_read_finish(&reader);
}

enum kind { KIND_SYNC, KIND_EVENT, KIND_DRY, KIND_BAD };

static enum kind kind_of(const struct web_request *request)
{
    struct slice type = web_header_value(request, "X-Amz-Invocation-Type");
    if (type.size == 0 || slice_equal(type, SLICE("RequestResponse"))) {
        return KIND_SYNC;
    }
    if (slice_equal(type, SLICE("Event"))) {
        return KIND_EVENT;
    }
    return slice_equal(type, SLICE("DryRun")) ? KIND_DRY : KIND_BAD;
}

/* True if the request may go on; else it is answered. */
static bool check(struct web_request *request, enum kind kind)
{
    char message[256];
    unsigned limit = kind == KIND_EVENT ? PAYLOAD_ASYNC_SIZE_MAX : PAYLOAD_SIZE_MAX;
    if (request->too_large || request->body.size > limit) {
        snprintf(message, sizeof(message),
                 "Request must be smaller than %u bytes for the InvokeFunction operation", limit);
        refuse(request, 413, "RequestTooLargeException", NULL, message);
    } else if (kind == KIND_BAD) {
        refuse(request, 400, "InvalidParameterValueException", NULL,
               "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun");
    } else if (request->body.size > 0 && !is_json(request->body)) {
        refuse(request, 400, "InvalidRequestContentException", NULL,
               "Could not parse request body into json");
    } else if (web_header_value(request, "X-Amz-Client-Context").size > CLIENT_CONTEXT_SIZE_MAX) {
        refuse(request, 400, "InvalidRequestContentException", NULL,
               "Client context must be at most 3583 bytes");
    } else {
        return true;
    }
    return false;
}

static void run(struct function *function, struct slice qualifier, enum kind kind,
                struct web_request *request)
{
    struct slice payload = request->body.size == 0 ? SLICE("{}") : request->body;
    struct invocation *invocation = invocation_create(function, payload, on_done, request);
    if (qualifier.size > 0) {
        size_t size = strlen(invocation->arn);
        snprintf(invocation->arn + size, sizeof(invocation->arn) - size, ":" SLICE_FMT,
                 SLICE_ARG(qualifier));
    }
    buf_append(&invocation->trace_in, web_header_value(request, "X-Amzn-Trace-Id"));
    if (kind == KIND_EVENT) {
        struct web_header header = {"x-amzn-RequestId", slice_from(invocation->request_id)};
        web_answer(request,
                   &(struct web_reply){.status = 202, .headers = &header, .header_count = 1});
        async_invoke(invocation);
        return;
    }
    if (!base64_decode(web_header_value(request, "X-Amz-Client-Context"),
                       &invocation->client_context)) {
        refuse(request, 400, "InvalidRequestContentException", NULL,
               "Client context must be a valid Base64-encoded JSON object.");
        invocation_release(invocation);
        return;
    }
    invocation->wants_tail =
        slice_equal_nocase(web_header_value(request, "X-Amz-Log-Type"), SLICE("Tail"));
    function_invoke(function, invocation);
}

void lambda_api_serve(struct platform *platform, struct web_request *request)
{
    struct slice text;
    struct slice verb;
    struct slice name;
    struct slice qualifier;
    char memory[512];
    char message[512];
    slice_cut(slice_skip(request->path, strlen(PREFIX)), '/', &text, &verb);
    if (!slice_equal(verb, SLICE("invocations")) || !slice_equal(request->method, SLICE("POST"))) {
        refuse(request, 404, "UnknownOperationException", NULL, "no such operation");
        return;
    }
    text = percent_decode(text, memory, sizeof(memory));
    name_split(text, &name, &qualifier);
    if (qualifier.size == 0) {
        qualifier = web_query_value(request, "Qualifier");
    }
    struct function *function = function_find(platform, name);
    if (function == NULL) {
        snprintf(message, sizeof(message),
                 "Function not found: arn:aws:lambda:%s:%s:function:" SLICE_FMT,
                 platform->config->region, platform->config->account, SLICE_ARG(name));
        refuse(request, 404, "ResourceNotFoundException", NULL, message);
        return;
    }
    enum kind kind = kind_of(request);
    if (!check(request, kind)) {
        return;
    }
    if (kind == KIND_DRY) {
        web_answer(request, &(struct web_reply){.status = 204});
        return;
    }
    run(function, qualifier, kind, request);
}
