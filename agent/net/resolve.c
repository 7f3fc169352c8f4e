/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child gives up after this: the C library alone may try for half a minute. */
#define LOOKUP_SECONDS_MAX 5

#define HOST_SIZE_MAX 256

static void resolve_ready(void *context, unsigned events);

void resolve_init(struct resolve *resolve, struct loop *loop, resolve_done *done, void *context)
{
    resolve->loop = loop;
    resolve->source = (struct loop_source){.fd = -1, .ready = resolve_ready, .context = resolve};
    resolve->child = -1;
    resolve->done = done;
    resolve->context = context;
}

bool resolve_busy(const struct resolve *resolve)
{
    return resolve->source.fd >= 0;
}

_Noreturn static void lookup(const char *host, uint16_t port, int out)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct address address = {.size = 0};
    alarm(LOOKUP_SECONDS_MAX);
    if (getaddrinfo(host, NULL, &hints, &list) == 0 && list != NULL &&
        list->ai_addrlen <= sizeof(address.v6)) {
        memcpy(&address.v6, list->ai_addr, list->ai_addrlen);
        address.size = list->ai_addrlen;
        if (address.any.sa_family == AF_INET6) {
            address.v6.sin6_port = htons(port);
        } else {
            address.v4.sin_port = htons(port);
        }
    }
    ssize_t written = write(out, &address, sizeof(address));
    _exit(written == (ssize_t)sizeof(address) ? 0 : 1);
}

enum status resolve_begin(struct resolve *resolve, struct slice host, uint16_t port)
{
    char name[HOST_SIZE_MAX];
    int ends[2];
    if (resolve_busy(resolve)) {
        return STATUS_OK;
    }
    if (!slice_copy_text(host, name, sizeof(name))) {
        return STATUS_BAD;
    }
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        return STATUS_IO;
    }
    resolve->source.fd = ends[0];
    resolve->source.added = false;
    if (loop_watch(resolve->loop, &resolve->source, LOOP_READABLE) != STATUS_OK) {
        goto close_pipe;
    }
    resolve->child = fork();
    if (resolve->child == 0) {
        lookup(name, port, ends[1]);
    }
    if (resolve->child < 0) {
        loop_forget(resolve->loop, &resolve->source);
        goto close_pipe;
    }
    close(ends[1]);
    return STATUS_OK;

close_pipe:
    close(ends[0]);
    close(ends[1]);
    resolve->source.fd = -1;
    return STATUS_IO;
}

static void resolve_ready(void *context, unsigned events)
{
    struct resolve *resolve = context;
    struct address address = {.size = 0};
    (void)events;
    if (resolve->source.fd < 0) {
        return;
    }
    ssize_t got = read(resolve->source.fd, &address, sizeof(address));
    loop_forget(resolve->loop, &resolve->source);
    close(resolve->source.fd);
    resolve->source.fd = -1;
    /* The child has written or died: it is a zombie within microseconds. */
    waitpid(resolve->child, NULL, 0);
    resolve->child = -1;
    bool found = got == (ssize_t)sizeof(address) && address.size > 0;
    resolve->done(resolve->context, found ? &address : NULL);
}
