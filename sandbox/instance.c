/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/instance.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "sandbox/function.h"
#include "sandbox/platform.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Birth. ---- */

uint64_t instance_wall_offset_ns(const struct instance *instance)
{
    const struct config_clock *clock = &instance->function->config->clock;
    uint64_t age_us = (clock_monotonic_ns() - instance->created_ns) / CLOCK_NS_PER_US;
    uint64_t gained_ns = age_us * clock->gains_ppm / CLOCK_NS_PER_MS * CLOCK_NS_PER_US;
    return instance->platform->wall_offset_ns - (uint64_t)clock->ahead_ns - gained_ns;
}

/* Now, as the platform tells it to this instance. */
static uint64_t wall_ns_of(const struct instance *instance)
{
    return clock_monotonic_ns() + instance_wall_offset_ns(instance);
}

static void random_hex(struct platform *platform, char text[33])
{
    unsigned char random[16];
    prng_fill(&platform->prng, random, sizeof(random));
    hex_encode(slice_of(random, sizeof(random)), text);
    text[32] = '\0';
}

static void stream_name_make(struct instance *instance)
{
    char day[TIMESTAMP_TEXT_SIZE];
    char hex[33];
    random_hex(instance->platform, hex);
    timestamp_format(wall_ns_of(instance), 0, day);
    snprintf(instance->stream_name, sizeof(instance->stream_name), "%.4s/%.2s/%.2s/[%.32s]%s", day,
             day + 5, day + 8, instance->function->config->version, hex);
}

static enum status log_open(struct instance *instance)
{
    struct platform *platform = instance->platform;
    struct log_stream_place place = {.state_directory = platform->state_directory,
                                     .function = instance->function->config->name,
                                     .name = instance->stream_name,
                                     .cloudwatch = platform->cloudwatch};
    return log_stream_init(&instance->log, &place);
}

static void on_life_timer(void *owner)
{
    instance_input(owner, &(struct life_input){.kind = LIFE_IN_TIME});
}

static void on_end_timer(void *owner)
{
    instance_destroy(owner);
}

static void life_prepare(struct instance *instance)
{
    const struct config *config = instance->platform->config;
    bool provisioned = strcmp(instance->init_type, "provisioned-concurrency") == 0;
    enum config_init init = instance->function->config->init;
    uint64_t timeout_ns = instance->function->config->timeout_ns;
    uint64_t patient_ns = 130 * CLOCK_NS_PER_S; /* The platform's for provisioned ones. */
    struct life_limits limits = {
        .init_ns = config->init_limit_ns,
        .timeout_ns = timeout_ns,
        .idle_ns = provisioned ? 0 : config->idle_ns,
        .restore_ns = RESTORE_LIMIT_MS * CLOCK_NS_PER_MS,
        .snapshot = init == CONFIG_INIT_SNAP_START,
        .runtime_first = instance->function->config->runtime_first,
        .slots = init == CONFIG_INIT_MANAGED ? (unsigned)instance->function->config->slots : 0,
    };
    if (provisioned || init != CONFIG_INIT_ON_DEMAND) {
        limits.init_ns = timeout_ns > patient_ns ? timeout_ns : patient_ns;
    }
    life_init(&instance->life, &limits, instance->function->extension_count);
}

enum status instance_create(struct instance **out, struct function *function, const char *init_type)
{
    struct platform *platform = function->platform;
    struct instance *instance = calloc(1, sizeof(*instance));
    if (instance == NULL) {
        return STATUS_FULL;
    }
    instance->platform = platform;
    instance->function = function;
    instance->init_type = init_type;
    instance->created_ns = clock_monotonic_ns();
    instance->life_timer = (struct loop_timer){.fire = on_life_timer, .owner = instance};
    instance->end_timer = (struct loop_timer){.fire = on_end_timer, .owner = instance};
    instance->api.descriptor = -1;
    instance->log.file = -1;
    instance->space.control = -1;
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        instance->extensions[i].index = i;
        instance->extensions[i].instance = instance;
        instance->extensions[i].stream = -1;
    }
    random_hex(platform, instance->id);
    stream_name_make(instance);
    life_prepare(instance);
    telemetry_init(&instance->telemetry);
    telemetry_spoil(&instance->telemetry, &function->config->telemetry);
    buf_init_growing(&instance->init_error, API_BODY_SIZE_MAX);
    platform->instance_count++;
    enum status status = cgroup_init(&instance->group, &platform->cgroup_root, instance->id);
    if (status == STATUS_OK && function->config->memory_limit) {
        status = instance_limit_memory(instance);
    }
    if (status == STATUS_OK) {
        status = instance_walls_build(instance);
    }
    if (status == STATUS_OK) {
        status = log_open(instance);
    }
    if (status != STATUS_OK) {
        log_error("cannot-create-instance", log_string("function", function->config->name),
                  log_status(status));
        instance_destroy(instance);
        return status;
    }
    instance->next = function->instances;
    function->instances = instance;
    *out = instance;
    return STATUS_OK;
}

