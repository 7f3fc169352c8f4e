/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/root_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the new tree is built: a directory that every system has, and that the new tree replaces
 * by an empty one, so that the tree does not contain itself. */
#define ROOT "/run"

/* The first thing that failed. */
struct failure {
    char *message;
    size_t size;
    bool failed;
};

static void fail(struct failure *failure, const char *what, const char *path)
{
    if (!failure->failed) {
        failure->failed = true;
        snprintf(failure->message, failure->size, "cannot %s %s: %s", what, path, strerror(errno));
    }
}

static void directory(struct failure *failure, const char *path)
{
    if (!failure->failed && mkdir(path, 0755) != 0 && errno != EEXIST) {
        fail(failure, "make", path);
    }
}

static void bind_path(struct failure *failure, const char *source, const char *target)
{
    if (!failure->failed && mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0) {
        fail(failure, "mount", source);
    }
}

static void file_touch(struct failure *failure, const char *path)
{
    if (failure->failed) {
        return;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) {
        fail(failure, "make", path);
        return;
    }
    close(file);
}

/* Show one entry of the host at target: links are copied, the rest is mounted. */
static void show(struct failure *failure, const char *source, const char *target)
{
    struct stat status;
    char link[PATH_MAX];
    if (failure->failed || lstat(source, &status) != 0) {
        return;
    }
    if (S_ISLNK(status.st_mode)) {
        ssize_t size = readlink(source, link, sizeof(link) - 1);
        if (size > 0) {
            link[size] = '\0';
            if (symlink(link, target) != 0 && errno != EEXIST) {
                fail(failure, "link", target);
            }
        }
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        directory(failure, target);
    } else {
        file_touch(failure, target);
    }
    bind_path(failure, source, target);
}

static bool listed(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* Show all entries of a directory but those named. */
static void show_all(struct failure *failure, const char *source, const char *target,
                     const char *const *without)
{
    DIR *stream = opendir(source);
    if (stream == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char from[PATH_MAX];
        char to[PATH_MAX];
        static const char *const dots[] = {".", "..", NULL};
        if (listed(entry->d_name, dots) || listed(entry->d_name, without)) {
            continue;
        }
        if (snprintf(from, sizeof(from), "%s/%s", strcmp(source, "/") == 0 ? "" : source,
                     entry->d_name) >= (int)sizeof(from) ||
            snprintf(to, sizeof(to), "%s/%s", target, entry->d_name) >= (int)sizeof(to)) {
            continue;
        }
        show(failure, from, to);
    }
    closedir(stream);
}

/* A layer's directories are merged with those of other layers: one level deep, which is as deep
 * as layers overlap (bin, lib, extensions). */
static void show_layer(struct failure *failure, const char *layer)
{
    static const char *const nothing[] = {NULL};
    DIR *stream = opendir(layer);
    if (stream == NULL) {
        fail(failure, "read", layer);
        return;
    }
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char from[PATH_MAX];
        char to[PATH_MAX];
        struct stat status;
        if (entry->d_name[0] == '.' ||
            snprintf(from, sizeof(from), "%s/%s", layer, entry->d_name) >= (int)sizeof(from) ||
            snprintf(to, sizeof(to), "%s/opt/%s", ROOT, entry->d_name) >= (int)sizeof(to) ||
            stat(from, &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            directory(failure, to);
            show_all(failure, from, to, nothing);
        } else {
            show(failure, from, to);
        }
    }
    closedir(stream);
}

static void show_opt(struct failure *failure, const struct namespace_plan *plan)
{
    static const char *const without[] = {"extensions", NULL};
    directory(failure, ROOT "/opt");
    directory(failure, ROOT "/opt/extensions");
    for (const char *const *layer = plan->layers; *layer != NULL; layer++) {
        show_layer(failure, *layer);
    }
    for (const char *const *extension = plan->extensions; *extension != NULL; extension++) {
        char target[PATH_MAX];
        const char *name = strrchr(*extension, '/');
        snprintf(target, sizeof(target), "%s/opt/extensions/%s", ROOT,
                 name == NULL ? *extension : name + 1);
        file_touch(failure, target);
        bind_path(failure, *extension, target);
    }
    show_all(failure, "/opt", ROOT "/opt", without);
}

static void show_hosts(struct failure *failure, const char *hosts)
{
    if (failure->failed) {
        return;
    }
    FILE *file = fopen(ROOT "/.hosts", "we");
    if (file == NULL) {
        fail(failure, "write", ROOT "/.hosts");
        return;
    }
    fputs(hosts, file);
    fclose(file);
    if (access(ROOT "/etc/hosts", F_OK) == 0) {
        bind_path(failure, ROOT "/.hosts", ROOT "/etc/hosts");
    }
}

static void make_read_only(struct failure *failure)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (!failure->failed &&
        mount_setattr(AT_FDCWD, ROOT, AT_RECURSIVE, &attributes, sizeof(attributes)) != 0) {
        fail(failure, "make read-only", "/");
    }
}

static void mount_fresh(struct failure *failure, const char *type, const char *target,
                        const char *options)
{
    if (!failure->failed && mount(type, target, type, MS_NOSUID | MS_NODEV, options) != 0) {
        fail(failure, "mount a new", target);
    }
}

static void change_root(struct failure *failure)
{
    if (failure->failed) {
        return;
    }
    if (chdir(ROOT) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
        umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
        fail(failure, "change to", "the new root");
    }
}

enum status root_tree_build(const struct namespace_plan *plan, char *message, size_t message_size)
{
    static const char *const without_root[] = {"tmp", "proc", "opt", "var", "run", NULL};
    static const char *const without_var[] = {"task", "tmp", NULL};
    struct failure failure = {.message = message, .size = message_size, .failed = false};
    char tmp_options[64];
    snprintf(tmp_options, sizeof(tmp_options), "mode=1777,size=%llum",
             (unsigned long long)plan->tmp_mb);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        fail(&failure, "make private", "/");
    }
    mount_fresh(&failure, "tmpfs", ROOT, "mode=755,size=16m");
    directory(&failure, ROOT "/tmp");
    directory(&failure, ROOT "/proc");
    directory(&failure, ROOT "/run");
    directory(&failure, ROOT "/var");
    show_all(&failure, "/", ROOT, without_root);
    show_all(&failure, "/var", ROOT "/var", without_var);
    directory(&failure, ROOT "/var/tmp");
    directory(&failure, ROOT "/var/task");
    bind_path(&failure, plan->code, ROOT "/var/task");
    show_opt(&failure, plan);
    show_hosts(&failure, plan->hosts);
    make_read_only(&failure);
    mount_fresh(&failure, "tmpfs", ROOT "/tmp", tmp_options);
    mount_fresh(&failure, "proc", ROOT "/proc", NULL);
    change_root(&failure);
    return failure.failed ? STATUS_IO : STATUS_OK;
}
