/* SPDX-License-Identifier: Apache-2.0 */
#include "report/function.h"

#include "base/hash.h"

#include <stdlib.h>

/* The smallest size there is, and the steps in which one is suggested. */
#define SIZE_MB_MIN  128
#define SIZE_MB_STEP 64

/* Less than this share of memory used is worth a word; and for as many invocations at least. */
#define HEADROOM_PERCENT    70
#define ADVICE_INVOCATIONS  3
#define NS_PER_S            INT64_C(1000000000)
#define MONTH_S             (INT64_C(30) * 86400)
#define MONTH_FROM_PERIOD_S INT64_C(3600)

static const struct hash_key hash_key = {{0, 0}};

void function_init(struct function *function)
{
    *function = (struct function){
        .first_ns = STREAMS_UNKNOWN, .last_ns = STREAMS_UNKNOWN, .cost = cost_zero()};
}

void function_fini(struct function *function)
{
    spread_fini(&function->durations);
    spread_fini(&function->inits);
    spread_fini(&function->memory);
}

static void add_times(struct function *function, const struct facts *facts)
{
    if (!facts_known(facts->at_ns)) {
        return;
    }
    bool first = function->first_ns == STREAMS_UNKNOWN;
    int64_t last_ns = facts_known(facts->report_ns) ? facts->report_ns : facts->at_ns;
    function->first_ns =
        first || facts->at_ns < function->first_ns ? facts->at_ns : function->first_ns;
    function->last_ns = first || last_ns > function->last_ns ? last_ns : function->last_ns;
}

/* The place of this size; of sizes beyond what is told apart, the one that was used longest ago. */
static struct function_size *size_of_mb(struct function *function, int64_t mb)
{
    size_t oldest = 0;
    for (size_t i = 0; i < function->size_count; i++) {
        if (function->sizes[i].mb == mb) {
            return &function->sizes[i];
        }
        oldest = function->sizes[i].last_ns < function->sizes[oldest].last_ns ? i : oldest;
    }
    if (function->size_count < REPORT_SIZE_COUNT_MAX) {
        oldest = function->size_count;
        function->size_count++;
    }
    function->sizes[oldest] =
        (struct function_size){.mb = mb, .last_ns = STREAMS_UNKNOWN, .compute = MONEY_ZERO};
    return &function->sizes[oldest];
}

static void add_memory(struct function *function, const struct facts *facts,
                       const struct cost *cost)
{
    if (facts_known(facts->max_memory_mb)) {
        spread_add(&function->memory, facts->max_memory_mb * SPREAD_NS_PER_MB);
        function->memory_mb_sum += facts->max_memory_mb;
    }
    if (!facts_known(facts->memory_mb) || facts->memory_mb == 0) {
        return;
    }
    struct function_size *size = size_of_mb(function, facts->memory_mb);
    size->invocations++;
    size->last_ns = facts->at_ns > size->last_ns ? facts->at_ns : size->last_ns;
    struct money besides = money_add(cost->parts.requests, cost->parts.streaming);
    size->compute = money_add(size->compute, money_subtract(cost->amount, besides));
    if (facts_known(facts->max_memory_mb)) {
        size->used_mb_max =
            facts->max_memory_mb > size->used_mb_max ? facts->max_memory_mb : size->used_mb_max;
        size->full += facts->max_memory_mb >= facts->memory_mb;
    }
}

static void add_start(struct function *function, const struct facts *facts)
{
    function->cold += facts->cold;
    function->cold_unknown += facts->cold_unknown;
    function->proactive += facts->proactive;
    bool aws = facts->provider == PROVIDER_AWS;
    function->of[facts->provider]++;
    function->suppressed += aws && facts->cold && facts->init_inside;
    function->inside += !aws && facts->cold && facts->init_inside;
    function->restored += facts->restored;
    /* Only AWS makes inits ahead of requests and tells them apart by INIT_START. */
    function->unplaced +=
        aws && facts->cold && !facts->init_inside && !facts_known(facts->init_start_ns);
    if (facts_known(facts->init_ns)) {
        spread_add(&function->inits, facts->init_ns);
    }
}

