/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_HELD_H
#define THAW_AGENT_HELD_H

#include "redact/redact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is known of lines that are in the queue and not to be sent yet.  A line
 * may wait for more than one thing, and waits until none is left:
 *
 *     joint    its text has no end: what comes next may show that a secret was
 *              cut in two.  Until the next line of its source, the next event
 *              of the platform, or a second.
 *     error    THAW_LOGS=on-error: until its invocation is known to have
 *              failed, or is complete and has not.
 *     budget   its invocation has spent most of its bytes: the latest lines
 *              are kept for its end.
 *
 * Pure data; the core owns it.
 */
enum held_why {
    HELD_JOINT = 1,
    HELD_ERROR = 2,
    HELD_BUDGET = 4,
};

enum held_verdict {
    HELD_OPEN,   /* Nothing is known yet. */
    HELD_SEND,   /* What it wrote is sent. */
    HELD_FORGET, /* It is complete, and nobody asks for what it wrote. */
};

/* The lines of an invocation, or those that belong to none. */
struct held_account {
    enum held_verdict verdict;
    uint64_t bytes;       /* Of lines that count against the budget for good. */
    uint64_t tail_bytes;  /* Of those that are kept as the latest ones. */
    uint64_t left_out;    /* Lines over budget that no record tells of yet... */
    uint64_t left_bytes;  /* ...and their bytes. */
    uint64_t over_budget; /* All of them. */
    uint64_t back;        /* Lines that were held and then forgotten. */
    uint64_t redacted;    /* Places. */
};

/* A mark that stands in the place of what was found near the end of a text. */
#define HELD_MARKS_MAX 8u

struct held_mark {
    uint32_t start; /* Bytes of the text from where it began to the text's end... */
    uint32_t end;   /* ...and from where it ended... */
    uint32_t size;  /* ...and those of the mark. */
};

/* A line without an end, whose record waits for the next ones.  One that is cut in more than two
 * is known by the last piece. */
#define HELD_PIECES_MAX 8u

struct held_piece {
    uint64_t seq; /* Of its record; 0: the end of its text is in none. */
    size_t size;  /* Of its text... */
    size_t body;  /* ...and as it is written. */
    size_t mark_count;
    bool marks_lost; /* There were more. */
    struct held_mark marks[HELD_MARKS_MAX];
};

/* The latest lines of a source, as far as the next one needs them. */
struct held_source {
    uint64_t until_ns; /* What waits for the next line waits no longer. */
    enum redact_carry carry;
    enum redact_detector carried;
    unsigned carry_records; /* So many in a row. */
    size_t count;
    struct held_piece pieces[HELD_PIECES_MAX]; /* Oldest first. */
    size_t tail_size;
    unsigned char tail[REDACT_TAIL_MAX]; /* The end of their texts. */
};

enum held_sources {
    HELD_FUNCTION,
    HELD_EXTENSION,
    HELD_SOURCES,
};

struct held {
    struct held_account loose; /* Lines that belong to no invocation. */
    struct held_source sources[HELD_SOURCES];
    size_t position; /* In the queue: no record that waits for a joint lies before it... */
    uint64_t moves;  /* ...as long as the queue has not moved more often. */
};

#endif
