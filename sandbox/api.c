/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/api.h"

#include "base/json_write.h"

void api_error(struct web_request *request, unsigned status, const char *type, const char *message)
{
    unsigned char memory[2048];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("errorMessage"), slice_from(message));
    json_write_member_string(&writer, SLICE("errorType"), slice_from(type));
    json_write_object_end(&writer);
    web_answer_json(request, status, buf_bytes(&body));
}

void api_accepted(struct web_request *request)
{
    web_answer_json(request, 202, SLICE("{\"status\":\"OK\"}\n"));
}

void api_serve(struct instance *instance, struct web_request *request)
{
    if (slice_starts(request->path, SLICE("/2018-06-01/runtime/"))) {
        runtime_api_serve(instance, request);
    } else if (slice_starts(request->path, SLICE("/2020-01-01/extension/"))) {
        extensions_api_serve(instance, request);
    } else if (slice_equal(request->path, SLICE("/2022-07-01/telemetry")) ||
               slice_equal(request->path, SLICE("/2020-08-15/logs"))) {
        telemetry_api_serve(instance, request);
    } else {
        web_answer(request, &(struct web_reply){.status = 404,
                                                .content_type = "text/plain",
                                                .body = SLICE("404 page not found\n")});
    }
}
