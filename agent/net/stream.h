/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_STREAM_H
#define THAW_AGENT_STREAM_H

#include "base/slice.h"
#include "base/status.h"
#include "net/address.h"
#include "net/tls.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A stream of bytes to a peer, over whatever lies between: a TCP connection,
 * perhaps a tunnel through a proxy, perhaps TLS inside of it.  Whoever uses it
 * sees one thing that is established step by step and then sends and receives.
 * Nothing blocks and nothing is allocated.
 */
enum stream_answer {
    STREAM_OK,
    STREAM_WANT_READ,  /* Call again when it is readable, ... */
    STREAM_WANT_WRITE, /* ...or writable. */
    STREAM_END,        /* The peer sends nothing more. */
    STREAM_BROKEN,
};

/* What lies between us and the peer, set once. */
struct stream_path {
    struct slice tunnel; /* A whole CONNECT request to a proxy; empty: no tunnel. */
    struct tls *tls;     /* NULL: plain. */
};

struct stream {
    struct stream_path path;
    int fd; /* -1: closed. */
    enum stream_stage {
        STREAM_CONNECTING,
        STREAM_ASKING,    /* The proxy for a tunnel. */
        STREAM_ANSWERED,  /* By the proxy, in part. */
        STREAM_HANDSHAKE, /* TLS. */
        STREAM_OPEN,
    } stage;
    size_t count;       /* Of bytes sent to, then received from the proxy. */
    const char *reason; /* What went wrong last, in words; NULL: the network. */
};

void stream_init(struct stream *stream, const struct stream_path *path);

/* Begin to connect; stream->fd is there to be watched for writing.  False: it is not even begun. */
bool stream_connect(struct stream *stream, const struct address *address) THAW_CHECK;

/* Go on with establishing it.  scratch is for the proxy's answer and stays the same between calls;
 * its size is AGENT_HTTP_HEAD_MAX at least. */
enum stream_answer stream_establish(struct stream *stream, unsigned char *scratch) THAW_CHECK;

/* Whether it failed, or hangs, before there was a connection: then another address may do. */
bool stream_connecting(const struct stream *stream) THAW_CHECK;

/* Whether the failure is worth a second try at once; true once. */
bool stream_try_again(struct stream *stream) THAW_CHECK;

/* Send what it takes of head and then body; *sent is increased by that. */
enum stream_answer stream_send(struct stream *stream, struct slice head, struct slice body,
                               size_t *sent) THAW_CHECK;

/* STREAM_OK: *got bytes, at least one. */
enum stream_answer stream_receive(struct stream *stream, void *place, size_t room,
                                  size_t *got) THAW_CHECK;

/* Whether more can be received although the descriptor may not be readable. */
bool stream_has_more(const struct stream *stream) THAW_CHECK;

/* Whether an established one that nothing is expected of is as we left it: open, and silent. */
bool stream_rests(struct stream *stream) THAW_CHECK;

/* It may be closed already. */
void stream_close(struct stream *stream);

#endif
