/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/traces.h"

#include "api/api_call.h"
#include "base/clock.h"
#include "traces/jaeger.h"
#include "traces/jaeger_v3.h"
#include "traces/map_api.h"
#include "traces/tempo.h"
#include "traces/tempo_tags.h"

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
    {SLICE_INIT("/api/dependencies"), map_api_dependencies},
    {SLICE_INIT("/api/v3/services"), jaeger_v3_services},
    {SLICE_INIT("/api/v3/operations"), jaeger_v3_operations},
    {SLICE_INIT("/api/v3/traces"), jaeger_v3_traces},
    {SLICE_INIT("/api/v3/traces/"), jaeger_v3_trace},
    {SLICE_INIT("/api/v3/trace-summaries"), jaeger_v3_summaries},
    {SLICE_INIT("/api/v3/dependencies"), map_api_dependencies_v3},
    {SLICE_INIT("/api/thaw/v1/map"), map_api_get},
    {SLICE_INIT("/tempo/api/echo"), tempo_echo},
    {SLICE_INIT("/tempo/ready"), tempo_ready},
    {SLICE_INIT("/tempo/api/status/buildinfo"), tempo_buildinfo},
    {SLICE_INIT("/tempo/api/traces/"), tempo_trace},
    {SLICE_INIT("/tempo/api/v2/traces/"), tempo_trace_v2},
    {SLICE_INIT("/tempo/api/search"), tempo_search},
    {SLICE_INIT("/tempo/api/search/tags"), tempo_tags},
    {SLICE_INIT("/tempo/api/v2/search/tags"), tempo_tags_v2},
    {SLICE_INIT("/tempo/api/search/tag/"), tempo_tag_values},
    {SLICE_INIT("/tempo/api/v2/search/tag/"), tempo_tag_values_v2},
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
        .clock = clock_monotonic_ns,
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
    static const struct {
        struct slice prefix;
        bool (*refuse)(struct web_request *request, const struct web_refusal *refusal,
                       struct web_answer *answer);
    } shapes[] = {
        {SLICE_INIT("/api/services"), jaeger_refuse},
        {SLICE_INIT("/api/traces"), jaeger_refuse},
        {SLICE_INIT("/api/operations"), jaeger_refuse},
        {SLICE_INIT("/api/dependencies"), jaeger_refuse},
        {SLICE_INIT("/api/v3/"), jaeger_v3_refuse},
        {SLICE_INIT("/tempo/"), tempo_refuse},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (slice_starts(web_path(request), shapes[i].prefix)) {
            return shapes[i].refuse(request, refusal, answer);
        }
    }
    return false;
}
