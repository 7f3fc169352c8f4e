/* SPDX-License-Identifier: Apache-2.0 */

/* Containers around text: compression, base64, UTF-16, archives, deliveries; whole, in pieces, cut.
 */
#include "samples.h"
#include "seen.h"

#include "base/base64.h"
#include "lib/cm.h"

#include <zlib.h>
#include <zstd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE "{\"timestamp\":1795445605123,\"message\":\"one\",\"eventId\":\"1\"}\n"
#define TOLD "event 1795445605123|||||x||one\n"

#define PAYLOAD                                                                                    \
    "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"/aws/lambda/"                \
    "a\",\"logStream\":\"s\","                                                                     \
    "\"logEvents\":[{\"id\":\"1\",\"timestamp\":1795445605123,\"message\":\"m\"}]}"
#define PAYLOAD_TOLD "event 1795445605123|1||/aws/lambda/a|s|||m\n"

static struct buf gzip_of(struct slice text)
{
    struct buf out;
    z_stream stream = {.next_in = NULL};
    buf_init_growing(&out, 16u << 20);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    unsigned char *copy = malloc(text.size + 1);
    assert_non_null(copy);
    memcpy(copy, text.base, text.size);
    unsigned char *room = buf_reserve(&out, text.size + 1000);
    assert_non_null(room);
    stream.next_in = copy;
    stream.avail_in = (uInt)text.size;
    stream.next_out = room;
    stream.avail_out = (uInt)text.size + 1000;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    buf_commit(&out, stream.total_out);
    (void)deflateEnd(&stream);
    free(copy);
    return out;
}

static struct buf base64_of(struct slice bytes)
{
    struct buf out;
    buf_init_growing(&out, 16u << 20);
    base64_encode(bytes, &out);
    return out;
}

static void check(struct slice input, const char *path, const char *told)
{
    static const size_t pieces[] = {0, 1, 7, 511, 512, 513, 4096};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct seen seen;
        seen_take(&seen, input, pieces[i], path);
        assert_string_equal(seen_text(&seen), told);
        assert_int_equal(seen.status, STATUS_OK);
        seen_free(&seen);
    }
}

/* gzip with several members, an empty one and zeros behind the last. */
static void test_gzip(void **state)
{
    (void)state;
    struct buf one = gzip_of(SLICE(LINE));
    struct buf none = gzip_of(SLICE(""));
    struct buf all;
    buf_init_growing(&all, 1u << 20);
    buf_append(&all, buf_bytes(&one));
    buf_append(&all, buf_bytes(&none));
    buf_append(&all, buf_bytes(&one));
    buf_append_fill(&all, 0, 700);
    check(buf_bytes(&all), "x.json.gz", TOLD TOLD);
    struct buf twice = gzip_of(buf_bytes(&all));
    check(buf_bytes(&twice), "x", TOLD TOLD);
    buf_fini(&twice);
    buf_fini(&all);
    buf_fini(&none);
    buf_fini(&one);
}

/* A cut or damaged gzip tells what was before, and says that it was cut. */
static void test_gzip_cut(void **state)
{
    (void)state;
    struct buf lines;
    buf_init_growing(&lines, 1u << 20);
    for (unsigned i = 0; i < 2000; i++) {
        buf_printf(&lines, "{\"timestamp\":1795445605123,\"message\":\"%u\",\"eventId\":\"1\"}\n",
                   i * i * 2654435761u);
    }
    struct buf packed = gzip_of(buf_bytes(&lines));
    for (size_t size = 1; size < packed.size; size += packed.size / 100) {
        struct seen seen;
        seen_take(&seen, slice_take(buf_bytes(&packed), size), 1000, "x");
        assert_true(seen.status == STATUS_BAD || size < 2);
        assert_true(seen.counts.events <= 2000);
        if (size > 2) {
            assert_non_null(strstr(seen.error, "x: "));
        }
        if (size > packed.size / 2) {
            assert_true(seen.counts.events > 500);
        }
        seen_free(&seen);
    }
    packed.base[packed.size / 2] ^= 0x55;
    struct seen seen;
    seen_take(&seen, buf_bytes(&packed), 0, "x");
    assert_int_equal(seen.status, STATUS_BAD);
    seen_free(&seen);
    buf_fini(&packed);
    buf_fini(&lines);
}

