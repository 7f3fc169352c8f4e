/* SPDX-License-Identifier: Apache-2.0 */
#include "http/door.h"

#include "base/ensure.h"
#include "http/http_limits.h"
#include "self/counters.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DOOR_EVENTS 64

struct door {
    struct door_options options;
    int epoll;
    int signal;            /* Wakes the thread for closed and stopping. */
    pthread_mutex_t mutex; /* Guards what follows, and who sleeps; then the HTTP library's own. */
    struct door_sleeper *first;
    bool closed;
    bool stopping;
    bool paused; /* The listener is not looked at for a while. */
    pthread_t thread;
};

static void door_listen(const struct door *door, bool on)
{
    struct epoll_event event = {.events = on ? EPOLLIN : 0, .data = {.ptr = NULL}};
    int failed = epoll_ctl(door->epoll, EPOLL_CTL_MOD, door->options.listener, &event);
    ENSURE(failed == 0);
}

/* Let one in, if one waits.  False: none does, or none can be let in now. */
static bool door_accept(struct door *door)
{
    const struct door_options *options = &door->options;
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    int socket = accept4(options->listener, (struct sockaddr *)&address, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
        /* No descriptors, no memory: it stays in the backlog, and is not asked for in a loop. */
        door->paused = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (options->make_room(options->context)) {
        counters_add(COUNTER_CONNECTIONS_ACCEPTED, 1);
        options->enter(options->context, socket, (const struct sockaddr *)&address, size);
    } else {
        counters_add(COUNTER_CONNECTIONS_REFUSED, 1);
        options->turn_away(options->context, socket);
        (void)close(socket);
    }
    return true;
}

static void door_accept_some(struct door *door)
{
    unsigned left = HTTP_ACCEPT_BURST;
    while (left > 0 && door_accept(door)) {
        left--;
    }
    if (door->paused) {
        door_listen(door, false);
    }
}

static void door_wake_locked(struct door *door, struct door_sleeper *sleeper)
{
    *sleeper->link = sleeper->next;
    if (sleeper->next != NULL) {
        sleeper->next->link = sleeper->link;
    }
    sleeper->link = NULL;
    door->options.wake(sleeper);
}

static void door_wake(struct door *door, struct door_sleeper *sleeper)
{
    (void)pthread_mutex_lock(&door->mutex);
    door_wake_locked(door, sleeper);
    (void)pthread_mutex_unlock(&door->mutex);
}

/* What was asked for by door_close() and door_stop(); true: go on. */
static bool door_obey(struct door *door, bool *listening)
{
    (void)pthread_mutex_lock(&door->mutex);
    bool closed = door->closed;
    bool stopping = door->stopping;
    (void)pthread_mutex_unlock(&door->mutex);
    if (closed && *listening) {
        (void)epoll_ctl(door->epoll, EPOLL_CTL_DEL, door->options.listener, NULL);
        *listening = false;
    }
    return !stopping;
}

static void *door_run(void *context)
{
    struct door *door = context;
    struct epoll_event events[DOOR_EVENTS];
    bool listening = true;
    while (door_obey(door, &listening)) {
        int count =
            epoll_wait(door->epoll, events, DOOR_EVENTS, door->paused ? HTTP_ACCEPT_PAUSE_MS : -1);
        bool come = false;
        if (door->paused && listening) {
            door->paused = false;
            door_listen(door, true);
        }
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                come = listening;
            } else if (events[i].data.ptr == door) {
                eventfd_t value;
                (void)eventfd_read(door->signal, &value);
            } else {
                door_wake(door, events[i].data.ptr);
            }
        }
        if (come) {
            door_accept_some(door);
        }
    }
    (void)pthread_mutex_lock(&door->mutex);
    while (door->first != NULL) {
        door_wake_locked(door, door->first);
    }
    (void)pthread_mutex_unlock(&door->mutex);
    return NULL;
}

static enum status door_watch(const struct door *door, int descriptor, void *pointer)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = pointer}};
    return epoll_ctl(door->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? STATUS_OK : STATUS_IO;
}

enum status door_start(struct door **door, const struct door_options *options)
{
    struct door *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->options = *options;
    made->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (made->epoll < 0) {
        goto free_door;
    }
    made->signal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->signal < 0) {
        goto close_epoll;
    }
    if (door_watch(made, made->signal, made) != STATUS_OK ||
        door_watch(made, options->listener, NULL) != STATUS_OK ||
        pthread_mutex_init(&made->mutex, NULL) != 0) {
        goto close_signal;
    }
    *door = made; /* Connections ask for it as soon as the thread runs. */
    if (pthread_create(&made->thread, NULL, door_run, made) != 0) {
        goto destroy_mutex;
    }
    return STATUS_OK;

destroy_mutex:
    *door = NULL;
    (void)pthread_mutex_destroy(&made->mutex);
close_signal:
    (void)close(made->signal);
close_epoll:
    (void)close(made->epoll);
free_door:
    free(made);
    return STATUS_FULL;
}

static void door_tell(struct door *door, bool stop)
{
    (void)pthread_mutex_lock(&door->mutex);
    door->closed = true;
    door->stopping = stop;
    (void)pthread_mutex_unlock(&door->mutex);
    int failed = eventfd_write(door->signal, 1);
    ENSURE(failed == 0);
}

void door_close(struct door *door)
{
    door_tell(door, false);
}

void door_stop(struct door *door)
{
    if (door == NULL) {
        return;
    }
    door_tell(door, true);
    (void)pthread_join(door->thread, NULL);
    ENSURE(door->first == NULL);
}

void door_free(struct door *door)
{
    if (door == NULL) {
        return;
    }
    (void)pthread_mutex_destroy(&door->mutex);
    (void)close(door->signal);
    (void)close(door->epoll);
    free(door);
}

bool door_sleep(struct door *door, struct door_sleeper *sleeper, bool write)
{
    struct epoll_event event = {
        .events = (write ? EPOLLOUT : EPOLLIN | EPOLLRDHUP) | EPOLLONESHOT,
        .data = {.ptr = sleeper},
    };
    (void)pthread_mutex_lock(&door->mutex);
    bool sleeps = !door->stopping;
    if (sleeps) {
        door->options.sleep(sleeper);
        sleeper->next = door->first;
        sleeper->link = &door->first;
        if (sleeper->next != NULL) {
            sleeper->next->link = &sleeper->next;
        }
        door->first = sleeper;
        int operation = sleeper->known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
        if (epoll_ctl(door->epoll, operation, sleeper->socket, &event) == 0) {
            sleeper->known = true;
        } else {
            door_wake_locked(door, sleeper); /* No memory: it is asked for again. */
        }
    }
    (void)pthread_mutex_unlock(&door->mutex);
    return sleeps;
}
