/* SPDX-License-Identifier: Apache-2.0 */
#include "prom/prom.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "prom/prom_call.h"
#include "prom/prom_limits.h"
#include "sources/derived.h"
#include "sources/exposed.h"
#include "sources/own.h"
#include "sources/sent.h"

#include <stdlib.h>

#define PROM_PREFIX SLICE("/api/v1/")

/* What tools look at to know what they may ask for: as of this version of Prometheus. */
#define PROM_AS_VERSION "2.55.0"

struct prom {
    struct prom_options options;
    struct query query;
    struct derived derived;
    struct derived_keep *exposed_keep;
    struct series_source items[4];
    struct source_union all;
    struct series_source source;
};

struct prom *prom_create(const struct prom_options *options)
{
    struct prom *prom = calloc(1, sizeof(*prom));
    if (prom == NULL) {
        return NULL;
    }
    prom->options = *options;
    prom->options.now_ns = options->now_ns != NULL ? options->now_ns : clock_wall_ns;
    prom->query =
        (struct query){.view = options->view, .store = options->store, .prices = options->prices};
    prom->derived = (struct derived){
        .query = &prom->query, .now_ns = prom->options.now_ns, .keep = derived_keep_create()};
    prom->exposed_keep = derived_keep_create();
    prom->items[0] = derived_source(&prom->derived);
    prom->items[1] = sent_source(options->series);
    prom->items[2] = own_source(options->own);
    prom->all = (struct source_union){.items = prom->items, .count = 3};
    if (options->alerts != NULL) {
        prom->items[prom->all.count++] = alert_source(options->alerts);
    }
    prom->source = source_union(&prom->all);
    return prom;
}

const struct series_source *prom_source(const struct prom *prom)
{
    return &prom->source;
}

void prom_free(struct prom *prom)
{
    if (prom != NULL) {
        derived_keep_free(prom->derived.keep);
        derived_keep_free(prom->exposed_keep);
    }
    free(prom);
}

void prom_expose(const struct prom *prom, uint64_t start_ns, struct arena *arena, struct buf *out)
{
    const struct exposed exposed = {
        .query = &prom->query,
        .now_ns = prom->options.now_ns,
        .start_ns = start_ns,
        .keep = prom->exposed_keep,
    };
    exposed_write(&exposed, arena, out);
}

/* ---- Small answers. ---- */

static void prom_buildinfo(struct prom_call *call)
{
    struct json_write *writer = &call->writer;
    prom_call_begin(call);
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("version"), SLICE(PROM_AS_VERSION));
    json_write_member_string(writer, SLICE("revision"), SLICE("thaw-" THAW_VERSION));
    json_write_member_string(writer, SLICE("branch"), SLICE("HEAD"));
    json_write_member_string(writer, SLICE("buildUser"), SLICE("thaw"));
    json_write_member_string(writer, SLICE("buildDate"), SLICE(""));
    json_write_member_string(writer, SLICE("goVersion"), SLICE(""));
    json_write_object_end(writer);
    prom_call_end(call);
}

static void prom_empty_list(struct prom_call *call)
{
    prom_call_begin(call);
    json_write_array_begin(&call->writer);
    json_write_array_end(&call->writer);
    prom_call_end(call);
}

static void prom_rules(struct prom_call *call)
{
    struct slice type = prom_call_text(call, "type");
    if (type.size > 0 && !slice_equal(type, SLICE("alert")) &&
        !slice_equal(type, SLICE("record"))) {
        prom_call_refuse(call, PROM_BAD_DATA, "not supported value \"" SLICE_FMT "\"",
                         SLICE_ARG(type));
        return;
    }
    prom_call_begin(call);
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("groups"));
    alert_write_groups(call->alerts, type, &call->writer);
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
    prom_call_end(call);
}

static void prom_alerts(struct prom_call *call)
{
    prom_call_begin(call);
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("alerts"));
    alert_write_firing(call->alerts, &call->writer);
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
    prom_call_end(call);
}

/* ---- Routes. ---- */

struct prom_route {
    struct slice path;
    void (*handle)(struct prom_call *call);
    bool post;
};

static const struct prom_route prom_routes[] = {
    {SLICE_INIT("query"), prom_query_instant, true},
    {SLICE_INIT("query_range"), prom_query_range, true},
    {SLICE_INIT("query_exemplars"), prom_empty_list, true},
    {SLICE_INIT("format_query"), prom_query_format, true},
    {SLICE_INIT("labels"), prom_list_labels, true},
    {SLICE_INIT("series"), prom_list_series, true},
    {SLICE_INIT("metadata"), prom_list_metadata, false},
    {SLICE_INIT("rules"), prom_rules, false},
    {SLICE_INIT("alerts"), prom_alerts, false},
    {SLICE_INIT("status/buildinfo"), prom_buildinfo, false},
};

