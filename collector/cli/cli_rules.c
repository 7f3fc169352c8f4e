/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_rules.h"

#include "cli/cli_text.h"

#include "base/arena.h"
#include "base/json_write.h"
#include "rules/rules_file.h"
#include "rules/rules_limits.h"
#include "rules/rules_shipped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_GOOD = 0, CHECK_WRONG = 2, CHECK_UNREADABLE = 3 };

/* What is checked, and what of it is told. */
struct checking {
    bool json;
    struct buf out;
    struct json_write writer;
    struct arena arena;
    struct buf text;   /* Of the file. */
    struct buf errors; /* Lines about it. */
    int code;
};

static void worsen(struct checking *checking, int code)
{
    checking->code = code > checking->code ? code : checking->code;
}

/* One byte more than a file may have, so that a longer one is seen. */
static bool read_all(FILE *file, struct buf *text)
{
    unsigned char block[65536];
    size_t size;
    while (text->size <= RULES_FILE_SIZE_MAX && (size = fread(block, 1, sizeof(block), file)) > 0) {
        buf_append(text, slice_of(block, size));
    }
    return ferror(file) == 0 && !buf_overflowed(text);
}

bool cli_rules_read(const char *path, struct buf *text)
{
    if (strcmp(path, "-") == 0) {
        return read_all(stdin, text);
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool read = read_all(file, text);
    int error = errno;
    (void)fclose(file);
    errno = error;
    return read;
}

static void tell(struct checking *checking, const char *path, bool good,
                 const struct rules_file *file)
{
    if (!checking->json) {
        if (good) {
            buf_printf(&checking->out, "%s: %zu %s, %zu %s\n", path, file->group_count,
                       cli_text_form(file->group_count, "group", "groups"), file->rule_count,
                       cli_text_form(file->rule_count, "rule", "rules"));
        } else {
            (void)fwrite(checking->errors.base, 1, checking->errors.size, stderr);
        }
        return;
    }
    struct json_write *writer = &checking->writer;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("file"), slice_from(path));
    json_write_member_bool(writer, SLICE("good"), good);
    json_write_member_u64(writer, SLICE("groups"), file->group_count);
    json_write_member_u64(writer, SLICE("rules"), file->rule_count);
    json_write_member_array(writer, SLICE("errors"));
    struct slice rest = slice_trim(buf_bytes(&checking->errors));
    struct slice line;
    for (bool more = rest.size > 0; more;) {
        more = slice_cut(rest, '\n', &line, &rest);
        json_write_string(writer, line);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void check_file(struct checking *checking, const char *path)
{
    struct rules_file file = {.groups = NULL};
    bool good = false;
    buf_reset(&checking->text);
    buf_reset(&checking->errors);
    arena_reset(&checking->arena);
    if (!cli_rules_read(path, &checking->text)) {
        buf_printf(&checking->errors, "thaw: %s: %s\n", path, strerror(errno));
        worsen(checking, CHECK_UNREADABLE);
    } else {
        enum status status = rules_file_read(buf_bytes(&checking->text), path, &checking->arena,
                                             &checking->errors, &file);
        good = status == STATUS_OK;
        if (status == STATUS_FULL) {
            buf_printf(&checking->errors, "%s: it takes too much memory: make two of it\n", path);
        }
        worsen(checking, good ? CHECK_GOOD : CHECK_WRONG);
    }
    tell(checking, path, good, &file);
}

static void check_all(struct checking *checking, const struct cli_options *options)
{
    if (checking->json) {
        json_write_init(&checking->writer, &checking->out);
        json_write_object_begin(&checking->writer);
        json_write_member_array(&checking->writer, SLICE("files"));
    }
    for (size_t i = 0; i < options->word_count; i++) {
        check_file(checking, (const char *)options->words[i].base); /* A word of argv. */
    }
    if (checking->json) {
        json_write_array_end(&checking->writer);
        json_write_object_end(&checking->writer);
        buf_append_text(&checking->out, "\n");
    }
    if (fwrite(checking->out.base, 1, checking->out.size, stdout) != checking->out.size ||
        fflush(stdout) != 0) {
        worsen(checking, CHECK_UNREADABLE);
    }
}

int cli_rules_check(const struct cli_options *options)
{
    void *memory = malloc(RULES_MEMORY_SIZE_MAX);
    if (memory == NULL) {
        (void)fprintf(stderr, "thaw: no memory\n");
        return CHECK_UNREADABLE;
    }
    struct checking checking = {.json = options->json, .code = CHECK_GOOD};
    arena_init(&checking.arena, memory, RULES_MEMORY_SIZE_MAX);
    buf_init_growing(&checking.out, CLI_OUTPUT_SIZE_MAX);
    buf_init_growing(&checking.text, RULES_FILE_SIZE_MAX + 65536 * 2);
    buf_init_growing(&checking.errors, CLI_OUTPUT_SIZE_MAX);
    check_all(&checking, options);
    buf_fini(&checking.errors);
    buf_fini(&checking.text);
    buf_fini(&checking.out);
    free(memory);
    return checking.code;
}

int cli_rules_shipped(void)
{
    bool written = fwrite(rules_shipped_text, 1, rules_shipped_size, stdout) == rules_shipped_size;
    return fflush(stdout) == 0 && written ? CHECK_GOOD : CHECK_UNREADABLE;
}
