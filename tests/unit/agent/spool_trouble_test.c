/* SPDX-License-Identifier: Apache-2.0 */
#include "spool_drive.h"

#include "lib/every.h"

/* ---- Troubles of the file. ---- */

static void a_life(void)
{
    live();
    tell_init(INSTANCE);
    one_invocation(id_one, 3);
    send_all();
    tell_of(EVENT_REPORT, id_one);
    delivered();
    one_invocation(id_two, 3);
}

/* Any call of the file may fail, once or for good, in any way: nothing is lost, it is counted, and
 * once the file works again everything is in it. */
static void any_call_fails(void **state)
{
    static const int failures[] = {EIO, ENOSPC, EINTR, 0};
    for (unsigned kind = 0; kind < 8; kind++) {
        for (uint64_t n = 1;; n++) {
            begin_world(state);
            live_with(sizeof(queue_memory));
            memory.fail_at = n;
            memory.failure = failures[kind % 4];
            memory.failing = kind >= 4 && memory.failure != EINTR;
            memory.fired = false;
            take_over();
            tell_init(INSTANCE);
            one_invocation(id_one, 3);
            send_all();
            one_invocation(id_two, 3);
            bool fired = memory.fired;
            size_t count = core.queue.count;
            look_ahead();
            memory.fail_at = 0;
            memory.failing = false;
            for (unsigned i = 0; i < 70; i++) {
                tell_invoke(id_two);
            }
            expect_same();
            shut_down("spindown");
            assert_true(count >= 3 && core.queue.count == 0);
            uint64_t troubles = 0;
            for (unsigned i = 0; i < CORE_SPOOLS; i++) {
                troubles += core.counters.spool[i];
            }
            assert_true(fired || troubles == 0);
            if (!fired) {
                break;
            }
        }
    }
}

/* The same with a spool that is there already. */
static void any_call_of_a_replay_fails(void **state)
{
    static const int failures[] = {EIO, EMFILE, 0};
    for (unsigned kind = 0; kind < 3; kind++) {
        for (uint64_t n = 1;; n++) {
            begin_world(state);
            a_life();
            now.wall_ns += MS(1000);
            live_with(sizeof(queue_memory));
            memory.fail_at = n;
            memory.failure = failures[kind];
            memory.fired = false;
            take_over();
            tell_init(INSTANCE);
            one_invocation(id_one, 3);
            bool fired = memory.fired;
            memory.fail_at = 0;
            for (unsigned i = 0; i < 70; i++) {
                tell_invoke(id_two);
            }
            expect_same();
            if (!fired) {
                break;
            }
        }
    }
}

/* The process dies in any call, after any number of its bytes: the next one is where the last whole
 * step was, or where this one was to be. */
static void any_write_is_the_last(void **state)
{
    for (size_t bytes = 0; bytes < 2000; bytes += bytes < 64 ? 8 : 61) {
        for (uint64_t n = 1;; n++) {
            begin_world(state);
            live();
            tell_init(INSTANCE);
            tell_invoke(id_one);
            tell_of(EVENT_START, id_one);
            say_lines(4);
            delivered();
            memory.kill_at = memory.calls + n;
            memory.kill_bytes = bytes;
            look_ahead();
            uint64_t before = digest_of(&heir);
            say_lines(3);
            tell_of(EVENT_RUNTIME_DONE, id_one);
            delivered();
            uint64_t after = digest_of(&core);
            bool dead = memory.dead;
            memory.dead = false;
            look_ahead();
            assert_true(digest_of(&heir) == after || (dead && digest_of(&heir) == before));
            if (!dead) {
                break;
            }
        }
    }
}

/* The file is removed or cut off under us: it is made again with everything. */
static void file_goes(void **state)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        begin_world(state);
        live();
        tell_init(INSTANCE);
        one_invocation(id_one, 3);
        if (kind == 0) {
            memory.linked = false;
        } else {
            memory.size = kind == 1 ? 0 : FORMAT_FILE_SIZE - 1;
            memset(file_bytes, 0, kind == 1 ? FORMAT_FILE_SIZE : 0);
        }
        tell_invoke(id_two);
        assert_int_equal(core.counters.spool[CORE_SPOOL_GONE], 1);
        expect_same();
    }
}

/* ---- Damage. ---- */

