/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Paths still to be looked at, the next one last. */
struct walk_stack {
    char **paths;
    size_t count, room;
};

static bool walk_push(struct walk_stack *stack, char *path)
{
    if (path != NULL && stack->count == stack->room) {
        size_t room = stack->room == 0 ? 64 : 2 * stack->room;
        char **paths = reallocarray(stack->paths, room, sizeof(*paths));
        if (paths == NULL) {
            free(path);
            return false;
        }
        stack->paths = paths;
        stack->room = room;
    }
    if (path != NULL) {
        stack->paths[stack->count++] = path;
    }
    return path != NULL;
}

static bool walk_add(struct walk *walk, char *path, const struct stat *stat)
{
    if (walk->count == walk->room) {
        size_t room = walk->room == 0 ? 64 : 2 * walk->room;
        struct walk_file *files = reallocarray(walk->files, room, sizeof(*files));
        if (files == NULL) {
            free(path);
            return false;
        }
        walk->files = files;
        walk->room = room;
    }
    bool regular = stat != NULL && S_ISREG(stat->st_mode);
    uint64_t size = regular ? (uint64_t)stat->st_size : 0;
    walk->size_unknown = walk->size_unknown || !regular;
    walk->size_all += size;
    walk->files[walk->count++] = (struct walk_file){.path = path, .size = size};
    return true;
}

static void walk_fail(struct walk *walk, char *path, int error)
{
    walk->failed++;
    if (walk->failed_path != NULL) {
        free(path);
        return;
    }
    walk->failed_path = path;
    walk->failed_errno = error;
}

static int walk_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int walk_order(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

/* Put what is in a directory on the stack, the last name first. */
static bool walk_open(struct walk *walk, struct walk_stack *stack, char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, walk_visible, walk_order);
    if (count < 0) {
        walk_fail(walk, path, errno);
        return true;
    }
    bool ok = true;
    size_t length = strlen(path);
    bool slash = length > 0 && path[length - 1] == '/';
    for (int i = count - 1; i >= 0; i--) {
        char *inside = NULL;
        if (ok && asprintf(&inside, "%s%s%s", path, slash ? "" : "/", entries[i]->d_name) < 0) {
            inside = NULL;
        }
        ok = ok && walk_push(stack, inside);
        free(entries[i]);
    }
    free(entries);
    free(path);
    return ok;
}

/* named: the user has. */
static bool walk_look(struct walk *walk, struct walk_stack *stack, char *path, bool named)
{
    struct stat stat_followed;
    struct stat stat_link;
    if (named && strcmp(path, "-") == 0) {
        return walk_add(walk, path, NULL);
    }
    if (stat(path, &stat_followed) != 0 || lstat(path, &stat_link) != 0) {
        walk_fail(walk, path, errno);
        return true;
    }
    if (S_ISDIR(stat_followed.st_mode)) {
        if (!named && S_ISLNK(stat_link.st_mode)) {
            free(path);
            return true;
        }
        return walk_open(walk, stack, path);
    }
    if (!named && !S_ISREG(stat_followed.st_mode)) {
        free(path); /* A pipe or a device in a directory would be waited for. */
        return true;
    }
    return walk_add(walk, path, &stat_followed);
}

static bool walk_all(struct walk *walk, struct walk_stack *stack, const char *const *paths,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *path = strdup(paths[i]);
        if (path == NULL || !walk_look(walk, stack, path, true)) {
            return false;
        }
        while (stack->count > 0) {
            if (!walk_look(walk, stack, stack->paths[--stack->count], false)) {
                return false;
            }
        }
    }
    return true;
}

enum status walk(struct walk *walk, const char *const *paths, size_t count)
{
    struct walk_stack stack = {.count = 0};
    *walk = (struct walk){.count = 0};
    bool ok = walk_all(walk, &stack, paths, count);
    while (stack.count > 0) {
        free(stack.paths[--stack.count]);
    }
    free(stack.paths);
    if (walk->size_unknown) {
        walk->size_all = 0;
    }
    return ok ? STATUS_OK : STATUS_FULL;
}

void walk_fini(struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++) {
        free(walk->files[i].path);
    }
    free(walk->files);
    free(walk->failed_path);
}
