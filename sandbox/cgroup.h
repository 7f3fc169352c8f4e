/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_CGROUP_H
#define THAW_SANDBOX_CGROUP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The freezer and the limit of memory: a control group per instance, of
 * version 1 or 2, whichever the system lets us write to; in version 1 the
 * memory is another group of the same name.  Where there is none, kind is CGROUP_NONE and
 * namespace.c stops processes by signal.  One thread.
 */
enum cgroup_kind {
    CGROUP_NONE,
    CGROUP_V1,
    CGROUP_V2,
};

#define CGROUP_PATH_SIZE 512

/* The group that holds those of all instances. */
struct cgroup_root {
    enum cgroup_kind kind;
    char path[CGROUP_PATH_SIZE];
};

struct cgroup {
    enum cgroup_kind kind;
    char path[CGROUP_PATH_SIZE];
    char memory[CGROUP_PATH_SIZE]; /* The group whose memory is limited; empty: none is. */
};

/* The choices of --freezer, NULL-terminated: auto, v1, v2, stop. */
extern const char *const cgroup_choices[];

/* Find a freezer and make our group.  choice is an index of cgroup_choices.  STATUS_NOT_FOUND if
 * that kind was asked for and cannot be had. */
enum status cgroup_root_init(struct cgroup_root *root, unsigned choice) THAW_CHECK;

/* Remove our group; the instances' groups are gone by then. */
void cgroup_root_fini(struct cgroup_root *root);

/* Make the group of an instance; its holder removes it.  With CGROUP_NONE all of this does
 * nothing. */
enum status cgroup_init(struct cgroup *group, const struct cgroup_root *root,
                        const char *name) THAW_CHECK;

/* Let everything in it have so many bytes together; beyond them the kernel kills.  Before anything
 * is in it.  STATUS_NOT_FOUND: the system does not let us. */
enum status cgroup_limit(struct cgroup *group, uint64_t bytes) THAW_CHECK;

/* How often the kernel killed in it for want of memory. */
uint64_t cgroup_memory_kills(const struct cgroup *group);

/* Move the calling process into the group: in the child, before it starts anything. */
enum status cgroup_enter(const struct cgroup *group) THAW_CHECK;

/* Freeze or thaw everything in it. */
enum status cgroup_freeze(const struct cgroup *group, bool frozen) THAW_CHECK;

/* The processes in it, at most max.  Returns how many. */
size_t cgroup_processes(const struct cgroup *group, pid_t *processes, size_t max);

/*
 * What the holder of an instance keeps of the group, because it cannot reach
 * its files any more once it stands on another root.
 */
struct cgroup_grip {
    enum cgroup_kind kind;
    int freeze; /* The file that thaws. */
    int parent; /* The directory of the group. */
    int memory; /* And that of the group whose memory is limited; -1: none. */
    char name[64];
    char memory_name[96];
};

enum status cgroup_grip_init(struct cgroup_grip *grip, const struct cgroup *group) THAW_CHECK;

/* Thaw the group, and remove it once it is empty. */
void cgroup_grip_thaw(const struct cgroup_grip *grip);
void cgroup_grip_remove(const struct cgroup_grip *grip);

#endif
