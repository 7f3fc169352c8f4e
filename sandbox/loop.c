/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/loop.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum status loop_init(struct loop *loop)
{
    *loop = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return loop->epoll < 0 ? STATUS_IO : STATUS_OK;
}

void loop_fini(struct loop *loop)
{
    close(loop->epoll);
    loop->epoll = -1;
}

static struct epoll_event event_of(struct loop_source *source, unsigned events)
{
    struct epoll_event event = {.events = 0, .data.ptr = source};
    if ((events & LOOP_READ) != 0) {
        event.events |= EPOLLIN | EPOLLRDHUP;
    }
    if ((events & LOOP_WRITE) != 0) {
        event.events |= EPOLLOUT;
    }
    return event;
}

enum status loop_watch(struct loop *loop, struct loop_source *source, unsigned events)
{
    struct epoll_event event = event_of(source, events);
    source->events = events;
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->descriptor, &event) != 0) {
        return STATUS_IO;
    }
    return STATUS_OK;
}

void loop_change(struct loop *loop, struct loop_source *source, unsigned events)
{
    if (source->events == events) {
        return;
    }
    struct epoll_event event = event_of(source, events);
    source->events = events;
    int changed = epoll_ctl(loop->epoll, EPOLL_CTL_MOD, source->descriptor, &event);
    ENSURE(changed == 0);
}

void loop_forget(struct loop *loop, struct loop_source *source)
{
    /* Fails only if the descriptor was closed before: then the kernel forgot it already. */
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->descriptor, NULL);
}

void loop_set(struct loop *loop, struct loop_timer *timer, uint64_t due_ns)
{
    if (timer->set && timer->due_ns == due_ns) {
        return;
    }
    loop_clear(loop, timer);
    struct loop_timer *before = NULL;
    struct loop_timer *after = loop->first;
    while (after != NULL && after->due_ns <= due_ns) {
        before = after;
        after = after->next;
    }
    timer->due_ns = due_ns;
    timer->previous = before;
    timer->next = after;
    timer->set = true;
    if (before == NULL) {
        loop->first = timer;
    } else {
        before->next = timer;
    }
    if (after != NULL) {
        after->previous = timer;
    }
}

void loop_clear(struct loop *loop, struct loop_timer *timer)
{
    if (!timer->set) {
        return;
    }
    timer->set = false;
    if (timer->previous == NULL) {
        loop->first = timer->next;
    } else {
        timer->previous->next = timer->next;
    }
    if (timer->next != NULL) {
        timer->next->previous = timer->previous;
    }
}

static int wait_ms(const struct loop *loop, uint64_t now_ns)
{
    if (loop->first == NULL) {
        return -1;
    }
    if (loop->first->due_ns <= now_ns) {
        return 0;
    }
    /* Rounded up, so that a timer is due when we wake. */
    uint64_t left_ms = (loop->first->due_ns - now_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
    return left_ms > 3600000 ? 3600000 : (int)left_ms;
}

static unsigned events_told(uint32_t events)
{
    unsigned told = 0;
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) {
        told |= LOOP_READ;
    }
    if ((events & EPOLLOUT) != 0) {
        told |= LOOP_WRITE;
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        told |= LOOP_BROKEN;
    }
    return told;
}

void loop_run(struct loop *loop)
{
    while (!loop->stopped) {
        struct epoll_event event;
        int count = epoll_wait(loop->epoll, &event, 1, wait_ms(loop, clock_monotonic_ns()));
        ENSURE(count >= 0 || errno == EINTR);
        if (count == 1) {
            struct loop_source *source = event.data.ptr;
            source->ready(source->owner, events_told(event.events));
        }
        uint64_t now_ns = clock_monotonic_ns();
        while (loop->first != NULL && loop->first->due_ns <= now_ns && !loop->stopped) {
            struct loop_timer *timer = loop->first;
            loop_clear(loop, timer);
            timer->fire(timer->owner);
        }
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
