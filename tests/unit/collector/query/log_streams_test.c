/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions of log streams, alone and beside an agent's records. */
#include "query/inventory.h"
#include "query/lanes.h"
#include "query/transaction.h"
#include "world.h"

#include "base/buf.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define EPOCH UINT64_C(1799999000000000000)
#define PREFIXED                                                                                   \
    "2027-01-15T08:00:00.001Z\t5f000000-0000-0000-0000-000000000011\tERROR\tno stock left\n"
#define STREAM "2027/01/15/[$LATEST]0123456789abcdef0123456789abcdef"

static void read(struct world *world, uint64_t id, struct transaction *transaction)
{
    arena_reset(&world->arena);
    assert_int_equal(transaction_read(&world->query, build_id(id), &world->arena, transaction),
                     STATUS_OK);
}

static void invocation(struct build *b, uint64_t request, int64_t start_ns, int64_t duration_ns)
{
    build_event(b, "faas.invocation", 0);
    build_time(b, start_ns);
    build_request(b, request, 0);
    build_text(b, "thaw.invocation.state", "reported");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.end_ns", start_ns + duration_ns + BUILD_MS);
    build_int(b, "thaw.reported_ns", duration_ns);
    build_int(b, "thaw.billed_ms", duration_ns / BUILD_MS);
    build_int(b, "thaw.memory_size_mb", 1024);
}

static void line(struct build *b, const char *text, int64_t time_ns, uint64_t request)
{
    build_line(b, text, 0, time_ns);
    build_text(b, "thaw.source", "function");
    if (request != 0) {
        build_request(b, request, 0);
    }
}

