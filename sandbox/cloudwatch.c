/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cloudwatch.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "sandbox/log_batch.h"
#include "sandbox/log_stream.h"
#include "sandbox/poster.h"
#include "sandbox/sandbox_limits.h"
#include "sandbox/squeeze.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PPM 1000000

#define LATE_TICKS_MAX 3

/* One body on its way to the subscription. */
struct delivery {
    struct delivery *next;
    size_t size;
    unsigned char bytes[];
};

struct cloudwatch_stream {
    struct cloudwatch *cloudwatch;
    char function[NAME_SIZE_MAX];
    char group[NAME_SIZE_MAX + sizeof("/aws/lambda/")];
    char name[NAME_SIZE_MAX];
    struct log_batch batch;
    bool closed;
    struct cloudwatch_stream *next;
};

struct cloudwatch {
    struct cloudwatch_ground ground;
    struct prng prng;
    struct cloudwatch_stream *streams;
    struct loop_timer tick;
    struct loop_timer retry;
    struct poster_target *target; /* NULL: no subscription. */
    struct delivery *first;
    struct delivery **tail;
    struct delivery *late; /* Comes behind the next one, ... */
    unsigned late_ticks;   /* ... or when none came for so long. */
    size_t count;
    uint64_t wait_ms;   /* Before the first is tried again; 0: it was not refused. */
    uint64_t finish_ns; /* Then all is given up; 0: not yet. */
    uint64_t lost;
    bool posting;
};

/* ---- The subscription. ---- */

static void post_first(struct cloudwatch *cloudwatch)
{
    const struct delivery *first = cloudwatch->first;
    if (first != NULL && !cloudwatch->posting && !cloudwatch->retry.set) {
        cloudwatch->posting = true;
        poster_post(cloudwatch->target, slice_of(first->bytes, first->size));
    }
}

static void end_if_done(struct cloudwatch *cloudwatch)
{
    if (cloudwatch->finish_ns == 0) {
        return;
    }
    bool late = clock_monotonic_ns() >= cloudwatch->finish_ns;
    if (cloudwatch->first != NULL && !late) {
        return;
    }
    if (cloudwatch->count + cloudwatch->lost > 0) {
        log_warn("logs-not-delivered", log_u64("batches", cloudwatch->count + cloudwatch->lost));
    }
    loop_stop(cloudwatch->ground.loop);
}

static void on_retry(void *owner)
{
    post_first(owner);
}

static void on_posted(void *owner, bool success)
{
    struct cloudwatch *cloudwatch = owner;
    struct delivery *first = cloudwatch->first;
    cloudwatch->posting = false;
    if (success) {
        cloudwatch->first = first->next;
        cloudwatch->tail = cloudwatch->first == NULL ? &cloudwatch->first : cloudwatch->tail;
        cloudwatch->count--;
        cloudwatch->wait_ms = 0;
        free(first);
        post_first(cloudwatch);
    } else {
        uint64_t wait_ms = 2 * cloudwatch->wait_ms;
        wait_ms = wait_ms < DELIVERY_RETRY_FIRST_MS ? DELIVERY_RETRY_FIRST_MS : wait_ms;
        cloudwatch->wait_ms = wait_ms > DELIVERY_RETRY_LAST_MS ? DELIVERY_RETRY_LAST_MS : wait_ms;
        loop_set(cloudwatch->ground.loop, &cloudwatch->retry,
                 clock_monotonic_ns() + cloudwatch->wait_ms * CLOCK_NS_PER_MS);
    }
    end_if_done(cloudwatch);
}

static struct delivery *delivery_create(struct slice body)
{
    struct delivery *delivery = malloc(sizeof(*delivery) + body.size);
    if (delivery != NULL) {
        delivery->next = NULL;
        delivery->size = body.size;
        memcpy(delivery->bytes, body.base, body.size);
    }
    return delivery;
}

static void append(struct cloudwatch *cloudwatch, struct delivery *delivery)
{
    if (delivery == NULL || cloudwatch->count == DELIVERY_COUNT_MAX) {
        free(delivery);
        cloudwatch->lost++;
        return;
    }
    *cloudwatch->tail = delivery;
    cloudwatch->tail = &delivery->next;
    cloudwatch->count++;
}

