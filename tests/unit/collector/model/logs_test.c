/* SPDX-License-Identifier: Apache-2.0 */
/* What log streams tell, alone and beside an agent. */
#include "orders.h"

#include "model/rollups.h"

#define STREAM "2027/01/15/[$LATEST]0123456789abcdef0123456789abcdef"

/* A stream's word for an invocation; what is UNKNOWN_NS is not told. */
struct word {
    uint64_t request;
    int64_t start_ns, reported_ns, end_ns;
    const char *status, *error_type;
    int cold; /* 1, 0, -1 */
    int64_t init_ns;
};

static const struct word untold = {0,    UNKNOWN_NS, UNKNOWN_NS, UNKNOWN_NS,
                                   NULL, NULL,       -1,         UNKNOWN_NS};

static void say(struct build *b, const struct word *word)
{
    bool report = word->reported_ns != UNKNOWN_NS;
    build_event(b, "faas.invocation", 0);
    build_time(b, word->start_ns != UNKNOWN_NS ? word->start_ns
                  : report                     ? word->end_ns - word->reported_ns
                                               : word->end_ns);
    build_request(b, word->request, 0);
    build_text(b, "thaw.invocation.state", report ? "reported" : "started");
    if (word->start_ns != UNKNOWN_NS) {
        build_int(b, "thaw.start_ns", word->start_ns);
    }
    if (word->end_ns != UNKNOWN_NS) {
        build_int(b, "thaw.end_ns", word->end_ns);
    }
    if (word->status != NULL) {
        build_text(b, "thaw.invocation.status", word->status);
    }
    if (word->error_type != NULL) {
        build_text(b, "error.type", word->error_type);
    }
    if (word->cold >= 0) {
        build_bool(b, "faas.coldstart", word->cold == 1);
    }
    if (report) {
        build_int(b, "thaw.reported_ns", word->reported_ns);
        build_int(b, "thaw.billed_ms", word->reported_ns / BUILD_MS);
        build_int(b, "thaw.memory_size_mb", 128);
        build_int(b, "thaw.max_memory_used_mb", 60);
    }
    if (word->init_ns != UNKNOWN_NS) {
        build_int(b, "thaw.init_ns", word->init_ns);
    }
}

static struct word whole(uint64_t request, int64_t start_ns, int64_t reported_ns)
{
    struct word word = untold;
    word.request = request;
    word.start_ns = start_ns;
    word.reported_ns = reported_ns;
    word.end_ns = start_ns + reported_ns + BUILD_MS;
    return word;
}

static void begin_init(struct build *b, const char *phase, int64_t start_ns, int64_t duration_ns)
{
    build_event(b, "faas.instance.start", 0);
    build_text(b, "thaw.init.phase", phase);
    build_int(b, "thaw.init.start_ns", start_ns);
    if (duration_ns != UNKNOWN_NS) {
        build_int(b, "thaw.init.end_ns", start_ns + duration_ns);
        build_int(b, "thaw.init_ns", duration_ns);
    }
}

static uint32_t attempts_of(struct view *view, uint64_t request)
{
    uint32_t rows[8];
    view_read_begin(view);
    uint32_t count = view_attempts(view, build_id(request), rows, 8);
    view_read_end(view);
    return count;
}

static struct view_stats stats_of(struct view *view)
{
    struct view_stats stats;
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    return stats;
}

