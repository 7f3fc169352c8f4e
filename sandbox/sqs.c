/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sqs.h"

#include "base/base64.h"
#include "base/base_limits.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/number.h"
#include "sandbox/digest.h"
#include "sandbox/sandbox_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

/* An attribute; the slices point into the entry's text. */
struct attribute {
    struct slice name; /* Decoded. */
    struct slice type;
    struct slice text;   /* stringValue */
    struct slice binary; /* Base64. */
    bool is_binary;
};

struct reading {
    struct sqs_entry *entry;
    struct attribute attributes[SQS_ATTRIBUTE_COUNT_MAX];
    size_t attribute_count;
    struct arena arena;
    bool has_body;
};

static void wrong(struct sqs_entry *entry, const char *error, const char *text)
{
    if (entry->error == NULL) {
        entry->error = error;
        entry->error_text = text;
    }
}

static struct slice read_text(struct json_read *reader, struct reading *reading)
{
    struct json_string string;
    if (json_read_string(reader, &string) != JSON_GOT) {
        wrong(reading->entry, "InvalidParameterValue", "a value must be a string");
        return SLICE_EMPTY;
    }
    return json_string_text(string, &reading->arena);
}

static void read_attribute(struct json_read *reader, struct reading *reading,
                           struct attribute *attribute)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        wrong(reading->entry, "InvalidParameterValue", "an attribute must be an object");
        return;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("DataType"))) {
            attribute->type = read_text(reader, reading);
        } else if (json_string_equal(key, SLICE("StringValue"))) {
            attribute->text = read_text(reader, reading);
        } else if (json_string_equal(key, SLICE("BinaryValue"))) {
            attribute->binary = read_text(reader, reading);
        } else {
            json_read_skip(reader);
        }
    }
    attribute->is_binary = slice_starts(attribute->type, SLICE("Binary"));
    if (attribute->type.size == 0) {
        wrong(reading->entry, "InvalidParameterValue", "an attribute needs a DataType");
    }
}

static void read_attributes(struct json_read *reader, struct reading *reading)
{
    struct json_string key;
    enum json_answer answer = json_read_object(reader);
    if (answer == JSON_WAS_NULL) {
        return;
    }
    if (answer != JSON_GOT) {
        wrong(reading->entry, "InvalidParameterValue", "MessageAttributes must be an object");
        return;
    }
    while (json_read_member(reader, &key)) {
        struct attribute attribute = {.name = json_string_text(key, &reading->arena)};
        read_attribute(reader, reading, &attribute);
        if (reading->attribute_count == SQS_ATTRIBUTE_COUNT_MAX) {
            wrong(reading->entry, "InvalidParameterValue", "more than 10 attributes");
        } else {
            reading->attributes[reading->attribute_count++] = attribute;
        }
    }
}

/* AWSTraceHeader is the one system attribute there is. */
static void read_system(struct json_read *reader, struct reading *reading)
{
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        return;
    }
    while (json_read_member(reader, &key)) {
        struct attribute attribute = {0};
        bool trace = json_string_equal(key, SLICE("AWSTraceHeader"));
        read_attribute(reader, reading, &attribute);
        if (trace) {
            buf_reset(&reading->entry->message->trace);
            buf_append(&reading->entry->message->trace, attribute.text);
        }
    }
}

static void read_member(struct json_read *reader, struct json_string key, struct reading *reading)
{
    struct sqs_entry *entry = reading->entry;
    struct json_string string;
    if (json_string_equal(key, SLICE("MessageBody"))) {
        if (json_read_string(reader, &string) == JSON_GOT) {
            json_string_decode(string, &entry->message->body);
            reading->has_body = entry->message->body.size > 0;
        }
    } else if (json_string_equal(key, SLICE("Id"))) {
        struct slice id = read_text(reader, reading);
        snprintf(entry->id, sizeof(entry->id), SLICE_FMT, SLICE_ARG(id));
    } else if (json_string_equal(key, SLICE("DelaySeconds"))) {
        (void)!json_read_u64(reader, &entry->delay_s);
    } else if (json_string_equal(key, SLICE("MessageAttributes"))) {
        read_attributes(reader, reading);
    } else if (json_string_equal(key, SLICE("MessageSystemAttributes"))) {
        read_system(reader, reading);
    } else {
        json_read_skip(reader);
    }
}

