/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"
#include "api/api_call.h"
#include "api/api_costs.h"
#include "api/api_export.h"
#include "api/api_functions.h"
#include "api/api_limits.h"
#include "api/api_lists.h"
#include "api/api_search.h"
#include "api/api_stored.h"
#include "api/api_transaction.h"
#include "api/api_what_if.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define API_PREFIX SLICE("/api/thaw/v1/")

struct api {
    struct query query;
    struct api_share *share;
    uint64_t (*now_ns)(void);
};

static const struct api_route api_routes[] = {
    {SLICE_INIT("functions"), api_functions_list, "from to"},
    {SLICE_INIT("functions/"), api_functions_get, "from to"},
    {SLICE_INIT("series"), api_functions_series, "from to function"},
    {SLICE_INIT("transactions"), api_lists_transactions, "q from to limit cursor order timeout"},
    {SLICE_INIT("transactions/histogram"), api_lists_transactions_histogram,
     "q from to steps timeout"},
    {SLICE_INIT("logs"), api_search_logs, "q from to limit cursor order timeout"},
    {SLICE_INIT("logs/histogram"), api_search_logs_histogram, "q from to steps timeout"},
    {SLICE_INIT("spans"), api_search_spans, "q from to limit cursor order timeout"},
    {SLICE_INIT("spans/histogram"), api_search_spans_histogram, "q from to steps timeout"},
    {SLICE_INIT("instances"), api_lists_instances, "function from to limit"},
    {SLICE_INIT("coldstarts"), api_lists_coldstarts, "function from to by"},
    {SLICE_INIT("errors"), api_lists_errors, "from to"},
    {SLICE_INIT("cost"), api_costs_sum, "from to by price timeout"},
    {SLICE_INIT("cost/advice"), api_costs_advice, "from to"},
    {SLICE_INIT("cost/explain"), api_costs_explain, "from to shift_ms"},
    {SLICE_INIT("cost/forecast"), api_costs_forecast, "budget"},
    {SLICE_INIT("cost/whatif"), api_what_if, "function from to timeout"},
    {SLICE_INIT("stored"), api_stored, "timeout"},
    {SLICE_INIT("transactions/"), api_transaction_get, ""},
    {SLICE_INIT("invocations/"), api_transaction_attempts, ""},
    {SLICE_INIT("export"), api_export, "from to cursor limit id"},
};

/* Paths of the API whose turn comes later. */
static const struct slice api_later[] = {
    SLICE_INIT("deploys"),
    SLICE_INIT("silences"),
};

struct api *api_create(const struct api_options *options)
{
    struct api *api = calloc(1, sizeof(*api));
    if (api == NULL) {
        return NULL;
    }
    api->share = api_share_create();
    if (api->share == NULL) {
        free(api);
        return NULL;
    }
    api->query = (struct query){
        .view = options->view,
        .store = options->store,
        .prices = options->prices,
        .declared = options->declared,
        .key = options->key,
        .deploys = options->deploys,
        .clock = clock_monotonic_ns,
    };
    api->now_ns = options->now_ns != NULL ? options->now_ns : clock_wall_ns;
    return api;
}

void api_free(struct api *api)
{
    if (api != NULL) {
        api_share_free(api->share);
    }
    free(api);
}

/* ---- Parameters that the route does not know. ---- */

struct unknown {
    struct slice known; /* Names, separated by spaces. */
    struct slice name;  /* The first that is none of them. */
    bool found;
};

static void look_up_parameter(void *context, struct slice name, struct slice value)
{
    struct unknown *unknown = context;
    struct slice rest = unknown->known;
    struct slice word;
    (void)value;
    for (bool more = true; more;) {
        more = slice_cut(rest, ' ', &word, &rest);
        if (slice_equal(word, name) && name.size > 0) {
            return;
        }
    }
    if (!unknown->found) {
        unknown->found = true;
        unknown->name = name;
    }
}

