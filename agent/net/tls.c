/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include "agent_limits.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/entropy.h"
#include "base/log.h"
#include "net/address.h"
#include "net/roots.h"

#include <errno.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

/* Tickets that are taken in one go; a server sends one or two. */
#define TICKETS_MAX 8u

struct tls {
    const char *host;
    struct address literal; /* The host, if it is an address: then there is no name to send. */
    int fd;
    bool open;
    bool established;  /* The handshake is done. */
    bool more_follows; /* What is written now shall not go out as a packet of its own. */
    bool has_session;
    bool self_signed;  /* The peer's certificate is its own issuer. */
    bool only_1_2;     /* The peer chokes on a hello of both versions: see signatures. */
    bool worth_trying; /* A handshake failed, and the next one is another one. */
    const char *reason;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_session session; /* The latest, for resumption. */
    struct roots roots;
};

static struct tls peers[AGENT_TLS_PEERS_MAX];
static size_t peer_count;
static bool ready;
static mbedtls_ssl_config config;
static mbedtls_ssl_config config_1_2;
static struct tls *in_handshake; /* Whose roots the library asks for: it does not say. */
static _Alignas(16) unsigned char memory[AGENT_TLS_MEMORY];

/* ---- What the library asks of us. ---- */

mbedtls_ms_time_t tls_clock_ms(void);
psa_status_t tls_random(mbedtls_psa_external_random_context_t *context, uint8_t *out, size_t size,
                        size_t *got);

mbedtls_ms_time_t tls_clock_ms(void)
{
    return (mbedtls_ms_time_t)(clock_boot_ns() / CLOCK_NS_PER_MS);
}

