/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/declared.h"

#include "base/whole.h"
#include "declared/declared_limits.h"

#include <limits.h>
#include <stdlib.h>

/* What a tree takes for each byte of its text, at most: an entry of "a:\n" is a node. */
#define TREE_BYTES 96

/* The file as an allocation: the declared first, so that one free is enough. */
struct loaded {
    struct declared declared;
    _Alignas(16) unsigned char memory[];
};

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

/* The text of the file; empty where none is named. */
static enum status read_file(struct slice path, unsigned char **text, size_t *size,
                             struct buf *errors)
{
    char error[128];
    *text = NULL;
    *size = 0;
    if (path.size == 0) {
        return STATUS_OK;
    }
    enum status status = whole_read(path, DECLARED_FILE_SIZE_MAX, text, size, error, sizeof(error));
    if (status != STATUS_OK) {
        buf_printf(errors, SLICE_FMT ": %s\n", SLICE_ARG(path), error);
    }
    return status == STATUS_NOT_FOUND ? STATUS_IO : status;
}

enum status declared_load(struct declared **declared, struct slice path, struct buf *errors)
{
    char name[PATH_MAX] = "";
    unsigned char *text;
    size_t size;
    struct loaded *loaded = NULL;
    *declared = NULL;
    enum status status = read_file(path, &text, &size, errors);
    if (status != STATUS_OK) {
        return status;
    }
    (void)slice_copy_text(path, name, sizeof(name)); /* It has been opened, so it fits. */
    status = read_text(&loaded, slice_of(text, size), name, errors);
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
