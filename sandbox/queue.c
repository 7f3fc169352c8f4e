/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/queue.h"

#include "base/ensure.h"
#include "sandbox/sandbox_limits.h"

#include <stdlib.h>

struct queue *queue_create(const struct config_queue *config)
{
    struct queue *queue = calloc(1, sizeof(*queue));
    ENSURE(queue != NULL);
    queue->config = config;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL) {
        return;
    }
    while (queue->head != NULL) {
        queue_delete(queue, queue->head);
    }
    free(queue);
}

struct queue_message *queue_message_create(void)
{
    struct queue_message *message = calloc(1, sizeof(*message));
    ENSURE(message != NULL);
    buf_init_growing(&message->body, QUEUE_MESSAGE_SIZE_MAX);
    buf_init_growing(&message->trace, 8192);
    buf_init_growing(&message->attributes, 2 * (size_t)QUEUE_MESSAGE_SIZE_MAX);
    return message;
}

void queue_message_free(struct queue_message *message)
{
    if (message == NULL) {
        return;
    }
    buf_fini(&message->body);
    buf_fini(&message->trace);
    buf_fini(&message->attributes);
    free(message);
}

enum status queue_put(struct queue *queue, struct queue_message *message)
{
    if (queue->count == QUEUE_MESSAGES_MAX) {
        return STATUS_FULL;
    }
    message->taken = false;
    message->next = NULL;
    message->previous = queue->tail;
    if (queue->tail == NULL) {
        queue->head = message;
    } else {
        queue->tail->next = message;
    }
    queue->tail = message;
    queue->count++;
    return STATUS_OK;
}

static void unlink_message(struct queue *queue, struct queue_message *message)
{
    ENSURE((message->previous == NULL) == (queue->head == message));
    if (message->previous == NULL) {
        queue->head = message->next;
    } else {
        message->previous->next = message->next;
    }
    if (message->next == NULL) {
        queue->tail = message->previous;
    } else {
        message->next->previous = message->previous;
    }
    queue->count--;
    queue->taken -= message->taken;
    message->taken = false;
}

static bool ready(const struct queue_message *message, uint64_t now_ns)
{
    return !message->taken && message->visible_ns <= now_ns;
}

size_t queue_ready(const struct queue *queue, uint64_t now_ns, size_t max)
{
    size_t count = 0;
    for (const struct queue_message *message = queue->head; message != NULL && count < max;
         message = message->next) {
        count += ready(message, now_ns);
    }
    return count;
}

const struct queue_message *queue_oldest(const struct queue *queue, uint64_t now_ns)
{
    for (const struct queue_message *message = queue->head; message != NULL;
         message = message->next) {
        if (ready(message, now_ns)) {
            return message;
        }
    }
    return NULL;
}

size_t queue_take(struct queue *queue, uint64_t now_ns, uint64_t wall_ms,
                  struct queue_message **messages, size_t max)
{
    size_t count = 0;
    for (struct queue_message *message = queue->head; message != NULL && count < max;
         message = message->next) {
        if (ready(message, now_ns)) {
            message->taken = true;
            message->receives++;
            message->first_ms = message->first_ms == 0 ? wall_ms : message->first_ms;
            queue->taken++;
            messages[count++] = message;
        }
    }
    return count;
}

void queue_delete(struct queue *queue, struct queue_message *message)
{
    unlink_message(queue, message);
    queue_message_free(message);
}

struct queue_message *queue_fail(struct queue *queue, struct queue_message *message,
                                 uint64_t now_ns)
{
    ENSURE(message->taken);
    if (message->receives >= queue->config->receives_max) {
        unlink_message(queue, message);
        return message;
    }
    message->taken = false;
    queue->taken--;
    message->visible_ns = now_ns + queue->config->visibility_ns;
    return NULL;
}

void queue_untake(struct queue *queue, struct queue_message *message, uint64_t now_ns,
                  uint64_t wait_ns)
{
    ENSURE(message->taken && message->receives > 0);
    message->taken = false;
    message->receives--;
    message->first_ms = message->receives == 0 ? 0 : message->first_ms;
    queue->taken--;
    message->visible_ns = now_ns + wait_ns;
}

uint64_t queue_due_ns(const struct queue *queue)
{
    uint64_t due_ns = 0;
    for (const struct queue_message *message = queue->head; message != NULL;
         message = message->next) {
        if (!message->taken && (due_ns == 0 || message->visible_ns < due_ns)) {
            due_ns = message->visible_ns;
        }
    }
    return due_ns;
}
