/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cgroup.h"

#include "base/number.h"
#include "base/slice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const cgroup_choices[] = {"auto", "v1", "v2", "stop", NULL};

enum { CHOICE_AUTO, CHOICE_V1, CHOICE_V2, CHOICE_STOP };

/* Our group is this and our process id. */
#define NAME_PREFIX "thaw-sandbox."

/* Removal has to wait for the last process to leave; so long, in steps of a millisecond. */
#define REMOVE_TRIES 500

static bool join(char path[CGROUP_PATH_SIZE], const char *one, const char *other, const char *last)
{
    int size = snprintf(path, CGROUP_PATH_SIZE, "%s%s%s", one, other, last);
    return size >= 0 && size < CGROUP_PATH_SIZE;
}

static enum status write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return STATUS_IO;
    }
    ssize_t written = write(file, text, strlen(text));
    close(file);
    return written == (ssize_t)strlen(text) ? STATUS_OK : STATUS_IO;
}

/*
 * Where a hierarchy is mounted and where in it we are.  controller is
 * "freezer" for version 1 and empty for version 2.  The lines of
 * /proc/self/cgroup are "6:freezer:/path" and "0::/path".
 */
static bool own_path(const char *controller, char path[CGROUP_PATH_SIZE])
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL) {
        return false;
    }
    char line[CGROUP_PATH_SIZE];
    bool found = false;
    while (!found && fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':');
        char *place = names == NULL ? NULL : strchr(names + 1, ':');
        if (place == NULL) {
            continue;
        }
        *place = '\0';
        if (strcmp(names + 1, controller) == 0) {
            found = join(path, "", strcmp(place + 1, "/") == 0 ? "" : place + 1, "");
        }
    }
    fclose(file);
    return found;
}

static bool mount_point(const char *type, const char *option, char path[CGROUP_PATH_SIZE])
{
    FILE *file = fopen("/proc/self/mounts", "re");
    if (file == NULL) {
        return false;
    }
    char line[2048];
    char device[512];
    char point[512];
    char kind[64];
    char options[512];
    bool found = false;
    while (!found && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%511s %511s %63s %511s", device, point, kind, options) == 4 &&
            strcmp(kind, type) == 0 && (option == NULL || strstr(options, option) != NULL)) {
            found = join(path, point, "", "");
        }
    }
    fclose(file);
    return found;
}

/* Remove groups of sandboxes that were killed: their holders emptied them. */
static void sweep(const char *base)
{
    DIR *directory = opendir(base);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        struct slice name = slice_from(entry->d_name);
        struct slice digits;
        struct slice rest;
        uint64_t process = 0;
        if (!slice_starts(name, SLICE(NAME_PREFIX))) {
            continue;
        }
        (void)slice_cut(slice_skip(name, strlen(NAME_PREFIX)), '.', &digits, &rest);
        if (number_parse_u64(digits, &process) == NUMBER_OK && process > 0 && process <= INT_MAX &&
            kill((pid_t)process, 0) != 0 && errno == ESRCH) {
            (void)unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
        }
    }
    closedir(directory);
}

/* The directory of our own group in a hierarchy. */
static bool own_base(const char *type, const char *option, const char *controller,
                     char base[CGROUP_PATH_SIZE])
{
    char point[CGROUP_PATH_SIZE];
    char own[CGROUP_PATH_SIZE];
    return mount_point(type, option, point) && own_path(controller, own) &&
           join(base, point, own, "");
}

static bool try_kind(struct cgroup_root *root, enum cgroup_kind kind)
{
    char base[CGROUP_PATH_SIZE];
    char name[64];
    bool v1 = kind == CGROUP_V1;
    if (!own_base(v1 ? "cgroup" : "cgroup2", v1 ? "freezer" : NULL, v1 ? "freezer" : "", base)) {
        return false;
    }
    sweep(base);
    snprintf(name, sizeof(name), "/" NAME_PREFIX "%d", (int)getpid());
    if (!join(root->path, base, name, "") || mkdir(root->path, 0755) != 0) {
        return false;
    }
    char probe[CGROUP_PATH_SIZE];
    if (!join(probe, root->path, v1 ? "/freezer.state" : "/cgroup.freeze", "") ||
        access(probe, W_OK) != 0) {
        rmdir(root->path);
        return false;
    }
    root->kind = kind;
    return true;
}

