/* SPDX-License-Identifier: Apache-2.0 */

/* An ARN, and what AWS or a container answers: whatever they say, what is taken can stand in a
 * request. */
#include "agent_limits.h"

#include "aws/secret.h"
#include "base/ensure.h"
#include "net/http_parse.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static char texts[AGENT_TOKEN_KEY_MAX];
static char head_bytes[AGENT_TOKEN_HEAD_MAX];
static char body_bytes[AGENT_TOKEN_ARN_MAX + 64];
static struct http_head head;

static void check_request(const struct secret_name *name, const struct sigv4_key *key)
{
    struct buf request;
    struct buf body;
    const struct secret_request ask = {.host = SLICE("h"), .path = SLICE("/"), .key = *key};
    buf_init_fixed(&request, head_bytes, sizeof(head_bytes));
    buf_init_fixed(&body, body_bytes, sizeof(body_bytes));
    if (secret_ask(name, &ask, &request, &body)) {
        ENSURE(http_parse_request(buf_bytes(&request), &head) == HTTP_PARSED);
        ENSURE(head.size == request.size && head.length == body.size);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct slice arn;
    struct slice answer;
    struct secret_name name;
    struct sigv4_key key;
    struct buf out;
    slice_cut(slice_of(data, size), '\n', &arn, &answer);
    if (!secret_parse_arn(arn, &name)) {
        return 0;
    }
    buf_init_fixed(&out, texts, AGENT_TOKEN_MAX);
    if (secret_read(&name, answer, &out)) {
        ENSURE(secret_is_token(buf_bytes(&out)));
    }
    buf_init_fixed(&out, texts, sizeof(texts));
    if (secret_read_key(answer, &key, &out)) {
        ENSURE(secret_is_token(key.access_key_id) && secret_is_token(key.secret));
        check_request(&name, &key);
    }
    return 0;
}
