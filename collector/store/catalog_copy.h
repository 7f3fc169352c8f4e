/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_CATALOG_COPY_H
#define THAW_STORE_CATALOG_COPY_H

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The catalog of a directory that another process may have open and change: it can be copied as it
 * is at one moment, and it can be told whether it has changed since.  Owner and only thread:
 * whoever opened it.  No two of one directory in a process, nor beside catalog_lmdb_open(): LMDB's
 * locks are the process's.
 */
struct catalog_copy;

/* STATUS_NOT_FOUND: there is none.  error says in words what failed. */
enum status catalog_copy_open(struct catalog_copy **copy, struct slice directory, char *error,
                              size_t error_size) THAW_CHECK;
void catalog_copy_close(struct catalog_copy *copy); /* NULL is fine. */

/* A number that is another one after every change. */
uint64_t catalog_copy_change(const struct catalog_copy *copy);

/* Write a catalog with the same entries to an empty file at its front. */
enum status catalog_copy_write(const struct catalog_copy *copy, int file) THAW_CHECK;

/* The identity of the store. */
enum status catalog_copy_store(const struct catalog_copy *copy, unsigned char store[16]) THAW_CHECK;

#endif
