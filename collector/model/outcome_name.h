/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_OUTCOME_NAME_H
#define THAW_COLLECTOR_MODEL_OUTCOME_NAME_H

#include "model/view.h"

/* The word for what became of an invocation ("ok", "end_unknown"): in answers and in searches. */
struct slice outcome_name(enum outcome outcome);

#endif
