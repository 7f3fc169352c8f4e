/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/backup_manifest.h"

#include "base/hash.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "store/saved.h"
#include "store/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void backup_manifest_fini(struct backup_manifest *manifest)
{
    free(manifest->entries);
    *manifest = (struct backup_manifest){.entries = NULL};
}

enum status backup_manifest_add(struct backup_manifest *manifest, const struct backup_entry *entry)
{
    if (manifest->count == BACKUP_FILE_COUNT_MAX) {
        return STATUS_FULL;
    }
    struct backup_entry *entries =
        realloc(manifest->entries, (manifest->count + 1) * sizeof(entries[0]));
    if (entries == NULL) {
        return STATUS_FULL;
    }
    manifest->entries = entries;
    manifest->entries[manifest->count++] = *entry;
    return STATUS_OK;
}

const struct backup_entry *backup_manifest_find(const struct backup_manifest *manifest,
                                                const char *path)
{
    for (size_t i = 0; i < manifest->count; i++) {
        if (strcmp(manifest->entries[i].path, path) == 0) {
            return &manifest->entries[i];
        }
    }
    return NULL;
}

/* catalog.lmdb, view-..., segments/.../log and segments/.../sealed. */
bool backup_manifest_path(const char *path)
{
    struct frame_ref place;
    struct slice rest = slice_from(path);
    struct slice name;
    struct slice kind;
    char text[SEGMENT_NAME_SIZE];
    uint32_t number;
    if (slice_equal(rest, SLICE("catalog.lmdb")) || saved_name_parse(path, &place)) {
        return true;
    }
    if (!slice_starts(rest, SLICE("segments/"))) {
        return false;
    }
    return slice_cut(slice_skip(rest, strlen("segments/")), '/', &name, &kind) &&
           (slice_equal(kind, SLICE("log")) || slice_equal(kind, SLICE("sealed"))) &&
           slice_copy_text(name, text, sizeof(text)) && segment_name_parse(text, &number);
}

void backup_manifest_write(const struct backup_manifest *manifest, struct buf *out)
{
    char store[2 * sizeof(manifest->store)];
    char made[TIMESTAMP_TEXT_SIZE];
    size_t begin = out->size;
    hex_encode(slice_of(manifest->store, sizeof(manifest->store)), store);
    (void)timestamp_format(manifest->made_ns, 3, made);
    buf_printf(out, "thaw backup 1\nmade %s\nby %s\nstore %.*s\n", made, THAW_VERSION,
               (int)sizeof(store), store);
    for (size_t i = 0; i < manifest->count; i++) {
        const struct backup_entry *entry = &manifest->entries[i];
        buf_printf(out, "file %llu %08x %s\n", (unsigned long long)entry->size, entry->crc,
                   entry->path);
    }
    uint32_t crc = hash_crc32c(0, slice_skip(buf_bytes(out), begin));
    buf_printf(out, "end %zu %08x\n", manifest->count, crc);
}

/* ---- Reading. ---- */

static bool manifest_crc(struct slice text, uint32_t *crc)
{
    unsigned char bytes[4];
    if (text.size != 8 || !hex_decode_lower(text, bytes, sizeof(bytes))) {
        return false;
    }
    *crc = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

static enum status manifest_file(struct backup_manifest *manifest, struct slice rest)
{
    struct backup_entry entry;
    struct slice size;
    struct slice crc;
    struct slice path;
    if (!slice_cut(rest, ' ', &size, &rest) || !slice_cut(rest, ' ', &crc, &path) ||
        number_parse_u64(size, &entry.size) != NUMBER_OK || !manifest_crc(crc, &entry.crc) ||
        !slice_copy_text(path, entry.path, sizeof(entry.path)) ||
        !backup_manifest_path(entry.path) || backup_manifest_find(manifest, entry.path) != NULL) {
        return STATUS_BAD;
    }
    return backup_manifest_add(manifest, &entry);
}

/* The last line: how many files, and the checksum of what stands before it. */
static enum status manifest_end(const struct backup_manifest *manifest, struct slice rest,
                                struct slice before)
{
    struct slice count;
    struct slice crc;
    uint64_t files;
    uint32_t sum;
    return slice_cut(rest, ' ', &count, &crc) && number_parse_u64(count, &files) == NUMBER_OK &&
                   manifest_crc(crc, &sum) && files == manifest->count &&
                   sum == hash_crc32c(0, before)
               ? STATUS_OK
               : STATUS_BAD;
}

/* A line in front of the files. */
static bool manifest_head(struct backup_manifest *manifest, unsigned number, struct slice line)
{
    switch (number) {
    case 0:
        return slice_equal(line, SLICE("thaw backup 1"));
    case 1:
        return slice_starts(line, SLICE("made ")) &&
               timestamp_parse(slice_skip(line, strlen("made ")), &manifest->made_ns);
    case 2:
        return slice_starts(line, SLICE("by "));
    default:
        return slice_starts(line, SLICE("store ")) &&
               hex_decode_lower(slice_skip(line, strlen("store ")), manifest->store,
                                sizeof(manifest->store));
    }
}

enum status backup_manifest_read(struct backup_manifest *manifest, struct slice text)
{
    struct slice rest = text;
    struct slice line;
    struct slice word;
    struct slice of;
    for (unsigned number = 0; rest.size > 0; number++) {
        struct slice before = slice_take(text, text.size - rest.size);
        if (!slice_cut(rest, '\n', &line, &rest)) {
            return STATUS_BAD;
        }
        if (number < 4) {
            if (!manifest_head(manifest, number, line)) {
                return STATUS_BAD;
            }
            continue;
        }
        if (!slice_cut(line, ' ', &word, &of)) {
            return STATUS_BAD;
        }
        if (slice_equal(word, SLICE("end"))) {
            return rest.size == 0 ? manifest_end(manifest, of, before) : STATUS_BAD;
        }
        enum status status =
            slice_equal(word, SLICE("file")) ? manifest_file(manifest, of) : STATUS_BAD;
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_BAD;
}
