/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/function.h"
#include "sandbox/instance.h"
#include "sandbox/platform.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/timestamp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int on_socket(void *owner)
{
    struct extension *extension = owner;
    return namespace_socket(&extension->instance->space);
}

static void on_posted(void *owner, bool success)
{
    struct extension *extension = owner;
    struct instance *instance = extension->instance;
    telemetry_sent(&instance->telemetry, extension->index, success, clock_monotonic_ns());
    instance_telemetry_schedule(instance);
}

/* TCP destinations get lines, not an array. */
static bool stream_send(struct extension *extension, struct slice array)
{
    struct buf lines;
    bool text = false;
    unsigned depth = 0;
    buf_init_growing(&lines, array.size + 1);
    for (size_t i = 1; i + 1 < array.size; i++) {
        unsigned char byte = array.base[i];
        if (text && byte == '\\') {
            buf_append_byte(&lines, byte);
            byte = array.base[++i];
        } else if (byte == '"') {
            text = !text;
        } else if (!text) {
            depth += byte == '{' || byte == '[';
            depth -= byte == '}' || byte == ']';
            byte = depth == 0 && byte == ',' ? '\n' : byte;
        }
        buf_append_byte(&lines, byte);
    }
    buf_append_byte(&lines, '\n');
    struct slice rest = buf_bytes(&lines);
    while (rest.size > 0) {
        ssize_t sent = send(extension->stream, rest.base, rest.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) {
            break;
        }
        rest = slice_skip(rest, (size_t)sent);
    }
    buf_fini(&lines);
    return rest.size == 0;
}

static void pump(struct extension *extension, uint64_t now_ns)
{
    struct instance *instance = extension->instance;
    char wall[TIMESTAMP_TEXT_SIZE];
    size_t wall_size = timestamp_format(now_ns + instance_wall_offset_ns(instance), 3, wall);
    struct buf body;
    buf_init_growing(&body, 4 * (size_t)TELEMETRY_BACKLOG_BYTES_MAX);
    if (telemetry_take(&instance->telemetry, extension->index, instance->flushing, now_ns,
                       slice_of(wall, wall_size), &body)) {
        if (extension->target != NULL) {
            poster_post(extension->target, buf_bytes(&body));
        } else {
            bool sent = stream_send(extension, buf_bytes(&body));
            telemetry_sent(&instance->telemetry, extension->index, sent, now_ns);
        }
    }
    buf_fini(&body);
}

static void on_due(void *owner)
{
    struct instance *instance = owner;
    uint64_t now_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        struct extension *extension = &instance->extensions[i];
        if (extension->target != NULL || extension->stream >= 0) {
            pump(extension, now_ns);
        }
    }
    instance_telemetry_schedule(instance);
}

void instance_telemetry_schedule(struct instance *instance)
{
    struct loop *loop = &instance->platform->loop;
    uint64_t due_ns = 0;
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        uint64_t one_ns = telemetry_due_ns(&instance->telemetry, i);
        if (one_ns != 0 && (due_ns == 0 || one_ns < due_ns)) {
            due_ns = one_ns;
        }
    }
    if (due_ns == 0 || instance->life.frozen || instance->ended) {
        loop_clear(loop, &instance->telemetry_timer);
        return;
    }
    instance->telemetry_timer.fire = on_due;
    instance->telemetry_timer.owner = instance;
    uint64_t now_ns = clock_monotonic_ns();
    loop_set(loop, &instance->telemetry_timer, instance->flushing ? now_ns : due_ns);
}

void instance_telemetry_stop(struct instance *instance)
{
    loop_clear(&instance->platform->loop, &instance->telemetry_timer);
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        struct extension *extension = &instance->extensions[i];
        poster_target_free(extension->target);
        extension->target = NULL;
        if (extension->stream >= 0) {
            close(extension->stream);
            extension->stream = -1;
        }
    }
    telemetry_fini(&instance->telemetry);
}

static int stream_open(struct instance *instance, uint16_t port)
{
    int descriptor = namespace_socket(&instance->space);
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (descriptor < 0) {
        return -1;
    }
    /* To a listener on the same host a connection is made at once, or refused at once. */
    if (connect(descriptor, (const struct sockaddr *)&in, sizeof(in)) != 0 &&
        errno != EINPROGRESS) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

enum status instance_subscribe(struct extension *extension, const struct telemetry_wish *wish,
                               const char *url, const char *host, uint16_t port)
{
    struct instance *instance = extension->instance;
    if (extension->target != NULL || extension->stream >= 0) {
        return STATUS_EXISTS;
    }
    if (url != NULL) {
        struct poster_place place = {.url = url,
                                     .host_header = host,
                                     .sequence = instance_managed(instance),
                                     .socket = on_socket,
                                     .done = on_posted,
                                     .owner = extension};
        enum status status =
            poster_target_create(instance->platform->poster, &place, &extension->target);
        if (status != STATUS_OK) {
            return status;
        }
    } else {
        extension->stream = stream_open(instance, port);
        if (extension->stream < 0) {
            return STATUS_IO;
        }
    }
    enum status status =
        telemetry_subscribe(&instance->telemetry, extension->index, wish, clock_monotonic_ns());
    ENSURE(status == STATUS_OK);
    instance_write_subscription(instance, slice_from(extension->name), wish->types);
    return STATUS_OK;
}