static void prom_not_allowed(struct web_request *request)
{
    web_refuse(request, &(struct web_refusal){
                            .status = 405,
                            .code = "method_not_allowed",
                            .message = "the path does not have this method, only GET",
                            .allow = "GET, HEAD",
                        });
}

static void prom_route(struct prom_call *call, bool post)
{
    static const struct slice values = SLICE_INIT("/values");
    for (size_t i = 0; i < sizeof(prom_routes) / sizeof(prom_routes[0]); i++) {
        const struct prom_route *route = &prom_routes[i];
        if (!slice_equal(call->path, route->path)) {
            continue;
        }
        if (post && !route->post) {
            call->answered = true;
            prom_not_allowed(call->request);
            return;
        }
        route->handle(call);
        return;
    }
    if (slice_starts(call->path, SLICE("label/")) && slice_ends(call->path, values)) {
        struct slice name = slice_skip(call->path, sizeof("label/") - 1);
        prom_list_values(call, slice_take(name, name.size - values.size));
        return;
    }
    prom_call_refuse(call, PROM_NOT_FOUND, "there is no such path");
}

static bool prom_over(void *context)
{
    const struct prom_call *call = context;
    return clock_monotonic_ns() >= call->deadline_ns;
}

/* What was posted: a form, whatever the header says. */
static bool prom_take_form(struct prom_call *call)
{
    struct slice body = web_body(call->request);
    if (web_method(call->request) != WEB_POST || body.size == 0) {
        return true;
    }
    struct slice target = arena_printf(call->arena, "/?" SLICE_FMT, SLICE_ARG(body));
    unsigned char *memory = arena_alloc(call->arena, body.size + 2);
    if (target.size == 0 || memory == NULL || !uri_parse(target, memory, &call->form)) {
        prom_call_refuse(call, PROM_BAD_DATA, "error parsing form values");
        return false;
    }
    return true;
}

void prom_handle(struct prom *prom, struct web_request *request)
{
    struct arena *arena = web_arena(request);
    struct prom_call *call = arena_alloc_array(arena, 1, sizeof(*call));
    unsigned char *work = NULL;
    if (call != NULL) {
        *call = (struct prom_call){
            .source = &prom->source,
            .series = prom->options.series,
            .alerts = prom->options.alerts,
            .request = request,
            .arena = arena,
            .path = slice_skip(web_path(request), PROM_PREFIX.size),
            .now_ms = (int64_t)(prom->options.now_ns() / CLOCK_NS_PER_MS),
            .deadline_ns = clock_monotonic_ns() + PROM_TIMEOUT_NS,
        };
        call->patience = (struct patience){.over = prom_over, .context = call};
        work = arena_alloc(arena, PROM_ARENA_SIZE);
    }
    if (work == NULL) {
        web_refuse(request, &(struct web_refusal){
                                .status = 503, .code = "busy", .message = "out of memory"});
        return;
    }
    arena_init(&call->work, work, PROM_ARENA_SIZE);
    buf_init_growing(&call->body, PROM_ANSWER_SIZE_MAX);
    json_write_init(&call->writer, &call->body);
    /* The slash that is forgiven behind a path. */
    if (slice_ends(call->path, SLICE("/"))) {
        call->path.size--;
    }
    if (prom_take_form(call)) {
        prom_route(call, web_method(request) == WEB_POST);
    }
    buf_fini(&call->body);
}

bool prom_refuse(struct web_request *request, const struct web_refusal *refusal,
                 struct web_answer *answer)
{
    if (!slice_starts(web_path(request), PROM_PREFIX)) {
        return false;
    }
    struct arena *arena = web_arena(request);
    unsigned char *memory = arena_alloc(arena, 1024);
    struct json_write writer;
    struct buf out;
    if (memory == NULL) {
        return false;
    }
    buf_init_fixed(&out, memory, 1024);
    json_write_init(&writer, &out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("status"), SLICE("error"));
    json_write_member_string(&writer, SLICE("errorType"), slice_from(refusal->code));
    json_write_member_string(&writer, SLICE("error"), slice_from(refusal->message));
    json_write_object_end(&writer);
    answer->content_type = "application/json";
    answer->body = buf_bytes(&out);
    return true;
}
