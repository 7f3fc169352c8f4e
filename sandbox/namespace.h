/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_NAMESPACE_H
#define THAW_SANDBOX_NAMESPACE_H

#include "base/status.h"
#include "sandbox/cgroup.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The walls of one instance: network, mount, process, IPC and host name
 * namespaces, held open by one process of ours, the holder.
 *
 * The holder is process 1 in there.  It makes sockets inside on request,
 * signals everything at once, and reaps orphans.  When our end of its socket
 * closes, for whatever reason, it thaws and kills everything inside and ends:
 * nothing outlives the sandbox, not even its SIGKILL.
 *
 * Inside, the file system is the host's, read-only, except: /tmp is empty and
 * writable, /var/task is the code, /opt holds the layers and extensions, /run
 * is empty, /proc shows only what runs inside.  The network is lo with the
 * addresses asked for and nothing else.
 */
struct namespace
{
    pid_t holder;
    int control;   /* The holder's socket. */
    int processes; /* Namespace descriptors. */
    int network;
    int mounts;
    int names;
    int ipc;
};

#define NAMESPACE_ADDRESS_MAX 64

/* What an instance shall see. */
struct namespace_plan {
    const char *code;              /* Directory for /var/task. */
    const char *const *layers;     /* Directories for /opt, NULL-terminated. */
    const char *const *extensions; /* Files for /opt/extensions, NULL-terminated. */
    const char *hosts;             /* Text of /etc/hosts. */
    const uint32_t *addresses;     /* Of lo, beside 127.0.0.1, in network order. */
    size_t address_count;
    uint64_t tmp_mb;
    const struct cgroup *group; /* Thawed by the holder when we are gone. */
};

/* Build the walls.  On failure message, of message_size bytes, says what failed. */
enum status namespace_init(struct namespace *space, const struct namespace_plan *plan,
                           char *message, size_t message_size) THAW_CHECK;

/*
 * Let go: the holder kills everything inside and ends.  It is our child, and
 * the kernel keeps it until what we started inside is reaped: so whoever calls
 * this reaps children as they come (process.h) and does not wait here.
 */
void namespace_fini(struct namespace *space);

/* A socket that listens inside on the address (network order) and port, or -1. */
int namespace_listen(struct namespace *space, uint32_t address, uint16_t port);

/* A TCP socket that is inside, or -1. */
int namespace_socket(struct namespace *space);

/* Send a signal to everything inside but the holder. */
void namespace_signal(struct namespace *space, int number);

/* For a child of ours on its way in: enter all but the process namespace, which only its own
 * child can be born into. */
enum status namespace_enter(const struct namespace *space) THAW_CHECK;

#endif
