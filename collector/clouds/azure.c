/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/azure.h"

#include "clouds/azure_record.h"
#include "clouds/clouds_limits.h"
#include "clouds/fields.h"
#include "clouds/pool.h"
#include "clouds/settle.h"

#include "base/number.h"

#include <stdlib.h>

struct azure {
    struct cloud_options options;
    struct pool *pool;
    struct arena arena; /* Of the record at hand. */
    void *memory;
    struct azure_records records;
};

/* What decides which form an object has. */
enum {
    SHAPE_TABLES,
    SHAPE_RECORDS,
    SHAPE_DATA,
    SHAPE_CONTEXT,
    SHAPE_INTERNAL,
    SHAPE_TAGS,
    SHAPE_REQUEST,
    SHAPE_MESSAGE,
    SHAPE_EXCEPTION,
    SHAPE_OPERATION,
    SHAPE_CLOUD,
    SHAPE_RATE,
    SHAPE_COUNT,
};

static const struct field_name shape_names[] = {
    {SLICE_INIT("tables"), SHAPE_TABLES},
    {SLICE_INIT("records"), SHAPE_RECORDS},
    {SLICE_INIT("value"), SHAPE_RECORDS},
    {SLICE_INIT("data"), SHAPE_DATA},
    {SLICE_INIT("context"), SHAPE_CONTEXT},
    {SLICE_INIT("internal"), SHAPE_INTERNAL},
    {SLICE_INIT("tags"), SHAPE_TAGS},
    {SLICE_INIT("request"), SHAPE_REQUEST},
    {SLICE_INIT("message"), SHAPE_MESSAGE},
    {SLICE_INIT("trace"), SHAPE_MESSAGE},
    {SLICE_INIT("basicException"), SHAPE_EXCEPTION},
    {SLICE_INIT("exception"), SHAPE_EXCEPTION},
    {SLICE_INIT("operation"), SHAPE_OPERATION},
    {SLICE_INIT("cloud"), SHAPE_CLOUD},
    {SLICE_INIT("sampleRate"), SHAPE_RATE},
};

static const struct field_name operation_names[] = {
    {SLICE_INIT("id"), AZURE_OPERATION},
    {SLICE_INIT("parentId"), AZURE_PARENT},
    {SLICE_INIT("name"), AZURE_OPERATION_NAME},
};

/* Of "cloud", "device" and "application". */
static const struct field_name role_names[] = {
    {SLICE_INIT("roleName"), AZURE_ROLE},
    {SLICE_INIT("roleInstance"), AZURE_INSTANCE},
    {SLICE_INIT("version"), AZURE_VERSION},
};

static const struct field_name tag_names[] = {
    {SLICE_INIT("ai.operation.id"), AZURE_OPERATION},
    {SLICE_INIT("ai.operation.parentId"), AZURE_PARENT},
    {SLICE_INIT("ai.operation.name"), AZURE_OPERATION_NAME},
    {SLICE_INIT("ai.cloud.role"), AZURE_ROLE},
    {SLICE_INIT("ai.cloud.roleInstance"), AZURE_INSTANCE},
    {SLICE_INIT("ai.application.ver"), AZURE_VERSION},
};

#define NAME_COUNT(names) (sizeof(names) / sizeof(*(names)))

struct azure *azure_create(const struct cloud_options *options, const struct stream_sink *sink)
{
    struct azure *azure = calloc(1, sizeof(*azure));
    if (azure == NULL) {
        return NULL;
    }
    azure->options = *options;
    azure->pool = pool_create(sink, options->memory_mb);
    azure->memory = malloc(CLOUDS_RECORD_SIZE_MAX);
    if (azure->pool == NULL || azure->memory == NULL) {
        azure_free(azure);
        return NULL;
    }
    arena_init(&azure->arena, azure->memory, CLOUDS_RECORD_SIZE_MAX);
    azure->records = (struct azure_records){
        .pool = azure->pool, .arena = &azure->arena, .options = &azure->options};
    return azure;
}

void azure_free(struct azure *azure)
{
    if (azure == NULL) {
        return;
    }
    pool_free(azure->pool);
    free(azure->memory);
    free(azure);
}

/* ---- Recognising. ---- */

