/* SPDX-License-Identifier: Apache-2.0 */
#include "spool_drive.h"

#include "base/prng.h"

/* What was not sent is queued again, under the number, the epoch and the instance that it had. */
static void records_outlive(void **state)
{
    (void)state;
    live();
    uint64_t epoch_ns = core.resource.epoch_ns;
    tell_init(INSTANCE);
    one_invocation(id_one, 3);
    assert_true(actions.send);
    uint64_t batch = mix(0, actions.body.base, actions.body.size);
    size_t count = core.queue.count;
    expect_same();

    kill_and_live();
    assert_true(core.queue.count == count && core.queue.waiting == count);
    assert_true(core.resource.epoch_ns > epoch_ns);
    assert_int_equal(core.lives.latest, 1);
    assert_true(core.lives.rows[1].epoch_ns == epoch_ns);
    assert_slice(lives_instance(&core.lives.rows[1]), INSTANCE);
    tell_init(INSTANCE);
    /* The batch that the killed process had sent, byte by byte: it says the same of itself. */
    tell_invoke(id_two);
    tell_of(EVENT_RUNTIME_DONE, id_two);
    delivered();
    assert_true(actions.send);
    assert_true(mix(0, actions.body.base, actions.body.size) != batch);
    send_all();
    assert_int_equal(core.queue.count, 0);
    assert_true(core_all_told(&core));
}

