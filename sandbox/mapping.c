/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/mapping.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "sandbox/function.h"
#include "sandbox/digest.h"
#include "sandbox/platform.h"
#include "sandbox/sandbox_limits.h"
#include "sandbox/sqs.h"

#include <stdio.h>
#include <stdlib.h>

/* A batch that no instance could take comes again after so long, without counting. */
#define THROTTLE_WAIT_NS (100 * CLOCK_NS_PER_MS)

/* An event must fit into an invocation. */
#define EVENT_SIZE_MAX PAYLOAD_SIZE_MAX

struct mapping {
    struct platform *platform;
    const struct config_source *config;
    struct queue *queue;
    struct function *function;
    struct loop_timer timer;
    uint64_t running; /* Batches. */
    struct mapping *next;
};

/* Messages on their way through a function. */
struct batch {
    struct mapping *mapping;
    size_t count;
    struct queue_message *messages[];
};

struct queue *mapping_queue(struct platform *platform, struct slice name)
{
    for (struct queue *queue = platform->queues; queue != NULL; queue = queue->next) {
        if (slice_equal(slice_from(queue->config->name), name)) {
            return queue;
        }
    }
    return NULL;
}

enum status mapping_send(struct platform *platform, struct queue *queue,
                         struct queue_message *message, uint64_t delay_s)
{
    platform_uuid(platform, message->id);
    platform_uuid(platform, message->receipt);
    message->sent_ms = platform_wall_ns(platform) / CLOCK_NS_PER_MS;
    message->visible_ns = clock_monotonic_ns() + delay_s * CLOCK_NS_PER_S;
    message->receives = 0;
    message->first_ms = 0;
    enum status status = queue_put(queue, message);
    if (status == STATUS_OK) {
        mapping_kick(platform);
    }
    return status;
}

void mapping_dead_letter(struct platform *platform, struct slice name, struct slice payload,
                         const char *request_id, const char *why)
{
    struct queue *queue = mapping_queue(platform, name);
    ENSURE(queue != NULL);
    struct queue_message *message = queue_message_create();
    buf_append(&message->body, payload);
    buf_printf(&message->attributes,
               "{\"RequestID\":{\"stringValue\":\"%s\",\"stringListValues\":[],"
               "\"binaryListValues\":[],\"dataType\":\"String\"},"
               "\"ErrorMessage\":{\"stringValue\":\"%s\",\"stringListValues\":[],"
               "\"binaryListValues\":[],\"dataType\":\"String\"}}",
               request_id, why);
    digest_md5(buf_bytes(&message->body), message->body_md5);
    if (mapping_send(platform, queue, message, 0) != STATUS_OK) {
        queue_message_free(message);
    }
}

/* ---- Batches. ---- */

static void message_failed(struct mapping *mapping, struct queue_message *message)
{
    struct platform *platform = mapping->platform;
    const struct config_queue *config = mapping->queue->config;
    struct queue_message *dead = queue_fail(mapping->queue, message, clock_monotonic_ns());
    if (dead == NULL) {
        return;
    }
    log_warn("message-given-up", log_string("queue", config->name), log_string("id", dead->id),
             log_string("to", config->dead_letter));
    struct queue *letters = config->dead_letter == NULL
                                ? NULL
                                : mapping_queue(platform, slice_from(config->dead_letter));
    char id[37];
    snprintf(id, sizeof(id), "%s", dead->id);
    if (letters == NULL || mapping_send(platform, letters, dead, 0) != STATUS_OK) {
        queue_message_free(dead);
        return;
    }
    /* A message that moves keeps its id. */
    snprintf(dead->id, sizeof(dead->id), "%s", id);
}

static void on_done(struct invocation *invocation, const struct invocation_result *result)
{
    struct batch *batch = invocation->owner;
    struct mapping *mapping = batch->mapping;
    uint64_t now_ns = clock_monotonic_ns();
    for (size_t i = 0; i < batch->count; i++) {
        struct queue_message *message = batch->messages[i];
        if (result->throttled) {
            queue_untake(mapping->queue, message, now_ns, THROTTLE_WAIT_NS);
        } else if (result->function_error || (mapping->config->report_item_failures &&
                                              sqs_answer_failed(result->payload, message->id))) {
            message_failed(mapping, message);
        } else {
            queue_delete(mapping->queue, message);
        }
    }
    mapping->running--;
    free(batch);
    invocation_release(invocation);
    loop_set(&mapping->platform->loop, &mapping->timer, now_ns);
}