static void append_late(struct cloudwatch *cloudwatch)
{
    struct delivery *late = cloudwatch->late;
    cloudwatch->late = NULL;
    cloudwatch->late_ticks = 0;
    if (late != NULL) {
        append(cloudwatch, late);
    }
}

/* Queue a body, perhaps twice, perhaps behind the one that follows. */
static void deliver(struct cloudwatch *cloudwatch, struct slice body)
{
    const struct config_cloudwatch *config = cloudwatch->ground.config;
    bool reordered = prng_chance(&cloudwatch->prng, config->reorder_ppm, PPM);
    bool repeated = prng_chance(&cloudwatch->prng, config->repeat_ppm, PPM);
    if (cloudwatch->late == NULL && (reordered || repeated)) {
        cloudwatch->late = delivery_create(body);
        if (reordered) {
            return;
        }
        append(cloudwatch, delivery_create(body));
    } else {
        append(cloudwatch, delivery_create(body));
        append_late(cloudwatch);
    }
    post_first(cloudwatch);
}

/* ---- The export. ---- */

static void append_file(char *path, struct slice bytes)
{
    if (log_stream_directories(path) != STATUS_OK) {
        log_warn("cannot-export", log_string("path", path));
        return;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || write(file, bytes.base, bytes.size) != (ssize_t)bytes.size) {
        log_warn("cannot-export", log_string("path", path));
    }
    if (file >= 0) {
        close(file);
    }
}

static void export_page(const struct cloudwatch_stream *stream,
                        const struct log_batch_source *source, struct buf *out)
{
    const struct cloudwatch_ground *ground = &stream->cloudwatch->ground;
    char path[PATH_MAX];
    uint64_t now_ms = (clock_monotonic_ns() + ground->wall_offset_ns) / CLOCK_NS_PER_MS;
    log_batch_write_page(&stream->batch, source, now_ms, out);
    snprintf(path, sizeof(path), "%s/%s.json", ground->config->export, stream->function);
    append_file(path, buf_bytes(out));
}

/* Folders of an export task: the stream's name with - for /, and parts with the ending .gz. */
static void export_lines(const struct cloudwatch_stream *stream, struct buf *out)
{
    char path[PATH_MAX];
    char folder[NAME_SIZE_MAX];
    struct buf lines;
    snprintf(folder, sizeof(folder), "%s", stream->name);
    for (char *slash = strchr(folder, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '-';
    }
    buf_init_growing(&lines, LOG_BATCH_COUNT_MAX * 32 + 2 * LOG_BATCH_BYTES_MAX);
    log_batch_write_lines(&stream->batch, &lines);
    squeeze(buf_bytes(&lines), out);
    buf_fini(&lines);
    snprintf(path, sizeof(path), "%s/%s/%s/000000.gz", stream->cloudwatch->ground.config->export,
             stream->function, folder);
    append_file(path, buf_bytes(out));
}

/* ---- Streams. ---- */

static void flush(struct cloudwatch_stream *stream)
{
    struct cloudwatch *cloudwatch = stream->cloudwatch;
    const struct config_cloudwatch *config = cloudwatch->ground.config;
    struct log_batch_source source = {.account = slice_from(cloudwatch->ground.account),
                                      .group = slice_from(stream->group),
                                      .stream = slice_from(stream->name)};
    struct buf out;
    struct buf body;
    if (stream->batch.count == 0) {
        return;
    }
    /* Every byte may need six of JSON, every event a hundred or two around it. */
    size_t size_max = (size_t)8 * LOG_BATCH_BYTES_MAX + (size_t)LOG_BATCH_COUNT_MAX * 256;
    buf_init_growing(&out, size_max);
    buf_init_growing(&body, size_max);
    if (config->export != NULL && config->format == CONFIG_EXPORT_PAGES) {
        export_page(stream, &source, &out);
    } else if (config->export != NULL) {
        export_lines(stream, &out);
    }
    if (cloudwatch->target != NULL) {
        buf_reset(&out);
        log_batch_write_subscription(&stream->batch, &source, &out);
        squeeze(buf_bytes(&out), &body);
        deliver(cloudwatch, buf_bytes(&body));
    }
    buf_fini(&body);
    buf_fini(&out);
    log_batch_reset(&stream->batch);
}

static void flush_all(struct cloudwatch *cloudwatch)
{
    struct cloudwatch_stream **place = &cloudwatch->streams;
    while (*place != NULL) {
        struct cloudwatch_stream *stream = *place;
        flush(stream);
        if (stream->closed) {
            *place = stream->next;
            log_batch_fini(&stream->batch);
            free(stream);
        } else {
            place = &stream->next;
        }
    }
}

static void on_tick(void *owner)
{
    struct cloudwatch *cloudwatch = owner;
    flush_all(cloudwatch);
    if (cloudwatch->late != NULL && ++cloudwatch->late_ticks > LATE_TICKS_MAX) {
        append_late(cloudwatch);
        post_first(cloudwatch);
    }
    end_if_done(cloudwatch);
    loop_set(cloudwatch->ground.loop, &cloudwatch->tick,
             clock_monotonic_ns() + cloudwatch->ground.config->interval_ns);
}

struct cloudwatch_stream *cloudwatch_open(struct cloudwatch *cloudwatch, const char *function,
                                          const char *name)
{
    struct cloudwatch_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return NULL;
    }
    stream->cloudwatch = cloudwatch;
    snprintf(stream->function, sizeof(stream->function), "%s", function);
    snprintf(stream->group, sizeof(stream->group), "/aws/lambda/%s", function);
    snprintf(stream->name, sizeof(stream->name), "%s", name);
    log_batch_init(&stream->batch, slice_from(name));
    stream->next = cloudwatch->streams;
    cloudwatch->streams = stream;
    return stream;
}

