/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/http_event.h"

#include "base/base64.h"
#include "base/base_limits.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Bytes of all headers of an answer. */
#define HEADER_BYTES_MAX 65536

static struct slice header_of(const struct http_event *event, struct slice name)
{
    for (size_t i = 0; i < event->header_count; i++) {
        if (slice_equal_nocase(event->headers[i].name, name)) {
            return event->headers[i].value;
        }
    }
    return SLICE_EMPTY;
}

static void lower_text(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
        }
    }
}

/* Whether one before has the name of this one. */
static bool pair_seen(const struct http_pair *pairs, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (slice_equal_nocase(pairs[j].name, pairs[i].name)) {
            return true;
        }
    }
    return false;
}

/* Pairs as an object; values of the same name are joined by commas, as the front does. */
static void write_pairs(struct json_write *writer, const struct http_pair *pairs, size_t count,
                        bool lower)
{
    for (size_t i = 0; i < count; i++) {
        char name[256];
        char value[8192];
        if (pair_seen(pairs, i) || !slice_copy_text(pairs[i].name, name, sizeof(name)) ||
            !slice_copy_text(pairs[i].value, value, sizeof(value))) {
            continue;
        }
        for (size_t j = i + 1; j < count; j++) {
            if (slice_equal_nocase(pairs[j].name, pairs[i].name)) {
                size_t used = strlen(value);
                snprintf(value + used, sizeof(value) - used, "," SLICE_FMT,
                         SLICE_ARG(pairs[j].value));
            }
        }
        if (lower) {
            lower_text(name);
        }
        json_write_member_string(writer, slice_from(name), slice_from(value));
    }
}

static void write_query(const struct http_event *event, struct json_write *writer)
{
    unsigned char memory[16384];
    struct buf text;
    buf_init_fixed(&text, memory, sizeof(memory));
    for (size_t i = 0; i < event->query_count; i++) {
        buf_printf(&text, "%s" SLICE_FMT "=", i == 0 ? "" : "&", SLICE_ARG(event->query[i].name));
        for (size_t j = 0; j < event->query[i].value.size; j++) {
            unsigned char byte = event->query[i].value.base[j];
            if (isalnum(byte) || strchr("-_.~", byte) != NULL) {
                buf_append_byte(&text, byte);
            } else {
                buf_printf(&text, "%%%02X", byte);
            }
        }
    }
    json_write_member_string(writer, SLICE("rawQueryString"), buf_bytes(&text));
}

static void write_time(const struct http_event *event, struct json_write *writer)
{
    char text[64];
    time_t second = (time_t)(event->wall_ns / CLOCK_NS_PER_S);
    struct tm parts;
    gmtime_r(&second, &parts);
    strftime(text, sizeof(text), "%d/%b/%Y:%H:%M:%S +0000", &parts);
    json_write_member_string(writer, SLICE("time"), slice_from(text));
    json_write_member_u64(writer, SLICE("timeEpoch"), event->wall_ns / CLOCK_NS_PER_MS);
}

static void write_context(const struct http_event *event, struct json_write *writer)
{
    json_write_member_object(writer, SLICE("requestContext"));
    json_write_member_string(writer, SLICE("accountId"), event->account);
    json_write_member_string(writer, SLICE("apiId"), SLICE("sandbox"));
    json_write_key(writer, SLICE("domainName"));
    json_write_printf(writer,
                      event->format == HTTP_EVENT_URL ? "sandbox.lambda-url." SLICE_FMT ".on.aws"
                                                      : "sandbox.execute-api." SLICE_FMT
                                                        ".amazonaws.com",
                      SLICE_ARG(event->region));
    json_write_member_string(writer, SLICE("domainPrefix"), SLICE("sandbox"));
    json_write_member_object(writer, SLICE("http"));
    json_write_member_string(writer, SLICE("method"), event->method);
    json_write_member_string(writer, SLICE("path"), event->path);
    json_write_member_string(writer, SLICE("protocol"), SLICE("HTTP/1.1"));
    json_write_member_string(writer, SLICE("sourceIp"), SLICE("127.0.0.1"));
    json_write_member_string(writer, SLICE("userAgent"), header_of(event, SLICE("User-Agent")));
    json_write_object_end(writer);
    json_write_member_string(writer, SLICE("requestId"), event->request_id);
    json_write_member_string(writer, SLICE("routeKey"), SLICE("$default"));
    json_write_member_string(writer, SLICE("stage"), SLICE("$default"));
    write_time(event, writer);
    json_write_object_end(writer);
}

