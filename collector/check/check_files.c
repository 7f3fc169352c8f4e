/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "store/guide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What files there are, and what stands at their fronts. */
static const struct check_words unknown = {
    CHECK_NOTE, "no collector of this version made it or will touch it", ""};

static const char *const files_known[] = {
    "lock", "catalog.lmdb", "catalog.lmdb-lock", "segments", "replay", "lost+found", "MANIFEST",
};

static void files_name(void *context, const char *name)
{
    static const struct check_words unfinished = {
        CHECK_DAMAGE, "files of it are missing",
        "remove what is in the directory and restore again"};
    struct check *check = context;
    struct frame_ref place;
    uint32_t segment;
    uint32_t count;
    check_begin_file(check, name);
    check->totals.files++;
    if (strcmp(name, DISK_RESTORING) == 0) {
        if (!check->options->restoring) {
            check_tell(check, &unfinished, "a restore into this directory was not finished");
        }
        return;
    }
    for (size_t i = 0; i < sizeof(files_known) / sizeof(files_known[0]); i++) {
        if (strcmp(name, files_known[i]) == 0) {
            return;
        }
    }
    if (!saved_name_parse(name, &place) && !guide_name_parse(name, &segment, &count)) {
        check_tell(check, &unknown, "it is unknown");
    }
}

static void files_segment(void *context, const char *name)
{
    static const struct check_words twice = {CHECK_DAMAGE, "what is in one of them is not served",
                                             "move the one away that does not belong here"};
    struct check *check = context;
    char path[STORE_PATH_SIZE];
    uint32_t number;
    (void)snprintf(path, sizeof(path), "segments/%s", name);
    check_begin_file(check, path);
    if (!segment_name_parse(name, &number)) {
        check_tell(check, &unknown, "it is no segment");
        return;
    }
    struct check_found *found = check_add_segment(check, number);
    if (found == NULL) {
        return;
    }
    if (found->there) {
        check_tell(check, &twice, "%s has the same number", found->name);
        return;
    }
    if (found->listed && strcmp(found->name, name) != 0) {
        check_tell(check, &twice, "the catalog calls segment %08u %s", number, found->name);
    }
    (void)snprintf(found->name, sizeof(found->name), "%s", name);
    found->there = true;
}

static int files_compare(const void *one, const void *other)
{
    uint32_t a = ((const struct check_found *)one)->number;
    uint32_t b = ((const struct check_found *)other)->number;
    return (a > b) - (a < b);
}

struct files_of_segment {
    struct check *check;
    struct check_found *found;
};

static void files_in_segment(void *context, const char *name)
{
    struct files_of_segment *of = context;
    char path[STORE_PATH_SIZE];
    (void)snprintf(path, sizeof(path), "segments/%s/%s", of->found->name, name);
    of->check->totals.files++;
    if (strcmp(name, "log") == 0) {
        of->found->has_log = true;
    } else if (strcmp(name, "sealed") == 0) {
        of->found->has_sealed = true;
    } else {
        check_begin_file(of->check, path);
        check_tell(of->check, &unknown, "it is unknown");
    }
}

/* The head of a log; what is wrong is told when the log is checked. */
static void files_log_head(struct check *check, struct check_found *found)
{
    const struct disk *disk = check->options->disk;
    char directory[STORE_PATH_SIZE];
    char path[STORE_PATH_SIZE];
    unsigned char bytes[FRAME_LOG_HEAD_SIZE];
    size_t got = 0;
    int file;
    segment_paths(found->name, directory, path);
    if (disk->open(disk->self, path, false, &file) != STATUS_OK) {
        return;
    }
    if (disk->size(disk->self, file, &found->log_size) == STATUS_OK &&
        disk->read(disk->self, file, 0, bytes, sizeof(bytes), &got) == STATUS_OK) {
        found->has_head = frame_log_head_read(slice_of(bytes, got), &found->head) == FRAME_OK &&
                          found->head.segment == found->number;
    }
    disk->close(disk->self, file);
    check->totals.bytes += found->log_size;
}

