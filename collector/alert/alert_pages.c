/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_pages.h"

#include "alert/alert_limits.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/log.h"
#include "self/counters.h"

#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)

/* Bytes of a page in front of its samples. */
#define FRONT_SIZE 8

static unsigned place_of(int64_t hour)
{
    return (unsigned)(hour % ALERT_PAGE_COUNT);
}

/* ---- Back. ---- */

struct found {
    int64_t hour;
    unsigned place;
};

static int by_hour(const void *one, const void *other)
{
    const struct found *left = one, *right = other;
    return left->hour < right->hour ? -1 : left->hour > right->hour;
}

/* The page in a place; false: there is none. */
static bool load_page(const struct alert_pages *pages, unsigned place, struct arena *arena,
                      struct slice *page)
{
    arena_reset(arena);
    enum status status = pages->load(pages->context, place, arena, page);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        log_error("rules-page-not-read", log_u64("place", place), log_status(status));
    }
    return status == STATUS_OK && page->size > FRONT_SIZE;
}

/* Which pages there are, the oldest first: samples must come in the order of time. */
static size_t find_pages(const struct alert_pages *pages, struct arena *arena, struct found *found)
{
    size_t count = 0;
    for (unsigned place = 0; place < ALERT_PAGE_COUNT; place++) {
        struct slice page = SLICE_EMPTY;
        if (load_page(pages, place, arena, &page)) {
            int64_t hour = (int64_t)bytes_get64(page.base);
            if (hour > 0 && hour < INT64_MAX / HOUR_MS && place_of(hour) == place) {
                found[count++] = (struct found){hour, place};
            }
        }
    }
    if (count > 1) {
        qsort(found, count, sizeof(*found), by_hour);
    }
    return count;
}

void alert_pages_recall(struct alert_pages *pages, struct rules_samples *samples)
{
    struct arena arena;
    struct found found[ALERT_PAGE_COUNT];
    void *memory = malloc(ALERT_PAGE_SIZE_MAX + ARENA_ALIGN);
    if (memory == NULL) {
        log_error("rules-pages-not-read", log_string("reason", "no memory"));
        return;
    }
    arena_init(&arena, memory, ALERT_PAGE_SIZE_MAX + ARENA_ALIGN);
    size_t count = find_pages(pages, &arena, found);
    pages->first_hour = count > 0 ? found[0].hour : 0;
    for (size_t i = 0; i < count; i++) {
        struct slice page = SLICE_EMPTY;
        if (!load_page(pages, found[i].place, &arena, &page)) {
            continue;
        }
        enum status status = rules_samples_load(samples, slice_skip(page, FRONT_SIZE));
        if (status != STATUS_OK) {
            log_error("rules-page-damaged", log_u64("hour", (uint64_t)found[i].hour),
                      log_status(status));
        }
    }
    free(memory);
}

/* ---- Forth. ---- */

static void write_page(struct alert_pages *pages, struct rules_samples *samples, int64_t hour)
{
    struct buf page;
    unsigned char front[FRONT_SIZE];
    bytes_put64(front, (uint64_t)hour);
    buf_init_growing(&page, ALERT_PAGE_SIZE_MAX);
    buf_append(&page, slice_of(front, sizeof(front)));
    size_t left_out =
        rules_samples_save(samples, hour * HOUR_MS, hour * HOUR_MS + HOUR_MS - 1, &page);
    enum status status = buf_overflowed(&page)
                             ? STATUS_FULL
                             : pages->save(pages->context, place_of(hour), buf_bytes(&page));
    buf_fini(&page);
    counters_add(COUNTER_RULES_SERIES_UNSAVED, left_out);
    if (status != STATUS_OK) {
        log_error("rules-page-not-saved", log_u64("hour", (uint64_t)hour), log_status(status));
    }
}

/* Empty the pages of what is not in memory any more. */
static void forget_pages(struct alert_pages *pages, struct rules_samples *samples, int64_t hour)
{
    int64_t oldest_ms = rules_samples_oldest(samples);
    int64_t oldest = oldest_ms == INT64_MAX ? hour : oldest_ms / HOUR_MS;
    int64_t first = pages->first_hour;
    /* Those that are older still were written over. */
    first = first > hour - ALERT_PAGE_COUNT ? first : hour - ALERT_PAGE_COUNT + 1;
    for (; first < oldest && first < hour; first++) {
        (void)!pages->save(pages->context, place_of(first), SLICE_EMPTY);
    }
    pages->first_hour = first;
}

void alert_pages_keep(struct alert_pages *pages, struct rules_samples *samples, int64_t time_ms,
                      bool changed)
{
    int64_t hour = time_ms / HOUR_MS, before = pages->saved_ms / HOUR_MS;
    bool due = time_ms < pages->saved_ms || time_ms - pages->saved_ms >= ALERT_PAGE_SAVE_MS;
    if (hour <= 0 || (!changed && !due)) {
        return;
    }
    if (pages->saved_ms > 0 && before < hour) {
        write_page(pages, samples, before);
    }
    write_page(pages, samples, hour);
    pages->saved_ms = time_ms;
    pages->first_hour = pages->first_hour == 0 ? hour : pages->first_hour;
    if (before < hour) {
        forget_pages(pages, samples, hour);
    }
}
