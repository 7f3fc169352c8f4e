/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_CERTIFICATE_H
#define THAW_HTTP_CERTIFICATE_H

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of the keys of session tickets. */
#define CERTIFICATE_SECRET_SIZE 64

/* Certificates of a chain, and the text of the first one's subject. */
#define CERTIFICATE_CHAIN_MAX    16
#define CERTIFICATE_SUBJECT_SIZE 256

/*
 * A certificate chain and the private key to it, as a server shows them: read and looked at as a
 * pair, never changed, and shared by counting.  Any thread.
 */
struct certificate;
struct gnutls_pcert_st;
struct gnutls_privkey_st;

struct certificate_facts {
    char subject[CERTIFICATE_SUBJECT_SIZE]; /* Of the first one. */
    int64_t begins_s, expires_s;            /* Unix time in which all of the chain are valid. */
};

/*
 * Read the two PEM files; the caller holds the one reference.  Anything that would not work
 * (no certificate, no key, a key to another certificate) is an error that names the file; a
 * certificate that is not valid at this time is not.
 */
enum status certificate_load(struct certificate **certificate, struct slice chain_file,
                             struct slice key_file, char *error, size_t error_size) THAW_CHECK;

struct certificate *certificate_hold(struct certificate *certificate);
/* NULL is fine. */
void certificate_release(struct certificate *certificate);

const struct certificate_facts *certificate_facts(const struct certificate *certificate);

/* What can be made of the private key alone, and tells nothing about it. */
const unsigned char *certificate_secret(const struct certificate *certificate);

/* For the TLS library; they live as long as the certificate. */
struct gnutls_pcert_st *certificate_chain(struct certificate *certificate, unsigned *count);
struct gnutls_privkey_st *certificate_key(struct certificate *certificate);

#endif
