/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/front.h"

#include "base/clock.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "sandbox/async.h"
#include "sandbox/function.h"
#include "sandbox/mapping.h"
#include "sandbox/queue.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "/sandbox/"

#define DEPTH_MAX 16

/* An answer can name every instance of every function. */
#define ANSWER_SIZE_MAX (8u << 20)

static void refuse(struct web_request *request, unsigned status, const char *code,
                   const char *message)
{
    char text[512];
    snprintf(text, sizeof(text),
             "{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"hint\":\"see "
             "docs/guide/sandbox.md\"}}\n",
             code, message);
    web_answer_json(request, status, slice_from(text));
}

static void done(struct web_request *request)
{
    web_answer_json(request, 200, SLICE("{\"ok\":true}\n"));
}

/* ---- What the body of a command says. ---- */

struct command {
    char fault[16];
    char instance[64];
    char destination[64];
    char target[128];
    char signal[16];
    uint64_t delay_ms;
    bool malformed;
};

static void read_text(struct json_read *reader, struct command *command, char *text, size_t size)
{
    struct json_string string;
    struct buf decoded;
    buf_init_fixed(&decoded, text, size - 1);
    if (json_read_string(reader, &string) != JSON_GOT) {
        command->malformed = true;
        return;
    }
    json_string_decode(string, &decoded);
    text[decoded.size] = '\0';
}

static struct command read_command(struct slice body)
{
    struct command command = {0};
    struct json_read reader;
    struct json_string key;
    if (body.size == 0) {
        return command;
    }
    json_read_init(&reader, body, DEPTH_MAX);
    if (json_read_object(&reader) == JSON_GOT) {
        while (json_read_member(&reader, &key)) {
            if (json_string_equal(key, SLICE("fault"))) {
                read_text(&reader, &command, command.fault, sizeof(command.fault));
            } else if (json_string_equal(key, SLICE("instance"))) {
                read_text(&reader, &command, command.instance, sizeof(command.instance));
            } else if (json_string_equal(key, SLICE("destination"))) {
                read_text(&reader, &command, command.destination, sizeof(command.destination));
            } else if (json_string_equal(key, SLICE("target"))) {
                read_text(&reader, &command, command.target, sizeof(command.target));
            } else if (json_string_equal(key, SLICE("signal"))) {
                read_text(&reader, &command, command.signal, sizeof(command.signal));
            } else if (json_string_equal(key, SLICE("delay_ms"))) {
                command.malformed |= json_read_u64(&reader, &command.delay_ms) != JSON_GOT;
            } else {
                json_read_skip(&reader);
                command.malformed = true;
            }
        }
    }
    command.malformed = !json_read_finish(&reader) || command.malformed;
    return command;
}

/* ---- What there is. ---- */

static void write_extension(struct json_write *writer, const struct instance *instance, unsigned i)
{
    const struct extension *extension = &instance->extensions[i];
    const struct life_extension *life = &instance->life.extensions[i];
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), slice_from(extension->name));
    json_write_member_bool(writer, SLICE("external"), i < instance->life.external_count);
    json_write_member_string(writer, SLICE("state"),
                             slice_from(life_extension_state_name(life->state)));
    json_write_member_i64(writer, SLICE("pid"), extension->process.id);
    json_write_member_bool(writer, SLICE("telemetry"), instance->telemetry.subscribers[i].used);
    json_write_object_end(writer);
}

