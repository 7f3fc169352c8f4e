/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/http_event.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <string.h>

const char *const http_event_formats[] = {"v2", "v1", "url", "alb", NULL};

/* Each value of each name, in arrays. */
static void write_lists(struct json_write *writer, const struct http_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool first = true;
        for (size_t j = 0; j < i; j++) {
            first = first && !slice_equal_nocase(pairs[j].name, pairs[i].name);
        }
        if (!first) {
            continue;
        }
        json_write_member_array(writer, pairs[i].name);
        for (size_t j = i; j < count; j++) {
            if (slice_equal_nocase(pairs[j].name, pairs[i].name)) {
                json_write_string(writer, pairs[j].value);
            }
        }
        json_write_array_end(writer);
    }
}

/* The last value of each name, as fronts that know one take it. */
static void write_last(struct json_write *writer, const struct http_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool last = true;
        for (size_t j = i + 1; j < count; j++) {
            last = last && !slice_equal_nocase(pairs[j].name, pairs[i].name);
        }
        if (last) {
            json_write_member_string(writer, pairs[i].name, pairs[i].value);
        }
    }
}

static void write_headers(struct json_write *writer, const struct http_event *event)
{
    json_write_member_object(writer, SLICE("headers"));
    write_last(writer, event->headers, event->header_count);
    json_write_member_string(writer, SLICE("X-Amzn-Trace-Id"), event->trace);
    json_write_member_string(writer, SLICE("X-Forwarded-For"), SLICE("127.0.0.1"));
    json_write_member_string(writer, SLICE("X-Forwarded-Proto"), SLICE("http"));
    json_write_object_end(writer);
}

static void write_query(struct json_write *writer, const struct http_event *event, bool lists)
{
    if (event->query_count == 0 && lists) {
        json_write_member_null(writer, SLICE("queryStringParameters"));
        json_write_member_null(writer, SLICE("multiValueQueryStringParameters"));
        return;
    }
    json_write_member_object(writer, SLICE("queryStringParameters"));
    write_last(writer, event->query, event->query_count);
    json_write_object_end(writer);
    if (lists) {
        json_write_member_object(writer, SLICE("multiValueQueryStringParameters"));
        write_lists(writer, event->query, event->query_count);
        json_write_object_end(writer);
    }
}

static void write_body(struct json_write *writer, const struct http_event *event, bool none)
{
    bool text = utf8_valid(event->body);
    if (event->body.size == 0 && none) {
        json_write_member_null(writer, SLICE("body"));
    } else if (text) {
        json_write_member_string(writer, SLICE("body"), event->body);
    } else {
        json_write_key(writer, SLICE("body"));
        json_write_base64(writer, event->body);
    }
    json_write_member_bool(writer, SLICE("isBase64Encoded"), event->body.size > 0 && !text);
}

static void write_context(struct json_write *writer, const struct http_event *event)
{
    char time[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(event->wall_ns, 0, time);
    json_write_member_object(writer, SLICE("requestContext"));
    json_write_member_string(writer, SLICE("accountId"), event->account);
    json_write_member_string(writer, SLICE("apiId"), SLICE("sandbox"));
    json_write_key(writer, SLICE("domainName"));
    json_write_printf(writer, "sandbox.execute-api." SLICE_FMT ".amazonaws.com",
                      SLICE_ARG(event->region));
    json_write_member_string(writer, SLICE("domainPrefix"), SLICE("sandbox"));
    json_write_member_string(writer, SLICE("httpMethod"), event->method);
    json_write_member_object(writer, SLICE("identity"));
    json_write_member_string(writer, SLICE("sourceIp"), SLICE("127.0.0.1"));
    json_write_object_end(writer);
    json_write_member_string(writer, SLICE("path"), event->path);
    json_write_member_string(writer, SLICE("protocol"), SLICE("HTTP/1.1"));
    json_write_member_string(writer, SLICE("requestId"), event->request_id);
    json_write_member_string(writer, SLICE("requestTime"), slice_of(time, size));
    json_write_member_u64(writer, SLICE("requestTimeEpoch"), event->wall_ns / CLOCK_NS_PER_MS);
    json_write_member_string(writer, SLICE("resourceId"), SLICE("sandbox"));
    json_write_member_string(writer, SLICE("resourcePath"), SLICE("/{proxy+}"));
    json_write_member_string(writer, SLICE("stage"), SLICE("sandbox"));
    json_write_object_end(writer);
}

void http_shape_rest(const struct http_event *event, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("resource"), SLICE("/{proxy+}"));
    json_write_member_string(&writer, SLICE("path"), event->path);
    json_write_member_string(&writer, SLICE("httpMethod"), event->method);
    write_headers(&writer, event);
    json_write_member_object(&writer, SLICE("multiValueHeaders"));
    write_lists(&writer, event->headers, event->header_count);
    json_write_object_end(&writer);
    write_query(&writer, event, true);
    json_write_member_object(&writer, SLICE("pathParameters"));
    json_write_member_string(&writer, SLICE("proxy"), slice_skip(event->path, 1));
    json_write_object_end(&writer);
    json_write_member_null(&writer, SLICE("stageVariables"));
    write_context(&writer, event);
    write_body(&writer, event, true);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

void http_shape_balancer(const struct http_event *event, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_object(&writer, SLICE("requestContext"));
    json_write_member_object(&writer, SLICE("elb"));
    json_write_key(&writer, SLICE("targetGroupArn"));
    json_write_printf(&writer,
                      "arn:aws:elasticloadbalancing:" SLICE_FMT ":" SLICE_FMT
                      ":targetgroup/sandbox/0000000000000000",
                      SLICE_ARG(event->region), SLICE_ARG(event->account));
    json_write_object_end(&writer);
    json_write_object_end(&writer);
    json_write_member_string(&writer, SLICE("httpMethod"), event->method);
    json_write_member_string(&writer, SLICE("path"), event->path);
    write_query(&writer, event, false);
    write_headers(&writer, event);
    write_body(&writer, event, false);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}