/* ---- The end. ---- */

/* Nothing of the processes that ran is left: their connections, output and telemetry. */
static void processes_clear(struct instance *instance)
{
    struct platform *platform = instance->platform;
    if (instance->space.control >= 0) {
        namespace_signal(&instance->space, SIGKILL);
    }
    process_forget(&platform->processes, &instance->runtime);
    output_drain(&instance->runtime_output);
    output_close(&instance->runtime_output);
    if (instance->runtime_next != NULL) {
        web_drop(instance->runtime_next);
        instance->runtime_next = NULL;
    }
    for (struct web_request *worker = instance_worker_take(instance); worker != NULL;
         worker = instance_worker_take(instance)) {
        web_drop(worker);
    }
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        struct extension *extension = &instance->extensions[i];
        process_forget(&platform->processes, &extension->process);
        output_drain(&extension->output);
        output_close(&extension->output);
        if (extension->next != NULL) {
            web_drop(extension->next);
            extension->next = NULL;
        }
        extension->identifier[0] = '\0';
        extension->event = EXTENSION_EVENT_NONE;
        extension->events = 0;
    }
    web_disown(platform->web, instance);
    instance_telemetry_stop(instance);
    if (instance->relay != NULL) {
        relay_reset(instance->relay);
    }
    instance->flushing = false;
}

/* The caller of the invocation, if there is one, hears that it is lost. */
static void abandon(struct instance *instance)
{
    struct invocation *invocation = instance->invocation;
    if (invocation == NULL) {
        return;
    }
    instance_answer(instance,
                    SLICE("{\"errorType\":\"Sandbox.Failure\",\"errorMessage\":"
                          "\"the environment was destroyed\"}"),
                    SLICE("application/json"), true);
    instance->invocation = NULL;
    function_invocation_over(invocation);
}

void instance_destroy(struct instance *instance)
{
    struct platform *platform = instance->platform;
    struct loop *loop = &platform->loop;
    instance->ended = true;
    abandon(instance);
    for (unsigned i = 0; i < MANAGED_SLOT_MAX; i++) {
        instance->invocation = instance->slots[i];
        instance->slots[i] = NULL;
        abandon(instance);
    }
    processes_clear(instance);
    instance_walls_fall(instance);
    loop_clear(loop, &instance->life_timer);
    loop_clear(loop, &instance->telemetry_timer);
    loop_clear(loop, &instance->end_timer);
    log_stream_fini(&instance->log);
    buf_fini(&instance->init_error);
    function_remove(instance->function, instance);
    free(instance);
    platform_instance_gone(platform);
}

/* ---- What the life says. ---- */

/* What is restored is another instance: with a log stream of its own, and on another machine, so
 * that no connection leads anywhere. */
static void restore(struct instance *instance)
{
    log_stream_fini(&instance->log);
    stream_name_make(instance);
    if (log_open(instance) != STATUS_OK) {
        log_warn("cannot-write-log", log_string("instance", instance->id));
    }
    instance_thaw(instance, true);
    function_instance_restored(instance->function);
}

static void header_add(struct web_reply *reply, struct web_header *headers, const char *name,
                       struct slice value)
{
    if (value.size > 0) {
        headers[reply->header_count++] = (struct web_header){name, value};
    }
}

static void send_restore(struct instance *instance)
{
    struct web_request *request = instance->runtime_next;
    instance->runtime_next = NULL;
    web_answer(request, &(struct web_reply){.status = 200, .body = SLICE_EMPTY});
}

