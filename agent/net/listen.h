/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_LISTEN_H
#define THAW_AGENT_LISTEN_H

#include "base/slice.h"
#include "base/status.h"

/* Listen on a literal address ("127.0.0.1:4318", "0.0.0.0:0"); *fd is non-blocking and
 * close-on-exec.  STATUS_BAD: that is no address; STATUS_IO: it cannot be bound, and errno says
 * why. */
enum status listen_open(struct slice address, int *fd) THAW_CHECK;

/* The port that it listens on; 0 if it is no such descriptor. */
unsigned listen_port(int fd);

#endif