enum status cgroup_root_init(struct cgroup_root *root, unsigned choice)
{
    *root = (struct cgroup_root){.kind = CGROUP_NONE};
    if ((choice == CHOICE_AUTO || choice == CHOICE_V1) && try_kind(root, CGROUP_V1)) {
        return STATUS_OK;
    }
    if ((choice == CHOICE_AUTO || choice == CHOICE_V2) && try_kind(root, CGROUP_V2)) {
        return STATUS_OK;
    }
    return choice == CHOICE_AUTO || choice == CHOICE_STOP ? STATUS_OK : STATUS_NOT_FOUND;
}

void cgroup_root_fini(struct cgroup_root *root)
{
    if (root->kind != CGROUP_NONE) {
        rmdir(root->path);
    }
}

enum status cgroup_init(struct cgroup *group, const struct cgroup_root *root, const char *name)
{
    *group = (struct cgroup){.kind = root->kind};
    if (root->kind == CGROUP_NONE) {
        return STATUS_OK;
    }
    if (!join(group->path, root->path, "/", name) || mkdir(group->path, 0755) != 0) {
        group->kind = CGROUP_NONE;
        return STATUS_IO;
    }
    return STATUS_OK;
}

/* Version 1: a group of the memory's hierarchy, with the name of the instance. */
static bool memory_v1(struct cgroup *group)
{
    char base[CGROUP_PATH_SIZE];
    if (!own_base("cgroup", "memory", "memory", base)) {
        return false;
    }
    sweep(base);
    char name[CGROUP_PATH_SIZE];
    const char *slash = strrchr(group->path, '/');
    snprintf(name, sizeof(name), "/" NAME_PREFIX "%d.%s", (int)getpid(), slash + 1);
    return join(group->memory, base, name, "") && mkdir(group->memory, 0755) == 0;
}

/* Version 2: the same group, if the controller is there. */
static bool memory_v2(struct cgroup *group)
{
    char path[CGROUP_PATH_SIZE];
    const char *slash = strrchr(group->path, '/');
    snprintf(path, sizeof(path), "%.*s/cgroup.subtree_control", (int)(slash - group->path),
             group->path);
    return write_file(path, "+memory") == STATUS_OK && join(group->memory, group->path, "", "");
}

enum status cgroup_limit(struct cgroup *group, uint64_t bytes)
{
    char path[CGROUP_PATH_SIZE];
    char text[32];
    bool v1 = group->kind == CGROUP_V1;
    if (group->kind == CGROUP_NONE || !(v1 ? memory_v1(group) : memory_v2(group))) {
        group->memory[0] = '\0';
        return STATUS_NOT_FOUND;
    }
    snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
    if (!join(path, group->memory, v1 ? "/memory.limit_in_bytes" : "/memory.max", "") ||
        write_file(path, text) != STATUS_OK) {
        return STATUS_NOT_FOUND;
    }
    /* What is swapped out is not freed: the function has what it has.  Not every kernel swaps. */
    if (join(path, group->memory, v1 ? "/memory.memsw.limit_in_bytes" : "/memory.swap.max", "")) {
        (void)!write_file(path, v1 ? text : "0");
    }
    return STATUS_OK;
}

