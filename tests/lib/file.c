/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/file.h"

#include "base/ensure.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static _Noreturn void file_fail(const char *path)
{
    fprintf(stderr, "tests need %s: %s\n", path, strerror(errno));
    exit(1);
}

struct slice file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat stat_now;

    if (file == NULL || fstat(fileno(file), &stat_now) != 0) {
        file_fail(path);
    }
    size_t size = (size_t)stat_now.st_size;
    unsigned char *content = malloc(size + 1);
    ENSURE(content != NULL);
    if (fread(content, 1, size, file) != size) {
        file_fail(path);
    }
    fclose(file);
    content[size] = 0;
    return slice_of(content, size);
}

void file_free(struct slice content)
{
    /* The slice is const for readers; the memory is ours, from file_read(). */
    union {
        const unsigned char *shown;
        void *owned;
    } memory = {.shown = content.base};
    free(memory.owned);
}

unsigned file_each(const char *directory, file_visit *visit, void *context)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);
    unsigned visited = 0;

    if (count < 0) {
        file_fail(directory);
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat stat_now;
        int length = snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
        ENSURE(length > 0 && (size_t)length < sizeof(path));
        if (stat(path, &stat_now) == 0 && S_ISREG(stat_now.st_mode)) {
            struct slice content = file_read(path);
            visit(entries[i]->d_name, content, context);
            file_free(content);
            visited++;
        }
        free(entries[i]);
    }
    free(entries);
    return visited;
}
