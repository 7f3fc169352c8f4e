/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What stands in for libFuzzer where there is none: runs a fuzz target once
 * over every file of the directories (or files) that are named.
 */
#include <dirent.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    if (fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        fclose(file);
        return 1;
    }
    size_t size = (size_t)ftell(file);
    rewind(file);
    /* Exactly as large as the input, so that reading behind it is seen. */
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        free(data);
        fclose(file);
        return 1;
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
    return 0;
}

static int replay(const char *path)
{
    struct stat about;
    int failed = 0;

    if (stat(path, &about) == 0 && S_ISREG(about.st_mode)) {
        return replay_file(path);
    }
    DIR *directory = opendir(path);
    if (directory == NULL) {
        perror(path);
        return 1;
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char inner[PATH_MAX];
        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && stat(inner, &about) == 0 && S_ISREG(about.st_mode)) {
            failed |= replay_file(inner);
        }
    }
    closedir(directory);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        failed |= replay(argv[i]);
    }
    printf("%u inputs\n", replayed);
    return failed;
}
