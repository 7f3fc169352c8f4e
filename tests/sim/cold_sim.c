/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cold_sim [SEED [COUNT]]: histories told to two collectors: the view of one remembers everything,
 * that of the other next to nothing, so that most of what it is asked is answered from the store.
 * Both must say the same of every transaction, asked by every id of it.
 */
#include "cold_dump.h"
#include "cold_history.h"
#include "world.h"

#include "base/ensure.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(void *context, struct build *build)
{
    world_add(context, build);
}

/* What is said of the transaction of an id; NULL: nothing. */
static char *ask(struct world *world, struct id16 id, bool *cold)
{
    struct transaction transaction;
    char *text = NULL;
    arena_reset(&world->arena);
    enum status status = transaction_read(&world->query, id, &world->arena, &transaction);
    ENSURE(status == STATUS_OK || status == STATUS_NOT_FOUND);
    *cold = transaction.cold != NULL;
    if (status == STATUS_OK) {
        text = cold_dump(&transaction);
    }
    transaction_release(&transaction);
    return text;
}

/* The next line of a text, which moves behind it. */
static struct slice next_line(const char **text)
{
    const char *end = strchr(*text, '\n');
    struct slice line = slice_of(*text, end != NULL ? (size_t)(end - *text) : 0);
    *text += end != NULL ? line.size + 1 : 0;
    return line;
}

/* Lines are sorted: those that only one of the texts has. */
static void print_difference(const char *one, const char *other)
{
    struct slice a = next_line(&one);
    struct slice b = next_line(&other);
    while (a.size > 0 || b.size > 0) {
        int order = a.size == 0 ? 1 : b.size == 0 ? -1 : slice_compare(a, b);
        if (order != 0) {
            (void)fprintf(
                stderr, "%s " SLICE_FMT "\n",
                order < 0 ? "remembered:" : "from the store:", SLICE_ARG(order < 0 ? a : b));
        }
        a = order <= 0 ? next_line(&one) : a;
        b = order >= 0 ? next_line(&other) : b;
    }
}

struct sums {
    uint64_t asked, cold;
};

static bool compare(struct world *const worlds[2], const struct cold_history *history,
                    struct sums *sums)
{
    bool good = true;
    for (unsigned i = 0; good && i < history->id_count; i++) {
        bool cold[2];
        char *texts[2];
        for (unsigned k = 0; k < 2; k++) {
            texts[k] = ask(worlds[k], history->ids[i], &cold[k]);
        }
        ENSURE(!cold[0]);
        good = (texts[0] == NULL) == (texts[1] == NULL) &&
               (texts[0] == NULL || strcmp(texts[0], texts[1]) == 0);
        if (!good) {
            (void)fprintf(stderr, "cold_sim: id %02x%02x differs\n", history->ids[i].bytes[14],
                          history->ids[i].bytes[15]);
            print_difference(texts[0] != NULL ? texts[0] : "", texts[1] != NULL ? texts[1] : "");
        }
        sums->asked++;
        sums->cold += cold[1] ? 1 : 0;
        free(texts[0]);
        free(texts[1]);
    }
    return good;
}

static bool run_seed(uint64_t seed, struct sums *sums)
{
    static struct cold_history history;
    struct prng prng;
    struct world *worlds[2] = {world_create(), world_create()};
    prng_init(&prng, seed * 31 + 7);
    view_limit(worlds[1]->query.view, (uint32_t)prng_between(&prng, 16, 48),
               (uint32_t)prng_between(&prng, 64, 160));
    for (unsigned i = 0; i < 2; i++) {
        cold_history_tell(&history, seed, tell, worlds[i]);
        view_tick(worlds[i]->query.view, (uint64_t)(BUILD_T0 + 7200 * 1000 * BUILD_MS));
    }
    if (prng_chance(&prng, 3, 4)) {
        world_seal(worlds[1]);
    }
    bool good = compare(worlds, &history, sums);
    world_free(worlds[0]);
    world_free(worlds[1]);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct sums sums = {0};
    for (uint64_t i = 0; i < count; i++) {
        if (!run_seed(seed + i, &sums)) {
            (void)fprintf(stderr, "cold_sim: seed %llu\n", (unsigned long long)(seed + i));
            return 1;
        }
    }
    (void)printf("cold_sim: %llu seeds, %llu answers, %llu of them from the store\n",
                 (unsigned long long)count, (unsigned long long)sums.asked,
                 (unsigned long long)sums.cold);
    return 0;
}
