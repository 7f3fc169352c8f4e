/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_ROOT_TREE_H
#define THAW_SANDBOX_ROOT_TREE_H

#include "base/status.h"
#include "sandbox/namespace.h"

/*
 * Builds the file system that an instance sees, in a mount namespace that is
 * already the caller's own, and makes it the root.  Called by the holder only.
 *
 *     host tree, bind-mounted, read-only
 *     /tmp       empty, writable, of its own size
 *     /proc      of the own process namespace
 *     /run       empty
 *     /var/task  the code
 *     /opt       layers; /opt/extensions the extensions
 *     /etc/hosts ours
 */

/* On failure message says what failed. */
enum status root_tree_build(const struct namespace_plan *plan, char *message,
                            size_t message_size) THAW_CHECK;

#endif
