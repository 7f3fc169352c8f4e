/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_APP_JSON_H
#define THAW_STREAMS_APP_JSON_H

#include "streams/line.h"

#include "base/slice.h"

#include <stdbool.h>

/* Lines that are objects: the platform's, and those of logging libraries, which call the same
 * things by many names.  Pure. */

/*
 * Read the object at the beginning of text.  False, and nothing is set, if there is none that ends.
 * *rest is what is behind it.
 */
bool app_json_read(struct slice text, struct line *line, struct slice *rest);

/* Whether a text that is no whole object begins as one of the platform's does. */
bool app_json_is_platform(struct slice text);

#endif
