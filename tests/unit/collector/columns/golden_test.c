/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a version has written is read for ever: tests/data/columns/version-N holds blocks and a
 * dictionary, each behind its size in four bytes, little end first.  With a version and a path as
 * arguments, the program writes such a file, as today's version does.
 */
#include "sealed.h"

#include "lib/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN "tests/data/columns/version-%u"
#define T0     UINT64_C(1796000000123456789)

/* Version 2 has stencils, and columns that refer to others: its file has lines for them in a batch
 * of their own. */
#define BATCHES_MAX 3
#define WORDED      6

static const struct attr resource_attrs[] = {
    {SLICE_INIT("service.name"), {.kind = VALUE_STRING, .text = SLICE_INIT("shop")}},
    {SLICE_INIT("host.cores"), {.kind = VALUE_INT, .integer = 2}},
};
static const struct value list[] = {{.kind = VALUE_DOUBLE, .number = 0.5},
                                    {.kind = VALUE_BYTES, .text = SLICE_INIT("\1\2")}};
static const struct attr map[] = {{SLICE_INIT("inner"), {.kind = VALUE_EMPTY}}};
static const struct attr attrs[] = {
    {SLICE_INIT("faas.invocation_id"),
     {.kind = VALUE_STRING, .text = SLICE_INIT("5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e")}},
    {SLICE_INIT("user.id"), {.kind = VALUE_STRING, .text = SLICE_INIT("user-00017")}},
    {SLICE_INIT("size"), {.kind = VALUE_INT, .integer = -12345}},
    {SLICE_INIT("good"), {.kind = VALUE_BOOL, .boolean = true}},
    {SLICE_INIT("list"), {.kind = VALUE_ARRAY, .array = {list, 2}}},
    {SLICE_INIT("map"), {.kind = VALUE_MAP, .map = {map, 1}}},
    {SLICE_INIT("none"), {.kind = VALUE_EMPTY}},
};
static const struct span_event event = {
    T0 + 5, SLICE_INIT("exception"), {.items = attrs + 1, .count = 2, .dropped = 3}};
static const struct span_link link_to = {{{9, 8, 7}}, {{6, 5}}, {.items = attrs + 3, .count = 1}};
static const struct scope scope = {.name = SLICE_INIT("shop.http"), .version = SLICE_INIT("1.2")};
static const struct resource resources[] = {
    {.attrs = {.items = resource_attrs, .count = 2}, .service = SLICE_INIT("shop")},
    {.attrs = {.items = resource_attrs, .count = 1}, .function = SLICE_INIT("stock"), .epoch = 4},
};

static void make_spans(struct span *spans)
{
    for (unsigned i = 0; i < 4; i++) {
        spans[i] = (struct span){
            .resource = &resources[i / 2],
            .scope = i == 3 ? NULL : &scope,
            .trace_id = {{1, [15] = (unsigned char)(i / 3)}},
            .span_id = {{2, [7] = (unsigned char)i}},
            .parent_span_id = {{i > 0 ? 2 : 0, [7] = i > 1 ? (unsigned char)(i + 5) : 0}},
            .name = i < 2 ? SLICE("GET /orders") : SLICE("query"),
            .kind = (enum span_kind)i,
            .flags = 0x101,
            .start_ns = T0 + (uint64_t)i * 1000000,
            .end_ns = T0 + 77777777,
            .attrs = {.items = attrs, .count = i * 2},
            .status = (enum span_status)(i % 3),
        };
    }
    spans[1].trace_state = SLICE("vendor=1");
    spans[2].status_message = SLICE("timed out");
    spans[2].events = &event;
    spans[2].event_count = 1;
    spans[2].links = &link_to;
    spans[2].link_count = 1;
    spans[3].seq = 17;
}

static void make_lines(struct log_line *lines)
{
    static const struct value bodies[] = {
        {.kind = VALUE_STRING, .text = SLICE_INIT("order 4711 was shipped")},
        {.kind = VALUE_MAP, .map = {map, 1}},
        {.kind = VALUE_INT, .integer = 5},
        {.kind = VALUE_EMPTY},
    };
    for (unsigned i = 0; i < 4; i++) {
        lines[i] = (struct log_line){
            .resource = &resources[i / 2],
            .scope = &scope,
            .time_ns = T0 / 1000000 * 1000000 + (uint64_t)i * 1000000,
            .observed_ns = T0 + 99,
            .severity = 9 + i * 4,
            .severity_text = i == 0 ? SLICE_EMPTY : SLICE("INFO"),
            .body = bodies[i],
            .event_name = i == 2 ? SLICE("faas.invocation") : SLICE_EMPTY,
            .has_trace = i < 2,
            .trace_id = {{i < 2 ? 1 : 0}},
            .span_id = {{i < 2 ? 2 : 0}},
            .attrs = {.items = attrs + 1, .count = i},
        };
    }
}

