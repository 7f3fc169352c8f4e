/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_BOOK_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_BOOK_H

#include "notify/notify_deploys.h"
#include "notify/notify_limits.h"
#include "notify/notify_note.h"
#include "notify/notify_plan.h"
#include "notify/notify_title.h"

#include "base/map.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The book holds what telling people must not forget: which alerts there are, how they are grouped,
 * who was told what, and which messages wait.  Pure memory: it reads no clock, writes no disk and
 * sends nothing; the shell (notify_run.c) does, under its lock.
 *
 *     alert --routes--> groups --when due--> messages, one for each target --sent--> settled
 *
 * A group is due `wait` after its first alert and every `interval` from then on.  When it is due,
 * each target is told of it if something fires that it was not told of, or something that it was
 * told of is resolved, or what fires was told `repeat` ago.  What it was told is its log; the log
 * is changed when the message is made, and message and log are saved together before it is sent:
 * so nothing is told twice, and nothing is lost.
 *
 * Invariants:
 *  1. A target has at most one message of a group that waits: the next one is made when it is
 *     settled, and speaks of what is so then.
 *  2. Messages that wait are never dropped to make room.
 *  3. An alert that some log has as told is kept until the target was told of its end.
 */

struct notify_silence;

/* An alert. */
struct notify_alarm {
    struct notify_note *note;
    uint64_t heard_ns;  /* When it was told of last. */
    uint64_t wave;      /* Of the deploy whose alerts are gathered; 0: none. */
    uint32_t groups;    /* That it is in. */
    uint64_t silence;   /* That it is under; 0: none.  As of the latest look. */
    uint64_t inhibitor; /* The fingerprint of the alert that inhibits it; 0: none. */
};

/* An alert that a target has been told fires. */
struct notify_told {
    uint64_t fingerprint;
    uint64_t fired_ns;
};

/* What a target was told of a group. */
struct notify_log {
    uint64_t target;
    struct notify_told *told; /* Sorted by fingerprint. */
    size_t told_count;
    uint64_t last_ns; /* When the latest message was made. */
    uint64_t busy;    /* Its number while it waits; 0: it is settled. */
    bool late;        /* The group was due while it waited. */
};

struct notify_group {
    struct notify_title *title;
    const struct notify_route *route; /* Of the plan; NULL only while a plan is being adopted. */
    uint64_t *members;                /* Fingerprints, sorted. */
    size_t member_count, member_room;
    uint64_t due_ns;
    bool flushed; /* It was due once. */
    struct notify_log *logs;
    size_t log_count;
};

/* An alert as one message tells of it. */
struct notify_item {
    struct notify_note *note;
    bool resolved;
};

enum notify_delivery { NOTIFY_WAITING, NOTIFY_DELIVERED, NOTIFY_FAILED };

/* What one target is told once. */
struct notify_message {
    uint64_t number; /* From 1, once and for ever. */
    uint64_t target;
    struct slice receiver; /* Its name. */
    char *receiver_text;   /* Where it is kept. */
    enum notify_kind kind;
    struct notify_title *title;
    struct notify_item *items; /* What fires first. */
    size_t item_count;
    size_t left_out; /* Alerts that there was no room for. */
    bool resolved;   /* Nothing fires. */
    bool routine;    /* The same again, for who wants to hear it: not kept once it is settled. */
    enum notify_delivery delivery;
    uint32_t attempts;
    uint64_t made_ns;
    uint64_t settled_ns;
    char error[NOTIFY_ERROR_SIZE_MAX]; /* Why the latest attempt failed; empty if it did not. */
};

/* How a target fares. */
struct notify_pace {
    uint64_t target;
    uint64_t next_ns;  /* Nothing is sent to it before. */
    uint32_t failures; /* In a row. */
    uint64_t delivered, failed;
};

struct notify_counts {
    uint64_t delivered, failed, retried; /* Attempts that succeeded, messages given up, attempts. */
    uint64_t refused_alerts;             /* That no room was left for. */
};

struct notify_book {
    struct notify_plan *plan; /* Held. */
    struct notify_alarm *alarms;
    size_t alarm_count;
    struct map alarm_map; /* By fingerprint. */
    struct notify_group *groups;
    size_t group_count;
    struct map group_map;            /* By the title's id. */
    struct notify_message *messages; /* In the order of their numbers. */
    size_t message_count;
    struct notify_pace *paces; /* Of the plan's targets. */
    size_t pace_count;
    uint64_t number_last;
    struct notify_silence *silences[NOTIFY_SILENCE_COUNT_MAX]; /* In the order of their ids. */
    size_t silence_count;
    uint64_t silence_last; /* Ids are given once. */
    struct notify_deploys deploys;
    bool stale; /* Alerts or silences changed since what is muted was looked at. */
    struct notify_counts counts;
};

/* An empty book with an empty plan.  STATUS_FULL without memory. */
enum status notify_book_init(struct notify_book *book) THAW_CHECK;
void notify_book_fini(struct notify_book *book);

/* Take an alert as notify_tell() has it.  Whether something changed that must be saved. */
bool notify_book_hear(struct notify_book *book, const struct notify_alert *alert, uint64_t now_ns);

/*
 * Follow another plan, which is held: alerts are routed again, groups and logs that are the same
 * in both go on, and messages to targets that are gone fail.
 */
void notify_book_adopt(struct notify_book *book, struct notify_plan *plan, uint64_t now_ns);

/* What is due now: groups become messages.  Whether something changed that must be saved. */
bool notify_book_step(struct notify_book *book, uint64_t now_ns);

/*
 * Silences.  Added, a silence is from parts, and *id what it is called by; STATUS_BAD with a
 * sentence where a part is wrong, STATUS_FULL where there are too many.  Ended now, one is no
 * longer active, and stays to be seen for some days; false: there is none.
 */
struct notify_silence_parts;
enum status notify_book_silence(struct notify_book *book, const struct notify_silence_parts *parts,
                                uint64_t *id, char *error, size_t error_size) THAW_CHECK;
bool notify_book_unsilence(struct notify_book *book, uint64_t id, uint64_t now_ns);

/* A deploy, by its texts and its time: alerts of its function are gathered for a while.  Whether it
 * was new. */
bool notify_book_deploy(struct notify_book *book, const struct notify_deploy *deploy);

/* When to step again, or to send; UINT64_MAX: when something happens. */
uint64_t notify_book_due_ns(const struct notify_book *book);

/* The message that is to be sent next, or NULL.  Valid until the book changes. */
struct notify_message *notify_book_next(struct notify_book *book, uint64_t now_ns);

/* What came of an attempt. */
enum notify_attempt {
    NOTIFY_TAKEN,   /* The receiver has it. */
    NOTIFY_REFUSED, /* It will never take it. */
    NOTIFY_LATER,   /* It may take it later. */
};

/* Note an attempt on the message of this number, if it is still there; retry_ns is how long the
 * receiver wants to be left alone, or 0. */
void notify_book_attempted(struct notify_book *book, uint64_t number, enum notify_attempt attempt,
                           uint64_t retry_ns, const char *error, uint64_t now_ns);

/* The alert of a fingerprint, or NULL. */
struct notify_alarm *notify_book_alarm(const struct notify_book *book, uint64_t fingerprint);
struct notify_message *notify_book_message(struct notify_book *book, uint64_t number);

#endif
