/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_APP_LOGFMT_H
#define THAW_STREAMS_APP_LOGFMT_H

#include "streams/line.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * Lines of pairs, key=value: level=info msg="..." requestId=...  The names are those of
 * streams/app_key.h.  False, and nothing is set, if the line does not begin with a pair that a
 * logging library writes first.  Pure.
 */
bool app_logfmt_read(struct slice text, struct line *line);

#endif
