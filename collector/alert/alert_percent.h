/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PERCENT_H
#define THAW_COLLECTOR_ALERT_ALERT_PERCENT_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* A share as people write it, "5%", "5 %" or "0.5", always percent, in millionths.  False if it is
 * none, or above 100, or has more than four decimals. */
bool alert_percent_parse(struct slice text, uint32_t *ppm) THAW_CHECK;

#endif
