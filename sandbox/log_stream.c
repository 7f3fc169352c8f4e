/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/log_stream.h"

#include "base/buf.h"
#include "base/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status make_directories(char *path)
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

enum status log_stream_init(struct log_stream *stream, const char *state_directory,
                            const char *function, const char *name)
{
    char path[PATH_MAX];
    stream->file = -1;
    if (snprintf(path, sizeof(path), "%s/logs/%s/%s.log", state_directory, function, name) >=
        (int)sizeof(path)) {
        return STATUS_FULL;
    }
    enum status status = make_directories(path);
    if (status != STATUS_OK) {
        return status;
    }
    stream->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return stream->file < 0 ? STATUS_IO : STATUS_OK;
}

void log_stream_fini(struct log_stream *stream)
{
    if (stream->file >= 0) {
        close(stream->file);
        stream->file = -1;
    }
}

void log_stream_write(struct log_stream *stream, uint64_t wall_ns, struct slice text)
{
    char time[TIMESTAMP_TEXT_SIZE];
    struct buf whole;
    timestamp_format(wall_ns, 3, time);
    buf_init_growing(&whole, (TIMESTAMP_TEXT_SIZE + 2) * (text.size + 1));
    while (text.size > 0 && stream->file >= 0) {
        struct slice line;
        slice_cut(text, '\n', &line, &text);
        buf_printf(&whole, "%s ", time);
        buf_append(&whole, line);
        buf_append_byte(&whole, '\n');
    }
    /* Lines that a full disk refuses are gone; the function does not suffer for it. */
    (void)!write(stream->file, whole.base, whole.size);
    buf_fini(&whole);
}
