/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include "base/buf.h"
#include "promql/promql.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * promql_answer SAMPLES: answers queries that come line by line, with the samples of a file
 * (shelf.h): instant TIME_MS QUERY range START_MS END_MS STEP_MS QUERY Each answer is one line of
 * JSON, in the shape of Prometheus's API.
 */
#define SHELF_SIZE (256U << 20)
#define QUERY_SIZE (512U << 20)

static void *reserve(size_t size)
{
    void *memory = aligned_alloc(ARENA_ALIGN, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static struct slice read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(111);
    }
    static char bytes[64 << 20];
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return slice_of(bytes, size);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_text(struct slice text)
{
    putchar('"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '"' || byte == '\\' || byte < 0x20) {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

static void put_number(double value)
{
    char text[512];
    struct buf out;
    buf_init_fixed(&out, text, sizeof(text));
    promql_format_number(value, &out);
    put_text(buf_bytes(&out));
}

static void put_labels(const struct label_set *labels)
{
    putchar('{');
    for (size_t i = 0; i < labels->count; i++) {
        printf("%s", i == 0 ? "" : ",");
        put_text(labels->items[i].name);
        putchar(':');
        put_text(labels->items[i].value);
    }
    putchar('}');
}

static void put_histogram(const struct native_histogram *histogram)
{
    printf("{\"count\":");
    put_number(histogram->count);
    printf(",\"sum\":");
    put_number(histogram->sum);
    printf(",\"schema\":%" PRId32 ",\"zero_count\":", histogram->schema);
    put_number(histogram->zero_count);
    for (int side = 0; side < 2; side++) {
        const struct histogram_bucket *buckets =
            side == 0 ? histogram->positive : histogram->negative;
        size_t count = side == 0 ? histogram->positive_count : histogram->negative_count;
        printf(",\"%s\":[", side == 0 ? "positive" : "negative");
        for (size_t i = 0; i < count; i++) {
            printf("%s[%" PRId32 ",", i == 0 ? "" : ",", buckets[i].index);
            put_number(buckets[i].count);
            putchar(']');
        }
        putchar(']');
    }
    putchar('}');
}

static void put_series(const struct series *series)
{
    printf("{\"metric\":");
    put_labels(&series->labels);
    printf(",\"values\":[");
    for (size_t i = 0; i < series->sample_count; i++) {
        printf("%s[%" PRId64 ",", i == 0 ? "" : ",", series->samples[i].time_ms);
        put_number(series->samples[i].value);
        putchar(']');
    }
    printf("],\"histograms\":[");
    for (size_t i = 0; i < series->histogram_count; i++) {
        printf("%s[%" PRId64 ",", i == 0 ? "" : ",", series->histograms[i].time_ms);
        put_histogram(series->histograms[i].histogram);
        putchar(']');
    }
    printf("]}");
}

static void put_value(const struct promql_value *value)
{
    static const char *const names[] = {"scalar", "string", "vector", "matrix"};
    printf("{\"type\":\"%s\",\"result\":", names[value->type]);
    if (value->type == PROMQL_SCALAR) {
        put_number(value->scalar);
    } else if (value->type == PROMQL_STRING) {
        put_text(value->string);
    } else {
        putchar('[');
        for (size_t i = 0; i < value->series_count; i++) {
            printf("%s", i == 0 ? "" : ",");
            put_series(&value->series[i]);
        }
        putchar(']');
    }
    printf("}\n");
}

/* --- queries ---------------------------------------------------------------------------------- */

static void answer(struct shelf *shelf, struct arena *arena, char *line)
{
    struct promql_range range = {0};
    int at = 0;
    bool instant = sscanf(line, "instant %" SCNd64 " %n", &range.start_ms, &at) == 1 && at > 0;
    if (!instant && (sscanf(line, "range %" SCNd64 " %" SCNd64 " %" SCNd64 " %n", &range.start_ms,
                            &range.end_ms, &range.step_ms, &at) != 3 ||
                     at == 0)) {
        fprintf(stderr, "not a request: %s\n", line);
        exit(100);
    }
    struct series_source source = shelf_source(shelf);
    const struct promql_run run = {.source = &source, .arena = arena};
    const struct promql_query *query = NULL;
    struct promql_error error;
    struct promql_value value;
    arena_reset(arena);
    enum status status = promql_parse(slice_from(line + at), arena, &query, &error);
    if (status == STATUS_OK) {
        status = instant ? promql_instant(query, &run, range.start_ms, &value, &error)
                         : promql_range(query, &run, &range, &value, &error);
    }
    if (status == STATUS_OK) {
        put_value(&value);
    } else {
        printf("{\"error\":");
        put_text(slice_from(error.message));
        printf("}\n");
    }
    fflush(stdout);
}

int main(int count, char **arguments)
{
    static char line[1 << 20];
    if (count != 2) {
        fprintf(stderr, "promql_answer SAMPLES\n");
        return 100;
    }
    struct arena kept, arena;
    struct shelf shelf;
    arena_init(&kept, reserve(SHELF_SIZE), SHELF_SIZE);
    arena_init(&arena, reserve(QUERY_SIZE), QUERY_SIZE);
    shelf_init(&shelf, &kept);
    if (!shelf_read(&shelf, read_file(arguments[1]))) {
        fprintf(stderr, "%s: not samples\n", arguments[1]);
        return 100;
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        answer(&shelf, &arena, line);
    }
    shelf_fini(&shelf);
    free(kept.base);
    free(arena.base);
    return 0;
}
