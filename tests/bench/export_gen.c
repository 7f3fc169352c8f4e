/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a large export of log groups, the same bytes for the same arguments.
 *
 *     export_gen FORMAT BYTES [SEED]
 *
 *   tar      a tar of files as an export task leaves them on S3, unpacked: one for each stream
 *   tail     text as "aws logs tail" prints it: time, stream, message; streams interleaved
 *   filter   pages of filter-log-events, streams interleaved
 *   json     the same of functions with the JSON log format
 *
 * 40 functions of five runtimes in thousands of streams; lines of 60 to 900 bytes; cold starts,
 * errors with stack traces, timeouts.  It ends with the first invocation that ends beyond BYTES.
 * What is in it goes to standard error as JSON: invocations, cold starts, errors, timeouts, billed.
 */
#include "base/buf.h"
#include "base/hex.h"
#include "base/prng.h"
#include "base/timestamp.h"
#include "base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTION_COUNT    40
#define LANE_COUNT        64
#define LINE_COUNT        24 /* Texts of each runtime. */
#define SEGMENT_COUNT_MAX 12
#define STREAM_LIFE       150 /* Invocations of a stream, on average. */
#define BEGIN_MS          UINT64_C(1756684800000)
#define OUT_SIZE          ((size_t)4 << 20)
#define FLUSH_SIZE        ((size_t)1 << 20)

enum format { FORMAT_TAR, FORMAT_TAIL, FORMAT_FILTER, FORMAT_JSON };
enum runtime { PYTHON, NODE, JAVA, RUBY, GO, RUNTIME_COUNT };

/* A text with places for what differs: cut once, so that rendering is copying. */
enum slot { SLOT_NONE = 0, SLOT_REQUEST = 1, SLOT_TIME = 2, SLOT_NUMBER = 3 };

struct segment {
    struct slice text;
    enum slot slot; /* Behind it. */
};

struct template
{
    struct segment segments[SEGMENT_COUNT_MAX];
    size_t count;
    char text[2048];
};

struct function {
    char name[40];
    enum runtime runtime;
    unsigned memory_mb, lines, mean_ms, init_ms;
};

/* One instance with one invocation after the other. */
struct lane {
    const struct function *function;
    char stream[64];
    char request[UUID_TEXT_SIZE];
    bool cold, fails, times_out;
    unsigned line, line_count;
    unsigned left; /* Invocations until it goes away. */
    unsigned duration_us, init_us;
};

struct totals {
    uint64_t invocations, cold, errors, timeouts, billed_ms, streams, events;
};

struct gen {
    enum format format;
    struct prng prng;
    struct buf out;
    uint64_t written, now_ms, second;
    char clock[TIMESTAMP_TEXT_SIZE]; /* Of now. */
    uint64_t event;
    bool first_event;
    struct function functions[FUNCTION_COUNT];
    struct lane lanes[LANE_COUNT];
    struct template lines[RUNTIME_COUNT][LINE_COUNT];
    struct template traces[RUNTIME_COUNT];
    struct totals totals;
};

static struct gen gen;

static _Noreturn void fail(const char *why)
{
    (void)fprintf(stderr, "export_gen: %s\n", why);
    exit(1);
}

static void flush(void)
{
    size_t done = 0;
    while (done < gen.out.size) {
        ssize_t size = write(STDOUT_FILENO, gen.out.base + done, gen.out.size - done);
        if (size <= 0) {
            fail("cannot write");
        }
        done += (size_t)size;
    }
    gen.written += done;
    buf_reset(&gen.out);
}

/* ---- Texts. ---- */

static const char *const words[] = {
    "order",   "customer", "payment", "basket",  "warehouse", "accepted", "rejected", "the",
    "of",      "with",     "retry",   "timeout", "upstream",  "status",   "cache",    "hit",
    "miss",    "item",     "price",   "invoice", "address",   "delivery", "north",    "queue",
    "message", "batch",    "record",  "loaded",  "stored",    "verified", "token",    "session",
};

