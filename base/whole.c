/* SPDX-License-Identifier: Apache-2.0 */
#include "base/whole.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status whole_read(struct slice path, size_t size_max, unsigned char **content, size_t *size,
                       char *error, size_t error_size)
{
    char name[PATH_MAX];
    if (!slice_copy_text(path, name, sizeof(name))) {
        (void)snprintf(error, error_size, "its path is too long");
        return STATUS_BAD;
    }
    FILE *file = fopen(name, "rbe");
    if (file == NULL) {
        int cause = errno;
        (void)snprintf(error, error_size, "%s", strerror(cause));
        return cause == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    }
    enum status status = STATUS_FULL;
    unsigned char *memory = malloc(size_max + 1);
    size_t got = memory != NULL ? fread(memory, 1, size_max + 1, file) : 0;
    if (memory == NULL) {
        (void)snprintf(error, error_size, "out of memory");
    } else if (ferror(file) != 0) {
        (void)snprintf(error, error_size, "it cannot be read");
        status = STATUS_IO;
    } else if (got > size_max) {
        (void)snprintf(error, error_size, "it is larger than %zu bytes", size_max);
    } else {
        memory[got] = '\0';
        *content = memory;
        *size = got;
        memory = NULL;
        status = STATUS_OK;
    }
    free(memory);
    (void)fclose(file);
    return status;
}
