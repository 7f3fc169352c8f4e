/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/platform.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/uuid.h"
#include "sandbox/api.h"
#include "sandbox/async.h"
#include "sandbox/cloudwatch.h"
#include "sandbox/front.h"
#include "sandbox/function.h"
#include "sandbox/mapping.h"
#include "sandbox/poster.h"
#include "sandbox/sandbox_limits.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 256

uint64_t platform_wall_ns(const struct platform *platform)
{
    return clock_monotonic_ns() + platform->wall_offset_ns;
}

void platform_uuid(struct platform *platform, char text[37])
{
    struct uuid uuid = uuid_v4(&platform->prng);
    uuid_format(&uuid, text);
}

/* ---- Requests. ---- */

static size_t body_max(void *context, void *owner, struct slice method, struct slice path)
{
    (void)context;
    (void)method;
    if (owner == NULL) {
        return PAYLOAD_SIZE_MAX + 1;
    }
    return slice_ends(path, SLICE("/response")) ? STREAM_SIZE_MAX : API_BODY_SIZE_MAX;
}

static void on_request(void *context, struct web_request *request)
{
    struct platform *platform = context;
    if (request->instance) {
        if (request->owner == NULL) {
            web_drop(request);
        } else {
            api_serve(request->owner, request);
        }
        return;
    }
    struct slice target = web_header_value(request, "X-Amz-Target");
    if (slice_starts(target, SLICE("AmazonSQS."))) {
        sqs_api_serve(platform, request, slice_skip(target, strlen("AmazonSQS.")));
    } else if (slice_equal(target, SLICE("AWSEvents.PutEvents"))) {
        fan_api_serve_bus(platform, request);
    } else if (slice_starts(web_header_value(request, "Content-Type"),
                            SLICE("application/x-www-form-urlencoded")) &&
               slice_equal(request->path, SLICE("/"))) {
        fan_api_serve_form(platform, request);
    } else if (slice_starts(request->path, SLICE("/2015-03-31/functions/"))) {
        lambda_api_serve(platform, request);
    } else if (slice_starts(request->path, SLICE("/http/"))) {
        http_source_serve(platform, request);
    } else if (slice_starts(request->path, SLICE("/sandbox/"))) {
        control_serve(platform, request);
    } else {
        web_answer_json(request, 404,
                        SLICE("{\"error\":{\"code\":\"not-found\",\"message\":\"no such path\","
                              "\"hint\":\"see docs/guide/sandbox.md\"}}\n"));
    }
}

static void on_accept(void *owner, unsigned events)
{
    (void)events;
    struct platform *platform = owner;
    int descriptor =
        accept4(platform->listener.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0 && web_add(platform->web, descriptor, NULL) != STATUS_OK) {
        log_warn("connection-refused", log_string("why", "too many"));
    }
}

/* ---- Start. ---- */

static bool address_parse(struct slice text, struct sockaddr_in *address)
{
    struct slice host;
    struct slice digits;
    char name[64];
    uint64_t port = 0;
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    if (!slice_cut(text, ':', &host, &digits) || !slice_copy_text(host, name, sizeof(name)) ||
        inet_pton(AF_INET, name, &address->sin_addr) != 1 ||
        number_parse_u64(digits, &port) != NUMBER_OK || port > 65535) {
        return false;
    }
    address->sin_port = htons((uint16_t)port);
    return true;
}

static enum status listen_open(struct platform *platform, struct slice listen_text)
{
    struct sockaddr_in *address = &platform->listen_address;
    if (!address_parse(listen_text, address)) {
        log_error("bad-address", log_text("listen", listen_text));
        return STATUS_BAD;
    }
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    socklen_t size = sizeof(*address);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(descriptor, (const struct sockaddr *)address, size) != 0 ||
        listen(descriptor, BACKLOG) != 0 ||
        getsockname(descriptor, (struct sockaddr *)address, &size) != 0) {
        log_error("cannot-listen", log_text("listen", listen_text), log_status(STATUS_IO));
        close(descriptor);
        return STATUS_IO;
    }
    platform->listener =
        (struct loop_source){.descriptor = descriptor, .ready = on_accept, .owner = platform};
    return loop_watch(&platform->loop, &platform->listener, LOOP_READ);
}

