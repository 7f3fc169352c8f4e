/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/redact.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

static struct redact redact;
static struct redact_found found;

static char out_bytes[2 * REDACT_WINDOW_MAX];

static const char *redacted_as(const char *text, bool open)
{
    struct buf out;
    const struct redact_piece piece = {.text = slice_from(text), .open = open};
    redact_scan(&redact, &piece, &found);
    buf_init_fixed(&out, out_bytes, sizeof(out_bytes) - 1);
    assert_int_equal(redact_write(&redact, &found, piece.text, 0, sizeof(out_bytes) - 1, &out), 0);
    out_bytes[out.size] = 0;
    return out_bytes;
}

static const char *redacted(const char *text)
{
    return redacted_as(text, false);
}

struct row {
    const char *text;
    const char *expected;
};

static void check(unsigned detectors, const struct row *rows, size_t count)
{
    redact_init(&redact, detectors);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(redacted(rows[i].text), rows[i].expected) != 0) {
            fail_msg("%s\n     -> %s\n    not %s", rows[i].text, out_bytes, rows[i].expected);
        }
    }
}

static void check_none(enum redact_detector detector, const char *const *texts, size_t count)
{
    redact_init(&redact, REDACT_BIT(detector));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(redacted(texts[i]), texts[i]) != 0) {
            fail_msg("%s\n     -> %s", texts[i], out_bytes);
        }
    }
}

#define CHECK(detector, rows)       check(REDACT_BIT(detector), rows, sizeof(rows) / sizeof(rows[0]))
#define CHECK_NONE(detector, texts) check_none(detector, texts, sizeof(texts) / sizeof(texts[0]))

static void aws_keys(void **state)
{
    static const struct row rows[] = {
        {"AKIAIOSFODNN7EXAMPLE", "[redacted:aws-key]"},
        {"key AKIAIOSFODNN7EXAMPLE used", "key [redacted:aws-key] used"},
        {"ASIAIOSFODNN7EXAMPLE,", "[redacted:aws-key],"},
        {"id=AKIAIOSFODNN7EXAMPLE&x", "id=[redacted:aws-key]&x"},
        {"\"AKIAIOSFODNN7EXAMPLE\"", "\"[redacted:aws-key]\""},
        {"AKIAIOSFODNN7EXAMPLE/20260101/eu", "[redacted:aws-key]/20260101/eu"},
        {"_AKIAIOSFODNN7EXAMPLE_", "_[redacted:aws-key]_"},
        {"(ASIAQWERTYUIOPASDFGH)", "([redacted:aws-key])"},
        {"AKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLX", "[redacted:aws-key] [redacted:aws-key]"},
        {"x\\u0041KIAIOSFODNN7EXAMPLE", "x\\u0041KIAIOSFODNN7EXAMPLE"},
        {"x:\\u0041KIAIOSFODNN7EXAMPLE.", "x:[redacted:aws-key]."},
        {"AKIAIOSFODNN7EXAMPLEAND16MORE", "[redacted:aws-key]"},
    };
    static const char *const none[] = {
        "AKIA",
        "AKIAIOSFODNN7EXAMPL",
        "AKIAiosfodnn7example",
        "XAKIAIOSFODNN7EXAMPLE",
        "AROAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLe",
        "SLOVAKIA WINS 16 TIMES",
        "ASIA",
        "ASIA-PACIFIC REGION SOUTH",
        "EURASIAIOSFODNN7EXAMPLE",
        "AKIA IOSFODNN7EXAMPLE",
    };
    (void)state;
    CHECK(REDACT_AWS_KEY, rows);
    CHECK_NONE(REDACT_AWS_KEY, none);
}

#define A36 "abcdefghijklmnopqrstuvwxyz0123456789"

