/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/promql.h"
#include "shelf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEPT_SIZE  (1U << 20)
#define QUERY_SIZE (16U << 20)

static const char samples[] = "up{job=\"a\",i=\"1\"} 0 1\n"
                              "up{job=\"a\",i=\"1\"} 15000 2\n"
                              "up{job=\"a\",i=\"1\"} 30000 stale\n"
                              "up{job=\"a\",i=\"1\"} 45000 NaN\n"
                              "up{job=\"a\",i=\"2\"} 1000 5\n"
                              "up{job=\"a\",i=\"2\"} 16000 -inf\n"
                              "up{job=\"b\"} 30000 7\n"
                              "b{le=\"1\"} 5000 3\n"
                              "b{le=\"+Inf\"} 5000 7\n"
                              "h 0 { 2 0.001 1 5 7.5 ; -3:1 0:2 ; 4:1 }\n"
                              "h 20000 { 0 0.5 1 9 8.5 ; 0:4 1:3 ; 2:1 }\n";

/* Any text: parsed, and if it is a query, computed at one time and over a range. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena kept, arena;
    static struct shelf shelf;
    if (kept.base == NULL) {
        arena_init(&kept, aligned_alloc(ARENA_ALIGN, KEPT_SIZE), KEPT_SIZE);
        arena_init(&arena, aligned_alloc(ARENA_ALIGN, QUERY_SIZE), QUERY_SIZE);
        shelf_init(&shelf, &kept);
        if (!shelf_read(&shelf, slice_from(samples))) {
            abort();
        }
    }
    struct series_source source = shelf_source(&shelf);
    const struct promql_run run = {
        .source = &source, .arena = &arena, .samples_max = 100000, .series_max = 1000};
    const struct promql_range range = {-10000, 60000, 7000};
    const struct promql_query *query = NULL;
    struct promql_error error;
    struct promql_value value;
    arena_reset(&arena);
    if (promql_parse(slice_of(data, size), &arena, &query, &error) != STATUS_OK) {
        if (error.kind != PROMQL_ERROR_PARSE) {
            abort();
        }
        return 0;
    }
    if (promql_instant(query, &run, 31000, &value, &error) != STATUS_OK &&
        error.kind == PROMQL_ERROR_NONE) {
        abort();
    }
    if (promql_range(query, &run, &range, &value, &error) != STATUS_OK &&
        error.kind == PROMQL_ERROR_NONE) {
        abort();
    }
    return 0;
}