/* "started" is in the spool before anything else happens, with all that was told. */
static void started_is_written_first(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    step((struct core_input){
        .kind = CORE_INVOKE,
        .invoke = {.request_id = slice_from(id_one),
                   .arn = SLICE("arn:aws:lambda:us-east-1:123456789012:function:fn"),
                   .tracing = SLICE("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"),
                   .deadline_ns = now.wall_ns + MS(3000)}});
    keep(true);
    look_ahead();
    struct invocation *row = invocation_find(&heir.invocations, slice_from(id_one));
    assert_non_null(row);
    assert_true(row->former && row->dirty && row->announced && row->state == INVOCATION_STARTED);
    assert_true(row->deadline_ns == now.wall_ns + MS(3000) && row->attempt == 1);
    assert_slice(slice_of(row->xray, row->xray_size),
                 "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    assert_true(row->sampled && row->trace_id[0] == 0x57);
    expect_same();
}

/* The platform tells later what the end was: it completes the same attempt. */
static void open_invocation_is_closed_later(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    tell_invoke(id_one);
    tell_of(EVENT_START, id_one);
    delivered();
    kill_and_live();
    deliver_event((struct event){.type = EVENT_REPORT,
                                 .request_id = slice_from(id_one),
                                 .status = SLICE("timeout"),
                                 .duration_ns = (int64_t)MS(3000),
                                 .billed_ms = 3000,
                                 .max_memory_used_mb = EVENT_NONE});
    delivered();
    struct invocation *row = invocation_find(&core.invocations, slice_from(id_one));
    assert_non_null(row);
    assert_true(row->state == INVOCATION_REPORTED && row->attempt == 1);
    assert_slice(invocation_text_slice(&row->status), "timeout");
}

/* What nobody told more of stays open: the end of a later process is not its end, and is not held
 * up by it. */
static void end_stays_unknown(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    tell_invoke(id_one);
    kill_and_live();
    step((struct core_input){.kind = CORE_SHUTDOWN, .shutdown = {.reason = SLICE("timeout")}});
    keep(false);
    struct invocation *row = invocation_find(&core.invocations, slice_from(id_one));
    assert_int_equal(row->status.size, 0);
    assert_true(core.final);
    send_all();
    assert_true(actions.exit);
}

/* A line that comes after the kill is of the invocation that was open, and one after the next init
 * is not. */
static void late_lines_find_their_invocation(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    tell_invoke(id_one);
    tell_of(EVENT_START, id_one);
    delivered();
    kill_and_live();
    assert_non_null(core.attributed);
    say("last words");
    tell_init(INSTANCE);
    assert_null(core.attributed);
}

/* A process that ended with everything sent leaves its attempts and deliveries, and no records. */
static void clean_is_new(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    assert_true(core_delivery_new(&core, SLICE("delivery")));
    one_invocation(id_one, 2);
    tell_of(EVENT_REPORT, id_one);
    delivered();
    step((struct core_input){.kind = CORE_SHUTDOWN, .shutdown = {.reason = SLICE("timeout")}});
    keep(false);
    send_all();
    assert_true(actions.exit && core_all_told(&core));
    spool_settle(&spool, &core);

    kill_and_live();
    assert_int_equal(core.queue.count, 0);
    assert_true(core.counters.received == 0 && core.counters.sent == 0);
    assert_null(invocation_find(&core.invocations, slice_from(id_one)));
    assert_false(core_delivery_new(&core, SLICE("delivery")));
    tell_init(INSTANCE);
    tell_invoke(id_one);
    assert_int_equal(invocation_find(&core.invocations, slice_from(id_one))->attempt, 2);
    expect_same();
}

/* Counts go on over kills, and begin anew behind an end that was told. */
static void counts_go_on(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    one_invocation(id_one, 5);
    send_all();
    uint64_t sent = core.counters.sent;
    assert_true(sent >= 5);
    kill_and_live();
    assert_true(core.counters.sent == sent);
    tell_init(INSTANCE);
    step((struct core_input){.kind = CORE_SHUTDOWN, .shutdown = {.reason = SLICE("failure")}});
    keep(false);
    assert_true(core.final);
    size_t count = core.queue.count;
    kill_and_live();
    assert_true(core.counters.sent == 0 && core.counters.received == count);
}

/* The instance of a process that was told none goes on being that of the environment. */
static void made_up_instance_stays(void **state)
{
    (void)state;
    live();
    say("a line");
    delivered();
    assert_true(core.resource.instance_made_up);
    char instance[AGENT_INSTANCE_MAX];
    size_t size = core.resource.instance.size;
    memcpy(instance, core.resource.instance.base, size);
    kill_and_live();
    say("another line");
    delivered();
    assert_true(core.resource.instance_made_up);
    assert_true(slice_equal(core.resource.instance, slice_of(instance, size)));
}

/* The platform names another instance than the spool: it was copied with its file system. */
static void other_instance_is_not_ours(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    one_invocation(id_one, 5);
    size_t count = core.queue.count;
    kill_and_live();
    assert_true(core.queue.count == count);
    tell_invoke(id_two);
    tell_init("2026/11/30/[$LATEST]ffffffffffffffff");
    assert_int_equal(core.queue.count, 0);
    assert_true(core.counters.spool[CORE_SPOOL_FOREIGN] == count);
    assert_null(invocation_find(&core.invocations, slice_from(id_one)));
    assert_non_null(invocation_find(&core.invocations, slice_from(id_two)));
    assert_slice(core.resource.instance, "2026/11/30/[$LATEST]ffffffffffffffff");
    expect_same();
}

/* A file of another inode, version or content is not read, but counted and made anew. */
static void other_file_is_not_ours(void **state)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        begin_world(state);
        live();
        tell_init(INSTANCE);
        one_invocation(id_one, 5);
        if (kind == 0) {
            memory.inode++;
        } else if (kind == 1) {
            file_bytes[8]++;
        } else {
            memset(file_bytes, 'x', FORMAT_FILE_SIZE);
        }
        kill_and_live();
        assert_int_equal(core.queue.count, 0);
        assert_int_equal(core.counters.spool[CORE_SPOOL_FOREIGN], 1);
        tell_init(INSTANCE);
        one_invocation(id_two, 5);
        expect_same();
    }
}

/* A spool that another process has is left alone. */
static void busy_is_left_alone(void **state)
{
    (void)state;
    memory.locked = true;
    live();
    assert_int_equal(core.counters.spool[CORE_SPOOL_BUSY], 1);
    tell_init(INSTANCE);
    one_invocation(id_one, 3);
    send_all();
    assert_true(memory.size == 0 && core.queue.count == 0);
}

