/* SPDX-License-Identifier: Apache-2.0 */
#include "store/segment.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"

#include <stdio.h>
#include <time.h>

void segment_name(uint32_t number, uint64_t created_ns, char name[SEGMENT_NAME_SIZE])
{
    time_t seconds = (time_t)(created_ns / CLOCK_NS_PER_S);
    struct tm tm;
    char when[24];
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm) == 0) {
        (void)snprintf(when, sizeof(when), "unknown");
    }
    (void)snprintf(name, SEGMENT_NAME_SIZE, "%s-%08u", when, number);
}

bool segment_name_parse(const char *name, uint32_t *number)
{
    struct slice text = slice_from(name);
    size_t dash = slice_find_last_byte(text, '-');
    uint64_t value;
    if (text.size >= SEGMENT_NAME_SIZE || dash == SLICE_NONE ||
        number_parse_u64(slice_skip(text, dash + 1), &value) != NUMBER_OK || value == 0 ||
        value > UINT32_MAX) {
        return false;
    }
    *number = (uint32_t)value;
    return true;
}

void segment_paths(const char *name, char directory[STORE_PATH_SIZE], char log[STORE_PATH_SIZE])
{
    (void)snprintf(directory, STORE_PATH_SIZE, "segments/%s", name);
    (void)snprintf(log, STORE_PATH_SIZE, "segments/%s/log", name);
}

void segment_sealed_path(const char *name, char path[STORE_PATH_SIZE])
{
    (void)snprintf(path, STORE_PATH_SIZE, "segments/%s/sealed", name);
}

enum status segment_create(const struct disk *disk, const struct frame_log_head *head,
                           const char *name, int *file)
{
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(name, directory, log);
    enum status status = disk->make_directory(disk->self, directory);
    if (status != STATUS_OK) {
        return status;
    }
    status = disk->open(disk->self, log, true, file);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char bytes[FRAME_LOG_HEAD_SIZE];
    frame_log_head_write(head, bytes);
    status = disk_write_all(disk, *file, 0, slice_of(bytes, sizeof(bytes)));
    if (status == STATUS_OK) {
        status = disk->sync(disk->self, *file);
    }
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, directory);
    }
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, "segments");
    }
    if (status != STATUS_OK) {
        disk->close(disk->self, *file);
    }
    return status;
}

enum status segment_remove(const struct disk *disk, const char *name)
{
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(name, directory, log);
    enum status status = disk->remove_file(disk->self, log);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    segment_sealed_path(name, log);
    status = disk->remove_file(disk->self, log);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    status = disk->remove_directory(disk->self, directory);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