static void write_cookies(const struct http_event *event, struct json_write *writer)
{
    struct slice rest = header_of(event, SLICE("Cookie"));
    if (rest.size == 0) {
        return;
    }
    json_write_member_array(writer, SLICE("cookies"));
    while (rest.size > 0) {
        struct slice cookie;
        slice_cut(rest, ';', &cookie, &rest);
        json_write_string(writer, slice_trim(cookie));
    }
    json_write_array_end(writer);
}

static void write_v2(const struct http_event *event, struct buf *out)
{
    struct json_write writer;
    bool text = utf8_valid(event->body);
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("version"), SLICE("2.0"));
    json_write_member_string(&writer, SLICE("routeKey"), SLICE("$default"));
    json_write_member_string(&writer, SLICE("rawPath"), event->path);
    write_query(event, &writer);
    write_cookies(event, &writer);
    json_write_member_object(&writer, SLICE("headers"));
    write_pairs(&writer, event->headers, event->header_count, true);
    json_write_member_string(&writer, SLICE("x-amzn-trace-id"), event->trace);
    json_write_member_string(&writer, SLICE("x-forwarded-for"), SLICE("127.0.0.1"));
    json_write_member_string(&writer, SLICE("x-forwarded-proto"), SLICE("http"));
    json_write_object_end(&writer);
    if (event->query_count > 0) {
        json_write_member_object(&writer, SLICE("queryStringParameters"));
        write_pairs(&writer, event->query, event->query_count, false);
        json_write_object_end(&writer);
    }
    write_context(event, &writer);
    if (event->body.size > 0) {
        json_write_key(&writer, SLICE("body"));
        if (text) {
            json_write_string(&writer, event->body);
        } else {
            json_write_base64(&writer, event->body);
        }
    }
    json_write_member_bool(&writer, SLICE("isBase64Encoded"), event->body.size > 0 && !text);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

void http_event_write(const struct http_event *event, struct buf *out)
{
    switch (event->format) {
    case HTTP_EVENT_V2:
    case HTTP_EVENT_URL:
        write_v2(event, out);
        break;
    case HTTP_EVENT_V1:
        http_shape_rest(event, out);
        break;
    case HTTP_EVENT_ALB:
        http_shape_balancer(event, out);
        break;
    }
}

/* ---- The answer. ---- */

void http_answer_init(struct http_answer *answer, size_t body_size_max)
{
    *answer = (struct http_answer){.status = 200};
    buf_init_growing(&answer->body, body_size_max);
    buf_init_growing(&answer->text, HEADER_BYTES_MAX);
    /* All of it at once, so that pairs may point into it while it fills. */
    (void)!buf_reserve(&answer->text, HEADER_BYTES_MAX);
}

void http_answer_fini(struct http_answer *answer)
{
    buf_fini(&answer->body);
    buf_fini(&answer->text);
}

static struct slice keep(struct http_answer *answer, struct json_string string)
{
    size_t begin = answer->text.size;
    json_string_decode(string, &answer->text);
    return slice_skip(buf_bytes(&answer->text), begin);
}

/* Whether a header can be sent as one line that says this and no more. */
static bool sendable(struct slice name, struct slice value)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.base[i] <= ' ' || name.base[i] == ':' || name.base[i] >= 127) {
            return false;
        }
    }
    for (size_t i = 0; i < value.size; i++) {
        if ((value.base[i] < ' ' && value.base[i] != '\t') || value.base[i] == 127) {
            return false;
        }
    }
    return name.size > 0;
}

