/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/config_life.h"

#include "base/clock.h"
#include "sandbox/sandbox_limits.h"

#include <string.h>

const char *const config_init_names[] = {"on-demand", "snap-start", "lambda-managed-instances",
                                         NULL};

static void read_telemetry(struct config_value *value, const struct yaml_node *map,
                           struct telemetry_faults *faults)
{
    if (!config_value_is_map(value, map)) {
        return;
    }
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        const char *key = node->key;
        if (strcmp(key, "refused") == 0) {
            faults->refused = config_value_bool(value, node);
        } else if (strcmp(key, "report") == 0) {
            faults->report =
                (enum telemetry_report)config_value_choice(value, node, telemetry_report_names);
        } else if (strcmp(key, "repeat") == 0) {
            faults->repeat_ppm = config_value_share(value, node);
        } else if (strcmp(key, "reorder") == 0) {
            faults->reorder_ppm = config_value_share(value, node);
        } else if (strcmp(key, "drop") == 0) {
            faults->drop_ppm = config_value_share(value, node);
        } else if (strcmp(key, "seed") == 0) {
            faults->seed = config_value_u64(value, node, 0, UINT64_MAX);
        } else {
            config_value_unknown(value, node, "telemetry");
        }
    }
}

static void read_clock(struct config_value *value, const struct yaml_node *map,
                       struct config_clock *clock)
{
    if (!config_value_is_map(value, map)) {
        return;
    }
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        if (strcmp(node->key, "ahead") == 0) {
            clock->ahead_ns = (int64_t)config_value_duration(value, node, CLOCK_NS_PER_S);
        } else if (strcmp(node->key, "behind") == 0) {
            clock->ahead_ns = -(int64_t)config_value_duration(value, node, CLOCK_NS_PER_S);
        } else if (strcmp(node->key, "gains") == 0) {
            clock->gains_ppm = config_value_share(value, node);
        } else {
            config_value_unknown(value, node, "a clock");
        }
    }
}

bool config_life_read(struct config_value *value, const struct yaml_node *node,
                      struct config_function *function)
{
    const char *key = node->key;
    if (strcmp(key, "initialization") == 0) {
        function->init = (enum config_init)config_value_choice(value, node, config_init_names);
    } else if (strcmp(key, "max-concurrency") == 0) {
        function->slots = config_value_u64(value, node, 1, MANAGED_SLOT_MAX);
    } else if (strcmp(key, "invoke-first") == 0) {
        static const char *const names[] = {"extensions", "runtime", NULL};
        function->runtime_first = config_value_choice(value, node, names) == 1;
    } else if (strcmp(key, "memory-limit") == 0) {
        function->memory_limit = config_value_bool(value, node);
    } else if (strcmp(key, "telemetry") == 0) {
        read_telemetry(value, node, &function->telemetry);
    } else if (strcmp(key, "clock") == 0) {
        read_clock(value, node, &function->clock);
    } else {
        return false;
    }
    return true;
}

void config_life_check(struct config_value *value, const struct yaml_node *map,
                       const struct config_function *function)
{
    if (function->provisioned > 0 && function->init == CONFIG_INIT_SNAP_START) {
        config_value_bad(value, map, "has provisioned and snap-start, which exclude each other");
    }
    if (function->slots > 1 && function->init != CONFIG_INIT_MANAGED) {
        config_value_bad(value, map, "has max-concurrency, which is of lambda-managed-instances");
    }
}
