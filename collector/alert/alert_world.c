/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_world.h"

#include "alert/alert_limits.h"

struct rule_world alert_world(void)
{
    return (struct rule_world){.samples_max = ALERT_SAMPLE_COUNT_MAX,
                               .series_max = ALERT_SERIES_COUNT_MAX,
                               .alerts_max = ALERT_OF_RULE_COUNT_MAX,
                               .flap_ms = ALERT_FLAP_MS,
                               .flap_keep_ms = ALERT_FLAP_KEEP_MS,
                               .keep_resolved_ms = ALERT_RESOLVED_KEEP_MS};
}
