/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rollups.h"
#include "model/model_limits.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

static void rollup_fini(struct rollup *rollup)
{
    histogram_fini(&rollup->init);
    histogram_fini(&rollup->handler);
    histogram_fini(&rollup->wait);
    histogram_fini(&rollup->reported);
}

void rollup_line_init(struct rollup_line *line)
{
    sorted_init(&line->sorted, sizeof(struct rollup));
}

static bool drop_all(void *context, void *row)
{
    (void)context;
    rollup_fini(row);
    return false;
}

void rollup_line_fini(struct rollup_line *line)
{
    sorted_filter(&line->sorted, drop_all, NULL);
    sorted_fini(&line->sorted);
}

int64_t rollup_minute(int64_t time_ns)
{
    int64_t minute = time_ns / MINUTE_NS;
    if (time_ns % MINUTE_NS < 0) {
        minute--;
    }
    return minute * MINUTE_NS;
}

struct sorted_at rollup_line_from(const struct rollup_line *line, int64_t minute_ns)
{
    return sorted_lower(&line->sorted, (struct sorted_key){.time_ns = minute_ns});
}

const struct rollup *rollup_line_first(const struct rollup_line *line)
{
    return sorted_row(&line->sorted, (struct sorted_at){0, 0});
}

const struct rollup *rollup_line_last(const struct rollup_line *line)
{
    return sorted_before(&line->sorted, (struct sorted_at){line->sorted.block_count, 0});
}

static struct rollup *line_make(struct rollup_line *line, struct sorted_key key, uint32_t *total)
{
    struct rollup *row = sorted_find(&line->sorted, key);
    if (row != NULL || *total >= ROLLUP_COUNT_MAX) {
        return row;
    }
    bool fresh;
    row = sorted_make(&line->sorted, key, &fresh);
    if (row != NULL) {
        row->facts.max_memory_mb = UNKNOWN_INT;
        (*total)++;
    }
    return row;
}

static struct sorted_key key_of(const struct contribution *contribution)
{
    return (struct sorted_key){contribution->minute_ns, contribution->trigger};
}

/* Count in all distributions, or in none. */
static bool add_buckets(struct rollup *row, const struct contribution *contribution)
{
    if (!histogram_add(&row->init, contribution->init)) {
        return false;
    }
    if (!histogram_add(&row->handler, contribution->handler)) {
        goto remove_init;
    }
    if (!histogram_add(&row->wait, contribution->wait)) {
        goto remove_handler;
    }
    if (!histogram_add(&row->reported, contribution->reported)) {
        goto remove_wait;
    }
    return true;

remove_wait:
    histogram_remove(&row->wait, contribution->wait);
remove_handler:
    histogram_remove(&row->handler, contribution->handler);
remove_init:
    histogram_remove(&row->init, contribution->init);
    return false;
}

bool rollup_line_add(struct rollup_line *line, const struct contribution *contribution,
                     uint32_t *total)
{
    struct rollup *row = line_make(line, key_of(contribution), total);
    if (row == NULL || !add_buckets(row, contribution)) {
        return false;
    }
    struct rollup_facts *facts = &row->facts;
    facts->invocations += contribution->invocation;
    facts->errors += contribution->error;
    facts->timeouts += contribution->timeout;
    facts->end_unknown += contribution->end_unknown;
    facts->cold += contribution->cold;
    facts->proactive += contribution->proactive;
    facts->billed += contribution->billed;
    facts->billed_ms += contribution->billed_ms;
    facts->mb_ms += contribution->mb_ms;
    facts->cold_init_us += contribution->cold_init_us;
    facts->agent.told += contribution->agent.told;
    facts->agent.cpu_us += contribution->agent.cpu_us;
    facts->agent.wire_bytes += contribution->agent.wire_bytes;
    facts->agent.held_us += contribution->agent.held_us;
    facts->agent.held_mb_us += contribution->agent.held_mb_us;
    if (contribution->max_memory_mb > 0 && facts->max_memory_mb < contribution->max_memory_mb) {
        facts->max_memory_mb = contribution->max_memory_mb;
    }
    return true;
}

