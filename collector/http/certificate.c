/* SPDX-License-Identifier: Apache-2.0 */
#include "http/certificate.h"

#include "base/ensure.h"
#include "base/whole.h"
#include "http/http_limits.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CERTIFICATE_KEY_ID_SIZE 64

struct certificate {
    atomic_uint references;
    gnutls_pcert_st chain[CERTIFICATE_CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    unsigned char secret[CERTIFICATE_SECRET_SIZE];
    struct certificate_facts facts;
};

/* Where something goes wrong, in words. */
struct certificate_error {
    const char *what;
    struct slice file;
    char *text;
    size_t size;
};

static enum status certificate_fail(const struct certificate_error *error, const char *reason)
{
    (void)snprintf(error->text, error->size, "TLS %s " SLICE_FMT ": %s", error->what,
                   SLICE_ARG(error->file), reason);
    return STATUS_BAD;
}

static enum status certificate_read(const struct certificate_error *error, gnutls_datum_t *content)
{
    char reason[128];
    size_t size;
    enum status status = whole_read(error->file, HTTP_TLS_FILE_SIZE_MAX, &content->data, &size,
                                    reason, sizeof(reason));
    if (status != STATUS_OK) {
        (void)certificate_fail(error, reason);
        return status;
    }
    content->size = (unsigned)size;
    return STATUS_OK;
}

static enum status certificate_read_chain(struct certificate *made,
                                          const struct certificate_error *error)
{
    gnutls_datum_t text;
    unsigned count = CERTIFICATE_CHAIN_MAX;
    enum status status = certificate_read(error, &text);
    if (status != STATUS_OK) {
        return status;
    }
    int code = gnutls_pcert_list_import_x509_raw(made->chain, &count, &text, GNUTLS_X509_FMT_PEM,
                                                 GNUTLS_X509_CRT_LIST_SORT);
    free(text.data);
    if (code == GNUTLS_E_SHORT_MEMORY_BUFFER) {
        return certificate_fail(error, "it holds too many certificates");
    }
    if (code < 0 || count == 0) {
        return certificate_fail(error,
                                code < 0 ? gnutls_strerror(code) : "there is no certificate in it");
    }
    made->count = count;
    return STATUS_OK;
}

/* When all of the chain are valid, and whose the first is. */
static enum status certificate_look(struct certificate *made, const struct certificate_error *error)
{
    struct certificate_facts *facts = &made->facts;
    for (unsigned i = 0; i < made->count; i++) {
        gnutls_x509_crt_t one;
        int code = gnutls_x509_crt_init(&one);
        if (code < 0) {
            return certificate_fail(error, gnutls_strerror(code));
        }
        code = gnutls_x509_crt_import(one, &made->chain[i].cert, GNUTLS_X509_FMT_DER);
        int64_t begins_s = gnutls_x509_crt_get_activation_time(one);
        int64_t expires_s = gnutls_x509_crt_get_expiration_time(one);
        size_t size = sizeof(facts->subject);
        if (i == 0 && gnutls_x509_crt_get_dn(one, facts->subject, &size) < 0) {
            facts->subject[0] = '\0'; /* It has none, or a very long one. */
        }
        gnutls_x509_crt_deinit(one);
        if (code < 0 || begins_s < 0 || expires_s < 0) {
            return certificate_fail(error, "a certificate cannot be read");
        }
        if (i == 0 || begins_s > facts->begins_s) {
            facts->begins_s = begins_s;
        }
        if (i == 0 || expires_s < facts->expires_s) {
            facts->expires_s = expires_s;
        }
    }
    return STATUS_OK;
}

static enum status certificate_read_key(struct certificate *made,
                                        const struct certificate_error *error)
{
    static const char label[] = "thaw-collector session tickets";
    gnutls_datum_t text;
    enum status status = certificate_read(error, &text);
    if (status != STATUS_OK) {
        return status;
    }
    int code = gnutls_privkey_init(&made->key);
    if (code == 0) {
        code = gnutls_privkey_import_x509_raw(made->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    }
    if (code == 0) {
        code = gnutls_hmac_fast(GNUTLS_MAC_SHA512, text.data, text.size, label, sizeof(label) - 1,
                                made->secret);
    }
    gnutls_memset(text.data, 0, text.size);
    free(text.data);
    return code == 0 ? STATUS_OK : certificate_fail(error, gnutls_strerror(code));
}

/* Whether the key is that of the first certificate. */
static enum status certificate_match(struct certificate *made,
                                     const struct certificate_error *error)
{
    unsigned char wanted[CERTIFICATE_KEY_ID_SIZE];
    unsigned char had[CERTIFICATE_KEY_ID_SIZE];
    size_t wanted_size = sizeof(wanted);
    size_t had_size = sizeof(had);
    gnutls_pubkey_t of_key;
    int code = gnutls_pubkey_init(&of_key);
    if (code < 0) {
        return certificate_fail(error, gnutls_strerror(code));
    }
    code = gnutls_pubkey_import_privkey(of_key, made->key, 0, 0);
    if (code == 0) {
        code = gnutls_pubkey_get_key_id(of_key, GNUTLS_KEYID_USE_SHA256, had, &had_size);
    }
    if (code == 0) {
        code = gnutls_pubkey_get_key_id(made->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, wanted,
                                        &wanted_size);
    }
    gnutls_pubkey_deinit(of_key);
    if (code < 0) {
        return certificate_fail(error, gnutls_strerror(code));
    }
    if (had_size != wanted_size || memcmp(had, wanted, had_size) != 0) {
        return certificate_fail(error, "it is not the key to the certificate");
    }
    return STATUS_OK;
}

enum status certificate_load(struct certificate **certificate, struct slice chain_file,
                             struct slice key_file, char *error, size_t error_size)
{
    const struct certificate_error of_chain = {"certificate", chain_file, error, error_size};
    const struct certificate_error of_key = {"key", key_file, error, error_size};
    struct certificate *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)certificate_fail(&of_chain, "out of memory");
        return STATUS_FULL;
    }
    made->references = 1;
    enum status status = certificate_read_chain(made, &of_chain);
    if (status == STATUS_OK) {
        status = certificate_look(made, &of_chain);
    }
    if (status == STATUS_OK) {
        status = certificate_read_key(made, &of_key);
    }
    if (status == STATUS_OK) {
        status = certificate_match(made, &of_key);
    }
    if (status != STATUS_OK) {
        certificate_release(made);
        return status;
    }
    *certificate = made;
    return STATUS_OK;
}

struct certificate *certificate_hold(struct certificate *certificate)
{
    unsigned before = atomic_fetch_add(&certificate->references, 1);
    ENSURE(before > 0);
    return certificate;
}

void certificate_release(struct certificate *certificate)
{
    if (certificate == NULL || atomic_fetch_sub(&certificate->references, 1) > 1) {
        return;
    }
    for (unsigned i = 0; i < certificate->count; i++) {
        gnutls_pcert_deinit(&certificate->chain[i]);
    }
    if (certificate->key != NULL) {
        gnutls_privkey_deinit(certificate->key);
    }
    gnutls_memset(certificate->secret, 0, sizeof(certificate->secret));
    free(certificate);
}

const struct certificate_facts *certificate_facts(const struct certificate *certificate)
{
    return &certificate->facts;
}

const unsigned char *certificate_secret(const struct certificate *certificate)
{
    return certificate->secret;
}

struct gnutls_pcert_st *certificate_chain(struct certificate *certificate, unsigned *count)
{
    *count = certificate->count;
    return certificate->chain;
}

struct gnutls_privkey_st *certificate_key(struct certificate *certificate)
{
    return certificate->key;
}