/* The id that the agent gives to a part of an invocation (docs/reference/wire.md). */
static struct id8 agent_id(const char *instance, const char *request, const char *part)
{
    static const struct hash_key zero;
    unsigned char text[256];
    struct buf buf;
    struct id8 id;
    buf_init_fixed(&buf, text, sizeof(text));
    buf_append_text(&buf, instance);
    buf_append_byte(&buf, 0);
    buf_append_text(&buf, request);
    buf_append_byte(&buf, 0);
    buf_append_text(&buf, "1");
    buf_append_byte(&buf, 0);
    buf_append_text(&buf, part);
    struct hash_128 hash = hash_sip128(&zero, buf_bytes(&buf));
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

static const struct transaction_span *span_named(const struct transaction *t, const char *name)
{
    for (uint32_t i = 0; i < t->span_count; i++) {
        if (slice_equal(t->spans[i].span->name, slice_from(name))) {
            return &t->spans[i];
        }
    }
    return NULL;
}

static bool has_line(const struct transaction *t, const char *text)
{
    bool found = false;
    for (uint32_t i = 0; i < t->log_count; i++) {
        found = found || slice_equal(t->logs[i].text, slice_from(text));
    }
    return found;
}

/* Spans that nobody sent are made of the facts, with the agent's ids. */
static void spans_of_facts(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    build_event(b, "faas.instance.start", 0);
    build_text(b, "thaw.init.phase", "init");
    build_int(b, "thaw.init.start_ns", BUILD_T0 - 300 * BUILD_MS);
    build_int(b, "thaw.init_ns", 290 * BUILD_MS);
    invocation(b, 0x11, BUILD_T0, 50 * BUILD_MS);
    build_trace(b, 0x7a, 0);
    build_bool(b, "faas.coldstart", true);
    build_text(b, "thaw.invocation.status", "error");
    build_text(b, "error.type", "KeyError");
    line(b, "during init", BUILD_T0 - 200 * BUILD_MS, 0);
    build_text(b, "thaw.phase", "init");
    line(b, "of it", BUILD_T0 + BUILD_MS, 0x11);
    line(b, "by its time", BUILD_T0 + 51 * BUILD_MS, 0);
    line(b, "after it", BUILD_T0 + 53 * BUILD_MS, 0);
    world_add(world, b);
    struct transaction t;
    read(world, 0x7a, &t);
    assert_int_equal(t.span_count, 2);
    const struct transaction_span *server = span_named(&t, "stock");
    const struct transaction_span *init = span_named(&t, "init");
    assert_non_null(server);
    assert_non_null(init);
    assert_true(server->derived);
    assert_int_equal(server->span->kind, SPAN_SERVER);
    assert_int_equal(server->span->status, SPAN_STATUS_ERROR);
    assert_int_equal(server->start_ns, BUILD_T0);
    assert_int_equal(server->end_ns, BUILD_T0 + 50 * BUILD_MS);
    struct id8 id = agent_id(STREAM, "5f000000-0000-0000-0000-000000000011", "invocation");
    assert_memory_equal(&server->span->span_id, &id, sizeof(id));
    assert_memory_equal(&init->parent, &id, sizeof(id));
    assert_memory_equal(&t.invocations[0].facts.span_id, &id, sizeof(id));
    id = agent_id(STREAM, "5f000000-0000-0000-0000-000000000011", "init");
    assert_memory_equal(&init->span->span_id, &id, sizeof(id));
    assert_int_equal(init->start_ns, BUILD_T0 - 300 * BUILD_MS);
    assert_int_equal(t.start_ns, BUILD_T0 - 300 * BUILD_MS);
    assert_int_equal(t.missing_count, 0);
    assert_int_equal(t.log_count, 3);
    assert_false(has_line(&t, "after it"));
    char amount[MONEY_TEXT_SIZE];
    (void)money_format(t.cost.amount, amount);
    /* 50 ms of a gigabyte and a request, by hand: 0.05 * 0.0000166667 + 0.0000002. */
    assert_string_equal(amount, "0.000001033335");
    world_free(world);
}

/* The span of an agent that does come takes the place of the one that was made. */
static void a_span_that_comes(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs_unknown(b, "stock", STREAM);
    invocation(b, 0x11, BUILD_T0, 50 * BUILD_MS);
    world_add(world, b);
    b = build_create(SIGNAL_TRACES);
    build_agent(b, "stock", STREAM, EPOCH);
    build_span(b, "stock", SPAN_SERVER, 0x7a, 0xa1, 0xee);
    build_span_time(b, BUILD_T0, BUILD_T0 + 49 * BUILD_MS);
    build_seq(b, 1);
    build_request(b, 0x11, 1);
    world_add(world, b);
    struct transaction t;
    read(world, 0x11, &t);
    assert_int_equal(t.span_count, 1);
    assert_false(t.spans[0].derived);
    assert_int_equal(t.instance_count, 1);
    assert_int_equal(t.invocation_count, 1);
    world_free(world);
}

/* A line that several deliveries and the agent tell is shown once, as the agent told it, as often
 * as the one says it that says it most often. */
static void lines_once(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    build_event(b, "faas.invocation", 1);
    build_time(b, BUILD_T0);
    build_request(b, 0x11, 1);
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.done_ns", BUILD_T0 + 5000 * BUILD_MS);
    build_line(b, "hello", 2, BUILD_T0 + 3 * BUILD_MS + 1234);
    build_request(b, 0x11, 1);
    build_line(b, "only the agent's", 3, BUILD_T0 + 4 * BUILD_MS);
    build_request(b, 0x11, 1);
    build_line(b, "much later", 4, BUILD_T0 + 100 * BUILD_MS);
    build_request(b, 0x11, 1);
    world_add(world, b);
    for (int i = 0; i < 3; i++) {
        b = build_create(SIGNAL_LOGS);
        if (i == 1) {
            build_logs_unknown(b, "stock", STREAM);
        } else {
            build_logs(b, "stock", STREAM);
        }
        line(b, "hello\n", BUILD_T0 + 3 * BUILD_MS, 0x11);
        if (i < 2) {
            line(b, "twice", BUILD_T0 + 5 * BUILD_MS, 0x11);
            line(b, "twice", BUILD_T0 + 5 * BUILD_MS, 0x11);
        }
        line(b, "much later", BUILD_T0 + 4000 * BUILD_MS, 0x11);
        build_text(b, "log.record.uid", i < 2 ? "u1" : "u2");
        world_add(world, b);
    }
    struct transaction t;
    read(world, 0x11, &t);
    unsigned hello = 0, twice = 0, later = 0;
    for (uint32_t i = 0; i < t.log_count; i++) {
        hello += slice_starts(t.logs[i].text, SLICE("hello"));
        twice += slice_equal(t.logs[i].text, SLICE("twice"));
        later += slice_equal(t.logs[i].text, SLICE("much later"));
    }
    assert_int_equal(hello, 1);
    assert_int_equal(twice, 2);
    assert_int_equal(later, 3);
    assert_true(has_line(&t, "only the agent's"));
    assert_true(has_line(&t, "hello"));
    assert_int_equal(t.log_count, 7);
    assert_int_equal(t.members.logs, 5);
    world_free(world);
}

/* The last line of an init in the millisecond in which the invocation starts: the agent knows that
 * it is the init's, and the stream, that has only its time, does not make another one of it. */
static void a_line_at_the_start_once(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct world *world = world_create();
        struct build *b = build_create(SIGNAL_LOGS);
        build_agent(b, "stock", STREAM, EPOCH);
        build_event(b, "faas.instance.start", 1);
        build_text(b, "thaw.init.phase", "init");
        build_int(b, "thaw.init.start_ns", BUILD_T0 - 300 * BUILD_MS);
        build_int(b, "thaw.init_ns", 300 * BUILD_MS);
        build_event(b, "faas.invocation", 2);
        build_time(b, BUILD_T0 + 4000);
        build_request(b, 0x11, 1);
        build_bool(b, "faas.coldstart", true);
        build_int(b, "thaw.start_ns", BUILD_T0 + 4000);
        build_int(b, "thaw.done_ns", BUILD_T0 + 50 * BUILD_MS);
        build_line(b, "ready", 3, BUILD_T0 + 2000);
        build_text(b, "thaw.phase", "init");
        build_line(b, "ready", 4, BUILD_T0 + BUILD_MS);
        build_request(b, 0x11, 1);
        world_add(world, b);
        b = build_create(SIGNAL_LOGS);
        build_logs(b, "stock", STREAM);
        line(b, "ready", BUILD_T0, named ? 0x11 : 0);
        line(b, "ready", BUILD_T0 + BUILD_MS, 0x11);
        line(b, "ready", BUILD_T0 + 2 * BUILD_MS, 0);
        world_add(world, b);
        struct transaction t;
        read(world, 0x11, &t);
        assert_int_equal(t.log_count, 3);
        assert_int_equal(t.logs[0].teller, TELLER_AGENT);
        assert_int_equal(t.logs[0].invocation, TRANSACTION_NONE);
        assert_int_equal(t.logs[1].teller, TELLER_AGENT);
        assert_int_equal(t.logs[1].invocation, 0);
        assert_int_equal(t.logs[2].teller, TELLER_LOGS);
        world_free(world);
    }
}

