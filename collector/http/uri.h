/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_URI_H
#define THAW_HTTP_URI_H

#include "base/slice.h"
#include "base/status.h"
#include "http/http_limits.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A request's target taken apart: the decoded path and the decoded query parameters.  Pure; the
 * slices point into memory that the caller gives.
 */
struct uri_parameter {
    struct slice name;
    struct slice value;
};

struct uri {
    struct slice path;
    struct uri_parameter parameters[HTTP_QUERY_COUNT_MAX];
    size_t parameter_count;
};

/*
 * Parse "/path?name=value&...".  Percent escapes are decoded, a plus in the query is a space.
 * memory must hold target.size bytes.  False if the target does not begin with a slash, if an
 * escape is wrong or makes a NUL, or if there are too many parameters or bytes.
 */
bool uri_parse(struct slice target, unsigned char *memory, struct uri *uri) THAW_CHECK;

/* The value of the first parameter of that name. */
bool uri_find(const struct uri *uri, struct slice name, struct slice *value) THAW_CHECK;

#endif