uint64_t cgroup_memory_kills(const struct cgroup *group)
{
    char path[CGROUP_PATH_SIZE];
    bool v1 = group->kind == CGROUP_V1;
    unsigned long long kills = 0;
    if (group->memory[0] == '\0' ||
        !join(path, group->memory, v1 ? "/memory.oom_control" : "/memory.events", "")) {
        return 0;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    char line[128];
    while (fgets(line, sizeof(line), file) != NULL && sscanf(line, "oom_kill %llu", &kills) != 1) {
    }
    fclose(file);
    return kills;
}

enum status cgroup_enter(const struct cgroup *group)
{
    char path[CGROUP_PATH_SIZE];
    if (group->kind == CGROUP_NONE) {
        return STATUS_OK;
    }
    if (!join(path, group->path, "/cgroup.procs", "")) {
        return STATUS_FULL;
    }
    enum status status = write_file(path, "0");
    if (status == STATUS_OK && group->memory[0] != '\0' && group->kind == CGROUP_V1) {
        status =
            join(path, group->memory, "/cgroup.procs", "") ? write_file(path, "0") : STATUS_FULL;
    }
    return status;
}

enum status cgroup_freeze(const struct cgroup *group, bool frozen)
{
    char path[CGROUP_PATH_SIZE];
    if (group->kind == CGROUP_NONE) {
        return STATUS_OK;
    }
    if (group->kind == CGROUP_V1) {
        if (!join(path, group->path, "/freezer.state", "")) {
            return STATUS_FULL;
        }
        return write_file(path, frozen ? "FROZEN" : "THAWED");
    }
    if (!join(path, group->path, "/cgroup.freeze", "")) {
        return STATUS_FULL;
    }
    return write_file(path, frozen ? "1" : "0");
}

size_t cgroup_processes(const struct cgroup *group, pid_t *processes, size_t max)
{
    char path[CGROUP_PATH_SIZE];
    if (group->kind == CGROUP_NONE || !join(path, group->path, "/cgroup.procs", "")) {
        return 0;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    size_t count = 0;
    char line[32];
    while (count < max && fgets(line, sizeof(line), file) != NULL) {
        processes[count++] = (pid_t)strtol(line, NULL, 10);
    }
    fclose(file);
    return count;
}

enum status cgroup_grip_init(struct cgroup_grip *grip, const struct cgroup *group)
{
    *grip = (struct cgroup_grip){.kind = group->kind, .freeze = -1, .parent = -1, .memory = -1};
    if (group->kind == CGROUP_NONE) {
        return STATUS_OK;
    }
    const char *slash = strrchr(group->path, '/');
    char path[CGROUP_PATH_SIZE];
    snprintf(path, sizeof(path), "%.*s", (int)(slash - group->path), group->path);
    snprintf(grip->name, sizeof(grip->name), "%s", slash + 1);
    grip->parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!join(path, group->path, group->kind == CGROUP_V1 ? "/freezer.state" : "/cgroup.freeze",
              "")) {
        return STATUS_FULL;
    }
    grip->freeze = open(path, O_WRONLY | O_CLOEXEC);
    if (group->memory[0] != '\0' && group->kind == CGROUP_V1) {
        slash = strrchr(group->memory, '/');
        snprintf(path, sizeof(path), "%.*s", (int)(slash - group->memory), group->memory);
        snprintf(grip->memory_name, sizeof(grip->memory_name), "%s", slash + 1);
        grip->memory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return grip->parent < 0 || grip->freeze < 0 ? STATUS_IO : STATUS_OK;
}

void cgroup_grip_thaw(const struct cgroup_grip *grip)
{
    if (grip->kind != CGROUP_NONE) {
        const char *text = grip->kind == CGROUP_V1 ? "THAWED" : "0";
        (void)!write(grip->freeze, text, strlen(text));
    }
}

static void remove_at(int parent, const char *name)
{
    for (unsigned i = 0; i < REMOVE_TRIES; i++) {
        if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno != EBUSY) {
            return;
        }
        usleep(1000);
    }
}

void cgroup_grip_remove(const struct cgroup_grip *grip)
{
    if (grip->kind != CGROUP_NONE) {
        remove_at(grip->parent, grip->name);
    }
    if (grip->memory >= 0) {
        remove_at(grip->memory, grip->memory_name);
    }
}