/* What the runtime puts before a line says its level; what goes on with the one before is one. */
static void lines_are_read(void **state)
{
    (void)state;
    for (int agent = 0; agent < 2; agent++) {
        struct world *world = world_create();
        struct build *b = build_create(SIGNAL_LOGS);
        if (agent == 1) {
            build_agent(b, "stock", STREAM, EPOCH);
        } else {
            build_logs(b, "stock", STREAM);
        }
        invocation(b, 0x11, BUILD_T0, 50 * BUILD_MS);
        static const char *const texts[] = {
            PREFIXED,
            "will give up",
            "Traceback (most recent call last):",
            "  File \"/var/task/app.py\", line 3, in handler",
            "    stock.take(1)",
            "KeyError: 'apple'",
            "done",
        };
        for (uint64_t i = 0; i < 7; i++) {
            line(b, texts[i], BUILD_T0 + (int64_t)(i + 1) * BUILD_MS, 0x11);
            if (agent == 1) {
                build_seq(b, i + 1);
            }
        }
        world_add(world, b);
        struct transaction t;
        read(world, 0x11, &t);
        assert_int_equal(t.log_count, 4);
        assert_int_equal(t.logs[0].severity, 17);
        assert_true(slice_equal(t.logs[0].level, SLICE("ERROR")));
        assert_true(slice_starts(t.logs[0].message, SLICE("no stock left")));
        assert_int_equal(t.logs[2].parts, 4);
        assert_true(slice_starts(t.logs[2].text, SLICE("Traceback")));
        assert_true(slice_ends(t.logs[2].text, SLICE("\n    stock.take(1)\nKeyError: 'apple'")));
        assert_true(slice_equal(t.logs[3].text, SLICE("done")));
        world_free(world);
    }
}

