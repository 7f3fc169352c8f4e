/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web_headers.h"

#include "http/web_route.h"
#include "lib/cm.h"

#include <string.h>

static const char *judge(const char *const *lines, size_t count, bool http_1_1)
{
    struct web_headers headers = {.host = 0};
    for (size_t i = 0; i < count; i++) {
        struct slice name;
        struct slice value;
        (void)slice_cut(slice_from(lines[i]), ':', &name, &value);
        web_headers_see(&headers, name, value);
    }
    return web_headers_wrong(&headers, http_1_1);
}

#define JUDGE(http_1_1, ...)                                                                       \
    judge((const char *const[]){__VA_ARGS__},                                                      \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), http_1_1)

/* What other servers might read differently is refused. */
static void test_smuggling(void **state)
{
    (void)state;
    assert_null(JUDGE(true, "Host: x"));
    assert_null(JUDGE(true, "host:x", "content-length: 12"));
    assert_null(JUDGE(true, "Host: x", "Transfer-Encoding: Chunked"));
    assert_null(JUDGE(false, "X: y"));
    assert_non_null(JUDGE(true, "X: y"));
    assert_non_null(JUDGE(true, "Host: x", "HOST: x"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Length: 1", "Content-Length: 1"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Length: 1", "Transfer-Encoding: chunked"));
    assert_non_null(JUDGE(true, "Host: x", "Transfer-Encoding: gzip, chunked"));
    assert_non_null(
        JUDGE(true, "Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Length: +1"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Length:"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Length: 1, 1"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Length: 99999999999999999999"));
    assert_non_null(JUDGE(true, "Host: x", "Content-Type: a", "Content-Type: b"));
    assert_non_null(JUDGE(true, "Host: x", "Authorization: a", "Authorization: a"));
}

static void handle(void *context, struct web_request *request)
{
    (void)context;
    (void)request;
}

static const struct web_route routes[] = {
    {.path = "/", .method = WEB_GET, .handle = handle},
    {.path = "/v1/traces", .method = WEB_POST, .handle = handle},
    {.path = "/api/", .method = WEB_GET, .handle = handle},
    {.path = "/api/deep/", .method = WEB_POST, .handle = handle},
    {.path = "/api/deep/exact", .method = WEB_GET, .handle = handle},
};

static const char *find(const char *path, enum web_method method, const char **allow)
{
    const struct web_route *route =
        web_route_find(routes, sizeof(routes) / sizeof(routes[0]), slice_from(path), method, allow);
    return route != NULL ? route->path : "";
}

/* The longest path wins, whatever its methods; a slash behind an exact one is forgiven. */
static void test_routes(void **state)
{
    const char *allow;
    (void)state;
    assert_string_equal(find("/x", WEB_GET, &allow), "/");
    assert_string_equal(find("/v1/traces", WEB_POST, &allow), "/v1/traces");
    assert_string_equal(find("/v1/traces/", WEB_POST, &allow), "/v1/traces");
    assert_string_equal(find("/v1/traces", WEB_GET, &allow), "");
    assert_string_equal(allow, "POST");
    assert_string_equal(find("/v1/traces/x", WEB_GET, &allow), "/");
    assert_string_equal(find("/api/x", WEB_GET, &allow), "/api/");
    assert_string_equal(find("/api/deep/x", WEB_GET, &allow), "");
    assert_string_equal(allow, "POST");
    assert_string_equal(find("/api/deep/exact", WEB_GET, &allow), "/api/deep/exact");
    assert_null(web_route_find(routes + 1, 1, SLICE("/other"), WEB_GET, &allow));
    assert_null(allow);
    assert_int_equal(web_route_method("HEAD"), WEB_GET);
    assert_int_equal(web_route_method("BREW"), WEB_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smuggling),
        cmocka_unit_test(test_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