static bool is_own_name(struct slice key)
{
    static const struct slice names[] = {
        SLICE_INIT("AppRoleName"),        SLICE_INIT("AppRoleInstance"),
        SLICE_INIT("cloud_RoleName"),     SLICE_INIT("cloud_RoleInstance"),
        SLICE_INIT("operation_Id"),       SLICE_INIT("customDimensions"),
        SLICE_INIT("operation_ParentId"),
    };
    for (size_t i = 0; i < NAME_COUNT(names); i++) {
        if (slice_equal(names[i], key)) {
            return true;
        }
    }
    return false;
}

static bool is_own_value(struct slice key, struct slice raw)
{
    if (slice_equal(key, SLICE("tables"))) {
        return slice_starts(raw, SLICE("[")) && slice_find(raw, SLICE("\"columns\"")) != SLICE_NONE;
    }
    if (slice_equal(key, SLICE("data"))) {
        return slice_starts(raw, SLICE("{")) &&
               slice_find(raw, SLICE("\"baseType\"")) != SLICE_NONE;
    }
    if (slice_equal(key, SLICE("context"))) {
        return slice_starts(raw, SLICE("{")) &&
               slice_find(raw, SLICE("\"eventTime\"")) != SLICE_NONE;
    }
    if (slice_equal(key, SLICE("category"))) {
        return slice_equal(raw, SLICE("\"FunctionAppLogs\""));
    }
    return slice_equal(key, SLICE("Type")) && (slice_equal(raw, SLICE("\"AppRequests\"")) ||
                                               slice_equal(raw, SLICE("\"AppTraces\"")) ||
                                               slice_equal(raw, SLICE("\"AppExceptions\"")));
}

/* Whether it is one by itself; *inner becomes its list of records, if it has one. */
static bool is_one(struct slice json, struct slice *inner)
{
    struct json_read reader;
    struct json_string key;
    struct slice raw;
    json_read_init(&reader, json, JSON_DEPTH_MAX);
    *inner = SLICE_EMPTY;
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        if (is_own_name(key.raw)) {
            return true;
        }
        if (json_read_raw(&reader, &raw) != JSON_GOT) {
            continue;
        }
        if (is_own_value(key.raw, raw)) {
            return true;
        }
        if (slice_equal(key.raw, SLICE("records")) || slice_equal(key.raw, SLICE("value"))) {
            *inner = raw;
        }
    }
    return false;
}

bool azure_is(struct slice json)
{
    struct slice inner;
    if (is_one(json, &inner)) {
        return true;
    }
    struct json_read reader;
    struct slice first;
    json_read_init(&reader, inner, JSON_DEPTH_MAX);
    return inner.size > 0 && json_read_array(&reader) == JSON_GOT && json_read_element(&reader) &&
           json_read_raw(&reader, &first) == JSON_GOT && is_one(first, &inner);
}

/* ---- Forms. ---- */

static void refuse(struct azure *azure, const char *why, struct slice sample)
{
    pool_refuse(azure->pool, why, slice_take(sample, 256), 1);
}

/* Read an object that may be missing into the fields; what is not there fills nothing. */
static void read_into(struct azure *azure, struct slice json, const struct field_name *names,
                      size_t count, struct field *fields)
{
    (void)!fields_read(json, &azure->arena, names, count, fields);
}

static void set_type(struct field *fields, struct slice type)
{
    fields[AZURE_TYPE] = (struct field){.kind = FIELD_TEXT, .value = type};
}

