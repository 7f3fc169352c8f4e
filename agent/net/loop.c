/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include "base/ensure.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 16
#define NS_PER_MS  UINT64_C(1000000)

enum status loop_init(struct loop *loop)
{
    loop->fd = epoll_create1(EPOLL_CLOEXEC);
    return loop->fd < 0 ? STATUS_IO : STATUS_OK;
}

void loop_fini(struct loop *loop)
{
    close(loop->fd);
    loop->fd = -1;
}

enum status loop_watch(struct loop *loop, struct loop_source *source, unsigned events)
{
    struct epoll_event event = {.events = 0, .data.ptr = source};
    if ((events & LOOP_READABLE) != 0) {
        event.events |= EPOLLIN;
    }
    if ((events & LOOP_WRITABLE) != 0) {
        event.events |= EPOLLOUT;
    }
    ENSURE(source->fd >= 0 && source->ready != NULL);
    if (source->added && source->events == events) {
        return STATUS_OK;
    }
    if (epoll_ctl(loop->fd, source->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, source->fd, &event) <
        0) {
        return STATUS_IO;
    }
    source->added = true;
    source->events = events;
    return STATUS_OK;
}

void loop_forget(struct loop *loop, struct loop_source *source)
{
    if (source->added) {
        epoll_ctl(loop->fd, EPOLL_CTL_DEL, source->fd, NULL);
        source->added = false;
    }
}

/* Rounded up: waking a little late is better than spinning through the last millisecond. */
static int timeout_ms(uint64_t timeout_ns)
{
    if (timeout_ns == UINT64_MAX || timeout_ns / NS_PER_MS >= INT_MAX) {
        return timeout_ns == UINT64_MAX ? -1 : INT_MAX;
    }
    return (int)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS);
}

void loop_wait(struct loop *loop, uint64_t timeout_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loop->fd, events, EVENTS_MAX, timeout_ms(timeout_ns));
    ENSURE(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++) {
        const struct loop_source *source = events[i].data.ptr;
        unsigned ready = 0;
        if ((events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
            ready |= LOOP_READABLE;
        }
        if ((events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
            ready |= LOOP_WRITABLE;
        }
        if (source->added) {
            source->ready(source->context, ready);
        }
    }
}
