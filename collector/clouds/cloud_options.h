/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_CLOUD_OPTIONS_H
#define THAW_CLOUDS_CLOUD_OPTIONS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* What the logs of other clouds do not say and the user may. */
struct cloud_options {
    struct slice function; /* For entries that do not name one. */
    int64_t memory_mb;     /* No request log tells it: STREAMS_UNKNOWN, or what the user says. */
    bool azure_flex;       /* Azure's apps are of the Flex Consumption plan. */
};

#endif
