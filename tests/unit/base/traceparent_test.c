/* SPDX-License-Identifier: Apache-2.0 */
#include "base/traceparent.h"

#include "base/buf.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"

static const char sample[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/* Formatting is the inverse of parsing. */
static void round_trip(void **state)
{
    (void)state;
    struct traceparent context;
    char text[TRACEPARENT_TEXT_SIZE + 1];

    assert_true(traceparent_parse(slice_from(sample), &context));
    assert_int_equal(context.flags, TRACEPARENT_FLAG_SAMPLED);
    traceparent_format(&context, text);
    assert_string_equal(text, sample);
}

/* Of a later version only what is known goes on, as version 00. */
static void later_version(void **state)
{
    (void)state;
    struct traceparent context;
    char text[TRACEPARENT_TEXT_SIZE + 1];

    assert_true(traceparent_parse(
        SLICE("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-more"), &context));
    traceparent_format(&context, text);
    assert_string_equal(text, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03");
}

static void parse(struct slice input, void *context)
{
    struct traceparent parsed;

    (void)context;
    if (traceparent_parse(input, &parsed)) {
        char text[TRACEPARENT_TEXT_SIZE + 1];
        traceparent_format(&parsed, text);
        assert_true(traceparent_parse(slice_from(text), &parsed));
    }
    struct slice value;
    (void)!tracestate_valid(input);
    (void)!tracestate_find(input, SLICE("foo"), &value);
}

/* Nothing is read behind the text, and what parses can be written. */
static void damage(void **state)
{
    (void)state;
    every_damage(slice_from(sample), parse, NULL);
    every_damage(SLICE("foo=1,bar@x=a b, \tbaz=3 ,,"), parse, NULL);
}

/* ---- The vectors of the standard's own test suite. ---- */

/* What a request of a vector brings: its one traceparent, all its tracestates joined. */
struct request {
    unsigned parent_count;
    struct traceparent context;
    bool valid;
    struct buf states;
    unsigned state_count;
};

static void take_header(struct request *request, struct slice name, struct slice value)
{
    if (slice_equal_nocase(name, SLICE("traceparent"))) {
        request->parent_count++;
        request->valid = traceparent_parse(value, &request->context) && request->parent_count == 1;
    } else if (slice_equal_nocase(name, SLICE("tracestate"))) {
        if (request->state_count++ > 0) {
            buf_append_byte(&request->states, ',');
        }
        buf_append(&request->states, value);
    }
}

static void read_headers(struct json_read *reader, struct request *request, struct arena *arena)
{
    assert_int_equal(json_read_array(reader), JSON_GOT);
    while (json_read_element(reader)) {
        struct json_string name;
        struct json_string value;
        assert_int_equal(json_read_array(reader), JSON_GOT);
        assert_int_equal(json_read_string(reader, &name), JSON_GOT);
        assert_int_equal(json_read_string(reader, &value), JSON_GOT);
        assert_false(json_read_element(reader));
        take_header(request, json_string_text(name, arena), json_string_text(value, arena));
    }
}

/* The text between the first two quotes after a marker; false without the marker. */
static bool quoted_after(struct slice text, struct slice marker, struct slice *quoted)
{
    size_t at = slice_find(text, marker);
    struct slice before;

    if (at == SLICE_NONE) {
        return false;
    }
    text = slice_skip(text, at + marker.size);
    slice_cut(text, '\'', &before, &text);
    slice_cut(text, '\'', quoted, &text);
    return true;
}

/* Check one expectation, which is a line of the suite; the answer is whether it speaks of what we
 * implement. */
static bool expect(const struct request *request, struct slice line)
{
    struct slice states = buf_bytes(&request->states);
    struct slice text;
    struct slice value = SLICE_EMPTY;
    char id[33] = "";

    if (request->valid) {
        hex_encode(slice_of(request->context.trace_id, 16), id);
    }
    if (quoted_after(line, SLICE("assertEqual(traceparent.trace_id.hex(),"), &text)) {
        assert_true(request->valid);
        assert_true(slice_equal(text, slice_from(id)));
    } else if (quoted_after(line, SLICE("assertNotEqual(traceparent.trace_id.hex(),"), &text)) {
        assert_false(request->valid);
    } else if (quoted_after(line, SLICE("assertIn("), &text) &&
               slice_ends(line, SLICE("', tracestate)"))) {
        assert_true(tracestate_valid(states));
        assert_true(tracestate_find(states, text, &value));
    } else if (slice_find(line, SLICE("assertIn(key")) != SLICE_NONE ||
               slice_find(line, SLICE("assertEqual(tracestate[key")) != SLICE_NONE) {
        assert_true(tracestate_valid(states));
    } else if (quoted_after(line, SLICE("assertRaises(KeyError, lambda: tracestate["), &text)) {
        assert_true(!tracestate_valid(states) || !tracestate_find(states, text, &value));
    } else if (quoted_after(line, SLICE("assertEqual(tracestate["), &text)) {
        struct slice wanted;
        assert_true(tracestate_find(states, text, &value));
        assert_true(quoted_after(line, SLICE("'],"), &wanted));
        assert_true(slice_equal(value, wanted));
    } else if (slice_find(line, SLICE("in str(tracestate)")) != SLICE_NONE) {
        assert_true(tracestate_valid(states));
    } else {
        return false;
    }
    return true;
}

/* Check the expectations of one case, whose headers come before them; the answer is how many of
 * them speak of what we implement. */
static unsigned check_case(struct json_read *reader, struct arena *arena)
{
    struct request request = {.parent_count = 0};
    struct json_string key;
    struct json_string line;
    unsigned checked = 0;

    buf_init_growing(&request.states, 1 << 16);
    assert_int_equal(json_read_object(reader), JSON_GOT);
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("request_headers"))) {
            read_headers(reader, &request, arena);
        } else if (json_string_equal(key, SLICE("expect"))) {
            assert_int_equal(json_read_array(reader), JSON_GOT);
            while (json_read_element(reader)) {
                assert_int_equal(json_read_string(reader, &line), JSON_GOT);
                checked += expect(&request, json_string_text(line, arena));
            }
        } else {
            json_read_skip(reader);
        }
    }
    assert_false(arena_overflowed(arena));
    buf_fini(&request.states);
    return checked;
}