static void test_zstd(void **state)
{
    unsigned char packed[1000];
    (void)state;
    size_t size = ZSTD_compress(packed, sizeof(packed), LINE, sizeof(LINE) - 1, 3);
    assert_false(ZSTD_isError(size));
    memcpy(packed + size, packed, size);
    check(slice_of(packed, 2 * size), "x.zst", TOLD TOLD);
    struct seen seen;
    seen_take(&seen, slice_of(packed, size - 3), 0, "x.zst");
    assert_int_equal(seen.status, STATUS_BAD);
    seen_free(&seen);
}

/* base64 of gzip, as payloads are passed around: alone, in lines, quoted. */
static void test_base64(void **state)
{
    (void)state;
    struct buf packed = gzip_of(SLICE(PAYLOAD));
    struct buf text = base64_of(buf_bytes(&packed));
    struct buf lines;
    check(buf_bytes(&text), "x", PAYLOAD_TOLD);
    buf_init_growing(&lines, 1u << 20);
    for (unsigned i = 0; i < 2; i++) {
        for (size_t at = 0; at < text.size; at += 76) {
            buf_append(&lines, slice_take(slice_skip(buf_bytes(&text), at), 76));
            buf_append_byte(&lines, '\n');
        }
    }
    check(buf_bytes(&lines), "x", PAYLOAD_TOLD PAYLOAD_TOLD);
    buf_reset(&lines);
    buf_printf(&lines, "\"" SLICE_FMT "\"\n", SLICE_ARG(buf_bytes(&text)));
    check(buf_bytes(&lines), "x", PAYLOAD_TOLD);
    buf_fini(&lines);
    buf_fini(&text);
    buf_fini(&packed);
}

/* What a shell of Windows writes when output is redirected, in both orders of bytes. */
static void test_utf16(void **state)
{
    static const char text[] = "timestamp,message\r\n1795445605123,\"a\xc3\xa4\"\r\n";
    (void)state;
    for (unsigned big = 0; big < 2; big++) {
        struct buf wide;
        buf_init_growing(&wide, 1u << 20);
        const unsigned char mark[2] = {big ? 0xfe : 0xff, big ? 0xff : 0xfe};
        buf_append(&wide, slice_of(mark, 2));
        for (size_t i = 0; text[i] != '\0'; i++) {
            unsigned char byte = (unsigned char)text[i];
            if (byte == 0xc3) {
                continue;
            }
            byte = byte == 0xa4 ? 0xe4 : byte;
            buf_append_byte(&wide, big ? 0 : byte);
            buf_append_byte(&wide, big ? byte : 0);
        }
        check(buf_bytes(&wide), "x.csv", "event 1795445605123|||||x||a\xc3\xa4\n");
        buf_fini(&wide);
    }
}

static void deliver(const char *format, const char *payload, const char *told)
{
    struct buf text;
    buf_init_growing(&text, 1u << 20);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '@') {
            buf_append_text(&text, payload);
        } else {
            buf_append_byte(&text, (unsigned char)*at);
        }
    }
    check(buf_bytes(&text), "x.json", told);
    buf_fini(&text);
}

