/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_DECLARED_DECLARED_LIMITS_H
#define THAW_DECLARED_DECLARED_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the file: an entry takes some 200, and an account has at most some thousands. */
#define DECLARED_FILE_SIZE_MAX ((size_t)4 << 20)

/* What the platform allows: 10,240 MB of storage and of memory; instances of an account that asked
 * for many. */
#define DECLARED_STORAGE_MB_MIN 512
#define DECLARED_STORAGE_MB_MAX 10240
#define DECLARED_MEMORY_MB_MIN  128
#define DECLARED_MEMORY_MB_MAX  10240
#define DECLARED_INSTANCES_MAX  1000000

/* A label is told beside money; longer ones would not fit a table. */
#define DECLARED_LABEL_SIZE_MAX 128

#endif
