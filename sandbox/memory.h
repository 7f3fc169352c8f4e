/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_MEMORY_H
#define THAW_SANDBOX_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/* The most memory that a process has had in RAM at a time, in KiB; 0 if it is gone. */
uint64_t memory_peak_kb(pid_t process);

#endif