void function_add(struct function *function, const struct facts *facts, const struct cost *cost)
{
    function->invocations++;
    function->errors += facts_failed(facts);
    function->timeouts += facts->end == END_TIMEOUT;
    function->out_of_memory += facts->out_of_memory;
    function->open += facts->end == END_OPEN;
    if (facts_known(facts->billed_ms)) {
        function->billed++;
        function->billed_ms += (uint64_t)facts->billed_ms;
    }
    function->sized += facts_known(facts->produced_bytes);
    int64_t duration_ns = facts_duration_ns(facts);
    if (facts_known(duration_ns)) {
        spread_add(&function->durations, duration_ns);
    }
    add_times(function, facts);
    add_start(function, facts);
    add_memory(function, facts, cost);
    cost_add(&function->cost, cost);
    function->init_billed += cost->parts.init.units > 0;
    if (facts_failed(facts)) {
        function->failed = money_add(function->failed, cost->amount);
    }
    if (facts->end == END_TIMEOUT) {
        function->timed_out = money_add(function->timed_out, cost->amount);
    }
}

const char *function_price_note(const struct function *function, enum provider provider)
{
    if (function->of[provider] == 0) {
        return NULL;
    }
    switch (provider) {
    case PROVIDER_AWS:
        return "Of AWS: x86_64 prices, as logs do not tell the architecture (arm64 costs 20 % "
               "less).";
    case PROVIDER_GCP:
        return "Of Google: requests that overlap in one instance share its time, but each is "
               "priced in full: the cost is an upper bound. Logs do not tell the memory: --memory "
               "does.";
    case PROVIDER_AZURE:
        return "Of Azure: the Consumption plan bills the memory that it observed, which logs do "
               "not tell: --memory does; and --azure-plan flex is the other plan.";
    }
    return NULL;
}

uint64_t function_cold_known(const struct function *function)
{
    return function->invocations - function->cold_unknown;
}

const struct function_size *function_size_now(const struct function *function)
{
    const struct function_size *now = NULL;
    for (size_t i = 0; i < function->size_count; i++) {
        if (now == NULL || function->sizes[i].last_ns > now->last_ns) {
            now = &function->sizes[i];
        }
    }
    return now;
}

enum status function_table_init(struct functions *functions)
{
    *functions = (struct functions){.count = 0};
    map_init_growing(&functions->map, REPORT_FUNCTION_COUNT_MAX);
    functions->rows = calloc(REPORT_FUNCTION_COUNT_MAX + 1, sizeof(functions->rows[0]));
    return functions->rows == NULL ? STATUS_FULL : STATUS_OK;
}

void function_table_fini(struct functions *functions)
{
    for (uint32_t i = 0; i < functions->count; i++) {
        function_fini(&functions->rows[i]);
    }
    free(functions->rows);
    map_fini(&functions->map);
    *functions = (struct functions){.rows = NULL};
}

struct find {
    const struct functions *functions;
    const struct stream_source *source;
};

/* Nothing speaks against the two being the same. */
static bool agrees(const struct label *kept, struct slice told)
{
    return kept->size == 0 || told.size == 0 || slice_equal(label_text(kept), told);
}

static bool equal_function(const void *context, uint32_t row)
{
    const struct find *find = context;
    const struct function *function = &find->functions->rows[row];
    return slice_equal(label_text(&function->name), find->source->function) &&
           function->provider == find->source->provider &&
           agrees(&function->account, find->source->account) &&
           agrees(&function->region, find->source->region);
}

static void learn(struct label *kept, struct slice told)
{
    if (told.size > 0) {
        label_set(kept, told);
    }
}

