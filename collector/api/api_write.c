/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_call.h"
#include "api/api_limits.h"

#include "base/hex.h"
#include "base/uuid.h"
#include "proto/triggers.h"

#include <string.h>

#define MS_DIGITS 6 /* Nanoseconds in a millisecond: 10^6. */

void api_write_time(struct json_write *writer, struct slice key, int64_t time_ns)
{
    json_write_key(writer, key);
    if (time_ns == UNKNOWN_NS) {
        json_write_null(writer);
    } else {
        json_write_i64_text(writer, time_ns);
    }
}

void api_write_ms(struct json_write *writer, struct slice key, int64_t duration_ns)
{
    json_write_key(writer, key);
    if (duration_ns == UNKNOWN_NS) {
        json_write_null(writer);
    } else {
        json_write_scaled(writer, duration_ns, MS_DIGITS);
    }
}

void api_write_int(struct json_write *writer, struct slice key, int64_t value)
{
    json_write_key(writer, key);
    if (value == UNKNOWN_INT) {
        json_write_null(writer);
    } else {
        json_write_i64(writer, value);
    }
}

void api_write_text(struct json_write *writer, struct slice key, struct slice text)
{
    json_write_key(writer, key);
    if (text.size == 0) {
        json_write_null(writer);
    } else {
        json_write_string(writer, text);
    }
}

void api_write_waits(struct json_write *writer, struct slice trigger)
{
    enum triggers_waits waits = triggers_caller_waits(trigger);
    json_write_key(writer, SLICE("caller_waits"));
    if (waits == TRIGGERS_WAITS_UNKNOWN) {
        json_write_null(writer);
    } else {
        json_write_bool(writer, waits == TRIGGERS_WAITS_YES);
    }
}

void api_write_id16(struct json_write *writer, struct slice key, struct id16 id)
{
    json_write_key(writer, key);
    json_write_hex(writer, slice_of(id.bytes, sizeof(id.bytes)));
}

void api_write_id8(struct json_write *writer, struct slice key, struct id8 id)
{
    static const struct id8 zero;
    json_write_key(writer, key);
    if (memcmp(&id, &zero, sizeof(id)) == 0) {
        json_write_null(writer);
    } else {
        json_write_hex(writer, slice_of(id.bytes, sizeof(id.bytes)));
    }
}

void api_write_request_id(struct json_write *writer, struct slice key, struct id16 id)
{
    json_write_key(writer, key);
    api_write_request_id_value(writer, id);
}

void api_write_request_id_value(struct json_write *writer, struct id16 id)
{
    struct uuid uuid;
    char text[UUID_TEXT_SIZE + 1];
    memcpy(uuid.bytes, id.bytes, sizeof(uuid.bytes));
    uuid_format(&uuid, text);
    json_write_string(writer, slice_from(text));
}

void api_write_partial(struct json_write *writer, const char *reason)
{
    json_write_key(writer, SLICE("partial"));
    if (reason == NULL) {
        json_write_bool(writer, false);
        return;
    }
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("reason"), slice_from(reason));
    json_write_object_end(writer);
}

void api_write_amount(struct json_write *writer, struct slice key, struct money amount)
{
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format(amount, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

void api_write_money(struct json_write *writer, struct slice key, const struct cost *cost)
{
    json_write_key(writer, key);
    cost_write_money(writer, cost);
}

static int64_t percentile(const struct histogram_sum *sum, uint64_t hundredths)
{
    int64_t value_ns = histogram_percentile(sum, hundredths, 100);
    return value_ns < 0 ? UNKNOWN_NS : value_ns;
}

void api_write_percentiles(struct json_write *writer, struct slice key,
                           const struct histogram_sum *sum)
{
    json_write_member_object(writer, key);
    api_write_ms(writer, SLICE("p50"), percentile(sum, 50));
    api_write_ms(writer, SLICE("p95"), percentile(sum, 95));
    api_write_ms(writer, SLICE("p99"), percentile(sum, 99));
    json_write_object_end(writer);
}

void api_write_sources(struct json_write *writer, uint8_t sources)
{
    json_write_member_array(writer, SLICE("sources"));
    if ((sources & SOURCE_AGENT) != 0) {
        json_write_string(writer, SLICE("agent"));
    }
    if ((sources & SOURCE_LOGS) != 0) {
        json_write_string(writer, SLICE("logs"));
    }
    json_write_array_end(writer);
}

void api_write_source(struct json_write *writer, uint8_t sources)
{
    static const struct slice names[] = {
        [SOURCE_AGENT] = SLICE_INIT("agent"),
        [SOURCE_LOGS] = SLICE_INIT("logs"),
        [SOURCE_AGENT | SOURCE_LOGS] = SLICE_INIT("both"),
    };
    api_write_text(writer, SLICE("source"), names[sources & (SOURCE_AGENT | SOURCE_LOGS)]);
}

static void write_scalar(struct json_write *writer, const struct value *value)
{
    switch (value->kind) {
    case VALUE_EMPTY:
    case VALUE_ARRAY:
    case VALUE_MAP:
        json_write_null(writer);
        break;
    case VALUE_STRING:
        json_write_string(writer, value->text);
        break;
    case VALUE_BOOL:
        json_write_bool(writer, value->boolean);
        break;
    case VALUE_INT:
        /* A browser rounds beyond 2^53; these come as text. */
        if (value->integer > INT64_C(9007199254740991) ||
            value->integer < -INT64_C(9007199254740991)) {
            json_write_i64_text(writer, value->integer);
        } else {
            json_write_i64(writer, value->integer);
        }
        break;
    case VALUE_DOUBLE:
        json_write_double(writer, value->number, JSON_NONFINITE_TEXT);
        break;
    case VALUE_BYTES:
        json_write_base64(writer, value->text);
        break;
    }
}

/* A container that is being written, and how far. */
struct open_value {
    const struct value *value;
    size_t next;
};

static void close_value(struct json_write *writer, const struct value *value)
{
    if (value->kind == VALUE_ARRAY) {
        json_write_array_end(writer);
    } else {
        json_write_object_end(writer);
    }
}

void api_write_value(struct json_write *writer, const struct value *value)
{
    struct open_value stack[API_VALUE_DEPTH_MAX];
    unsigned depth = 0;
    const struct value *at = value;
    for (;;) {
        bool container = at != NULL && (at->kind == VALUE_ARRAY || at->kind == VALUE_MAP);
        if (container && depth < API_VALUE_DEPTH_MAX) {
            stack[depth++] = (struct open_value){at, 0};
            if (at->kind == VALUE_ARRAY) {
                json_write_array_begin(writer);
            } else {
                json_write_object_begin(writer);
            }
        } else if (at != NULL) {
            write_scalar(writer, at);
        }
        if (depth == 0) {
            return;
        }
        struct open_value *top = &stack[depth - 1];
        bool array = top->value->kind == VALUE_ARRAY;
        size_t count = array ? top->value->array.count : top->value->map.count;
        at = NULL;
        if (top->next == count) {
            close_value(writer, top->value);
            depth--;
            if (depth == 0) {
                return;
            }
        } else if (array) {
            at = &top->value->array.items[top->next++];
        } else {
            const struct attr *attr = &top->value->map.items[top->next++];
            json_write_key(writer, attr->key);
            at = &attr->value;
        }
    }
}

void api_write_attrs(struct json_write *writer, struct slice key, struct attrs attrs)
{
    json_write_member_object(writer, key);
    for (size_t i = 0; i < attrs.count; i++) {
        json_write_key(writer, attrs.items[i].key);
        api_write_value(writer, &attrs.items[i].value);
    }
    json_write_object_end(writer);
}
