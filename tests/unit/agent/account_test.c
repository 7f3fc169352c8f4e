/* SPDX-License-Identifier: Apache-2.0 */
#include "core/account.h"

#include "core/parts.h"
#include "core_drive.h"
#include "proto/names.h"
#include "proto/wire.h"

/* Readings that grow by so much per step, each in its own way. */
static struct account_reading reading(int64_t step)
{
    struct account_reading read = account_unknown();
    read.agent_cpu_ns = 1000 * (step + 1);
    read.cpu_user_ns = 50000 + 10 * step;
    read.cpu_system_ns = 20000 + 5 * step;
    read.received_bytes = 700 + 100 * step;
    read.sent_bytes = 300 + 200 * step;
    read.memory_used_bytes = 4096 + step;
    return read;
}

static void measure(int64_t step)
{
    const struct account_reading read = reading(step);
    account_take(&core, now, ACCOUNT_ALL, &read);
    core_assert(&core);
}

static const struct invocation *row_of(const char *id)
{
    const struct invocation *row = invocation_find(&core.invocations, slice_from(id));
    assert_non_null(row);
    return row;
}

static const struct account_reading *used(const char *id)
{
    const struct invocation *row = row_of(id);
    assert_true(row->account.known);
    return &row->account.used;
}

/* The first reading is where counting begins; one at the end of an invocation is of that one. */
static void at_the_end(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(0);
    assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
    assert_false(row_of("a")->account.known);
    start("a");
    done("a");
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(3);
    assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
    /* The agent's own start is in it. */
    assert_int_equal(used("a")->agent_cpu_ns, 4000);
    assert_int_equal(used("a")->cpu_user_ns, 30);
    assert_int_equal(used("a")->cpu_system_ns, 15);
    assert_int_equal(used("a")->received_bytes, 300);
    assert_int_equal(used("a")->sent_bytes, 600);
    assert_int_equal(used("a")->memory_used_bytes, 4099);
    assert_int_equal(used("a")->threads, ACCOUNT_UNKNOWN);
    invoke("b");
    assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
    start("b");
    done("b");
    measure(5);
    assert_int_equal(used("b")->agent_cpu_ns, 2000);
    assert_int_equal(core.account.sums.cpu_ns, 6000);
}

/* Whose end was not heard of before the next one came is measured then. */
static void behind(void **state)
{
    (void)state;
    begin(CORE_FLUSH_PERIODIC, MS(60000));
    invoke("a");
    measure(0);
    invoke("b");
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(2);
    assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
    assert_int_equal(used("a")->agent_cpu_ns, 3000);
    assert_false(row_of("b")->account.known);
    start("a");
    done("a");
    assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
    start("b");
    pass(MS(100));
    done("b");
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(3);
    assert_int_equal(used("b")->agent_cpu_ns, 1000);
    /* A second reading changes nothing. */
    measure(9);
    assert_int_equal(used("b")->agent_cpu_ns, 1000);
}

/* One invocation, whose end is heard of after so long. */
static void lasts(const char *id, uint64_t ms)
{
    invoke(id);
    start(id);
    pass(MS(ms));
    done(id);
}

/* Where invocations are short, all is read ten times a second: the one that is read has the mean of
 * those since the reading before, and the others have their own price alone. */
