/* SPDX-License-Identifier: Apache-2.0 */
/* The published lines of 2020 to 2026, every field of each by hand. */
#include "streams/line.h"

#include "base/buf.h"
#include "base/hex.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"

#define LINES "../shared/data/cloudwatch/real_report_lines.tsv"

/* What a line must give; what is 0 or NULL here is unknown there. */
struct expected {
    enum line_kind kind;
    const char *request;
    int64_t duration_us, billed_ms, memory_mb, max_memory_mb;
    int64_t init_us, restore_us, billed_restore_ms;
    enum word status;
    const char *error_type, *phase, *runtime, *region;
    const char *trace, *segment;
    int sampled; /* 1 yes, 2 no. */
    int64_t time_ms;
    bool out_of_memory;
};

static const struct expected all[] = {
    {.kind = LINE_REPORT,
     .request = "ef827025-3bc9-4851-b502-99f3c7c6c942",
     .duration_us = 970450,
     .billed_ms = 1000,
     .memory_mb = 1024,
     .max_memory_mb = 124,
     .init_us = 1266320},
    {.kind = LINE_REPORT,
     .request = "a4e199f0-3d4a-4d00-9df8-798a669be003",
     .duration_us = 13390,
     .billed_ms = 100,
     .memory_mb = 256,
     .max_memory_mb = 177},
    {.kind = LINE_REPORT,
     .request = "3624be1f-d59b-4d91-92c3-5a93b4b1f46d",
     .duration_us = 902440,
     .billed_ms = 1000,
     .memory_mb = 128,
     .max_memory_mb = 128,
     .init_us = 530},
    {.kind = LINE_REPORT,
     .request = "b748ef58-00fe-46a5-a262-95fb403c74f6",
     .duration_us = 2730,
     .billed_ms = 3,
     .memory_mb = 1024,
     .max_memory_mb = 67,
     .init_us = 177110},
    {.kind = LINE_REPORT,
     .request = "c09f53de-0e09-4e3f-96aa-b280d98079c1",
     .duration_us = 20650,
     .billed_ms = 2678,
     .memory_mb = 2560,
     .max_memory_mb = 196,
     .init_us = 2656670},
    {.kind = LINE_REPORT,
     .request = "ff09e3f9-691f-4006-b566-ce40b25ba4eb",
     .duration_us = 558780,
     .billed_ms = 669,
     .memory_mb = 128,
     .max_memory_mb = 38,
     .init_us = 109440},
    {.kind = LINE_REPORT,
     .request = "e6186867-af1c-4308-8898-0f550ef25cad",
     .duration_us = 378930,
     .billed_ms = 379,
     .memory_mb = 256,
     .max_memory_mb = 66,
     .init_us = 163440},
    {.kind = LINE_REPORT,
     .request = "47e97e7d-52cf-4c83-9133-545749ed2750",
     .duration_us = 48280,
     .billed_ms = 100,
     .memory_mb = 128,
     .max_memory_mb = 64,
     .init_us = 136980,
     .time_ms = INT64_C(1604363125032)},
    {.kind = LINE_REPORT,
     .request = "972f23e6-efab-4897-80a0-12b8f8a28190",
     .duration_us = 100000,
     .billed_ms = 200,
     .memory_mb = 128,
     .max_memory_mb = 75,
     .init_us = 156080,
     .trace = "5d88ad26af7e1cf86161c0887567eed0",
     .segment = "2ea934c013374041",
     .sampled = 2},
    {.kind = LINE_REPORT,
     .request = "d602a1ed-503f-4ff7-9639-650e773dbbee",
     .duration_us = 600000000,
     .billed_ms = 600000,
     .memory_mb = 1536,
     .max_memory_mb = 1093,
     .status = WORD_TIMEOUT},
    {.kind = LINE_REPORT,
     .request = "105b7351-cb9a-46a2-ad59-f79ae25e30f0",
     .duration_us = 3000000,
     .billed_ms = 3000,
     .memory_mb = 128,
     .max_memory_mb = 86,
     .init_us = 305500,
     .status = WORD_TIMEOUT},
    {.kind = LINE_REPORT,
     .request = "276a85b3-61a7-4b68-b42e-de11b5f419e3",
     .duration_us = 84770,
     .billed_ms = 635,
     .memory_mb = 4096,
     .max_memory_mb = 97,
     .init_us = 549710},
    {.kind = LINE_REPORT,
     .request = "e39c9ae7-b6da-4773-9307-99f759eb4404",
     .duration_us = 120000000,
     .billed_ms = 120779,
     .memory_mb = 256,
     .max_memory_mb = 256,
     .init_us = 778850,
     .status = WORD_TIMEOUT},
    {.kind = LINE_REPORT,
     .request = "806ab12b-e660-4a4a-8d9a-eee01e457f98",
     .duration_us = 376256590,
     .billed_ms = 376257,
     .memory_mb = 10239,
     .max_memory_mb = 10239,
     .init_us = 551730,
     .status = WORD_ERROR,
     .error_type = "Runtime.OutOfMemory",
     .out_of_memory = true},
    {.kind = LINE_INIT_REPORT,
     .duration_us = 2967280,
     .phase = "invoke",
     .status = WORD_ERROR,
     .error_type = "Runtime.ExitError"},
    {.kind = LINE_INIT_REPORT, .duration_us = 10337010, .phase = "init", .status = WORD_TIMEOUT},
    {.kind = LINE_INIT_REPORT, .duration_us = 9999470, .status = WORD_TIMEOUT},
    {.kind = LINE_INIT_REPORT,
     .duration_us = 229220,
     .phase = "init",
     .status = WORD_ERROR,
     .error_type = "Runtime.ImportModuleError"},
    {.kind = LINE_INIT_REPORT,
     .duration_us = 1236040,
     .phase = "init",
     .status = WORD_ERROR,
     .error_type = "Extension.Crash"},
    {.kind = LINE_RESTORE_REPORT,
     .duration_us = 1236040,
     .status = WORD_ERROR,
     .error_type = "Runtime.ExitError"},
    {.kind = LINE_RESTORE_START,
     .runtime = "java:11.v20",
     .region = "us-east-1",
     .time_ms = INT64_C(1685705242355)},
    {.kind = LINE_REPORT,
     .request = "8c360c87-d4b7-4423-b5f3-af02be3c1763",
     .duration_us = 2338660,
     .billed_ms = 2521,
     .memory_mb = 3009,
     .max_memory_mb = 173,
     .restore_us = 398970,
     .billed_restore_ms = 182,
     .time_ms = INT64_C(1685705245060)},
    {.kind = LINE_REPORT,
     .request = "24addd09-6e64-49fb-b187-94ba9b60b59a",
     .duration_us = 127100,
     .billed_ms = 154,
     .memory_mb = 2048,
     .max_memory_mb = 212,
     .restore_us = 325930,
     .billed_restore_ms = 26,
     .trace = "66d978e556c7378e556e94b5461da07c",
     .segment = "29c3839e6ecb5895",
     .sampled = 1},
    {.kind = LINE_REPORT,
     .request = "0e5c8424",
     .duration_us = 159870,
     .billed_ms = 278,
     .memory_mb = 1024,
     .max_memory_mb = 88,
     .restore_us = 562430,
     .billed_restore_ms = 118},
    {.kind = LINE_EXTENSION},
    {.kind = LINE_EXTENSION},
    {.kind = LINE_EXTENSION},
    {.kind = LINE_APP, .duration_us = 902110000, .status = WORD_TIMEOUT},
};

