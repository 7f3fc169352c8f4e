/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wrapped.h"

#include "base/buf.h"
#include "base/format.h"
#include "base/number.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define GREETING "thaw-wrapped 1 "

/* A host name and a port, and the words around them. */
#define MESSAGE_MAX 512

/* The agent answers at once.  If it does not, something is wrong with it. */
#define WAIT_SECONDS 1

/* An abstract address: it belongs to the network namespace, and no file is left behind. */
static socklen_t put_name(struct sockaddr_un *name, unsigned port)
{
    struct buf text;
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    buf_init_fixed(&text, name->sun_path + 1, sizeof(name->sun_path) - 1);
    format_append(&text, "thaw-agent.%u", port);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + text.size);
}

/* The size of a struct without a path, which is how the kernel is asked for some name. */
#define NAMELESS ((socklen_t)sizeof(sa_family_t))

static void source_ready(void *context, unsigned events)
{
    struct wrapped *wrapped = context;
    struct sockaddr_un from;
    socklen_t from_size = sizeof(from);
    char bytes[MESSAGE_MAX];
    struct slice digits;
    struct slice upstream;
    uint64_t runtime = 0;
    (void)events;
    ssize_t got = recvfrom(wrapped->source.fd, bytes, sizeof(bytes), MSG_DONTWAIT,
                           (struct sockaddr *)&from, &from_size);
    struct slice message = slice_of(bytes, got > 0 ? (size_t)got : 0);
    if (!slice_starts(message, SLICE(GREETING)) || from_size <= NAMELESS) {
        return;
    }
    if (!slice_cut(slice_skip(message, sizeof(GREETING) - 1), ' ', &digits, &upstream) ||
        number_parse_u64(digits, &runtime) != NUMBER_OK || runtime > INT32_MAX) {
        return;
    }
    struct slice answer = wrapped->answer(wrapped->context, (pid_t)runtime, upstream);
    (void)!sendto(wrapped->source.fd, answer.base, answer.size, MSG_NOSIGNAL | MSG_DONTWAIT,
                  (const struct sockaddr *)&from, from_size);
}

enum status wrapped_init(struct wrapped *wrapped, struct loop *loop, unsigned port,
                         wrapped_answer *answer, void *context)
{
    struct sockaddr_un name;
    socklen_t size = put_name(&name, port);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    wrapped->source = (struct loop_source){.fd = fd, .ready = source_ready, .context = wrapped};
    wrapped->loop = loop;
    wrapped->answer = answer;
    wrapped->context = context;
    if (fd < 0) {
        return STATUS_IO;
    }
    if (bind(fd, (const struct sockaddr *)&name, size) < 0 ||
        loop_watch(loop, &wrapped->source, LOOP_READABLE) != STATUS_OK) {
        close(fd);
        wrapped->source.fd = -1;
        return STATUS_IO;
    }
    return STATUS_OK;
}

void wrapped_stop(struct wrapped *wrapped)
{
    if (wrapped->source.fd >= 0) {
        loop_forget(wrapped->loop, &wrapped->source);
        close(wrapped->source.fd);
        wrapped->source.fd = -1;
    }
}

size_t wrapped_ask(unsigned port, struct slice runtime, struct slice upstream, char *address,
                   size_t size)
{
    const struct sockaddr nameless = {.sa_family = AF_UNIX};
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    struct sockaddr_un name;
    socklen_t name_size = put_name(&name, port);
    char bytes[MESSAGE_MAX];
    struct buf message;
    ssize_t got = -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return 0;
    }
    buf_init_fixed(&message, bytes, sizeof(bytes));
    format_append(&message, GREETING SLICE_FMT " " SLICE_FMT, SLICE_ARG(runtime),
                  SLICE_ARG(upstream));
    if (!buf_overflowed(&message) && bind(fd, &nameless, NAMELESS) == 0 &&
        connect(fd, (const struct sockaddr *)&name, name_size) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
        send(fd, message.base, message.size, MSG_NOSIGNAL) == (ssize_t)message.size) {
        got = recv(fd, address, size, 0);
    }
    close(fd);
    return got > 0 ? (size_t)got : 0;
}
