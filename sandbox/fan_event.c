/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/fan_event.h"

#include "base/base_limits.h"
#include "base/hex.h"
#include "base/json_write.h"
#include "base/timestamp.h"

#include <stdio.h>

/* Attributes of one message: the service takes ten where they are filtered by. */
#define ATTRIBUTE_COUNT_MAX 64

/* A key, a name or a value of a form. */
#define TEXT_SIZE_MAX (256u << 10)

/* ---- Forms. ---- */

static void form_decode(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        unsigned char decoded = 0;
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%' && text.size - i >= 3 &&
                   hex_decode(slice_of(text.base + i + 1, 2), &decoded, 1)) {
            byte = decoded;
            i += 2;
        }
        buf_append_byte(out, byte);
    }
}

bool fan_event_form(struct slice form, const char *key, struct buf *value)
{
    while (form.size > 0) {
        struct slice pair;
        struct slice name;
        struct slice text;
        slice_cut(form, '&', &pair, &form);
        slice_cut(pair, '=', &name, &text);
        if (slice_equal(name, slice_from(key))) {
            form_decode(text, value);
            return true;
        }
    }
    return false;
}

static void write_time(struct json_write *writer, struct slice key, uint64_t wall_ns,
                       unsigned digits)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(wall_ns, digits, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

/* ---- Topics. ---- */

/* Write the member if the form has the key. */
static bool write_form(struct json_write *writer, struct slice form, const char *key,
                       struct slice member)
{
    struct buf value;
    buf_init_growing(&value, TEXT_SIZE_MAX);
    bool there = fan_event_form(form, key, &value);
    if (there) {
        json_write_member_string(writer, member, buf_bytes(&value));
    }
    buf_fini(&value);
    return there;
}

/* One attribute of a message.  False: there is none of this number. */
static bool write_attribute(struct json_write *writer, struct slice form, unsigned number)
{
    char key[80];
    struct buf name;
    buf_init_growing(&name, TEXT_SIZE_MAX);
    snprintf(key, sizeof(key), "MessageAttributes.entry.%u.Name", number);
    bool there = fan_event_form(form, key, &name);
    if (there) {
        json_write_member_object(writer, buf_bytes(&name));
        snprintf(key, sizeof(key), "MessageAttributes.entry.%u.Value.DataType", number);
        (void)write_form(writer, form, key, SLICE("Type"));
        snprintf(key, sizeof(key), "MessageAttributes.entry.%u.Value.StringValue", number);
        if (!write_form(writer, form, key, SLICE("Value"))) {
            snprintf(key, sizeof(key), "MessageAttributes.entry.%u.Value.BinaryValue", number);
            (void)write_form(writer, form, key, SLICE("Value"));
        }
        json_write_object_end(writer);
    }
    buf_fini(&name);
    return there;
}

static void write_message(struct json_write *writer, struct slice form, struct slice topic,
                          const struct fan_place *place)
{
    json_write_member_object(writer, SLICE("Sns"));
    json_write_member_string(writer, SLICE("Type"), SLICE("Notification"));
    json_write_member_string(writer, SLICE("MessageId"), place->id);
    json_write_key(writer, SLICE("TopicArn"));
    json_write_printf(writer, "arn:aws:sns:" SLICE_FMT ":" SLICE_FMT ":" SLICE_FMT,
                      SLICE_ARG(place->region), SLICE_ARG(place->account), SLICE_ARG(topic));
    if (!write_form(writer, form, "Subject", SLICE("Subject"))) {
        json_write_member_null(writer, SLICE("Subject"));
    }
    (void)write_form(writer, form, "Message", SLICE("Message"));
    write_time(writer, SLICE("Timestamp"), place->wall_ns, 3);
    json_write_member_string(writer, SLICE("SignatureVersion"), SLICE("1"));
    json_write_member_string(writer, SLICE("Signature"), SLICE("none"));
    json_write_member_object(writer, SLICE("MessageAttributes"));
    for (unsigned i = 1; i <= ATTRIBUTE_COUNT_MAX && write_attribute(writer, form, i); i++) {
    }
    json_write_object_end(writer);
    json_write_object_end(writer);
}

bool fan_event_topic(struct slice form, struct slice topic, const struct fan_place *place,
                     struct buf *out)
{
    struct json_write writer;
    struct buf message;
    buf_init_growing(&message, TEXT_SIZE_MAX);
    bool good = fan_event_form(form, "Message", &message) && message.size > 0;
    buf_fini(&message);
    if (!good) {
        return false;
    }
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("Records"));
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("EventSource"), SLICE("aws:sns"));
    json_write_member_string(&writer, SLICE("EventVersion"), SLICE("1.0"));
    json_write_key(&writer, SLICE("EventSubscriptionArn"));
    json_write_printf(&writer, "arn:aws:sns:" SLICE_FMT ":" SLICE_FMT ":" SLICE_FMT ":sandbox",
                      SLICE_ARG(place->region), SLICE_ARG(place->account), SLICE_ARG(topic));
    write_message(&writer, form, topic, place);
    json_write_object_end(&writer);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    return true;
}

