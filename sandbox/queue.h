/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_QUEUE_H
#define THAW_SANDBOX_QUEUE_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One message queue, with the rules of a standard SQS queue: at least once,
 * in order as long as nothing fails, invisible while somebody has it, and to
 * the dead letters after too many receives.  Time is an argument; it allocates.
 */
struct queue_message {
    char id[37];
    char receipt[37];
    char body_md5[33];
    struct buf body;
    struct buf trace;      /* The sender's X-Ray header, or empty. */
    struct buf attributes; /* The JSON object of messageAttributes, as events show it. */
    uint64_t sent_ms;      /* Wall time. */
    uint64_t first_ms;     /* Wall time of the first receive; 0: none yet. */
    uint64_t visible_ns;   /* Monotonic. */
    unsigned receives;
    bool taken;
    struct queue_message *previous;
    struct queue_message *next;
};

struct queue {
    const struct config_queue *config;
    struct queue_message *head;
    struct queue_message *tail;
    size_t count;
    size_t taken;
    struct queue *next;
};

struct queue *queue_create(const struct config_queue *config);
void queue_free(struct queue *queue);

/* An empty message that belongs to nobody. */
struct queue_message *queue_message_create(void);
void queue_message_free(struct queue_message *message);

/* Take over the message and put it at the end.  STATUS_FULL: the queue is, and the message stays
 * the caller's. */
enum status queue_put(struct queue *queue, struct queue_message *message) THAW_CHECK;

/* Messages that could be taken now, at most max are counted. */
size_t queue_ready(const struct queue *queue, uint64_t now_ns, size_t max);

/* The one that has waited longest of those that can be taken, or NULL. */
const struct queue_message *queue_oldest(const struct queue *queue, uint64_t now_ns);

/* Take up to max messages.  Each counts a receive. */
size_t queue_take(struct queue *queue, uint64_t now_ns, uint64_t wall_ms,
                  struct queue_message **messages, size_t max);

/* It is done with. */
void queue_delete(struct queue *queue, struct queue_message *message);

/*
 * It failed: it becomes visible again after the visibility timeout and the
 * answer is NULL; or, if it was received too often, it leaves the queue and
 * is the caller's.
 */
struct queue_message *queue_fail(struct queue *queue, struct queue_message *message,
                                 uint64_t now_ns) THAW_CHECK;

/* Nobody could take it: it becomes visible again after wait_ns and the receive does not count. */
void queue_untake(struct queue *queue, struct queue_message *message, uint64_t now_ns,
                  uint64_t wait_ns);

/* When the next message becomes visible, 0 for none. */
uint64_t queue_due_ns(const struct queue *queue);

#endif
