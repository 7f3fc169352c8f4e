/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that die while they take over what another one left: most of them by chance. */
#include "base/prng.h"
#include "spool_drive.h"

/* What there is to lose: lines in a batch that is on its way, lines that came after it in groups of
 * their own, and an invocation that is open. */
static void leave_much(void)
{
    live();
    tell_init(INSTANCE);
    one_invocation(id_one, 3);
    tell_invoke(id_two);
    tell_of(EVENT_START, id_two);
    delivered();
    say_lines(3);
    delivered();
}

/* A process begins and dies in the n-th of its calls of the file, after so many bytes of it.  What
 * is done in between of two of them happened or did not. */
static void die_at(uint64_t n, size_t bytes)
{
    now.wall_ns += MS(1000);
    now.mono_ns += MS(1000);
    live_with(sizeof(queue_memory));
    memory.kill_at = n;
    memory.kill_bytes = bytes;
    memory.dead = false;
    take_over();
    tell_init(INSTANCE);
}

/* Where the process is, as the file says. */
static struct trial told(void)
{
    struct trial trial;
    trial_read(&trial, slice_of(file_bytes + TRIAL_OFFSET, TRIAL_SIZE));
    return trial;
}

#define PIECES_MAX 1024u

static uint32_t places[PIECES_MAX]; /* Where replays were, in order. */
static size_t place_count;
static uint64_t first_piece; /* The calls of the file that told of them. */
static uint64_t last_piece;
static uint32_t poison[PIECES_MAX];
static size_t poison_count;

/* Dead: of a piece that is poison, or of one that a replay must come upon which looks at none. */
static bool deadly(const struct trial *trial)
{
    bool left = false;
    for (size_t i = 0; i < poison_count; i++) {
        bool given_up = false;
        for (uint32_t k = 0; k < trial->given_up; k++) {
            given_up = given_up || trial->places[k] == poison[i];
        }
        left = left || !given_up;
        if (trial->at == poison[i]) {
            return true;
        }
    }
    return trial->at == TRIAL_BEGUN && left && !spool.trial.careful;
}

static ssize_t write_and_take(struct disk *disk, const struct iovec *parts, int count,
                              uint64_t offset)
{
    ssize_t answer = memory_disk_write(disk, parts, count, offset);
    if (offset == TRIAL_OFFSET && !memory.dead) {
        const struct trial trial = told();
        if (trial.at > TRIAL_TAKEN && place_count < PIECES_MAX) {
            first_piece = place_count == 0 ? memory.calls : first_piece;
            last_piece = memory.calls;
            places[place_count++] = trial.at;
        }
        memory.dead = deadly(&trial);
    }
    return answer;
}

/* A process that takes what there is, if it lives. */
static bool live_or_die(bool blamed)
{
    static struct disk_calls calls;
    now.wall_ns += MS(1000);
    now.mono_ns += MS(1000);
    live_with(sizeof(queue_memory));
    calls = *spool.disk.calls;
    calls.write = write_and_take;
    spool.disk.calls = &calls;
    take_over();
    bool alive = !memory.dead;
    if (!alive && blamed) {
        /* Not of a chance: its own handler sees it. */
        const struct trial trial = told();
        spool.trial.at = trial.at;
        spool.trial.deaths = trial.deaths;
        memory.dead = false;
        poison_count = 0;
        spool_blame(&spool);
    }
    return alive;
}

/* The calls of a start that finds that another one has not ended. */
static uint64_t calls_of_start(void)
{
    begin_world(NULL);
    leave_much();
    for (uint64_t n = 1; told().at != TRIAL_BEGUN; n++) {
        die_at(n, SIZE_MAX);
    }
    place_count = 0;
    poison_count = 0;
    (void)live_or_die(false);
    tell_init(INSTANCE);
    return memory.calls;
}

/* Frames that must be there, whoever has died meanwhile. */
static size_t lines_left(void)
{
    begin_world(NULL);
    leave_much();
    return core.queue.count;
}

static void expect_nothing_lost(size_t count)
{
    kill_and_live();
    assert_int_equal(core.queue.count, count);
    assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], 0);
    assert_int_equal(core.counters.spool[CORE_SPOOL_DAMAGED], 0);
    const struct invocation *row = invocation_find(&core.invocations, slice_from(id_two));
    assert_true(row != NULL && row->used);
}

/* Ten processes in a row are killed at their start, at any of its points: that costs nothing. */
static void deaths_by_chance(void **state)
{
    static const size_t bytes[] = {0, 40, SIZE_MAX};
    size_t count = lines_left();
    uint64_t calls = calls_of_start();
    struct prng random;
    prng_init(&random, 42);
    assert_true(count > 3 && calls > 20);
    for (unsigned round = 0; round < 100; round++) {
        begin_world(state);
        leave_much();
        uint64_t before = 0;
        for (unsigned death = 0; death < 10; death++) {
            uint64_t n = 1 + prng_below(&random, calls);
            /* Not at the same point again: that would be no chance. */
            n = n == before ? n + 1 : n;
            before = n;
            die_at(n, bytes[prng_below(&random, 3)]);
        }
        expect_nothing_lost(count);
    }
}

/* The same point of the start again and again, but not of a replay: before it, and when it is over.
 * At a piece it is taken for poison, and costs that. */