void cloudwatch_log(struct cloudwatch_stream *stream, uint64_t wall_ns, struct slice message)
{
    if (!log_batch_add(&stream->batch, wall_ns, message)) {
        flush(stream);
        if (!log_batch_add(&stream->batch, wall_ns, message)) {
            stream->cloudwatch->lost++;
        }
    }
}

void cloudwatch_close(struct cloudwatch_stream *stream)
{
    if (stream != NULL) {
        stream->closed = true;
    }
}

/* ---- Birth and end. ---- */

enum status cloudwatch_create(struct cloudwatch **out, const struct cloudwatch_ground *ground)
{
    struct cloudwatch *cloudwatch = calloc(1, sizeof(*cloudwatch));
    enum status status = STATUS_OK;
    if (cloudwatch == NULL) {
        return STATUS_FULL;
    }
    cloudwatch->ground = *ground;
    cloudwatch->tail = &cloudwatch->first;
    prng_init(&cloudwatch->prng, ground->config->seed);
    cloudwatch->tick = (struct loop_timer){.fire = on_tick, .owner = cloudwatch};
    cloudwatch->retry = (struct loop_timer){.fire = on_retry, .owner = cloudwatch};
    if (ground->config->subscription != NULL) {
        struct poster_place place = {.url = ground->config->subscription,
                                     .encoding = "gzip",
                                     .done = on_posted,
                                     .owner = cloudwatch};
        status = poster_target_create(ground->poster, &place, &cloudwatch->target);
    }
    if (status != STATUS_OK) {
        free(cloudwatch);
        return status;
    }
    loop_set(ground->loop, &cloudwatch->tick, clock_monotonic_ns() + ground->config->interval_ns);
    *out = cloudwatch;
    return STATUS_OK;
}

void cloudwatch_free(struct cloudwatch *cloudwatch)
{
    if (cloudwatch == NULL) {
        return;
    }
    loop_clear(cloudwatch->ground.loop, &cloudwatch->tick);
    loop_clear(cloudwatch->ground.loop, &cloudwatch->retry);
    poster_target_free(cloudwatch->target);
    while (cloudwatch->streams != NULL) {
        struct cloudwatch_stream *stream = cloudwatch->streams;
        cloudwatch->streams = stream->next;
        log_batch_fini(&stream->batch);
        free(stream);
    }
    while (cloudwatch->first != NULL) {
        struct delivery *first = cloudwatch->first;
        cloudwatch->first = first->next;
        free(first);
    }
    free(cloudwatch->late);
    free(cloudwatch);
}

void cloudwatch_finish(struct cloudwatch *cloudwatch)
{
    if (cloudwatch->finish_ns != 0) {
        return;
    }
    flush_all(cloudwatch);
    append_late(cloudwatch);
    post_first(cloudwatch);
    cloudwatch->finish_ns = clock_monotonic_ns() + DELIVERY_FINISH_MS * CLOCK_NS_PER_MS;
    end_if_done(cloudwatch);
}
