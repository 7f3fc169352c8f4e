/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_rules.h"

#include "base/arena.h"
#include "rules/rules_limits.h"
#include "rules/rules_test.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_GOOD = 0, TEST_FAILED = 1, TEST_WRONG = 2, TEST_UNREADABLE = 3 };

/* The folder of a test's file, to which rule_files are relative: with a slash, or empty. */
struct folder {
    char path[4096];
};

/* The text of a file, in the arena; the empty slice and errno where it cannot be read. */
static bool read_into(const char *path, struct arena *arena, struct slice *text)
{
    struct buf buf;
    buf_init_growing(&buf, RULES_FILE_SIZE_MAX + 65536 * 2);
    bool read = cli_rules_read(path, &buf);
    int error = errno;
    *text = read ? arena_dup(arena, buf_bytes(&buf)) : SLICE_EMPTY;
    buf_fini(&buf);
    errno = error;
    return read;
}

static enum status read_matches(const glob_t *found, struct arena *arena, struct slice *names,
                                struct slice *texts, struct buf *error)
{
    for (size_t i = 0; i < found->gl_pathc; i++) {
        names[i] = arena_dup(arena, slice_from(found->gl_pathv[i]));
        if (!read_into(found->gl_pathv[i], arena, &texts[i])) {
            buf_printf(error, "thaw: %s: %s\n", found->gl_pathv[i], strerror(errno));
            return STATUS_IO;
        }
    }
    return STATUS_OK;
}

static enum status read_pattern(void *context, struct slice pattern, struct arena *arena,
                                struct slice **names, struct slice **texts, size_t *count,
                                struct buf *error)
{
    const struct folder *folder = context;
    bool absolute = slice_starts(pattern, SLICE("/"));
    const struct slice whole =
        arena_printf(arena, "%s" SLICE_FMT, absolute ? "" : folder->path, SLICE_ARG(pattern));
    const char *path = arena_dup_text(arena, whole);
    glob_t found;
    *count = 0;
    if (path == NULL) {
        return STATUS_FULL;
    }
    int answer = glob(path, GLOB_NOCHECK, NULL, &found);
    if (answer != 0) {
        buf_printf(error, "thaw: %s: cannot be read\n", path);
        return STATUS_IO;
    }
    *names = arena_alloc_array(arena, found.gl_pathc + 1, sizeof(**names));
    *texts = arena_alloc_array(arena, found.gl_pathc + 1, sizeof(**texts));
    enum status status = STATUS_FULL;
    if (*names != NULL && *texts != NULL) {
        status = read_matches(&found, arena, *names, *texts, error);
        *count = found.gl_pathc;
    }
    globfree(&found);
    return status;
}

static int test_file(const char *path, struct arena *arena)
{
    struct folder folder = {.path = ""};
    struct slice text;
    struct buf out;
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    arena_reset(arena);
    if (size >= sizeof(folder.path) || !read_into(path, arena, &text)) {
        (void)fprintf(stderr, "thaw: %s: %s\n", path, strerror(errno));
        return TEST_UNREADABLE;
    }
    memcpy(folder.path, path, size);
    folder.path[size] = '\0';
    const struct rules_test_files files = {.context = &folder, .read = read_pattern};
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    enum status status = rules_test_run(text, path, &files, arena, &out);
    (void)fwrite(out.base, 1, out.size, stderr);
    buf_fini(&out);
    if (status == STATUS_FULL) {
        (void)fprintf(stderr, "thaw: %s: it takes too much memory: make two of it\n", path);
    }
    (void)printf("%s: %s\n", path, status == STATUS_OK ? "good" : "failed");
    return status == STATUS_OK          ? TEST_GOOD
           : status == STATUS_NOT_FOUND ? TEST_FAILED
           : status == STATUS_IO        ? TEST_UNREADABLE
                                        : TEST_WRONG;
}

int cli_rules_test(const struct cli_options *options)
{
    struct arena arena;
    int worst = TEST_GOOD;
    void *memory = malloc(RULES_MEMORY_SIZE_MAX);
    if (memory == NULL) {
        (void)fprintf(stderr, "thaw: no memory\n");
        return TEST_UNREADABLE;
    }
    arena_init(&arena, memory, RULES_MEMORY_SIZE_MAX);
    for (size_t i = 0; i < options->word_count; i++) {
        int code = test_file((const char *)options->words[i].base, &arena); /* A word of argv. */
        worst = code > worst ? code : worst;
    }
    free(memory);
    return worst;
}
