/* SPDX-License-Identifier: Apache-2.0 */
/* What answers hold while somebody reads them slowly, or not at all. */
#include "http/web.h"

#include "http/http_limits.h"
#include "lib/cm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than sockets hold, and more than half of what all answers may have. */
#define LARGE_SIZE ((size_t)HTTP_ANSWERS_SIZE_MAX / 2 + 1)

struct seen {
    pthread_mutex_t mutex;
    unsigned char *large;
    const void *arena; /* Of the latest request for /large. */
};

static void answer_large(void *context, struct web_request *request)
{
    struct seen *seen = context;
    (void)pthread_mutex_lock(&seen->mutex);
    seen->arena = web_arena(request)->base;
    (void)pthread_mutex_unlock(&seen->mutex);
    web_answer(request, &(struct web_answer){.status = 200,
                                             .content_type = "application/octet-stream",
                                             .body = slice_of(seen->large, LARGE_SIZE)});
}

static void answer_small(void *context, struct web_request *request)
{
    struct seen *seen = context;
    (void)pthread_mutex_lock(&seen->mutex);
    bool same = web_arena(request)->base == seen->arena;
    (void)pthread_mutex_unlock(&seen->mutex);
    web_answer(request, &(struct web_answer){.status = 200,
                                             .content_type = "text/plain",
                                             .body = same ? SLICE("same") : SLICE("other")});
}

/* Whose answers have nothing in them, of three types, and one that has. */
static void answer_yes(void *context, struct web_request *request)
{
    (void)context;
    web_answer(request,
               &(struct web_answer){.status = 200, .content_type = "application/x-protobuf"});
}

static void answer_yes_json(void *context, struct web_request *request)
{
    (void)context;
    web_answer(request, &(struct web_answer){.status = 200, .content_type = "application/json"});
}

static void answer_yes_text(void *context, struct web_request *request)
{
    (void)context;
    web_answer(request, &(struct web_answer){.status = 200, .content_type = "text/plain"});
}

static void answer_tagged(void *context, struct web_request *request)
{
    (void)context;
    web_answer(request,
               &(struct web_answer){.status = 200, .content_type = "text/plain", .etag = "\"1\""});
}

static const struct web_route routes[] = {
    {.path = "/yes", .method = WEB_GET, .handle = answer_yes},
    {.path = "/yes.json", .method = WEB_GET, .handle = answer_yes_json},
    {.path = "/yes.txt", .method = WEB_GET, .handle = answer_yes_text},
    {.path = "/tagged", .method = WEB_GET, .handle = answer_tagged},

    {.path = "/large", .method = WEB_GET, .handle = answer_large},
    {.path = "/small", .method = WEB_GET, .handle = answer_small},
};

/* A connection on which the path was asked for and the first bytes of the answer were read. */
static int ask(const struct web *web, const char *path, char text[1024])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char request[128];
    address.sin_port = htons((uint16_t)atoi(strrchr(web_address(web), ':') + 1));
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client >= 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    int size =
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    assert_int_equal(send(client, request, (size_t)size, MSG_NOSIGNAL), size);
    ssize_t got = recv(client, text, 1023, 0);
    assert_true(got > 0);
    text[got] = '\0';
    return client;
}

/* Who does not read an answer holds its bytes and nothing else; together such readers hold no more
 * than the limit, and others are told to come again. */
static void test_slow_readers(void **state)
{
    struct seen seen = {.mutex = PTHREAD_MUTEX_INITIALIZER, .large = calloc(1, LARGE_SIZE)};
    struct web_options options = {.listen = SLICE_INIT("127.0.0.1:0"), .threads = 2};
    struct web *web = NULL;
    char error[256] = "";
    char text[1024];
    (void)state;
    assert_non_null(seen.large);
    if (web_start(&web, &options, routes, sizeof(routes) / sizeof(routes[0]), &seen, error,
                  sizeof(error)) != STATUS_OK) {
        fail_msg("%s", error);
    }
    int slow = ask(web, "/large", text);
    assert_non_null(strstr(text, "HTTP/1.1 200"));
    int other = ask(web, "/small", text);
    assert_non_null(strstr(text, "\r\n\r\nsame"));
    (void)close(other);
    other = ask(web, "/large", text);
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    assert_non_null(strstr(text, "Retry-After"));
    (void)close(other);
    (void)close(slow);
    /* Its bytes are free once the collector has seen that it is gone. */
    for (bool free_again = false; !free_again;) {
        other = ask(web, "/large", text);
        free_again = strstr(text, "HTTP/1.1 200") != NULL;
        (void)close(other);
    }
    web_stop(web);
    free(seen.large);
}

/* Answers with nothing in them are whole, each of its own type, also to several at a time; what
 * differs is said to whom it is for, and at the end all connections close. */
static void test_plain(void **state)
{
    struct web_options options = {.listen = SLICE_INIT("127.0.0.1:0"), .threads = 2};
    static const char *const paths[] = {"/yes", "/yes.json", "/yes.txt",
                                        "/yes", "/yes.txt",  "/yes"};
    static const char *const types[] = {"Content-Type: application/x-protobuf\r\n",
                                        "Content-Type: application/json\r\n",
                                        "Content-Type: text/plain\r\n",
                                        "Content-Type: application/x-protobuf\r\n",
                                        "Content-Type: text/plain\r\n",
                                        "Content-Type: application/x-protobuf\r\n"};
    struct web *web = NULL;
    char error[256] = "";
    char text[1024];
    int clients[6];
    (void)state;
    if (web_start(&web, &options, routes, sizeof(routes) / sizeof(routes[0]), NULL, error,
                  sizeof(error)) != STATUS_OK) {
        fail_msg("%s", error);
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        clients[i] = ask(web, paths[i], text);
        assert_non_null(strstr(text, "HTTP/1.1 200"));
        assert_non_null(strstr(text, types[i]));
        assert_non_null(strstr(text, "Content-Length: 0\r\n"));
        assert_non_null(strstr(text, "Cache-Control: no-store\r\n"));
        assert_null(strstr(text, "ETag"));
        assert_null(strstr(text, "Connection: close"));
    }
    (void)close(ask(web, "/tagged", text));
    assert_non_null(strstr(text, "ETag: \"1\"\r\n"));
    (void)close(ask(web, "/nowhere", text));
    assert_non_null(strstr(text, "HTTP/1.1 404"));
    /* Let in before the end, it asks when the end has begun. */
    web_quiesce(web);
    static const char request[] = "GET /yes HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    assert_int_equal(send(clients[0], request, sizeof(request) - 1, MSG_NOSIGNAL),
                     sizeof(request) - 1);
    ssize_t got = recv(clients[0], text, sizeof(text) - 1, 0);
    assert_true(got > 0);
    text[got] = '\0';
    assert_non_null(strstr(text, "Connection: close"));
    for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
        (void)close(clients[i]);
    }
    web_stop(web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_readers),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
