/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web_route.h"

#include <string.h>

static bool web_route_matches(const struct web_route *route, struct slice path)
{
    struct slice wanted = slice_from(route->path);
    if (wanted.size > 0 && wanted.base[wanted.size - 1] == '/') {
        return slice_starts(path, wanted);
    }
    if (path.size > 1 && path.base[path.size - 1] == '/') {
        path = slice_take(path, path.size - 1);
    }
    return slice_equal(path, wanted);
}

/* The methods that a path has, as text that lives for ever: every sum of those there are. */
static const char *web_allow(bool has_get, bool has_post)
{
    if (has_get && has_post) {
        return "GET, HEAD, POST";
    }
    return has_get ? "GET, HEAD" : has_post ? "POST" : "PUT, DELETE";
}

const struct web_route *web_route_find(const struct web_route *routes, size_t count,
                                       struct slice path, enum web_method method,
                                       const char **allow)
{
    const struct web_route *best = NULL;
    size_t longest = 0;
    bool has_get = false;
    bool has_post = false;
    *allow = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct web_route *route = &routes[i];
        size_t size = strlen(route->path);
        if (size < longest || !web_route_matches(route, path)) {
            continue;
        }
        if (size > longest) {
            longest = size;
            best = NULL;
            has_get = false;
            has_post = false;
        }
        has_get = has_get || route->method == WEB_GET;
        has_post = has_post || route->method == WEB_POST;
        if (route->method == method) {
            best = route;
        }
    }
    if (best == NULL && longest > 0) {
        *allow = web_allow(has_get, has_post);
    }
    return best;
}

enum web_method web_route_method(const char *name)
{
    static const struct {
        const char *name;
        enum web_method method;
    } names[] = {
        {"GET", WEB_GET}, {"HEAD", WEB_GET},      {"POST", WEB_POST},
        {"PUT", WEB_PUT}, {"DELETE", WEB_DELETE}, {"OPTIONS", WEB_OPTIONS},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i].name) == 0) {
            return names[i].method;
        }
    }
    return WEB_OTHER;
}
