/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/function.h"
#include "sandbox/instance.h"
#include "sandbox/platform.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Variables of a function, and the bytes that they take: the platform allows 4 KiB, tests may
 * want more. */
#define VARIABLE_COUNT_MAX     512
#define ENVIRONMENT_ARENA_SIZE (512u << 10)
#define ARGUMENT_COUNT_MAX     64

/* An environment under construction. */
struct environment {
    struct arena arena;
    const char *list[VARIABLE_COUNT_MAX + 1];
    size_t count;
};

static void set(struct environment *environment, const char *name, const char *value)
{
    size_t size = strlen(name);
    size_t i = 0;
    while (i < environment->count &&
           !(strncmp(environment->list[i], name, size) == 0 && environment->list[i][size] == '=')) {
        i++;
    }
    struct slice text = arena_printf(&environment->arena, "%s=%s", name, value);
    if (text.size == 0 || i == VARIABLE_COUNT_MAX) {
        log_warn("environment-full", log_string("variable", name));
        return;
    }
    environment->list[i] = (const char *)text.base;
    if (i == environment->count) {
        environment->count++;
        environment->list[environment->count] = NULL;
    }
}

/* What runtime and extensions both see. */
static void set_shared(struct environment *environment, const struct instance *instance)
{
    const struct config_function *function = instance->function->config;
    const struct config *config = instance->platform->config;
    char number[32];
    char address[64];
    snprintf(number, sizeof(number), "%llu", (unsigned long long)function->memory_mb);
    set(environment, "PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin");
    set(environment, "LD_LIBRARY_PATH", "/var/task:/var/task/lib:/opt/lib");
    set(environment, "LANG", "C.UTF-8");
    set(environment, "TZ", ":UTC");
    set(environment, "AWS_REGION", config->region);
    set(environment, "AWS_DEFAULT_REGION", config->region);
    set(environment, "AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000");
    set(environment, "AWS_SECRET_ACCESS_KEY", "sandbox");
    set(environment, "AWS_SESSION_TOKEN", "sandbox");
    set(environment, "AWS_LAMBDA_FUNCTION_NAME", function->name);
    set(environment, "AWS_LAMBDA_FUNCTION_VERSION", function->version);
    set(environment, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", number);
    set(environment, "AWS_LAMBDA_INITIALIZATION_TYPE", instance->init_type);
    set(environment, "AWS_LAMBDA_LOG_FORMAT",
        function->json || instance_managed(instance) ? "JSON" : "Text");
    if (instance_managed(instance)) {
        snprintf(number, sizeof(number), "%llu", (unsigned long long)function->slots);
        set(environment, "AWS_LAMBDA_MAX_CONCURRENCY", number);
        snprintf(number, sizeof(number), "%llu",
                 (unsigned long long)(function->timeout_ns / CLOCK_NS_PER_S));
        set(environment, "AWS_LAMBDA_FUNCTION_TIMEOUT", number);
        set(environment, "AWS_ACCOUNT_ID", config->account);
    }
    snprintf(address, sizeof(address), "%s:%d", PLATFORM_INSIDE_ADDRESS, PLATFORM_API_PORT);
    set(environment, "AWS_LAMBDA_RUNTIME_API", address);
    snprintf(address, sizeof(address), "http://%s:%d", PLATFORM_INSIDE_ADDRESS,
             PLATFORM_ENDPOINT_PORT);
    set(environment, "AWS_ENDPOINT_URL", address);
    for (const struct config_variable *variable = function->environment; variable != NULL;
         variable = variable->next) {
        set(environment, variable->name, variable->value);
    }
}

/* What only the runtime sees. */
static void set_runtime(struct environment *environment, const struct instance *instance)
{
    const struct config_function *function = instance->function->config;
    char text[256];
    set(environment, "_HANDLER", function->handler);
    set(environment, "LAMBDA_TASK_ROOT", "/var/task");
    set(environment, "LAMBDA_RUNTIME_DIR", "/var/runtime");
    if (!instance->life.limits.snapshot) {
        /* What is in a snapshot is the same in all that are made of it. */
        snprintf(text, sizeof(text), "/aws/lambda/%s", function->name);
        set(environment, "AWS_LAMBDA_LOG_GROUP_NAME", text);
        set(environment, "AWS_LAMBDA_LOG_STREAM_NAME", instance->stream_name);
    }
    set(environment, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
    set(environment, "AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000");
    set(environment, "_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129");
    set(environment, "_AWS_XRAY_DAEMON_PORT", "2000");
    if (strncmp(function->runtime, "provided", strlen("provided")) != 0) {
        snprintf(text, sizeof(text), "AWS_Lambda_%s", function->runtime);
        set(environment, "AWS_EXECUTION_ENV", text);
    }
}

/* Extensions do not see what begins with an underscore, nor what belongs to the runtime, even if
 * the configuration set it. */
static void hide_runtime(struct environment *environment)
{
    static const char *const hidden[] = {"AWS_EXECUTION_ENV=",
                                         "AWS_LAMBDA_LOG_GROUP_NAME=",
                                         "AWS_LAMBDA_LOG_STREAM_NAME=",
                                         "AWS_XRAY_CONTEXT_MISSING=",
                                         "AWS_XRAY_DAEMON_ADDRESS=",
                                         "LAMBDA_RUNTIME_DIR=",
                                         "LAMBDA_TASK_ROOT=",
                                         "_",
                                         NULL};
    size_t kept = 0;
    for (size_t i = 0; i < environment->count; i++) {
        bool hide = false;
        for (const char *const *name = hidden; *name != NULL; name++) {
            hide = hide || strncmp(environment->list[i], *name, strlen(*name)) == 0;
        }
        if (!hide) {
            environment->list[kept++] = environment->list[i];
        }
    }
    environment->count = kept;
    environment->list[kept] = NULL;
}

static const char *variable_of(const struct config_function *function, const char *name)
{
    for (const struct config_variable *variable = function->environment; variable != NULL;
         variable = variable->next) {
        if (strcmp(variable->name, name) == 0) {
            return variable->value;
        }
    }
    return NULL;
}

/* ---- The runtime. ---- */

static void on_runtime_ended(struct process *process, const struct process_end *end)
{
    struct instance *instance = process->owner;
    output_drain(&instance->runtime_output);
    if (end->memory_kb > instance->memory_peak_kb) {
        instance->memory_peak_kb = end->memory_kb;
    }
    if (WIFSIGNALED(end->status)) {
        int number = WTERMSIG(end->status);
        snprintf(instance->exit_text, sizeof(instance->exit_text),
                 "Runtime exited with error: signal: %s",
                 number == SIGKILL ? "killed" : strsignal(number));
    } else if (WEXITSTATUS(end->status) != 0) {
        snprintf(instance->exit_text, sizeof(instance->exit_text),
                 "Runtime exited with error: exit status %d", WEXITSTATUS(end->status));
    } else {
        snprintf(instance->exit_text, sizeof(instance->exit_text),
                 "Runtime exited without providing a reason");
    }
    bool starved = instance_out_of_memory(instance);
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_RUNTIME_EXITED,
                                                  .error_type = starved ? "Runtime.OutOfMemory"
                                                                        : "Runtime.ExitError"});
}

