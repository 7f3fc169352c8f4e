/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "sources/derived_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct kept_line {
    struct rollup_labels labels; /* As long as the view. */
    struct derived_sums sums;
};

/* Sums of a function's rows that begin from since_ms to before before_ns; they are right while the
 * stamp is that of the view, and what their cost depends on is the same. */
struct kept {
    uint64_t stamp; /* 0: nothing is kept. */
    int64_t since_ms, before_ns;
    int64_t memory_mb;
    struct slice arch;
    uint32_t line_count;
    struct kept_line *lines; /* Ours. */
};

/* Most questions are about counts, which are cheap to add up; distributions and cost are not, and
 * are kept apart, with the counts once more. */
enum kept_kind { KEPT_COUNTS, KEPT_ALL, KEPT_KINDS };

struct kept_function {
    struct kept kinds[KEPT_KINDS];
};

/* The lock is a leaf behind the view's. */
struct derived_keep {
    pthread_mutex_t lock;
    struct kept_function *functions; /* By row. */
    uint32_t count;
    size_t size; /* Bytes of all lines. */
};

struct derived_keep *derived_keep_create(void)
{
    struct derived_keep *keep = calloc(1, sizeof(*keep));
    if (keep != NULL && pthread_mutex_init(&keep->lock, NULL) != 0) {
        free(keep);
        return NULL;
    }
    return keep;
}

static void kept_drop(struct derived_keep *keep, struct kept *kept)
{
    keep->size -= kept->line_count * sizeof(kept->lines[0]);
    free(kept->lines);
    *kept = (struct kept){.stamp = 0};
}

void derived_keep_free(struct derived_keep *keep)
{
    if (keep == NULL) {
        return;
    }
    for (uint32_t i = 0; i < keep->count; i++) {
        for (unsigned kind = 0; kind < KEPT_KINDS; kind++) {
            kept_drop(keep, &keep->functions[i].kinds[kind]);
        }
    }
    free(keep->functions);
    pthread_mutex_destroy(&keep->lock);
    free(keep);
}

/* One call: whose sums are asked for, of what, and of how long. */
struct keeping {
    const struct derived *derived;
    const struct derived_span *span;
    struct derived_function *function;
    enum kept_kind kind;
    struct view_settled settled;
};

/* What is kept of a function; NULL without memory. */
static struct kept *kept_of(const struct keeping *keeping)
{
    struct derived_keep *keep = keeping->derived->keep;
    uint32_t row = keeping->function->row;
    if (row >= keep->count) {
        uint32_t count = view_function_count(keeping->derived->query->view);
        struct kept_function *functions = realloc(keep->functions, count * sizeof(functions[0]));
        if (functions == NULL) {
            return NULL;
        }
        memset(&functions[keep->count], 0, (count - keep->count) * sizeof(functions[0]));
        keep->functions = functions;
        keep->count = count;
    }
    return &keep->functions[row].kinds[keeping->kind];
}

/* Whether it can be gone on from. */
static bool kept_holds(const struct kept *kept, const struct keeping *keeping)
{
    const struct function_facts *facts = &keeping->function->facts;
    return kept->stamp == keeping->settled.stamp && kept->since_ms == keeping->span->since_ms &&
           kept->memory_mb == facts->memory_mb && slice_equal(kept->arch, facts->arch);
}

static void kept_show(const struct kept *kept, const struct keeping *keeping)
{
    for (uint32_t i = 0; i < kept->line_count; i++) {
        const struct kept_line *from = &kept->lines[i];
        struct derived_line *line =
            derived_line_add(keeping->function, &from->labels, keeping->span->arena);
        if (line != NULL) {
            line->before = from->sums;
            line->first_ms = from->sums.first_ms;
            line->end_ms = from->sums.end_ms;
        }
    }
}

static void kept_store(struct kept *kept, const struct keeping *keeping)
{
    struct derived_keep *keep = keeping->derived->keep;
    const struct derived_function *function = keeping->function;
    size_t size = function->line_count * sizeof(kept->lines[0]);
    kept_drop(keep, kept);
    if (size > DERIVED_KEEP_SIZE_MAX - keep->size) {
        return;
    }
    struct kept_line *lines = size > 0 ? malloc(size) : NULL;
    if (size > 0 && lines == NULL) {
        return;
    }
    for (size_t i = 0; i < function->line_count; i++) {
        lines[i] = (struct kept_line){function->lines[i]->labels, function->lines[i]->before};
    }
    keep->size += size;
    *kept = (struct kept){
        .stamp = keeping->settled.stamp,
        .since_ms = keeping->span->since_ms,
        .before_ns = keeping->settled.before_ns,
        .memory_mb = function->facts.memory_mb,
        .arch = function->facts.arch,
        .line_count = (uint32_t)function->line_count,
        .lines = lines,
    };
}

/* Go on from what is kept, or from the beginning, to what is settled now. */
static void kept_update(struct kept *kept, const struct keeping *keeping)
{
    struct derived_wanted wanted = {.cost = keeping->kind == KEPT_ALL};
    struct derived_span span = *keeping->span;
    struct derived_range range = {.from_ns = span.since_ms * (int64_t)CLOCK_NS_PER_MS,
                                  .to_ns = keeping->settled.before_ns};
    bool holds = kept_holds(kept, keeping);
    for (unsigned i = 0; i < DERIVED_COUNT; i++) {
        wanted.metrics[i] = keeping->kind == KEPT_ALL;
    }
    if (holds) {
        kept_show(kept, keeping);
        range.from_ns = kept->before_ns;
    }
    if (!holds || range.from_ns < range.to_ns) {
        span.from_ms = INT64_MAX;
        derived_gather_rows(keeping->derived->query, &wanted, &span, range, keeping->function);
        if (!keeping->function->full) {
            kept_store(kept, keeping);
        }
    }
}

int64_t derived_keep_lines(const struct derived *derived, const struct derived_wanted *wanted,
                           const struct derived_span *span, struct derived_function *function)
{
    const int64_t ms_ns = (int64_t)CLOCK_NS_PER_MS;
    const struct keeping keeping = {
        .derived = derived,
        .span = span,
        .function = function,
        .kind = wanted->spreads || wanted->cost ? KEPT_ALL : KEPT_COUNTS,
        .settled = view_rollup_settled(derived->query->view, function->row),
    };
    int64_t before_ns = keeping.settled.before_ns;
    if (derived->keep == NULL || before_ns == INT64_MIN || span->from_ms <= before_ns / ms_ns ||
        span->since_ms >= before_ns / ms_ns) {
        return INT64_MIN;
    }
    pthread_mutex_lock(&derived->keep->lock);
    struct kept *kept = kept_of(&keeping);
    if (kept != NULL) {
        kept_update(kept, &keeping);
    }
    pthread_mutex_unlock(&derived->keep->lock);
    for (size_t i = 0; i < function->line_count; i++) {
        /* Of a day that began before and is not over, what is asked for is a part. */
        if (function->lines[i]->end_ms >= span->from_ms) {
            kept = NULL;
        }
    }
    if (kept == NULL) {
        function->line_count = 0;
        return INT64_MIN;
    }
    return before_ns;
}
