/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xray.h"

#include "base/base_limits.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"

static const char sample[] = "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-"
                             "bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
                             "Lineage=1:73f724a8:0;CalledFrom=app";

/* All fields are taken; unknown ones survive, the known ones come first. */
static void fields(void **state)
{
    (void)state;
    struct xray header;
    struct buf buf;

    assert_true(xray_parse(slice_from(sample), &header));
    assert_true(header.has_root && header.has_parent);
    assert_int_equal(header.root[0], 0x57);
    assert_int_equal(header.parent[7], 0xd8);
    assert_int_equal(header.sampled, XRAY_SAMPLED_YES);
    assert_slice(header.self, "1-67891234-12456789abcdef012345678");
    assert_slice(header.lineage, "1:73f724a8:0");
    buf_init_growing(&buf, 1000);
    xray_format(&header, &buf);
    assert_slice(buf_bytes(&buf),
                 "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
                 "Self=1-67891234-12456789abcdef012345678;Lineage=1:73f724a8:0;CalledFrom=app");
    buf_fini(&buf);
}

/* What may be missing, and the three ways to say whether it is sampled. */
static void optional(void **state)
{
    (void)state;
    struct xray header;

    assert_true(xray_parse(SLICE(" Root = 1-5759e988-bd862e3fe1be46a994272793 ; "), &header));
    assert_false(header.has_parent);
    assert_int_equal(header.sampled, XRAY_SAMPLED_UNSAID);
    assert_true(xray_parse(SLICE("Self=1-a;Sampled=?"), &header));
    assert_false(header.has_root);
    assert_int_equal(header.sampled, XRAY_SAMPLED_ASKED);
    assert_true(xray_parse(SLICE("Self=1-a;Sampled=0"), &header));
    assert_int_equal(header.sampled, XRAY_SAMPLED_NO);
    assert_false(xray_parse(SLICE("Parent=53995c3f42cd8ad8;Sampled=1"), &header));
    assert_false(xray_parse(SLICE("Self=1-a;Sampled=0;Sampled=1"), &header));
    assert_false(xray_parse(SLICE(""), &header));
}

/* The limits hold at the limit and break beyond. */
static void limits(void **state)
{
    (void)state;
    struct xray header;
    struct buf buf;

    buf_init_growing(&buf, 20000);
    buf_append_text(&buf, "Self=1-a");
    for (unsigned i = 2; i < XRAY_FIELD_COUNT_MAX + 2; i++) {
        buf_append_text(&buf, ";x=y");
        assert_int_equal(xray_parse(buf_bytes(&buf), &header), i <= XRAY_FIELD_COUNT_MAX);
    }
    buf_reset(&buf);
    buf_append_text(&buf, "Self=1-a;x=");
    buf_append_fill(&buf, 'y', XRAY_HEADER_SIZE_MAX - buf.size);
    assert_true(xray_parse(buf_bytes(&buf), &header));
    buf_append_byte(&buf, 'y');
    assert_false(xray_parse(buf_bytes(&buf), &header));
    buf_fini(&buf);
}

static void parse(struct slice input, void *context)
{
    struct xray header;
    struct buf *buf = context;

    if (xray_parse(input, &header)) {
        struct xray again;
        buf_reset(buf);
        xray_format(&header, buf);
        assert_true(xray_parse(buf_bytes(buf), &again));
        assert_memory_equal(again.root, header.root, sizeof(again.root));
        assert_int_equal(again.sampled, header.sampled);
        assert_true(slice_equal(again.lineage, header.lineage));
    }
}

/* Nothing is read behind the text, and what parses can be written and read again. */
static void damage(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 1000);
    every_damage(slice_from(sample), parse, &buf);
    buf_fini(&buf);
}

/* ---- Vectors of a known implementation. ---- */

struct vector {
    struct json_string name;
    struct json_string header;
    struct json_string trace_id;
    struct json_string span_id;
    uint64_t flags;
    bool has_header;
    bool has_span;
    bool invalid;
};

