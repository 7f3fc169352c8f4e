/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_CONFIG_LIFE_H
#define THAW_SANDBOX_CONFIG_LIFE_H

#include "sandbox/config.h"
#include "sandbox/config_value.h"
#include "yaml/yaml.h"

#include <stdbool.h>

/*
 * The keys of a function that say what lives its environments lead: how they
 * are initialised, whether memory is limited, what the telemetry and the
 * clock are like.
 */

/* Read one key.  False if it is none of these. */
bool config_life_read(struct config_value *value, const struct yaml_node *node,
                      struct config_function *function);

/* Check what was read of the function together. */
void config_life_check(struct config_value *value, const struct yaml_node *map,
                       const struct config_function *function);

#endif
