/* SPDX-License-Identifier: Apache-2.0 */
#include "platform.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Version 1 of control groups, as the cells of functions have it here. */
#define SHARE_GROUP     "/sys/fs/cgroup/cpu/thaw-bench"
#define SHARE_PERIOD_US 100000u

#define MINOR_FAULTS_FIELD 10 /* Of /proc/PID/stat, proc(5). */

static bool shared;

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return written;
}

bool platform_share(unsigned percent)
{
    char text[32];
    shared = percent > 0;
    if (!shared) {
        (void)rmdir(SHARE_GROUP);
        return true;
    }
    (void)mkdir(SHARE_GROUP, 0755);
    (void)snprintf(text, sizeof(text), "%u", percent * SHARE_PERIOD_US / 100);
    return write_text(SHARE_GROUP "/cpu.cfs_period_us", "100000") &&
           write_text(SHARE_GROUP "/cpu.cfs_quota_us", text);
}

static int listen_somewhere(char *address, size_t size)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t length = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ENSURE(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
    ENSURE(listen(fd, 8) == 0 && getsockname(fd, (struct sockaddr *)&name, &length) == 0);
    (void)snprintf(address, size, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%u", ntohs(name.sin_port));
    return fd;
}

static int without_delay(int fd)
{
    int on = 1;
    ENSURE(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    return fd;
}

/* Read one request, head and body, as text. */
static void read_request(struct platform *platform)
{
    size_t size = 0;
    char *text = platform->request;
    for (;;) {
        ssize_t got = recv(platform->control, text + size, PLATFORM_REQUEST_MAX - 1 - size, 0);
        ENSURE(got > 0);
        size += (size_t)got;
        text[size] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = strcasestr(text, "content-length:");
        if (end == NULL) {
            continue;
        }
        size_t body = length != NULL && length < end ? strtoul(length + 15, NULL, 10) : 0;
        if (size >= (size_t)(end + 4 - text) + body) {
            return;
        }
    }
}

static void answer(const struct platform *platform, const char *headers, const char *body)
{
    char text[2048];
    int size = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n%s",
                        headers, strlen(body), body);
    ENSURE(size > 0 && (size_t)size < sizeof(text));
    ENSURE(send(platform->control, text, (size_t)size, MSG_NOSIGNAL) == size);
}

static void read_proc(const struct platform *platform, const char *name, char *text, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)platform->agent, name);
    FILE *file = fopen(path, "r");
    ENSURE(file != NULL);
    size_t got = fread(text, 1, size - 1, file);
    text[got] = '\0';
    fclose(file);
}

static uint64_t minor_faults(const struct platform *platform)
{
    char text[1024];
    read_proc(platform, "stat", text, sizeof(text));
    /* The name may hold blanks; what follows its parenthesis begins with the third field. */
    char *field = strrchr(text, ')');
    ENSURE(field != NULL);
    for (int i = 2; i < MINOR_FAULTS_FIELD; i++) {
        field = strchr(field + 1, ' ');
        ENSURE(field != NULL);
    }
    return strtoull(field, NULL, 10);
}

uint64_t platform_cpu_ns(const struct platform *platform)
{
    char text[128];
    read_proc(platform, "schedstat", text, sizeof(text));
    return strtoull(text, NULL, 10);
}

uint64_t platform_pss_bytes(const struct platform *platform)
{
    char text[4096];
    read_proc(platform, "smaps_rollup", text, sizeof(text));
    const char *pss = strstr(text, "\nPss:");
    ENSURE(pss != NULL);
    return strtoull(pss + 5, NULL, 10) * 1024;
}