static void tokens(void **state)
{
    static const struct row rows[] = {
        {"ghp_" A36, "[redacted:token]"},
        {"token gho_" A36 " expired", "token [redacted:token] expired"},
        {"ghs_" A36 ".", "[redacted:token]."},
        {"github_pat_11ABCDEFG0abcdefghij_klmnop", "[redacted:token]"},
        {"glpat-abcdefghij_0123456789", "[redacted:token]"},
        {"xoxb-1234567890-abcdefghij", "[redacted:token]"},
        {"xoxp-1234567890-abcdefghij!", "[redacted:token]!"},
        {"sk_live_4eC39HqLyjWDarjtT1zdp7dc", "[redacted:token]"},
        {"rk_test_4eC39HqLyjWDarjtT1zdp7dc", "[redacted:token]"},
        {"whsec_4eC39HqLyjWDarjtT1zdp7dc", "[redacted:token]"},
        {"//registry/:_auth npm_" A36, "//registry/:_auth [redacted:token]"},
        {"pypi-AgEIcHlwaS5vcmc" A36, "[redacted:token]"},
        {"AIzaSyA1234567890abcdefghijklmnopqrstu_", "[redacted:token]"},
        {"sk-ant-api03-" A36, "[redacted:token]"},
        {"sk-" A36, "[redacted:token]"},
        {"hf_" A36, "[redacted:token]"},
        {"dop_v1_" A36 A36, "[redacted:token]"},
    };
    static const char *const none[] = {
        "ghp_short",
        "my_ghp_variable_name_that_is_long",
        "xghp_" A36,
        "glpat-short",
        "xoxb-",
        "sk_live_",
        "risk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "npm_config_registry",
        "npm_package_version",
        "pypi-server",
        "AIza",
        "task-" A36,
        "sk-learn",
        "snake_case_names_are_long_and_harmless_0123456789",
        "kebab-case-names-are-long-and-harmless-0123456789",
    };
    (void)state;
    CHECK(REDACT_TOKEN, rows);
    CHECK_NONE(REDACT_TOKEN, none);
}

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"

static void jwts(void **state)
{
    static const struct row rows[] = {
        {JWT, "[redacted:jwt]"},
        {"got " JWT ", fine", "got [redacted:jwt], fine"},
        {"\"" JWT "\"", "\"[redacted:jwt]\""},
        {"?t=" JWT "&x=1", "?t=[redacted:jwt]&x=1"},
        {"jwt:" JWT, "jwt:[redacted:jwt]"},
        {"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.", "[redacted:jwt]"},
        {"eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZ.48V1_ALb.5eym8T.XFBoMYUZ",
         "[redacted:jwt]"},
        {JWT "\n" JWT, "[redacted:jwt]\n[redacted:jwt]"},
        {"(" JWT ")", "([redacted:jwt])"},
        {"Bearer " JWT, "Bearer [redacted:jwt]"},
    };
    static const char *const none[] = {
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi",
        "eyJhbGciOiJIUzI1NiJ9 eyJzdWIi",
        "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.doz",
        "eyJa.b.c",
        "monkeyJava.lang.String",
        "ey.J.x",
        "keyJ",
        "a.b.c",
        "eyjhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.doz",
    };
    (void)state;
    CHECK(REDACT_JWT, rows);
    CHECK_NONE(REDACT_JWT, none);
}

#define PEM_BODY "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7"
#define PEM_RSA(newline)                                                                           \
    "-----BEGIN RSA PRIVATE KEY-----" newline PEM_BODY newline PEM_BODY "==" newline               \
    "-----END RSA PRIVATE KEY-----"

static void private_keys(void **state)
{
    static const struct row rows[] = {
        {PEM_RSA("\n"), "[redacted:private-key]"},
        {"a " PEM_RSA("\r\n") "\nb", "a [redacted:private-key]\nb"},
        {"{\"key\":\"" PEM_RSA("\\n") "\"}", "{\"key\":\"[redacted:private-key]\"}"},
        {"{\\\"key\\\":\\\"" PEM_RSA("\\\\n") "\\\"}",
         "{\\\"key\\\":\\\"[redacted:private-key]\\\"}"},
        {"-----BEGIN PRIVATE KEY-----\n" PEM_BODY, "[redacted:private-key]"},
        {"-----BEGIN PRIVATE KEY-----", "[redacted:private-key]"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----\n" PEM_BODY "\n-----END OPENSSH PRIVATE KEY-----x",
         "[redacted:private-key]x"},
        {"-----BEGIN EC PRIVATE KEY----- " PEM_BODY " -----END EC PRIVATE KEY-----",
         "[redacted:private-key]"},
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" PEM_BODY
         "\n-----END ENCRYPTED PRIVATE KEY-----\nend",
         "[redacted:private-key]\nend"},
        {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
         "AES-128-CBC,AB\n\n" PEM_BODY "\n-----END RSA PRIVATE KEY-----",
         "[redacted:private-key]"},
        {"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" PEM_BODY
         "\n-----END PGP PRIVATE KEY BLOCK-----",
         "[redacted:private-key]"},
    };
    static const char *const none[] = {
        "-----BEGIN CERTIFICATE-----\n" PEM_BODY "\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\n" PEM_BODY "\n-----END PUBLIC KEY-----",
        "-----BEGIN RSA PUBLIC KEY-----\n" PEM_BODY "\n-----END RSA PUBLIC KEY-----",
        "-----BEGIN",
        "-----END PRIVATE KEY-----",
        "------------------------------",
        "BEGIN PRIVATE KEY",
        "---- BEGIN PRIVATE KEY ----",
        "-----BEGIN PRIVATE KEY----- is what it starts with",
        "-----BEGIN PRIVATE KEY-----, they said",
        "a private key",
    };
    (void)state;
    CHECK(REDACT_PRIVATE_KEY, rows);
    CHECK_NONE(REDACT_PRIVATE_KEY, none);
}