static void add_words(struct buf *text, size_t size_min)
{
    size_t end = text->size + size_min;
    while (text->size < end) {
        buf_append_text(text, words[prng_below(&gen.prng, sizeof(words) / sizeof(words[0]))]);
        buf_append_text(text, prng_chance(&gen.prng, 1, 9) ? "=\x03 " : " ");
    }
}

/* As a JSON string of a JSON string, as deep as the format has it. */
static void add_escaped(struct buf *out, struct slice text, unsigned depth)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        const char *quoted = byte == '"'    ? "\\\""
                             : byte == '\n' ? "\\n"
                             : byte == '\t' ? "\\t"
                             : byte == '\\' ? "\\\\"
                                            : NULL;
        if (depth == 0 || quoted == NULL) {
            buf_append_byte(out, byte);
        } else {
            add_escaped(out, slice_from(quoted), depth - 1);
        }
    }
}

static void cut_template(struct template *template, struct slice text, unsigned depth)
{
    struct buf copy;
    buf_init_fixed(&copy, template->text, sizeof(template->text));
    add_escaped(&copy, text, depth);
    if (buf_overflowed(&copy)) {
        fail("a text is too long");
    }
    size_t begin = 0;
    for (size_t i = 0; i <= copy.size; i++) {
        enum slot slot = i < copy.size && copy.base[i] <= SLOT_NUMBER ? copy.base[i] : SLOT_NONE;
        if (i < copy.size && slot == SLOT_NONE) {
            continue;
        }
        if (template->count + 1 == SEGMENT_COUNT_MAX && i < copy.size) {
            copy.base[i] = '7'; /* Places enough. */
            continue;
        }
        template->segments[template->count] =
            (struct segment){slice_of(template->text + begin, i - begin), slot};
        template->count++;
        begin = i + 1;
    }
}

static const char *const prefixes[RUNTIME_COUNT] = {
    [PYTHON] = "[INFO]\t\x02\t\x01\t",
    [NODE] = "\x02\t\x01\tINFO\t",
    [JAVA] = "2025-09-01 00:00:00 \x01 INFO  OrderHandler:57 - ",
    [RUBY] = "I, [2025-09-01T00:00:00.000000 #8]  INFO -- : ",
    [GO] = "{\"time\":\"\x02\",\"level\":\"INFO\",\"requestId\":\"\x01\",\"msg\":\"",
};

static const char *const traces[RUNTIME_COUNT] = {
    [PYTHON] = "[ERROR] KeyError: 'customer \x03'\nTraceback (most recent call last):\n"
               "  File \"/var/task/handler.py\", line 42, in handler\n    return work(event)\n"
               "  File \"/var/task/shop/work.py\", line 117, in work\n"
               "    customer = customers[event['id']]\n",
    [NODE] =
        "\x02\t\x01\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":"
        "\"Cannot read properties of undefined (reading 'id')\",\"stack\":[\"TypeError: Cannot "
        "read properties of undefined (reading 'id')\",\"    at work (/var/task/work.js:17:9)"
        "\",\"    at Runtime.handler (/var/task/index.js:4:10)\"]}\n",
    [JAVA] = "java.lang.IllegalStateException: no such order \x03\n"
             "\tat shop.Orders.find(Orders.java:71)\n\tat shop.Handler.handle(Handler.java:33)\n"
             "Caused by: java.sql.SQLException: connection reset\n\t... 2 more\n",
    [RUBY] = ("Error raised from handler method\n{\n  \"errorMessage\": \"no order\",\n  "
              "\"errorType\": \"Function<RuntimeError>\",\n  \"stackTrace\": []\n}\n"),
    [GO] = "{\"errorMessage\":\"order \x03 not found\",\"errorType\":\"errorString\"}\n",
};

