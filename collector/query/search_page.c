/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search_private.h"

#include "base/hex.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

static int compare_start(const void *one, const void *other)
{
    const struct search_row *a = one;
    const struct search_row *b = other;
    if (a->start_ns != b->start_ns) {
        return a->start_ns > b->start_ns ? -1 : 1;
    }
    return memcmp(&b->id, &a->id, sizeof(a->id));
}

static int64_t elapsed(const struct search_row *row)
{
    return row->end_ns != UNKNOWN_NS && row->start_ns != UNKNOWN_NS ? row->end_ns - row->start_ns
                                                                    : -1;
}

static int compare_elapsed(const void *one, const void *other)
{
    int64_t a = elapsed(one);
    int64_t b = elapsed(other);
    return a != b ? (a > b ? -1 : 1) : compare_start(one, other);
}

static int compare_cost(const void *one, const void *other)
{
    const struct search_row *a = one;
    const struct search_row *b = other;
    int order = money_compare(b->cost.amount, a->cost.amount);
    return order != 0 ? order : compare_start(one, other);
}

static int compare_oldest(const void *one, const void *other)
{
    return compare_start(other, one);
}

/* A cursor is where the page before ended: "<ns>-<id>" by start, "<n>" rows by other orders. */
bool search_page_cursor(struct run *run, uint64_t *skip)
{
    struct slice text = run->search->cursor;
    struct slice head, rest;
    uint64_t number;
    *skip = 0;
    if (text.size == 0) {
        return true;
    }
    bool pair = slice_cut(text, '-', &head, &rest);
    if (number_parse_u64(head, &number) != NUMBER_OK || number > INT64_MAX) {
        return false;
    }
    if (run->search->order != SEARCH_BY_START) {
        *skip = number;
        return !pair;
    }
    run->before_ns = (int64_t)number;
    run->has_before = true;
    return pair && hex_decode(rest, run->before_id.bytes, sizeof(run->before_id.bytes));
}

static void count_rows(const struct run *run)
{
    struct tally *tally = run->search->tally;
    for (uint32_t i = 0; i < run->row_count; i++) {
        if (run->rows[i].start_ns >= 0) {
            tally_add(tally, (uint64_t)run->rows[i].start_ns, run->rows[i].errors > 0);
        }
    }
    tally->partial = run->partial;
    tally->reached_ns = tally->range.from_ns;
}

void search_page_cut(struct run *run, uint64_t skip, struct search_answer *answer)
{
    static int (*const compares[])(const void *, const void *) = {
        [SEARCH_BY_START] = compare_start,
        [SEARCH_BY_ELAPSED] = compare_elapsed,
        [SEARCH_BY_COST] = compare_cost,
        [SEARCH_BY_OLDEST] = compare_oldest,
    };
    if (run->row_count > 0) {
        qsort(run->rows, run->row_count, sizeof(run->rows[0]), compares[run->search->order]);
    }
    uint32_t first = skip < run->row_count ? (uint32_t)skip : run->row_count;
    uint32_t left = run->row_count - first;
    answer->row_count = left < run->search->limit ? left : run->search->limit;
    answer->partial = run->partial;
    if (run->search->tally != NULL) {
        count_rows(run);
        answer->row_count = 0;
    }
    answer->rows =
        arena_alloc_array(run->arena, (size_t)answer->row_count + 1, sizeof(answer->rows[0]));
    if (answer->rows == NULL || answer->row_count == 0) {
        return;
    }
    memcpy(answer->rows, run->rows + first, answer->row_count * sizeof(answer->rows[0]));
    if (left <= answer->row_count) {
        return;
    }
    if (run->search->order != SEARCH_BY_START) {
        answer->next_cursor =
            arena_printf(run->arena, "%llu", (unsigned long long)skip + answer->row_count);
        return;
    }
    const struct search_row *last = &answer->rows[answer->row_count - 1];
    char digits[2 * sizeof(last->id.bytes) + 1] = {0};
    hex_encode(slice_of(last->id.bytes, sizeof(last->id.bytes)), digits);
    answer->next_cursor = arena_printf(run->arena, "%lld-%s", (long long)last->start_ns, digits);
}
