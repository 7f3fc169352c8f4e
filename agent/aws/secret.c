/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/secret.h"

#include "agent_limits.h"

#include "base/format.h"
#include "base/json_read.h"

#include <string.h>

#define DEPTH_MAX 8u

/* ---- The name. ---- */

/* What may stand in a name, so that it needs no escaping anywhere. */
static bool is_plain(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr(":/_+=.@-!", byte) != NULL);
}

bool secret_parse_arn(struct slice arn, struct secret_name *name)
{
    struct slice parts[5];
    struct slice rest = arn;
    *name = (struct secret_name){.arn = arn};
    for (size_t i = 0; i < arn.size; i++) {
        if (!is_plain(arn.base[i])) {
            return false;
        }
    }
    if (arn.size > AGENT_TOKEN_ARN_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!slice_cut(rest, ':', &parts[i], &rest)) {
            return false;
        }
    }
    name->region = parts[3];
    name->china = slice_starts(parts[1], SLICE("aws-cn"));
    name->parameter = slice_equal(parts[2], SLICE("ssm"));
    const struct slice kind = name->parameter ? SLICE("parameter/") : SLICE("secret:");
    return slice_equal(parts[0], SLICE("arn")) && slice_starts(parts[1], SLICE("aws")) &&
           (name->parameter || slice_equal(parts[2], SLICE("secretsmanager"))) &&
           name->region.size > 0 && slice_find_byte(name->region, '/') == SLICE_NONE &&
           slice_starts(rest, kind) && rest.size > kind.size;
}

static struct slice service_of(const struct secret_name *name)
{
    return name->parameter ? SLICE("ssm") : SLICE("secretsmanager");
}

void secret_host(const struct secret_name *name, struct buf *out)
{
    format_append(out, SLICE_FMT "." SLICE_FMT ".amazonaws.com%s", SLICE_ARG(service_of(name)),
                  SLICE_ARG(name->region), name->china ? ".cn" : "");
}

/* ---- The request. ---- */

bool secret_ask(const struct secret_name *name, const struct secret_request *request,
                struct buf *head, struct buf *body)
{
    char time_text[SIGV4_TIME_SIZE];
    struct buf time;
    size_t begin = body->size;
    const struct slice json = SLICE("application/x-amz-json-1.1");
    const struct slice target =
        name->parameter ? SLICE("AmazonSSM.GetParameter") : SLICE("secretsmanager.GetSecretValue");
    struct sigv4_header headers[5];
    size_t count = 0;
    buf_init_fixed(&time, time_text, sizeof(time_text));
    sigv4_time(request->wall_ns, &time);
    format_append(body,
                  name->parameter ? "{\"Name\":\"" SLICE_FMT "\",\"WithDecryption\":true}"
                                  : "{\"SecretId\":\"" SLICE_FMT "\"}",
                  SLICE_ARG(name->arn));
    headers[count++] = (struct sigv4_header){SLICE("content-type"), json};
    headers[count++] = (struct sigv4_header){SLICE("host"), request->host};
    headers[count++] = (struct sigv4_header){SLICE("x-amz-date"), buf_bytes(&time)};
    if (request->key.session_token.size > 0) {
        headers[count++] =
            (struct sigv4_header){SLICE("x-amz-security-token"), request->key.session_token};
    }
    headers[count++] = (struct sigv4_header){SLICE("x-amz-target"), target};
    const struct sigv4_request signed_request = {
        .method = SLICE("POST"),
        .path = request->path,
        .headers = headers,
        .header_count = count,
        .body = slice_skip(buf_bytes(body), begin),
        .region = name->region,
        .service = service_of(name),
        .time = buf_bytes(&time),
    };
    format_append(head, "POST " SLICE_FMT " HTTP/1.1\r\n", SLICE_ARG(request->path));
    for (size_t i = 0; i < count; i++) {
        buf_append(head, headers[i].name);
        buf_append_text(head, ": ");
        buf_append(head, headers[i].value);
        buf_append_text(head, "\r\n");
    }
    format_append(head, "content-length: %zu\r\nauthorization: ", signed_request.body.size);
    bool good = sigv4_sign(&signed_request, &request->key, head);
    buf_append_text(head, "\r\n\r\n");
    return good && !buf_overflowed(head) && !buf_overflowed(body);
}

