/* SPDX-License-Identifier: Apache-2.0 */
/* Queries put to a store, of which some is in logs and some is sealed: they find what a look at
 * each record finds. */
#include "store/store.h"

#include "base/log.h"
#include "columns/select.h"
#include "lib/cm.h"
#include "model/moment.h"
#include "random.h"
#include "store/hold.h"
#include "store/store_limits.h"
#include "store/writer.h"
#include "store_disk.h"

#include <stdlib.h>
#include <string.h>

#define ALL         (STORE_TIMES | STORE_DURATIONS | STORE_ERRORS | STORE_SENDERS)
#define BODIES      60
#define RECORDS_MAX 4096
#define ARENA_SIZE  ((size_t)64 << 20)

static struct sim_disk disk;
static uint64_t now_ns;
static struct batch batches[BODIES];
static struct arena arena, results;
static const struct hash_key key = {{3, 4}};
static unsigned decoded; /* Bodies. */

static uint64_t now(void)
{
    return now_ns;
}

/* A body is the number of a batch. */
static bool decode(enum signal signal, struct slice body, struct arena *into, struct batch *batch)
{
    uint32_t number;
    decoded++;
    (void)signal;
    (void)into;
    memcpy(&number, body.base, sizeof(number));
    *batch = batches[number];
    return true;
}

static void apply(void *context, struct store *store, const struct frame *frame,
                  const struct batch *batch, struct frame_ref ref)
{
    (void)context;
    (void)store;
    (void)frame;
    (void)batch;
    (void)ref;
}

static void forget(void *context, uint32_t segment_last)
{
    (void)context;
    (void)segment_last;
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char error[256];
    struct store_parts parts = {
        .disk = &disk.disk, .catalog = &disk.catalog, .wall_ns = now, .key = key};
    struct store_options options = {
        .decode = decode,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
    };
    struct store_observer observer = {.apply = apply, .forget = forget};
    assert_int_equal(store_open_parts(&store, &parts, &options, &observer, error, sizeof(error)),
                     STATUS_OK);
    return store;
}

static void done(void *context, enum status status)
{
    *(enum status *)context = status;
}

static void append(struct store *store, uint32_t number)
{
    unsigned char body[600];
    struct prng prng;
    enum status status = STATUS_AGAIN;
    prng_init(&prng, number);
    prng_fill(&prng, body, sizeof(body));
    memcpy(body, &number, sizeof(number));
    struct frame frame = {.signal = batches[number].signal,
                          .arrival_ns = now_ns++,
                          .body = slice_of(body, sizeof(body))};
    store_append(store, &frame, number % 3 == 0 ? NULL : &batches[number], done, &status);
    (void)store_step(store);
    assert_int_equal(status, STATUS_OK);
}

/* ---- What there is, looked at one by one. ---- */

struct facts {
    uint64_t times_ns[RECORDS_MAX]; /* Of what is wanted. */
    size_t count;
    uint64_t duration_sum;
    size_t errors;
    size_t service_bytes;
};

/* Whether the look of a query wants it, too. */
static bool looked(const struct scan_query *query, const struct span *span,
                   const struct log_line *line)
{
    return query->look == NULL || query->look->wants(query->look->context, span, line);
}

static int latest_first(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a < b) - (a > b);
}

static void look(const struct scan_query *query, uint32_t bodies, struct facts *facts)
{
    struct select *select;
    *facts = (struct facts){.count = 0};
    assert_int_equal(select_create(&select, query, &key), STATUS_OK);
    for (uint32_t i = 0; i < bodies; i++) {
        for (size_t k = 0; k < batches[i].span_count; k++) {
            const struct span *span = &batches[i].spans[k];
            if (select_span(select, span) && looked(query, span, NULL)) {
                facts->times_ns[facts->count++] = moment_of(span->start_ns);
                facts->duration_sum += span->end_ns - span->start_ns;
                facts->errors += span->status == SPAN_STATUS_ERROR;
                facts->service_bytes += span->resource->service.size;
            }
        }
        for (size_t k = 0; k < batches[i].log_count; k++) {
            const struct log_line *line = &batches[i].logs[k];
            if (select_line(select, line) && looked(query, NULL, line)) {
                facts->times_ns[facts->count++] = moment_of_line(line->time_ns, line->observed_ns);
                facts->duration_sum += line->observed_ns - line->time_ns;
                facts->errors += line->severity >= SELECT_SEVERITY_ERROR;
                facts->service_bytes += line->resource->service.size;
            }
        }
    }
    select_free(select);
    qsort(facts->times_ns, facts->count, sizeof(facts->times_ns[0]), latest_first);
}