static void short_invocations(void **state)
{
    (void)state;
    begin(CORE_FLUSH_PERIODIC, MS(60000));
    invoke("a");
    measure(0);
    start("a");
    done("a");
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(1);
    for (unsigned i = 0; i < 3; i++) {
        const char *const ids[] = {"b", "c", "d"};
        struct account_reading own = account_unknown();
        own.agent_cpu_ns = 2000 + 1000 * ((int64_t)i + 1);
        lasts(ids[i], 30);
        assert_int_equal(account_due(&core, now), ACCOUNT_AGENT);
        account_take(&core, now, ACCOUNT_AGENT, &own);
        assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
        assert_int_equal(used(ids[i])->agent_cpu_ns, 1000);
        assert_int_equal(used(ids[i])->cpu_user_ns, ACCOUNT_UNKNOWN);
        assert_int_equal(used(ids[i])->memory_used_bytes, ACCOUNT_UNKNOWN);
    }
    lasts("e", 30);
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(5);
    assert_int_equal(used("e")->agent_cpu_ns, 1000);
    assert_int_equal(used("e")->cpu_user_ns, 10);
    assert_int_equal(used("e")->sent_bytes, 200);
    assert_int_equal(used("e")->memory_used_bytes, 4101);
    lasts("f", 100);
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    measure(6);
    assert_int_equal(used("f")->cpu_user_ns, 10);
}

/* A freeze may stop the clock of timers, but not that of the wall; and a wall's clock that was set
 * back does not end the readings. */
static void clocks_apart(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    measure(0);
    lasts("b", 1);
    measure(1);
    lasts("c", 1);
    assert_int_equal(account_due(&core, now), ACCOUNT_AGENT);
    now.wall_ns += MS(60000);
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
    now.wall_ns -= MS(120000);
    assert_int_equal(account_due(&core, now), ACCOUNT_ALL);
}

/* Counters that went back, and what was not read, tell nothing. */
static void strange_readings(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    measure(5);
    start("a");
    done("a");
    measure(1);
    assert_int_equal(used("a")->cpu_user_ns, ACCOUNT_UNKNOWN);
    assert_int_equal(used("a")->agent_cpu_ns, 2000);
    invoke("b");
    start("b");
    done("b");
    const struct account_reading nothing = account_unknown();
    account_take(&core, now, ACCOUNT_ALL, &nothing);
    assert_int_equal(used("b")->agent_cpu_ns, ACCOUNT_UNKNOWN);
    assert_int_equal(core.account.sums.cpu_ns, 2000);
}

/* The row of one that was not measured may have made way meanwhile. */
static void row_gone(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    measure(0);
    invoke("b");
    invocation_find(&core.invocations, SLICE("a"))->used = false;
    measure(4);
    assert_false(row_of("b")->account.known);
    assert_int_equal(account_due(&core, now), ACCOUNT_NOTHING);
}

/* Every exchange counts; bytes only where somebody answered. */
static void exchanges(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    assert_true(actions.send);
    uint64_t plain = actions.body.size;
    step((struct core_input){.kind = CORE_ANSWER, .answer = {.status = 0}});
    assert_int_equal(core.account.sums.failures, 1);
    assert_int_equal(core.account.sums.wire_bytes, 0);
    pass(MS(200));
    assert_true(actions.send && actions.again);
    step((struct core_input){.kind = CORE_ANSWER, .answer = {.status = 200, .wire_bytes = 321}});
    assert_int_equal(core.account.sums.exchanges, 2);
    assert_int_equal(core.account.sums.failures, 1);
    assert_int_equal(core.account.sums.plain_bytes, plain);
    assert_int_equal(core.account.sums.wire_bytes, 321);
}

/* The number of an attribute in the latest event of its kind in a batch; INT64_MIN: it is not
 * there.  Good for attributes that are there once. */
static int64_t told(struct slice body, struct slice name)
{
    size_t at = SLICE_NONE;
    for (size_t i = 0; i + name.size < body.size; i++) {
        if (slice_equal(slice_of(body.base + i, name.size), name) &&
            body.base[i + name.size] == 0x12) {
            at = i + name.size;
        }
    }
    if (at == SLICE_NONE) {
        return INT64_MIN;
    }
    /* KeyValue.value, its size, AnyValue.int_value, the number. */
    uint64_t value;
    size_t size;
    assert_int_equal(body.base[at + 2], 0x18);
    assert_int_equal(wire_read_varint(slice_skip(body, at + 3), &value, &size), WIRE_FIELD);
    return (int64_t)value;
}