/* A millisecond that two invocations share: a line in it is of the one that begins then. */
static void lines_at_the_edge(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    invocation(b, 0x11, BUILD_T0 + 700, 49 * BUILD_MS);
    build_trace(b, 0x7a, 0);
    invocation(b, 0x12, BUILD_T0 + 60 * BUILD_MS, 10 * BUILD_MS);
    build_trace(b, 0x7a, 0);
    line(b, "first", BUILD_T0, 0);
    line(b, "last", BUILD_T0 + 50 * BUILD_MS + 800, 0);
    line(b, "between", BUILD_T0 + 55 * BUILD_MS, 0);
    line(b, "next", BUILD_T0 + 60 * BUILD_MS, 0);
    world_add(world, b);
    struct transaction t;
    read(world, 0x7a, &t);
    assert_int_equal(t.log_count, 3);
    assert_true(has_line(&t, "first"));
    assert_true(has_line(&t, "last"));
    assert_true(has_line(&t, "next"));
    world_free(world);
}

/* A pool of invocations without streams: no lane, no instance, time ties no line. */
static void without_stream_names(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs_pool(b, "stock");
    invocation(b, 0x11, BUILD_T0, 50 * BUILD_MS);
    invocation(b, 0x12, BUILD_T0 + 10 * BUILD_MS, 50 * BUILD_MS);
    line(b, "whose", BUILD_T0 + 5 * BUILD_MS, 0);
    line(b, "its", BUILD_T0 + 5 * BUILD_MS, 0x11);
    world_add(world, b);
    struct transaction t;
    read(world, 0x11, &t);
    assert_int_equal(t.log_count, 1);
    assert_true(has_line(&t, "its"));
    arena_reset(&world->arena);
    struct lanes lanes;
    const struct lanes_ask ask = {.range = {0, INT64_MAX / 2}, .limit = 10, .now_ns = BUILD_T0};
    assert_int_equal(lanes_read(&world->query, &ask, &world->arena, &lanes), STATUS_OK);
    assert_int_equal(lanes.row_count, 0);
    struct inventory inventory;
    const struct query_range all = {0, INT64_MAX / 2};
    assert_int_equal(inventory_read(&world->query, all, SLICE_EMPTY, &world->arena, &inventory),
                     STATUS_OK);
    assert_int_equal(inventory.row_count, 1);
    assert_int_equal(inventory.rows[0].instances, 0);
    assert_int_equal(inventory.rows[0].sum->reported.total, 2);
    assert_int_equal(inventory.rows[0].sum->wait.total, 0);
    world_free(world);
}

static uint32_t instances_of(struct world *world)
{
    struct inventory inventory;
    const struct query_range all = {0, INT64_MAX / 2};
    arena_reset(&world->arena);
    assert_int_equal(inventory_read(&world->query, all, SLICE_EMPTY, &world->arena, &inventory),
                     STATUS_OK);
    assert_int_equal(inventory.row_count, 1);
    return inventory.rows[0].instances;
}

/* An agent that made up the name of its instance, and the stream of that instance: one instance, by
 * the stream's name, with one of each line, and with what the stream alone tells. */