/* A stream alone, told in pieces: START, REPORT, INIT_START and its end apart. */
static void a_stream_in_pieces(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    begin_init(b, "init", BUILD_T0 - 300 * BUILD_MS, UNKNOWN_NS);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    begin_init(b, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    struct word word = untold;
    word.request = 0x11;
    word.start_ns = BUILD_T0;
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    word = whole(0x11, BUILD_T0, 50 * BUILD_MS);
    word.start_ns = UNKNOWN_NS;
    word.end_ns += 3 * BUILD_MS;
    word.cold = 1;
    word.init_ns = 290 * BUILD_MS;
    say(b, &word);
    build_trace(b, 0x7a, 0);
    struct view *view = all_orders(&frames);
    assert_int_equal(attempts_of(view, 0x11), 1);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_OK);
    assert_int_equal(facts.sources, SOURCE_LOGS);
    assert_true(facts.cold);
    assert_int_equal(facts.start_ns, BUILD_T0);
    assert_int_equal(facts.end_ns, BUILD_T0 + 50 * BUILD_MS);
    assert_int_equal(facts.placed_ns, BUILD_T0 - 300 * BUILD_MS);
    assert_int_equal(facts.handler_ns, UNKNOWN_NS);
    assert_int_equal(facts.wait_ns, UNKNOWN_NS);
    assert_int_equal(facts.init_ns, 290 * BUILD_MS);
    assert_memory_equal(facts.trace_id.bytes, build_id(0x7a).bytes, 16);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 1);
    assert_int_equal(sum.cold, 1);
    assert_int_equal(sum.billed_ms, 50);
    assert_int_equal(sum.cold_init_us, 290000);
    assert_int_equal(sum.end_unknown, 0);
    view_free(view);
}

/* The agent and the stream tell of one invocation and one init: once, by the agent's word, whoever
 * was first. */
static void an_agent_and_its_stream(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    init(b, 1, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
    started(b, 2, 0x11, BUILD_T0);
    build_bool(b, "faas.coldstart", true);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    done(b, 3, 0x11, BUILD_T0, "success", 50 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    reported(b, 4, 0x11, "success", 52);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs_unknown(b, "stock", STREAM);
    begin_init(b, "init", BUILD_T0 - 304 * BUILD_MS, 291 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs_unknown(b, "stock", STREAM);
    struct word word = whole(0x11, BUILD_T0 + 2 * BUILD_MS, 53 * BUILD_MS);
    word.cold = 1;
    say(b, &word);
    struct view *view = all_orders(&frames);
    assert_int_equal(attempts_of(view, 0x11), 1);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.sources, SOURCE_AGENT | SOURCE_LOGS);
    assert_int_equal(facts.start_ns, BUILD_T0);
    assert_int_equal(facts.reported_ns, 52 * BUILD_MS);
    assert_int_equal(facts.billed_ms, 52);
    assert_int_equal(facts.end_ns, BUILD_T0 + 50 * BUILD_MS);
    assert_int_equal(facts.wait_ns, 340 * BUILD_MS);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 1);
    assert_int_equal(sum.cold, 1);
    assert_int_equal(sum.cold_init_us, 290000);
    struct instance_facts instance;
    struct init_facts one;
    view_read_begin(view);
    view_instance(view, facts.instance, &instance);
    assert_int_equal(instance.init_count, 1);
    view_init(view, facts.instance, 0, &one);
    assert_int_equal(one.start_ns, BUILD_T0 - 300 * BUILD_MS);
    assert_int_equal(one.duration_ns, 290 * BUILD_MS);
    view_read_end(view);
    assert_int_equal(stats_of(view).instances, 1);
    view_free(view);
}

/* An agent that was killed told the start only: the stream closes it, and says how it ended. */
static void a_killed_instance_is_closed(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    apply(view, b);
    build_free(b);
    view_tick(view, (uint64_t)BUILD_T0 + 3600000000000U);
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_END_UNKNOWN);
    assert_int_equal(counts(view).end_unknown, 1);
    b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    struct word word = whole(0x11, BUILD_T0 + BUILD_MS, 700 * BUILD_MS);
    word.status = "error";
    word.error_type = "Runtime.OutOfMemory";
    say(b, &word);
    apply(view, b);
    apply(view, b);
    build_free(b);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_ERROR);
    assert_int_equal(facts.start_ns, BUILD_T0);
    assert_int_equal(facts.end_ns, BUILD_T0 + 700 * BUILD_MS);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 1);
    assert_int_equal(sum.end_unknown, 0);
    assert_int_equal(sum.errors, 1);
    assert_int_equal(sum.billed_ms, 700);
    view_free(view);
}

/* A START without an end, imported late, is closed by its own time and not by its arrival's; an
 * END closes it. */