static void replay_into_heir(struct slice half, uint64_t salt)
{
    const struct core_memory memories = {heir_queue,  sizeof(heir_queue),
                                         heir_body,   sizeof(heir_body),
                                         heir_record, sizeof(heir_record)};
    struct core_config config = core.config;
    config.resource.epoch_ns = now.wall_ns + 1;
    memset(&heir, 0, sizeof(heir));
    core_init(&heir, &config, &memories);
    if (replay_generation(half, salt) > 0) {
        struct replay replay = replay_half(&heir, half, salt, now, NULL);
        assert_true(replay.groups > 0);
    }
    core_assert(&heir);
}

/* Whatever it is, it can be sent; that costs much, and is done now and then. */
static void visit_half(struct slice half, void *context)
{
    static unsigned turn;
    (void)context;
    replay_into_heir(half, spool.salt);
    turn++;
    if (turn % 64 == 0) {
        const struct core_input end = {.kind = CORE_SHUTDOWN,
                                       .shutdown = {.reason = SLICE("spindown")}};
        struct core_actions todo;
        core_step(&heir, now, &end, &todo);
        core_assert(&heir);
    }
}

/* Any prefix of a half and any change of a byte of it: never more than was there, all counted. */
static void any_damage(void **state)
{
    begin_world(state);
    a_life();
    every_damage(
        slice_of(file_bytes + FORMAT_HALVES_OFFSET + (size_t)spool.half * AGENT_SPOOL_HALF_SIZE,
                 spool.position),
        visit_half, NULL);
}

static void visit_entries(struct slice entries, void *context)
{
    static unsigned char bytes[65536];
    const struct format_group *good = context;
    struct format_group group = *good;
    memcpy(bytes + FORMAT_GROUP_HEAD_SIZE, entries.base, entries.size);
    group.entries = entries;
    format_group_write(&group, spool.salt, bytes);
    size_t front = format_group_front(entries.size);
    memcpy(bytes + front, group.frames.base, group.frames.size);
    visit_half(slice_of(bytes, front + group.frames.size), NULL);
}

static void visit_frames(struct slice frames, void *context)
{
    static unsigned char bytes[65536];
    const struct format_group *good = context;
    struct format_group group = *good;
    if (frames.size % 8 != 0) {
        return;
    }
    size_t front = format_group_front(group.entries.size);
    memcpy(bytes + FORMAT_GROUP_HEAD_SIZE, group.entries.base, group.entries.size);
    group.frames = frames;
    format_group_write(&group, spool.salt, bytes);
    memcpy(bytes + front, frames.base, frames.size);
    visit_half(slice_of(bytes, front + frames.size), NULL);
}

/* Damage that somebody has put right checksums over. */
static void any_forgery(void **state)
{
    struct format_group group;
    begin_world(state);
    a_life();
    kill_and_live();
    tell_init(INSTANCE);
    /* All of it in one group. */
    spool.whole = true;
    keep(false);
    size_t offset = FORMAT_HALVES_OFFSET + (size_t)spool.half * AGENT_SPOOL_HALF_SIZE;
    size_t size =
        format_group_read(slice_of(file_bytes + offset, AGENT_SPOOL_HALF_SIZE), spool.salt, &group);
    assert_true(size > 0 && group.entries.size > 0 && group.frames.size > 0);
    every_damage(group.entries, visit_entries, &group);
    /* A frame and the head of the next one: the rest is what these are. */
    const struct queue_frame *frame = (const struct queue_frame *)(const void *)core.queue.base;
    every_damage(slice_take(group.frames, 2 * sizeof(*frame) + (frame->size + 7) / 8 * 8),
                 visit_frames, &group);
}

/* One group in the middle is unreadable: those behind it are not. */
static void damage_is_local(void **state)
{
    begin_world(state);
    live();
    tell_init(INSTANCE);
    say("one");
    delivered();
    size_t place = FORMAT_HALVES_OFFSET + (size_t)spool.half * AGENT_SPOOL_HALF_SIZE +
                   spool.position + FORMAT_GROUP_HEAD_SIZE;
    say("two");
    delivered();
    say("three");
    delivered();
    file_bytes[place]++;
    kill_and_live();
    assert_int_equal(core.queue.count, 2);
    assert_int_equal(core.counters.spool[CORE_SPOOL_DAMAGED], 1);
    assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], 1);
    assert_int_equal(core.counters.received, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(any_call_fails, begin_world),
        cmocka_unit_test_setup(any_call_of_a_replay_fails, begin_world),
        cmocka_unit_test_setup(any_write_is_the_last, begin_world),
        cmocka_unit_test_setup(file_goes, begin_world),
        cmocka_unit_test_setup(any_damage, begin_world),
        cmocka_unit_test_setup(any_forgery, begin_world),
        cmocka_unit_test_setup(damage_is_local, begin_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
