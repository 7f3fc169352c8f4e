/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/events.h"
#include "sandbox/function.h"
#include "sandbox/instance.h"
#include "sandbox/memory.h"
#include "sandbox/platform.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Processes that are looked at for the memory of an instance. */
#define PROCESS_COUNT_MAX 1024

#define READ_SIZE 65536

/* ---- The log stream and the tail of the invocation. ---- */

/* Managed instances have no other format. */
static bool json_log(const struct instance *instance)
{
    return instance->function->config->json || instance_managed(instance);
}

/* One event of the log stream, perhaps of several lines. */
static void log_message(struct instance *instance, uint64_t wall_ns, struct slice message)
{
    if (message.size == 0) {
        return;
    }
    log_stream_write(&instance->log, wall_ns, message);
    if (instance->invocation != NULL) {
        invocation_log(instance->invocation, message);
    }
}

/* A line of a process, with its newline if it had one. */
static void line_write(struct output *output, struct slice line)
{
    struct instance *instance = output->instance;
    /* Subscribers and the log stream are told the same time. */
    uint64_t wall_ns = clock_monotonic_ns() + instance_wall_offset_ns(instance);
    struct buf json;
    struct buf plain;
    buf_init_growing(&json, (size_t)8 * LOG_LINE_BYTES_MAX);
    buf_init_growing(&plain, (size_t)8 * LOG_LINE_BYTES_MAX);
    events_write_line(output->extension, json_log(instance), line, wall_ns, &json, &plain);
    telemetry_add(&instance->telemetry,
                  output->extension ? TELEMETRY_EXTENSION : TELEMETRY_FUNCTION, buf_bytes(&json),
                  buf_bytes(&plain), clock_monotonic_ns());
    buf_fini(&json);
    buf_fini(&plain);
    log_message(instance, wall_ns, line);
    instance_telemetry_schedule(instance);
}

static void lines_split(struct output *output, struct slice bytes)
{
    while (bytes.size > 0) {
        size_t newline = slice_find_byte(bytes, '\n');
        size_t size = newline == SLICE_NONE ? bytes.size : newline + 1;
        size_t room = LOG_LINE_BYTES_MAX - output->line.size;
        bool cut = size > room;
        buf_append(&output->line, slice_take(bytes, cut ? room : size));
        bytes = slice_skip(bytes, cut ? room : size);
        if (cut || newline != SLICE_NONE) {
            line_write(output, buf_bytes(&output->line));
            buf_reset(&output->line);
        }
    }
}

void output_close(struct output *output)
{
    if (!output->open) {
        return;
    }
    output->open = false;
    loop_forget(&output->instance->platform->loop, &output->source);
    close(output->source.descriptor);
    if (output->line.size > 0) {
        line_write(output, buf_bytes(&output->line));
    }
    buf_fini(&output->line);
}

void output_drain(struct output *output)
{
    static unsigned char bytes[READ_SIZE];
    while (output->open) {
        ssize_t size = read(output->source.descriptor, bytes, sizeof(bytes));
        if (size > 0) {
            lines_split(output, slice_of(bytes, (size_t)size));
        } else if (size == 0) {
            output_close(output);
        } else {
            return;
        }
    }
}

static void on_output(void *owner, unsigned events)
{
    (void)events;
    output_drain(owner);
}

enum status output_open(struct output *output, struct instance *instance, int descriptor,
                        bool extension)
{
    output->instance = instance;
    output->extension = extension;
    output->source =
        (struct loop_source){.descriptor = descriptor, .ready = on_output, .owner = output};
    buf_init_growing(&output->line, LOG_LINE_BYTES_MAX);
    enum status status = loop_watch(&instance->platform->loop, &output->source, LOOP_READ);
    output->open = status == STATUS_OK;
    return status;
}

/* ---- Platform events. ---- */

/* What all processes of the instance have had at most, together.  Those that ended count with
 * their peak if they were larger than all that live. */
static void memory_measure(struct instance *instance)
{
    pid_t processes[PROCESS_COUNT_MAX];
    size_t count = cgroup_processes(&instance->group, processes, PROCESS_COUNT_MAX);
    uint64_t sum_kb = 0;
    for (size_t i = 0; i < count; i++) {
        sum_kb += memory_peak_kb(processes[i]);
    }
    if (instance->group.kind == CGROUP_NONE) {
        sum_kb += instance->runtime.id > 0 ? memory_peak_kb(instance->runtime.id) : 0;
        for (unsigned i = 0; i < instance->function->extension_count; i++) {
            pid_t id = instance->extensions[i].process.id;
            sum_kb += id > 0 ? memory_peak_kb(id) : 0;
        }
    }
    if (sum_kb > instance->memory_peak_kb) {
        instance->memory_peak_kb = sum_kb;
    }
}