static void add_header(struct http_answer *answer, struct slice name, struct slice value)
{
    if (answer->header_count < HTTP_EVENT_PAIR_MAX && sendable(name, value)) {
        answer->headers[answer->header_count++] = (struct http_pair){name, value};
    }
}

/* Header values may be strings, numbers or booleans; other things are left out. */
static void read_headers(struct http_answer *answer, struct json_read *reader)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        return;
    }
    while (json_read_member(reader, &key)) {
        struct slice name = keep(answer, key);
        struct json_string value;
        enum json_token token = json_read_peek(reader);
        if (token == JSON_STRING) {
            if (json_read_string(reader, &value) == JSON_GOT) {
                add_header(answer, name, keep(answer, value));
            }
        } else if (token == JSON_NUMBER || token == JSON_TRUE || token == JSON_FALSE) {
            struct slice raw;
            if (json_read_raw(reader, &raw) == JSON_GOT) {
                add_header(answer, name, raw);
            }
        } else {
            json_read_skip(reader);
        }
    }
}

static void read_cookies(struct http_answer *answer, struct json_read *reader)
{
    if (json_read_array(reader) != JSON_GOT) {
        return;
    }
    while (json_read_element(reader)) {
        struct json_string value;
        if (json_read_string(reader, &value) == JSON_GOT) {
            add_header(answer, SLICE("Set-Cookie"), keep(answer, value));
        }
    }
}

struct reading {
    uint64_t status;
    bool has_status;
    bool base64;
    bool has_body;
    struct json_string body;
    struct slice body_raw;
};

static void read_body(struct json_read *reader, struct reading *reading)
{
    if (json_read_peek(reader) == JSON_STRING) {
        reading->has_body = json_read_string(reader, &reading->body) == JSON_GOT;
        return;
    }
    (void)!json_read_raw(reader, &reading->body_raw);
}

static void read_object(struct http_answer *answer, struct json_read *reader,
                        struct reading *reading)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        return;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("statusCode"))) {
            reading->has_status = json_read_u64(reader, &reading->status) == JSON_GOT;
        } else if (json_string_equal(key, SLICE("headers"))) {
            read_headers(answer, reader);
        } else if (json_string_equal(key, SLICE("cookies"))) {
            read_cookies(answer, reader);
        } else if (json_string_equal(key, SLICE("body"))) {
            read_body(reader, reading);
        } else if (json_string_equal(key, SLICE("isBase64Encoded"))) {
            (void)!json_read_bool(reader, &reading->base64);
        } else {
            json_read_skip(reader);
        }
    }
}

enum status http_answer_read(struct http_answer *answer, struct slice json)
{
    struct json_read reader;
    struct reading reading = {0};
    json_read_init(&reader, json, JSON_DEPTH_MAX);
    if (json_read_peek(&reader) == JSON_OBJECT_BEGIN) {
        read_object(answer, &reader, &reading);
    } else {
        json_read_skip(&reader);
    }
    if (!json_read_finish(&reader)) {
        return STATUS_BAD;
    }
    if (!reading.has_status) {
        answer->header_count = 0;
        add_header(answer, SLICE("Content-Type"), SLICE("application/json"));
        buf_append(&answer->body, json);
        return buf_overflowed(&answer->body) ? STATUS_FULL : STATUS_OK;
    }
    if (reading.status < 200 || reading.status > 599) {
        return STATUS_BAD;
    }
    answer->status = (unsigned)reading.status;
    if (reading.has_body) {
        json_string_decode(reading.body, &answer->body);
    } else if (!slice_equal(reading.body_raw, SLICE("null"))) {
        buf_append(&answer->body, reading.body_raw);
    }
    if (reading.base64) {
        struct buf decoded;
        buf_init_growing(&decoded, answer->body.size + 3);
        bool good = base64_decode(buf_bytes(&answer->body), &decoded);
        buf_reset(&answer->body);
        buf_append(&answer->body, buf_bytes(&decoded));
        buf_fini(&decoded);
        return good ? STATUS_OK : STATUS_BAD;
    }
    return STATUS_OK;
}
