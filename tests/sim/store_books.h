/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_STORE_BOOKS_H
#define THAW_SIM_STORE_BOOKS_H

#include "store/store.h"
#include "store_body.h"
#include "store_disk.h"

#include <stdio.h>
#include <stdlib.h>

/* The books of the store's simulator: what was appended, what was answered, what the observer was
 * shown. */
#define BODIES_MAX 2048u

enum fate {
    FATE_NONE,
    FATE_OPEN,    /* Appended, not answered. */
    FATE_UNKNOWN, /* Refused or lost in a crash: it may be there or not. */
    FATE_ACKED,
};

struct body_state {
    enum fate fate;
    uint32_t size;
    uint32_t segment; /* Where it was shown last. */
    uint64_t order;   /* Of the first time that it was shown after it was kept; 0: never. */
    uint32_t shown;   /* Times since the store was opened. */
    bool gone;        /* Retention took it, */
    bool forgotten;   /* and the observer was told. */
};

struct sim {
    struct sim_disk disk;
    struct prng prng;
    struct store *store;
    struct body_state bodies[BODIES_MAX];
    uint32_t body_count;
    uint64_t order_last; /* Greatest order shown since the store was opened. */
    uint64_t order_next;
    uint64_t now_ns;
    uint64_t seed;
    struct store_options options;
    bool seals; /* In this epoch. */
};

#define CHECK(sim, condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "store_sim: seed %llu: %s (line %d)\n",                          \
                          (unsigned long long)(sim)->seed, #condition, __LINE__);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Starts that began with what was saved. */
extern uint64_t books_loads;

struct slice books_body(const struct sim *sim, uint32_t number, unsigned char *memory);

/* The observer's functions: they check that each body is shown once and, but for what is sealed, in
 * order. */
void books_apply(void *context, struct store *store, const struct frame *frame,
                 const struct batch *batch, struct frame_ref ref);
void books_forget(void *context, uint32_t segment_last);
enum status books_save(void *context, store_sink *sink, void *sink_context);
enum status books_load(void *context, struct slice bytes, const char **reason);

#endif
