/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listen.h"

#include "net/address.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections that wait to be accepted: the peers are few, but all may come at once. */
#define BACKLOG 128

enum status listen_open(struct slice text, int *fd)
{
    struct slice host;
    struct address address;
    uint16_t port = 0;
    int one = 1;
    *fd = -1;
    if (!address_split(text, &host, &port) || !address_literal(host, port, &address)) {
        return STATUS_BAD;
    }
    int opened = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened < 0) {
        return STATUS_IO;
    }
    if (setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        bind(opened, &address.any, address.size) < 0 || listen(opened, BACKLOG) < 0) {
        int error = errno;
        close(opened);
        errno = error;
        return STATUS_IO;
    }
    *fd = opened;
    return STATUS_OK;
}

unsigned listen_port(int fd)
{
    struct address bound = {.size = sizeof(bound.v6)};
    if (getsockname(fd, &bound.any, &bound.size) < 0) {
        return 0;
    }
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}
