/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sigv4.h"

#include "lib/cm.h"

#include <string.h>

/* The key and the time of AWS's own examples. */
static const struct sigv4_key key = {
    .access_key_id = SLICE_INIT("AKIDEXAMPLE"),
    .secret = SLICE_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
};
#define TIME "20150830T123600Z"

static char bytes[1024];
static struct buf out;

static bool sign(const struct sigv4_request *request)
{
    buf_init_fixed(&out, bytes, sizeof(bytes));
    return sigv4_sign(request, &key, &out);
}

/* "get-vanilla" of AWS's test suite. */
static void vanilla(void **state)
{
    (void)state;
    const struct sigv4_header headers[] = {
        {SLICE("host"), SLICE("example.amazonaws.com")},
        {SLICE("x-amz-date"), SLICE(TIME)},
    };
    const struct sigv4_request request = {
        .method = SLICE("GET"),
        .path = SLICE("/"),
        .headers = headers,
        .header_count = 2,
        .region = SLICE("us-east-1"),
        .service = SLICE("service"),
        .time = SLICE(TIME),
    };
    assert_true(sign(&request));
    assert_slice(buf_bytes(&out),
                 "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                 "SignedHeaders=host;x-amz-date, "
                 "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

/* The example of AWS's documentation, with a query and a header of content. */
static void list_users(void **state)
{
    (void)state;
    const struct sigv4_header headers[] = {
        {SLICE("content-type"), SLICE(" application/x-www-form-urlencoded; charset=utf-8 ")},
        {SLICE("host"), SLICE("iam.amazonaws.com")},
        {SLICE("x-amz-date"), SLICE(TIME)},
    };
    const struct sigv4_request request = {
        .method = SLICE("GET"),
        .path = SLICE("/"),
        .query = SLICE("Action=ListUsers&Version=2010-05-08"),
        .headers = headers,
        .header_count = 3,
        .region = SLICE("us-east-1"),
        .service = SLICE("iam"),
        .time = SLICE(TIME),
    };
    assert_true(sign(&request));
    assert_slice(slice_skip(buf_bytes(&out), out.size - 64),
                 "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

/* What is longer than anything of AWS is refused, not signed wrongly. */
static void too_long(void **state)
{
    static char token[9000];
    (void)state;
    memset(token, 't', sizeof(token));
    struct sigv4_header headers[] = {
        {SLICE("x-amz-security-token"), slice_of(token, sizeof(token))},
    };
    const struct sigv4_request request = {
        .method = SLICE("GET"),
        .path = SLICE("/"),
        .headers = headers,
        .header_count = 1,
        .region = SLICE("us-east-1"),
        .service = SLICE("service"),
        .time = SLICE(TIME),
    };
    assert_false(sign(&request));
    headers[0].value.size = 4096;
    assert_true(sign(&request));
}

/* Times are of UTC. */
static void time_text(void **state)
{
    (void)state;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    sigv4_time(UINT64_C(1440938160999999999), &out);
    assert_slice(buf_bytes(&out), TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vanilla),
        cmocka_unit_test(list_users),
        cmocka_unit_test(too_long),
        cmocka_unit_test(time_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