static uint32_t others_row(struct functions *functions)
{
    if (!functions->others) {
        struct function *others = &functions->rows[functions->count];
        function_init(others);
        label_set(&others->name, SLICE("(other functions)"));
        others->made_up = true;
        functions->others = true;
        functions->count++;
    }
    return functions->count - 1;
}

uint32_t function_table_row(struct functions *functions, const struct stream_source *source)
{
    uint32_t row = 0;
    struct label name; /* As it is kept, so that a cut one is found again. */
    label_set(&name, source->function);
    struct stream_source cut = *source;
    cut.function = label_text(&name);
    uint64_t hash = hash_sip64(&hash_key, cut.function);
    const struct find find = {functions, &cut};
    if (!map_find(&functions->map, hash, equal_function, &find, &row)) {
        row = functions->count;
        if (functions->others || row == REPORT_FUNCTION_COUNT_MAX ||
            map_insert(&functions->map, hash, row) != STATUS_OK) {
            return others_row(functions);
        }
        functions->count++;
        function_init(&functions->rows[row]);
        functions->rows[row].name = name;
        functions->rows[row].provider = source->provider;
        functions->rows[row].made_up = source->function_made_up;
    }
    struct function *function = &functions->rows[row];
    learn(&function->account, source->account);
    learn(&function->region, source->region);
    learn(&function->version, source->version);
    learn(&function->runtime, source->runtime);
    return row;
}

static int compare(const void *one, const void *other)
{
    const struct function *a = *(const struct function *const *)one;
    const struct function *b = *(const struct function *const *)other;
    int money = money_compare(b->cost.amount, a->cost.amount);
    if (money != 0) {
        return money;
    }
    if (a->invocations != b->invocations) {
        return a->invocations > b->invocations ? -1 : 1;
    }
    return slice_compare(label_text(&a->name), label_text(&b->name));
}

uint32_t function_table_sort(const struct functions *functions, const struct function **order)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < functions->count; i++) {
        if (functions->rows[i].invocations > 0) {
            order[count] = &functions->rows[i];
            count++;
        }
    }
    qsort(order, count, sizeof(void *), compare);
    return count;
}

static struct money per_month(struct money saving, int64_t period_s)
{
    struct money month = saving;
    if (__builtin_mul_overflow(saving.units / period_s, MONTH_S, &month.units)) {
        month = saving;
        month.saturated = true;
    }
    return month;
}

struct advice function_advice(const struct function *function)
{
    const struct function_size *now = function_size_now(function);
    struct advice advice = {.kind = ADVICE_NONE};
    if (now == NULL || now->used_mb_max == 0) {
        return advice;
    }
    advice.size_mb = now->mb;
    advice.used_mb = now->used_mb_max;
    /* A fifth more than was ever used, in whole steps. */
    int64_t wanted = now->used_mb_max + (now->used_mb_max + 4) / 5;
    wanted = (wanted + SIZE_MB_STEP - 1) / SIZE_MB_STEP * SIZE_MB_STEP;
    advice.suggested_mb = wanted > SIZE_MB_MIN ? wanted : SIZE_MB_MIN;
    if (now->full > 0) {
        advice.kind = ADVICE_GROW;
    } else if (now->invocations >= ADVICE_INVOCATIONS && advice.suggested_mb < now->mb &&
               now->used_mb_max * 100 <= now->mb * HEADROOM_PERCENT) {
        advice.kind = ADVICE_SHRINK;
        advice.saving =
            money_share(now->compute, (uint32_t)(now->mb - advice.suggested_mb), (uint32_t)now->mb);
        bool timed = function->first_ns != STREAMS_UNKNOWN;
        int64_t period_s = timed ? (function->last_ns - function->first_ns) / NS_PER_S : 0;
        advice.month_known = period_s >= MONTH_FROM_PERIOD_S;
        if (advice.month_known) {
            advice.saving_month = per_month(advice.saving, period_s);
        }
    }
    return advice;
}
