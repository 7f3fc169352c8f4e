/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/attribute.h"
#include "otlp/block.h"
#include "otlp/record.h"
#include "otlp/resource.h"

#include "base/prng.h"
#include "base/utf8.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "proto/names.h"
#include "proto/wire.h"

#include "otlp/logs.pb-c.h"
#include "otlp/trace.pb-c.h"

#include <string.h>

static unsigned char record_bytes[65536];
static unsigned char body_bytes[65536];

static struct slice bytes_of(const ProtobufCBinaryData *data)
{
    return slice_of(data->data, data->len);
}

static struct resource resource = {.service_name = SLICE_INIT("svc"),
                                   .function_name = SLICE_INIT("fn"),
                                   .instance = SLICE_INIT("stream"),
                                   .memory_max = 128u << 20,
                                   .agent_version = SLICE_INIT("1"),
                                   .epoch_ns = 5};

static const Thaw__Otlp__AnyValue *find(Thaw__Otlp__KeyValue *const *pairs, size_t count,
                                        struct slice key)
{
    const Thaw__Otlp__AnyValue *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(bytes_of(&pairs[i]->key), key)) {
            assert_null(found);
            found = pairs[i]->value;
        }
    }
    return found;
}

static void assert_text(Thaw__Otlp__KeyValue *const *pairs, size_t count, struct slice key,
                        const char *text)
{
    const Thaw__Otlp__AnyValue *value = find(pairs, count, key);
    assert_non_null(value);
    assert_int_equal(value->value_case, THAW__OTLP__ANY_VALUE__VALUE_STRING_VALUE);
    assert_slice(bytes_of(&value->string_value), text);
}

/* A random text, not always valid UTF-8. */
static struct slice random_text(struct prng *prng, unsigned char *bytes, size_t size_max)
{
    size_t size = (size_t)prng_below(prng, size_max);
    prng_fill(prng, bytes, size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = prng_chance(prng, 9, 10) ? bytes[i] & 0x7f : bytes[i];
    }
    return slice_of(bytes, size);
}

static void assert_mended(struct slice seen, struct slice given)
{
    static unsigned char bytes[4096];
    struct buf mended;
    buf_init_fixed(&mended, bytes, sizeof(bytes));
    utf8_sanitise(given, &mended);
    assert_true(slice_equal(seen, buf_bytes(&mended)));
    assert_true(utf8_valid(seen));
}

/* protobuf-c reads from any log record of ours exactly what went in. */
static void logs_read_back(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 7);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned char body[600];
        unsigned char value[300];
        struct slice text = random_text(&prng, body, sizeof(body));
        struct slice attribute = random_text(&prng, value, sizeof(value));
        int64_t number = (int64_t)prng_next(&prng);
        struct record_log log = {.time_ns = prng_next(&prng),
                                 .observed_ns = prng_next(&prng),
                                 .severity = (unsigned)prng_below(&prng, 25),
                                 .seq = 1 + prng_below(&prng, 1u << 30)};
        struct buf out;
        buf_init_fixed(&out, record_bytes, sizeof(record_bytes));
        log.context.known = prng_chance(&prng, 1, 2);
        log.context.sampled = prng_chance(&prng, 1, 2);
        prng_fill(&prng, log.context.trace_id, 16);
        prng_fill(&prng, log.context.span_id, 8);
        record_log_write(&log, &out);
        record_log_body(&out, text);
        attribute_text(&out, ATTRIBUTE_OF_LOG, SLICE("k"), attribute);
        attribute_int(&out, ATTRIBUTE_OF_LOG, SLICE("n"), number);
        attribute_bool(&out, ATTRIBUTE_OF_LOG, SLICE("b"), true);
        attribute_double(&out, ATTRIBUTE_OF_LOG, SLICE("d"), 0.5);
        assert_false(buf_overflowed(&out));
        Thaw__Otlp__LogRecord *read = thaw__otlp__log_record__unpack(NULL, out.size, out.base);
        assert_non_null(read);
        assert_true(read->time_unix_nano == log.time_ns);
        assert_true(read->observed_time_unix_nano == log.observed_ns);
        assert_int_equal(read->severity_number, (int)log.severity);
        assert_mended(bytes_of(&read->body->string_value), text);
        assert_int_equal(read->trace_id.len, log.context.known ? 16 : 0);
        assert_int_equal(read->span_id.len, log.context.known ? 8 : 0);
        assert_int_equal(read->flags, log.context.known && log.context.sampled ? 1 : 0);
        assert_true(find(read->attributes, read->n_attributes, NAME_THAW_SEQ)->int_value ==
                    (int64_t)log.seq);
        assert_mended(
            bytes_of(&find(read->attributes, read->n_attributes, SLICE("k"))->string_value),
            attribute);
        assert_true(find(read->attributes, read->n_attributes, SLICE("n"))->int_value == number);
        assert_true(find(read->attributes, read->n_attributes, SLICE("b"))->bool_value);
        thaw__otlp__log_record__free_unpacked(read, NULL);
    }
}

