/* SPDX-License-Identifier: Apache-2.0 */
#include "http/tls.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/entropy.h"
#include "base/log.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

const char tls_priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"
    "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:-GROUP-ALL:+GROUP-X25519:"
    "+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE";

struct tls {
    struct slice chain_file, key_file;
    unsigned char secret_1_2[CERTIFICATE_SECRET_SIZE]; /* Key of tickets. */
    pthread_mutex_t mutex;                             /* Guards certificate; a leaf. */
    struct certificate *certificate;
};

/* A certificate that nobody will accept is shown all the same: it may be the clock that is wrong.
 */
static void tls_warn(const struct certificate_facts *facts)
{
    int64_t now_s = (int64_t)(clock_wall_ns() / CLOCK_NS_PER_S);
    if (now_s >= facts->expires_s) {
        log_warn("TLS certificate has expired", log_string("subject", facts->subject),
                 log_i64("seconds_ago", now_s - facts->expires_s));
    } else if (now_s < facts->begins_s) {
        log_warn("TLS certificate is not valid yet", log_string("subject", facts->subject),
                 log_i64("in_seconds", facts->begins_s - now_s));
    }
}

enum status tls_create(struct tls **tls, struct slice chain_file, struct slice key_file,
                       char *error, size_t error_size)
{
    struct tls *made = calloc(1, sizeof(*made));
    if (made == NULL || pthread_mutex_init(&made->mutex, NULL) != 0) {
        free(made);
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    made->chain_file = chain_file;
    made->key_file = key_file;
    enum status status = entropy_fill(made->secret_1_2, sizeof(made->secret_1_2));
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "the system has no random bytes");
    } else {
        status = tls_reload(made, error, error_size);
    }
    if (status != STATUS_OK) {
        tls_free(made);
        return status;
    }
    *tls = made;
    return STATUS_OK;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    certificate_release(tls->certificate);
    (void)pthread_mutex_destroy(&tls->mutex);
    gnutls_memset(tls->secret_1_2, 0, sizeof(tls->secret_1_2));
    free(tls);
}

enum status tls_reload(void *context, char *error, size_t error_size)
{
    struct tls *tls = context;
    struct certificate *loaded;
    enum status status =
        certificate_load(&loaded, tls->chain_file, tls->key_file, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    tls_warn(certificate_facts(loaded));
    (void)pthread_mutex_lock(&tls->mutex);
    struct certificate *before = tls->certificate;
    tls->certificate = loaded;
    (void)pthread_mutex_unlock(&tls->mutex);
    certificate_release(before);
    return STATUS_OK;
}

static struct certificate *tls_hold(struct tls *tls)
{
    (void)pthread_mutex_lock(&tls->mutex);
    struct certificate *certificate = certificate_hold(tls->certificate);
    (void)pthread_mutex_unlock(&tls->mutex);
    return certificate;
}

void tls_facts(struct tls *tls, struct certificate_facts *facts)
{
    struct certificate *certificate = tls_hold(tls);
    *facts = *certificate_facts(certificate);
    certificate_release(certificate);
}

/* The client has said which versions it speaks, and one was chosen. */
static int tls_hello(gnutls_session_t handle)
{
    const struct tls_session *session = gnutls_session_get_ptr(handle);
    if (session == NULL) {
        return GNUTLS_E_MEMORY_ERROR;
    }
    const unsigned char *secret = gnutls_protocol_get_version(handle) >= GNUTLS_TLS1_3
                                      ? certificate_secret(session->certificate)
                                      : session->tls->secret_1_2;
    /* The library copies it, though it does not say const. */
    gnutls_datum_t key = {.data = (void *)(uintptr_t)secret, .size = CERTIFICATE_SECRET_SIZE};
    return gnutls_session_ticket_enable_server(handle, &key);
}

static int tls_finished(gnutls_session_t handle, unsigned type, unsigned when, unsigned incoming,
                        const gnutls_datum_t *message)
{
    struct tls_session *session = gnutls_session_get_ptr(handle);
    (void)type;
    (void)when;
    (void)message;
    session->shaken = session->shaken || incoming != 0;
    return 0;
}

/* The library asks again and again for a handshake that waits, unless somebody stops it. */
static ssize_t tls_waited(struct tls_session *session, ssize_t moved, bool write)
{
    if (moved < 0 && errno == EAGAIN && !session->shaken) {
        session->wait(session->context, write);
        errno = EAGAIN;
    }
    return moved;
}

static ssize_t tls_pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct tls_session *session = pointer;
    return tls_waited(session, recv(session->socket, data, size, 0), false);
}

static ssize_t tls_push(gnutls_transport_ptr_t pointer, const giovec_t *pieces, int count)
{
    struct tls_session *session = pointer;
    const struct msghdr message = {
        .msg_iov = (void *)(uintptr_t)pieces,
        .msg_iovlen = (size_t)count,
    };
    return tls_waited(session, sendmsg(session->socket, &message, MSG_NOSIGNAL), true);
}

void tls_begin(struct tls *tls, struct tls_session *session, struct gnutls_session_int *handle)
{
    session->tls = tls;
    session->certificate = tls_hold(tls);
    session->shaken = false;
    gnutls_session_set_ptr(handle, session);
    gnutls_handshake_set_post_client_hello_function(handle, tls_hello);
    gnutls_handshake_set_hook_function(handle, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       tls_finished);
    gnutls_transport_set_ptr(handle, session);
    gnutls_transport_set_pull_function(handle, tls_pull);
    gnutls_transport_set_vec_push_function(handle, tls_push);
}

void tls_refuse(struct gnutls_session_int *handle)
{
    gnutls_session_set_ptr(handle, NULL);
    gnutls_handshake_set_post_client_hello_function(handle, tls_hello);
}

void tls_end(struct tls_session *session)
{
    certificate_release(session->certificate);
    *session = (struct tls_session){.tls = NULL};
}

bool tls_resumed(struct gnutls_session_int *handle)
{
    return gnutls_session_is_resumed(handle) != 0;
}

int tls_retrieve(struct gnutls_session_int *handle, const struct gnutls_cert_retr_st *info,
                 struct gnutls_pcert_st **chain, unsigned *count, struct gnutls_ocsp_data_st **ocsp,
                 unsigned *ocsp_count, struct gnutls_privkey_st **key, unsigned *flags)
{
    const struct tls_session *session = gnutls_session_get_ptr(handle);
    (void)info;
    if (session == NULL) {
        return GNUTLS_E_MEMORY_ERROR;
    }
    *chain = certificate_chain(session->certificate, count);
    *key = certificate_key(session->certificate);
    *ocsp = NULL;
    *ocsp_count = 0;
    *flags = 0; /* They are ours. */
    return 0;
}
