/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_SPAN_NAMES_H
#define THAW_COLLECTOR_MODEL_SPAN_NAMES_H

#include "model/record.h"

/* The words for what a span is ("server", "internal" where nobody said) and how it ended ("ok",
 * "error", "unset"): one for each in answers, searches and the APIs of other tools.  Pure. */
struct slice span_name_of_kind(enum span_kind kind);
struct slice span_name_of_status(enum span_status status);

#endif