static void make_line(struct template *template, enum runtime runtime, unsigned depth)
{
    char memory[1024];
    struct buf text;
    buf_init_fixed(&text, memory, sizeof(memory));
    if (gen.format == FORMAT_JSON) {
        buf_append_text(&text, "{\"timestamp\":\"\x02\",\"level\":\"INFO\",\"message\":\"");
    } else {
        buf_append_text(&text, prefixes[runtime]);
    }
    /* Most lines are short, some are dumps of events. */
    add_words(&text, prng_chance(&gen.prng, 1, 8) ? prng_between(&gen.prng, 300, 800)
                                                  : prng_between(&gen.prng, 40, 220));
    if (gen.format == FORMAT_JSON) {
        buf_append_text(&text, "\",\"requestId\":\"\x01\"}\n");
    } else {
        buf_append_text(&text, runtime == GO ? "\"}\n" : "\n");
    }
    cut_template(template, buf_bytes(&text), depth);
}

static void make_texts(void)
{
    unsigned depth = gen.format == FORMAT_FILTER || gen.format == FORMAT_JSON ? 1 : 0;
    for (unsigned runtime = 0; runtime < RUNTIME_COUNT; runtime++) {
        for (unsigned i = 0; i < LINE_COUNT; i++) {
            make_line(&gen.lines[runtime][i], (enum runtime)runtime, depth);
        }
        cut_template(&gen.traces[runtime], slice_from(traces[runtime]), depth);
    }
    for (unsigned i = 0; i < FUNCTION_COUNT; i++) {
        struct function *function = &gen.functions[i];
        (void)snprintf(function->name, sizeof(function->name), "shop-%s-%s-%u", words[i % 16],
                       words[i % 7 + 20], i);
        function->runtime = i % RUNTIME_COUNT;
        function->memory_mb = 128u << (i % 5);
        function->lines = (unsigned)prng_between(&gen.prng, 2, 9);
        function->mean_ms = (unsigned)prng_between(&gen.prng, 5, 900);
        function->init_ms = (unsigned)prng_between(&gen.prng, 90, 2500);
    }
}

/* ---- Events. ---- */

static void set_clock(void)
{
    if (gen.now_ms / 1000 != gen.second) {
        gen.second = gen.now_ms / 1000;
        (void)timestamp_format(gen.second * UINT64_C(1000000000), 3, gen.clock);
    }
    unsigned ms = (unsigned)(gen.now_ms % 1000);
    gen.clock[20] = (char)('0' + ms / 100);
    gen.clock[21] = (char)('0' + ms / 10 % 10);
    gen.clock[22] = (char)('0' + ms % 10);
}

static void begin_event(const struct lane *lane)
{
    gen.totals.events++;
    set_clock();
    switch (gen.format) {
    case FORMAT_TAR:
        buf_append(&gen.out, slice_of(gen.clock, 24));
        buf_append_byte(&gen.out, ' ');
        break;
    case FORMAT_TAIL:
        buf_append(&gen.out, slice_of(gen.clock, 23));
        buf_append_text(&gen.out, "000+00:00 ");
        buf_append_text(&gen.out, lane->stream);
        buf_append_byte(&gen.out, ' ');
        break;
    case FORMAT_FILTER:
    case FORMAT_JSON:
        buf_append_text(&gen.out,
                        gen.first_event ? "{\"logStreamName\":\"" : ",{\"logStreamName\":\"");
        buf_append_text(&gen.out, lane->stream);
        buf_append_text(&gen.out, "\",\"timestamp\":");
        buf_append_u64(&gen.out, gen.now_ms);
        buf_append_text(&gen.out, ",\"message\":\"");
        break;
    }
    gen.first_event = false;
}

static void end_event(void)
{
    if (gen.format == FORMAT_FILTER || gen.format == FORMAT_JSON) {
        buf_append_text(&gen.out, "\",\"ingestionTime\":");
        buf_append_u64(&gen.out, gen.now_ms + 4321);
        buf_append_text(&gen.out, ",\"eventId\":\"391763180045762871600000000000000000");
        buf_append_u64(&gen.out, UINT64_C(10000000000000000000) + gen.event);
        buf_append_text(&gen.out, "\"}");
    }
    gen.event++;
}

