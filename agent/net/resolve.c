/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include "agent_limits.h"

#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child gives up after this: the C library alone may try for half a minute. */
#define LOOKUP_SECONDS_MAX 5

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

/* What the child answers. */
struct found {
    size_t count;
    struct address addresses[AGENT_ADDRESSES_MAX];
};

static void add(struct found *found, size_t at, const struct addrinfo *info, uint16_t port)
{
    struct address *address = &found->addresses[at];
    memcpy(&address->v6, info->ai_addr, info->ai_addrlen);
    address->size = info->ai_addrlen;
    if (address->any.sa_family == AF_INET6) {
        address->v6.sin6_port = htons(port);
    } else {
        address->v4.sin_port = htons(port);
    }
    found->count = at < found->count ? found->count : at + 1;
}

/* The first ones, in the order of the C library; one of the other family has a place among them,
 * because a family fails as a whole where there is no route for it. */
static void choose(struct found *found, const struct addrinfo *list, uint16_t port)
{
    bool mixed = false;
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        bool other = info->ai_family != list->ai_family;
        if (info->ai_addrlen > sizeof(found->addresses[0].v6)) {
            continue;
        }
        if (found->count < AGENT_ADDRESSES_MAX) {
            add(found, found->count, info, port);
        } else if (other && !mixed) {
            add(found, AGENT_ADDRESSES_MAX - 1, info, port);
        }
        mixed = mixed || other;
    }
}

_Noreturn static void lookup(const char *host, uint16_t port, int out)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct found found = {.count = 0};
    alarm(LOOKUP_SECONDS_MAX);
    if (getaddrinfo(host, NULL, &hints, &list) == 0) {
        choose(&found, list, port);
    }
    ssize_t written = write(out, &found, sizeof(found));
    _exit(written == (ssize_t)sizeof(found) ? 0 : 1);
}

enum status resolve_begin(struct resolve *resolve, struct slice host, uint16_t port)
{
    char name[AGENT_HOST_MAX + 1];
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
    struct found found = {.count = 0};
    (void)events;
    if (resolve->source.fd < 0) {
        return;
    }
    ssize_t got = read(resolve->source.fd, &found, sizeof(found));
    loop_forget(resolve->loop, &resolve->source);
    close(resolve->source.fd);
    resolve->source.fd = -1;
    /* The child has written or died: it is a zombie within microseconds. */
    waitpid(resolve->child, NULL, 0);
    resolve->child = -1;
    bool whole = got == (ssize_t)sizeof(found) && found.count <= AGENT_ADDRESSES_MAX;
    resolve->done(resolve->context, found.addresses, whole ? found.count : 0);
}
