/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_TRIGGERS_H
#define THAW_PROTO_TRIGGERS_H

#include "base/slice.h"
#include "base/status.h"

/* What is known of kinds of triggers by their names (thaw.trigger): the rows of triggers.def. */
enum triggers_waits {
    TRIGGERS_WAITS_UNKNOWN,
    TRIGGERS_WAITS_NO,
    TRIGGERS_WAITS_YES,
};

/* Whether somebody waits for the answer; of a name that is none of ours nobody knows. */
enum triggers_waits triggers_caller_waits(struct slice name) THAW_CHECK;

#endif