static void send_invoke(struct instance *instance, uint64_t deadline_ns)
{
    struct invocation *invocation = instance->invocation;
    struct web_request *request =
        instance_managed(instance) ? instance_worker_take(instance) : instance->runtime_next;
    ENSURE(request != NULL && invocation != NULL);
    char deadline[32];
    snprintf(
        deadline, sizeof(deadline), "%llu",
        (unsigned long long)((deadline_ns + instance_wall_offset_ns(instance)) / CLOCK_NS_PER_MS));
    struct web_header headers[8];
    struct web_reply reply = {.status = 200,
                              .content_type = "application/json",
                              .body = buf_bytes(&invocation->payload),
                              .headers = headers};
    header_add(&reply, headers, "Lambda-Runtime-Aws-Request-Id",
               slice_from(invocation->request_id));
    header_add(&reply, headers, "Lambda-Runtime-Deadline-Ms", slice_from(deadline));
    header_add(&reply, headers, "Lambda-Runtime-Invoked-Function-Arn", slice_from(invocation->arn));
    header_add(&reply, headers, "Lambda-Runtime-Trace-Id", buf_bytes(&invocation->tracing));
    header_add(&reply, headers, "Lambda-Runtime-Client-Context",
               buf_bytes(&invocation->client_context));
    instance->runtime_next = NULL;
    web_answer(request, &reply);
}