/* The columns' fields: index of the field, or -1.  False for what is no list of columns. */
static bool read_columns(struct azure *azure, struct slice columns, int *indices, size_t *count)
{
    static const struct field_name names[] = {{SLICE_INIT("name"), 0},
                                              {SLICE_INIT("ColumnName"), 0}};
    struct json_read reader;
    struct slice raw;
    json_read_init(&reader, columns, JSON_DEPTH_MAX);
    *count = 0;
    if (json_read_array(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_element(&reader)) {
        struct field name = {.kind = FIELD_NONE};
        if (json_read_raw(&reader, &raw) != JSON_GOT || *count == CLOUDS_COLUMN_COUNT_MAX) {
            return false;
        }
        read_into(azure, raw, names, NAME_COUNT(names), &name);
        indices[*count] =
            fields_index(azure_record_names, azure_record_name_count, fields_text(&name));
        (*count)++;
    }
    return json_read_finish(&reader);
}

static void read_row(struct azure *azure, struct slice row, const int *indices, size_t count)
{
    struct field fields[AZURE_FIELD_COUNT] = {{.kind = FIELD_NONE}};
    struct json_read reader;
    size_t column = 0;
    json_read_init(&reader, row, JSON_DEPTH_MAX);
    arena_reset(&azure->arena);
    if (json_read_array(&reader) != JSON_GOT) {
        refuse(azure, "a row that is no list", row);
        return;
    }
    while (json_read_element(&reader)) {
        if (column < count && indices[column] >= 0) {
            fields_take(&reader, &azure->arena, &fields[indices[column]]);
        } else {
            json_read_skip(&reader);
        }
        column++;
    }
    if (!json_read_finish(&reader)) {
        refuse(azure, "a row that is broken", row);
        return;
    }
    azure_record(&azure->records, fields, row);
}

static void read_table(struct azure *azure, struct slice table)
{
    static const struct field_name names[] = {{SLICE_INIT("columns"), 0}, {SLICE_INIT("rows"), 1}};
    struct field parts[2] = {{.kind = FIELD_NONE}};
    int indices[CLOUDS_COLUMN_COUNT_MAX];
    size_t count = 0;
    struct json_read reader;
    struct slice row;
    arena_reset(&azure->arena);
    read_into(azure, table, names, NAME_COUNT(names), parts);
    json_read_init(&reader, parts[1].value, JSON_DEPTH_MAX);
    if (!read_columns(azure, parts[0].value, indices, &count) ||
        json_read_array(&reader) != JSON_GOT) {
        refuse(azure, "a table without columns and rows", table);
        return;
    }
    while (json_read_element(&reader)) {
        if (json_read_raw(&reader, &row) == JSON_GOT) {
            read_row(azure, row, indices, count);
        }
    }
    if (json_read_failed(&reader)) {
        refuse(azure, "a table that is broken", table);
    }
}

/* The first and, of several, the innermost exception of an envelope. */
static void read_exceptions(struct azure *azure, struct slice list, struct field *fields)
{
    static const struct field_name names[] = {{SLICE_INIT("typeName"), 0},
                                              {SLICE_INIT("message"), 1}};
    struct json_read reader;
    struct slice raw;
    json_read_init(&reader, list, JSON_DEPTH_MAX);
    if (json_read_array(&reader) != JSON_GOT) {
        return;
    }
    while (json_read_element(&reader)) {
        struct field parts[2] = {{.kind = FIELD_NONE}};
        if (json_read_raw(&reader, &raw) != JSON_GOT) {
            return;
        }
        read_into(azure, raw, names, NAME_COUNT(names), parts);
        fields[AZURE_EXCEPTION_INNERMOST] = parts[0];
        fields[AZURE_MESSAGE] = parts[1].kind != FIELD_NONE ? parts[1] : fields[AZURE_MESSAGE];
    }
}

/* How many records one stands for, of the rate in per cent at which they were kept. */
static void read_rate(struct azure *azure, const struct field *rate, struct field *count)
{
    int64_t milli = 0;
    if (number_parse_scaled(fields_text(rate), 3, &milli) > NUMBER_ROUNDED || milli <= 0 ||
        milli >= 100000) {
        return;
    }
    struct slice text =
        arena_printf(&azure->arena, "%lld", (100000 + milli / 2) / (long long)milli);
    *count = (struct field){.kind = FIELD_NUMBER, .value = text};
}

static void read_envelope(struct azure *azure, struct slice json, const struct field *shape)
{
    static const struct field_name data_names[] = {{SLICE_INIT("baseType"), 0},
                                                   {SLICE_INIT("baseData"), 1}};
    static const struct field_name time_names[] = {{SLICE_INIT("time"), AZURE_TIME}};
    static const struct field_name exception_names[] = {{SLICE_INIT("exceptions"), 0}};
    struct field fields[AZURE_FIELD_COUNT] = {{.kind = FIELD_NONE}};
    struct field data[2] = {{.kind = FIELD_NONE}};
    struct field exceptions = {.kind = FIELD_NONE};
    read_into(azure, shape[SHAPE_DATA].value, data_names, NAME_COUNT(data_names), data);
    set_type(fields, fields_text(&data[0]));
    read_into(azure, json, time_names, NAME_COUNT(time_names), fields);
    read_into(azure, shape[SHAPE_TAGS].value, tag_names, NAME_COUNT(tag_names), fields);
    read_into(azure, data[1].value, exception_names, 1, &exceptions);
    read_exceptions(azure, exceptions.value, fields);
    read_into(azure, data[1].value, azure_record_names, azure_record_name_count, fields);
    read_rate(azure, &shape[SHAPE_RATE], &fields[AZURE_ITEM_COUNT]);
    azure_record(&azure->records, fields, json);
}

/* "custom": {"dimensions": [{"name": "value"}, ...]} */
static void read_custom(struct azure *azure, struct slice custom, struct field *fields)
{
    static const struct field_name names[] = {{SLICE_INIT("dimensions"), 0}};
    struct field dimensions = {.kind = FIELD_NONE};
    struct json_read reader;
    struct slice raw;
    read_into(azure, custom, names, NAME_COUNT(names), &dimensions);
    json_read_init(&reader, dimensions.value, JSON_DEPTH_MAX);
    if (json_read_array(&reader) != JSON_GOT) {
        return;
    }
    while (json_read_element(&reader)) {
        if (json_read_raw(&reader, &raw) == JSON_GOT) {
            read_into(azure, raw, azure_record_dimensions, azure_record_dimension_count, fields);
        }
    }
}

/* What a classic export says besides the list of requests, messages or exceptions. */
static void read_context(struct azure *azure, const struct field *shape, struct field *fields)
{
    enum { DATA, OPERATION, CLOUD, DEVICE, APPLICATION, CUSTOM, COUNT };
    static const struct field_name names[] = {
        {SLICE_INIT("data"), DATA},     {SLICE_INIT("operation"), OPERATION},
        {SLICE_INIT("cloud"), CLOUD},   {SLICE_INIT("device"), DEVICE},
        {SLICE_INIT("custom"), CUSTOM}, {SLICE_INIT("application"), APPLICATION}};
    static const struct field_name time_names[] = {{SLICE_INIT("eventTime"), AZURE_TIME}};
    static const struct field_name internal_names[] = {{SLICE_INIT("data"), 0}};
    static const struct field_name id_names[] = {{SLICE_INIT("id"), AZURE_ITEM_ID}};
    struct field parts[COUNT] = {{.kind = FIELD_NONE}};
    struct field internal = {.kind = FIELD_NONE};
    read_into(azure, shape[SHAPE_CONTEXT].value, names, NAME_COUNT(names), parts);
    read_into(azure, parts[DATA].value, time_names, NAME_COUNT(time_names), fields);
    read_into(azure, parts[OPERATION].value, operation_names, NAME_COUNT(operation_names), fields);
    read_into(azure, parts[CLOUD].value, role_names, NAME_COUNT(role_names), fields);
    read_into(azure, parts[DEVICE].value, role_names, NAME_COUNT(role_names), fields);
    read_into(azure, parts[APPLICATION].value, role_names, NAME_COUNT(role_names), fields);
    read_custom(azure, parts[CUSTOM].value, fields);
    read_into(azure, shape[SHAPE_INTERNAL].value, internal_names, 1, &internal);
    read_into(azure, internal.value, id_names, 1, fields);
}

static void read_classic(struct azure *azure, struct slice json, const struct field *shape)
{
    static const struct field_name metric_names[] = {{SLICE_INIT("durationMetric"), 0}};
    static const struct field_name tick_names[] = {{SLICE_INIT("value"), AZURE_TICKS}};
    static const struct {
        unsigned shape;
        struct slice type;
    } lists[] = {{SHAPE_REQUEST, SLICE_INIT("request")},
                 {SHAPE_MESSAGE, SLICE_INIT("trace")},
                 {SHAPE_EXCEPTION, SLICE_INIT("exception")}};
    for (size_t i = 0; i < NAME_COUNT(lists); i++) {
        struct json_read reader;
        struct slice raw;
        json_read_init(&reader, shape[lists[i].shape].value, JSON_DEPTH_MAX);
        if (json_read_array(&reader) != JSON_GOT) {
            continue;
        }
        while (json_read_element(&reader)) {
            struct field fields[AZURE_FIELD_COUNT] = {{.kind = FIELD_NONE}};
            struct field metric = {.kind = FIELD_NONE};
            if (json_read_raw(&reader, &raw) != JSON_GOT) {
                return;
            }
            arena_reset(&azure->arena);
            set_type(fields, lists[i].type);
            read_context(azure, shape, fields);
            read_into(azure, raw, azure_record_names, azure_record_name_count, fields);
            read_into(azure, raw, metric_names, 1, &metric);
            read_into(azure, metric.value, tick_names, 1, fields);
            azure_record(&azure->records, fields, json);
        }
    }
}

static void read_flat(struct azure *azure, struct slice json, const struct field *shape)
{
    struct field fields[AZURE_FIELD_COUNT] = {{.kind = FIELD_NONE}};
    const struct slice inner[] = {shape[SHAPE_REQUEST].value, shape[SHAPE_MESSAGE].value,
                                  shape[SHAPE_EXCEPTION].value};
    if (shape[SHAPE_OPERATION].kind == FIELD_OBJECT || shape[SHAPE_CLOUD].kind == FIELD_OBJECT) {
        /* Of "events show": what is of the request stands in an object of its own, and the item's
         * id outside of it. */
        static const struct field_name item_names[] = {{SLICE_INIT("id"), AZURE_ITEM_ID}};
        read_into(azure, json, item_names, 1, fields);
        for (size_t i = 0; i < NAME_COUNT(inner); i++) {
            read_into(azure, inner[i], azure_record_names, azure_record_name_count, fields);
        }
        read_into(azure, shape[SHAPE_OPERATION].value, operation_names, NAME_COUNT(operation_names),
                  fields);
        read_into(azure, shape[SHAPE_CLOUD].value, role_names, NAME_COUNT(role_names), fields);
    }
    if (!fields_read(json, &azure->arena, azure_record_names, azure_record_name_count, fields)) {
        refuse(azure, "an entry that is no JSON object", json);
        return;
    }
    azure_record(&azure->records, fields, json);
}

static void read_one(struct azure *azure, struct slice json)
{
    struct field shape[SHAPE_COUNT] = {{.kind = FIELD_NONE}};
    arena_reset(&azure->arena);
    read_into(azure, json, shape_names, NAME_COUNT(shape_names), shape);
    if (shape[SHAPE_DATA].kind == FIELD_OBJECT) {
        read_envelope(azure, json, shape);
    } else if (shape[SHAPE_CONTEXT].kind == FIELD_OBJECT) {
        read_classic(azure, json, shape);
    } else {
        read_flat(azure, json, shape);
    }
}

void azure_entry(struct azure *azure, struct slice json)
{
    struct field shape[SHAPE_COUNT] = {{.kind = FIELD_NONE}};
    arena_reset(&azure->arena);
    if (json.size > CLOUDS_ENTRY_SIZE_MAX) {
        refuse(azure, "an entry that is too large", json);
        return;
    }
    if (!fields_read(json, &azure->arena, shape_names, NAME_COUNT(shape_names), shape)) {
        refuse(azure, "an entry that is no JSON object", json);
        return;
    }
    bool tables = shape[SHAPE_TABLES].kind == FIELD_ARRAY;
    if (!tables && shape[SHAPE_RECORDS].kind != FIELD_ARRAY) {
        read_one(azure, json);
        return;
    }
    struct json_read reader;
    struct slice raw;
    json_read_init(&reader, shape[tables ? SHAPE_TABLES : SHAPE_RECORDS].value, JSON_DEPTH_MAX);
    if (json_read_array(&reader) != JSON_GOT) {
        return;
    }
    while (json_read_element(&reader)) {
        if (json_read_raw(&reader, &raw) == JSON_GOT) {
            (tables ? read_table : read_one)(azure, raw);
        }
    }
}

void azure_finish(struct azure *azure)
{
    settle(azure->pool, UINT64_MAX);
}