enum { LINE_COUNT = sizeof(all) / sizeof(all[0]) };

static void check_number(int64_t seen, int64_t expected, int64_t factor)
{
    assert_int_equal(seen, expected == 0 ? STREAMS_UNKNOWN : expected * factor);
}

static void check_text(struct slice seen, const char *expected)
{
    assert_slice(seen, expected == NULL ? "" : expected);
}

static void check_id(bool has, const unsigned char *bytes, size_t size, const char *expected)
{
    char text[33] = "";

    assert_int_equal(has, expected != NULL);
    if (expected != NULL) {
        hex_encode(slice_of(bytes, size), text);
        assert_slice(slice_of(text, 2 * size), expected);
    }
}

static void check(struct slice message, const struct expected *expected)
{
    struct line line;
    struct slice rest;

    line_read(message, &line, &rest);
    assert_int_equal(line.kind, expected->kind);
    assert_int_equal(rest.size, 0);
    assert_null(line.reason);
    check_text(line.request_text, expected->request);
    assert_int_equal(line.has_request, expected->request != NULL && expected->request[8] == '-');
    check_number(line.duration_ns, expected->duration_us, 1000);
    check_number(line.billed_ms, expected->billed_ms, 1);
    check_number(line.memory_mb, expected->memory_mb, 1);
    check_number(line.max_memory_mb, expected->max_memory_mb, 1);
    check_number(line.init_ns, expected->init_us, 1000);
    check_number(line.restore_ns, expected->restore_us, 1000);
    check_number(line.billed_restore_ms, expected->billed_restore_ms, 1);
    check_number(line.time_ns, expected->time_ms, 1000000);
    assert_int_equal(line.status, expected->status);
    assert_int_equal(line.out_of_memory, expected->out_of_memory);
    check_text(line.error_type, expected->error_type);
    check_text(line.phase, expected->phase);
    check_text(line.runtime, expected->runtime);
    check_text(line.region, expected->region);
    check_id(line.has_trace, line.trace_id.bytes, 16, expected->trace);
    check_id(line.has_segment, line.segment_id.bytes, 8, expected->segment);
    assert_int_equal(line.sampled, expected->sampled == 0 ? -1 : expected->sampled == 1);
}

