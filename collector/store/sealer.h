/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEALER_H
#define THAW_STORE_SEALER_H

#include "base/status.h"
#include "store/guide_make.h"
#include "store/seal.h"
#include "store/segment.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Seals segments beside the writer, and makes guides of those that are, one at a time, on a thread
 * of its own that lets all others go first when they wake. The writer asks for one and, some time
 * later, takes the answer; without a thread (in simulations) it is made while it is asked for.
 */
enum sealer_state {
    SEALER_IDLE,
    SEALER_ASKED, /* There is a segment to seal, or a guide to make. */
    SEALER_DONE,  /* There is an answer to take. */
};

struct sealer {
    struct seal seal;
    struct arena arena; /* Of seal. */
    bool threaded;
    pthread_t thread;
    void (*done)(void *context); /* Called on the thread when there is an answer. */
    void *context;
    atomic_bool stop; /* What may be given up is. */

    pthread_mutex_t mutex; /* Guards what follows. */
    pthread_cond_t cond;
    enum sealer_state state;
    bool closing;
    struct segment segment;   /* Asked for. */
    struct draft *draft;      /* Of it, or NULL. */
    struct guide_make *guide; /* Asked for, in place of a segment; or NULL. */
    enum status status;       /* The answer. */
};

/* Begin; what seal says of an arena is the sealer's own. */
enum status sealer_init(struct sealer *sealer, const struct seal *seal, bool threaded,
                        void (*done)(void *context), void *context) THAW_CHECK;
/* Waits for what is being sealed; a guide that is being made is given up. */
void sealer_fini(struct sealer *sealer);

/* Ask for a segment, when there is none asked for and no answer to take.  The draft of it, if there
 * is one, is the sealer's from here on. */
void sealer_ask(struct sealer *sealer, const struct segment *segment, struct draft *draft);

/* Ask for a guide, in the same way; it is the sealer's until there is an answer. */
void sealer_ask_guide(struct sealer *sealer, struct guide_make *guide);

/* Whether there is nothing asked for and no answer to take. */
bool sealer_idle(struct sealer *sealer);

/* Which segment is asked for or to be answered; 0: none. */
uint32_t sealer_segment(struct sealer *sealer);

/* Take the answer of a segment, or of a guide; false if there is none yet. */
bool sealer_take(struct sealer *sealer, struct segment *segment, enum status *status) THAW_CHECK;
bool sealer_take_guide(struct sealer *sealer, enum status *status) THAW_CHECK;

#endif