static void write_instance(struct json_write *writer, const struct instance *instance)
{
    uint64_t now_ns = clock_monotonic_ns();
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("id"), slice_from(instance->id));
    json_write_member_string(writer, SLICE("function"),
                             slice_from(instance->function->config->name));
    json_write_member_string(writer, SLICE("instance_id"), slice_from(instance->stream_name));
    json_write_member_string(writer, SLICE("init_type"), slice_from(instance->init_type));
    json_write_member_string(writer, SLICE("state"),
                             slice_from(life_state_name(instance->life.state)));
    json_write_member_bool(writer, SLICE("frozen"), instance->life.frozen);
    json_write_member_string(
        writer, SLICE("request_id"),
        instance->invocation == NULL ? SLICE_EMPTY : slice_from(instance->invocation->request_id));
    json_write_member_u64(writer, SLICE("running"), instance_load(instance));
    json_write_member_u64(writer, SLICE("invocations"), instance->invocation_count);
    json_write_member_u64(writer, SLICE("age_ms"),
                          (now_ns - instance->created_ns) / CLOCK_NS_PER_MS);
    json_write_member_u64(writer, SLICE("max_memory_mb"), (instance->memory_peak_kb + 1023) / 1024);
    json_write_member_u64(writer, SLICE("relay_connections"), relay_connections(instance->relay));
    json_write_member_i64(writer, SLICE("holder_pid"), instance->space.holder);
    json_write_key(writer, SLICE("netns"));
    json_write_printf(writer, "/proc/%d/ns/net", (int)instance->space.holder);
    json_write_key(writer, SLICE("root"));
    json_write_printf(writer, "/proc/%d/root", (int)instance->space.holder);
    json_write_member_i64(writer, SLICE("runtime_pid"), instance->runtime.id);
    json_write_member_array(writer, SLICE("extensions"));
    for (unsigned i = 0; i < instance->life.extension_count; i++) {
        write_extension(writer, instance, i);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void list_instances(struct platform *platform, struct web_request *request)
{
    struct slice only = web_query_value(request, "function");
    struct buf body;
    struct json_write writer;
    buf_init_growing(&body, ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("instances"));
    for (const struct function *function = platform->functions; function != NULL;
         function = function->next) {
        if (only.size > 0 && !slice_equal(only, slice_from(function->config->name))) {
            continue;
        }
        for (const struct instance *instance = function->instances; instance != NULL;
             instance = instance->next) {
            write_instance(&writer, instance);
        }
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    web_answer_json(request, 200, buf_bytes(&body));
    buf_fini(&body);
}

static void write_function(struct json_write *writer, const struct function *function)
{
    const struct config_function *config = function->config;
    uint64_t count = 0;
    for (const struct instance *instance = function->instances; instance != NULL;
         instance = instance->next) {
        count++;
    }
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), slice_from(config->name));
    json_write_member_string(writer, SLICE("runtime"), slice_from(config->runtime));
    json_write_member_string(writer, SLICE("arch"), slice_from(config->arch));
    json_write_member_string(writer, SLICE("version"), slice_from(config->version));
    json_write_member_u64(writer, SLICE("memory_mb"), config->memory_mb);
    json_write_member_u64(writer, SLICE("timeout_ms"), config->timeout_ns / CLOCK_NS_PER_MS);
    json_write_member_u64(writer, SLICE("concurrency"), config->concurrency);
    json_write_member_u64(writer, SLICE("instances"), count);
    json_write_member_u64(writer, SLICE("invocations"), function->invocation_count);
    json_write_member_u64(writer, SLICE("throttles"), function->throttle_count);
    json_write_object_end(writer);
}

static void list_functions(struct platform *platform, struct web_request *request)
{
    struct buf body;
    struct json_write writer;
    buf_init_growing(&body, ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("functions"));
    for (const struct function *function = platform->functions; function != NULL;
         function = function->next) {
        write_function(&writer, function);
    }
    json_write_array_end(&writer);
    json_write_member_u64(&writer, SLICE("async_events"), async_count());
    json_write_object_end(&writer);
    web_answer_json(request, 200, buf_bytes(&body));
    buf_fini(&body);
}

