/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/body.h"

#include "ingest/ingest_limits.h"
#include "lib/cm.h"

#include <sys/mman.h>

#define MEMORY_SIZE (UINT64_C(256) << 20)

static void *memory;
static struct arena arena;

static unsigned prepare(const char *type, const char *encoding, struct slice bytes,
                        struct body *body)
{
    struct body_request request = {
        .signal = SIGNAL_TRACES,
        .content_type = slice_from(type),
        .content_encoding = slice_from(encoding),
        .bytes = bytes,
    };
    arena_init(&arena, memory, MEMORY_SIZE);
    enum status status = body_prepare(&request, &arena, body);
    assert_int_equal(status == STATUS_OK, body->status == 0);
    assert_int_equal(body->status != 0, body->message.size > 0);
    return body->status;
}

/* What is good passes, in whatever letters the headers are written. */
static void test_good(void **state)
{
    struct body body;
    (void)state;
    assert_int_equal(prepare("application/x-protobuf", "", SLICE_EMPTY, &body), 0);
    assert_int_equal(body.encoding, OTLP_PROTOBUF);
    assert_int_equal(prepare("Application/JSON ; charset=utf-8", "Identity", SLICE("{}"), &body),
                     0);
    assert_int_equal(body.encoding, OTLP_JSON);
    assert_int_equal(body.protobuf.size, 0);
}

/* What is not gets the status that OTLP says. */
static void test_refused(void **state)
{
    struct body body;
    (void)state;
    assert_int_equal(prepare("", "", SLICE_EMPTY, &body), 415);
    assert_int_equal(prepare("text/plain", "", SLICE_EMPTY, &body), 415);
    assert_int_equal(prepare("application/json", "zstd", SLICE("{}"), &body), 415);
    assert_int_equal(prepare("application/json", "gzip", SLICE("{}"), &body), 400);
    assert_int_equal(prepare("application/json", "", SLICE("["), &body), 400);
    assert_int_equal(prepare("application/json", "", SLICE_EMPTY, &body), 400);
}

/* What does not decode is told why, by the guard's word. */
static void test_undecoded(void **state)
{
    struct body body;
    (void)state;
    assert_int_equal(prepare("application/x-protobuf", "", SLICE("\x0a\x05"), &body), 0);
    body_undecoded(SIGNAL_TRACES, false, &arena, &body);
    assert_int_equal(body.status, 400);
    assert_int_equal(body.counter, COUNTER_REJECTED_MALFORMED);
    assert_slice(body.message, "not OTLP protobuf: it ends inside of a field at byte 0");
    body_undecoded(SIGNAL_TRACES, true, &arena, &body);
    assert_int_equal(body.status, 413);
    assert_int_equal(body.counter, COUNTER_REJECTED_TOO_LARGE);
}

/* Answers are in the encoding that was asked in. */
static void test_answers(void **state)
{
    unsigned char bytes[256];
    struct buf out;
    (void)state;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    otlp_answer_success(OTLP_PROTOBUF, SIGNAL_LOGS, 0, SLICE_EMPTY, &out);
    assert_int_equal(out.size, 0);
    otlp_answer_success(OTLP_JSON, SIGNAL_LOGS, 0, SLICE_EMPTY, &out);
    assert_slice(buf_bytes(&out), "{}");
    buf_reset(&out);
    otlp_answer_success(OTLP_JSON, SIGNAL_METRICS, 3, SLICE("why"), &out);
    assert_slice(buf_bytes(&out),
                 "{\"partialSuccess\":{\"rejectedDataPoints\":\"3\",\"errorMessage\":\"why\"}}");
    buf_reset(&out);
    otlp_answer_success(OTLP_PROTOBUF, SIGNAL_TRACES, 3, SLICE("why"), &out);
    assert_slice(buf_bytes(&out), "\x0a\x07\x08\x03\x12\x03why");
    buf_reset(&out);
    otlp_answer_error(OTLP_PROTOBUF, 503, SLICE("full"), &out);
    assert_slice(buf_bytes(&out), "\x08\x0e\x12\x04"
                                  "full");
    buf_reset(&out);
    otlp_answer_error(OTLP_UNKNOWN, 415, SLICE("\"<"), &out);
    assert_slice(buf_bytes(&out), "{\"code\":3,\"message\":\"\\\"<\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_undecoded),
        cmocka_unit_test(test_answers),
    };
    memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