static void start_failed(struct instance *instance, const char *command, int error)
{
    log_warn("cannot-start", log_string("function", instance->function->config->name),
             log_string("command", command), log_errno(error));
}

void instance_start_runtime(struct instance *instance)
{
    static unsigned char memory[ENVIRONMENT_ARENA_SIZE];
    static struct environment environment;
    const struct config_function *function = instance->function->config;
    const char *arguments[ARGUMENT_COUNT_MAX + 2];
    size_t count = 0;
    const char *wrapper = variable_of(function, "AWS_LAMBDA_EXEC_WRAPPER");
    environment = (struct environment){.count = 0};
    arena_init(&environment.arena, memory, sizeof(memory));
    set_runtime(&environment, instance);
    set_shared(&environment, instance);
    if (wrapper != NULL) {
        arguments[count++] = wrapper;
    }
    for (size_t i = 0; function->bootstrap[i] != NULL && count < ARGUMENT_COUNT_MAX; i++) {
        arguments[count++] = function->bootstrap[i];
    }
    ENSURE(count > 0);
    arguments[count] = NULL;
    struct process_plan plan = {
        .space = &instance->space,
        .group = &instance->group,
        .arguments = arguments,
        .environment = environment.list,
        .directory = "/var/task",
        .search = strchr(arguments[0], '/') == NULL,
        .user = function->user,
    };
    int error = 0;
    instance->runtime = (struct process){.ended = on_runtime_ended, .owner = instance};
    if (process_start(&instance->platform->processes, &instance->runtime, &plan, &error) !=
        STATUS_OK) {
        start_failed(instance, arguments[0], error);
        snprintf(instance->exit_text, sizeof(instance->exit_text), "fork/exec %s: %s", arguments[0],
                 strerror(error));
        instance_input(instance, &(struct life_input){.kind = LIFE_IN_RUNTIME_EXITED,
                                                      .error_type = "Runtime.InvalidEntrypoint"});
        return;
    }
    if (output_open(&instance->runtime_output, instance, instance->runtime.output, false) !=
        STATUS_OK) {
        close(instance->runtime.output);
    }
}

