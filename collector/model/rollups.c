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
}

void rollup_line_fini(struct rollup_line *line)
{
    for (uint32_t i = 0; i < line->count; i++) {
        rollup_fini(&line->rows[i]);
    }
    free(line->rows);
    *line = (struct rollup_line){0};
}

int64_t rollup_minute(int64_t time_ns)
{
    int64_t minute = time_ns / MINUTE_NS;
    if (time_ns % MINUTE_NS < 0) {
        minute--;
    }
    return minute * MINUTE_NS;
}

/* The first row not before (minute, trigger). */
static uint32_t line_place(const struct rollup_line *line, int64_t minute_ns, uint32_t trigger)
{
    uint32_t low = 0;
    uint32_t high = line->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct rollup *row = &line->rows[middle];
        if (row->minute_ns < minute_ns || (row->minute_ns == minute_ns && row->trigger < trigger)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t rollup_line_find(const struct rollup_line *line, int64_t minute_ns)
{
    return line_place(line, minute_ns, 0);
}

static struct rollup *line_get(struct rollup_line *line, int64_t minute_ns, uint32_t trigger)
{
    uint32_t at = line_place(line, minute_ns, trigger);
    if (at < line->count && line->rows[at].minute_ns == minute_ns &&
        line->rows[at].trigger == trigger) {
        return &line->rows[at];
    }
    return NULL;
}

static struct rollup *line_make(struct rollup_line *line, int64_t minute_ns, uint32_t trigger,
                                uint32_t *total)
{
    struct rollup *row = line_get(line, minute_ns, trigger);
    if (row != NULL) {
        return row;
    }
    void *rows = line->rows;
    if (*total >= ROLLUP_COUNT_MAX ||
        !rows_reserve(&rows, &line->capacity, (uint64_t)line->count + 1, ROLLUP_COUNT_MAX,
                      sizeof(line->rows[0]))) {
        return NULL;
    }
    line->rows = rows;
    uint32_t at = line_place(line, minute_ns, trigger);
    memmove(&line->rows[at + 1], &line->rows[at], (line->count - at) * sizeof(line->rows[0]));
    line->rows[at] = (struct rollup){
        .minute_ns = minute_ns,
        .trigger = trigger,
        .facts = {.max_memory_mb = UNKNOWN_INT},
    };
    line->count++;
    (*total)++;
    return &line->rows[at];
}

bool rollup_line_add(struct rollup_line *line, const struct contribution *contribution,
                     uint32_t *total)
{
    struct rollup *row = line_make(line, contribution->minute_ns, contribution->trigger, total);
    if (row == NULL || !histogram_add(&row->init, contribution->init)) {
        return false;
    }
    struct rollup_facts *facts = &row->facts;
    if (!histogram_add(&row->handler, contribution->handler)) {
        goto remove_init;
    }
    if (!histogram_add(&row->wait, contribution->wait)) {
        goto remove_handler;
    }
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
    if (contribution->max_memory_mb > 0 && facts->max_memory_mb < contribution->max_memory_mb) {
        facts->max_memory_mb = contribution->max_memory_mb;
    }
    return true;

remove_handler:
    histogram_remove(&row->handler, contribution->handler);
remove_init:
    histogram_remove(&row->init, contribution->init);
    return false;
}

void rollup_line_remove(struct rollup_line *line, const struct contribution *contribution)
{
    struct rollup *row = line_get(line, contribution->minute_ns, contribution->trigger);
    ENSURE(row != NULL);
    struct rollup_facts *facts = &row->facts;
    ENSURE(facts->invocations >= contribution->invocation);
    ENSURE(facts->billed_ms >= contribution->billed_ms && facts->mb_ms >= contribution->mb_ms);
    histogram_remove(&row->init, contribution->init);
    histogram_remove(&row->handler, contribution->handler);
    histogram_remove(&row->wait, contribution->wait);
    facts->invocations -= contribution->invocation;
    facts->errors -= contribution->error;
    facts->timeouts -= contribution->timeout;
    facts->end_unknown -= contribution->end_unknown;
    facts->cold -= contribution->cold;
    facts->proactive -= contribution->proactive;
    facts->billed -= contribution->billed;
    facts->billed_ms -= contribution->billed_ms;
    facts->mb_ms -= contribution->mb_ms;
    facts->cold_init_us -= contribution->cold_init_us;
}

void rollup_line_compact(struct rollup_line *line, uint32_t *total)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < line->count; i++) {
        if (line->rows[i].facts.invocations == 0 && line->rows[i].facts.proactive == 0) {
            rollup_fini(&line->rows[i]);
            (*total)--;
            continue;
        }
        line->rows[count++] = line->rows[i];
    }
    line->count = count;
}
