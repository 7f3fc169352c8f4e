/* SPDX-License-Identifier: Apache-2.0 */
#include "model/outcome_name.h"

#include "base/ensure.h"

struct slice outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_RUNNING:
        return SLICE("running");
    case OUTCOME_OK:
        return SLICE("ok");
    case OUTCOME_ERROR:
        return SLICE("error");
    case OUTCOME_TIMEOUT:
        return SLICE("timeout");
    case OUTCOME_END_UNKNOWN:
        return SLICE("end_unknown");
    }
    ENSURE(false);
    return SLICE_EMPTY;
}