static void what_never_ended(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    struct word word = untold;
    word.request = 0x11;
    word.start_ns = BUILD_T0 - 86400000 * BUILD_MS;
    say(b, &word);
    word.request = 0x12;
    word.start_ns = BUILD_T0;
    say(b, &word);
    apply(view, b);
    build_free(b);
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_END_UNKNOWN);
    assert_int_equal(digest_invocation(view, 0x12, 1).outcome, OUTCOME_RUNNING);
    assert_int_equal(counts(view).end_unknown, 1);
    b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    word.end_ns = BUILD_T0 + 20 * BUILD_MS;
    word.start_ns = UNKNOWN_NS;
    say(b, &word);
    apply(view, b);
    build_free(b);
    assert_int_equal(attempts_of(view, 0x12), 1);
    struct invocation_facts facts = digest_invocation(view, 0x12, 1);
    assert_int_equal(facts.outcome, OUTCOME_OK);
    assert_int_equal(facts.end_ns, BUILD_T0 + 20 * BUILD_MS);
    view_free(view);
}

/* Who names account and region moves what was counted without them. */
static void an_account_that_becomes_known(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_logs_unknown(b, "stock", STREAM);
    begin_init(b, "init", BUILD_T0 - 60000 * BUILD_MS, 290 * BUILD_MS);
    struct word word = whole(0x11, BUILD_T0, 50 * BUILD_MS);
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    word = whole(0x12, BUILD_T0 + 1000 * BUILD_MS, 70 * BUILD_MS);
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs_unknown(b, "stock", STREAM);
    word = whole(0x13, BUILD_T0 + 2000 * BUILD_MS, 90 * BUILD_MS);
    say(b, &word);
    struct view *view = all_orders(&frames);
    uint32_t listed = 0;
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts facts;
        view_function(view, i, &facts);
        if (facts.first_seen_ns == UNKNOWN_NS) {
            assert_int_equal(view_instance_first(view, i), ROW_NONE);
            continue;
        }
        struct rollup_sum *sum = calloc(1, sizeof(*sum));
        view_rollup_sum(view, i, 0, INT64_MAX / 2, sum);
        assert_int_equal(sum->facts.invocations, 3);
        assert_int_equal(sum->facts.proactive, 1);
        assert_int_equal(sum->facts.billed_ms, 210);
        assert_int_equal(sum->reported.total, 3);
        free(sum);
        assert_int_equal(facts.account.size, 12);
        assert_int_equal(facts.memory_mb, 128);
        assert_int_equal(facts.sources, SOURCE_LOGS);
        listed++;
    }
    view_read_end(view);
    assert_int_equal(listed, 1);
    view_free(view);
}

/* Attempts of one request in one stream, and one of them told by an agent, too. */
static void attempts_by_time(void **state)
{
    (void)state;
    int64_t minute_ns = 60000 * BUILD_MS;
    struct frames frames = {0};
    for (int i = 0; i < 3; i++) {
        struct build *b = frame(&frames, SIGNAL_LOGS);
        build_logs(b, "stock", STREAM);
        struct word word = whole(0x11, BUILD_T0 + i * minute_ns, (10 + i) * BUILD_MS);
        say(b, &word);
    }
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    struct word word = untold;
    word.request = 0x11;
    word.start_ns = BUILD_T0 + minute_ns;
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    build_event(b, "faas.invocation", 1);
    build_time(b, BUILD_T0 + minute_ns);
    build_request(b, 0x11, 2);
    build_int(b, "thaw.start_ns", BUILD_T0 + minute_ns + BUILD_MS);
    struct view *view = all_orders(&frames);
    assert_int_equal(attempts_of(view, 0x11), 3);
    for (uint32_t i = 0; i < 3; i++) {
        struct invocation_facts facts = digest_invocation(view, 0x11, i + 1);
        assert_int_equal(facts.billed_ms, 10 + i);
        assert_int_equal(facts.sources, i == 1 ? SOURCE_AGENT | SOURCE_LOGS : SOURCE_LOGS);
    }
    assert_int_equal(counts(view).invocations, 3);
    view_free(view);
}

/* An init inside of an invocation: the stream knows its end and its duration, the agent its start.
 */
