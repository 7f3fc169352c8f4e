/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The relays of the proxy in a world where nothing goes as it should: calls do
 * a part of their work or none, connections come late or not at all, break,
 * end on one side or stop to listen, and the agent parks at any moment at which
 * it could fail: then the next program goes on with what was handed over.
 *
 * What must hold: each end gets the very bytes that were said behind the other
 * one, in order, each once; an end is told when all was said and never before;
 * what was told to the listener is what has passed; nothing stays open or stuck.
 *
 *     relay_sim [--count N] SEED
 */
#include "proxy/relay.h"
#include "relay_world.h"

#include "base/ensure.h"
#include "base/number.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS (WORLD_SOCKETS / 2)
#define TURNS_MAX   2000000u
#define LONG        300000u
#define SHORT       200u

static struct loop loop;
static struct relays relays;
static unsigned char buffer[64 << 10];
static struct prng prng;
static uint64_t seed;
static jmp_buf failure;
static bool fragile; /* The listener fails now and then, and with it the program. */
static unsigned kills;
static uint64_t total[WORLD_SOCKETS]; /* What is to be said behind each. */
static uint64_t told[AGENT_RELAYS_MAX][2];
static uint64_t unseen_max;

_Noreturn void world_fail(const char *what)
{
    printf("seed %llu: %s\n", (unsigned long long)seed, what);
    exit(1);
}

static void on_ensure(const char *expression, const char *file, int line)
{
    printf("%s:%d: %s\n", file, line, expression);
    world_fail("what must hold does not");
}

/* ---- Who listens to what passes, and fails. ---- */

static void may_fail(void)
{
    if (fragile && prng_chance(&prng, 1, 64)) {
        longjmp(failure, 1);
    }
}

static size_t socket_at(size_t index, enum relay_way way)
{
    return (size_t)(relays.relays[index].ends[way].source.fd - WORLD_FIRST);
}

static void on_opened(void *context, size_t index)
{
    (void)context;
    told[index][RELAY_UP] = world.sockets[socket_at(index, RELAY_UP)].taken;
    told[index][RELAY_DOWN] = world.sockets[socket_at(index, RELAY_DOWN)].taken;
    may_fail();
}

static void on_passed(void *context, size_t index, enum relay_way way, struct slice bytes)
{
    (void)context;
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.base[i] != world_byte(socket_at(index, way), told[index][way] + i)) {
            world_fail("the listener was told another byte");
        }
    }
    told[index][way] += bytes.size;
    may_fail();
}

static void on_skipped(void *context, size_t index, enum relay_way way, size_t size)
{
    (void)context;
    if (size > unseen_max) {
        world_fail("more went unseen than was said");
    }
    told[index][way] += size;
    may_fail();
}

static uint64_t on_unseen(void *context, size_t index, enum relay_way way)
{
    (void)context;
    (void)index;
    (void)way;
    may_fail();
    unseen_max = prng_chance(&prng, 1, 2) ? 0 : prng_between(&prng, 1, 2 * AGENT_RELAY_UNSEEN_MIN);
    return unseen_max;
}

static void on_ended(void *context, size_t index, enum relay_way way)
{
    (void)context;
    if (told[index][way] != world.sockets[socket_at(index, way)].taken) {
        world_fail("the listener was not told all");
    }
    may_fail();
}

static void on_closed(void *context, size_t index)
{
    (void)context;
    (void)index;
    may_fail();
}

static bool on_idle(void *context, size_t index)
{
    (void)context;
    (void)index;
    may_fail();
    return false;
}

static const struct relay_listener listener = {.opened = on_opened,
                                               .passed = on_passed,
                                               .ended = on_ended,
                                               .closed = on_closed,
                                               .idle = on_idle,
                                               .unseen = on_unseen,
                                               .skipped = on_skipped};

/* ---- The programs at both ends. ---- */

static void prepare(size_t index)
{
    struct world_socket *socket = &world.sockets[index];
    bool is_client = index % 2 == 0;
    uint64_t most = prng_chance(&prng, 1, 4) ? LONG : SHORT;
    *socket = (struct world_socket){.used = is_client,
                                    .waiting = is_client,
                                    .upstream = !is_client,
                                    .cloexec = true,
                                    .refused = !is_client && prng_chance(&prng, 1, 20),
                                    .peer = is_client ? index + 1 : index - 1,
                                    .room = prng_between(&prng, 1, most)};
    total[index] = prng_below(&prng, most + 1);
}