static int by_name(const void *one, const void *other)
{
    return slice_compare(((const struct attribute *)one)->name,
                         ((const struct attribute *)other)->name);
}

static void add_sized(struct buf *out, struct slice bytes)
{
    unsigned char size[4] = {(unsigned char)(bytes.size >> 24), (unsigned char)(bytes.size >> 16),
                             (unsigned char)(bytes.size >> 8), (unsigned char)bytes.size};
    buf_append(out, slice_of(size, sizeof(size)));
    buf_append(out, bytes);
}

/* Attributes sorted by name; of each: name, type, a byte for the kind, value; all but the byte
 * with their size in front. */
static void attributes_md5(const struct reading *reading, char text[33])
{
    struct buf whole;
    struct buf bytes;
    buf_init_growing(&whole, 2 * (size_t)QUEUE_MESSAGE_SIZE_MAX);
    buf_init_growing(&bytes, QUEUE_MESSAGE_SIZE_MAX);
    for (size_t i = 0; i < reading->attribute_count; i++) {
        const struct attribute *attribute = &reading->attributes[i];
        add_sized(&whole, attribute->name);
        add_sized(&whole, attribute->type);
        buf_append_byte(&whole, attribute->is_binary ? 2 : 1);
        if (attribute->is_binary) {
            buf_reset(&bytes);
            (void)!base64_decode(attribute->binary, &bytes);
            add_sized(&whole, buf_bytes(&bytes));
        } else {
            add_sized(&whole, attribute->text);
        }
    }
    digest_md5(buf_bytes(&whole), text);
    buf_fini(&bytes);
    buf_fini(&whole);
}