static void authorizations(void **state)
{
    static const struct row rows[] = {
        {"Authorization: Bearer abc", "Authorization: [redacted:authorization]"},
        {"authorization: Basic dXNlcjpwYXNz\nnext",
         "authorization: [redacted:authorization]\nnext"},
        {"-H \"Authorization: Digest a, b\" http",
         "-H \"Authorization: [redacted:authorization]\" http"},
        {"{\"Authorization\":\"token x\",\"a\":1}",
         "{\"Authorization\":\"[redacted:authorization]\",\"a\":1}"},
        {"'authorization': 'Bearer x'", "'authorization': '[redacted:authorization]'"},
        {"Proxy-Authorization: x y z", "Proxy-Authorization: [redacted:authorization]"},
        {"with Bearer 0123456789abcdef now", "with Bearer [redacted:authorization] now"},
        {"BEARER " A36, "BEARER [redacted:authorization]"},
        {"Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted:authorization]"},
        {"basic dXNlcjpwYXNz,", "basic [redacted:authorization],"},
        {"Authorization=Bearer%20abc", "Authorization=[redacted:authorization]"},
    };
    static const char *const none[] = {
        "Bearer token is missing",
        "bearer authentication failed",
        "Basic functionality works",
        "basic auth",
        "Basic 0123456789abcdef",
        "the bearer of news",
        "forbearer 0123456789abcdef",
        "bear 0123456789abcdef",
        "Authorization failed for 3",
        "authorization_code 123",
        "BASIC",
        "Bearer",
        "Authorization: ",
    };
    (void)state;
    CHECK(REDACT_AUTHORIZATION, rows);
    CHECK_NONE(REDACT_AUTHORIZATION, none);
}

static void url_passwords(void **state)
{
    static const struct row rows[] = {
        {"postgres://app:s3cret@db:5432/x", "postgres://app:[redacted:url-password]@db:5432/x"},
        {"redis://:pass@cache", "redis://:[redacted:url-password]@cache"},
        {"https://u:p@h", "https://u:[redacted:url-password]@h"},
        {"amqps://u:p@ss@h/", "amqps://u:[redacted:url-password]@h/"},
        {"mongodb+srv://u:p:q@h", "mongodb+srv://u:[redacted:url-password]@h"},
        {"url=\"ftp://u:p@h\"", "url=\"ftp://u:[redacted:url-password]@h\""},
        {"(http://u:p%40x@h)", "(http://u:[redacted:url-password]@h)"},
        {"https://0123456789abcdef0@github.com/x", "https://[redacted:url-password]@github.com/x"},
        {"a://u:p@h b://v:q@i", "a://u:[redacted:url-password]@h b://v:[redacted:url-password]@i"},
        {"http:\\/\\/u:p@h", "http:\\/\\/u:[redacted:url-password]@h"},
    };
    static const char *const none[] = {
        "https://example.com:8080/a",
        "https://example.com/a:b@c",
        "https://user@example.com",
        "http://[::1]:80/",
        "://u:p@h",
        "https://example.com?x=a:b@c",
        "s3://bucket/key",
        "http://localhost:3000",
        "u:p@h",
        "https://example.com#a:b@c",
        "arn:aws:lambda:eu-central-1:123456789012:function:x",
        "https://u:@h",
    };
    (void)state;
    CHECK(REDACT_URL_PASSWORD, rows);
    CHECK_NONE(REDACT_URL_PASSWORD, none);
}

/* Who has the password is a secret of its own. */
static void url_users(void **state)
{
    static const struct row rows[] = {
        {"smtps://joe@example.com:s3cret@mail/",
         "smtps://[redacted:email]:[redacted:url-password]@mail/"},
        {"https://ghp_0123456789abcdefghijABCDEFGHIJ012345:x@hub/",
         "https://[redacted:token]:[redacted:url-password]@hub/"},
    };
    (void)state;
    check(REDACT_BUILT_IN, rows, sizeof(rows) / sizeof(rows[0]));
}