static void act(size_t index)
{
    struct world_socket *socket = &world.sockets[index];
    if (!socket->used || socket->waiting || socket->unconnected || socket->delay > 0 ||
        socket->reset) {
        return;
    }
    if (!socket->said_all && !socket->deaf) {
        socket->said += prng_below(&prng, total[index] - socket->said + 1);
        socket->said_all = socket->said == total[index] && prng_chance(&prng, 1, 4);
    }
    if (!socket->deaf) {
        socket->read += prng_below(&prng, socket->got - socket->read + 1);
    }
    if (prng_chance(&prng, 1, 3000)) {
        socket->reset = true;
        socket->unheard = true;
    } else if (prng_chance(&prng, 1, 3000)) {
        socket->deaf = true;
        socket->said_all = true;
    }
}

/* What has to be true of each connection when nothing is open any more. */
static void judge(size_t index)
{
    const struct world_socket *socket = &world.sockets[index];
    const struct world_socket *peer = &world.sockets[socket->peer];
    bool whole = !socket->reset && !peer->reset && !socket->deaf && !peer->deaf &&
                 !socket->refused && !peer->refused;
    if (socket->used) {
        world_fail("a connection that nobody passes on");
    }
    if (whole && (socket->got != total[socket->peer] || !socket->got_end || socket->got_reset)) {
        world_fail("not all of it arrived");
    }
    /* Of one that broke, the other side is told so. */
    if (peer->reset && !peer->deafened && !socket->reset && !socket->deaf && !peer->deaf &&
        !socket->got_reset && socket->got < total[socket->peer]) {
        world_fail("a connection that broke ended as if all had been said");
    }
}

/* ---- A life. ---- */

static void begin(bool again, struct slice handed_over)
{
    static const struct address nowhere = {.size = 0};
    memset(&relays, 0, sizeof(relays));
    if (again) {
        if (!relay_take_over(&relays, &loop, handed_over)) {
            world_fail("nothing was handed over");
        }
    } else if (relay_init(&relays, &loop, WORLD_FIRST + (int)WORLD_SOCKETS, &nowhere) !=
               STATUS_OK) {
        world_fail("it cannot begin");
    }
    relay_set_buffer(&relays, buffer, prng_chance(&prng, 1, 4) ? 100 : sizeof(buffer));
}

static void park(void)
{
    static char bytes[8192];
    struct buf out;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    relay_hand_over(&relays, &out);
    if (buf_overflowed(&out)) {
        world_fail("it does not fit");
    }
    world_exec();
    kills++;
    begin(true, buf_bytes(&out));
    /* The parked agent listens to nothing; another one that does may fail again. */
    fragile = fragile && prng_chance(&prng, 1, 2);
    for (size_t i = 0; fragile && i < AGENT_RELAYS_MAX; i++) {
        for (size_t way = 0; way < 2 && relays.relays[i].open; way++) {
            told[i][way] = world.sockets[socket_at(i, (enum relay_way)way)].taken;
        }
    }
    if (fragile) {
        relay_tell(&relays, &listener);
    }
}

static void live(void)
{
    static uint64_t turns; /* Outlives the jump, as all that is changed behind it. */
    prng_init(&prng, seed);
    world_begin(&prng);
    begin(false, SLICE_EMPTY);
    relay_tell(&relays, &listener);
    fragile = prng_chance(&prng, 3, 4);
    for (size_t i = 0; i < WORLD_SOCKETS; i++) {
        prepare(i);
    }
    turns = 0;
    if (setjmp(failure) != 0) {
        park();
    }
    for (bool open = true; open;) {
        open = relay_busy(&relays);
        for (size_t i = 0; i < WORLD_SOCKETS; i++) {
            act(i);
            open = open || world.sockets[i].waiting;
        }
        world_turn();
        if (++turns > TURNS_MAX) {
            world_fail("it goes on for ever");
        }
    }
    for (size_t i = 0; i < WORLD_SOCKETS; i++) {
        judge(i);
    }
}

int main(int argc, char **argv)
{
    uint64_t count = 1;
    int first = argc == 4 && strcmp(argv[1], "--count") == 0 ? 3 : 1;
    if ((first == 3 && number_parse_u64(slice_from(argv[2]), &count) != NUMBER_OK) ||
        first >= argc || number_parse_u64(slice_from(argv[first]), &seed) != NUMBER_OK) {
        fprintf(stderr, "relay_sim [--count N] SEED\n");
        return 100;
    }
    ensure_set_handler(on_ensure);
    for (uint64_t end = seed + count; seed < end; seed++) {
        live();
    }
    printf("%llu lives, %u agents parked\n", (unsigned long long)count, kills);
    return 0;
}
