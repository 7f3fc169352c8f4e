/* SPDX-License-Identifier: Apache-2.0 */

/* The sandbox's configuration: whatever the file says, it is taken with every bound kept, or
 * refused with a reason. */
#include "base/ensure.h"
#include "sandbox/config.h"
#include "sandbox/sandbox_limits.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_function(const struct config_function *function)
{
    ENSURE(function->name != NULL && function->name[0] != '\0');
    ENSURE(strlen(function->name) < NAME_SIZE_MAX);
    ENSURE(function->bootstrap != NULL && function->bootstrap[0] != NULL);
    ENSURE(function->memory_mb > 0 && function->timeout_ns > 0);
    ENSURE(function->version != NULL && function->runtime != NULL && function->arch != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char memory[1u << 22];
    struct arena arena;
    struct buf errors;
    struct config config;
    arena_init(&arena, memory, sizeof(memory));
    buf_init_growing(&errors, 1u << 22);
    enum status status =
        config_read(&config, slice_of(data, size), "f.yaml", "/usr", &arena, &errors);
    if (status == STATUS_OK) {
        ENSURE(errors.size == 0);
        for (const struct config_function *function = config.functions; function != NULL;
             function = function->next) {
            check_function(function);
            ENSURE(config_function_find(&config, slice_from(function->name)) != NULL);
        }
        for (const struct config_source *source = config.sources; source != NULL;
             source = source->next) {
            ENSURE(config_function_find(&config, slice_from(source->function)) != NULL);
            ENSURE(source->kind != CONFIG_SOURCE_QUEUE ||
                   config_queue_find(&config, slice_from(source->queue)) != NULL);
        }
        ENSURE(config.retry_count <= CONFIG_RETRY_MAX);
    } else {
        ENSURE(errors.size > 0 || arena_overflowed(&arena));
    }
    buf_fini(&errors);
    return 0;
}
