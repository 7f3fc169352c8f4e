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
    line->settled_ns = INT64_MIN;
    line->stamp = 0;
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

static int64_t whole(int64_t time_ns, int64_t grain_ns)
{
    int64_t count = time_ns / grain_ns;
    if (time_ns % grain_ns < 0) {
        count--;
    }
    return count * grain_ns;
}

int64_t rollup_minute(int64_t time_ns)
{
    return whole(time_ns, MINUTE_NS);
}

bool rollups_agree(const struct rollups *rollups)
{
    bool hours = rollups->hours_before_ns != INT64_MIN;
    bool days = rollups->days_before_ns != INT64_MIN;
    return (!hours || rollups->hours_before_ns % ROLLUP_HOUR_NS == 0) &&
           (!days || rollups->days_before_ns % ROLLUP_DAY_NS == 0) &&
           rollups->days_before_ns <= rollups->hours_before_ns;
}

int64_t rollup_grain(const struct rollups *rollups, int64_t time_ns)
{
    if (time_ns < rollups->days_before_ns) {
        return ROLLUP_DAY_NS;
    }
    return time_ns < rollups->hours_before_ns ? ROLLUP_HOUR_NS : MINUTE_NS;
}

int64_t rollup_start(const struct rollups *rollups, int64_t time_ns)
{
    return whole(time_ns, rollup_grain(rollups, time_ns));
}

struct sorted_at rollup_line_from(const struct rollup_line *line, const struct rollups *rollups,
                                  int64_t time_ns)
{
    return sorted_lower(&line->sorted,
                        (struct sorted_key){.time_ns = rollup_start(rollups, time_ns)});
}

const struct rollup *rollup_line_first(const struct rollup_line *line)
{
    return sorted_row(&line->sorted, (struct sorted_at){0, 0});
}

const struct rollup *rollup_line_last(const struct rollup_line *line)
{
    return sorted_before(&line->sorted, (struct sorted_at){line->sorted.block_count, 0});
}

void rollup_line_settle(struct rollup_line *line, int64_t time_ns, struct rollups *rollups)
{
    int64_t settled_ns = whole(time_ns, ROLLUP_HOUR_NS) - ROLLUP_SETTLED_NS;
    if (settled_ns > line->settled_ns) {
        line->settled_ns = settled_ns;
        line->stamp = line->stamp != 0 ? line->stamp : ++rollups->stamp;
    }
}

/* A row of that time is no more what it was. */
static void line_changed(struct rollup_line *line, int64_t time_ns, struct rollups *rollups)
{
    if (time_ns < line->settled_ns) {
        line->stamp = ++rollups->stamp;
    }
}

static struct rollup *line_make(struct rollup_line *line, struct sorted_key key,
                                struct rollups *rollups)
{
    struct rollup *row = sorted_find(&line->sorted, key);
    if (row != NULL || rollups->count >= ROLLUP_COUNT_MAX) {
        return row;
    }
    bool fresh;
    row = sorted_make(&line->sorted, key, &fresh);
    if (row != NULL) {
        row->facts.max_memory_mb = UNKNOWN_INT;
        rollups->count++;
        rollup_line_settle(line, key.time_ns, rollups);
    }
    return row;
}

static struct sorted_key key_of(const struct contribution *contribution,
                                const struct rollups *rollups)
{
    return (struct sorted_key){
        rollup_start(rollups, contribution->minute_ns), contribution->trigger,
        contribution->alias | (contribution->provisioned ? ROLLUP_PROVISIONED : 0)};
}

