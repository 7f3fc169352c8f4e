/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include "agent_limits.h"

#include "base/ensure.h"
#include "net/http_parse.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define STATUS_UNAUTHORIZED 407

void stream_init(struct stream *stream, const struct stream_path *path)
{
    *stream = (struct stream){.path = *path, .fd = -1, .stage = STREAM_CONNECTING};
}

bool stream_connect(struct stream *stream, const struct address *address)
{
    int one = 1;
    ENSURE(stream->fd < 0);
    stream->stage = STREAM_CONNECTING;
    stream->reason = NULL;
    if (address->size == 0) {
        return false;
    }
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    /* Before anything is sent: a handshake that waits for acknowledgements takes 40 ms. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, &address->any, address->size) < 0 && errno != EINPROGRESS) {
        close(fd);
        return false;
    }
    stream->fd = fd;
    return true;
}

/* ---- Establishing. ---- */

static bool connected(const struct stream *stream)
{
    int error = 0;
    socklen_t size = sizeof(error);
    struct address peer = {.size = sizeof(peer.v6)};
    return getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0 &&
           getpeername(stream->fd, &peer.any, &peer.size) == 0;
}

/* What a failed system call on the socket means. */
static enum stream_answer failed(enum stream_answer waits)
{
    return errno == EAGAIN || errno == EINTR ? waits : STREAM_BROKEN;
}

/* In a build without TLS there is neither that nor a tunnel to it, which the compiler knows. */
static struct tls *tls_of(const struct stream *stream)
{
    return tls_available() ? stream->path.tls : NULL;
}

static bool has_tunnel(const struct stream *stream)
{
    return tls_available() && stream->path.tunnel.size > 0;
}

static enum stream_answer ask_proxy(struct stream *stream)
{
    while (stream->count < stream->path.tunnel.size) {
        struct slice rest = slice_skip(stream->path.tunnel, stream->count);
        ssize_t sent = send(stream->fd, rest.base, rest.size, MSG_NOSIGNAL);
        if (sent < 0) {
            return failed(STREAM_WANT_WRITE);
        }
        stream->count += (size_t)sent;
    }
    stream->count = 0;
    return STREAM_OK;
}

static enum stream_answer hear_proxy(struct stream *stream, unsigned char *scratch)
{
    for (;;) {
        struct http_head head;
        if (stream->count == AGENT_HTTP_HEAD_MAX) {
            stream->reason = "the proxy's answer is not understood";
            return STREAM_BROKEN;
        }
        ssize_t got =
            recv(stream->fd, scratch + stream->count, AGENT_HTTP_HEAD_MAX - stream->count, 0);
        if (got < 0 && failed(STREAM_WANT_READ) == STREAM_WANT_READ) {
            return STREAM_WANT_READ;
        }
        if (got <= 0) {
            stream->reason = "the proxy closed the connection";
            return STREAM_BROKEN;
        }
        stream->count += (size_t)got;
        switch (http_parse_response(slice_of(scratch, stream->count), &head)) {
        case HTTP_PARTIAL:
            continue;
        case HTTP_BAD:
            stream->reason = "the proxy's answer is not understood";
            return STREAM_BROKEN;
        case HTTP_PARSED:
            break;
        }
        if (head.status == STATUS_UNAUTHORIZED) {
            stream->reason = "the proxy wants other credentials (407)";
            return STREAM_BROKEN;
        }
        /* Our peer speaks after us, so what follows the head would be the proxy's own. */
        if (head.status < 200 || head.status >= 300 || stream->count > head.size) {
            stream->reason = "the proxy does not connect us";
            return STREAM_BROKEN;
        }
        stream->reason = NULL;
        return STREAM_OK;
    }
}

static enum stream_answer of_tls(struct stream *stream, enum tls_answer answer)
{
    switch (answer) {
    case TLS_DONE:
        return STREAM_OK;
    case TLS_WANT_READ:
        return STREAM_WANT_READ;
    case TLS_WANT_WRITE:
        return STREAM_WANT_WRITE;
    case TLS_END:
        return STREAM_END;
    case TLS_BROKEN:
        stream->reason = tls_reason(tls_of(stream));
        return STREAM_BROKEN;
    }
    return STREAM_BROKEN;
}

enum stream_answer stream_establish(struct stream *stream, unsigned char *scratch)
{
    for (;;) {
        enum stream_answer answer = STREAM_OK;
        switch (stream->stage) {
        case STREAM_CONNECTING:
            if (!connected(stream)) {
                return STREAM_BROKEN;
            }
            stream->count = 0;
            stream->stage = STREAM_ASKING;
            break;
        case STREAM_ASKING:
            answer = has_tunnel(stream) ? ask_proxy(stream) : STREAM_OK;
            stream->stage = answer == STREAM_OK ? STREAM_ANSWERED : STREAM_ASKING;
            break;
        case STREAM_ANSWERED:
            answer = has_tunnel(stream) ? hear_proxy(stream, scratch) : STREAM_OK;
            if (answer == STREAM_OK) {
                stream->stage = STREAM_HANDSHAKE;
                if (tls_of(stream) != NULL && tls_open(tls_of(stream), stream->fd) != STATUS_OK) {
                    stream->reason = "there is no memory for TLS";
                    return STREAM_BROKEN;
                }
            }
            break;
        case STREAM_HANDSHAKE:
            if (tls_of(stream) != NULL) {
                answer = of_tls(stream, tls_handshake(tls_of(stream)));
            }
            stream->stage = answer == STREAM_OK ? STREAM_OPEN : STREAM_HANDSHAKE;
            break;
        case STREAM_OPEN:
            return STREAM_OK;
        }
        if (answer != STREAM_OK) {
            return answer;
        }
    }
}

bool stream_connecting(const struct stream *stream)
{
    return stream->stage == STREAM_CONNECTING;
}

bool stream_try_again(struct stream *stream)
{
    return tls_of(stream) != NULL && tls_try_again(tls_of(stream));
}

/* ---- Established. ---- */

/* iovec has no const, and sendmsg() does not write. */
static struct iovec part_of(struct slice slice)
{
    union {
        const unsigned char *constant;
        void *plain;
    } base = {.constant = slice.base};
    return (struct iovec){.iov_base = base.plain, .iov_len = slice.size};
}

enum stream_answer stream_send(struct stream *stream, struct slice head, struct slice body,
                               size_t *sent)
{
    ENSURE(stream->stage == STREAM_OPEN);
    while (*sent < head.size + body.size) {
        struct slice rest = slice_skip(head, *sent);
        struct slice behind = slice_skip(body, *sent > head.size ? *sent - head.size : 0);
        if (tls_of(stream) != NULL) {
            size_t took = 0;
            enum tls_answer answer = tls_send(tls_of(stream), rest, behind, &took);
            *sent += took;
            if (answer != TLS_DONE) {
                return of_tls(stream, answer);
            }
            continue;
        }
        struct iovec parts[2] = {part_of(rest), part_of(behind)};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t took = sendmsg(stream->fd, &message, MSG_NOSIGNAL);
        if (took < 0) {
            return failed(STREAM_WANT_WRITE);
        }
        *sent += (size_t)took;
    }
    return STREAM_OK;
}

enum stream_answer stream_receive(struct stream *stream, void *place, size_t room, size_t *got)
{
    ENSURE(stream->stage == STREAM_OPEN && room > 0);
    if (tls_of(stream) != NULL) {
        return of_tls(stream, tls_receive(tls_of(stream), place, room, got));
    }
    ssize_t received = recv(stream->fd, place, room, 0);
    if (received > 0) {
        *got = (size_t)received;
        return STREAM_OK;
    }
    return received < 0 ? failed(STREAM_WANT_READ) : STREAM_END;
}

bool stream_has_more(const struct stream *stream)
{
    return tls_of(stream) != NULL && stream->stage == STREAM_OPEN && tls_has_more(tls_of(stream));
}

bool stream_rests(struct stream *stream)
{
    unsigned char byte;
    size_t got;
    /* In TLS, silence may hold messages of the protocol itself: session tickets. */
    return stream_receive(stream, &byte, sizeof(byte), &got) == STREAM_WANT_READ;
}

void stream_close(struct stream *stream)
{
    if (stream->fd < 0) {
        return;
    }
    if (tls_of(stream) != NULL) {
        tls_close(tls_of(stream));
    }
    close(stream->fd);
    stream->fd = -1;
    stream->stage = STREAM_CONNECTING;
}