#define ROLLUP_SUMS(X)                                                                             \
    X(facts->invocations, contribution->invocation)                                                \
    X(facts->errors, contribution->error)                                                          \
    X(facts->timeouts, contribution->timeout)                                                      \
    X(facts->end_unknown, contribution->end_unknown)                                               \
    X(facts->cold, contribution->cold)                                                             \
    X(facts->proactive, contribution->proactive)                                                   \
    X(facts->billed, contribution->billed)                                                         \
    X(facts->billed_ms, contribution->billed_ms)                                                   \
    X(facts->mb_ms, contribution->mb_ms)                                                           \
    X(facts->cold_init_us, contribution->cold_init_us)                                             \
    X(facts->agent.told, contribution->agent.told)                                                 \
    X(facts->agent.cpu_us, contribution->agent.cpu_us)                                             \
    X(facts->agent.wire_bytes, contribution->agent.wire_bytes)                                     \
    X(facts->agent.held_us, contribution->agent.held_us)                                           \
    X(facts->agent.held_mb_us, contribution->agent.held_mb_us)
#define SUM_HOLDS(sum, part) &&sum >= part
#define SUM_LESS(sum, part)  sum -= part;

static bool row_holds(const struct rollup *row, const struct contribution *contribution)
{
    const struct rollup_facts *facts = &row->facts;
    return histogram_has(&row->init, contribution->init) &&
           histogram_has(&row->handler, contribution->handler) &&
           histogram_has(&row->wait, contribution->wait) &&
           histogram_has(&row->reported, contribution->reported) ROLLUP_SUMS(SUM_HOLDS);
}

bool rollup_line_take(struct rollup_line *line, const struct contribution *contribution)
{
    struct rollup *row = sorted_find(&line->sorted, key_of(contribution));
    if (row == NULL || !row_holds(row, contribution)) {
        return false;
    }
    struct rollup_facts *facts = &row->facts;
    histogram_remove(&row->init, contribution->init);
    histogram_remove(&row->handler, contribution->handler);
    histogram_remove(&row->wait, contribution->wait);
    histogram_remove(&row->reported, contribution->reported);
    ROLLUP_SUMS(SUM_LESS)
    return true;
}

void rollup_line_remove(struct rollup_line *line, const struct contribution *contribution)
{
    ENSURE(rollup_line_take(line, contribution));
}

void rollup_line_leave(struct rollup_line *line, const struct contribution *contribution,
                       uint32_t segment)
{
    struct rollup *row = sorted_find(&line->sorted, key_of(contribution));
    ENSURE(row != NULL);
    row->left++;
    row->left_segment = row->left_segment > segment ? row->left_segment : segment;
}

/* What rollups a filter drops. */
struct drop {
    uint32_t *total;
    uint32_t segment_last;
    int64_t before_ns;
};

static bool drop_row(const struct drop *drop, struct rollup *row)
{
    rollup_fini(row);
    (*drop->total)--;
    return false;
}

static bool keep_counted(void *context, void *memory)
{
    const struct drop *drop = context;
    struct rollup *row = memory;
    uint64_t held = row->facts.invocations + row->facts.proactive - row->left;
    bool told = drop->segment_last == 0 || row->left_segment > drop->segment_last;
    bool left = row->left > 0 && told;
    return held > 0 || left || drop_row(drop, row);
}

void rollup_line_compact(struct rollup_line *line, uint32_t segment_last, uint32_t *total)
{
    struct drop drop = {.total = total, .segment_last = segment_last};
    sorted_filter(&line->sorted, keep_counted, &drop);
}

static bool keep_young(void *context, void *memory)
{
    const struct drop *drop = context;
    struct rollup *row = memory;
    return row->key.time_ns >= drop->before_ns || drop_row(drop, row);
}

void rollup_line_cut(struct rollup_line *line, int64_t before_ns, uint32_t *total)
{
    struct drop drop = {.total = total, .before_ns = before_ns};
    sorted_filter(&line->sorted, keep_young, &drop);
}
