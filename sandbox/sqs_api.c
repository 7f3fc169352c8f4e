/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/front.h"

#include "base/base_limits.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "sandbox/mapping.h"
#include "sandbox/sandbox_limits.h"
#include "sandbox/sqs.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define CONTENT_TYPE "application/x-amz-json-1.0"

static void answer(struct platform *platform, struct web_request *request, unsigned status,
                   const struct buf *body)
{
    char id[37];
    platform_uuid(platform, id);
    struct web_header header = {"x-amzn-RequestId", slice_from(id)};
    web_answer(request, &(struct web_reply){.status = status,
                                            .content_type = CONTENT_TYPE,
                                            .body = buf_bytes(body),
                                            .headers = &header,
                                            .header_count = 1});
}

static void refuse(struct platform *platform, struct web_request *request, const char *code,
                   const char *message)
{
    unsigned char memory[1024];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_key(&writer, SLICE("__type"));
    json_write_printf(&writer, "com.amazonaws.sqs#%s", code);
    json_write_member_string(&writer, SLICE("message"), slice_from(message));
    json_write_object_end(&writer);
    answer(platform, request, 400, &body);
}

static void write_sent(struct json_write *writer, const struct sqs_entry *entry)
{
    json_write_member_string(writer, SLICE("MessageId"), slice_from(entry->message->id));
    json_write_member_string(writer, SLICE("MD5OfMessageBody"),
                             slice_from(entry->message->body_md5));
    if (entry->attributes_md5[0] != '\0') {
        json_write_member_string(writer, SLICE("MD5OfMessageAttributes"),
                                 slice_from(entry->attributes_md5));
    }
}

static void entry_refused(struct sqs_entry *entry, const char *error, const char *text)
{
    queue_message_free(entry->message);
    entry->message = NULL;
    entry->error = error;
    entry->error_text = text;
}

/* Read an entry and put it into the queue.  On an error its message is freed. */
static void send_entry(struct platform *platform, struct queue *queue, struct slice json,
                       struct slice trace, struct sqs_entry *entry)
{
    sqs_entry_read(json, trace, entry);
    if (entry->error != NULL) {
        entry_refused(entry, entry->error, entry->error_text);
    } else if (mapping_send(platform, queue, entry->message, entry->delay_s) != STATUS_OK) {
        entry_refused(entry, "OverLimit", "the queue is full");
    }
}

static void serve_send(struct platform *platform, struct queue *queue, struct web_request *request)
{
    struct sqs_entry entry;
    struct json_write writer;
    struct buf body;
    send_entry(platform, queue, request->body, web_header_value(request, "X-Amzn-Trace-Id"),
               &entry);
    if (entry.error != NULL) {
        refuse(platform, request, entry.error, entry.error_text);
        return;
    }
    buf_init_growing(&body, 4096);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    write_sent(&writer, &entry);
    json_write_object_end(&writer);
    answer(platform, request, 200, &body);
    buf_fini(&body);
}

/* Find the array of entries; false if there is none. */
static bool find_entries(struct json_read *reader)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("Entries"))) {
            return json_read_array(reader) == JSON_GOT;
        }
        json_read_skip(reader);
    }
    return false;
}

static void write_entry(struct json_write *done, struct json_write *failed,
                        const struct sqs_entry *entry)
{
    struct json_write *writer = entry->error == NULL ? done : failed;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("Id"), slice_from(entry->id));
    if (entry->error == NULL) {
        write_sent(writer, entry);
    } else {
        json_write_member_string(writer, SLICE("Code"), slice_from(entry->error));
        json_write_member_string(writer, SLICE("Message"), slice_from(entry->error_text));
        json_write_member_bool(writer, SLICE("SenderFault"), true);
    }
    json_write_object_end(writer);
}

static void serve_batch(struct platform *platform, struct queue *queue, struct web_request *request)
{
    struct json_read reader;
    struct json_write done;
    struct json_write failed;
    struct buf successful;
    struct buf unsuccessful;
    unsigned count = 0;
    buf_init_growing(&successful, 65536);
    buf_init_growing(&unsuccessful, 65536);
    json_write_init(&done, &successful);
    json_write_init(&failed, &unsuccessful);
    json_write_array_begin(&done);
    json_write_array_begin(&failed);
    json_read_init(&reader, request->body, JSON_DEPTH_MAX);
    if (find_entries(&reader)) {
        while (count < QUEUE_BATCH_ENTRIES_MAX && json_read_element(&reader)) {
            struct slice raw;
            struct sqs_entry entry;
            if (json_read_raw(&reader, &raw) != JSON_GOT) {
                continue;
            }
            send_entry(platform, queue, raw, web_header_value(request, "X-Amzn-Trace-Id"), &entry);
            write_entry(&done, &failed, &entry);
            count++;
        }
    }
    json_write_array_end(&done);
    json_write_array_end(&failed);
    if (count == 0) {
        refuse(platform, request, "EmptyBatchRequest", "There should be at least one entry.");
    } else {
        struct buf body;
        buf_init_growing(&body, 200000);
        buf_printf(&body, "{\"Successful\":" SLICE_FMT ",\"Failed\":" SLICE_FMT "}",
                   SLICE_ARG(buf_bytes(&successful)), SLICE_ARG(buf_bytes(&unsuccessful)));
        answer(platform, request, 200, &body);
        buf_fini(&body);
    }
    buf_fini(&successful);
    buf_fini(&unsuccessful);
}

static void serve_url(struct platform *platform, const struct queue *queue,
                      struct web_request *request)
{
    /* The name by which the client reached us, so that it can come again. */
    struct slice host = web_header_value(request, "Host");
    char own[64];
    char address[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &platform->listen_address.sin_addr, address, sizeof(address));
    snprintf(own, sizeof(own), "%s:%u", address, ntohs(platform->listen_address.sin_port));
    unsigned char memory[1024];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_key(&writer, SLICE("QueueUrl"));
    json_write_printf(&writer, "http://" SLICE_FMT "/%s/%s",
                      SLICE_ARG(host.size == 0 ? slice_from(own) : host), platform->config->account,
                      queue->config->name);
    json_write_object_end(&writer);
    answer(platform, request, 200, &body);
}

void sqs_api_serve(struct platform *platform, struct web_request *request, struct slice action)
{
    char name[512];
    struct queue *queue = NULL;
    if (request->too_large) {
        refuse(platform, request, "InvalidParameterValue", "the request is too large");
        return;
    }
    if (sqs_queue_name(request->body, name, sizeof(name))) {
        queue = mapping_queue(platform, slice_from(name));
    }
    if (queue == NULL) {
        refuse(platform, request, "QueueDoesNotExist", "The specified queue does not exist.");
    } else if (slice_equal(action, SLICE("SendMessage"))) {
        serve_send(platform, queue, request);
    } else if (slice_equal(action, SLICE("SendMessageBatch"))) {
        serve_batch(platform, queue, request);
    } else if (slice_equal(action, SLICE("GetQueueUrl"))) {
        serve_url(platform, queue, request);
    } else {
        refuse(platform, request, "UnsupportedOperation",
               "the sandbox knows SendMessage, SendMessageBatch and GetQueueUrl");
    }
}
