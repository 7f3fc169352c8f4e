/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_MAPPING_H
#define THAW_SANDBOX_MAPPING_H

#include "base/slice.h"
#include "base/status.h"
#include "sandbox/queue.h"

/*
 * Event source mappings: they take batches from queues and invoke functions
 * with them.  A message whose batch succeeded is deleted; one that failed
 * comes again after the visibility timeout, and after too many receives goes
 * to the dead letters.  A consumer gets a Root of its own.  One thread.
 */
struct platform;

/* Make the queues and mappings of the configuration. */
enum status mapping_start(struct platform *platform) THAW_CHECK;

/* Take no more batches. */
void mapping_stop(struct platform *platform);
void mapping_free(struct platform *platform);

/* Something changed: a message came, an instance is free. */
void mapping_kick(struct platform *platform);

/* The queue of this name, or NULL. */
struct queue *mapping_queue(struct platform *platform, struct slice name);

/* Put the message into the queue with a new id and the time of now, after delay_s.  Takes it over
 * unless the answer is STATUS_FULL. */
enum status mapping_send(struct platform *platform, struct queue *queue,
                         struct queue_message *message, uint64_t delay_s) THAW_CHECK;

/* Put an asynchronous event that failed for good into a queue, as Lambda does. */
void mapping_dead_letter(struct platform *platform, struct slice name, struct slice payload,
                         const char *request_id, const char *why);

#endif