static void a_suppressed_init_of_both(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    init(b, 1, "invoke", BUILD_T0 + 5 * BUILD_MS, 200 * BUILD_MS);
    started(b, 2, 0x11, BUILD_T0);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    begin_init(b, "invoke", BUILD_T0 + 9 * BUILD_MS, 199 * BUILD_MS);
    struct word word = whole(0x11, BUILD_T0, 250 * BUILD_MS);
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    begin_init(b, "invoke", BUILD_T0 + 1009 * BUILD_MS, 100 * BUILD_MS);
    word = whole(0x12, BUILD_T0 + 1000 * BUILD_MS, 150 * BUILD_MS);
    say(b, &word);
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_true(facts.cold);
    assert_int_equal(facts.init_ns, 200 * BUILD_MS);
    assert_int_equal(facts.init_start_ns, BUILD_T0 + 5 * BUILD_MS);
    assert_true(digest_invocation(view, 0x12, 1).cold);
    assert_int_equal(counts(view).cold, 2);
    view_free(view);
}

/* An init inside of its invocation is no time before it, where that alone tells of it, too. */
static void an_init_inside_without_a_stream(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_logs_pool(b, "stock");
    struct word word = whole(0x11, BUILD_T0, 500 * BUILD_MS);
    word.cold = 1;
    word.init_ns = 490 * BUILD_MS;
    say(b, &word);
    build_text(b, "thaw.init.phase", "invoke");
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_true(facts.cold);
    assert_int_equal(facts.placed_ns, BUILD_T0);
    assert_true(slice_equal(facts.init_phase, SLICE("invoke")));
    view_free(view);
}

/* A request with very many attempts is the same when it is told again. */
static void many_attempts_told_again(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    uint64_t first = 0;
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; i < 600; i += 3) {
            struct build *b = build_create(SIGNAL_LOGS);
            build_logs(b, "stock", STREAM);
            for (int64_t k = i; k < i + 3; k++) {
                struct word word = whole(0x11, BUILD_T0 + k * 1000 * BUILD_MS, 5 * BUILD_MS);
                say(b, &word);
            }
            apply(view, b);
            build_free(b);
        }
        uint64_t told = counts(view).invocations;
        assert_true(told > 64 && (round == 0 || told == first));
        first = told;
    }
    view_free(view);
}

/* Without the names of streams nothing is concluded from time; and what is told with a name, too,
 * is the same. */
static void exports_without_stream_names(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_logs_pool(b, "stock");
    begin_init(b, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
    struct word word = whole(0x11, BUILD_T0, 500 * BUILD_MS);
    word.cold = 1;
    word.init_ns = 290 * BUILD_MS;
    say(b, &word);
    word = whole(0x12, BUILD_T0 + 100 * BUILD_MS, 600 * BUILD_MS);
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs_pool(b, "stock");
    word = whole(0x13, BUILD_T0 + 200 * BUILD_MS, 700 * BUILD_MS);
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    word = whole(0x12, BUILD_T0 + 100 * BUILD_MS, 600 * BUILD_MS);
    say(b, &word);
    struct view *view = all_orders(&frames);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 3);
    assert_int_equal(sum.cold, 1);
    assert_int_equal(sum.proactive, 0);
    assert_int_equal(sum.billed_ms, 1800);
    assert_int_equal(attempts_of(view, 0x12), 1);
    struct invocation_facts facts = digest_invocation(view, 0x12, 1);
    struct instance_facts instance;
    view_read_begin(view);
    view_instance(view, facts.instance, &instance);
    assert_false(instance.pool);
    facts = digest_invocation(view, 0x11, 1);
    view_instance(view, facts.instance, &instance);
    assert_true(instance.pool);
    assert_int_equal(instance.init_count, 0);
    view_read_end(view);
    assert_true(facts.cold);
    assert_int_equal(facts.init_ns, 290 * BUILD_MS);
    view_free(view);
}

/* An agent that was not told the name of its stream made one up: its invocations are the stream's.
 */
