/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/backup_names.h"

#include "backup/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 20261130T084607.123Z */
static bool names_is(const char *name)
{
    static const char form[] = "00000000T000000.000Z";
    if (strlen(name) != strlen(form)) {
        return false;
    }
    for (size_t i = 0; i < strlen(form); i++) {
        bool digit = name[i] >= '0' && name[i] <= '9';
        if (form[i] == '0' ? !digit : name[i] != form[i]) {
            return false;
        }
    }
    return true;
}

struct names_walk {
    struct backup_names *names;
    bool full;
};

static void names_visit(void *context, const char *name)
{
    struct names_walk *walk = context;
    struct backup_names *names = walk->names;
    if (!names_is(name)) {
        return;
    }
    void *items = names->count < BACKUP_COUNT_MAX
                      ? realloc(names->items, (names->count + 1) * sizeof(names->items[0]))
                      : NULL;
    if (items == NULL) {
        walk->full = true;
        return;
    }
    names->items = items;
    (void)snprintf(names->items[names->count++], sizeof(names->items[0]), "%s", name);
}

static int names_compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

enum status backup_names(int directory, struct backup_names *names)
{
    struct names_walk walk = {.names = names};
    enum status status = backup_file_list(directory, ".", names_visit, &walk);
    if (names->count > 0) {
        qsort(names->items, names->count, sizeof(names->items[0]), names_compare);
    }
    return status == STATUS_OK && walk.full ? STATUS_FULL : status;
}

void backup_names_fini(struct backup_names *names)
{
    free(names->items);
    *names = (struct backup_names){.items = NULL};
}

enum status backup_names_manifest(int directory, const char *name, struct backup_manifest *manifest)
{
    char path[BACKUP_NAME_SIZE + sizeof(BACKUP_MANIFEST) + 1];
    struct stat about;
    (void)snprintf(path, sizeof(path), "%s/" BACKUP_MANIFEST, name);
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return backup_file_status(errno);
    }
    enum status status = fstat(file, &about) == 0 ? STATUS_OK : backup_file_status(errno);
    if (status == STATUS_OK && about.st_size > (off_t)BACKUP_MANIFEST_SIZE_MAX) {
        status = STATUS_BAD;
    }
    size_t size = status == STATUS_OK ? (size_t)about.st_size : 0;
    unsigned char *text = malloc(size + 1);
    if (status == STATUS_OK && text == NULL) {
        status = STATUS_FULL;
    }
    if (status == STATUS_OK) {
        status = pread(file, text, size, 0) == (ssize_t)size
                     ? backup_manifest_read(manifest, slice_of(text, size))
                     : STATUS_IO;
    }
    free(text);
    (void)close(file);
    return status;
}
