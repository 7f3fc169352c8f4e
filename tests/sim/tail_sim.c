/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail_sim [SEED [COUNT]]: lines come in batches of any size, some of which are lost; clients of
 * any pace follow, go, and come back.  Whatever happens, each client can account for every line
 * from where it began to where it is: sent in order and once, not wanted, left out for its rate, or
 * skipped; no more than its rate is sent; it is never silent for long; and memory is bounded.
 */
#include "tail/tail_client.h"

#include "base/number.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 6
#define STEPS   1000
#define EPOCH   0xabcdu

struct sim;

struct follower {
    struct sim *sim;
    struct tail_client client;
    bool follows;
    uint32_t pace;    /* Of so many turns that it could have, it takes one. */
    uint32_t wants;   /* Every so manieth line. */
    uint64_t from_id; /* The first line that it is to be told of. */
    uint64_t last_id; /* Sent. */
    uint64_t told_id; /* Of the latest event. */
    uint64_t sent, unwanted, left_out, skipped, heard_ns, window_ns, window;
};

struct sim {
    uint64_t seed, step, now_ns;
    struct prng prng;
    struct tail_ring ring;
    size_t held; /* Bytes of batches that live. */
    struct follower followers[CLIENTS];
    struct buf out;
    const char *wrong;
};

struct sim_batch {
    struct tail_batch head;
    struct sim *sim;
};

static void expect(struct sim *sim, bool holds, const char *what)
{
    if (!holds && sim->wrong == NULL) {
        sim->wrong = what;
    }
}

/* ---- Batches. ---- */

static void free_batch(struct tail_batch *head)
{
    struct sim_batch *batch = (struct sim_batch *)head;
    batch->sim->held -= head->size;
    free(batch);
}

static void add_batch(struct sim *sim)
{
    struct sim_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) {
        abort();
    }
    atomic_init(&batch->head.holders, 1);
    batch->sim = sim;
    batch->head.free = free_batch;
    batch->head.count =
        (uint32_t)prng_between(&sim->prng, 1, prng_chance(&sim->prng, 1, 8) ? 5000 : 20);
    batch->head.lost = prng_chance(&sim->prng, 1, 50);
    batch->head.size = prng_between(&sim->prng, 100, TAIL_BATCH_SIZE_MAX / 8);
    sim->held += batch->head.size;
    tail_ring_add(&sim->ring, &batch->head);
}

/* ---- What a client is told. ---- */

static enum tail_find find(void *context, uint64_t id, struct tail_batch **batch,
                           uint64_t *first_id)
{
    struct follower *follower = context;
    *first_id = follower->sim->ring.first_id;
    return tail_ring_find(&follower->sim->ring, id, batch);
}

static bool write_line(void *context, const struct tail_batch *batch, uint32_t line,
                       struct buf *out)
{
    struct follower *follower = context;
    uint64_t id = batch->first_id + line;
    if (id % follower->wants != 0) {
        follower->unwanted++;
        return false;
    }
    buf_append_text(out, "event: line\ndata: ");
    buf_append_u64(out, id);
    buf_append_text(out, "\n\n");
    return true;
}

static uint64_t number_behind(struct slice text, const char *before)
{
    uint64_t number = 0;
    size_t at = slice_find(text, slice_from(before));
    if (at != SLICE_NONE) {
        text = slice_skip(text, at + strlen(before));
        size_t size = 0;
        while (size < text.size && text.base[size] >= '0' && text.base[size] <= '9') {
            size++;
        }
        if (number_parse_u64(slice_take(text, size), &number) != NUMBER_OK) {
            return 0;
        }
    }
    return number;
}

static void hear_line(struct follower *follower, struct slice event)
{
    struct sim *sim = follower->sim;
    uint64_t id = number_behind(event, "data: ");
    expect(sim, id > follower->last_id, "in order and once");
    expect(sim, id >= follower->from_id, "not before it began");
    expect(sim, id == follower->told_id, "the id of the event is that of its line");
    expect(sim, id % follower->wants == 0, "wanted");
    follower->last_id = id;
    follower->sent++;
    if (sim->now_ns >= follower->window_ns + UINT64_C(1000000000)) {
        follower->window_ns = sim->now_ns;
        follower->window = 0;
    }
    follower->window++;
    expect(sim, follower->window <= 2 * (uint64_t)follower->client.per_second, "within its rate");
}

static void hear_event(struct follower *follower, struct slice event)
{
    if (slice_find(event, SLICE("id: ")) != SLICE_NONE) {
        uint64_t told = number_behind(event, "id: abcd-");
        expect(follower->sim, told >= follower->told_id, "ids grow");
        follower->told_id = told;
    }
    if (slice_find(event, SLICE("event: line")) != SLICE_NONE) {
        hear_line(follower, event);
    }
    follower->left_out += number_behind(event, "\"left_out\":");
    follower->skipped += number_behind(event, "\"skipped\":");
    if (slice_find(event, SLICE("event: dropped")) != SLICE_NONE) {
        expect(follower->sim, follower->client.ended, "dropped is the last");
    }
}

