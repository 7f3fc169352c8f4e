/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/log_stream.h"

#include "base/buf.h"
#include "base/timestamp.h"
#include "sandbox/cloudwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum status log_stream_directories(char *path)
{
    for (char *slash = path + 1; *slash != '\0'; slash++) {
        if (*slash != '/') {
            continue;
        }
        *slash = '\0';
        int made = mkdir(path, 0755);
        int error = errno;
        *slash = '/';
        if (made != 0 && error != EEXIST) {
            return STATUS_IO;
        }
    }
    return STATUS_OK;
}

enum status log_stream_init(struct log_stream *stream, const struct log_stream_place *place)
{
    char path[PATH_MAX];
    *stream = (struct log_stream){.file = -1};
    if (snprintf(path, sizeof(path), "%s/logs/%s/%s.log", place->state_directory, place->function,
                 place->name) >= (int)sizeof(path)) {
        return STATUS_FULL;
    }
    enum status status = log_stream_directories(path);
    if (status != STATUS_OK) {
        return status;
    }
    stream->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (stream->file < 0) {
        return STATUS_IO;
    }
    if (place->cloudwatch != NULL) {
        stream->delivery = cloudwatch_open(place->cloudwatch, place->function, place->name);
    }
    return STATUS_OK;
}

void log_stream_fini(struct log_stream *stream)
{
    if (stream->file >= 0) {
        close(stream->file);
        stream->file = -1;
    }
    cloudwatch_close(stream->delivery);
    stream->delivery = NULL;
}

void log_stream_write(struct log_stream *stream, uint64_t wall_ns, struct slice message)
{
    char time[TIMESTAMP_TEXT_SIZE];
    struct buf whole;
    if (stream->file < 0) {
        return;
    }
    stream->last_ns = wall_ns > stream->last_ns ? wall_ns : stream->last_ns;
    timestamp_format(stream->last_ns, 3, time);
    buf_init_growing(&whole, TIMESTAMP_TEXT_SIZE + 2 + message.size);
    buf_append_text(&whole, time);
    buf_append_byte(&whole, ' ');
    buf_append(&whole, message);
    if (!slice_ends(message, SLICE("\n"))) {
        buf_append_byte(&whole, '\n');
    }
    /* What a full disk refuses is gone; the function does not suffer for it. */
    (void)!write(stream->file, whole.base, whole.size);
    buf_fini(&whole);
    if (stream->delivery != NULL) {
        cloudwatch_log(stream->delivery, stream->last_ns, message);
    }
}