static void context_fill(struct instance *instance, struct events_context *context,
                         char version[128], char version_arn[256])
{
    const struct config_function *function = instance->function->config;
    const struct config *config = instance->platform->config;
    /* "nodejs20.x" is told as "nodejs:20.v1", "provided.al2023" as "provided:al2023.v1". */
    size_t name = strcspn(function->runtime, "0123456789.");
    const char *rest = function->runtime + name + (function->runtime[name] == '.');
    int rest_size = (int)strcspn(rest, "x");
    while (rest_size > 0 && rest[rest_size - 1] == '.') {
        rest_size--;
    }
    snprintf(version, 128, "%.*s:%.*s.v1", (int)name, function->runtime, rest_size, rest);
    snprintf(version_arn, 256, "arn:aws:lambda:%s::runtime:%s", config->region,
             "0000000000000000000000000000000000000000000000000000000000000000");
    *context = (struct events_context){
        .function_name = slice_from(function->name),
        .function_version = slice_from(function->version),
        .runtime_version = slice_from(version),
        .runtime_version_arn = slice_from(version_arn),
        .instance_id = slice_from(instance->stream_name),
        .init_type = slice_from(instance->init_type),
        .managed = instance_managed(instance),
        .memory_mb = function->memory_mb,
        .timeout_ns = function->timeout_ns,
        .era = function->era,
        .wall_offset_ns = instance_wall_offset_ns(instance),
        .memory_used_mb = (instance->memory_peak_kb + 1023) / 1024,
        .has_extensions = instance->life.extension_count > 0,
    };
    if (function->memory_limit && context->memory_used_mb > function->memory_mb) {
        context->memory_used_mb = function->memory_mb; /* Pages that are shared count twice. */
    }
    const struct invocation *invocation = instance->invocation;
    if (invocation != NULL) {
        context->request_id = slice_from(invocation->request_id);
        context->function_arn = slice_from(invocation->arn);
        context->tracing = buf_bytes(&invocation->tracing);
        context->trace = &invocation->trace;
    }
}

void instance_drain(struct instance *instance)
{
    output_drain(&instance->runtime_output);
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        output_drain(&instance->extensions[i].output);
    }
}

void instance_write_event(struct instance *instance, const struct life_event *event)
{
    char version[128];
    char version_arn[256];
    struct events_context context;
    struct buf json;
    struct buf text;
    if (event->kind == LIFE_EVENT_RUNTIME_DONE || event->kind == LIFE_EVENT_REPORT) {
        memory_measure(instance);
    }
    context_fill(instance, &context, version, version_arn);
    if (event->kind == LIFE_EVENT_EXTENSION) {
        context.extension_name = slice_from(instance->extensions[event->extension].name);
        context.extension_events = instance->extensions[event->extension].events;
    }
    buf_init_growing(&json, 65536);
    buf_init_growing(&text, 65536);
    events_write_json(&context, event, &json);
    uint64_t wall_ns = event->time_ns + context.wall_offset_ns;
    struct events_text messages = {.out = &text};
    if (!json_log(instance)) {
        events_write_text(&context, event, &messages);
    } else if (events_logged_as_json(&context, event)) {
        buf_append(&text, buf_bytes(&json));
        buf_append_byte(&text, '\n');
        messages.ends[messages.count++] = text.size;
    }
    for (size_t i = 0, from = 0; i < messages.count; from = messages.ends[i++]) {
        log_message(instance, wall_ns, slice_of(text.base + from, messages.ends[i] - from));
    }
    if (event->kind == LIFE_EVENT_REPORT) {
        telemetry_add_report(&instance->telemetry, buf_bytes(&json), clock_monotonic_ns());
    } else {
        telemetry_add(&instance->telemetry, TELEMETRY_PLATFORM, buf_bytes(&json), SLICE_EMPTY,
                      clock_monotonic_ns());
    }
    buf_fini(&json);
    buf_fini(&text);
    instance_telemetry_schedule(instance);
}

void instance_write_exit(struct instance *instance, const char *message)
{
    struct buf text;
    if (json_log(instance)) {
        return; /* What the platform says in such a log are its events. */
    }
    buf_init_growing(&text, 4096);
    buf_printf(&text, "%s\nRuntime.ExitError\n", message);
    log_message(instance, clock_monotonic_ns() + instance_wall_offset_ns(instance),
                buf_bytes(&text));
    buf_fini(&text);
}

void instance_write_subscription(struct instance *instance, struct slice name, unsigned types)
{
    struct buf json;
    struct buf text;
    buf_init_growing(&json, 4096);
    buf_init_growing(&text, 4096);
    uint64_t wall_ns = clock_monotonic_ns() + instance_wall_offset_ns(instance);
    events_write_subscription(name, types, wall_ns, &json, &text);
    telemetry_add(&instance->telemetry, TELEMETRY_PLATFORM, buf_bytes(&json), SLICE_EMPTY,
                  clock_monotonic_ns());
    log_message(instance, wall_ns, json_log(instance) ? buf_bytes(&json) : buf_bytes(&text));
    buf_fini(&json);
    buf_fini(&text);
    instance_telemetry_schedule(instance);
}