static void add_template(const struct lane *lane, const struct template *template)
{
    begin_event(lane);
    for (size_t i = 0; i < template->count; i++) {
        buf_append(&gen.out, template->segments[i].text);
        switch (template->segments[i].slot) {
        case SLOT_NONE:
            break;
        case SLOT_REQUEST:
            buf_append(&gen.out, slice_of(lane->request, UUID_TEXT_SIZE));
            break;
        case SLOT_TIME:
            buf_append(&gen.out, slice_of(gen.clock, 24));
            break;
        case SLOT_NUMBER:
            buf_append_u64(&gen.out, gen.event % 100000);
            break;
        }
    }
    end_event();
}

/* Tabs and newlines of the platform's own lines, as the format has them. */
static const char *tab(void)
{
    return gen.format == FORMAT_FILTER || gen.format == FORMAT_JSON ? "\\t" : "\t";
}

static const char *newline(void)
{
    return gen.format == FORMAT_FILTER || gen.format == FORMAT_JSON ? "\\n" : "\n";
}

static void add_request_line(const struct lane *lane, const char *word, const char *rest)
{
    begin_event(lane);
    buf_append_text(&gen.out, word);
    buf_append(&gen.out, slice_of(lane->request, UUID_TEXT_SIZE));
    buf_append_text(&gen.out, rest);
    buf_append_text(&gen.out, newline());
    end_event();
}

static void add_init_start(const struct lane *lane)
{
    begin_event(lane);
    buf_printf(
        &gen.out,
        "INIT_START Runtime Version: python:3.13.v31%sRuntime Version ARN: "
        "arn:aws:lambda:eu-central-1::runtime:f713ac0afb982fcdf9bac88eaa00c31352efae870b225c1"
        "9f1603fe79159a6f1%s",
        tab(), newline());
    end_event();
}

static void add_timeout(const struct lane *lane)
{
    begin_event(lane);
    buf_append(&gen.out, slice_of(gen.clock, 24));
    buf_append_byte(&gen.out, ' ');
    buf_append(&gen.out, slice_of(lane->request, UUID_TEXT_SIZE));
    buf_append_text(&gen.out, " Task timed out after 3.00 seconds");
    buf_append_text(&gen.out, newline());
    buf_append_text(&gen.out, newline());
    end_event();
}

static void add_report(const struct lane *lane)
{
    uint64_t used_us = lane->duration_us + (lane->cold ? lane->init_us : 0);
    uint64_t billed_ms = (used_us + 999) / 1000;
    unsigned memory_mb = lane->function->memory_mb;
    begin_event(lane);
    buf_append_text(&gen.out, "REPORT RequestId: ");
    buf_append(&gen.out, slice_of(lane->request, UUID_TEXT_SIZE));
    buf_printf(&gen.out,
               "%sDuration: %u.%02u ms%sBilled Duration: %llu ms%sMemory Size: %u MB%sMax Memory "
               "Used: %u MB%s",
               tab(), lane->duration_us / 1000, lane->duration_us % 1000 / 10, tab(),
               (unsigned long long)billed_ms, tab(), memory_mb, tab(),
               memory_mb / 3 + lane->duration_us % (memory_mb / 4), tab());
    if (lane->cold) {
        buf_printf(&gen.out, "Init Duration: %u.%02u ms%s", lane->init_us / 1000,
                   lane->init_us % 1000 / 10, tab());
    }
    if (lane->times_out) {
        buf_printf(&gen.out, "Status: timeout");
    }
    buf_append_text(&gen.out, newline());
    end_event();
    gen.totals.invocations++;
    gen.totals.cold += lane->cold;
    gen.totals.errors += lane->fails || lane->times_out;
    gen.totals.timeouts += lane->times_out;
    gen.totals.billed_ms += billed_ms;
}

