/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_TELLER_H
#define THAW_INTAKE_TELLER_H

#include "intake/intake.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Tells what was found: one for an intake, known to all its parts.  It adds what the path of a file
 * says, refuses what is of other services' log groups, and counts.
 */
struct teller {
    const struct intake_options *options;
    struct intake_counts *counts;
    /* Of the path of the file or archive member that is being read; see origin.h. */
    struct slice group, stream;
    uint64_t payload_bytes; /* Inflated, of payloads inside of the text. */
    bool lines_taken;       /* Lines that nothing is around are a function's log. */
    bool vague;             /* It was said that times are not known well enough. */
    struct slice function;  /* Its name without endings: made up, for events without a group. */
};

/* Why lines are refused that may be anything's. */
#define TELLER_WHOSE                                                                               \
    "no line of a function's platform (START, REPORT, ...) is among these: if they are a "         \
    "function's, say its name with --function"

/* Tell an event; what it lacks is filled in.  Its time must be known or STREAMS_UNKNOWN. */
void teller_event(struct teller *teller, struct log_event *event);

/* Tell that this is of no use.  why is static; of the sample only the beginning is shown. */
void teller_refuse(struct teller *teller, const char *why, struct slice sample);
void teller_refuse_many(struct teller *teller, const char *why, struct slice sample,
                        uint64_t count);

/* What the input is, unless that is known already. */
void teller_format(struct teller *teller, enum intake_format format);

/* Why a log group or stream cannot be a function's ("a log group of RDS"); NULL: it may be. */
const char *teller_foreign(struct slice group, struct slice stream);

/* Whether a stream has the form that Lambda gives it: 2026/11/23/[$LATEST]0123...,
 * 2026/11/23/name[$LATEST]0123... */
bool teller_stream_is_lambda(struct slice stream);

#endif