/* ---- Extensions. ---- */

static void on_extension_ended(struct process *process, const struct process_end *end)
{
    struct extension *extension = process->owner;
    struct instance *instance = extension->instance;
    output_drain(&extension->output);
    if (end->memory_kb > instance->memory_peak_kb) {
        instance->memory_peak_kb = end->memory_kb;
    }
    snprintf(instance->exit_text, sizeof(instance->exit_text), "extension %s exited with status %d",
             extension->name, WIFEXITED(end->status) ? WEXITSTATUS(end->status) : -1);
    instance_input(instance, &(struct life_input){.kind = LIFE_IN_EXTENSION_EXITED,
                                                  .extension = extension->index});
}

static void start_extension(struct instance *instance, struct extension *extension,
                            const struct environment *environment)
{
    char path[NAME_SIZE_MAX + 32];
    snprintf(path, sizeof(path), "/opt/extensions/%s", extension->name);
    const char *const arguments[] = {path, NULL};
    struct process_plan plan = {
        .space = &instance->space,
        .group = &instance->group,
        .arguments = arguments,
        .environment = environment->list,
        .directory = "/",
        .search = false,
        .user = instance->function->config->user,
    };
    int error = 0;
    extension->process = (struct process){.ended = on_extension_ended, .owner = extension};
    if (process_start(&instance->platform->processes, &extension->process, &plan, &error) !=
        STATUS_OK) {
        start_failed(instance, path, error);
        snprintf(instance->exit_text, sizeof(instance->exit_text), "cannot start extension %s: %s",
                 extension->name, strerror(error));
        instance_input(instance, &(struct life_input){.kind = LIFE_IN_EXTENSION_LAUNCH,
                                                      .extension = extension->index,
                                                      .error_type = "Extension.LaunchError"});
        return;
    }
    if (output_open(&extension->output, instance, extension->process.output, true) != STATUS_OK) {
        close(extension->process.output);
    }
}

void instance_start_extensions(struct instance *instance)
{
    static unsigned char memory[ENVIRONMENT_ARENA_SIZE];
    static struct environment environment;
    environment = (struct environment){.count = 0};
    arena_init(&environment.arena, memory, sizeof(memory));
    set_shared(&environment, instance);
    hide_runtime(&environment);
    for (unsigned i = 0; i < instance->function->extension_count; i++) {
        struct extension *extension = &instance->extensions[i];
        snprintf(extension->name, sizeof(extension->name), "%s", instance->function->extensions[i]);
        start_extension(instance, extension, &environment);
    }
}

bool instance_kill(struct instance *instance, struct slice what, int number)
{
    /* The first group dies of the signal only once it is thawed. */
    bool frozen = instance->life.frozen && instance->group.kind == CGROUP_V1;
    bool found = false;
    if (slice_equal(what, SLICE("runtime")) && instance->runtime.id > 0) {
        process_signal(&instance->runtime, number);
        found = true;
    }
    for (unsigned i = 0; i < instance->function->extension_count; i++) {
        struct extension *extension = &instance->extensions[i];
        if (slice_equal(what, slice_from(extension->name)) && extension->process.id > 0) {
            process_signal(&extension->process, number);
            found = true;
        }
    }
    if (found && frozen) {
        (void)!cgroup_freeze(&instance->group, false);
    }
    return found;
}