static void hear(struct follower *follower)
{
    struct slice rest = buf_bytes(&follower->sim->out);
    for (size_t at; (at = slice_find(rest, SLICE("\n\n"))) != SLICE_NONE;) {
        hear_event(follower, slice_take(rest, at));
        rest = slice_skip(rest, at + 2);
    }
    expect(follower->sim, rest.size == 0, "whole events");
}

/* ---- Clients. ---- */

static void begin(struct follower *follower, uint64_t next_id)
{
    struct sim *sim = follower->sim;
    uint32_t rates[] = {1, 10, 200, TAIL_RATE_MAX};
    tail_client_init(&follower->client, EPOCH, next_id, false,
                     rates[prng_below(&sim->prng, sizeof(rates) / sizeof(rates[0]))]);
    *follower = (struct follower){
        .sim = sim,
        .client = follower->client,
        .follows = true,
        .pace = (uint32_t)prng_between(&sim->prng, 1, prng_chance(&sim->prng, 1, 4) ? 400 : 4),
        .wants = (uint32_t)prng_between(&sim->prng, 1, 5),
        .from_id = next_id,
        .last_id = next_id - 1,
        .told_id = 0,
        .heard_ns = sim->now_ns,
        .window_ns = sim->now_ns,
    };
}

static void account(struct follower *follower)
{
    const struct tail_client *client = &follower->client;
    uint64_t passed = client->next_id - follower->from_id;
    uint64_t known = follower->sent + follower->unwanted + follower->left_out + client->left_out +
                     follower->skipped + client->skipped;
    expect(follower->sim, passed == known, "every line is accounted for");
}

static void take_turn(struct follower *follower, bool stopping)
{
    struct sim *sim = follower->sim;
    const struct tail_source source = {find, write_line, follower};
    uint64_t before_id = follower->client.next_id;
    bool gone = before_id < sim->ring.first_id && follower->client.greeted;
    buf_reset(&sim->out);
    enum tail_turn turn =
        tail_client_turn(&follower->client, &source, sim->now_ns, stopping, &sim->out);
    expect(sim, !buf_overflowed(&sim->out), "fits");
    expect(sim, turn != TAIL_MORE || sim->out.size > 0, "who has more says something");
    expect(sim, turn != TAIL_IDLE || follower->client.next_id == sim->ring.next_id,
           "idle at the end only");
    expect(sim, !gone || turn == TAIL_OVER, "who was passed is ended");
    hear(follower);
    account(follower);
    if (sim->out.size > 0) {
        follower->heard_ns = sim->now_ns;
    }
    expect(sim, turn == TAIL_OVER || sim->now_ns < follower->heard_ns + TAIL_HEARTBEAT_NS,
           "not silent for long");
    follower->follows = turn != TAIL_OVER;
}

static void step_follower(struct sim *sim, struct follower *follower)
{
    if (!follower->follows) {
        if (prng_chance(&sim->prng, 1, 20)) {
            begin(follower, sim->ring.next_id);
        }
    } else if (prng_chance(&sim->prng, 1, 200)) {
        /* It loses the connection and comes back with the last id that it was told. */
        uint64_t told = follower->told_id;
        begin(follower, told > 0 ? told + 1 : sim->ring.next_id);
    } else if (prng_below(&sim->prng, follower->pace) == 0) {
        take_turn(follower, false);
    }
}

static void run(struct sim *sim)
{
    tail_ring_init(&sim->ring);
    buf_init_growing(&sim->out, TAIL_WAITING_MAX);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        sim->followers[i].sim = sim;
    }
    for (sim->step = 0; sim->step < STEPS && sim->wrong == NULL; sim->step++) {
        sim->now_ns += prng_below(&sim->prng, 200000000);
        if (prng_chance(&sim->prng, 1, 3)) {
            add_batch(sim);
        }
        expect(sim, sim->held <= TAIL_BYTES_MAX, "memory is bounded");
        for (uint32_t i = 0; i < CLIENTS; i++) {
            step_follower(sim, &sim->followers[i]);
        }
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct follower *follower = &sim->followers[i];
        for (uint32_t k = 0; follower->follows && sim->wrong == NULL; k++) {
            take_turn(follower, true);
            expect(sim, k < 10000, "it ends");
        }
        expect(sim, sim->wrong != NULL || follower->client.left_out == 0, "all was told");
    }
    tail_ring_clear(&sim->ring);
    expect(sim, sim->held == 0, "everything is freed");
    buf_fini(&sim->out);
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 20;
    struct sim *sim = malloc(sizeof(*sim));
    if (sim == NULL) {
        return 1;
    }
    for (uint64_t seed = first; seed < first + count; seed++) {
        *sim = (struct sim){.seed = seed};
        prng_init(&sim->prng, seed);
        run(sim);
        if (sim->wrong != NULL) {
            (void)fprintf(stderr, "tail_sim %llu 1: step %llu: %s\n", (unsigned long long)seed,
                          (unsigned long long)sim->step, sim->wrong);
            free(sim);
            return 1;
        }
    }
    free(sim);
    return 0;
}
