/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The least that an extension with telemetry does: it registers, subscribes,
 * asks for events, and answers what is delivered, at the same priority as the
 * agent.  overhead.py --three sets it beside the agent: what it costs an
 * invocation is the platform's price for an extension, and no agent's.
 */
#include "base/ensure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEERS     4
#define BODY_SIZE (1024 * 1024)
#define NICE      10 /* As the agent, from the first invocation on. */

static char text[BODY_SIZE]; /* What comes from either side, one at a time. */
static const char *host;

/* Connected to 127.0.0.1:9001, or whatever AWS_LAMBDA_RUNTIME_API names. */
static int connect_platform(void)
{
    char address[64];
    struct sockaddr_in in = {.sin_family = AF_INET};
    host = getenv("AWS_LAMBDA_RUNTIME_API");
    ENSURE(host != NULL && strlen(host) < sizeof(address));
    strcpy(address, host);
    char *colon = strchr(address, ':');
    ENSURE(colon != NULL);
    *colon = '\0';
    in.sin_port = htons((uint16_t)atoi(colon + 1));
    ENSURE(inet_pton(AF_INET, address, &in.sin_addr) == 1);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    ENSURE(fd >= 0 && connect(fd, (const struct sockaddr *)&in, sizeof(in)) == 0);
    ENSURE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    return fd;
}

static int listen_anywhere(unsigned *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t size = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0 && bind(fd, (const struct sockaddr *)&in, size) == 0 && listen(fd, PEERS) == 0);
    ENSURE(getsockname(fd, (struct sockaddr *)&in, &size) == 0);
    *port = ntohs(in.sin_port);
    return fd;
}

/* Read a whole message: its head and the body that it announces.  False: the other side is gone. */
static bool receive(int fd)
{
    size_t have = 0;
    for (;;) {
        ssize_t got = recv(fd, text + have, sizeof(text) - 1 - have, 0);
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
        text[have] = '\0';
        const char *body = strstr(text, "\r\n\r\n");
        const char *length = strcasestr(text, "\r\ncontent-length:");
        if (body == NULL || length == NULL) {
            continue;
        }
        size_t size = strtoul(length + 17, NULL, 10);
        if (have >= (size_t)(body + 4 - text) + size) {
            return true;
        }
    }
}

static void say(int fd, const char *what)
{
    size_t size = strlen(what);
    ENSURE(send(fd, what, size, MSG_NOSIGNAL) == (ssize_t)size);
}

static void ask(int platform, const char *method, const char *path, const char *header,
                const char *body)
{
    char out[2048];
    snprintf(out, sizeof(out), "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: %zu\r\n\r\n%s",
             method, path, host, header, strlen(body), body);
    say(platform, out);
}

static void begin(int platform, unsigned port, char *id_header, size_t size)
{
    char body[512];
    ask(platform, "POST", "/2020-01-01/extension/register", "Lambda-Extension-Name: do_nothing",
        "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}");
    ENSURE(receive(platform) && strncmp(text, "HTTP/1.1 200", 12) == 0);
    const char *id = strcasestr(text, "lambda-extension-identifier: ");
    ENSURE(id != NULL);
    id += 29;
    snprintf(id_header, size, "Lambda-Extension-Identifier: %.*s", (int)strcspn(id, "\r"), id);
    snprintf(
        body, sizeof(body),
        "{\"schemaVersion\":\"2022-12-13\",\"types\":[\"platform\",\"function\"],\"buffering\":"
        "{\"maxItems\":1000,\"maxBytes\":262144,\"timeoutMs\":25},\"destination\":"
        "{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:%u/\"}}",
        port);
    ask(platform, "PUT", "/2022-07-01/telemetry", id_header, body);
    ENSURE(receive(platform) && strncmp(text, "HTTP/1.1 200", 12) == 0);
}

static void next(int platform, const char *id_header)
{
    char out[512];
    snprintf(out, sizeof(out),
             "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", host,
             id_header);
    say(platform, out);
}

/* Event after event; telemetry is answered and forgotten. */
static void live(int platform, int listener, const char *id_header)
{
    struct pollfd fds[2 + PEERS] = {{.fd = platform, .events = POLLIN},
                                    {.fd = listener, .events = POLLIN}};
    for (unsigned i = 2; i < 2 + PEERS; i++) {
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    }
    next(platform, id_header);
    for (;;) {
        ENSURE(poll(fds, 2 + PEERS, -1) > 0);
        for (unsigned i = 2; i < 2 + PEERS; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0) {
                if (receive(fds[i].fd)) {
                    say(fds[i].fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                } else {
                    close(fds[i].fd);
                    fds[i].fd = -1;
                }
            }
        }
        for (unsigned i = 2; fds[1].revents != 0 && i < 2 + PEERS; i++) {
            if (fds[i].fd < 0) {
                fds[i].fd = accept(listener, NULL, NULL);
                break;
            }
        }
        if (fds[0].revents != 0) {
            if (!receive(platform) || strstr(text, "\"SHUTDOWN\"") != NULL) {
                return;
            }
            next(platform, id_header);
            (void)setpriority(PRIO_PROCESS, 0, NICE);
        }
    }
}

int main(void)
{
    char id_header[256];
    unsigned port;
    int listener = listen_anywhere(&port);
    int platform = connect_platform();
    begin(platform, port, id_header, sizeof(id_header));
    live(platform, listener, id_header);
    return 0;
}