static void list_queues(struct platform *platform, struct web_request *request)
{
    struct buf body;
    struct json_write writer;
    buf_init_growing(&body, ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("queues"));
    for (const struct queue *queue = platform->queues; queue != NULL; queue = queue->next) {
        json_write_object_begin(&writer);
        json_write_member_string(&writer, SLICE("name"), slice_from(queue->config->name));
        json_write_member_u64(&writer, SLICE("messages"), queue->count);
        json_write_member_u64(&writer, SLICE("in_flight"), queue->taken);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    web_answer_json(request, 200, buf_bytes(&body));
    buf_fini(&body);
}

/* ---- Commands. ---- */

static struct instance *instance_find(struct platform *platform, struct slice id)
{
    for (struct function *function = platform->functions; function != NULL;
         function = function->next) {
        for (struct instance *instance = function->instances; instance != NULL;
             instance = instance->next) {
            if (slice_equal(slice_from(instance->id), id) ||
                slice_equal(slice_from(instance->stream_name), id)) {
                return instance;
            }
        }
    }
    return NULL;
}

static void serve_relay(struct platform *platform, struct web_request *request)
{
    struct command command = read_command(request->body);
    struct relay_fault fault = {.delay_ns = command.delay_ms * CLOCK_NS_PER_MS};
    unsigned kind = 0;
    while (relay_fault_names[kind] != NULL && strcmp(relay_fault_names[kind], command.fault) != 0) {
        kind++;
    }
    if (command.malformed || relay_fault_names[kind] == NULL) {
        refuse(request, 400, "bad-request",
               "fault must be none, delay (with delay_ms), cut, blackhole or reset");
        return;
    }
    fault.kind = (enum relay_fault_kind)kind;
    unsigned count = 0;
    for (struct function *function = platform->functions; function != NULL;
         function = function->next) {
        for (struct instance *instance = function->instances; instance != NULL;
             instance = instance->next) {
            if (!instance->ended &&
                (command.instance[0] == '\0' || strcmp(command.instance, instance->id) == 0)) {
                count += relay_spoil(instance->relay, slice_from(command.destination), fault);
            }
        }
    }
    if (command.instance[0] == '\0') {
        platform_spoil(platform, slice_from(command.destination), fault);
    } else if (count == 0) {
        refuse(request, 404, "not-found", "no such instance or destination");
        return;
    }
    done(request);
}

static void serve_kill(struct instance *instance, struct web_request *request)
{
    struct command command = read_command(request->body);
    if (command.malformed) {
        refuse(request, 400, "bad-request", "target and signal must be strings");
        return;
    }
    if (command.target[0] == '\0' || strcmp(command.target, "environment") == 0) {
        /* After the answer, so that a caller from inside gets it. */
        done(request);
        instance_destroy(instance);
        return;
    }
    int number = strcmp(command.signal, "TERM") == 0 ? SIGTERM : SIGKILL;
    if (instance_kill(instance, slice_from(command.target), number)) {
        done(request);
    } else {
        refuse(request, 404, "not-found",
               "no such process; target is runtime, environment or "
               "the name of an extension");
    }
}

static void serve_instance(struct platform *platform, struct web_request *request,
                           struct slice rest)
{
    struct slice id;
    struct slice verb;
    size_t slash = slice_find_last_byte(rest, '/');
    id = slash == SLICE_NONE ? rest : slice_take(rest, slash);
    verb = slash == SLICE_NONE ? SLICE_EMPTY : slice_skip(rest, slash + 1);
    struct instance *instance = instance_find(platform, id);
    if (instance == NULL || instance->ended) {
        refuse(request, 404, "not-found", "no such instance");
    } else if (slice_equal(verb, SLICE("kill"))) {
        serve_kill(instance, request);
    } else if (slice_equal(verb, SLICE("end"))) {
        instance_end(instance);
        done(request);
    } else {
        refuse(request, 404, "not-found", "no such command; there are kill and end");
    }
}

static void serve_warm(struct platform *platform, struct web_request *request, struct slice rest)
{
    struct slice name;
    struct slice verb;
    slice_cut(rest, '/', &name, &verb);
    struct function *function = function_find(platform, name);
    if (function == NULL || !slice_equal(verb, SLICE("instances"))) {
        refuse(request, 404, "not-found", "no such function");
    } else if (function_warm(function, config_init_names[function->config->init]) != STATUS_OK) {
        refuse(request, 429, "full", "the function is at its concurrency");
    } else {
        done(request);
    }
}

void control_serve(struct platform *platform, struct web_request *request)
{
    struct slice path = slice_skip(request->path, strlen(PREFIX));
    bool get = slice_equal(request->method, SLICE("GET"));
    bool post = slice_equal(request->method, SLICE("POST"));
    if (get && slice_equal(path, SLICE("instances"))) {
        list_instances(platform, request);
    } else if (get && slice_equal(path, SLICE("functions"))) {
        list_functions(platform, request);
    } else if (get && slice_equal(path, SLICE("queues"))) {
        list_queues(platform, request);
    } else if (post && slice_equal(path, SLICE("relay"))) {
        serve_relay(platform, request);
    } else if (post && slice_equal(path, SLICE("drain"))) {
        for (struct function *function = platform->functions; function != NULL;
             function = function->next) {
            function_drain(function);
        }
        done(request);
    } else if (post && slice_starts(path, SLICE("instances/"))) {
        serve_instance(platform, request, slice_skip(path, strlen("instances/")));
    } else if (post && slice_starts(path, SLICE("functions/"))) {
        serve_warm(platform, request, slice_skip(path, strlen("functions/")));
    } else {
        refuse(request, 404, "not-found", "no such path");
    }
}