static void invoke_event_write(const struct extension *extension, uint64_t deadline_ms,
                               struct buf *body)
{
    const struct invocation *invocation = extension->instance->invocation;
    struct json_write writer;
    json_write_init(&writer, body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("eventType"), SLICE("INVOKE"));
    json_write_member_u64(&writer, SLICE("deadlineMs"), deadline_ms);
    json_write_member_string(&writer, SLICE("requestId"), slice_from(invocation->request_id));
    json_write_member_string(&writer, SLICE("invokedFunctionArn"), slice_from(invocation->arn));
    json_write_member_object(&writer, SLICE("tracing"));
    json_write_member_string(&writer, SLICE("type"), SLICE("X-Amzn-Trace-Id"));
    json_write_member_string(&writer, SLICE("value"), buf_bytes(&invocation->tracing));
    json_write_object_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

/* Tell the extension its event if it is in next. */
static void extension_tell(struct extension *extension)
{
    struct platform *platform = extension->instance->platform;
    struct web_request *request = extension->next;
    if (request == NULL || extension->event == EXTENSION_EVENT_NONE) {
        return;
    }
    uint64_t deadline_ms =
        (extension->deadline_ns + instance_wall_offset_ns(extension->instance)) / CLOCK_NS_PER_MS;
    struct buf body;
    buf_init_growing(&body, 32768);
    struct web_reply reply = {.status = 200};
    char event_id[37];
    struct web_header headers[1];
    if (extension->event == EXTENSION_EVENT_INVOKE) {
        invoke_event_write(extension, deadline_ms, &body);
        platform_uuid(platform, event_id);
        headers[0] = (struct web_header){"Lambda-Extension-Event-Identifier", slice_from(event_id)};
        reply.headers = headers;
        reply.header_count = 1;
    } else {
        buf_printf(&body,
                   "{\"eventType\":\"SHUTDOWN\",\"shutdownReason\":\"%s\",\"deadlineMs\":%llu}",
                   life_reason_name(extension->reason), (unsigned long long)deadline_ms);
    }
    reply.content_type = "application/json";
    reply.body = buf_bytes(&body);
    extension->event = EXTENSION_EVENT_NONE;
    extension->next = NULL;
    web_answer(request, &reply);
    buf_fini(&body);
}

static void extension_event(struct instance *instance, const struct life_action *action,
                            enum extension_event event)
{
    struct extension *extension = &instance->extensions[action->extension];
    extension->event = event;
    extension->reason = action->reason;
    extension->deadline_ns = action->deadline_ns;
    if (event == EXTENSION_EVENT_SHUTDOWN) {
        instance->flushing = true;
        telemetry_release(&instance->telemetry, clock_monotonic_ns());
        instance_telemetry_schedule(instance);
    }
    extension_tell(extension);
}

/* The platform saw the invocation fail; the caller hears of it if the function has not answered. */
static void fail(struct instance *instance, const char *error_type)
{
    struct invocation *invocation = instance->invocation;
    char message[512];
    if (strcmp(error_type, "Sandbox.Timedout") == 0) {
        double seconds = (double)instance->function->config->timeout_ns / (double)CLOCK_NS_PER_S;
        snprintf(message, sizeof(message), "RequestId: %s Error: Task timed out after %.2f seconds",
                 invocation->request_id, seconds);
    } else {
        snprintf(message, sizeof(message), "RequestId: %s Error: %s", invocation->request_id,
                 instance->exit_text);
    }
    if (strcmp(error_type, "Runtime.ExitError") == 0 ||
        strcmp(error_type, "Runtime.OutOfMemory") == 0) {
        instance_write_exit(instance, message);
    }
    struct buf body;
    buf_init_growing(&body, 65536);
    if (instance->init_error.size > 0) {
        buf_append(&body, buf_bytes(&instance->init_error));
    } else {
        struct json_write writer;
        json_write_init(&writer, &body);
        json_write_object_begin(&writer);
        json_write_member_string(&writer, SLICE("errorType"), slice_from(error_type));
        json_write_member_string(&writer, SLICE("errorMessage"), slice_from(message));
        json_write_object_end(&writer);
    }
    instance_answer(instance, buf_bytes(&body), SLICE("application/json"), true);
    buf_fini(&body);
}

static void finished(struct instance *instance)
{
    struct invocation *invocation = instance->invocation;
    instance->invocation = NULL;
    instance->used_ns = clock_monotonic_ns();
    instance->invocation_count++;
    function_invocation_over(invocation);
}

static void event_about(struct instance *instance, const struct life_event *event)
{
    if (event->kind == LIFE_EVENT_INIT_START) {
        buf_reset(&instance->init_error);
        instance->exit_text[0] = '\0';
    }
    instance_write_event(instance, event);
    if (event->kind == LIFE_EVENT_INIT_REPORT && event->outcome == LIFE_SUCCESS) {
        telemetry_close(&instance->telemetry);
    }
}

static void act_one(struct instance *instance, const struct life_action *action)
{
    struct extension *extension = &instance->extensions[action->extension];
    switch (action->kind) {
    case LIFE_DO_START_EXTENSIONS:
        instance_start_extensions(instance);
        break;
    case LIFE_DO_START_RUNTIME:
        instance_start_runtime(instance);
        break;
    case LIFE_DO_THAW:
        instance_thaw(instance, false);
        break;
    case LIFE_DO_RESTORE:
        restore(instance);
        break;
    case LIFE_DO_SEND_RESTORE:
        send_restore(instance);
        break;
    case LIFE_DO_FREEZE:
        instance_freeze(instance);
        break;
    case LIFE_DO_SEND_INVOKE:
        send_invoke(instance, action->deadline_ns);
        break;
    case LIFE_DO_TELL_INVOKE:
        extension_event(instance, action, EXTENSION_EVENT_INVOKE);
        break;
    case LIFE_DO_TELL_SHUTDOWN:
        extension_event(instance, action, EXTENSION_EVENT_SHUTDOWN);
        break;
    case LIFE_DO_TERM_RUNTIME:
        process_signal(&instance->runtime, SIGTERM);
        break;
    case LIFE_DO_KILL_RUNTIME:
        process_signal(&instance->runtime, SIGKILL);
        break;
    case LIFE_DO_KILL_EXTENSION:
        process_signal(&extension->process, SIGKILL);
        break;
    case LIFE_DO_KILL_ALL:
        processes_clear(instance);
        break;
    case LIFE_DO_EVENT:
        event_about(instance, &action->event);
        break;
    case LIFE_DO_FAIL:
        fail(instance, action->event.error_type);
        break;
    case LIFE_DO_FINISHED:
        finished(instance);
        break;
    case LIFE_DO_FREE:
        function_instance_free(instance->function);
        break;
    case LIFE_DO_END:
        instance->ended = true;
        loop_set(&instance->platform->loop, &instance->end_timer, clock_monotonic_ns());
        break;
    }
}

/* In a managed instance what is about an invocation is about that of its slot. */
static void act(struct instance *instance, const struct life_action *action)
{
    if (!instance_managed(instance)) {
        act_one(instance, action);
        return;
    }
    instance->invocation = instance->slots[action->slot];
    if (action->kind == LIFE_DO_FINISHED) {
        instance->slots[action->slot] = NULL;
    }
    act_one(instance, action);
    instance->invocation = NULL;
}

void instance_input(struct instance *instance, const struct life_input *input)
{
    ENSURE(instance->input_count < INSTANCE_INPUT_MAX);
    struct instance_input *slot = &instance->inputs[instance->input_count++];
    slot->input = *input;
    if (input->error_type != NULL) {
        snprintf(slot->error_type, sizeof(slot->error_type), "%s", input->error_type);
    }
    if (instance->stepping) {
        return;
    }
    instance->stepping = true;
    static struct life_actions actions;
    while (instance->input_count > 0) {
        struct instance_input first = instance->inputs[0];
        instance->input_count--;
        memmove(&instance->inputs[0], &instance->inputs[1],
                instance->input_count * sizeof(instance->inputs[0]));
        if (first.input.error_type != NULL) {
            first.input.error_type = first.error_type;
        }
        /* What was printed before the input stands before the events that it causes. */
        instance_drain(instance);
        life_step(&instance->life, &first.input, clock_monotonic_ns(), &actions);
        struct life_actions todo = {.count = 0};
        for (; todo.count < actions.count; todo.count++) {
            todo.list[todo.count] = actions.list[todo.count];
        }
        for (unsigned i = 0; i < todo.count; i++) {
            act(instance, &todo.list[i]);
        }
    }
    instance->stepping = false;
    uint64_t deadline_ns = life_deadline_ns(&instance->life);
    if (deadline_ns == 0 || instance->ended) {
        loop_clear(&instance->platform->loop, &instance->life_timer);
    } else {
        loop_set(&instance->platform->loop, &instance->life_timer, deadline_ns);
    }
}

/* ---- What others want of it. ---- */

void instance_start(struct instance *instance)
{
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_START});
}