/* ---- What the store says. ---- */

struct shown {
    const struct facts *facts;
    struct select *select;
    size_t count;
    bool oldest;
};

static bool show(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct shown *shown = context;
    uint64_t time_ns;
    assert_true(arrival_ns < now_ns);
    assert_int_equal(batch->span_count + batch->log_count, 1);
    if (batch->span_count > 0) {
        assert_true(select_span(shown->select, batch->spans));
        time_ns = moment_of(batch->spans->start_ns);
    } else {
        assert_true(select_line(shown->select, batch->logs));
        time_ns = moment_of_line(batch->logs->time_ns, batch->logs->observed_ns);
    }
    assert_true(shown->count < shown->facts->count);
    size_t at = shown->count++;
    assert_true(time_ns ==
                shown->facts->times_ns[shown->oldest ? shown->facts->count - 1 - at : at]);
    return true;
}

static bool add_up(void *context, const struct store_measures *measures)
{
    struct facts *facts = context;
    assert_true(measures->size > 0);
    for (uint32_t i = 0; i < measures->count; i++) {
        assert_true(measures->senders[i] < measures->resource_count);
        facts->times_ns[facts->count++] = measures->times_ns[i];
        facts->duration_sum += (uint64_t)measures->durations_ns[i];
        facts->errors += measures->errors[i];
        facts->service_bytes += measures->resources[measures->senders[i]].service.size;
    }
    return true;
}

static void compare(struct store *store, const struct scan_query *query, uint32_t bodies)
{
    static struct facts facts, measured;
    static const size_t mosts[] = {1, 7, STORE_SEARCH_MOST};
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    look(query, bodies, &facts);
    struct shown shown = {.facts = &facts};
    assert_int_equal(select_create(&shown.select, query, &key), STATUS_OK);
    for (size_t i = 0; i < 2 * sizeof(mosts) / sizeof(mosts[0]); i++) {
        struct scan_query either = *query;
        size_t most = mosts[i / 2];
        shown.count = 0;
        shown.oldest = either.oldest = i % 2 == 0;
        arena_reset(&results);
        assert_int_equal(store_search(hold, &either, most, &results, show, &shown), STATUS_OK);
        assert_int_equal(shown.count, facts.count < most ? facts.count : most);
        assert_true(query->look == NULL ||
                    query->look->reached_ns == (either.oldest ? query->to_ns : query->from_ns));
    }
    select_free(shown.select);
    measured = (struct facts){.count = 0};
    assert_int_equal(store_measure(hold, query, ALL, add_up, &measured), STATUS_OK);
    store_release(hold);
    qsort(measured.times_ns, measured.count, sizeof(measured.times_ns[0]), latest_first);
    assert_memory_equal(&measured, &facts, sizeof(facts));
}