/* Log streams are given out where the configuration says so. */
static enum status cloudwatch_start(struct platform *platform)
{
    const struct config_cloudwatch *config = &platform->config->cloudwatch;
    if (config->export == NULL && config->subscription == NULL) {
        return STATUS_OK;
    }
    struct cloudwatch_ground ground = {.loop = &platform->loop,
                                       .poster = platform->poster,
                                       .config = config,
                                       .account = platform->config->account,
                                       .wall_offset_ns = platform->wall_offset_ns};
    enum status status = cloudwatch_create(&platform->cloudwatch, &ground);
    if (status != STATUS_OK) {
        log_error("cannot-give-out-logs", log_status(status));
    }
    return status;
}

static void warm_all(struct platform *platform)
{
    for (struct function *function = platform->functions; function != NULL;
         function = function->next) {
        const struct config_function *config = function->config;
        bool snapshot = config->init == CONFIG_INIT_SNAP_START;
        const char *type = config->init == CONFIG_INIT_ON_DEMAND ? "provisioned-concurrency"
                                                                 : config_init_names[config->init];
        for (uint64_t i = 0; i < (snapshot ? 1 : config->provisioned); i++) {
            if (function_warm(function, type) != STATUS_OK) {
                log_warn("cannot-provision", log_string("function", function->config->name));
            }
        }
    }
}

enum status platform_start(struct platform *platform, struct slice listen_text)
{
    platform->wall_offset_ns = clock_wall_ns() - clock_monotonic_ns();
    enum status status = listen_open(platform, listen_text);
    if (status != STATUS_OK) {
        return status;
    }
    status = web_create(&platform->web, &platform->loop, on_request, body_max, platform);
    if (status != STATUS_OK) {
        return status;
    }
    status = poster_create(&platform->poster, &platform->loop);
    if (status == STATUS_OK) {
        status = cloudwatch_start(platform);
    }
    for (const struct config_function *row = platform->config->functions;
         row != NULL && status == STATUS_OK; row = row->next) {
        status = function_create(platform, row);
    }
    if (status == STATUS_OK) {
        status = mapping_start(platform);
    }
    if (status == STATUS_OK) {
        warm_all(platform);
    }
    return status;
}

/* ---- End. ---- */

/* The last instance is gone: what its log said is still to be delivered. */
static void last_gone(struct platform *platform)
{
    if (platform->cloudwatch == NULL) {
        loop_stop(&platform->loop);
    } else {
        cloudwatch_finish(platform->cloudwatch);
    }
}

void platform_drain(struct platform *platform)
{
    platform->draining = true;
    mapping_stop(platform);
    async_clear();
    for (struct function *function = platform->functions; function != NULL;
         function = function->next) {
        function_drain(function);
    }
    if (platform->instance_count == 0) {
        last_gone(platform);
    }
}

void platform_spoil(struct platform *platform, struct slice label, struct relay_fault fault)
{
    /* A fault of all destinations replaces what was said of each. */
    unsigned kept = 0;
    for (unsigned i = 0; i < platform->fault_count; i++) {
        if (label.size > 0 && !slice_equal(label, slice_from(platform->faults[i].label))) {
            platform->faults[kept++] = platform->faults[i];
        }
    }
    platform->fault_count = kept;
    if (fault.kind == RELAY_NONE && label.size == 0) {
        return;
    }
    if (kept == PLATFORM_FAULT_MAX) {
        log_warn("too-many-faults", log_text("destination", label));
        return;
    }
    struct platform_fault *entry = &platform->faults[platform->fault_count++];
    entry->fault = fault;
    (void)!slice_copy_text(label, entry->label, sizeof(entry->label));
}

void platform_spoil_relay(const struct platform *platform, struct relay *relay)
{
    for (unsigned i = 0; i < platform->fault_count; i++) {
        relay_spoil(relay, slice_from(platform->faults[i].label), platform->faults[i].fault);
    }
}

void platform_instance_gone(struct platform *platform)
{
    platform->instance_count--;
    if (platform->draining && platform->instance_count == 0) {
        last_gone(platform);
    }
}

void platform_stop(struct platform *platform)
{
    async_clear();
    mapping_free(platform);
    while (platform->functions != NULL) {
        struct function *function = platform->functions;
        platform->functions = function->next;
        function_free(function);
    }
    web_free(platform->web);
    cloudwatch_free(platform->cloudwatch);
    poster_free(platform->poster);
    if (platform->listener.descriptor > 0) {
        loop_forget(&platform->loop, &platform->listener);
        close(platform->listener.descriptor);
    }
}
