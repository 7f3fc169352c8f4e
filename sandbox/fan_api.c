/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/front.h"

#include "base/json_write.h"
#include "sandbox/async.h"
#include "sandbox/fan_event.h"
#include "sandbox/function.h"

#include <stdio.h>
#include <string.h>

/* Who is told of something gets it as an asynchronous event of its own. */
static unsigned tell_all(struct platform *platform, enum config_source_kind kind, struct slice name,
                         struct slice event, struct slice trace)
{
    unsigned count = 0;
    for (const struct config_source *source = platform->config->sources; source != NULL;
         source = source->next) {
        if (source->kind != kind || !slice_equal(slice_from(source->topic), name)) {
            continue;
        }
        struct function *function = function_find(platform, slice_from(source->function));
        struct invocation *invocation = invocation_create(function, event, NULL, NULL);
        buf_append(&invocation->trace_in, trace);
        async_invoke(invocation);
        count++;
    }
    return count;
}

/* ---- Topics. ---- */

static void refuse_xml(struct web_request *request, const char *code, const char *message)
{
    char text[512];
    snprintf(text, sizeof(text),
             "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender"
             "</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>",
             code, message);
    web_answer(request, &(struct web_reply){.status = strcmp(code, "NotFound") == 0 ? 404 : 400,
                                            .content_type = "text/xml",
                                            .body = slice_from(text)});
}

static bool topic_known(const struct platform *platform, struct slice name)
{
    for (const struct config_source *source = platform->config->sources; source != NULL;
         source = source->next) {
        if (source->kind == CONFIG_SOURCE_TOPIC && slice_equal(slice_from(source->topic), name)) {
            return true;
        }
    }
    return false;
}

static void publish(struct platform *platform, struct web_request *request, struct slice topic)
{
    char id[37];
    char text[512];
    struct buf event;
    platform_uuid(platform, id);
    struct fan_place place = {.region = slice_from(platform->config->region),
                              .account = slice_from(platform->config->account),
                              .id = slice_from(id),
                              .wall_ns = platform_wall_ns(platform)};
    buf_init_growing(&event, (size_t)8 * PAYLOAD_ASYNC_SIZE_MAX);
    if (!fan_event_topic(request->body, topic, &place, &event)) {
        refuse_xml(request, "InvalidParameter", "Invalid parameter: Empty message");
    } else {
        (void)tell_all(platform, CONFIG_SOURCE_TOPIC, topic, buf_bytes(&event),
                       web_header_value(request, "X-Amzn-Trace-Id"));
        snprintf(text, sizeof(text),
                 "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
                 "<PublishResult><MessageId>%s</MessageId></PublishResult><ResponseMetadata>"
                 "<RequestId>%s</RequestId></ResponseMetadata></PublishResponse>",
                 id, id);
        web_answer(request, &(struct web_reply){.status = 200,
                                                .content_type = "text/xml",
                                                .body = slice_from(text)});
    }
    buf_fini(&event);
}

void fan_api_serve_form(struct platform *platform, struct web_request *request)
{
    struct buf action;
    struct buf arn;
    buf_init_growing(&action, 4096);
    buf_init_growing(&arn, 4096);
    bool known = fan_event_form(request->body, "Action", &action) &&
                 slice_equal(buf_bytes(&action), SLICE("Publish"));
    (void)fan_event_form(request->body, "TopicArn", &arn);
    size_t colon = slice_find_last_byte(buf_bytes(&arn), ':');
    struct slice topic = colon == SLICE_NONE ? SLICE_EMPTY : slice_skip(buf_bytes(&arn), colon + 1);
    if (request->too_large) {
        refuse_xml(request, "InvalidParameter", "Invalid parameter: Message too long");
    } else if (!known) {
        refuse_xml(request, "InvalidAction", "the sandbox knows Publish");
    } else if (!topic_known(platform, topic)) {
        refuse_xml(request, "NotFound", "Topic does not exist");
    } else {
        publish(platform, request, topic);
    }
    buf_fini(&action);
    buf_fini(&arn);
}

/* ---- Buses. ---- */

/* Tell one entry, and append its row of the answer.  Whether it was good. */
static bool put_event(struct platform *platform, const struct web_request *request,
                      struct json_read *reader, struct json_write *rows)
{
    char id[37];
    struct buf event;
    struct buf trace;
    struct buf bus;
    platform_uuid(platform, id);
    struct fan_place place = {.region = slice_from(platform->config->region),
                              .account = slice_from(platform->config->account),
                              .id = slice_from(id),
                              .wall_ns = platform_wall_ns(platform)};
    buf_init_growing(&event, (size_t)8 * PAYLOAD_ASYNC_SIZE_MAX);
    buf_init_growing(&trace, 16384);
    buf_init_growing(&bus, 4096);
    bool good = fan_event_bus(reader, &place, &trace, &bus, &event);
    json_write_object_begin(rows);
    if (good) {
        struct slice header = web_header_value(request, "X-Amzn-Trace-Id");
        (void)tell_all(platform, CONFIG_SOURCE_BUS,
                       bus.size > 0 ? buf_bytes(&bus) : SLICE("default"), buf_bytes(&event),
                       trace.size > 0 ? buf_bytes(&trace) : header);
        json_write_member_string(rows, SLICE("EventId"), slice_from(id));
    } else {
        json_write_member_string(rows, SLICE("ErrorCode"), SLICE("MalformedDetail"));
        json_write_member_string(rows, SLICE("ErrorMessage"), SLICE("Detail is malformed."));
    }
    json_write_object_end(rows);
    buf_fini(&event);
    buf_fini(&trace);
    buf_fini(&bus);
    return good;
}

void fan_api_serve_bus(struct platform *platform, struct web_request *request)
{
    struct json_read reader;
    struct json_string key;
    struct buf rows;
    struct buf body;
    struct json_write writer;
    unsigned bad = 0;
    buf_init_growing(&rows, 65536);
    buf_init_growing(&body, 65536);
    json_write_init(&writer, &rows);
    json_write_array_begin(&writer);
    json_read_init(&reader, request->body, JSON_DEPTH_MAX);
    if (json_read_object(&reader) == JSON_GOT) {
        while (json_read_member(&reader, &key)) {
            if (!json_string_equal(key, SLICE("Entries")) || json_read_array(&reader) != JSON_GOT) {
                json_read_skip(&reader);
                continue;
            }
            while (json_read_element(&reader)) {
                bad += !put_event(platform, request, &reader, &writer);
            }
        }
    }
    json_write_array_end(&writer);
    if (!json_read_finish(&reader)) {
        web_answer_json(request, 400, SLICE("{\"__type\":\"SerializationException\"}"));
    } else {
        buf_printf(&body, "{\"FailedEntryCount\":%u,\"Entries\":" SLICE_FMT "}", bad,
                   SLICE_ARG(buf_bytes(&rows)));
        web_answer_json(request, 200, buf_bytes(&body));
    }
    buf_fini(&rows);
    buf_fini(&body);
}