static void an_agent_with_a_name_of_its_own(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct world *world = world_create();
        struct build *agent = build_create(SIGNAL_LOGS);
        build_agent(agent, "stock", "thaw-0123", EPOCH);
        build_resource_bool(agent, "thaw.instance.made_up", true);
        build_event(agent, "faas.invocation", 1);
        build_time(agent, BUILD_T0);
        build_request(agent, 0x11, 1);
        build_int(agent, "thaw.start_ns", BUILD_T0);
        build_int(agent, "thaw.done_ns", BUILD_T0 + 50 * BUILD_MS);
        build_line(agent, "hello", 2, BUILD_T0 + 3 * BUILD_MS + 1234);
        build_request(agent, 0x11, 1);
        struct build *stream = build_create(SIGNAL_LOGS);
        build_logs(stream, "stock", STREAM);
        invocation(stream, 0x12, BUILD_T0 + 100 * BUILD_MS, 50 * BUILD_MS);
        invocation(stream, 0x11, BUILD_T0, 50 * BUILD_MS);
        line(stream, "hello", BUILD_T0 + 3 * BUILD_MS, 0x11);
        line(stream, "hello by its time", BUILD_T0 + 4 * BUILD_MS, 0);
        line(stream, "the next one's", BUILD_T0 + 101 * BUILD_MS, 0x12);
        world_add(world, order == 0 ? agent : stream);
        world_add(world, order == 0 ? stream : agent);
        struct transaction t;
        read(world, 0x11, &t);
        assert_int_equal(t.invocation_count, 1);
        assert_int_equal(t.instance_count, 1);
        assert_true(slice_equal(t.instances[0].name, SLICE(STREAM)));
        assert_int_equal(t.log_count, 2);
        assert_true(has_line(&t, "hello by its time"));
        assert_int_equal(t.logs[0].invocation, 0);
        assert_int_equal(t.logs[1].invocation, 0);
        assert_int_equal(t.missing_count, 0);
        struct id8 id = agent_id("thaw-0123", "5f000000-0000-0000-0000-000000000011", "invocation");
        assert_memory_equal(&t.invocations[0].facts.span_id, &id, sizeof(id));
        read(world, 0x12, &t);
        assert_int_equal(t.log_count, 1);
        assert_true(slice_equal(t.instances[0].name, SLICE(STREAM)));
        assert_int_equal(instances_of(world), 1);
        struct lanes lanes;
        const struct lanes_ask ask = {.range = {0, INT64_MAX / 2}, .limit = 10, .now_ns = BUILD_T0};
        arena_reset(&world->arena);
        assert_int_equal(lanes_read(&world->query, &ask, &world->arena, &lanes), STATUS_OK);
        assert_int_equal(lanes.row_count, 1);
        assert_int_equal(lanes.rows[0].invocation_count, 2);
        assert_true(slice_equal(lanes.rows[0].name, SLICE(STREAM)));
        world_free(world);
    }
}

/* An init of which only the duration is told stands directly before START, and says so. */
static void an_init_without_its_beginning(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    invocation(b, 0x11, BUILD_T0, 50 * BUILD_MS);
    build_bool(b, "faas.coldstart", true);
    build_int(b, "thaw.init_ns", 290 * BUILD_MS);
    world_add(world, b);
    struct transaction t;
    read(world, 0x11, &t);
    const struct transaction_span *init = span_named(&t, "init");
    assert_non_null(init);
    assert_int_equal(init->start_ns, BUILD_T0 - 290 * BUILD_MS);
    assert_int_equal(init->end_ns, BUILD_T0);
    struct slice placed;
    assert_true(attrs_find_text(init->span->attrs, SLICE("thaw.placed"), &placed));
    assert_true(slice_equal(placed, SLICE("before_start")));
    assert_int_equal(t.start_ns, BUILD_T0 - 290 * BUILD_MS);
    assert_int_equal(t.invocations[0].facts.init_start_ns, UNKNOWN_NS);
    world_free(world);
}

/* What only logs tell has no wait: that of timeouts alone would mislead. */
static void no_wait_of_timeouts_alone(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    build_resource_bool(b, "thaw.function.made_up", true);
    invocation(b, 0x11, BUILD_T0, 3000 * BUILD_MS);
    build_text(b, "thaw.invocation.status", "timeout");
    build_int(b, "thaw.deadline_ns", BUILD_T0 + 3000 * BUILD_MS);
    world_add(world, b);
    struct transaction t;
    read(world, 0x11, &t);
    assert_int_equal(t.invocations[0].facts.outcome, OUTCOME_TIMEOUT);
    assert_int_equal(t.invocations[0].facts.wait_ns, UNKNOWN_NS);
    assert_int_equal(t.invocations[0].facts.timeout_ms, 3000);
    assert_true(t.invocations[0].function.made_up);
    struct inventory inventory;
    const struct query_range all = {0, INT64_MAX / 2};
    arena_reset(&world->arena);
    assert_int_equal(inventory_read(&world->query, all, SLICE_EMPTY, &world->arena, &inventory),
                     STATUS_OK);
    assert_int_equal(inventory.rows[0].sum->wait.total, 0);
    assert_int_equal(inventory.rows[0].function.timeout_ms, 3000);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_of_facts),
        cmocka_unit_test(a_span_that_comes),
        cmocka_unit_test(lines_once),
        cmocka_unit_test(a_line_at_the_start_once),
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(lines_at_the_edge),
        cmocka_unit_test(without_stream_names),
        cmocka_unit_test(an_agent_with_a_name_of_its_own),
        cmocka_unit_test(an_init_without_its_beginning),
        cmocka_unit_test(no_wait_of_timeouts_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
