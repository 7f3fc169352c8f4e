/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/secret.h"

#include "agent_limits.h"
#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define SECRET    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:thaw/token-a1B2c3"
#define PARAMETER "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/thaw/token"

static struct secret_name name;
static char bytes[AGENT_TOKEN_HEAD_MAX];
static struct buf out;

static bool parse(const char *arn)
{
    return secret_parse_arn(slice_from(arn), &name);
}

static const char *host(void)
{
    static char text[128];
    buf_init_fixed(&out, bytes, sizeof(bytes));
    secret_host(&name, &out);
    (void)slice_copy_text(buf_bytes(&out), text, sizeof(text));
    return text;
}

/* Both kinds, and the hosts that answer for them. */
static void names(void **state)
{
    (void)state;
    assert_true(parse(SECRET));
    assert_slice(name.region, "eu-west-1");
    assert_false(name.parameter);
    assert_string_equal(host(), "secretsmanager.eu-west-1.amazonaws.com");
    assert_true(parse(PARAMETER));
    assert_true(name.parameter);
    assert_string_equal(host(), "ssm.cn-north-1.amazonaws.com.cn");
}

/* What is neither, or could not stand in a request as it is. */
static void no_names(void **state)
{
    (void)state;
    static const char *const arns[] = {
        "",
        "arn:aws:s3:::bucket",
        "arn:aws:ssm:eu-west-1:1:document/x",
        "arn:aws:ssm::1:parameter/x",
        "arn:aws:secretsmanager:eu-west-1:1:secret:",
        "arn:aws:ssm:eu-west-1:1:parameter/\"x",
        "arn:gcp:ssm:eu-west-1:1:parameter/x",
        "arn:aws:ssm:a/b:1:parameter/x",
        "arn:aws:secretsmanager:eu-west-1:1:secret:a b",
        "arn:aws:ssm:eu-west-1",
    };
    for (size_t i = 0; i < sizeof(arns) / sizeof(arns[0]); i++) {
        assert_false(parse(arns[i]));
    }
}

/* The longest ARN, and one byte more. */
static void arn_size(void **state)
{
    char arn[AGENT_TOKEN_ARN_MAX + 2];
    (void)state;
    for (size_t size = AGENT_TOKEN_ARN_MAX - 1; size <= AGENT_TOKEN_ARN_MAX + 1; size++) {
        memset(arn, 'x', size);
        arn[size] = '\0';
        memcpy(arn, SECRET, sizeof(SECRET) - 1);
        assert_int_equal(parse(arn), size <= AGENT_TOKEN_ARN_MAX);
    }
}

/* The request names the ARN, the target and the session. */
static void request(void **state)
{
    char body_bytes[256];
    struct buf body;
    const struct secret_request ask = {
        .host = SLICE("h"),
        .path = SLICE("/"),
        .wall_ns = UINT64_C(1440938160000000000),
        .key = {SLICE("AKIDEXAMPLE"), SLICE("secret"), SLICE("session")},
    };
    (void)state;
    assert_true(parse(SECRET));
    buf_init_fixed(&out, bytes, sizeof(bytes));
    buf_init_fixed(&body, body_bytes, sizeof(body_bytes));
    assert_true(secret_ask(&name, &ask, &out, &body));
    assert_slice(buf_bytes(&body), "{\"SecretId\":\"" SECRET "\"}");
    const struct slice head = buf_bytes(&out);
    static const char *const parts[] = {
        "POST / HTTP/1.1\r\n",
        "\r\nx-amz-target: secretsmanager.GetSecretValue\r\n",
        "\r\nx-amz-date: 20150830T123600Z\r\n",
        "\r\nx-amz-security-token: session\r\n",
        "\r\ncontent-length: 85\r\n",
        "/20150830/eu-west-1/secretsmanager/aws4_request, SignedHeaders=content-type;host;",
        ";x-amz-date;x-amz-security-token;x-amz-target, Signature=",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        assert_true(slice_find(head, slice_from(parts[i])) != SLICE_NONE);
    }
    assert_int_equal(body.size, 85);
    assert_true(slice_ends(head, SLICE("\r\n\r\n")));
    assert_true(parse(PARAMETER));
    buf_reset(&body);
    assert_true(secret_ask(&name, &ask, &out, &body));
    assert_slice(buf_bytes(&body), "{\"Name\":\"" PARAMETER "\",\"WithDecryption\":true}");
}

static bool read_answer(const char *answer)
{
    buf_init_fixed(&out, bytes, AGENT_TOKEN_MAX);
    return secret_read(&name, slice_from(answer), &out);
}

/* The text itself, or the member "token" of a JSON object. */
static void answers(void **state)
{
    (void)state;
    assert_true(parse(SECRET));
    assert_true(read_answer("{\"ARN\":\"x\",\"SecretString\":\" a\\u0062c\\n\"}"));
    assert_slice(buf_bytes(&out), "abc");
    assert_true(read_answer("{\"SecretString\":\"{\\\"user\\\":1,\\\"token\\\":\\\"t\\\"}\"}"));
    assert_slice(buf_bytes(&out), "t");
    assert_true(parse(PARAMETER));
    assert_true(read_answer("{\"Parameter\":{\"Name\":\"n\",\"Value\":\"v\"},\"x\":[1]}"));
    assert_slice(buf_bytes(&out), "v");
}

/* What holds no token that could stand in a header. */
static void no_answers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"SecretString\":1}",
        "{\"SecretString\":\"\"}",
        "{\"SecretString\":\"a b\"}",
        "{\"SecretString\":\"a\\r\\nX: y\"}",
        "{\"SecretBinary\":\"YQ==\"}",
        "{\"SecretString\":\"a\"",
        "{\"SecretString\":\"a\"}x",
    };
    assert_true(parse(SECRET));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(read_answer(texts[i]));
    }
    assert_true(parse(PARAMETER));
    assert_false(read_answer("{\"Value\":\"v\"}"));
    assert_false(read_answer("{\"Parameter\":\"v\"}"));
}

/* The longest token, and one byte more. */
static void token_size(void **state)
{
    static char answer[AGENT_TOKEN_MAX + 64];
    (void)state;
    assert_true(parse(SECRET));
    for (size_t size = AGENT_TOKEN_MAX - 1; size <= AGENT_TOKEN_MAX + 1; size++) {
        (void)snprintf(answer, sizeof(answer), "{\"SecretString\":\"%0*d\"}", (int)size, 0);
        assert_int_equal(read_answer(answer), size <= AGENT_TOKEN_MAX);
    }
}

/* The container's key, with and without a session. */
static void container(void **state)
{
    struct sigv4_key key;
    (void)state;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    assert_true(secret_read_key(SLICE("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\\/\","
                                      "\"Token\":\"T\",\"Expiration\":\"2026-01-01T00:00:00Z\"}"),
                                &key, &out));
    assert_slice(key.access_key_id, "A");
    assert_slice(key.secret, "S/");
    assert_slice(key.session_token, "T");
    buf_reset(&out);
    assert_true(
        secret_read_key(SLICE("{\"SecretAccessKey\":\"S\",\"AccessKeyId\":\"A\"}"), &key, &out));
    assert_int_equal(key.session_token.size, 0);
    assert_false(secret_read_key(SLICE("{\"AccessKeyId\":\"A\"}"), &key, &out));
    assert_false(secret_read_key(SLICE("nothing"), &key, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),      cmocka_unit_test(no_names),  cmocka_unit_test(arn_size),
        cmocka_unit_test(request),    cmocka_unit_test(answers),   cmocka_unit_test(no_answers),
        cmocka_unit_test(token_size), cmocka_unit_test(container),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
