/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_FUNCTION_H
#define THAW_SANDBOX_FUNCTION_H

#include "base/slice.h"
#include "base/status.h"
#include "sandbox/config.h"
#include "sandbox/instance.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A function and its instances.  It finds an instance for an invocation: the
 * free one that was used most recently, else a new one, else none.
 */
struct platform;

struct function {
    struct platform *platform;
    const struct config_function *config;
    char *extensions[EXTENSION_COUNT_MAX + 1]; /* Names of the files in /opt/extensions. */
    unsigned extension_count;
    struct instance *instances;
    uint64_t invocation_count;
    uint64_t throttle_count;
    struct function *next;
};

/* A function for a row of the configuration, added to the platform. */
enum status function_create(struct platform *platform,
                            const struct config_function *config) THAW_CHECK;
void function_free(struct function *function);

struct function *function_find(struct platform *platform, struct slice name);

/* Run an invocation.  done() is called in any case, throttled at once. */
void function_invoke(struct function *function, struct invocation *invocation);

/* Initialise one more instance with no invocation waiting.  STATUS_FULL at the concurrency. */
enum status function_warm(struct function *function, const char *init_type) THAW_CHECK;

/* Shut all instances down. */
void function_drain(struct function *function);

/* ---- For instances. ---- */

/* An invocation that an instance had is over: whoever waits for its end is told. */
void function_invocation_over(struct invocation *invocation);

/* An instance can take an invocation. */
void function_instance_free(struct function *function);

/* An instance was made of a snapshot. */
void function_instance_restored(struct function *function);

/* An instance is gone and may be freed by the caller. */
void function_remove(struct function *function, struct instance *instance);

#endif