/* A key that is no UTF-8 is mended, whatever its value is. */
static void keys_are_mended(void **state)
{
    (void)state;
    const struct slice keys[] = {SLICE("t\xff"), SLICE("i\xc3"), SLICE("b\xff"), SLICE("d\xff")};
    const struct record_log log = {.seq = 1};
    struct buf out;
    buf_init_fixed(&out, record_bytes, sizeof(record_bytes));
    record_log_write(&log, &out);
    attribute_text(&out, ATTRIBUTE_OF_LOG, keys[0], SLICE("\xff"));
    attribute_int(&out, ATTRIBUTE_OF_LOG, keys[1], -1);
    attribute_bool(&out, ATTRIBUTE_OF_LOG, keys[2], true);
    attribute_double(&out, ATTRIBUTE_OF_LOG, keys[3], -0.25);
    Thaw__Otlp__LogRecord *read = thaw__otlp__log_record__unpack(NULL, out.size, out.base);
    assert_non_null(read);
    assert_int_equal(read->n_attributes, 5);
    for (size_t i = 0; i < 4; i++) {
        assert_mended(bytes_of(&read->attributes[i + 1]->key), keys[i]);
    }
    assert_mended(bytes_of(&read->attributes[1]->value->string_value), SLICE("\xff"));
    assert_true(read->attributes[2]->value->int_value == -1);
    assert_true(read->attributes[3]->value->bool_value);
    assert_true(read->attributes[4]->value->double_value < -0.2);
    thaw__otlp__log_record__free_unpacked(read, NULL);
}

/* The same for spans. */
static void spans_read_back(void **state)
{
    (void)state;
    struct record_span span = {.has_parent = true,
                               .parent_remote = true,
                               .name = SLICE("fn"),
                               .kind = RECORD_SPAN_SERVER,
                               .start_ns = 10,
                               .end_ns = 20,
                               .error = true,
                               .error_message = SLICE("why"),
                               .seq = 3};
    struct buf out;
    buf_init_fixed(&out, record_bytes, sizeof(record_bytes));
    span.context = (struct record_context){.known = true, .sampled = true};
    memset(span.context.trace_id, 1, 16);
    memset(span.context.span_id, 2, 8);
    memset(span.parent_id, 3, 8);
    record_span_write(&span, &out);
    Thaw__Otlp__Span *read = thaw__otlp__span__unpack(NULL, out.size, out.base);
    assert_non_null(read);
    assert_int_equal(read->kind, THAW__OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER);
    assert_slice(bytes_of(&read->name), "fn");
    assert_slice(bytes_of(&read->parent_span_id), "\3\3\3\3\3\3\3\3");
    assert_int_equal(read->flags, 0x301);
    assert_true(read->start_time_unix_nano == 10 && read->end_time_unix_nano == 20);
    assert_int_equal(read->status->code, 2);
    assert_slice(bytes_of(&read->status->message), "why");
    thaw__otlp__span__free_unpacked(read, NULL);
}

static void put_pair(struct buf *out, const char *key, const char *value)
{
    attribute_text(out, ATTRIBUTE_OF_RESOURCE, slice_from(key), slice_from(value));
}

/* A block as an SDK sends it, with what we must not trust among its attributes. */
static struct slice sdk_block(struct buf *out)
{
    size_t inner = wire_write_open(out, 1);
    put_pair(out, "service.name", "theirs");
    put_pair(out, "faas.instance", "not this one");
    put_pair(out, "thaw.seq", "9");
    put_pair(out, "custom", "kept");
    wire_write_u64(out, 2, 4); /* dropped_attributes_count */
    wire_write_close(out, inner);
    size_t items = wire_write_open(out, 2);
    size_t scope = wire_write_open(out, 1);
    wire_write_bytes(out, 1, SLICE("lib"));
    wire_write_close(out, scope);
    size_t span = wire_write_open(out, 2);
    wire_write_bytes(out, 5, SLICE("op"));
    wire_write_bytes(out, 99, SLICE("field of tomorrow"));
    wire_write_close(out, span);
    wire_write_close(out, items);
    wire_write_bytes(out, 3, SLICE("https://schema"));
    return buf_bytes(out);
}

