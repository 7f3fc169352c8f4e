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

static const struct web_route routes[] = {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