static void an_agent_without_the_name_of_its_stream(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "thaw-0123", EPOCH);
    build_resource_bool(b, "thaw.instance.made_up", true);
    init(b, 1, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
    started(b, 2, 0x11, BUILD_T0);
    done(b, 3, 0x11, BUILD_T0, "success", 50 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    begin_init(b, "init", BUILD_T0 - 299 * BUILD_MS, 290 * BUILD_MS);
    struct word word = whole(0x11, BUILD_T0, 52 * BUILD_MS);
    say(b, &word);
    struct view *view = all_orders(&frames);
    assert_int_equal(attempts_of(view, 0x11), 1);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 1);
    assert_int_equal(sum.cold, 1);
    assert_int_equal(sum.proactive, 0);
    assert_int_equal(sum.billed_ms, 52);
    assert_int_equal(digest_invocation(view, 0x11, 1).sources, SOURCE_AGENT | SOURCE_LOGS);
    view_free(view);
}

/* A failure in a piece of its own is that of the one in whose time it lies, whatever came first. */
static void a_failure_of_its_own(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    struct word word = untold;
    word.request = 0x11;
    word.start_ns = BUILD_T0;
    say(b, &word);
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    build_line(b, "[ERROR] ValueError: bad", 0, BUILD_T0 + 49 * BUILD_MS);
    build_bool(b, "thaw.unhandled", true);
    build_text(b, "error.type", "ValueError");
    b = frame(&frames, SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    word = whole(0x11, BUILD_T0, 50 * BUILD_MS);
    word.start_ns = UNKNOWN_NS;
    say(b, &word);
    word = whole(0x12, BUILD_T0 + 100 * BUILD_MS, 50 * BUILD_MS);
    say(b, &word);
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_ERROR);
    assert_true(slice_equal(facts.error_type, SLICE("ValueError")));
    assert_int_equal(digest_invocation(view, 0x12, 1).outcome, OUTCOME_OK);
    assert_int_equal(counts(view).errors, 1);
    view_free(view);
}

/* The past stands under its own dates, and its instances are not alive. */
static void the_past(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    int64_t old_ns = BUILD_T0 - 300 * INT64_C(86400000) * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    for (uint64_t i = 0; i < 10; i++) {
        struct word word = whole(0x20 + i, old_ns - (int64_t)i * 60000 * BUILD_MS, 50 * BUILD_MS);
        say(b, &word);
    }
    apply(view, b);
    build_free(b);
    b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", "2027/01/15/[$LATEST]ffff");
    struct word word = whole(0x11, BUILD_T0, 50 * BUILD_MS);
    say(b, &word);
    apply(view, b);
    build_free(b);
    assert_int_equal(stats_of(view).instances_alive, 1);
    struct view_walk walk;
    int64_t minute_ns;
    uint32_t minutes = 0, rows = 0;
    view_read_begin(view);
    view_walk_init(&walk, old_ns - INT64_C(86400000) * BUILD_MS, old_ns + 60000 * BUILD_MS);
    while (view_walk_minute(view, &walk, &minute_ns)) {
        minutes++;
        while (view_walk_invocation(view, &walk) != ROW_NONE) {
            rows++;
        }
    }
    struct function_facts facts;
    view_function(view, 0, &facts);
    view_read_end(view);
    assert_int_equal(minutes, 10);
    assert_int_equal(rows, 10);
    assert_int_equal(facts.first_seen_ns, old_ns - 9 * 60000 * BUILD_MS);
    assert_int_equal(facts.last_seen_ns, BUILD_T0 + 51 * BUILD_MS);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_in_pieces),
        cmocka_unit_test(an_agent_and_its_stream),
        cmocka_unit_test(a_killed_instance_is_closed),
        cmocka_unit_test(what_never_ended),
        cmocka_unit_test(an_account_that_becomes_known),
        cmocka_unit_test(attempts_by_time),
        cmocka_unit_test(a_suppressed_init_of_both),
        cmocka_unit_test(an_init_inside_without_a_stream),
        cmocka_unit_test(exports_without_stream_names),
        cmocka_unit_test(many_attempts_told_again),
        cmocka_unit_test(an_agent_without_the_name_of_its_stream),
        cmocka_unit_test(a_failure_of_its_own),
        cmocka_unit_test(the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