/* The SDK's word stands, but for what names the record; what it lacks is added; the rest of the
 * block is the same bytes. */
static void completes_blocks(void **state)
{
    (void)state;
    struct buf block;
    struct buf out;
    buf_init_fixed(&block, record_bytes, sizeof(record_bytes));
    buf_init_fixed(&out, body_bytes, sizeof(body_bytes));
    struct slice sent = sdk_block(&block);
    assert_true(block_valid(sent));
    block_complete(&resource, sent, 17, &out);
    assert_false(buf_overflowed(&out));
    Thaw__Otlp__ExportTraceServiceRequest *read =
        thaw__otlp__export_trace_service_request__unpack(NULL, out.size, out.base);
    assert_non_null(read);
    const Thaw__Otlp__ResourceSpans *spans = read->resource_spans[0];
    Thaw__Otlp__KeyValue *const *pairs = spans->resource->attributes;
    size_t count = spans->resource->n_attributes;
    assert_text(pairs, count, NAME_SERVICE_NAME, "theirs");
    assert_text(pairs, count, NAME_FAAS_INSTANCE, "stream");
    assert_text(pairs, count, NAME_FAAS_NAME, "fn");
    assert_text(pairs, count, SLICE("custom"), "kept");
    assert_true(find(pairs, count, NAME_THAW_SEQ)->int_value == 17);
    assert_true(find(pairs, count, NAME_THAW_EPOCH)->int_value == 5);
    assert_int_equal(spans->resource->dropped_attributes_count, 4);
    assert_slice(bytes_of(&spans->schema_url), "https://schema");
    assert_slice(bytes_of(&spans->scope_spans[0]->spans[0]->name), "op");
    thaw__otlp__export_trace_service_request__free_unpacked(read, NULL);
    /* The unknown field is there too, since the bytes are. */
    assert_true(slice_find(buf_bytes(&out), SLICE("field of tomorrow")) != SLICE_NONE);
}

/* Attributes from the environment do not repeat what is ours or the SDK's. */
static void further_attributes(void **state)
{
    (void)state;
    const struct resource_pair pairs[] = {{SLICE("team"), SLICE("a")},
                                          {SLICE("faas.name"), SLICE("spoof")},
                                          {SLICE("custom"), SLICE("other")}};
    struct resource with = resource;
    struct buf block;
    struct buf out;
    with.pairs = pairs;
    with.pair_count = 3;
    buf_init_fixed(&block, record_bytes, sizeof(record_bytes));
    buf_init_fixed(&out, body_bytes, sizeof(body_bytes));
    block_complete(&with, sdk_block(&block), 1, &out);
    struct block_own own = block_own_open(&with, &out);
    block_own_close(&out, own);
    Thaw__Otlp__ExportTraceServiceRequest *read =
        thaw__otlp__export_trace_service_request__unpack(NULL, out.size, out.base);
    assert_non_null(read);
    for (size_t i = 0; i < 2; i++) {
        const Thaw__Otlp__Resource *each = read->resource_spans[i]->resource;
        assert_text(each->attributes, each->n_attributes, SLICE("team"), "a");
        assert_text(each->attributes, each->n_attributes, NAME_FAAS_NAME, "fn");
        assert_text(each->attributes, each->n_attributes, SLICE("custom"),
                    i == 0 ? "kept" : "other");
    }
    thaw__otlp__export_trace_service_request__free_unpacked(read, NULL);
}

static void visit(struct slice input, void *context)
{
    struct block_read reader;
    struct slice block;
    enum block_answer answer;
    (void)context;
    block_read_init(&reader, input);
    while ((answer = block_read_next(&reader, &block)) == BLOCK_GOT) {
        struct buf out;
        buf_init_fixed(&out, body_bytes, sizeof(body_bytes));
        if (block_valid(block)) {
            block_complete(&resource, block, 1, &out);
        }
    }
    assert_true(answer == BLOCK_END || answer == BLOCK_BAD);
}

/* Requests in any state of damage are walked within their bounds. */
static void every(void **state)
{
    (void)state;
    static unsigned char bytes[1024];
    struct buf block;
    struct buf request;
    buf_init_fixed(&block, record_bytes, sizeof(record_bytes));
    buf_init_fixed(&request, bytes, sizeof(bytes));
    wire_write_bytes(&request, 1, sdk_block(&block));
    every_damage(buf_bytes(&request), visit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_mended),    cmocka_unit_test(logs_read_back),
        cmocka_unit_test(spans_read_back),    cmocka_unit_test(completes_blocks),
        cmocka_unit_test(further_attributes), cmocka_unit_test(every),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