psa_status_t tls_random(mbedtls_psa_external_random_context_t *context, uint8_t *out, size_t size,
                        size_t *got)
{
    (void)context;
    *got = size;
    return entropy_fill(out, size) == STATUS_OK ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

static int random_bytes(void *context, unsigned char *out, size_t size)
{
    (void)context;
    return entropy_fill(out, size) == STATUS_OK ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

/* The library's allocator found its block damaged. */
static void on_damage(int status)
{
    (void)status;
    ENSURE(false);
}

static int send_bytes(void *context, const unsigned char *bytes, size_t size)
{
    const struct tls *tls = context;
    ssize_t sent = send(tls->fd, bytes, size, MSG_NOSIGNAL | (tls->more_follows ? MSG_MORE : 0));
    if (sent >= 0) {
        return (int)sent;
    }
    return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE
                                             : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int receive_bytes(void *context, unsigned char *place, size_t room)
{
    const struct tls *tls = context;
    ssize_t got = recv(tls->fd, place, room, 0);
    if (got > 0) {
        return (int)got;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? MBEDTLS_ERR_SSL_WANT_READ
                                                          : MBEDTLS_ERR_SSL_CONN_EOF;
}

static void add_root(void *context, struct slice der)
{
    mbedtls_x509_crt *list = context;
    /* One that the library cannot read is none. */
    (void)mbedtls_x509_crt_parse_der(list, der.base, der.size);
}

/* The roots that may have signed this certificate. */
static int find_roots(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates)
{
    (void)context;
    *candidates = NULL;
    mbedtls_x509_crt *list = mbedtls_calloc(1, sizeof(*list));
    if (list == NULL) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    mbedtls_x509_crt_init(list);
    enum status status = roots_find(
        &in_handshake->roots, slice_of(child->issuer_raw.p, child->issuer_raw.len), add_root, list);
    if (status != STATUS_OK || list->version == 0) {
        mbedtls_x509_crt_free(list);
        mbedtls_free(list);
        return 0;
    }
    *candidates = list;
    return 0;
}

static bool names_address(const mbedtls_x509_crt *certificate, const struct address *address)
{
    const void *bytes = address->any.sa_family == AF_INET ? (const void *)&address->v4.sin_addr
                                                          : (const void *)&address->v6.sin6_addr;
    size_t size = address->any.sa_family == AF_INET ? sizeof(address->v4.sin_addr)
                                                    : sizeof(address->v6.sin6_addr);
    for (const mbedtls_x509_sequence *name = &certificate->subject_alt_names; name != NULL;
         name = name->next) {
        if (((unsigned)name->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) ==
                MBEDTLS_X509_SAN_IP_ADDRESS &&
            name->buf.len == size && memcmp(name->buf.p, bytes, size) == 0) {
            return true;
        }
    }
    return false;
}

/* Called for each certificate of the chain, the peer's own last. */
static int on_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct tls *tls = context;
    if (depth > 0) {
        return 0;
    }
    tls->self_signed =
        slice_equal(slice_of(certificate->issuer_raw.p, certificate->issuer_raw.len),
                    slice_of(certificate->subject_raw.p, certificate->subject_raw.len));
    if (tls->literal.size > 0 && !names_address(certificate, &tls->literal)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    return 0;
}

/* ---- Before the first connection. ---- */

enum status tls_check_roots(struct slice path)
{
    static struct roots roots;
    roots_init(&roots, path);
    return roots_load(&roots);
}

struct tls *tls_create(const char *host, struct slice roots_path)
{
    ENSURE(peer_count < AGENT_TLS_PEERS_MAX);
    struct tls *tls = &peers[peer_count];
    peer_count++;
    tls->host = host;
    roots_init(&tls->roots, roots_path);
    if (!address_literal(slice_from(host), 0, &tls->literal)) {
        tls->literal.size = 0;
    }
    return tls;
}

/*
 * A hello that offers both versions offers RSA signatures with both paddings.
 * TLS 1.3 allows the newer one only.  In TLS 1.2 this library understands the
 * older one only: it comes first, which most servers follow; the others are
 * told in a second hello, which offers TLS 1.2 alone.
 */
static const uint16_t signatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
    MBEDTLS_TLS1_3_SIG_NONE,
};

static bool configure(mbedtls_ssl_config *to)
{
    mbedtls_ssl_config_init(to);
    if (mbedtls_ssl_config_defaults(to, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
        return false;
    }
    mbedtls_ssl_conf_rng(to, random_bytes, NULL);
    mbedtls_ssl_conf_authmode(to, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_cb(to, find_roots, NULL);
    mbedtls_ssl_conf_sig_algs(to, signatures);
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        to, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    return true;
}

/* The library itself, when the first connection needs it.  False: there is no memory. */
static bool get_ready(void)
{
    if (ready) {
        return true;
    }
    mbedtls_memory_buffer_alloc_init(memory, sizeof(memory));
    (void)mbedtls_platform_set_exit(on_damage);
    if (psa_crypto_init() != PSA_SUCCESS || !configure(&config) || !configure(&config_1_2)) {
        return false;
    }
    mbedtls_ssl_conf_max_tls_version(&config_1_2, MBEDTLS_SSL_VERSION_TLS1_2);
    ready = true;
    return true;
}

/* ---- Why it did not work. ---- */

static const char *certificate_reason(struct tls *tls, uint32_t flags)
{
    if (flags == UINT32_MAX) {
        return "its certificate could not be checked";
    }
    if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
        return "its certificate is for another host";
    }
    if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0) {
        return "its certificate has expired";
    }
    if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0) {
        return "its certificate is not valid yet";
    }
    if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
        enum status status = roots_load(&tls->roots);
        if (status == STATUS_NOT_FOUND) {
            return "its certificate cannot be checked: the file of trusted certificates cannot be "
                   "read";
        }
        if (status == STATUS_BAD) {
            return "its certificate cannot be checked: the file of trusted certificates holds none";
        }
        return tls->self_signed ? "its certificate is self-signed and not among the trusted ones"
                                : "its certificate is signed by nobody whom we trust";
    }
    if ((flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
                  MBEDTLS_X509_BADCERT_NS_CERT_TYPE)) != 0) {
        return "its certificate is not for servers";
    }
    return "its certificate has a weak or unknown algorithm";
}

static const char *handshake_reason(struct tls *tls, int error)
{
    switch (error) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
        return certificate_reason(tls, mbedtls_ssl_get_verify_result(&tls->ssl));
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return "it closed the connection in the TLS handshake";
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return "it refused the TLS handshake";
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        return "it speaks neither TLS 1.2 nor TLS 1.3";
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
    case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD:
        return "it does not speak TLS";
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
        return "the TLS handshake needs more memory than there is";
    default:
        return "the TLS handshake failed";
    }
}

/* ---- A connection. ---- */

enum status tls_open(struct tls *tls, int fd)
{
    ENSURE(!tls->open);
    tls->fd = fd;
    tls->reason = NULL;
    tls->established = false;
    tls->more_follows = false;
    tls->self_signed = false;
    if (!get_ready()) {
        return STATUS_FULL;
    }
    mbedtls_ssl_init(&tls->ssl);
    tls->open = true;
    if (mbedtls_ssl_setup(&tls->ssl, tls->only_1_2 ? &config_1_2 : &config) != 0 ||
        mbedtls_ssl_set_hostname(&tls->ssl, tls->literal.size > 0 ? NULL : tls->host) != 0) {
        tls_close(tls);
        return STATUS_FULL;
    }
    mbedtls_ssl_set_verify(&tls->ssl, on_certificate, tls);
    mbedtls_ssl_set_bio(&tls->ssl, tls, send_bytes, receive_bytes, NULL);
    if (tls->has_session) {
        /* If it cannot be used, the handshake is a whole one. */
        (void)mbedtls_ssl_set_session(&tls->ssl, &tls->session);
    }
    return STATUS_OK;
}

