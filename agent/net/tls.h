/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TLS_H
#define THAW_AGENT_TLS_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * TLS over a connected socket, as a client.  The only file that knows the
 * library.  Nothing blocks: each call does what the socket allows and says what
 * it waits for, and is then made again with the same arguments.  All memory is
 * one static block.
 *
 * A struct tls belongs to one peer and outlives its connections: what a
 * connection has learned makes the next one's handshake short (resumption).
 * The peer's certificate must be good: signed by a root of ours, in time, for
 * this host.  tls_reason() says in words what was wrong.
 */
struct tls;

enum tls_answer {
    TLS_DONE,
    TLS_WANT_READ,  /* Call again when the socket is readable, ... */
    TLS_WANT_WRITE, /* ...or writable. */
    TLS_END,        /* The peer has said that nothing follows. */
    TLS_BROKEN,     /* The connection is of no use any more. */
};

/* Whether this build has TLS; without it the other functions must not be called.  It is a constant,
 * so that what needs TLS is left out where there is none. */
THAW_CHECK static inline bool tls_available(void)
{
#ifdef THAW_NO_TLS
    return false;
#else
    return true;
#endif
}

/* Whether there are roots in a PEM file, or in the system's bundle if it is empty:
 * STATUS_NOT_FOUND: no such file, STATUS_BAD: no certificate in it. */
enum status tls_check_roots(struct slice path) THAW_CHECK;

/* One for a peer with this name or literal address, which must stay, and which has to be vouched
 * for by a root of this file, or of the system's if it is empty.  There are AGENT_TLS_PEERS_MAX in
 * a process, and none is given back. */
struct tls *tls_create(const char *host, struct slice roots_path) THAW_CHECK;

/* Begin on a connected socket, which stays the caller's.  STATUS_FULL: there is no memory. */
enum status tls_open(struct tls *tls, int fd) THAW_CHECK;

enum tls_answer tls_handshake(struct tls *tls) THAW_CHECK;

/* Send what the socket takes of head and then body; *sent counts what was taken. */
enum tls_answer tls_send(struct tls *tls, struct slice head, struct slice body,
                         size_t *sent) THAW_CHECK;

/* Up to room bytes; room must not be 0.  TLS_DONE: *got bytes, at least one. */
enum tls_answer tls_receive(struct tls *tls, void *place, size_t room, size_t *got) THAW_CHECK;

/* Whether the handshake that broke is worth a second try at once, because it would be another one.
 * True once. */
bool tls_try_again(struct tls *tls) THAW_CHECK;

/* Whether bytes were taken from the socket that tls_receive() has not given yet. */
bool tls_has_more(const struct tls *tls) THAW_CHECK;

/* End the connection; the peer is told if that costs no wait.  It may be none. */
void tls_close(struct tls *tls);

/* The same, and forget what would make the next handshake short. */
void tls_forget(struct tls *tls);

/* What went wrong last, as "its certificate has expired"; NULL: nothing that TLS knows of. */
const char *tls_reason(const struct tls *tls);

#endif
