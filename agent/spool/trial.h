/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_TRIAL_H
#define THAW_SPOOL_TRIAL_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How replays of the file have ended, as it stands behind its head: what is in
 * the file may be what ends the processes that read it, and must not end them
 * for ever.  But most deaths come from outside, at any moment, and cost nothing.
 *
 * So a death counts only against the piece (an entry or a frame) that was being
 * taken.  A replay that finds another one unfinished writes down at each piece
 * where it is; a piece at which one process after the other has ended is given
 * up, alone.  A failure of our own, which parks the agent, is a proof: then the
 * piece is given up at once, and where none is under way it is counted how
 * often that happened since a process of the environment ended well.
 *
 *     NONE --begin--> BEGUN --enter--> a piece --enter--> ... --taken--> TAKEN --kept--> NONE
 *
 * Pure: the spool writes it whenever it has changed.
 */
#define TRIAL_OFFSET 64u
#define TRIAL_SIZE   64u

enum trial_at {
    TRIAL_NONE = 0,  /* No replay is under way. */
    TRIAL_BEGUN = 1, /* One is, without looking at pieces. */
    TRIAL_TAKEN = 2, /* It is over, and nothing was written after it. */
    /* Else: the place of a piece in its half, which begins behind the head of a group. */
};

struct trial {
    uint64_t generation; /* Of the half in which the pieces are. */
    uint32_t at;
    uint32_t deaths;   /* At this piece in a row, the one included that comes if we end now. */
    uint32_t failures; /* Of our own, outside of pieces. */
    uint32_t given_up; /* So many of the places below, ascending or not. */
    uint32_t places[AGENT_SPOOL_GIVEN_UP_MAX];
    /* Not written: what was found. */
    bool careful;
    uint32_t found_at;
    uint32_t found_deaths;
};

void trial_write(const struct trial *trial, unsigned char bytes[TRIAL_SIZE]);

/* What does not check is a trial of which nothing is known. */
void trial_read(struct trial *trial, struct slice bytes);

/* The half of this generation is going to be taken.  False: none of this file is, any more. */
bool trial_begin(struct trial *trial, uint64_t generation) THAW_CHECK;

/* What is to be done with the piece at this place. */
enum trial_step {
    TRIAL_TAKE,
    TRIAL_TELL, /* Write the trial, then take it. */
    TRIAL_PASS, /* It was given up. */
};

enum trial_step trial_enter(struct trial *trial, uint32_t place) THAW_CHECK;

/* All pieces were taken. */
void trial_taken(struct trial *trial);

/* All that was taken is written anew, and its pieces are no more. */
void trial_kept(struct trial *trial);

/* We fail: async-signal-safe. */
void trial_blame(struct trial *trial);

#endif