/* A batch that leaves while the end of its invocation is waited for leaves nothing behind; one that
 * rides leaves the rest of the invocation behind, as much as itself, until its end is told. */
static void waiting(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    invoke("a");
    start("a");
    done("a");
    assert_true(actions.send);
    assert_int_equal(told(actions.body, NAME_THAW_AGENT_WAITING_RECORDS), 0);
    assert_int_equal(told(actions.body, NAME_THAW_AGENT_WAITING_SINCE_NS), INT64_MIN);

    begin(CORE_FLUSH_PERIODIC, 0);
    invoke("a");
    assert_true(actions.ask_next);
    start("a");
    tell((struct event){.type = EVENT_LINE_FUNCTION, .text = {.raw = SLICE("hello")}});
    pass(MS(600));
    assert_true(actions.send);
    assert_int_equal(told(actions.body, NAME_THAW_AGENT_WAITING_RECORDS), 2);
    assert_true(told(actions.body, NAME_THAW_AGENT_WAITING_SINCE_NS) > 0);
    answer(200);
    done("a");
    pass(MS(6000));
    assert_true(actions.send);
    assert_int_equal(told(actions.body, NAME_THAW_AGENT_WAITING_RECORDS), 0);
}

/* The end of an instance tells the sums. */
static void at_stop(void **state)
{
    (void)state;
    begin(CORE_FLUSH_END, 0);
    one_life("a");
    measure(0);
    measure(2);
    step((struct core_input){.kind = CORE_SHUTDOWN,
                             .shutdown = {.deadline_ns = now.wall_ns + MS(2000)}});
    take_all();
    pass(MS(400));
    assert_true(actions.send);
    assert_int_equal(told(actions.body, NAME_THAW_AGENT_CPU_NS), 3000);
    assert_int_equal(told(actions.body, NAME_THAW_AGENT_EXCHANGES),
                     (int64_t)core.account.sums.exchanges);
}

/* Metrics tell each thing once: what came since the last time. */
static void metrics(void **state)
{
    (void)state;
    struct metrics_number numbers[ACCOUNT_NUMBERS_MAX];
    begin(CORE_FLUSH_END, 0);
    one_life("a");
    measure(0);
    core.counters.dropped[CORE_DROP_RETRIES] += 3;
    core.counters.held_back = 4;
    core.counters.below_level = 5;
    core.counters.withheld = 6;
    core.counters.redacted[0] = 1;
    core.counters.redacted[REDACT_DETECTORS - 1] = 6;
    for (unsigned turn = 0; turn < 2; turn++) {
        size_t count = account_numbers(&core, numbers);
        bool dropped = false;
        uint64_t lines = 0;
        assert_true(count <= ACCOUNT_NUMBERS_MAX);
        for (size_t i = 0; i < count; i++) {
            if (!numbers[i].gauge && turn == 1) {
                assert_int_equal(numbers[i].value, 0);
            }
            if (slice_starts(numbers[i].name, SLICE("thaw.agent.lines."))) {
                lines = lines * 10 + numbers[i].value;
            }
            if (numbers[i].reason.size > 0 && numbers[i].value > 0) {
                dropped = true;
                assert_slice(numbers[i].reason, "retries");
                assert_int_equal(numbers[i].value, 3);
            }
        }
        assert_int_equal(dropped, turn == 0);
        assert_int_equal(lines, turn == 0 ? 4567 : 0);
    }
    core.counters.dropped[CORE_DROP_RETRIES] -= 3;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_end),        cmocka_unit_test(behind),
        cmocka_unit_test(strange_readings),  cmocka_unit_test(row_gone),
        cmocka_unit_test(exchanges),         cmocka_unit_test(waiting),
        cmocka_unit_test(at_stop),           cmocka_unit_test(metrics),
        cmocka_unit_test(short_invocations), cmocka_unit_test(clocks_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