/* ---- Instances. ---- */

static void begin_instance(struct lane *lane)
{
    unsigned char id[16];
    char hex[33] = {0};
    prng_fill(&gen.prng, id, sizeof(id));
    hex_encode(slice_of(id, sizeof(id)), hex);
    lane->function = &gen.functions[prng_below(&gen.prng, FUNCTION_COUNT)];
    (void)snprintf(lane->stream, sizeof(lane->stream), "2025/09/01/[$LATEST]%s", hex);
    lane->left = (unsigned)prng_between(&gen.prng, 1, UINT64_C(2) * STREAM_LIFE);
    lane->cold = true;
    gen.totals.streams++;
}

static void begin_invocation(struct lane *lane)
{
    struct uuid uuid = uuid_v4(&gen.prng);
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(&uuid, text);
    memcpy(lane->request, text, UUID_TEXT_SIZE);
    const struct function *function = lane->function;
    lane->times_out = prng_chance(&gen.prng, 1, 500);
    lane->fails = !lane->times_out && prng_chance(&gen.prng, 1, 80);
    uint64_t spread = prng_between(&gen.prng, 20, 100) * prng_between(&gen.prng, 20, 300);
    lane->duration_us =
        lane->times_out ? 3000000 : (unsigned)(function->mean_ms * spread / 10 / 10 * 10 + 1200);
    lane->init_us = (unsigned)prng_between(&gen.prng, 700, 1900) / 10 * 10 * function->init_ms;
    lane->line = 0;
    lane->line_count = (unsigned)prng_between(&gen.prng, 1, UINT64_C(2) * function->lines);
}

/* Write the next line of an invocation; false when that was its last one. */
static bool step(struct lane *lane)
{
    unsigned line = lane->line++;
    enum runtime runtime = lane->function->runtime;
    if (line == 0) {
        if (lane->cold) {
            add_init_start(lane);
            gen.now_ms++;
        }
        add_request_line(lane, "START RequestId: ", " Version: $LATEST");
        return true;
    }
    if (line <= lane->line_count) {
        add_template(lane, &gen.lines[runtime][prng_below(&gen.prng, LINE_COUNT)]);
        return true;
    }
    if (lane->fails && line == lane->line_count + 1) {
        add_template(lane, &gen.traces[runtime]);
        return true;
    }
    if (lane->times_out) {
        add_timeout(lane);
    }
    add_request_line(lane, "END RequestId: ", "");
    add_report(lane);
    return false;
}

/* The invocation has ended: begin the next one, on this instance or another. */
static void next(struct lane *lane)
{
    lane->cold = false;
    lane->left--;
    if (lane->left == 0) {
        begin_instance(lane);
    }
    begin_invocation(lane);
}

/* ---- Files. ---- */

/* The header of a file in a tar; its size is known when the file is. */
static void finish_file(size_t begin, const struct lane *lane)
{
    size_t size = gen.out.size - begin - 512;
    char *head = (char *)gen.out.base + begin;
    char name[128]; /* Fits into the 100 of the header: names are short. */
    (void)snprintf(name, sizeof(name), "aws/lambda/%s/%s/000000", lane->function->name,
                   lane->stream);
    /* Of the stream's name only: what is behind the function's. */
    size_t stream_at = sizeof("aws/lambda/") + strlen(lane->function->name);
    for (size_t i = stream_at; i < stream_at + strlen(lane->stream); i++) {
        if (name[i] == '/') {
            name[i] = '-';
        }
    }
    memset(head, 0, 512);
    memcpy(head, name, strnlen(name, 99));
    (void)snprintf(head + 100, 8, "0000644");
    (void)snprintf(head + 108, 8, "0000000");
    (void)snprintf(head + 116, 8, "0000000");
    (void)snprintf(head + 124, 12, "%011zo", size);
    (void)snprintf(head + 136, 12, "%011o", 1756684800u);
    head[156] = '0';
    memcpy(head + 257, "ustar", 6);
    head[263] = '0';
    head[264] = '0';
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? 0 : (unsigned char)head[i];
    }
    (void)snprintf(head + 148, 8, "%06o", sum);
    head[155] = ' ';
    buf_append_fill(&gen.out, 0, (512 - size % 512) % 512);
}