static void secrets(void **state)
{
    static const struct row rows[] = {
        {"password=hunter2", "password=[redacted:secret]"},
        {"user=bob password=hunter2 ok", "user=bob password=[redacted:secret] ok"},
        {"Password: hunter2", "Password: [redacted:secret]"},
        {"{\"password\":\"hun\\\"ter2\",\"a\":1}", "{\"password\":\"[redacted:secret]\",\"a\":1}"},
        {"{\"db_password\" : \"x\"}", "{\"db_password\" : \"[redacted:secret]\"}"},
        {"{\\\"password\\\":\\\"hunter2\\\"}", "{\\\"password\\\":\\\"[redacted:secret]\\\"}"},
        {"DB_PASSWORD='a b'", "DB_PASSWORD='[redacted:secret]'"},
        {"?api_key=abc&x=1", "?api_key=[redacted:secret]&x=1"},
        {"x-api-key: abc", "x-api-key: [redacted:secret]"},
        {"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG",
         "aws_secret_access_key = [redacted:secret]"},
        {"\"SecretAccessKey\": \"abc/def+\"", "\"SecretAccessKey\": \"[redacted:secret]\""},
        {"clientSecret: 'x'", "clientSecret: '[redacted:secret]'"},
        {"access_token=ya29.abc", "access_token=[redacted:secret]"},
        {"\"token\" => \"abc\"", "\"token\" => \"[redacted:secret]\""},
        {"user[password]=abc", "user[password]=[redacted:secret]"},
        {"Server=db;Password=x;Pooling=1", "Server=db;Password=[redacted:secret];Pooling=1"},
        {"Cookie: a=b; c=d", "Cookie: [redacted:secret]"},
        {"'Set-Cookie': 'a=b'", "'Set-Cookie': '[redacted:secret]'"},
        {"<password>abc</password>", "<password>[redacted:secret]</password>"},
        {"\"passwords\":1,\"password\":1234}", "\"passwords\":1,\"password\":[redacted:secret]}"},
        {"{\"password\":[\"a\",\"b\"]}", "{\"password\":[[redacted:secret]]}"},
        {"password=b'abc'", "password=b'[redacted:secret]'"},
        {"X-Amz-Signature=abcdef&", "X-Amz-Signature=[redacted:secret]&"},
        {"secret: \"open", "secret: \"[redacted:secret]"},
        {"password%3Dhunter2", "password%3D[redacted:secret]"},
    };
    static const char *const none[] = {
        "password",
        "password reset for bob",
        "password=",
        "password: null",
        "\"password\":\"\"",
        "\"password\":null",
        "password=***",
        "passwordless=yes",
        "secretary: Ann",
        "nextToken=abcdef",
        "\"NextContinuationToken\":\"abc\"",
        "tokens: 512",
        "token==x",
        "token::iterator",
        "monkey=banana",
        "sort_key=a",
        "partition_key: b",
        "config=a",
        "password=[redacted:secret]",
        "a=b&c=d",
        "{\"level\":\"info\",\"time\":1,\"msg\":\"ok\"}",
    };
    (void)state;
    CHECK(REDACT_SECRET, rows);
    CHECK_NONE(REDACT_SECRET, none);
}

static void cards(void **state)
{
    static const struct row rows[] = {
        {"4111111111111111", "[redacted:card]"},
        {"4111 1111 1111 1111", "[redacted:card]"},
        {"4111-1111-1111-1111", "[redacted:card]"},
        {"card 5555555555554444.", "card [redacted:card]."},
        {"378282246310005", "[redacted:card]"},
        {"3782 822463 10005", "[redacted:card]"},
        {"6011111111111117", "[redacted:card]"},
        {"3530111333300000", "[redacted:card]"},
        {"30569309025904", "[redacted:card]"},
        {"2223003122003222", "[redacted:card]"},
        {"2026-01-01 4111 1111 1111 1111", "2026-01-01 [redacted:card]"},
        {"{\"pan\":4111111111111111}", "{\"pan\":[redacted:card]}"},
        {"4222222222222", "[redacted:card]"},
        {"card_4111111111111111_x", "card_[redacted:card]_x"},
        {"1 4111111111111111 2", "1 [redacted:card] 2"},
        {"6304000000000000", "[redacted:card]"},
    };
    static const char *const none[] = {
        "4111111111111112",
        "411111111111111",
        "1795000000000000000",
        "1700000000000",
        "41111111111111111",
        "a4111111111111111",
        "4111111111111111a",
        "0.4111111111111111",
        "4111  1111 1111 1111",
        "4111 1111-1111 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "2026-11-30T01:58:07.123456789Z",
        "123e4567-e89b-12d3-a456-426614174000",
        "9999999999999995",
        "4111,1111,1111,1111",
        "192.168.100.200 10.0.0.1",
    };
    (void)state;
    CHECK(REDACT_CARD, rows);
    CHECK_NONE(REDACT_CARD, none);
}