static bool parameters_known(struct api_call *call, const struct api_route *route)
{
    struct unknown unknown = {.known = slice_from(route->parameters)};
    web_query_each(call->request, look_up_parameter, &unknown);
    if (!unknown.found) {
        return true;
    }
    struct slice name = slice_take(unknown.name, unknown.name.size < 64 ? unknown.name.size : 64);
    if (route->parameters[0] == '\0') {
        api_call_refuse(call, 400, "unknown_parameter", "this path takes no parameters",
                        "there is no parameter \"" SLICE_FMT "\" here", SLICE_ARG(name));
    } else {
        api_call_refuse(call, 400, "unknown_parameter", "see docs/reference/api.md",
                        "there is no parameter \"" SLICE_FMT "\" here, only: %s", SLICE_ARG(name),
                        route->parameters);
    }
    return false;
}

/* ---- Routes. ---- */

static const struct api_route *find_route(struct slice path, struct slice *rest)
{
    for (size_t i = 0; i < sizeof(api_routes) / sizeof(api_routes[0]); i++) {
        const struct api_route *route = &api_routes[i];
        bool prefix = slice_ends(route->path, SLICE("/"));
        if (prefix ? slice_starts(path, route->path) && path.size > route->path.size
                   : slice_equal(path, route->path)) {
            *rest = slice_skip(path, route->path.size);
            return route;
        }
    }
    return NULL;
}

static bool path_later(struct slice path)
{
    for (size_t i = 0; i < sizeof(api_later) / sizeof(api_later[0]); i++) {
        if (slice_equal(path, api_later[i])) {
            return true;
        }
    }
    return slice_starts(path, SLICE("alerts/")) && slice_ends(path, SLICE("/silence"));
}

/* What follows the prefix; empty for another path. */
static struct slice path_of(const struct web_request *request)
{
    struct slice path = web_path(request);
    return slice_starts(path, API_PREFIX) ? slice_skip(path, API_PREFIX.size) : SLICE_EMPTY;
}

static void refuse_path(struct api_call *call, struct slice path)
{
    if (path_later(path)) {
        api_call_refuse(call, 404, "not_yet", "it comes with a later version",
                        "this version does not answer " SLICE_FMT " yet",
                        SLICE_ARG(slice_take(path, path.size < 64 ? path.size : 64)));
        return;
    }
    api_call_refuse(call, 404, "not_found", "see docs/reference/api.md", "there is no such path");
}

static void name_parameter(void *context, struct slice name, struct slice value)
{
    struct buf *out = context;
    buf_append_byte(out, 0);
    buf_append(out, name);
    buf_append_byte(out, '=');
    buf_append(out, value);
}

/* A hash of the path and its parameters. */
static struct hash_128 name_of(const struct api *api, const struct web_request *request)
{
    struct buf name;
    buf_init_growing(&name, API_SHARE_SIZE_MAX);
    buf_append(&name, web_path(request));
    web_query_each(request, name_parameter, &name);
    struct hash_128 hash = hash_sip128(&api->query.key, buf_bytes(&name));
    buf_fini(&name);
    return hash;
}

void api_handle(struct api *api, struct web_request *request)
{
    struct api_call call = {
        .query = &api->query,
        .request = request,
        .arena = web_arena(request),
        .now_ns = (int64_t)api->now_ns(),
        .share = api->share,
        .name = name_of(api, request),
    };
    struct slice path = path_of(request);
    const struct api_route *route = find_route(path, &call.rest);
    if (route == NULL) {
        refuse_path(&call, path);
        return;
    }
    if (!parameters_known(&call, route)) {
        return;
    }
    api_call_run(&call, route->handle);
}

void api_handle_post(struct web_request *request)
{
    struct api_call call = {.request = request};
    struct slice path = path_of(request);
    if (find_route(path, &call.rest) == NULL) {
        refuse_path(&call, path);
        return;
    }
    web_refuse(request, &(struct web_refusal){
                            .status = 405,
                            .code = "method_not_allowed",
                            .message = "the path does not have this method, only GET",
                            .allow = "GET, HEAD",
                        });
}
