/* SPDX-License-Identifier: Apache-2.0 */
#include "http/certificate.h"

#include "lib/cm.h"
#include "lib/file.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHAIN_FILE "tests/scenario/collector/tls/cert.pem"
#define KEY_FILE   "tests/scenario/collector/tls/key.pem"

static char path[] = "/tmp/thaw-certificate-XXXXXX";

static void write_file(const void *text, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The files are wrong, and the reason names the file and what is wrong with it. */
static void refuses(const char *chain_file, const char *key_file, const char *file,
                    const char *reason)
{
    struct certificate *certificate = NULL;
    char error[512] = "";
    assert_int_not_equal(certificate_load(&certificate, slice_from(chain_file),
                                          slice_from(key_file), error, sizeof(error)),
                         STATUS_OK);
    assert_null(certificate);
    assert_true(strncmp(error, "TLS ", 4) == 0);
    assert_non_null(strstr(error, file));
    assert_non_null(strstr(error, reason));
}

/* A pair is loaded, with what is to be known of it, and lives until the last one lets go. */
static void test_pair(void **state)
{
    struct certificate *certificate;
    char error[512];
    unsigned count;
    (void)state;
    assert_int_equal(
        certificate_load(&certificate, SLICE(CHAIN_FILE), SLICE(KEY_FILE), error, sizeof(error)),
        STATUS_OK);
    const struct certificate_facts *facts = certificate_facts(certificate);
    assert_non_null(strstr(facts->subject, "CN="));
    assert_true(facts->begins_s > 0 && facts->begins_s < facts->expires_s);
    assert_ptr_equal(certificate_hold(certificate), certificate);
    certificate_release(certificate);
    assert_non_null(certificate_chain(certificate, &count));
    assert_int_equal(count, 1);
    assert_non_null(certificate_key(certificate));
    certificate_release(certificate);
    certificate_release(NULL);
}

/* The secret is the same for the same key, and nothing of the key's text. */
static void test_secret(void **state)
{
    struct certificate *one;
    struct certificate *two;
    char error[512];
    (void)state;
    assert_int_equal(
        certificate_load(&one, SLICE(CHAIN_FILE), SLICE(KEY_FILE), error, sizeof(error)),
        STATUS_OK);
    assert_int_equal(
        certificate_load(&two, SLICE(CHAIN_FILE), SLICE(KEY_FILE), error, sizeof(error)),
        STATUS_OK);
    assert_memory_equal(certificate_secret(one), certificate_secret(two), CERTIFICATE_SECRET_SIZE);
    struct slice text = file_read(KEY_FILE);
    assert_null(memmem(text.base, text.size, certificate_secret(one), 8));
    file_free(text);
    certificate_release(one);
    certificate_release(two);
}

/* Each way to be wrong has its words. */
static void test_wrong(void **state)
{
    gnutls_x509_privkey_t other;
    gnutls_datum_t text;
    (void)state;
    refuses("/nowhere/cert.pem", KEY_FILE, "certificate /nowhere/cert.pem", "No such file");
    refuses(CHAIN_FILE, "/nowhere/key.pem", "key /nowhere/key.pem", "No such file");
    write_file("nonsense\n", 9);
    refuses(path, KEY_FILE, path, "");
    refuses(CHAIN_FILE, path, path, "");
    write_file("", 0);
    refuses(path, KEY_FILE, path, "");
    refuses(CHAIN_FILE, path, path, "");
    refuses(CHAIN_FILE, CHAIN_FILE, "key " CHAIN_FILE, "");
    refuses(KEY_FILE, KEY_FILE, "certificate " KEY_FILE, "");

    assert_int_equal(gnutls_x509_privkey_init(&other), 0);
    assert_int_equal(gnutls_x509_privkey_generate(other, GNUTLS_PK_ECDSA,
                                                  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                                  0),
                     0);
    assert_int_equal(gnutls_x509_privkey_export2(other, GNUTLS_X509_FMT_PEM, &text), 0);
    write_file(text.data, text.size);
    gnutls_free(text.data);
    gnutls_x509_privkey_deinit(other);
    refuses(CHAIN_FILE, path, path, "it is not the key to the certificate");
}

/* Any beginning of the files is taken whole or refused. */
static void test_prefixes(void **state)
{
    (void)state;
    struct slice text = file_read(CHAIN_FILE);
    for (size_t size = 0; size + 2 < text.size; size += 7) {
        write_file(text.base, size);
        struct certificate *certificate;
        char error[512];
        if (certificate_load(&certificate, slice_from(path), SLICE(KEY_FILE), error,
                             sizeof(error)) == STATUS_OK) {
            certificate_release(certificate);
        } else {
            assert_non_null(strstr(error, path));
        }
    }
    file_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_prefixes),
    };
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
