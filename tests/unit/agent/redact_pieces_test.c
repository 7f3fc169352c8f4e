/* SPDX-License-Identifier: Apache-2.0 */

/* Secrets that are cut in two, wherever, and texts that they are planted in. */
#include "redact/redact.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

static struct redact redact;
static struct redact_found found;

#define A36      "abcdefghijklmnopqrstuvwxyz0123456789"
#define JWT      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
#define PEM_BODY "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7"
#define PEM_RSA(newline)                                                                           \
    "-----BEGIN RSA PRIVATE KEY-----" newline PEM_BODY newline PEM_BODY "==" newline               \
    "-----END RSA PRIVATE KEY-----"

static char first_out[4096];

/* What comes out of a text that was cut in two, as the caller puts it together: the end of the
 * first piece is overwritten by what is found over the joint. */
static void cut(const char *text, size_t at, char out[2][4096])
{
    struct slice whole = slice_from(text);
    struct redact_piece piece = {.text = slice_take(whole, at), .open = true};
    struct buf buf;
    redact_scan(&redact, &piece, &found);
    enum redact_carry carry = found.carry;
    enum redact_detector carried = found.carried;
    memcpy(first_out, piece.text.base, at);
    redact_blot(&redact, &found, (unsigned char *)first_out);
    piece =
        (struct redact_piece){.text = whole, .carry = carry, .carried = carried, .carry_at = at};
    redact_scan(&redact, &piece, &found);
    for (size_t i = 0; i < found.count; i++) {
        for (size_t j = found.spans[i].start; j < found.spans[i].end && j < at; j++) {
            first_out[j] = '*';
        }
    }
    memcpy(out[0], first_out, at);
    out[0][at] = 0;
    buf_init_fixed(&buf, out[1], 4095);
    (void)redact_write(&redact, &found, whole, at, 4095, &buf);
    out[1][buf.size] = 0;
}

static const struct {
    const char *text;
    const char *secret;
} samples[] = {
    {"key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"},
    {"token ghp_" A36 " x", "ghp_" A36},
    {"token xoxb-1234567890-abcdefghij x", "xoxb-1234567890-abcdefghij"},
    {"npm_" A36 " x", "npm_" A36},
    {"AIzaSyA1234567890abcdefghijklmnopqrstu_ x", "AIzaSyA1234567890abcdefghijklmnopqrstu_"},
    {"got " JWT " x", JWT},
    {"a " PEM_RSA("\n") " b", PEM_BODY},
    {"{\"a\":\"" PEM_RSA("\\n") "\"} b", PEM_BODY},
    {"Authorization: Bearer abcdefghij\nx", "abcdefghij"},
    {"with Bearer 0123456789abcdef now", "0123456789abcdef"},
    {"Basic dXNlcjpwYXNzd29yZA== x", "dXNlcjpwYXNzd29yZA"},
    {"postgres://app:s3cretzzq@db:5432/x", "s3cretzzq"},
    {"password=hunter2xyzq ok", "hunter2xyzq"},
    {"{\"password\":\"hunter2xyzq\",\"a\":1}", "hunter2xyzq"},
    {"{\\\"password\\\":\\\"hunter2xyzq\\\"}", "hunter2xyzq"},
    {"<password>hunter2xyzq</password>", "hunter2xyzq"},
    {"pan 4111111111111111 x", "4111111111111111"},
    {"pan 4111 1111 1111 1111 x", "4111 1111 1111 1111"},
    {"mail john.doe@example.com x", "john.doe@example.com"},
    {"mail john.doe\\u0040example.com x", "john.doe"},
    {"mail john.doe%40example.com x", "john.doe"},
    {"own C-12345678 x", "C-12345678"},
};

/* No four bytes of a secret in a row. */
static void check_gone(const char *out, const char *secret, const char *text, size_t at)
{
    size_t size = strlen(secret);
    for (size_t i = 0; i + 4 <= size; i++) {
        char part[5] = {0};
        memcpy(part, secret + i, 4);
        if (strstr(out, part) != NULL) {
            fail_msg("%s at %zu: \"%s\" is in %s", text, at, part, out);
        }
    }
}

static void all_detectors(void)
{
    size_t at = 0;
    redact_init(&redact, REDACT_BUILT_IN);
    assert_null(pattern_add_lines(&redact.patterns, SLICE("own=\\bC-\\d{8}\\b"), &at));
}

/* A secret that is cut in two, wherever, leaves in neither half. */
static void every_cut(void **state)
{
    static char out[2][4096];
    (void)state;
    all_detectors();
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        for (size_t at = 0; at <= strlen(samples[i].text); at++) {
            cut(samples[i].text, at, out);
            check_gone(out[0], samples[i].secret, samples[i].text, at);
            check_gone(out[1], samples[i].secret, samples[i].text, at);
        }
    }
}

/* A key in PEM goes on from line to line, each a record of its own, and ends with its end. */
static void pem_by_lines(void **state)
{
    static const char *const lines[] = {
        "-----BEGIN RSA PRIVATE KEY-----\n", PEM_BODY "\n",    PEM_BODY "==\n",
        "-----END RSA PRIVATE KEY-----\n",   "INFO started\n",
    };
    enum redact_carry carry = REDACT_CARRY_NONE;
    enum redact_detector carried = REDACT_SECRET;
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const struct redact_piece piece = {
            .text = slice_from(lines[i]), .carry = carry, .carried = carried};
        redact_scan(&redact, &piece, &found);
        assert_int_equal(found.count, i < 4 ? 1 : 0);
        carry = found.carry;
        carried = found.carried;
    }
    /* Another line ends it, too. */
    struct redact_piece piece = {.text = slice_from(lines[4]),
                                 .carry = REDACT_CARRY_PRIVATE_KEY,
                                 .carried = REDACT_PRIVATE_KEY};
    redact_scan(&redact, &piece, &found);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.carry, REDACT_CARRY_NONE);
}

/* Random text with secrets in it, escaped or not, cut anywhere: nothing of them leaves. */
static void planted(void **state)
{
    static const char glue[] = " ,;\n\t(){}[]<>\"'|=:._-@/\\%$#!abcXYZ019\xc3\xa4";
    static char out[2][4096];
    struct prng prng;
    (void)state;
    prng_init(&prng, 7);
    all_detectors();
    for (unsigned round = 0; round < 20000; round++) {
        char text[2048];
        size_t size = 0;
        size_t which = prng_below(&prng, sizeof(samples) / sizeof(samples[0]));
        size_t before = prng_below(&prng, 60);
        for (size_t i = 0; i < before; i++) {
            text[size++] = glue[prng_below(&prng, sizeof(glue) - 1)];
        }
        /* A word of its own: behind a letter it would be another one. */
        text[size++] = '\n';
        size += (size_t)sprintf(text + size, "%s\n", samples[which].text);
        size_t after = prng_below(&prng, 60);
        for (size_t i = 0; i < after; i++) {
            text[size++] = glue[prng_below(&prng, sizeof(glue) - 1)];
        }
        text[size] = 0;
        size_t at = prng_below(&prng, size + 1);
        cut(text, at, out);
        check_gone(out[0], samples[which].secret, text, at);
        check_gone(out[1], samples[which].secret, text, at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut),
        cmocka_unit_test(pem_by_lines),
        cmocka_unit_test(planted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