/* ---- The answers. ---- */

/* Read over an object; where its member of this name is a string, it is *value.  False: it is no
 * object, or has no such member. */
static bool find_string(struct json_read *reader, struct slice name, struct json_string *value)
{
    struct json_string key;
    bool found = false;
    if (json_read_object(reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(reader, &key)) {
        if (!found && json_string_equal(key, name)) {
            found = json_read_string(reader, value) == JSON_GOT;
        } else {
            json_read_skip(reader);
        }
    }
    return found && !json_read_failed(reader);
}

static bool find_in(struct slice text, struct slice name, struct json_string *value)
{
    struct json_read reader;
    json_read_init(&reader, text, DEPTH_MAX);
    return find_string(&reader, name, value) && json_read_finish(&reader);
}

/* The text of a parameter, one level down. */
static bool find_parameter(struct slice text, struct json_string *value)
{
    struct json_read reader;
    struct json_string key;
    struct slice parameter = SLICE_EMPTY;
    json_read_init(&reader, text, DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        if (!json_string_equal(key, SLICE("Parameter"))) {
            json_read_skip(&reader);
        } else if (json_read_raw(&reader, &parameter) == JSON_ERROR) {
            return false;
        }
    }
    return json_read_finish(&reader) && find_in(parameter, SLICE("Value"), value);
}

bool secret_is_token(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] <= ' ' || text.base[i] >= 0x7f) {
            return false;
        }
    }
    return text.size > 0;
}

bool secret_read(const struct secret_name *name, struct slice answer, struct buf *token)
{
    unsigned char bytes[AGENT_TOKEN_MAX];
    unsigned char inner_bytes[AGENT_TOKEN_MAX];
    struct json_string value;
    struct buf text;
    struct buf inner;
    buf_init_fixed(&text, bytes, sizeof(bytes));
    buf_init_fixed(&inner, inner_bytes, sizeof(inner_bytes));
    bool found = name->parameter ? find_parameter(answer, &value)
                                 : find_in(answer, SLICE("SecretString"), &value);
    if (!found) {
        return false;
    }
    json_string_decode(value, &text);
    struct slice plain = slice_trim(buf_bytes(&text));
    if (find_in(plain, SLICE("token"), &value)) {
        json_string_decode(value, &inner);
        plain = slice_trim(buf_bytes(&inner));
    }
    if (buf_overflowed(&text) || buf_overflowed(&inner) || !secret_is_token(plain)) {
        return false;
    }
    buf_append(token, plain);
    return !buf_overflowed(token);
}

/* One text of the answer, decoded behind the others. */
static bool take_text(struct slice answer, const char *name, struct buf *texts, struct slice *taken)
{
    struct json_string value;
    size_t begin = texts->size;
    if (!find_in(answer, slice_from(name), &value)) {
        return false;
    }
    json_string_decode(value, texts);
    *taken = slice_skip(buf_bytes(texts), begin);
    return !buf_overflowed(texts) && secret_is_token(*taken);
}

bool secret_read_key(struct slice answer, struct sigv4_key *key, struct buf *texts)
{
    *key = (struct sigv4_key){.session_token = SLICE_EMPTY};
    if (!take_text(answer, "AccessKeyId", texts, &key->access_key_id) ||
        !take_text(answer, "SecretAccessKey", texts, &key->secret)) {
        return false;
    }
    if (!take_text(answer, "Token", texts, &key->session_token)) {
        key->session_token = SLICE_EMPTY;
    }
    return !buf_overflowed(texts);
}