static void emails(void **state)
{
    static const struct row rows[] = {
        {"john@example.com", "[redacted:email]"},
        {"mail john.doe+tag@mail.example.co.uk now", "mail [redacted:email] now"},
        {"<john@example.com>", "<[redacted:email]>"},
        {"john@example.com.", "[redacted:email]."},
        {"to=john@example.com&x", "to=[redacted:email]&x"},
        {"\"john@example.com\"", "\"[redacted:email]\""},
        {"john\\u0040example.com", "[redacted:email]"},
        {"john%40example.com", "[redacted:email]"},
        {"a@b.de,c@d.fr", "[redacted:email],[redacted:email]"},
        {"jürgen@müller.de", "[redacted:email]"},
        {"mailto:john@example.com", "mailto:[redacted:email]"},
        {"x@xn--mller-kva.xn--p1ai", "[redacted:email]"},
        {"JOHN_DOE@EXAMPLE.COM", "[redacted:email]"},
        {"john@example.com:25", "[redacted:email]:25"},
        {"user/john@example.com", "user/[redacted:email]"},
    };
    static const char *const none[] = {
        "john@localhost",     "@decorator", "@example.com", "john@",  "lodash@4.17.21",
        "user@10.0.0.1",      "a @ b.de",   "logo@2x.png",  "x@.com", "john at example.com",
        "@babel/core@7.24.0", "foo@bar",    "a@b.c",
    };
    (void)state;
    CHECK(REDACT_EMAIL, rows);
    CHECK_NONE(REDACT_EMAIL, none);
}

/* More places than there is room for become one with their neighbours; none is forgotten. */
static void many(void **state)
{
    char text[16 * (REDACT_SPANS_MAX + 3)];
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    for (size_t count = REDACT_SPANS_MAX - 1; count <= REDACT_SPANS_MAX + 1; count++) {
        text[0] = 0;
        for (size_t i = 0; i < count; i++) {
            strcat(text, "a@b.de, ");
        }
        const char *out = redacted(text);
        assert_null(strstr(out, "a@b"));
        assert_int_equal(found.count, count < REDACT_SPANS_MAX ? count : REDACT_SPANS_MAX);
    }
}

/* What is overwritten in place keeps its size, and says what it was where there is room. */
static void blot(void **state)
{
    char text[] = "to john.doe@example.com, a@b.de";
    const struct redact_piece piece = {.text = slice_from(text)};
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    redact_scan(&redact, &piece, &found);
    redact_blot(&redact, &found, (unsigned char *)text);
    assert_string_equal(text, "to [redacted:email]****, ******");
}

/* A mark is written whole or not at all; a character, too. */
static void limit(void **state)
{
    struct buf out;
    char bytes[64];
    const struct redact_piece piece = {.text = SLICE("x\xc3\xa4 a@b.de")};
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    redact_scan(&redact, &piece, &found);
    const struct {
        size_t size_max;
        size_t left_out;
        size_t size;
    } rows[] = {{0, 10, 0}, {1, 9, 1}, {2, 9, 1}, {3, 7, 3}, {19, 6, 4}, {20, 0, 20}, {21, 0, 20}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        buf_init_fixed(&out, bytes, sizeof(bytes));
        assert_int_equal(redact_write(&redact, &found, piece.text, 0, rows[i].size_max, &out),
                         rows[i].left_out);
        assert_int_equal(out.size, rows[i].size);
    }
}

static void keys(void **state)
{
    enum redact_detector detector;
    (void)state;
    redact_init(&redact, REDACT_BUILT_IN);
    assert_true(redact_key(&redact, SLICE("dbPassword"), &detector));
    assert_true(redact_key(&redact, SLICE("http.request.header.authorization"), &detector));
    assert_int_equal(detector, REDACT_AUTHORIZATION);
    assert_false(redact_key(&redact, SLICE("nextToken"), &detector));
    assert_false(redact_key(&redact, SLICE(""), &detector));
    redact_init(&redact, REDACT_BIT(REDACT_EMAIL));
    assert_false(redact_key(&redact, SLICE("password"), &detector));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aws_keys),       cmocka_unit_test(tokens),
        cmocka_unit_test(jwts),           cmocka_unit_test(private_keys),
        cmocka_unit_test(authorizations), cmocka_unit_test(url_passwords),
        cmocka_unit_test(url_users),      cmocka_unit_test(secrets),
        cmocka_unit_test(cards),          cmocka_unit_test(emails),
        cmocka_unit_test(many),           cmocka_unit_test(blot),
        cmocka_unit_test(limit),          cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
