/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PROC_PARSE_H
#define THAW_AGENT_PROC_PARSE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads what the kernel writes into files of /proc.  Each answers whether the
 * text is what it has to be, and leaves the result alone if it is not.  A last
 * line without its end is cut off: the buffer was too small for it.  Pure.
 */

/* The first line of /proc/stat, in ticks since the start: outside of the kernel (nice included),
 * and inside of it (interrupts included). */
bool proc_parse_stat(struct slice text, uint64_t *user, uint64_t *system) THAW_CHECK;

/* /proc/meminfo, in bytes. */
bool proc_parse_meminfo(struct slice text, uint64_t *total, uint64_t *available) THAW_CHECK;

/* /proc/net/dev: the bytes of all devices but the loopback. */
bool proc_parse_net(struct slice text, uint64_t *received, uint64_t *sent) THAW_CHECK;

/* /proc/loadavg: the number of threads. */
bool proc_parse_loadavg(struct slice text, uint64_t *threads) THAW_CHECK;

/* /proc/sys/fs/file-nr: the number of open files. */
bool proc_parse_file_nr(struct slice text, uint64_t *descriptors) THAW_CHECK;

/* /proc/self/statm: the number of resident pages. */
bool proc_parse_statm(struct slice text, uint64_t *pages) THAW_CHECK;

#endif
