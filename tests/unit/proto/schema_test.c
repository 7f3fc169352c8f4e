/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/schema.h"

#include "lib/cm.h"
#include "lib/oracle.h"

static ProtobufCType expected_type(enum schema_kind kind)
{
    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
    case SCHEMA_ID_BYTES:
        return PROTOBUF_C_TYPE_BYTES;
    case SCHEMA_MESSAGE:
        return PROTOBUF_C_TYPE_MESSAGE;
    case SCHEMA_BOOL:
        return PROTOBUF_C_TYPE_BOOL;
    case SCHEMA_ENUM:
        return PROTOBUF_C_TYPE_ENUM;
    case SCHEMA_INT32:
        return PROTOBUF_C_TYPE_INT32;
    case SCHEMA_INT64:
        return PROTOBUF_C_TYPE_INT64;
    case SCHEMA_UINT32:
        return PROTOBUF_C_TYPE_UINT32;
    case SCHEMA_UINT64:
        return PROTOBUF_C_TYPE_UINT64;
    case SCHEMA_SINT32:
        return PROTOBUF_C_TYPE_SINT32;
    case SCHEMA_FIXED32:
        return PROTOBUF_C_TYPE_FIXED32;
    case SCHEMA_FIXED64:
        return PROTOBUF_C_TYPE_FIXED64;
    case SCHEMA_SFIXED64:
        return PROTOBUF_C_TYPE_SFIXED64;
    case SCHEMA_DOUBLE:
        return PROTOBUF_C_TYPE_DOUBLE;
    }
    fail();
    return PROTOBUF_C_TYPE_BYTES;
}

/* The JSON name of a field: its_name becomes itsName. */
static void json_name(const char *name, char *json)
{
    for (; *name != '\0'; name++) {
        if (*name == '_') {
            name++;
            *json++ = (char)(*name - 'a' + 'A');
        } else {
            *json++ = *name;
        }
    }
    *json = '\0';
}

static void check_field(const struct schema_field *field, const ProtobufCFieldDescriptor *other)
{
    char name[100];
    bool named_severity = slice_equal(schema_field_name(field), SLICE("severityNumber"));

    json_name(other->name, name);
    assert_int_equal(field->number, other->id);
    assert_true(field->number < 32);
    assert_slice(schema_field_name(field), name);
    assert_int_equal(named_severity ? PROTOBUF_C_TYPE_INT32 : expected_type(field->kind),
                     other->type);
    assert_int_equal(field->repeated, other->label == PROTOBUF_C_LABEL_REPEATED);
    bool member = (other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (field->kind == SCHEMA_MESSAGE) {
        assert_ptr_equal(oracle_descriptor(field->message), other->descriptor);
        assert_int_equal(field->oneof, member);
    } else {
        assert_int_equal(field->presence, member);
    }
    if (field->kind == SCHEMA_ENUM && !named_severity) {
        const ProtobufCEnumDescriptor *names = other->descriptor;
        for (unsigned i = 0; i < names->n_values; i++) {
            const struct schema_name *row = &schema_names(field->names)[i];
            assert_slice(row->name, names->values[i].name);
            assert_int_equal(row->value, names->values[i].value);
        }
        assert_int_equal(schema_names(field->names)[names->n_values].name.size, 0);
    }
}

/* The table says of every field of every message what the .proto files say. */
static void agrees(void **state)
{
    (void)state;
    for (enum schema_id id = SCHEMA_TRACES_REQUEST; id < SCHEMA_COUNT; id++) {
        const struct schema_message *message = schema_message(id);
        const ProtobufCMessageDescriptor *other = oracle_descriptor(id);
        assert_int_equal(message->count, other->n_fields);
        assert_true(message->unpacked_size >= other->sizeof_message);
        for (unsigned i = 0; i < other->n_fields; i++) {
            check_field(&message->fields[i], &other->fields[i]);
        }
    }
}

/* Fields are found by number and by name, and those that there are not are not. */
static void lookup(void **state)
{
    (void)state;
    const struct schema_message *span = schema_message(SCHEMA_SPAN);

    assert_slice(schema_field_name(schema_field_by_number(span, 16)), "flags");
    assert_null(schema_field_by_number(span, 17));
    assert_null(schema_field_by_number(span, 0));
    assert_int_equal(schema_field_by_name(span, SLICE("traceId"))->number, 1);
    assert_null(schema_field_by_name(span, SLICE("trace_id")));
    assert_null(schema_field_by_name(span, SLICE_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees),
        cmocka_unit_test(lookup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
