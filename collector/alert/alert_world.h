/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_WORLD_H
#define THAW_COLLECTOR_ALERT_ALERT_WORLD_H

#include "rules/rule_eval.h"

/* What rules are judged by, for real and in a preview alike; who evaluates says the rest. */
struct rule_world alert_world(void);

/* A pause between evaluations of so many intervals is one in which nobody looked. */
#define ALERT_GAP_INTERVALS 4

#endif
