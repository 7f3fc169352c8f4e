/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/declared.h"

#include "declared/declared_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a tree takes for each byte of its text, at most: an entry of "a:\n" is a node. */
#define TREE_BYTES 96

/* The file as an allocation: the declared first, so that one free is enough. */
struct loaded {
    struct declared declared;
    _Alignas(16) unsigned char memory[];
};

/* All of a file; NULL with *size where it cannot be read, or is too large to be looked at. */
static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    char *text = file != NULL ? malloc(DECLARED_FILE_SIZE_MAX + 1) : NULL;
    if (text != NULL) {
        *size = fread(text, 1, DECLARED_FILE_SIZE_MAX + 1, file);
        if (ferror(file) != 0) {
            free(text);
            text = NULL;
        }
    }
    if (file != NULL) {
        int reason = errno;
        (void)fclose(file);
        errno = reason;
    }
    return text;
}

static enum status read_text(struct loaded **loaded, struct slice text, const char *where,
                             struct buf *errors)
{
    struct arena arena;
    size_t size = (text.size + 64) * TREE_BYTES;
    *loaded = malloc(sizeof(**loaded) + size);
    if (*loaded == NULL) {
        buf_printf(errors, "%s: out of memory\n", where);
        return STATUS_FULL;
    }
    arena_init(&arena, (*loaded)->memory, size);
    enum status status = declared_read(text, where, &arena, errors, &(*loaded)->declared);
    if (status == STATUS_FULL) {
        buf_printf(errors, "%s: it is too large to be taken apart\n", where);
    }
    return status;
}

enum status declared_load(struct declared **declared, struct slice path, struct buf *errors)
{
    char name[4096];
    size_t size = 0;
    struct loaded *loaded = NULL;
    *declared = NULL;
    if (!slice_copy_text(path, name, sizeof(name))) {
        buf_printf(errors, "the path of the functions file is too long\n");
        return STATUS_BAD;
    }
    char *text = path.size > 0 ? read_file(name, &size) : NULL;
    if (path.size > 0 && text == NULL) {
        buf_printf(errors, "%s: %s\n", name, strerror(errno));
        return STATUS_IO;
    }
    enum status status =
        read_text(&loaded, slice_of((const unsigned char *)text, size), name, errors);
    free(text);
    if (status != STATUS_OK) {
        free(loaded);
        return status;
    }
    *declared = &loaded->declared;
    return STATUS_OK;
}

void declared_free(struct declared *declared)
{
    free(declared);
}
