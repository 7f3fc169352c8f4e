/* SPDX-License-Identifier: Apache-2.0 */

/* Messages of log streams: whatever they hold, what is read lies inside of them, the pieces get
 * shorter, and no number is beyond what can be. */
#include "base/ensure.h"
#include "base/json_read.h"
#include "streams/emf.h"
#include "streams/line.h"
#include "streams/line_limits.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_slice(struct slice message, struct slice slice)
{
    ENSURE(slice.size == 0 ||
           (slice.base >= message.base && slice.base + slice.size <= message.base + message.size));
}

static void check_number(int64_t number, int64_t most)
{
    ENSURE(number == STREAMS_UNKNOWN || (number >= 0 && number <= most));
}

static void check_line(struct slice message, const struct line *line)
{
    const struct slice slices[] = {
        line->request_text, line->version,   line->runtime,  line->region,
        line->instance,     line->init_type, line->function, line->phase,
        line->level,        line->text,      line->object,   line->error_type,
    };
    const int64_t durations[] = {
        line->duration_ns,          line->init_ns,
        line->restore_ns,           line->response_latency_ns,
        line->response_duration_ns, line->runtime_overhead_ns,
        line->post_handler_ns,
    };

    for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
        check_slice(message, slices[i]);
    }
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        check_number(durations[i], LINE_DURATION_NS_MAX);
    }
    check_number(line->billed_ms, LINE_DURATION_NS_MAX / 500000);
    check_number(line->billed_restore_ms, LINE_DURATION_NS_MAX / 500000);
    check_number(line->memory_mb, LINE_COUNT_MAX);
    check_number(line->max_memory_mb, LINE_MEMORY_MB_MAX);
    check_number(line->produced_bytes, LINE_COUNT_MAX);
    check_number(line->dropped_records, LINE_COUNT_MAX);
    check_number(line->dropped_bytes, LINE_COUNT_MAX);
    check_number(line->time_ns, INT64_MAX);
    ENSURE((line->kind == LINE_REFUSED) == (line->reason != NULL));
    ENSURE(line->kind <= LINE_REFUSED && line->severity <= 24);
    ENSURE(line->sampled >= -1 && line->sampled <= 1);
    ENSURE(!line->has_request || line->request_text.size > 0);
    ENSURE(!line->json || line->object.size >= 2);
    ENSURE(!line->emf || line->json);
}

/* What is said to be the inside of a string can be read as one. */
static void check_text(const struct line *line)
{
    static _Alignas(16) unsigned char memory[65536];
    struct arena arena;

    if (line->text_escaped) {
        arena_init(&arena, memory, sizeof(memory));
        (void)json_string_text((struct json_string){.raw = line->text, .escaped = true}, &arena);
    }
}

static void check_emf(struct slice object)
{
    static struct emf emf;
    static struct emf_metric metric;
    static _Alignas(16) unsigned char memory[4096];
    struct arena arena;
    unsigned count = 0;

    arena_init(&arena, memory, sizeof(memory));
    emf_begin(&emf, object, &arena);
    while (emf_next(&emf, &metric)) {
        ENSURE(metric.value_count >= 1 && metric.value_count <= EMF_VALUE_COUNT_MAX);
        ENSURE(metric.dimension_count <= EMF_DIMENSION_COUNT_MAX);
        ENSURE(metric.time_ns == STREAMS_UNKNOWN || metric.time_ns >= 0);
        count++;
    }
    ENSURE(count <= EMF_SERIES_COUNT_MAX);
    ENSURE((emf.reason == NULL) == (emf.refused == 0));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct slice message = slice_of(data, size);
    struct slice rest = message;

    do {
        struct line line;
        struct slice more;
        line_read(rest, &line, &more);
        check_slice(rest, more);
        ENSURE(more.size < rest.size || rest.size == 0);
        check_line(rest, &line);
        check_text(&line);
        if (line.json) {
            check_emf(line.object);
        }
        rest = more;
    } while (rest.size > 0);
    struct slice before = slice_take(message, size / 2);
    struct slice after = slice_skip(message, size / 2);
    ENSURE(!line_continues(SLICE_EMPTY, message));
    (void)line_continues(before, after);
    return 0;
}