/* Every other record, more or less. */
static bool wants_some(void *context, const struct span *span, const struct log_line *line)
{
    (void)context;
    return (span != NULL ? span->start_ns : line->observed_ns) % 2 == 0;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* The same with a look of its own, which is at all of the time. */
static void compare_looked(struct store *store, const struct scan_query *query, uint32_t bodies)
{
    struct scan_look look = {.wants = wants_some, .stop = never, .reached_ns = 1};
    struct scan_query with = *query;
    with.look = &look;
    compare(store, query, bodies);
    compare(store, &with, bodies);
    assert_true(look.reached_ns == query->from_ns);
}

static void ask_all(struct store *store, uint32_t bodies)
{
    const struct span *span = &batches[0].spans[0];
    const struct log_line *line = &batches[1].logs[0];
    struct scan_condition conditions[] = {
        {.test = SCAN_ERROR},
        {.test = SCAN_SERVICE, .text = SLICE("shop")},
        {.test = SCAN_FUNCTION, .text = SLICE("shop")},
        {.test = SCAN_NAME, .text = SLICE("order")},
        {.test = SCAN_WORDS, .text = SLICE("error")},
        {.test = SCAN_TEXT, .text = SLICE("orde")},
        {.test = SCAN_DURATION_MIN, .duration_ns = 1000000},
        {.test = SCAN_DURATION_MAX, .duration_ns = 1000000},
        {.test = SCAN_ATTR, .key = SLICE("user.id"), .text = SLICE("user-00017")},
        {.test = SCAN_WORDS, .text = SLICE("neverwhere")},
    };
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        struct scan_query query = {
            .signals = SCAN_SPANS | SCAN_LINES,
            .to_ns = UINT64_MAX,
            .conditions = &conditions[i],
            .condition_count = 1,
        };
        compare_looked(store, &query, bodies);
        query.from_ns = span->start_ns / 2;
        query.to_ns = line->time_ns > query.from_ns ? line->time_ns : query.from_ns;
        query.condition_count = 0;
        compare_looked(store, &query, bodies);
    }
}

static int begin(void **state)
{
    struct prng prng;
    (void)state;
    now_ns = UINT64_C(1796000000000000000);
    sim_disk_init(&disk, 7);
    disk.free_bytes = UINT64_C(1) << 40;
    arena_init(&arena, malloc(ARENA_SIZE), ARENA_SIZE);
    arena_init(&results, malloc(ARENA_SIZE), ARENA_SIZE);
    prng_init(&prng, 11);
    for (uint32_t i = 0; i < BODIES; i++) {
        do {
            batches[i] = random_batch(&prng, &arena, i % 2 == 0 ? SIGNAL_TRACES : SIGNAL_LOGS, 20);
        } while (batches[i].span_count + batches[i].log_count == 0);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(disk.open_count, 0);
    sim_disk_fini(&disk);
    free(arena.base);
    free(results.base);
    return 0;
}

static void test_search(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 0; i < BODIES / 2; i++) {
        append(store, i);
    }
    ask_all(store, BODIES / 2);
    for (unsigned i = 0; i < 20; i++) {
        store_seal(store);
    }
    now_ns += STORE_LOG_GRACE_NS;
    store_seal(store);
    ask_all(store, BODIES / 2);
    for (uint32_t i = BODIES / 2; i < BODIES; i++) {
        append(store, i);
    }
    ask_all(store, BODIES);
    store_close(store);
    store = open_store();
    ask_all(store, BODIES);
    store_close(store);
}

/* Gives up before, or in, the nth place. */
struct giving_up {
    struct scan_look look;
    unsigned left;
    bool inside;
    size_t counted;
    bool oldest;
};

static bool wants_until(void *context, const struct span *span, const struct log_line *line)
{
    struct giving_up *giving_up = context;
    (void)span;
    (void)line;
    giving_up->look.cut = giving_up->inside && giving_up->left == 0;
    return !giving_up->look.cut;
}

static bool stops(void *context)
{
    struct giving_up *giving_up = context;
    bool stop = giving_up->left == 0;
    giving_up->left -= stop ? 0 : 1;
    return stop && !giving_up->inside;
}

static bool count_later(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct giving_up *giving_up = context;
    uint64_t time_ns = batch->span_count > 0
                           ? moment_of(batch->spans->start_ns)
                           : moment_of_line(batch->logs->time_ns, batch->logs->observed_ns);
    (void)arrival_ns;
    giving_up->counted += giving_up->oldest ? time_ns < giving_up->look.reached_ns
                                            : time_ns >= giving_up->look.reached_ns;
    return true;
}

