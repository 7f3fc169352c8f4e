/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/relay_pipe.h"

#include "agent_limits.h"

#include "base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A socket whose peer is gone raises a signal: there is no MSG_NOSIGNAL for splice(). */
static void be_deaf(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
}

static bool pipe_open(struct relay_pipe *pipe)
{
    int ends[2];
    be_deaf();
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        pipe->useless = true;
        return false;
    }
    /* As large as it may be: each page of what lies in a socket takes a place in it. */
    (void)fcntl(ends[1], F_SETPIPE_SZ, (int)AGENT_RELAY_PIPE_SIZE);
    *pipe = (struct relay_pipe){.open = true, .source = ends[0], .target = ends[1]};
    return true;
}

bool relay_pipe_free(struct relay_pipe *pipe)
{
    return pipe->size == 0 && !pipe->useless && (pipe->open || pipe_open(pipe));
}

ssize_t relay_pipe_fill(struct relay_pipe *pipe, int socket, size_t size)
{
    ENSURE(pipe->open && pipe->size == 0);
    ssize_t got = splice(socket, NULL, pipe->target, NULL, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0) {
        pipe->size = (size_t)got;
    } else if (got < 0 && (errno == EINVAL || errno == ENOSYS || errno == EPERM)) {
        pipe->useless = true;
        errno = EINVAL;
    }
    return got;
}

bool relay_pipe_drain(struct relay_pipe *pipe, int socket)
{
    while (pipe->size > 0) {
        ssize_t sent =
            splice(pipe->source, NULL, socket, NULL, pipe->size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (sent <= 0) {
            errno = sent == 0 || errno == EINTR ? EAGAIN : errno;
            return false;
        }
        pipe->size -= (size_t)sent;
    }
    return true;
}

void relay_pipe_drop(struct relay_pipe *pipe)
{
    if (pipe->open) {
        close(pipe->source);
        close(pipe->target);
        *pipe = (struct relay_pipe){.useless = pipe->useless};
    }
}

void relay_pipe_adopt(struct relay_pipe *pipe, int source, int target)
{
    int size = 0;
    be_deaf();
    *pipe = (struct relay_pipe){.open = true, .source = source, .target = target};
    if (ioctl(source, FIONREAD, &size) == 0 && size > 0) {
        pipe->size = (size_t)size;
    }
}