/* Every case of the suite that says something about one request. */
static void vectors(void **state)
{
    (void)state;
    static unsigned char memory[1 << 16];
    struct arena arena;
    struct slice file =
        file_read("../shared/data/conformance/w3c__trace-context/trace_context_vectors.json");
    struct json_read reader;
    struct json_string key;
    unsigned checked = 0;

    json_read_init(&reader, file, JSON_DEPTH_MAX);
    assert_int_equal(json_read_object(&reader), JSON_GOT);
    while (json_read_member(&reader, &key)) {
        if (!json_string_equal(key, SLICE("cases"))) {
            json_read_skip(&reader);
            continue;
        }
        assert_int_equal(json_read_array(&reader), JSON_GOT);
        while (json_read_element(&reader)) {
            arena_init(&arena, memory, sizeof(memory));
            checked += check_case(&reader, &arena);
        }
    }
    assert_true(json_read_finish(&reader));
    print_message("%u expectations\n", checked);
    assert_true(checked > 130);
    file_free(file);
}

/* 32 members are allowed and 33 are not; keys and values may have 256 bytes and not 257. */
static void limits(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 4096);
    for (unsigned i = 0; i < 33; i++) {
        buf_printf(&buf, "k%u=v,", i);
        assert_int_equal(tracestate_valid(buf_bytes(&buf)), i < 32);
    }
    for (size_t size = 255; size < 258; size++) {
        buf_reset(&buf);
        buf_append_fill(&buf, 'k', size);
        buf_append_text(&buf, "=v");
        assert_int_equal(tracestate_valid(buf_bytes(&buf)), size <= 256);
        buf_reset(&buf);
        buf_append_text(&buf, "k=");
        buf_append_fill(&buf, 'v', size);
        assert_int_equal(tracestate_valid(buf_bytes(&buf)), size <= 256);
    }
    buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(later_version), cmocka_unit_test(damage),
        cmocka_unit_test(vectors),    cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