static void attributes_write(const struct reading *reading, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    for (size_t i = 0; i < reading->attribute_count; i++) {
        const struct attribute *attribute = &reading->attributes[i];
        json_write_member_object(&writer, attribute->name);
        if (attribute->is_binary) {
            json_write_member_string(&writer, SLICE("binaryValue"), attribute->binary);
        } else {
            json_write_member_string(&writer, SLICE("stringValue"), attribute->text);
        }
        json_write_member_array(&writer, SLICE("stringListValues"));
        json_write_array_end(&writer);
        json_write_member_array(&writer, SLICE("binaryListValues"));
        json_write_array_end(&writer);
        json_write_member_string(&writer, SLICE("dataType"), attribute->type);
        json_write_object_end(&writer);
    }
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

void sqs_entry_read(struct slice json, struct slice trace, struct sqs_entry *entry)
{
    struct json_read reader;
    struct json_string key;
    struct reading reading = {.entry = entry};
    /* Decoded text is never longer than it was. */
    void *memory = malloc(json.size + 4096);
    *entry = (struct sqs_entry){.message = queue_message_create()};
    if (memory == NULL) {
        wrong(entry, "InternalError", "out of memory");
        return;
    }
    arena_init(&reading.arena, memory, json.size + 4096);
    buf_append(&entry->message->trace, trace);
    json_read_init(&reader, json, DEPTH_MAX);
    if (json_read_object(&reader) == JSON_GOT) {
        while (json_read_member(&reader, &key)) {
            read_member(&reader, key, &reading);
        }
    }
    if (!json_read_finish(&reader) || arena_overflowed(&reading.arena)) {
        wrong(entry, "SerializationException", "the request is not valid");
    } else if (!reading.has_body) {
        wrong(entry, "MissingParameter", "The request must contain the parameter MessageBody.");
    } else if (buf_overflowed(&entry->message->body) ||
               buf_overflowed(&entry->message->attributes)) {
        wrong(entry, "InvalidParameterValue", "the message is too long");
    }
    qsort(reading.attributes, reading.attribute_count, sizeof(reading.attributes[0]), by_name);
    attributes_write(&reading, &entry->message->attributes);
    if (reading.attribute_count > 0) {
        attributes_md5(&reading, entry->attributes_md5);
    }
    digest_md5(buf_bytes(&entry->message->body), entry->message->body_md5);
    free(memory);
}

bool sqs_queue_name(struct slice json, char *text, size_t size)
{
    struct json_read reader;
    struct json_string key;
    struct buf decoded;
    buf_init_fixed(&decoded, text, size - 1);
    json_read_init(&reader, json, DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        struct json_string value;
        if (!json_string_equal(key, SLICE("QueueUrl")) &&
            !json_string_equal(key, SLICE("QueueName"))) {
            json_read_skip(&reader);
        } else if (json_read_string(&reader, &value) == JSON_GOT) {
            json_string_decode(value, &decoded);
        }
    }
    if (buf_overflowed(&decoded) || decoded.size == 0) {
        return false;
    }
    text[decoded.size] = '\0';
    const char *slash = strrchr(text, '/');
    if (slash != NULL) {
        memmove(text, slash + 1, strlen(slash + 1) + 1);
    }
    return text[0] != '\0';
}

static void write_number(struct json_write *writer, struct slice key, uint64_t value)
{
    json_write_key(writer, key);
    json_write_u64_text(writer, value);
}

static void record_write(const struct sqs_origin *origin, const struct queue_message *message,
                         struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("messageId"), slice_from(message->id));
    json_write_member_string(writer, SLICE("receiptHandle"), slice_from(message->receipt));
    json_write_member_string(writer, SLICE("body"), buf_bytes(&message->body));
    json_write_member_object(writer, SLICE("attributes"));
    write_number(writer, SLICE("ApproximateReceiveCount"), message->receives);
    if (message->trace.size > 0) {
        json_write_member_string(writer, SLICE("AWSTraceHeader"), buf_bytes(&message->trace));
    }
    write_number(writer, SLICE("SentTimestamp"), message->sent_ms);
    json_write_member_string(writer, SLICE("SenderId"), origin->account);
    write_number(writer, SLICE("ApproximateFirstReceiveTimestamp"), message->first_ms);
    json_write_object_end(writer);
    json_write_key(writer, SLICE("messageAttributes"));
    json_write_raw(writer, buf_bytes(&message->attributes));
    json_write_member_string(writer, SLICE("md5OfBody"), slice_from(message->body_md5));
    json_write_member_string(writer, SLICE("eventSource"), SLICE("aws:sqs"));
    json_write_key(writer, SLICE("eventSourceARN"));
    json_write_printf(writer, "arn:aws:sqs:" SLICE_FMT ":" SLICE_FMT ":" SLICE_FMT,
                      SLICE_ARG(origin->region), SLICE_ARG(origin->account),
                      SLICE_ARG(origin->queue));
    json_write_member_string(writer, SLICE("awsRegion"), origin->region);
    json_write_object_end(writer);
}

void sqs_event_write(const struct sqs_origin *origin, struct queue_message *const *messages,
                     size_t count, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("Records"));
    for (size_t i = 0; i < count; i++) {
        record_write(origin, messages[i], &writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

/* Read {"itemIdentifier":...}.  False if it is no such thing or empty. */
static bool read_failure(struct json_read *reader, const char *id, bool *found)
{
    struct json_string key;
    bool good = false;
    if (json_read_object(reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(reader, &key)) {
        struct json_string value;
        if (!json_string_equal(key, SLICE("itemIdentifier"))) {
            json_read_skip(reader);
        } else if (json_read_string(reader, &value) == JSON_GOT && value.raw.size > 0) {
            good = true;
            *found = *found || json_string_equal(value, slice_from(id));
        }
    }
    return good;
}

bool sqs_answer_failed(struct slice answer, const char *id)
{
    struct json_read reader;
    struct json_string key;
    bool found = false;
    bool good = true;
    json_read_init(&reader, answer, JSON_DEPTH_MAX);
    enum json_answer object = json_read_object(&reader);
    while (object == JSON_GOT && json_read_member(&reader, &key)) {
        if (!json_string_equal(key, SLICE("batchItemFailures"))) {
            json_read_skip(&reader);
            continue;
        }
        enum json_answer array = json_read_array(&reader);
        good = good && (array == JSON_GOT || array == JSON_WAS_NULL);
        while (array == JSON_GOT && json_read_element(&reader)) {
            good = read_failure(&reader, id, &found) && good;
        }
    }
    return !json_read_finish(&reader) || !good || found;
}