uint32_t rollup_entries(const struct rollup *rollup)
{
    return (uint32_t)rollup->init.count + rollup->handler.count + rollup->wait.count +
           rollup->reported.count;
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

/* What is billed with a known memory is counted by megabytes, else by itself. */
static uint32_t sized(const struct contribution *contribution, uint32_t value)
{
    return contribution->memory_mb > 0 ? value : 0;
}

static uint32_t unsized(const struct contribution *contribution, uint32_t value)
{
    return contribution->memory_mb > 0 ? 0 : value;
}

static uint64_t by_memory(const struct contribution *contribution, uint32_t value)
{
    return (uint64_t)value * contribution->memory_mb;
}

/* Of those that did not do: how many were billed, and for what. */
#define FAILED_SUMS(X, count, size, is)                                                            \
    X(facts->failed.count, sized(contribution, (is) && contribution->billed))                      \
    X(facts->failed.size, ((is) ? by_memory(contribution, contribution->billed_ms) : 0))           \
    X(facts->unsized.failed.count, unsized(contribution, (is) && contribution->billed))            \
    X(facts->unsized.failed.size, ((is) ? unsized(contribution, contribution->billed_ms) : 0))

/* What is billed. */
#define BILL_SUMS(X)                                                                               \
    FAILED_SUMS(X, errors, errors_size, contribution->error)                                       \
    FAILED_SUMS(X, timeouts, timeouts_size, contribution->timeout)                                 \
    FAILED_SUMS(X, retries, retries_size, contribution->retry)                                     \
    X(facts->billed, sized(contribution, contribution->billed))                                    \
    X(facts->billed_ms, sized(contribution, contribution->billed_ms))                              \
    X(facts->mb_ms, by_memory(contribution, contribution->billed_ms))                              \
    X(facts->parts.init, by_memory(contribution, contribution->init_us))                           \
    X(facts->parts.post_handler, by_memory(contribution, contribution->post_handler_us))           \
    X(facts->parts.rounding, by_memory(contribution, contribution->rounding_us))                   \
    X(facts->unsized.count, unsized(contribution, contribution->billed))                           \
    X(facts->unsized.billed_ms, unsized(contribution, contribution->billed_ms))                    \
    X(facts->unsized.parts.init, unsized(contribution, contribution->init_us))                     \
    X(facts->unsized.parts.post_handler, unsized(contribution, contribution->post_handler_us))     \
    X(facts->unsized.parts.rounding, unsized(contribution, contribution->rounding_us))

#define CONTRIBUTION_SUMS(X)                                                                       \
    BILL_SUMS(X)                                                                                   \
    X(facts->invocations, contribution->invocation)                                                \
    X(facts->errors, contribution->error)                                                          \
    X(facts->timeouts, contribution->timeout)                                                      \
    X(facts->out_of_memory, contribution->oom)                                                     \
    X(facts->near_timeouts, contribution->near_timeout)                                            \
    X(facts->throttled, contribution->throttled)                                                   \
    X(facts->end_unknown, contribution->end_unknown)                                               \
    X(facts->cold, contribution->cold)                                                             \
    X(facts->proactive, contribution->proactive)                                                   \
    X(facts->cold_init_us, contribution->cold_init_us)                                             \
    X(facts->streamed.told, contribution->streamed)                                                \
    X(facts->streamed.bytes, contribution->streamed_bytes)                                         \
    X(facts->agent.told, contribution->agent.told)                                                 \
    X(facts->agent.cpu_us, contribution->agent.cpu_us)                                             \
    X(facts->agent.wire_bytes, contribution->agent.wire_bytes)                                     \
    X(facts->agent.held_us, contribution->agent.held_us)                                           \
    X(facts->agent.held_mb_us, contribution->agent.held_mb_us)
#define SUM_MORE(sum, part)  sum += part;
#define SUM_LESS(sum, part)  sum -= part;
#define SUM_HOLDS(sum, part) &&sum >= part

bool rollup_line_add(struct rollup_line *line, const struct contribution *contribution,
                     struct rollups *rollups)
{
    struct rollup *row = line_make(line, key_of(contribution, rollups), rollups);
    uint32_t entries = row != NULL ? rollup_entries(row) : 0;
    if (row == NULL || !add_buckets(row, contribution)) {
        return false;
    }
    rollups->entries += rollup_entries(row) - entries;
    line_changed(line, row->key.time_ns, rollups);
    struct rollup_facts *facts = &row->facts;
    CONTRIBUTION_SUMS(SUM_MORE)
    if (contribution->max_memory_mb > 0 && facts->max_memory_mb < contribution->max_memory_mb) {
        facts->max_memory_mb = contribution->max_memory_mb;
    }
    return true;
}

static bool row_holds(const struct rollup *row, const struct contribution *contribution)
{
    const struct rollup_facts *facts = &row->facts;
    return histogram_has(&row->init, contribution->init) &&
           histogram_has(&row->handler, contribution->handler) &&
           histogram_has(&row->wait, contribution->wait) &&
           histogram_has(&row->reported, contribution->reported) CONTRIBUTION_SUMS(SUM_HOLDS);
}

bool rollup_line_take(struct rollup_line *line, const struct contribution *contribution,
                      struct rollups *rollups)
{
    struct rollup *row = sorted_find(&line->sorted, key_of(contribution, rollups));
    if (row == NULL || !row_holds(row, contribution)) {
        return false;
    }
    struct rollup_facts *facts = &row->facts;
    uint32_t entries = rollup_entries(row);
    histogram_remove(&row->init, contribution->init);
    histogram_remove(&row->handler, contribution->handler);
    histogram_remove(&row->wait, contribution->wait);
    histogram_remove(&row->reported, contribution->reported);
    CONTRIBUTION_SUMS(SUM_LESS)
    line_changed(line, row->key.time_ns, rollups);
    rollups->entries -= entries - rollup_entries(row);
    return true;
}

void rollup_line_remove(struct rollup_line *line, const struct contribution *contribution,
                        struct rollups *rollups)
{
    ENSURE(rollup_line_take(line, contribution, rollups));
}

void rollup_line_leave(struct rollup_line *line, const struct contribution *contribution,
                       const struct rollups *rollups, uint32_t segment)
{
    struct rollup *row = sorted_find(&line->sorted, key_of(contribution, rollups));
    ENSURE(row != NULL);
    row->left++;
    row->left_segment = row->left_segment > segment ? row->left_segment : segment;
}

/* How well a row fits. */
static int fits(const struct rollup *row, struct sorted_key key)
{
    return row->key.minor != key.minor ? 0 : row->key.least != key.least ? 1 : 2;
}

/* A row of that time that counts one who was forgotten, and has no bill. */
static struct rollup *find_unbilled(struct rollup_line *line, struct sorted_key key)
{
    const struct sorted *sorted = &line->sorted;
    const struct rollup *found = NULL, *row;
    for (struct sorted_at at = sorted_lower(sorted, (struct sorted_key){.time_ns = key.time_ns});
         (row = sorted_row(sorted, at)) != NULL && row->key.time_ns == key.time_ns;
         at = sorted_after(sorted, at)) {
        uint64_t billed = row->facts.billed + row->facts.unsized.count;
        if (row->left > 0 && row->facts.invocations > billed &&
            (found == NULL || fits(row, key) > fits(found, key))) {
            found = row;
        }
    }
    return found != NULL ? sorted_find(&line->sorted, found->key) : NULL;
}

bool rollup_line_bill(struct rollup_line *line, const struct contribution *contribution,
                      struct rollups *rollups)
{
    struct rollup *row = find_unbilled(line, key_of(contribution, rollups));
    uint32_t entries = row != NULL ? rollup_entries(row) : 0;
    if (row == NULL || !histogram_add(&row->reported, contribution->reported)) {
        return false;
    }
    rollups->entries += rollup_entries(row) - entries;
    line_changed(line, row->key.time_ns, rollups);
    struct rollup_facts *facts = &row->facts;
    BILL_SUMS(SUM_MORE)
    if (contribution->max_memory_mb > 0 && facts->max_memory_mb < contribution->max_memory_mb) {
        facts->max_memory_mb = contribution->max_memory_mb;
    }
    return true;
}

/* What rollups a filter drops. */
struct drop {
    struct rollup_line *line;
    struct rollups *rollups;
    uint32_t segment_last;
    int64_t before_ns;
};

static bool drop_row(const struct drop *drop, struct rollup *row)
{
    drop->rollups->entries -= rollup_entries(row);
    drop->rollups->count--;
    line_changed(drop->line, row->key.time_ns, drop->rollups);
    rollup_fini(row);
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

void rollup_line_compact(struct rollup_line *line, uint32_t segment_last, struct rollups *rollups)
{
    struct drop drop = {.line = line, .rollups = rollups, .segment_last = segment_last};
    sorted_filter(&line->sorted, keep_counted, &drop);
}

static bool keep_young(void *context, void *memory)
{
    const struct drop *drop = context;
    struct rollup *row = memory;
    return row->key.time_ns >= drop->before_ns || drop_row(drop, row);
}

void rollup_line_cut(struct rollup_line *line, int64_t before_ns, struct rollups *rollups)
{
    struct drop drop = {.line = line, .rollups = rollups, .before_ns = before_ns};
    sorted_filter(&line->sorted, keep_young, &drop);
}

/* ---- From minutes to hours, from hours to days. ---- */

static void merge_row(struct rollup *into, struct rollup *from)
{
    struct rollup_facts *all = &into->facts;
    const struct rollup_facts *facts = &from->facts;
#define MERGE_SUM(name) all->name += facts->name;
    ROLLUP_SUMS(MERGE_SUM)
#undef MERGE_SUM
    if (facts->max_memory_mb > all->max_memory_mb) {
        all->max_memory_mb = facts->max_memory_mb;
    }
    into->left += from->left;
    into->left_segment =
        into->left_segment > from->left_segment ? into->left_segment : from->left_segment;
    /* A few kilobytes: without memory for them there is none for anything. */
    ENSURE(histogram_merge(&into->init, &from->init) &&
           histogram_merge(&into->handler, &from->handler) &&
           histogram_merge(&into->wait, &from->wait) &&
           histogram_merge(&into->reported, &from->reported));
}

void rollup_line_coarsen(struct rollup_line *line, struct rollups *rollups)
{
    struct rollup_line coarse;
    rollup_line_init(&coarse);
    struct sorted_at at = {0, 0};
    for (struct rollup *row; (row = sorted_row(&line->sorted, at)) != NULL;
         at = sorted_after(&line->sorted, at)) {
        struct sorted_key key = {rollup_start(rollups, row->key.time_ns), row->key.minor,
                                 row->key.least};
        bool fresh;
        struct rollup *into = sorted_make(&coarse.sorted, key, &fresh);
        ENSURE(into != NULL);
        if (fresh) {
            *into = *row;
            into->key = key;
            *row = (struct rollup){.key = row->key};
        } else {
            rollups->entries -= rollup_entries(into) + rollup_entries(row);
            merge_row(into, row);
            rollups->entries += rollup_entries(into);
            rollups->count--;
        }
    }
    rollup_line_fini(line);
    line->sorted = coarse.sorted;
    if (line->stamp != 0) {
        line->stamp = ++rollups->stamp;
    }
}
