/* SPDX-License-Identifier: Apache-2.0 */
#include "http/watch.h"

#include "base/ensure.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static void watch_stamp(struct slice path, struct watch_stamp *stamp)
{
    char name[PATH_MAX];
    struct stat about;
    memset(stamp, 0, sizeof(*stamp));
    if (!slice_copy_text(path, name, sizeof(name)) || stat(name, &about) != 0) {
        return;
    }
    stamp->device = about.st_dev;
    stamp->inode = about.st_ino;
    stamp->size = (uint64_t)about.st_size;
    stamp->changed_s = about.st_ctim.tv_sec;
    stamp->changed_ns = about.st_ctim.tv_nsec;
    stamp->modified_s = about.st_mtim.tv_sec;
    stamp->modified_ns = about.st_mtim.tv_nsec;
}

static void watch_stamp_all(const struct watch *watch, struct watch_stamp stamps[WATCH_FILES_MAX])
{
    memset(stamps, 0, WATCH_FILES_MAX * sizeof(*stamps));
    for (size_t i = 0; i < watch->count; i++) {
        watch_stamp(watch->paths[i], &stamps[i]);
    }
}

void watch_init(struct watch *watch, const struct slice *paths, size_t count)
{
    ENSURE(count <= WATCH_FILES_MAX);
    memset(watch, 0, sizeof(*watch));
    memcpy(watch->paths, paths, count * sizeof(*paths));
    watch->count = count;
    watch_take(watch);
}

void watch_take(struct watch *watch)
{
    watch_stamp_all(watch, watch->taken);
    memcpy(watch->seen, watch->taken, sizeof(watch->seen));
}

bool watch_look(struct watch *watch)
{
    struct watch_stamp now[WATCH_FILES_MAX];
    watch_stamp_all(watch, now);
    bool changed = memcmp(now, watch->taken, sizeof(now)) != 0;
    bool settled = memcmp(now, watch->seen, sizeof(now)) == 0;
    memcpy(watch->seen, now, sizeof(now));
    if (changed && settled) {
        memcpy(watch->taken, now, sizeof(now));
    }
    return changed && settled;
}