void platform_start(struct platform *platform, const char *program, const char *const *variables)
{
    char *environment[PLATFORM_VARIABLES_MAX + 2] = {platform->address};
    char *const arguments[] = {strdup(program), NULL};
    volatile uint64_t exec_ns = 0;
    memset(platform, 0, sizeof(*platform));
    platform->telemetry = -1;
    platform->listener = listen_somewhere(platform->address, sizeof(platform->address));
    for (size_t i = 0; variables[i] != NULL; i++) {
        ENSURE(i < PLATFORM_VARIABLES_MAX);
        environment[i + 1] = strdup(variables[i]);
    }
    pid_t child = vfork();
    if (child == 0) {
        if (shared && !write_text(SHARE_GROUP "/cgroup.procs", "0")) {
            _exit(126);
        }
        exec_ns = clock_monotonic_ns();
        execve(arguments[0], arguments, environment);
        _exit(127);
    }
    ENSURE(child > 0);
    platform->agent = child;
    platform->control = without_delay(accept(platform->listener, NULL, NULL));
    read_request(platform);
    platform->exec_ns = exec_ns;
    platform->registered_ns = clock_monotonic_ns();
    platform->registered_faults = minor_faults(platform);
    free(arguments[0]);
    for (size_t i = 0; variables[i] != NULL; i++) {
        free(environment[i + 1]);
    }
}

static void connect_telemetry(struct platform *platform)
{
    const char *uri = strstr(platform->request, "sandbox.localdomain:");
    ENSURE(uri != NULL);
    struct sockaddr_in name = {.sin_family = AF_INET};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons((uint16_t)strtoul(strchr(uri, ':') + 1, NULL, 10));
    platform->telemetry = without_delay(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ENSURE(connect(platform->telemetry, (struct sockaddr *)&name, sizeof(name)) == 0);
}

void platform_ready(struct platform *platform)
{
    uint64_t answered_ns;
    platform->own_ns = platform->registered_ns - platform->exec_ns;
    answer(platform, "Lambda-Extension-Identifier: 0f0e\r\n",
           "{\"functionName\":\"shop\",\"functionVersion\":\"$LATEST\",\"handler\":\"h\"}");
    answered_ns = clock_monotonic_ns();
    read_request(platform);
    while (strncmp(platform->request, "GET ", 4) != 0) {
        platform->own_ns += clock_monotonic_ns() - answered_ns;
        connect_telemetry(platform);
        answer(platform, "", "\"OK\"");
        answered_ns = clock_monotonic_ns();
        read_request(platform);
    }
    platform->own_ns += clock_monotonic_ns() - answered_ns;
}

void platform_invoke(struct platform *platform, const char *request_id, uint64_t deadline_ns)
{
    char body[512];
    (void)snprintf(body, sizeof(body),
                   "{\"eventType\":\"INVOKE\",\"deadlineMs\":%llu,\"requestId\":\"%s\","
                   "\"invokedFunctionArn\":\"arn:aws:lambda:us-east-1:123456789012:function:shop\","
                   "\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":"
                   "\"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0\"}}",
                   (unsigned long long)((clock_wall_ns() + deadline_ns) / CLOCK_NS_PER_MS),
                   request_id);
    answer(platform, "Content-Type: application/json\r\n", body);
}

void platform_deliver(struct platform *platform, const char *events)
{
    char text[512];
    size_t body = strlen(events);
    int head = snprintf(text, sizeof(text),
                        "POST / HTTP/1.1\r\nHost: sandbox.localdomain\r\n"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                        body);
    ENSURE(send(platform->telemetry, text, (size_t)head, MSG_NOSIGNAL | MSG_MORE) == head);
    ENSURE(send(platform->telemetry, events, body, MSG_NOSIGNAL) == (ssize_t)body);
    ENSURE(recv(platform->telemetry, text, sizeof(text), 0) > 0);
    ENSURE(strncmp(text, "HTTP/1.1 200", 12) == 0);
}

bool platform_has_asked(const struct platform *platform)
{
    struct pollfd watched = {.fd = platform->control, .events = POLLIN};
    return poll(&watched, 1, 0) == 1;
}

uint64_t platform_asked(struct platform *platform)
{
    read_request(platform);
    return clock_monotonic_ns();
}

void platform_stop(struct platform *platform)
{
    kill(platform->agent, SIGKILL);
    waitpid(platform->agent, NULL, 0);
    close(platform->control);
    close(platform->listener);
    if (platform->telemetry >= 0) {
        close(platform->telemetry);
    }
}