/* Deliveries: their records one by one, whatever they are wrapped in. */
static void test_deliveries(void **state)
{
    static const char none[] = "eyJDSEFOR0UiOjEuOTZ9"; /* {"CHANGE":1.96} */
    static const char refused[] =
        "refused 1|a JSON object that is no log event of a kind known here|{\"CHANGE\":1.96}\n";
    struct buf packed = gzip_of(SLICE(PAYLOAD PAYLOAD));
    struct buf text = base64_of(buf_bytes(&packed));
    char payload[500], told[2000];
    (void)state;
    snprintf(payload, sizeof(payload), SLICE_FMT, SLICE_ARG(buf_bytes(&text)));
    static const char *const both[] = {
        "{\"awslogs\":{\"data\":\"@\"}}",
        "{\"Records\":[{\"kinesis\":{\"data\":\"@\"},\"eventSource\":\"aws:kinesis\"}]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\",\"Data\":\"@\",\"PartitionKey\":\"a\"}],"
        "\"MillisBehindLatest\":0}",
        "{\"requestId\":\"a\",\"timestamp\":1,\"records\":[{\"data\":\"@\"}]}",
        "{\"invocationId\":\"a\",\"records\":[{\"recordId\":\"1\",\"data\":\"@\"}]}",
        "{\"attemptsMade\":4,\"errorCode\":\"HttpEndpoint.X\",\"rawData\":\"@\"}\n",
        "{\"Records\":[{\"body\":\"{\\\"awslogs\\\":{\\\"data\\\":\\\"@\\\"}}\"}]}",
        "{\"Records\":[{\"Sns\":{\"Message\":\"@\"}}]}",
        "{\"Records\":[{\"body\":\"{\\\"Records\\\":[{\\\"Sns\\\":{\\\"Message\\\":\\\"@\\\"}}]}\"}"
        "]}",
    };
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        deliver(both[i], payload, PAYLOAD_TOLD PAYLOAD_TOLD);
    }
    deliver("{\"requestId\":\"a\",\"timestamp\":1,\"records\":[{\"data\":\"@\"},{\"data\":\"\"}]}",
            none, refused);
    snprintf(told, sizeof(told), "%s%s%s", PAYLOAD_TOLD PAYLOAD_TOLD, refused,
             PAYLOAD_TOLD PAYLOAD_TOLD);
    char records[4000];
    snprintf(records, sizeof(records),
             "{\"records\":[{\"data\":\"%s\"},{\"data\":\"%s\"},{\"data\":\"%s\"}]}", payload, none,
             payload);
    check(slice_from(records), "x.json", told);
    buf_fini(&text);
    buf_fini(&packed);
}

/* A payload that was cut before it was packed: its events up to there. */
static void test_delivery_cut(void **state)
{
    static const char cut[] =
        "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"/aws/lambda/a\","
        "\"logStream\":\"s\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":1795445605123,"
        "\"message\":\"m\"},{\"id\":\"2\",\"time";
    char payload[500], told[1000];
    (void)state;
    struct buf packed = gzip_of(slice_from(cut));
    struct buf text = base64_of(buf_bytes(&packed));
    snprintf(payload, sizeof(payload), SLICE_FMT, SLICE_ARG(buf_bytes(&text)));
    snprintf(told, sizeof(told),
             "%srefused 1|broken JSON|event 2 of /aws/lambda/a s: {\"id\":\"2\",\"time\n%s",
             PAYLOAD_TOLD, PAYLOAD_TOLD);
    char records[2000];
    struct buf whole = base64_of(SLICE(PAYLOAD));
    snprintf(records, sizeof(records),
             "{\"records\":[{\"data\":\"%s\"},{\"data\":\"" SLICE_FMT "\"}]}", payload,
             SLICE_ARG(buf_bytes(&whole)));
    check(slice_from(records), "x.json", told);
    buf_fini(&whole);
    buf_fini(&text);
    buf_fini(&packed);
}

/* Wrappings without end are refused, not followed. */
static void test_deep(void **state)
{
    char text[200000] = "{}";
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct buf packed = base64_of(slice_from(text));
        snprintf(text, sizeof(text), "{\"awslogs\":{\"data\":\"" SLICE_FMT "\"}}",
                 SLICE_ARG(buf_bytes(&packed)));
        buf_fini(&packed);
    }
    struct seen seen;
    seen_take(&seen, slice_from(text), 0, "x");
    assert_non_null(strstr(seen_text(&seen), "a payload in too many others"));
    seen_free(&seen);
}

/* What is known and not read names what to do. */
static void test_refused(void **state)
{
    static const struct {
        struct slice head;
        const char *says;
    } known[] = {
        {SLICE_INIT("PK\003\004\024\0\0\0"), "unzip it first"},
        {SLICE_INIT("\375"
                    "7zXZ\0"),
         "xz -dc"},
        {SLICE_INIT("BZh91AY"), "bzip2 -dc"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct seen seen;
        seen_take(&seen, known[i].head, 0, "logs.x");
        assert_int_equal(seen.status, STATUS_BAD);
        assert_int_equal(seen.counts.format, INTAKE_REFUSED);
        assert_non_null(strstr(seen.error, "logs.x: "));
        assert_non_null(strstr(seen.error, known[i].says));
        seen_free(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivery_cut), cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_cut),     cmocka_unit_test(test_zstd),
        cmocka_unit_test(test_base64),       cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_deliveries),   cmocka_unit_test(test_deep),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
