/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "http/web_private.h"

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

void web_keep(struct web_request *request)
{
    ENSURE(request->state == WEB_HANDLING || request->state == WEB_ANSWERED);
    request->keeps = true;
}

bool web_is_json(const struct web_request *request)
{
    struct slice type = SLICE_EMPTY;
    struct slice rest;
    if (!web_header(request, "Content-Type", &type)) {
        return false;
    }
    (void)slice_cut(type, ';', &type, &rest);
    return slice_equal_nocase(slice_trim(type), SLICE("application/json"));
}
