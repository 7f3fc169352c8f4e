/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_files.h"

#include "alert/alert_limits.h"

#include "base/hash.h"
#include "base/whole.h"
#include "promql/growing.h"
#include "rules/rules_limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const void *one, const void *other)
{
    return slice_compare(*(const struct slice *)one, *(const struct slice *)other);
}

static bool push(struct growing *list, struct slice name)
{
    struct slice *slot = list->count < ALERT_FILE_COUNT_MAX ? growing_push(list) : NULL;
    if (slot != NULL) {
        *slot = name;
    }
    return slot != NULL;
}

/* The files of a directory. */
static enum status list_directory(const char *path, struct arena *arena, struct growing *list,
                                  struct buf *errors)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    size_t first = list->count;
    enum status status = STATUS_OK;
    if (directory == NULL) {
        buf_printf(errors, "rules: %s: %s\n", path, strerror(errno));
        return STATUS_IO;
    }
    while (status == STATUS_OK && (entry = readdir(directory)) != NULL) {
        struct slice name = slice_from(entry->d_name);
        if (entry->d_name[0] != '.' &&
            (slice_ends(name, SLICE(".yml")) || slice_ends(name, SLICE(".yaml"))) &&
            !push(list, arena_printf(arena, "%s/%s", path, entry->d_name))) {
            buf_printf(errors, "rules: %s: there are more than %u files\n", path,
                       ALERT_FILE_COUNT_MAX);
            status = STATUS_BAD;
        }
    }
    (void)closedir(directory);
    if (list->count > first) {
        qsort((struct slice *)list->items + first, list->count - first, sizeof(struct slice),
              by_name);
    }
    return status;
}

enum status alert_files_list(struct slice paths, struct arena *arena, struct slice **names,
                             size_t *count, struct buf *errors)
{
    struct growing list = growing_of(arena, sizeof(struct slice));
    struct slice rest = paths, part;
    enum status status = STATUS_OK;
    for (bool more = paths.size > 0; more && status == STATUS_OK;) {
        more = slice_cut(rest, ',', &part, &rest);
        part = slice_trim(part);
        if (part.size == 0) {
            continue;
        }
        char path[4096];
        struct stat about;
        if (!slice_copy_text(part, path, sizeof(path)) || stat(path, &about) != 0) {
            buf_printf(errors, "rules: " SLICE_FMT ": %s\n", SLICE_ARG(part), strerror(errno));
            status = STATUS_IO;
        } else if (S_ISDIR(about.st_mode)) {
            status = list_directory(path, arena, &list, errors);
        } else if (!push(&list, arena_dup(arena, part))) {
            buf_printf(errors, "rules: there are more than %u files\n", ALERT_FILE_COUNT_MAX);
            status = STATUS_BAD;
        }
    }
    *names = list.items;
    *count = list.count;
    return arena_overflowed(arena) ? STATUS_FULL : status;
}

enum status alert_files_read(const struct slice *names, size_t count, struct arena *arena,
                             struct alert_set_text *texts, struct buf *errors)
{
    for (size_t i = 0; i < count; i++) {
        char reason[256];
        unsigned char *content = NULL;
        size_t size = 0;
        enum status status =
            whole_read(names[i], RULES_FILE_SIZE_MAX, &content, &size, reason, sizeof(reason));
        if (status != STATUS_OK) {
            buf_printf(errors, "rules: " SLICE_FMT ": %s\n", SLICE_ARG(names[i]), reason);
            return STATUS_IO;
        }
        texts[i] = (struct alert_set_text){.name = names[i],
                                           .text = arena_dup(arena, slice_of(content, size))};
        free(content);
    }
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}

uint64_t alert_files_stamp(const struct slice *names, size_t count)
{
    static const struct hash_key key = {{5, 6}};
    uint64_t stamp = count;
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        struct stat about = {.st_size = -1};
        if (!slice_copy_text(names[i], path, sizeof(path)) || stat(path, &about) != 0) {
            about.st_size = -1;
        }
        stamp = hash_u64(stamp ^ hash_sip64(&key, names[i]));
        stamp = hash_u64(stamp ^ (uint64_t)about.st_size);
        stamp = hash_u64(stamp ^ (uint64_t)about.st_mtim.tv_sec);
        stamp = hash_u64(stamp ^ (uint64_t)about.st_mtim.tv_nsec);
        stamp = hash_u64(stamp ^ (uint64_t)about.st_ino);
    }
    return stamp;
}