static void drop_session(struct tls *tls)
{
    if (tls->has_session) {
        mbedtls_ssl_session_free(&tls->session);
        tls->has_session = false;
    }
}

static void keep_session(struct tls *tls)
{
    drop_session(tls);
    mbedtls_ssl_session_init(&tls->session);
    tls->has_session = mbedtls_ssl_get_session(&tls->ssl, &tls->session) == 0;
    if (!tls->has_session) {
        mbedtls_ssl_session_free(&tls->session);
    }
}

enum tls_answer tls_handshake(struct tls *tls)
{
    ENSURE(tls->open);
    in_handshake = tls;
    int answer = mbedtls_ssl_handshake(&tls->ssl);
    for (unsigned tickets = 0;
         answer == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET && tickets < TICKETS_MAX;
         tickets++) {
        keep_session(tls);
        answer = mbedtls_ssl_handshake(&tls->ssl);
    }
    switch (answer) {
    case 0:
        tls->established = true;
        if (mbedtls_ssl_get_version_number(&tls->ssl) == MBEDTLS_SSL_VERSION_TLS1_2) {
            keep_session(tls);
        }
        return TLS_DONE;
    case MBEDTLS_ERR_SSL_WANT_READ:
        return TLS_WANT_READ;
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return TLS_WANT_WRITE;
    default:
        /* A session that a server chokes on shall not spoil the next try. */
        tls->worth_trying = tls->has_session;
        drop_session(tls);
        if (answer == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER && !tls->only_1_2) {
            tls->only_1_2 = true;
            tls->worth_trying = true;
        }
        tls->reason = handshake_reason(tls, answer);
        log_debug("the TLS handshake failed", log_i64("mbedtls", answer));
        return TLS_BROKEN;
    }
}

enum tls_answer tls_send(struct tls *tls, struct slice head, struct slice body, size_t *sent)
{
    ENSURE(tls->open && tls->established);
    *sent = 0;
    while (*sent < head.size + body.size) {
        bool in_head = *sent < head.size;
        struct slice part = in_head ? slice_skip(head, *sent) : slice_skip(body, *sent - head.size);
        tls->more_follows = part.size > MBEDTLS_SSL_OUT_CONTENT_LEN || (in_head && body.size > 0);
        int answer = mbedtls_ssl_write(&tls->ssl, part.base, part.size);
        if (answer == MBEDTLS_ERR_SSL_WANT_WRITE) {
            return TLS_WANT_WRITE;
        }
        if (answer <= 0) {
            return TLS_BROKEN;
        }
        *sent += (size_t)answer;
        if (part.size > MBEDTLS_SSL_OUT_CONTENT_LEN) {
            (void)
                sched_yield(); /* Between records the function goes first: see AGENT_PIECE_SIZE. */
        }
    }
    return TLS_DONE;
}

enum tls_answer tls_receive(struct tls *tls, void *place, size_t room, size_t *got)
{
    ENSURE(tls->open && tls->established && room > 0);
    int answer = mbedtls_ssl_read(&tls->ssl, place, room);
    for (unsigned tickets = 0;
         answer == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET && tickets < TICKETS_MAX;
         tickets++) {
        keep_session(tls);
        answer = mbedtls_ssl_read(&tls->ssl, place, room);
    }
    if (answer > 0) {
        *got = (size_t)answer;
        return TLS_DONE;
    }
    switch (answer) {
    case MBEDTLS_ERR_SSL_WANT_READ:
        return TLS_WANT_READ;
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return TLS_WANT_WRITE;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return TLS_END;
    default:
        /* The end of the stream without a word may be somebody else's doing: not TLS_END. */
        return TLS_BROKEN;
    }
}

bool tls_try_again(struct tls *tls)
{
    bool again = tls->worth_trying;
    tls->worth_trying = false;
    return again;
}

bool tls_has_more(const struct tls *tls)
{
    ENSURE(tls->open);
    return mbedtls_ssl_check_pending(&tls->ssl) != 0;
}

void tls_close(struct tls *tls)
{
    if (!tls->open) {
        return;
    }
    if (tls->established) {
        tls->more_follows = false;
        (void)mbedtls_ssl_close_notify(&tls->ssl);
    }
    mbedtls_ssl_free(&tls->ssl);
    tls->open = false;
    tls->established = false;
}

void tls_forget(struct tls *tls)
{
    tls_close(tls);
    drop_session(tls);
}

const char *tls_reason(const struct tls *tls)
{
    return tls->reason;
}