/* Processes that come to nothing: what each had is sent by the one that lives, in a block each. */
static void lives_add_up(void **state)
{
    (void)state;
    live();
    tell_init(INSTANCE);
    for (unsigned i = 0; i < AGENT_LIVES_MAX - 1; i++) {
        say("a line");
        delivered();
        kill_and_live();
        tell_init(INSTANCE);
        assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], 0);
    }
    size_t lines = 0;
    size_t position = 0;
    uint32_t lives = 0;
    const struct queue_frame *frame;
    while ((frame = queue_next(&core.queue, &position)) != NULL) {
        assert_true(frame->seq == 1 && frame->life > 0);
        lives |= UINT32_C(1) << frame->life;
        lines++;
    }
    assert_int_equal(lines, AGENT_LIVES_MAX - 1);
    assert_int_equal(lives, UINT32_MAX - 1);
    expect_same();
    /* One more, and the oldest makes way, which is counted. */
    say("a line");
    delivered();
    kill_and_live();
    assert_int_equal(core.queue.count, AGENT_LIVES_MAX - 1);
    assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], 1);
    tell_init(INSTANCE);
    one_invocation(id_one, 1);
    send_all();
    assert_int_equal(core.queue.count, 0);
    expect_same();
}

/* Full: what was dropped is dropped for the next process, too. */
static void drops_are_told(void **state)
{
    (void)state;
    live_with(4096);
    take_over();
    tell_init(INSTANCE);
    tell_invoke(id_one);
    tell_of(EVENT_START, id_one);
    for (unsigned i = 0; i < 100; i++) {
        say_lines(1 + i % 5);
        delivered();
        expect_same();
    }
    assert_true(core.queue.dropped > 50);
}

/* A random life, with every kind of step, long enough for many halves. */
static void any_moment(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    live_with(32768);
    take_over();
    tell_init(INSTANCE);
    for (unsigned i = 0; i < 400; i++) {
        char id[64];
        uint64_t chance = prng_below(&prng, 8);
        (void)snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000", i / 3);
        if (chance == 0) {
            tell_invoke(id);
        } else if (chance == 1) {
            tell_of(EVENT_START, id);
            delivered();
        } else if (chance == 2) {
            tell_of(EVENT_RUNTIME_DONE, id);
            say_lines((unsigned)prng_below(&prng, 4));
            delivered();
        } else if (chance == 3) {
            tell_of(EVENT_REPORT, id);
            delivered();
        } else if (chance == 4) {
            (void)!core_delivery_new(&core, slice_from(id));
            delivered();
        } else if (chance == 5) {
            if (prng_below(&prng, 8) == 0) {
                kill_and_live();
                tell_init(INSTANCE);
            }
        } else {
            say_lines((unsigned)prng_below(&prng, 30));
            delivered();
        }
        while (core.exchange.in_flight > 0 && prng_below(&prng, 3) > 0) {
            tell_answer(prng_below(&prng, 6) == 0 ? 503 : 200);
        }
        now.wall_ns += MS(150);
        now.mono_ns += MS(150);
        expect_same();
    }
    assert_true(spool.generation > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_outlive, begin_world),
        cmocka_unit_test_setup(started_is_written_first, begin_world),
        cmocka_unit_test_setup(open_invocation_is_closed_later, begin_world),
        cmocka_unit_test_setup(end_stays_unknown, begin_world),
        cmocka_unit_test_setup(late_lines_find_their_invocation, begin_world),
        cmocka_unit_test_setup(clean_is_new, begin_world),
        cmocka_unit_test_setup(counts_go_on, begin_world),
        cmocka_unit_test_setup(made_up_instance_stays, begin_world),
        cmocka_unit_test_setup(other_instance_is_not_ours, begin_world),
        cmocka_unit_test_setup(other_file_is_not_ours, begin_world),
        cmocka_unit_test_setup(busy_is_left_alone, begin_world),
        cmocka_unit_test_setup(lives_add_up, begin_world),
        cmocka_unit_test_setup(drops_are_told, begin_world),
        cmocka_unit_test_setup(any_moment, begin_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
