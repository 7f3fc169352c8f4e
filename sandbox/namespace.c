/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/namespace.h"

#include "base/ensure.h"
#include "sandbox/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_space(pid_t holder, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)holder, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void close_all(struct namespace *space)
{
    const int descriptors[] = {space->control, space->processes, space->network,
                               space->mounts,  space->names,     space->ipc};
    for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
        if (descriptors[i] >= 0) {
            close(descriptors[i]);
        }
    }
}

static enum status wait_ready(struct namespace *space, char *message, size_t message_size)
{
    ssize_t size = 0;
    do {
        size = recv(space->control, message, message_size - 1, 0);
    } while (size < 0 && errno == EINTR);
    message[size > 0 ? size : 0] = '\0';
    if (size <= 0) {
        snprintf(message, message_size, "the holder of the namespaces ended");
        return STATUS_IO;
    }
    return message[0] == '\0' ? STATUS_OK : STATUS_IO;
}

enum status namespace_init(struct namespace *space, const struct namespace_plan *plan,
                           char *message, size_t message_size)
{
    *space = (struct namespace){.holder = -1,
                                .control = -1,
                                .processes = -1,
                                .network = -1,
                                .mounts = -1,
                                .names = -1,
                                .ipc = -1};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        snprintf(message, message_size, "socketpair: %s", strerror(errno));
        return STATUS_IO;
    }
    /* A fork that is born as process 1 of new namespaces. */
    long holder =
        syscall(SYS_clone,
                CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD,
                NULL, NULL, NULL, NULL);
    if (holder < 0) {
        snprintf(message, message_size, "cannot make namespaces: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return STATUS_DENIED;
    }
    if (holder == 0) {
        holder_run(ends[1], plan);
    }
    close(ends[1]);
    space->holder = (pid_t)holder;
    space->control = ends[0];
    if (wait_ready(space, message, message_size) != STATUS_OK) {
        goto stop_holder;
    }
    space->processes = open_space(space->holder, "pid");
    space->network = open_space(space->holder, "net");
    space->mounts = open_space(space->holder, "mnt");
    space->names = open_space(space->holder, "uts");
    space->ipc = open_space(space->holder, "ipc");
    if (space->processes < 0 || space->network < 0 || space->mounts < 0 || space->names < 0 ||
        space->ipc < 0) {
        snprintf(message, message_size, "cannot open the namespaces: %s", strerror(errno));
        goto stop_holder;
    }
    return STATUS_OK;

stop_holder:
    namespace_fini(space);
    return STATUS_IO;
}

void namespace_fini(struct namespace *space)
{
    close_all(space);
    space->holder = -1;
}

/* Ask the holder and take the descriptor that it sends, if it is to send one. */
static int ask(struct namespace *space, const struct holder_request *request, bool answered)
{
    if (send(space->control, request, sizeof(*request), MSG_NOSIGNAL) !=
        (ssize_t)sizeof(*request)) {
        return -1;
    }
    if (!answered) {
        return 0;
    }
    char byte = 0;
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    ssize_t size = 0;
    do {
        size = recvmsg(space->control, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    struct cmsghdr *header = size == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header == NULL || header->cmsg_type != SCM_RIGHTS) {
        return -1;
    }
    int descriptor = -1;
    memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
    return descriptor;
}

int namespace_listen(struct namespace *space, uint32_t address, uint16_t port)
{
    struct holder_request request = {.what = HOLDER_LISTEN, .address = address, .port = port};
    return ask(space, &request, true);
}

int namespace_socket(struct namespace *space)
{
    struct holder_request request = {.what = HOLDER_SOCKET};
    return ask(space, &request, true);
}

void namespace_signal(struct namespace *space, int number)
{
    struct holder_request request = {.what = HOLDER_SIGNAL, .signal = number};
    (void)ask(space, &request, true);
}

enum status namespace_enter(const struct namespace *space)
{
    if (setns(space->names, CLONE_NEWUTS) != 0 || setns(space->ipc, CLONE_NEWIPC) != 0 ||
        setns(space->network, CLONE_NEWNET) != 0 || setns(space->mounts, CLONE_NEWNS) != 0) {
        return STATUS_IO;
    }
    return STATUS_OK;
}
