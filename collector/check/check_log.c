/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "store/codec.h"
#include "store/scan.h"

#include <stdlib.h>
#include <string.h>

/* A log: its head, its frames one behind the other, and that it is as long as its successor says.
 */
struct log_check {
    struct check *check;
    uint64_t next; /* Where the next frame begins, if nothing is wrong. */
};

static const struct check_words log_lost = {CHECK_DAMAGE, "what was kept there is lost",
                                            "restore the file from a backup"};

static bool log_is_aside(const struct check *check, const struct frame_head *head)
{
    for (size_t i = 0; i < check->aside_count; i++) {
        if (check->aside[i].segment == head->segment && check->aside[i].offset == head->offset) {
            return true;
        }
    }
    return false;
}

void check_body(struct check *check, const struct frame_head *head, uint64_t offset,
                struct slice stored)
{
    static const struct check_words plain = {
        CHECK_NOTE, "it is kept and not shown: another version may understand it", ""};
    size_t size = (size_t)head->inflated_size + 1;
    struct batch batch;
    if (size > check->body_capacity && size <= STORE_BODY_SIZE_MAX + 1) {
        unsigned char *body = realloc(check->body, size);
        if (body == NULL) {
            check->no_memory = true;
            return;
        }
        check->body = body;
        check->body_capacity = size;
    }
    if (size > check->body_capacity ||
        codec_inflate(stored, (enum frame_codec)head->codec, check->body, head->inflated_size) !=
            STATUS_OK) {
        check_tell_at(check, &log_lost, offset, FRAME_HEAD_SIZE + stored.size,
                      "the body of frame %llu cannot be inflated", (unsigned long long)head->seq);
        return;
    }
    arena_reset(&check->scratch);
    if (head->signal != SIGNAL_METRICS && !log_is_aside(check, head) &&
        !check->options->decode((enum signal)head->signal,
                                slice_of(check->body, head->inflated_size), &check->scratch,
                                &batch)) {
        check_tell_at(check, &plain, offset, FRAME_HEAD_SIZE + stored.size,
                      "the body of frame %llu is no OTLP", (unsigned long long)head->seq);
    }
}

static void log_frame(void *context, const struct frame_head *head, struct slice stored)
{
    struct log_check *log = context;
    if (head->offset > log->next) {
        check_tell_at(log->check, &log_lost, log->next, head->offset - log->next,
                      "there is no right frame");
    }
    log->next = (uint64_t)head->offset + FRAME_HEAD_SIZE + stored.size;
    check_body(log->check, head, head->offset, stored);
}

/* Where a log ends as the one after it says. */
static bool log_known_end(const struct check *check, const struct check_found *found, uint64_t *end)
{
    for (size_t i = 0; i < check->count; i++) {
        const struct check_found *later = &check->found[i];
        if (later->number > found->number && later->has_head &&
            later->head.previous == found->number &&
            later->head.previous_end >= FRAME_LOG_HEAD_SIZE) {
            *end = later->head.previous_end;
            return true;
        }
    }
    return false;
}

static void log_check_head(struct check *check, const struct check_found *found, bool newest)
{
    static const struct check_words head = {
        CHECK_DAMAGE, "its frames are still found; where the log before it ends is not known",
        "restore the file from a backup"};
    static const struct check_words unfinished = {
        CHECK_NOTE, "if it has no frame its making was cut short, and nothing was kept in it",
        "the next start removes it then"};
    static const struct check_words foreign = {CHECK_DAMAGE, "it is not served",
                                               "move it to where it belongs"};
    if (!found->has_head) {
        check_tell_at(check, newest && found->log_size <= FRAME_LOG_HEAD_SIZE ? &unfinished : &head,
                      0, FRAME_LOG_HEAD_SIZE, "it does not begin with the head of a log");
    } else if (memcmp(found->head.store, check->totals.store, sizeof(found->head.store)) != 0) {
        check_tell_at(check, &foreign, 16, 16, "it is of another store");
    }
}

/* What lies behind the last right frame. */
static void log_check_end(struct check *check, const struct check_found *found,
                          const struct log_check *log, const struct scan *scan,
                          const struct scan_result *result)
{
    static const struct check_words torn = {
        CHECK_NOTE,
        "it was not finished when the process or the machine died, and not acknowledged",
        "the next start cuts it off"};
    static const struct check_words behind = {CHECK_NOTE, "it was never acknowledged", ""};
    uint64_t end = result->end;
    if (result->unreadable) {
        check_tell_refused(check, STATUS_IO);
        return;
    }
    if (end > log->next) {
        check_tell_at(check, &log_lost, log->next, end - log->next, "there is no right frame");
    }
    if (found->log_size > end && end >= FRAME_LOG_HEAD_SIZE) {
        check_tell_at(check, scan->end_known ? &behind : &torn, end, found->log_size - end,
                      "there is something behind the last frame");
    }
}

enum status check_log(struct check *check, struct check_found *found, struct check_segment *segment)
{
    static const struct check_words shorter = {CHECK_DAMAGE, "what was kept at its end is lost",
                                               "restore the file from a backup"};
    const struct disk *disk = check->options->disk;
    char directory[STORE_PATH_SIZE];
    char path[STORE_PATH_SIZE];
    struct scan scan = {.disk = disk, .segment = found->number, .seed = check->seed};
    struct log_check log = {.check = check, .next = FRAME_LOG_HEAD_SIZE};
    struct scan_result result;
    uint64_t end = 0;
    segment_paths(found->name, directory, path);
    check_begin_file(check, path);
    enum status status = disk->open(disk->self, path, false, &scan.file);
    if (status != STATUS_OK) {
        check_tell_refused(check, status);
        return STATUS_OK;
    }
    log_check_head(check, found, found == &check->found[check->count - 1]);
    scan.seq = found->has_head ? found->head.seq : 0;
    scan.size = found->log_size;
    scan.end_known = log_known_end(check, found, &end);
    if (scan.end_known && end > found->log_size) {
        check_tell_at(check, &shorter, found->log_size, end - found->log_size,
                      "it ends before its end");
    }
    scan.size = scan.end_known && end < scan.size ? end : scan.size;
    status = scan_log(&scan, log_frame, &log, &result);
    disk->close(disk->self, scan.file);
    if (status == STATUS_OK) {
        log_check_end(check, found, &log, &scan, &result);
        found->log_end = result.end;
        found->log_frames = result.frames;
        found->log_seq_last = result.seq_last;
        segment->log_bytes = found->log_size;
        segment->log_frames = result.frames;
    }
    return status;
}