/* Whoever gives up knows what was looked at, and that was shown. */
static void give_up(struct store *store, unsigned after, bool inside, bool oldest)
{
    static struct facts facts;
    struct giving_up giving_up = {.left = after, .inside = inside, .oldest = oldest};
    struct scan_query query = {
        .signals = SCAN_SPANS | SCAN_LINES,
        .to_ns = UINT64_MAX,
        .oldest = oldest,
    };
    look(&query, BODIES, &facts);
    giving_up.look = (struct scan_look){.wants = wants_until, .stop = stops, .context = &giving_up};
    query.look = &giving_up.look;
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    arena_reset(&results);
    assert_int_equal(
        store_search(hold, &query, STORE_SEARCH_MOST, &results, count_later, &giving_up),
        STATUS_OK);
    store_release(hold);
    size_t later = 0;
    for (size_t i = 0; i < facts.count; i++) {
        later += (facts.times_ns[i] >= giving_up.look.reached_ns) != oldest;
    }
    assert_int_equal(giving_up.counted, later);
    assert_true(giving_up.look.reached_ns != (oldest ? query.to_ns : 0) || later == facts.count);
}

static void test_giving_up(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 0; i < BODIES; i++) {
        append(store, i);
        for (unsigned k = 0; i == BODIES / 2 && k < 20; k++) {
            store_seal(store);
        }
    }
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned k = 0; k < 4; k++) {
            give_up(store, i, k % 2 == 0, k / 2 == 0);
        }
    }
    store_close(store);
}

/* Of logs it is remembered what is in them: a query for what is not there reads only what may still
 * become longer. */
static void test_digests(void **state)
{
    const struct scan_condition condition = {.test = SCAN_WORDS, .text = SLICE("neverwhere")};
    struct scan_query query = {
        .signals = SCAN_SPANS | SCAN_LINES,
        .to_ns = UINT64_MAX,
        .conditions = &condition,
        .condition_count = 1,
    };
    struct shown shown = {.count = 0};
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 0; i < BODIES; i++) {
        append(store, i);
    }
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    assert_int_equal(store_search(hold, &query, 1, &results, show, &shown), STATUS_OK);
    for (unsigned i = 0; i < 3; i++) {
        decoded = 0;
        assert_int_equal(store_search(hold, &query, 1, &results, show, &shown), STATUS_OK);
    }
    assert_in_range(decoded, 0, BODIES / 3);
    store_release(hold);
    store_close(store);
}

/* A query that is none, and one for more than is shown. */
static void test_refused(void **state)
{
    struct scan_condition condition = {.test = SCAN_TEXT};
    struct scan_query query = {.to_ns = UINT64_MAX, .signals = SCAN_SPANS};
    (void)state;
    struct store *store = open_store();
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    struct shown shown = {.count = 0};
    assert_int_equal(store_search(hold, &query, 0, &results, show, &shown), STATUS_OK);
    assert_int_equal(store_search(hold, &query, STORE_SEARCH_MOST, &results, show, &shown),
                     STATUS_OK);
    assert_int_equal(store_search(hold, &query, STORE_SEARCH_MOST + 1, &results, show, &shown),
                     STATUS_FULL);
    query.conditions = &condition;
    query.condition_count = 1;
    assert_int_equal(store_search(hold, &query, 1, &results, show, &shown), STATUS_BAD);
    assert_int_equal(store_measure(hold, &query, ALL, add_up, NULL), STATUS_BAD);
    store_release(hold);
    store_close(store);
}

/* Of what is damaged the rest is found, and it is said. */
static void test_damaged(void **state)
{
    static struct facts facts;
    struct scan_query query = {.to_ns = UINT64_MAX, .signals = SCAN_SPANS | SCAN_LINES};
    (void)state;
    struct store *store = open_store();
    for (uint32_t i = 0; i < BODIES / 2; i++) {
        append(store, i);
    }
    for (unsigned i = 0; i < 20; i++) {
        store_seal(store);
    }
    look(&query, BODIES / 2, &facts);
    assert_true(sim_disk_rot(&disk, "00000001/sealed", 300));
    struct store_hold *hold = store_hold(store);
    assert_non_null(hold);
    static struct facts measured;
    assert_int_equal(store_measure(hold, &query, ALL, add_up, &measured), STATUS_IO);
    assert_in_range(measured.count, 1, facts.count - 1);
    store_release(hold);
    store_close(store);
}

int main(void)
{
    log_set_level(LOG_OFF);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search, begin, end),
        cmocka_unit_test_setup_teardown(test_giving_up, begin, end),
        cmocka_unit_test_setup_teardown(test_digests, begin, end),
        cmocka_unit_test_setup_teardown(test_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