/* Of which store the directory is, where the catalog does not say: of the newest log's. */
static void files_identify(struct check *check)
{
    for (size_t i = check->count; i > 0 && !check->identified; i--) {
        if (check->found[i - 1].has_head) {
            check->identified = true;
            memcpy(check->totals.store, check->found[i - 1].head.store,
                   sizeof(check->totals.store));
            check->seed = frame_seed(check->totals.store);
        }
    }
}

static void files_open_sealed(struct check *check, struct check_found *found)
{
    const struct disk *disk = check->options->disk;
    struct segment segment = {.number = found->number};
    char path[STORE_PATH_SIZE];
    memcpy(segment.name, found->name, sizeof(segment.name));
    segment_sealed_path(found->name, path);
    check_begin_file(check, path);
    enum status status = sealed_open(&found->sealed, disk, &segment, check->totals.store);
    if (status == STATUS_IO || status == STATUS_FULL) {
        check_tell_refused(check, status);
    }
    if (status == STATUS_OK) {
        check->totals.bytes += found->sealed->size;
    }
    if (status == STATUS_OK && !found->has_log) {
        found->has_head = true;
        found->head = sealed_log_head(found->sealed);
    }
}

/* A sealed file says of which store it is: that is enough where nothing else does. */
static void files_identify_sealed(struct check *check, const struct check_found *found)
{
    const struct disk *disk = check->options->disk;
    unsigned char bytes[SEALED_HEAD_SIZE];
    struct sealed_head head;
    char path[STORE_PATH_SIZE];
    size_t got = 0;
    int file;
    segment_sealed_path(found->name, path);
    if (check->identified || disk->open(disk->self, path, false, &file) != STATUS_OK) {
        return;
    }
    if (disk->read(disk->self, file, 0, bytes, sizeof(bytes), &got) == STATUS_OK &&
        sealed_head_read(slice_of(bytes, got), &head) == STATUS_OK) {
        check->identified = true;
        memcpy(check->totals.store, head.store, sizeof(check->totals.store));
        check->seed = frame_seed(head.store);
    }
    disk->close(disk->self, file);
}

static enum status files_segments(struct check *check)
{
    const struct disk *disk = check->options->disk;
    for (size_t i = 0; i < check->count; i++) {
        struct check_found *found = &check->found[i];
        struct files_of_segment of = {check, found};
        char path[STORE_PATH_SIZE];
        if (!found->there) {
            continue; /* It is only listed. */
        }
        (void)snprintf(path, sizeof(path), "segments/%s", found->name);
        enum status status = disk->list(disk->self, path, files_in_segment, &of);
        if (status != STATUS_OK) {
            check_begin_file(check, path);
            check_tell_refused(check, status);
        }
        if (found->has_log) {
            files_log_head(check, found);
        }
    }
    files_identify(check);
    for (size_t i = 0; i < check->count; i++) {
        if (check->found[i].has_sealed) {
            files_identify_sealed(check, &check->found[i]);
            files_open_sealed(check, &check->found[i]);
        }
    }
    return check->no_memory ? STATUS_FULL : STATUS_OK;
}

enum status check_files(struct check *check)
{
    const struct disk *disk = check->options->disk;
    enum status status = disk->list(disk->self, ".", files_name, check);
    if (status != STATUS_OK) {
        check_begin_file(check, ".");
        check_tell_refused(check, status);
        return check->no_memory ? STATUS_FULL : STATUS_OK;
    }
    status = disk->list(disk->self, "segments", files_segment, check);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        check_begin_file(check, "segments");
        check_tell_refused(check, status);
    }
    if (check->no_memory) {
        return STATUS_FULL;
    }
    if (check->count > 0) {
        qsort(check->found, check->count, sizeof(check->found[0]), files_compare);
    }
    return files_segments(check);
}
