/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TLS_CONFIG_H
#define THAW_AGENT_TLS_CONFIG_H

/*
 * What of Mbed TLS is compiled, and how: a client of TLS 1.2 and 1.3 with the
 * algorithms that servers of today speak, and nothing else.  Every file of the
 * library and tls.c include this first.
 */

/* ---- The platform: no files, no sockets, no stdio, no threads, no heap but ours. ---- */

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE /* The dates of certificates are checked. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_EXIT_ALT
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C /* Out of the fixed block of tls.c. */
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE 16

/* The age of a ticket counts the time that the instance was frozen, so the clock is ours... */
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define mbedtls_ms_time tls_clock_ms

/* ...and so is every random byte: there is no generator whose state a snapshot could keep. */
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define mbedtls_psa_external_get_random tls_random

/* ---- The protocol. ---- */

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE /* What middleboxes have seen before passes. */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED /* Resumption. */
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* TLS 1.3 of this library needs it. */

/* A server's record may be as large as the protocol allows; ours need not. */
#define MBEDTLS_SSL_IN_CONTENT_LEN  16384
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096

/* ---- Ciphers and hashes; instructions of the processor are used where it has them. ---- */

#define MBEDTLS_AES_C
#define MBEDTLS_AESNI_C
#define MBEDTLS_AESCE_C
#define MBEDTLS_AES_ROM_TABLES /* Tables made at run time would be 8 KiB of our memory. */
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT /* GCM only ever encrypts. */
#define MBEDTLS_CIPHER_C
#define MBEDTLS_GCM_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA256_USE_ARMV8_A_CRYPTO_IF_PRESENT
#define MBEDTLS_SHA512_USE_A64_CRYPTO_IF_PRESENT
#define MBEDTLS_HKDF_C

/* ---- Keys. ---- */

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21

/* ---- Certificates. ---- */

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_X509_REMOVE_INFO
#define MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK /* Roots are looked up when they are needed. */

/* TLS 1.3 of this library is written against it. */
#define MBEDTLS_PSA_CRYPTO_C

#endif