bool instance_free(const struct instance *instance)
{
    return !instance->ended && !instance->stepping && instance->invocation == NULL &&
           life_free(&instance->life);
}

void instance_invoke(struct instance *instance, struct invocation *invocation)
{
    ENSURE(instance_free(instance));
    unsigned slot = 0;
    if (instance_managed(instance)) {
        while (instance->slots[slot] != NULL) {
            slot++;
        }
        instance->slots[slot] = invocation;
    } else {
        instance->invocation = invocation;
    }
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_INVOKE, .slot = slot});
}

void instance_end(struct instance *instance)
{
    if (!instance->ended) {
        instance_input(instance, &(struct life_input){.kind = LIFE_IN_END});
    }
}

void instance_answer(struct instance *instance, struct slice payload, struct slice content_type,
                     bool function_error)
{
    struct invocation *invocation = instance->invocation;
    if (invocation == NULL || invocation->answered) {
        return;
    }
    invocation->answered = true;
    if (invocation->wants_tail) {
        /* The tail is complete only when the invocation is over: the answer waits for it. */
        buf_append(&invocation->answer, payload);
        invocation->answer_error = function_error;
        snprintf(invocation->answer_type, sizeof(invocation->answer_type), SLICE_FMT,
                 SLICE_ARG(content_type));
        return;
    }
    struct invocation_result result = {
        .function_error = function_error, .payload = payload, .content_type = content_type};
    invocation->done(invocation, &result);
}

struct extension *instance_extension_find(struct instance *instance, struct slice identifier)
{
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        struct extension *extension = &instance->extensions[i];
        if (extension->identifier[0] != '\0' &&
            slice_equal_nocase(slice_from(extension->identifier), identifier)) {
            return extension;
        }
    }
    return NULL;
}

void instance_extension_wait(struct extension *extension, struct web_request *request)
{
    if (extension->next != NULL) {
        /* It lost patience or its connection, and asks again: the new request counts. */
        web_drop(extension->next);
    }
    extension->next = request;
    instance_input(extension->instance, &(struct life_input){.kind = LIFE_IN_EXTENSION_NEXT,
                                                             .extension = extension->index});
    extension_tell(extension);
}
