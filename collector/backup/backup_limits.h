/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BACKUP_LIMITS_H
#define THAW_BACKUP_LIMITS_H

#include <stdint.h>

/* The limits of backup/ and their reasons. */

/* Files of a backup: two of each segment, saved views and the catalog. */
#define BACKUP_FILE_COUNT_MAX 2048

/* A path inside of a backup, and a name of one. */
#define BACKUP_PATH_SIZE 160
#define BACKUP_NAME_SIZE 40

/* A manifest: a line for each file. */
#define BACKUP_MANIFEST_SIZE_MAX ((uint32_t)1 << 20)

/* Bytes that are copied at a time. */
#define BACKUP_PIECE_SIZE ((uint32_t)1 << 20)

/* How often files are opened anew because the catalog changed meanwhile: it changes when a segment
 * begins, is sealed or dropped, and when an alert does. */
#define BACKUP_SNAPSHOT_TRIES 50

/* Backups in one directory. */
#define BACKUP_COUNT_MAX 4096

/* How deep a directory is that is removed. */
#define BACKUP_DEPTH_MAX 8

#endif
