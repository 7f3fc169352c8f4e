/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_DURATION_H
#define THAW_TRACES_TRACE_DURATION_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Durations as Go writes them: numbers with a unit, one behind the other: "1.2s", "1h30m", "5us".
 * Units are ns, us (also with either micro sign), ms, s, m, h, and d.  Not negative.  False where
 * the text is none, or too long to count in nanoseconds.  Pure.
 */
bool trace_duration_parse(struct slice text, int64_t *duration_ns) THAW_CHECK;

#endif