static void batch_run(struct mapping *mapping, uint64_t now_ns)
{
    struct platform *platform = mapping->platform;
    size_t max = mapping->config->batch_size;
    struct batch *batch = calloc(1, sizeof(*batch) + max * sizeof(void *));
    struct buf event;
    ENSURE(batch != NULL);
    batch->mapping = mapping;
    batch->count = queue_take(mapping->queue, now_ns, platform_wall_ns(platform) / CLOCK_NS_PER_MS,
                              batch->messages, max);
    struct sqs_origin origin = {slice_from(platform->config->region),
                                slice_from(platform->config->account),
                                slice_from(mapping->queue->config->name)};
    buf_init_growing(&event, EVENT_SIZE_MAX);
    sqs_event_write(&origin, batch->messages, batch->count, &event);
    while (buf_overflowed(&event)) {
        /* Too many large messages: half of them wait for the next batch. */
        ENSURE(batch->count > 1);
        size_t half = batch->count / 2;
        for (size_t i = half; i < batch->count; i++) {
            queue_untake(mapping->queue, batch->messages[i], now_ns, 0);
        }
        batch->count = half;
        buf_reset(&event);
        sqs_event_write(&origin, batch->messages, batch->count, &event);
    }
    struct invocation *invocation =
        invocation_create(mapping->function, buf_bytes(&event), on_done, batch);
    buf_fini(&event);
    mapping->running++;
    function_invoke(mapping->function, invocation);
}

/* Whether a batch is to be made now; if not, *again_ns is when to look again (0: when kicked). */
static bool batch_due(const struct mapping *mapping, uint64_t now_ns, uint64_t *again_ns)
{
    const struct queue *queue = mapping->queue;
    const struct queue_message *oldest = queue_oldest(queue, now_ns);
    *again_ns = 0;
    if (mapping->running >= mapping->config->concurrency) {
        return false;
    }
    if (oldest == NULL) {
        *again_ns = queue_due_ns(queue);
        return false;
    }
    uint64_t full_ns = oldest->visible_ns + mapping->config->window_ns;
    if (now_ns >= full_ns ||
        queue_ready(queue, now_ns, mapping->config->batch_size) >= mapping->config->batch_size) {
        return true;
    }
    *again_ns = full_ns;
    return false;
}

static void on_timer(void *owner)
{
    struct mapping *mapping = owner;
    struct loop *loop = &mapping->platform->loop;
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t again_ns = 0;
    if (mapping->platform->draining) {
        return;
    }
    if (batch_due(mapping, now_ns, &again_ns)) {
        batch_run(mapping, now_ns);
        loop_set(loop, &mapping->timer, now_ns);
    } else if (again_ns != 0) {
        loop_set(loop, &mapping->timer, again_ns);
    }
}

void mapping_kick(struct platform *platform)
{
    if (platform->draining) {
        return;
    }
    for (struct mapping *mapping = platform->mappings; mapping != NULL; mapping = mapping->next) {
        loop_set(&platform->loop, &mapping->timer, clock_monotonic_ns());
    }
}

/* ---- Start and end. ---- */

enum status mapping_start(struct platform *platform)
{
    const struct config *config = platform->config;
    for (const struct config_queue *row = config->queues; row != NULL; row = row->next) {
        struct queue *queue = queue_create(row);
        queue->next = platform->queues;
        platform->queues = queue;
    }
    for (const struct config_source *row = config->sources; row != NULL; row = row->next) {
        if (row->kind != CONFIG_SOURCE_QUEUE) {
            continue;
        }
        struct mapping *mapping = calloc(1, sizeof(*mapping));
        if (mapping == NULL) {
            return STATUS_FULL;
        }
        mapping->platform = platform;
        mapping->config = row;
        mapping->queue = mapping_queue(platform, slice_from(row->queue));
        mapping->function = function_find(platform, slice_from(row->function));
        mapping->timer = (struct loop_timer){.fire = on_timer, .owner = mapping};
        mapping->next = platform->mappings;
        platform->mappings = mapping;
    }
    return STATUS_OK;
}

void mapping_stop(struct platform *platform)
{
    for (struct mapping *mapping = platform->mappings; mapping != NULL; mapping = mapping->next) {
        loop_clear(&platform->loop, &mapping->timer);
    }
}

void mapping_free(struct platform *platform)
{
    while (platform->mappings != NULL) {
        struct mapping *mapping = platform->mappings;
        platform->mappings = mapping->next;
        loop_clear(&platform->loop, &mapping->timer);
        free(mapping);
    }
    while (platform->queues != NULL) {
        struct queue *queue = platform->queues;
        platform->queues = queue->next;
        queue_free(queue);
    }
}