static void make_worded(struct log_line *lines)
{
    static const char *const texts[WORDED] = {
        "GET /orders/17 took 12ms",
        "GET /orders/18 took 7ms",
        "end 5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e at 09:07:00",
        "key a1b2c3d4e5 of user-00017",
        "nothing of note",
        "\1 is no text",
    };
    static const struct attr levels[2][2] = {
        {{SLICE_INIT("level"), {.kind = VALUE_STRING, .text = SLICE_INIT("low")}},
         {SLICE_INIT("colour"), {.kind = VALUE_STRING, .text = SLICE_INIT("green")}}},
        {{SLICE_INIT("level"), {.kind = VALUE_STRING, .text = SLICE_INIT("high")}},
         {SLICE_INIT("colour"), {.kind = VALUE_STRING, .text = SLICE_INIT("red")}}},
    };
    for (unsigned i = 0; i < WORDED; i++) {
        lines[i] = (struct log_line){
            .attrs = {.items = levels[i % 3 / 2], .count = 2},
            .resource = &resources[0],
            .scope = &scope,
            .time_ns = T0 + i,
            .observed_ns = T0 + 99,
            .severity = 9,
            .body = {.kind = VALUE_STRING, .text = slice_from(texts[i])},
        };
    }
}

static const uint64_t arrivals_ns[BATCHES_MAX] = {T0 + 1000000000, T0 + 1000000001,
                                                  T0 + 1000000001};

struct golden {
    size_t count;
    struct batch batches[BATCHES_MAX];
    struct span spans[4];
    struct log_line lines[4];
    struct log_line worded[WORDED];
};

static void make_golden(struct golden *golden, unsigned version)
{
    struct batch batch = {.resources = resources, .resource_count = 2};
    make_spans(golden->spans);
    make_lines(golden->lines);
    make_worded(golden->worded);
    golden->count = version == 1 ? 2 : 3;
    for (size_t i = 0; i < golden->count; i++) {
        golden->batches[i] = batch;
        golden->batches[i].signal = i == 0 ? SIGNAL_TRACES : SIGNAL_LOGS;
    }
    golden->batches[0].spans = golden->spans;
    golden->batches[0].span_count = 4;
    golden->batches[1].logs = golden->lines;
    golden->batches[1].log_count = 4;
    golden->batches[2].logs = golden->worded;
    golden->batches[2].log_count = WORDED;
}

static struct sealed *write_now(const struct golden *golden)
{
    struct sealed *sealed = sealed_create();
    for (size_t i = 0; i < golden->count; i++) {
        sealed_add(sealed, &golden->batches[i], arrivals_ns[i]);
    }
    sealed_write(sealed);
    return sealed;
}

static struct slice take_piece(FILE *file)
{
    unsigned char head[4];
    assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
    size_t size = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
    unsigned char *memory = malloc(size + 1);
    assert_non_null(memory);
    assert_int_equal(fread(memory, 1, size, file), size);
    return slice_of(memory, size);
}

/* The bytes that were kept instead of those of today. */
static void expect_golden(unsigned version)
{
    static struct golden golden;
    char path[64];
    make_golden(&golden, version);
    struct sealed *sealed = write_now(&golden);
    sealed_expect_all(sealed, golden.batches, arrivals_ns, golden.count);
    (void)snprintf(path, sizeof(path), GOLDEN, version);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(sealed->block_count, 2);
    for (size_t i = 0; i < 2; i++) {
        free((void *)(uintptr_t)sealed->blocks[i].bytes.base);
        sealed->blocks[i].bytes = take_piece(file);
        assert_int_equal(sealed->blocks[i].bytes.base[0], version);
    }
    free((void *)(uintptr_t)sealed->dictionary_bytes.base);
    sealed->dictionary_bytes = take_piece(file);
    assert_int_equal(fgetc(file), EOF);
    assert_int_equal(fclose(file), 0);
    dictionary_free(sealed->dictionary);
    sealed->dictionary = NULL;
    assert_int_equal(dictionary_open(&sealed->dictionary, sealed->dictionary_bytes), STATUS_OK);
    sealed_expect_all(sealed, golden.batches, arrivals_ns, golden.count);
    sealed_free(sealed);
}

static void version_1_is_read(void **state)
{
    (void)state;
    expect_golden(1);
}

static void version_2_is_read(void **state)
{
    (void)state;
    expect_golden(2);
}

static void put_piece(FILE *file, struct slice bytes)
{
    unsigned char head[4] = {(unsigned char)bytes.size, (unsigned char)(bytes.size >> 8),
                             (unsigned char)(bytes.size >> 16), 0};
    assert_int_equal(fwrite(head, 1, sizeof(head), file), sizeof(head));
    assert_int_equal(fwrite(bytes.base, 1, bytes.size, file), bytes.size);
}

static int write_file(unsigned version, const char *path)
{
    static struct golden golden;
    make_golden(&golden, version);
    struct sealed *sealed = write_now(&golden);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    put_piece(file, sealed->blocks[0].bytes);
    put_piece(file, sealed->blocks[1].bytes);
    put_piece(file, sealed->dictionary_bytes);
    assert_int_equal(fclose(file), 0);
    sealed_free(sealed);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(version_1_is_read),
                                       cmocka_unit_test(version_2_is_read)};
    if (argc == 3) {
        return write_file((unsigned)atoi(argv[1]), argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
