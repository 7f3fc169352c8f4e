/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/holder.h"

#include "sandbox/cgroup.h"
#include "sandbox/root_tree.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTROL 3

/* Connections that may wait to be accepted. */
#define BACKLOG 128

static bool interface_set(int socket_fd, unsigned long what, const char *name, uint32_t address)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = address};
    memcpy(&request.ifr_addr, &in, sizeof(in));
    return ioctl(socket_fd, what, &request) == 0;
}

/* lo comes up, and each address becomes an alias of it with a network of its own. */
static bool network_build(const struct namespace_plan *plan)
{
    int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0) {
        return false;
    }
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    bool good = ioctl(socket_fd, SIOCSIFFLAGS, &request) == 0;
    for (size_t i = 0; good && i < plan->address_count; i++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof(name), "lo:%u", (unsigned)i);
        good = interface_set(socket_fd, SIOCSIFADDR, name, plan->addresses[i]) &&
               interface_set(socket_fd, SIOCSIFNETMASK, name, INADDR_NONE);
    }
    close(socket_fd);
    return good;
}

static int listen_on(uint32_t address, uint16_t port)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    int one = 1;
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address};
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(descriptor, (const struct sockaddr *)&in, sizeof(in)) != 0 ||
        listen(descriptor, BACKLOG) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static void answer(int descriptor)
{
    char byte = 0;
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor >= 0) {
        memset(&control, 0, sizeof(control));
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
    }
    (void)sendmsg(CONTROL, &message, MSG_NOSIGNAL);
    if (descriptor >= 0) {
        close(descriptor);
    }
}

static void serve(const struct holder_request *request)
{
    switch (request->what) {
    case HOLDER_LISTEN:
        answer(listen_on(request->address, request->port));
        break;
    case HOLDER_SOCKET:
        answer(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        break;
    case HOLDER_SIGNAL:
        kill(-1, request->signal);
        answer(-1);
        break;
    }
}

/* Nobody needs what is inside any more.  The order matters: what is frozen must die of the signal
 * that waits for it, before it runs again. */
static _Noreturn void clear_out(const struct cgroup_grip *grip)
{
    kill(-1, SIGKILL);
    cgroup_grip_thaw(grip);
    /* Orphans reap themselves (SIG_IGN); this waits for the last one. */
    while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR) {
    }
    cgroup_grip_remove(grip);
    _exit(0);
}

_Noreturn void holder_run(int control, const struct namespace_plan *plan)
{
    char message[512] = "";
    struct cgroup_grip grip;
    (void)dup2(control, CONTROL);
    (void)syscall(SYS_close_range, CONTROL + 1, ~0U, 0);
    setsid();
    prctl(PR_SET_NAME, "thaw-holder");
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    (void)sethostname("sandbox.localdomain", strlen("sandbox.localdomain"));
    if (cgroup_grip_init(&grip, plan->group) != STATUS_OK) {
        snprintf(message, sizeof(message), "cannot open the freezer: %s", strerror(errno));
    } else if (!network_build(plan)) {
        snprintf(message, sizeof(message), "cannot set up the network: %s", strerror(errno));
    } else if (root_tree_build(plan, message, sizeof(message)) == STATUS_OK) {
        message[0] = '\0';
    }
    if (send(CONTROL, message, strlen(message) + 1, MSG_NOSIGNAL) < 0 || message[0] != '\0') {
        _exit(1);
    }
    struct holder_request request;
    for (;;) {
        ssize_t size = recv(CONTROL, &request, sizeof(request), 0);
        if (size == (ssize_t)sizeof(request)) {
            serve(&request);
        } else if (size == 0 || (size < 0 && errno != EINTR)) {
            clear_out(&grip);
        }
    }
}