static void read_vector(struct json_read *reader, struct vector *vector)
{
    struct json_string key;

    *vector = (struct vector){.invalid = false};
    assert_int_equal(json_read_object(reader), JSON_GOT);
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("name"))) {
            assert_int_equal(json_read_string(reader, &vector->name), JSON_GOT);
        } else if (json_string_equal(key, SLICE("header"))) {
            vector->has_header = json_read_string(reader, &vector->header) == JSON_GOT;
        } else if (json_string_equal(key, SLICE("trace_id"))) {
            assert_int_equal(json_read_string(reader, &vector->trace_id), JSON_GOT);
        } else if (json_string_equal(key, SLICE("span_id"))) {
            assert_int_equal(json_read_string(reader, &vector->span_id), JSON_GOT);
            vector->has_span = true;
        } else if (json_string_equal(key, SLICE("flags"))) {
            assert_int_equal(json_read_u64(reader, &vector->flags), JSON_GOT);
        } else if (json_string_equal(key, SLICE("invalid"))) {
            assert_int_equal(json_read_bool(reader, &vector->invalid), JSON_GOT);
        } else {
            json_read_skip(reader);
        }
    }
}

static void check_extract(const struct vector *vector)
{
    struct xray header;
    struct traceparent context;
    char id[33] = "";

    bool good = xray_parse(vector->header.raw, &header);
    if (good == vector->invalid) {
        fail_msg("" SLICE_FMT, SLICE_ARG(vector->name.raw));
    }
    if (!good) {
        return;
    }
    hex_encode(slice_of(header.root, 16), id);
    assert_true(json_string_equal(vector->trace_id, slice_from(id)));
    assert_int_equal(xray_to_traceparent(&header, &context), vector->has_span);
    if (vector->has_span) {
        char span[17] = "";
        hex_encode(slice_of(context.parent_id, 8), span);
        assert_true(json_string_equal(vector->span_id, slice_from(span)));
        assert_int_equal(context.flags, vector->flags);
    }
}

static void check_inject(const struct vector *vector)
{
    struct traceparent context = {.flags = (unsigned char)vector->flags};
    struct xray header;
    struct buf buf;

    if (!vector->has_header) {
        return; /* Without a valid context there is nothing to write. */
    }
    assert_true(hex_decode(vector->trace_id.raw, context.trace_id, 16));
    assert_true(hex_decode(vector->span_id.raw, context.parent_id, 8));
    xray_from_traceparent(&context, &header);
    buf_init_growing(&buf, 200);
    xray_format(&header, &buf);
    assert_true(json_string_equal(vector->header, buf_bytes(&buf)));
    buf_fini(&buf);
}

/* Every vector, both ways. */
static void vectors(void **state)
{
    (void)state;
    struct slice file =
        file_read("../shared/data/conformance/"
                  "open-telemetry__opentelemetry-js-contrib/xray_header_vectors.json");
    struct json_read reader;
    struct json_string key;
    unsigned count = 0;

    json_read_init(&reader, file, JSON_DEPTH_MAX);
    assert_int_equal(json_read_object(&reader), JSON_GOT);
    while (json_read_member(&reader, &key)) {
        bool extract = json_string_equal(key, SLICE("extract"));
        if (!extract && !json_string_equal(key, SLICE("inject"))) {
            json_read_skip(&reader);
            continue;
        }
        assert_int_equal(json_read_array(&reader), JSON_GOT);
        while (json_read_element(&reader)) {
            struct vector vector;
            read_vector(&reader, &vector);
            if (extract) {
                check_extract(&vector);
            } else {
                check_inject(&vector);
            }
            count++;
        }
    }
    assert_true(json_read_finish(&reader));
    assert_int_equal(count, 20);
    file_free(file);
}

/* A Root has exactly its form. */
static void roots(void **state)
{
    (void)state;
    unsigned char root[16];
    char text[XRAY_ROOT_TEXT_SIZE + 1];

    assert_true(xray_root_parse(SLICE("1-5759E988-bd862e3fe1be46a994272793"), root));
    xray_root_format(root, text);
    assert_string_equal(text, "1-5759e988-bd862e3fe1be46a994272793");
    assert_false(xray_root_parse(SLICE("1-5759e988bd862e3fe1be46a9942727931"), root));
    assert_false(xray_root_parse(SLICE("5759e988bd862e3fe1be46a994272793"), root));
    assert_false(xray_root_parse(SLICE("2-5759e988-bd862e3fe1be46a994272793"), root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields), cmocka_unit_test(optional), cmocka_unit_test(limits),
        cmocka_unit_test(damage), cmocka_unit_test(vectors),  cmocka_unit_test(roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