static void write_tar(uint64_t bytes)
{
    struct lane *lane = &gen.lanes[0];
    while (gen.written < bytes) {
        size_t begin = gen.out.size;
        gen.now_ms = BEGIN_MS + prng_below(&gen.prng, 40000000);
        buf_append_fill(&gen.out, 0, 512);
        begin_instance(lane);
        do {
            begin_invocation(lane);
            while (step(lane)) {
                gen.now_ms += prng_below(&gen.prng, 20);
            }
            gen.now_ms += prng_below(&gen.prng, 3000);
            lane->cold = false;
            lane->left--;
        } while (lane->left > 0);
        if (buf_overflowed(&gen.out)) {
            fail("a file is too long");
        }
        finish_file(begin, lane);
        flush();
    }
    buf_append_fill(&gen.out, 0, 1024);
}

static void write_interleaved(uint64_t bytes)
{
    bool json = gen.format != FORMAT_TAIL;
    gen.now_ms = BEGIN_MS;
    gen.first_event = true;
    buf_append_text(&gen.out, json ? "{\"events\":[" : "");
    for (size_t i = 0; i < LANE_COUNT; i++) {
        begin_instance(&gen.lanes[i]);
        begin_invocation(&gen.lanes[i]);
    }
    size_t open = LANE_COUNT;
    for (uint64_t turn = 0; open > 0; turn++) {
        size_t at = prng_below(&gen.prng, open);
        gen.now_ms += turn % 4 == 0;
        if (!step(&gen.lanes[at])) {
            if (gen.written < bytes) {
                next(&gen.lanes[at]);
            } else {
                open--;
                gen.lanes[at] = gen.lanes[open];
            }
        }
        if (gen.out.size >= FLUSH_SIZE) {
            flush();
        }
    }
    buf_append_text(&gen.out, json ? "],\"searchedLogStreams\":[]}\n" : "");
}

int main(int argc, char **argv)
{
    static const char *const formats[] = {[FORMAT_TAR] = "tar",
                                          [FORMAT_TAIL] = "tail",
                                          [FORMAT_FILTER] = "filter",
                                          [FORMAT_JSON] = "json"};
    size_t format = 0;
    while (argc >= 3 && format < 4 && strcmp(argv[1], formats[format]) != 0) {
        format++;
    }
    if (argc < 3 || argc > 4 || format == 4) {
        (void)fprintf(stderr, "export_gen tar|tail|filter|json BYTES [SEED]\n");
        return 2;
    }
    gen.format = (enum format)format;
    prng_init(&gen.prng, argc == 4 ? strtoull(argv[3], NULL, 10) : 1);
    buf_init_growing(&gen.out, OUT_SIZE);
    make_texts();
    uint64_t bytes = strtoull(argv[2], NULL, 10);
    if (gen.format == FORMAT_TAR) {
        write_tar(bytes);
    } else {
        write_interleaved(bytes);
    }
    flush();
    buf_fini(&gen.out);
    (void)fprintf(stderr,
                  "{\"bytes\":%llu,\"invocations\":%llu,\"cold_starts\":%llu,\"errors\":%llu,"
                  "\"timeouts\":%llu,\"billed_ms\":%llu,\"streams\":%llu,\"events\":%llu}\n",
                  (unsigned long long)gen.written, (unsigned long long)gen.totals.invocations,
                  (unsigned long long)gen.totals.cold, (unsigned long long)gen.totals.errors,
                  (unsigned long long)gen.totals.timeouts, (unsigned long long)gen.totals.billed_ms,
                  (unsigned long long)gen.totals.streams, (unsigned long long)gen.totals.events);
    return 0;
}
