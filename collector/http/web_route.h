/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_WEB_ROUTE_H
#define THAW_HTTP_WEB_ROUTE_H

#include "base/slice.h"
#include "http/web.h"

#include <stddef.h>

/* Finds routes by path and method, as web.h says.  Pure. */

/* The route, or NULL: then *allow names the methods that the path has, or is NULL where there is no
 * such path. */
const struct web_route *web_route_find(const struct web_route *routes, size_t count,
                                       struct slice path, enum web_method method,
                                       const char **allow);

/* The method of a request line; HEAD is answered as GET. */
enum web_method web_route_method(const char *name);

#endif