static void deaths_at_one_point(void **state)
{
    size_t count = lines_left();
    uint64_t calls = calls_of_start();
    uint64_t first = first_piece;
    uint64_t last = last_piece;
    assert_true(first > 1 && last > first + 10 && last < calls);
    for (uint64_t n = 1; n <= calls; n++) {
        begin_world(state);
        leave_much();
        bool outside = n <= first || n > last;
        for (unsigned death = 0; death < 10; death++) {
            /* Who finds nothing looks at no pieces. */
            bool looks = told().at == TRIAL_BEGUN || told().at > TRIAL_TAKEN;
            die_at(n > last && !looks ? n - place_count : n, n <= first ? 0 : SIZE_MAX);
        }
        if (outside) {
            expect_nothing_lost(count);
        } else {
            kill_and_live();
            size_t lost = count - core.queue.count;
            assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], lost);
            assert_true(lost <= 1 || lost == count);
        }
    }
}

/* ---- Pieces that end whoever takes them. ---- */

/* All pieces of what leave_much() leaves. */
static void find_pieces(void)
{
    begin_world(NULL);
    leave_much();
    place_count = 0;
    poison[0] = UINT32_MAX;
    poison_count = 1;
    assert_false(live_or_die(false));
    poison_count = 0;
    assert_true(live_or_die(false));
    assert_true(place_count > 10);
}

/* Any piece may be poison: three die of it for sure, after one that did not look; then it alone is
 * given up, and what it held is counted. */
static void poison_is_given_up(void **state)
{
    size_t count = lines_left();
    find_pieces();
    size_t pieces = place_count;
    unsigned whole = 0;
    for (size_t i = 0; i < pieces; i++) {
        begin_world(state);
        leave_much();
        poison[0] = places[i];
        poison_count = 1;
        for (unsigned death = 0; death < 1 + AGENT_SPOOL_DEATHS_MAX; death++) {
            place_count = pieces;
            assert_false(live_or_die(false));
        }
        assert_true(live_or_die(false));
        size_t lost = count - core.queue.count;
        assert_int_equal(core.counters.spool[CORE_SPOOL_DAMAGED], 1);
        assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], lost);
        /* A frame, an entry, or the name without which nothing can be told under its numbers. */
        assert_true(lost <= 1 || lost == count);
        whole += lost == count ? 1 : 0;
        /* That is that: what is written anew has no such piece. */
        tell_init(INSTANCE);
        poison_count = 0;
        kill_and_live();
        assert_int_equal(core.queue.count, count - lost);
        assert_int_equal(core.counters.spool[CORE_SPOOL_DAMAGED], 1);
    }
    assert_true(whole <= 2);
}

/* A failure of our own is no chance: the second process knows. */
static void failure_is_proof(void **state)
{
    size_t count = lines_left();
    find_pieces();
    uint32_t last = places[place_count - 1];
    begin_world(state);
    leave_much();
    poison[0] = last;
    poison_count = 1;
    assert_false(live_or_die(true));
    poison_count = 1;
    assert_false(live_or_die(true));
    poison_count = 1;
    assert_true(live_or_die(true));
    assert_int_equal(core.queue.count, count - 1);
    assert_int_equal(core.counters.dropped[CORE_DROP_SPOOL], 1);
}

/* More poison than there is room to remember: nothing of it is read again. */
static void all_is_poison(void **state)
{
    find_pieces();
    begin_world(state);
    leave_much();
    memcpy(poison, places, sizeof(poison));
    poison_count = place_count;
    unsigned deaths = 0;
    while (!live_or_die(false)) {
        deaths++;
        assert_true(deaths < 100);
    }
    assert_int_equal(deaths, 1 + AGENT_SPOOL_DEATHS_MAX * (AGENT_SPOOL_GIVEN_UP_MAX + 1));
    assert_int_equal(core.queue.count, 0);
    assert_int_equal(core.counters.spool[CORE_SPOOL_DAMAGED], 1);
    tell_init(INSTANCE);
    say("what comes then");
    delivered();
    poison_count = 0;
    expect_same();
}

/* ---- Failures of our own after it. ---- */

/* What was taken in good order may still be why we fail later. */
static void failures_later(void **state)
{
    size_t count = lines_left();
    for (unsigned failures = 0; failures <= AGENT_SPOOL_DEATHS_MAX; failures++) {
        begin_world(state);
        leave_much();
        for (unsigned i = 0; i < failures; i++) {
            kill_and_live();
            assert_int_equal(core.queue.count, count);
            if (i % 2 == 0) {
                tell_init(INSTANCE);
            }
            spool_blame(&spool);
        }
        kill_and_live();
        bool given_up = failures == AGENT_SPOOL_DEATHS_MAX;
        assert_int_equal(core.queue.count, given_up ? 0 : count);
        assert_int_equal(core.counters.spool[CORE_SPOOL_DAMAGED], given_up ? 1 : 0);
    }
}

/* One that ends well has lived with it. */
static void good_end_forgives(void **state)
{
    begin_world(state);
    for (unsigned i = 0; i < 2 * AGENT_SPOOL_DEATHS_MAX; i++) {
        leave_much();
        spool_blame(&spool);
        kill_and_live();
        assert_true(core.queue.count > 0);
        shut_down("spindown");
        spool_settle(&spool, &core);
        now.wall_ns += MS(1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(deaths_by_chance, begin_world),
        cmocka_unit_test_setup(deaths_at_one_point, begin_world),
        cmocka_unit_test_setup(poison_is_given_up, begin_world),
        cmocka_unit_test_setup(failure_is_proof, begin_world),
        cmocka_unit_test_setup(all_is_poison, begin_world),
        cmocka_unit_test_setup(failures_later, begin_world),
        cmocka_unit_test_setup(good_end_forgives, begin_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
