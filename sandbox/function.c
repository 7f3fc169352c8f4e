/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/function.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "sandbox/mapping.h"
#include "sandbox/platform.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Which extensions there are. ---- */

static enum status extension_add(struct function *function, const char *name)
{
    for (unsigned i = 0; i < function->extension_count; i++) {
        if (strcmp(function->extensions[i], name) == 0) {
            return STATUS_OK;
        }
    }
    if (function->extension_count == EXTENSION_COUNT_MAX) {
        log_error("too-many-extensions", log_string("function", function->config->name));
        return STATUS_FULL;
    }
    char *copy = strdup(name);
    ENSURE(copy != NULL);
    function->extensions[function->extension_count++] = copy;
    return STATUS_OK;
}

/* The files, not the directories, of <layer>/extensions. */
static enum status layer_extensions(struct function *function, const char *layer)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/extensions", layer);
    DIR *stream = opendir(path);
    if (stream == NULL) {
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    for (struct dirent *entry = readdir(stream); entry != NULL && status == STATUS_OK;
         entry = readdir(stream)) {
        struct stat info;
        if (fstatat(dirfd(stream), entry->d_name, &info, 0) == 0 && S_ISREG(info.st_mode)) {
            status = extension_add(function, entry->d_name);
        }
    }
    closedir(stream);
    return status;
}

enum status function_create(struct platform *platform, const struct config_function *config)
{
    struct function *function = calloc(1, sizeof(*function));
    if (function == NULL) {
        return STATUS_FULL;
    }
    function->platform = platform;
    function->config = config;
    enum status status = STATUS_OK;
    for (const char *const *path = config->extensions; *path != NULL && status == STATUS_OK;
         path++) {
        status = extension_add(function, strrchr(*path, '/') + 1);
    }
    for (const char *const *layer = config->layers; *layer != NULL && status == STATUS_OK;
         layer++) {
        status = layer_extensions(function, *layer);
    }
    struct function **tail = &platform->functions;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = function;
    return status;
}

void function_free(struct function *function)
{
    ENSURE(function->instances == NULL);
    for (unsigned i = 0; i < function->extension_count; i++) {
        free(function->extensions[i]);
    }
    free(function);
}

struct function *function_find(struct platform *platform, struct slice name)
{
    for (struct function *function = platform->functions; function != NULL;
         function = function->next) {
        if (slice_equal(slice_from(function->config->name), name)) {
            return function;
        }
    }
    return NULL;
}

/* ---- Instances. ---- */

/* The free one that was used most recently: that is how the platform keeps few warm. */
static struct instance *pick(struct function *function)
{
    struct instance *best = NULL;
    for (struct instance *instance = function->instances; instance != NULL;
         instance = instance->next) {
        if (instance_free(instance) && (best == NULL || instance->used_ns > best->used_ns)) {
            best = instance;
        }
    }
    return best;
}

/* Those that are on their way out do not count. */
static unsigned count_of(const struct function *function)
{
    unsigned count = 0;
    for (const struct instance *instance = function->instances; instance != NULL;
         instance = instance->next) {
        count += !instance->ended && !instance->life.end_wanted;
    }
    return count;
}

static struct instance *grow(struct function *function, const char *init_type)
{
    struct instance *instance = NULL;
    if (count_of(function) >= function->config->concurrency || function->platform->draining ||
        function->platform->instance_count >= INSTANCE_COUNT_MAX ||
        instance_create(&instance, function, init_type) != STATUS_OK) {
        return NULL;
    }
    return instance;
}

void function_invoke(struct function *function, struct invocation *invocation)
{
    struct platform *platform = function->platform;
    struct instance *instance = pick(function);
    if (instance == NULL) {
        instance = grow(function, config_init_names[function->config->init]);
    }
    if (instance == NULL) {
        function->throttle_count++;
        invocation->done(invocation, &(struct invocation_result){.throttled = true});
        return;
    }
    function->invocation_count++;
    invocation->active = true;
    invocation->answered = false;
    buf_reset(&invocation->tracing);
    buf_reset(&invocation->tail);
    buf_reset(&invocation->answer);
    trace_next(buf_bytes(&invocation->trace_in), function->config->trace_active,
               platform_wall_ns(platform), &platform->prng, &invocation->trace,
               &invocation->tracing);
    if (invocation->trace_in.size == 0) {
        /* Attempts of one invocation share their Root. */
        buf_append(&invocation->trace_in, buf_bytes(&invocation->tracing));
    }
    instance_invoke(instance, invocation);
}

enum status function_warm(struct function *function, const char *init_type)
{
    struct instance *instance = grow(function, init_type);
    if (instance == NULL) {
        return STATUS_FULL;
    }
    instance_start(instance);
    return STATUS_OK;
}

void function_instance_restored(struct function *function)
{
    /* One more copy of the snapshot, for the next that needs one. */
    (void)!function_warm(function, config_init_names[CONFIG_INIT_SNAP_START]);
}

void function_drain(struct function *function)
{
    for (struct instance *instance = function->instances; instance != NULL;
         instance = instance->next) {
        instance_end(instance);
    }
}

void function_invocation_over(struct invocation *invocation)
{
    if (invocation->wants_tail && invocation->answered) {
        struct invocation_result result = {
            .function_error = invocation->answer_error,
            .payload = buf_bytes(&invocation->answer),
            .content_type = slice_from(invocation->answer_type),
            .log_tail = buf_bytes(&invocation->tail),
        };
        invocation->done(invocation, &result);
    }
    invocation->active = false;
    if (invocation->over != NULL) {
        invocation->over(invocation);
    } else if (invocation->orphan) {
        invocation_release(invocation);
    }
}

void function_instance_free(struct function *function)
{
    mapping_kick(function->platform);
}

void function_remove(struct function *function, struct instance *instance)
{
    for (struct instance **link = &function->instances; *link != NULL; link = &(*link)->next) {
        if (*link == instance) {
            *link = instance->next;
            return;
        }
    }
}