/* ---- Buses. ---- */

struct entry {
    struct json_string source;
    struct json_string type;
    struct json_string detail;
    struct json_string trace;
    struct json_string bus;
    struct slice resources;
};

static void read_entry(struct json_read *reader, struct entry *entry)
{
    const struct {
        struct slice name;
        struct json_string *value;
    } members[] = {
        {SLICE("Source"), &entry->source},    {SLICE("DetailType"), &entry->type},
        {SLICE("Detail"), &entry->detail},    {SLICE("TraceHeader"), &entry->trace},
        {SLICE("EventBusName"), &entry->bus},
    };
    struct json_string key;
    if (json_read_object(reader) != JSON_GOT) {
        return;
    }
    while (json_read_member(reader, &key)) {
        size_t i = 0;
        while (i < sizeof(members) / sizeof(members[0]) &&
               !json_string_equal(key, members[i].name)) {
            i++;
        }
        if (i < sizeof(members) / sizeof(members[0])) {
            (void)!json_read_string(reader, members[i].value);
        } else if (json_string_equal(key, SLICE("Resources"))) {
            (void)!json_read_raw(reader, &entry->resources);
        } else {
            json_read_skip(reader);
        }
    }
}

static bool is_object(struct slice text)
{
    struct json_read reader;
    json_read_init(&reader, text, JSON_DEPTH_MAX / 2);
    if (json_read_peek(&reader) != JSON_OBJECT_BEGIN) {
        return false;
    }
    json_read_skip(&reader);
    return json_read_finish(&reader);
}

static void write_decoded(struct json_write *writer, struct slice key, struct json_string text)
{
    struct buf decoded;
    buf_init_growing(&decoded, TEXT_SIZE_MAX);
    json_string_decode(text, &decoded);
    json_write_member_string(writer, key, buf_bytes(&decoded));
    buf_fini(&decoded);
}

static void write_entry(const struct entry *entry, struct slice detail,
                        const struct fan_place *place, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("version"), SLICE("0"));
    json_write_member_string(&writer, SLICE("id"), place->id);
    write_decoded(&writer, SLICE("detail-type"), entry->type);
    write_decoded(&writer, SLICE("source"), entry->source);
    json_write_member_string(&writer, SLICE("account"), place->account);
    write_time(&writer, SLICE("time"), place->wall_ns, 0);
    json_write_member_string(&writer, SLICE("region"), place->region);
    json_write_key(&writer, SLICE("resources"));
    json_write_raw(&writer, entry->resources.size > 0 ? entry->resources : SLICE("[]"));
    json_write_key(&writer, SLICE("detail"));
    json_write_raw(&writer, slice_trim(detail));
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

bool fan_event_bus(struct json_read *reader, const struct fan_place *place, struct buf *trace,
                   struct buf *bus, struct buf *out)
{
    struct entry entry = {.resources = SLICE_EMPTY};
    struct buf detail;
    read_entry(reader, &entry);
    buf_init_growing(&detail, TEXT_SIZE_MAX);
    json_string_decode(entry.detail, &detail);
    bool good =
        entry.source.raw.size > 0 && entry.type.raw.size > 0 && is_object(buf_bytes(&detail));
    if (good) {
        json_string_decode(entry.trace, trace);
        json_string_decode(entry.bus, bus);
        write_entry(&entry, buf_bytes(&detail), place, out);
    }
    buf_fini(&detail);
    return good;
}
