/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_TLS_H
#define THAW_HTTP_TLS_H

#include "base/slice.h"
#include "base/status.h"
#include "http/certificate.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * TLS of the server: which certificate a connection is shown, and how sessions are resumed.  The
 * HTTP library makes the connections and does the handshakes; this is what it asks.
 *
 * A session is resumed by what its client keeps (tickets), nothing is kept here.  The key of
 * tickets of TLS 1.3 is made of the private key: they stay good over a restart and behind another
 * collector with the same key, and still every connection has secrets of its own.  Those of TLS 1.2
 * would betray recorded connections to whoever gets hold of that key: theirs is a new one in each
 * process.  Any thread.
 */
struct tls;
struct gnutls_session_int;
struct gnutls_cert_retr_st;
struct gnutls_ocsp_data_st;

/* Versions, ciphers and groups that are spoken: with forward secrecy, and authenticated. */
extern const char tls_priorities[];

enum status tls_create(struct tls **tls, struct slice chain_file, struct slice key_file,
                       char *error, size_t error_size) THAW_CHECK;
/* Every tls_session has ended.  NULL is fine. */
void tls_free(struct tls *tls);

/* Show the certificate that the files hold now to connections that begin from here on; if they
 * hold none, nothing has changed.  context is a struct tls. */
enum status tls_reload(void *context, char *error, size_t error_size) THAW_CHECK;

/* About the certificate that is shown. */
void tls_facts(struct tls *tls, struct certificate_facts *facts);

/* What a connection holds; it stays where it is from tls_begin() to tls_end(). */
struct tls_session {
    struct tls *tls; /* NULL: there is no TLS. */
    struct certificate *certificate;
    int socket;
    bool shaken; /* The handshake waits for nothing any more. */
    /* It waits for the other side, to write or to read; from the thread that does it. */
    void (*wait)(void *context, bool write);
    void *context;
};

/* A connection begins; its handshake has not.  The caller has filled in socket, wait and context.
 */
void tls_begin(struct tls *tls, struct tls_session *session, struct gnutls_session_int *handle);
/* It has ended; fine where it did not begin. */
void tls_end(struct tls_session *session);
/* Let the handshake of a connection fail for which there is no memory. */
void tls_refuse(struct gnutls_session_int *handle);

/* Whether the handshake, which is over, resumed a session. */
bool tls_resumed(struct gnutls_session_int *handle);

/* The library's question: a gnutls_certificate_retrieve_function3. */
int tls_retrieve(struct gnutls_session_int *handle, const struct gnutls_cert_retr_st *info,
                 struct gnutls_pcert_st **chain, unsigned *count, struct gnutls_ocsp_data_st **ocsp,
                 unsigned *ocsp_count, struct gnutls_privkey_st **key, unsigned *flags);

#endif
