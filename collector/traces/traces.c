/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/traces.h"

#include "api/api_call.h"
#include "base/clock.h"
#include "traces/jaeger.h"

#include <stdlib.h>

struct traces {
    struct query query;
    uint64_t (*now_ns)(void);
};

/* Paths, each with who answers there; a prefix ends in a slash. */
static const struct {
    struct slice path;
    void (*handle)(struct api_call *call);
} traces_routes[] = {
    {SLICE_INIT("/api/services"), jaeger_services},
    {SLICE_INIT("/api/services/"), jaeger_service_operations},
    {SLICE_INIT("/api/operations"), jaeger_operations},
    {SLICE_INIT("/api/traces"), jaeger_traces},
    {SLICE_INIT("/api/traces/"), jaeger_trace},
};

struct traces *traces_create(const struct api_options *options)
{
    struct traces *traces = calloc(1, sizeof(*traces));
    if (traces == NULL) {
        return NULL;
    }
    traces->query = (struct query){
        .view = options->view,
        .store = options->store,
        .prices = options->prices,
        .key = options->key,
    };
    traces->now_ns = options->now_ns != NULL ? options->now_ns : clock_wall_ns;
    return traces;
}

void traces_free(struct traces *traces)
{
    free(traces);
}

/* Whether the path is a route's; *rest is what follows a prefix. */
static bool route_is(struct slice route, struct slice path, struct slice *rest)
{
    bool prefix = slice_ends(route, SLICE("/"));
    if (prefix) {
        *rest = slice_starts(path, route) ? slice_skip(path, route.size) : SLICE_EMPTY;
        return rest->size > 0;
    }
    if (slice_ends(path, SLICE("/"))) {
        path = slice_take(path, path.size - 1);
    }
    *rest = SLICE_EMPTY;
    return slice_equal(path, route);
}

void traces_handle(struct traces *traces, struct web_request *request)
{
    struct api_call call = {
        .query = &traces->query,
        .request = request,
        .arena = web_arena(request),
        .now_ns = (int64_t)traces->now_ns(),
    };
    for (size_t i = 0; i < sizeof(traces_routes) / sizeof(traces_routes[0]); i++) {
        if (route_is(traces_routes[i].path, web_path(request), &call.rest)) {
            api_call_run(&call, traces_routes[i].handle);
            return;
        }
    }
    api_call_refuse(&call, 404, "not_found", "see docs/reference/api.md", "there is no such path");
}

bool traces_refuse(struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer)
{
    struct slice path = web_path(request);
    if (slice_starts(path, SLICE("/api/services")) || slice_starts(path, SLICE("/api/traces")) ||
        slice_starts(path, SLICE("/api/operations")) ||
        slice_starts(path, SLICE("/api/dependencies"))) {
        return jaeger_refuse(request, refusal, answer);
    }
    return false;
}