/* Read the next line of the file and write its tabs and newlines as asked; false at the end. */
static bool next(struct slice *file, const char *tab, const char *newline, struct buf *out)
{
    struct slice text;
    struct slice name;

    do {
        if (file->size == 0) {
            return false;
        }
        slice_cut(*file, '\n', &text, file);
    } while (slice_starts(text, SLICE("#")));
    assert_true(slice_cut(text, '\t', &name, &text));
    buf_reset(out);
    for (size_t i = 0; i < text.size; i++) {
        bool escape = text.base[i] == '\\' && i + 1 < text.size;
        if (escape && (text.base[i + 1] == 't' || text.base[i + 1] == 'n')) {
            buf_append_text(out, text.base[++i] == 't' ? tab : newline);
        } else {
            buf_append_byte(out, text.base[i]);
        }
    }
    return true;
}

static void run(const char *tab, const char *newline, void (*visit)(struct slice, size_t))
{
    struct slice content = file_read(LINES);
    struct slice left = content;
    struct buf buf;
    size_t count = 0;

    buf_init_growing(&buf, 10000);
    while (next(&left, tab, newline, &buf)) {
        assert_true(count < LINE_COUNT);
        visit(buf_bytes(&buf), count);
        count++;
    }
    assert_int_equal(count, LINE_COUNT);
    buf_fini(&buf);
    file_free(content);
}

static void check_one(struct slice message, size_t number)
{
    check(message, &all[number]);
}

/* As they were published. */
static void as_published(void **state)
{
    (void)state;
    run("\t", "\n", check_one);
}

/* As exports change them: the fields stay the same. */
static void as_exported(void **state)
{
    (void)state;
    run("    ", "\r\n", check_one);
    run(" ", " ", check_one);
    run("\\t", "\\n", check_one);
    run("\t", "\r", check_one);
    run(" \xe2\x80\x94 ", "\n", check_one);
    run("\xc2\xa0\xc2\xa0", "\n", check_one);
    run(", ", "\n", check_one);
    run(" | ", "\n", check_one);
}

/* What must hold for any input. */
static void any(struct slice input, void *context)
{
    struct slice rest = input;

    (void)context;
    do {
        struct line line;
        struct slice more;
        line_read(rest, &line, &more);
        assert_true(more.size < rest.size || rest.size == 0);
        assert_true((line.kind == LINE_REFUSED) == (line.reason != NULL));
        rest = more;
    } while (rest.size > 0);
}

static void damage_one(struct slice message, size_t number)
{
    if (number % 3 == 2) { /* Each kind is among them, and the test stays short. */
        every_byte_change(message, any, NULL);
    }
    every_prefix(message, any, NULL);
}

/* Damaged in every place, a line is still read without harm. */
static void damaged(void **state)
{
    (void)state;
    run("\t", "\n", damage_one);
}

/* The numbers of a report that was cut off are not other numbers: it is refused, or they are whole,
 * or not there. */
static void cut(struct slice input, void *context)
{
    struct line line;
    struct slice rest;
    const struct expected *whole = context;

    line_read(input, &line, &rest);
    if (line.kind != LINE_REPORT) {
        return;
    }
    assert_true(line.duration_ns == STREAMS_UNKNOWN ||
                line.duration_ns == whole->duration_us * 1000);
    assert_true(line.billed_ms == STREAMS_UNKNOWN || line.billed_ms == whole->billed_ms);
    assert_true(line.memory_mb == STREAMS_UNKNOWN || line.memory_mb == whole->memory_mb);
    assert_true(line.max_memory_mb == STREAMS_UNKNOWN ||
                line.max_memory_mb == whole->max_memory_mb);
    assert_true(line.init_ns == STREAMS_UNKNOWN || line.init_ns == whole->init_us * 1000);
}

static void cut_one(struct slice message, size_t number)
{
    struct expected whole = all[number];

    every_prefix(message, cut, &whole);
}

static void cut_off(void **state)
{
    (void)state;
    run("\t", "\n", cut_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_published),
        cmocka_unit_test(as_exported),
        cmocka_unit_test(damaged),
        cmocka_unit_test(cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
