/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_notify.h"

#include "cli/cli_text.h"

#include "base/buf.h"
#include "notify/notify_limits.h"
#include "notify/notify_plan_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHECK_GOOD = 0, CHECK_WRONG = 2, CHECK_UNREADABLE = 3 };

/* The whole file, and a byte more than it may have; false and errno where it cannot be read. */
static bool read_whole(const char *path, struct buf *text)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return false;
    }
    unsigned char *memory = buf_reserve(text, NOTIFY_FILE_SIZE_MAX + 1);
    size_t size = memory == NULL ? 0 : fread(memory, 1, NOTIFY_FILE_SIZE_MAX + 1, file);
    bool read = memory != NULL && ferror(file) == 0;
    int error = errno;
    (void)fclose(file);
    if (read) {
        buf_commit(text, size);
    }
    errno = error;
    return read;
}

static int check_text(const char *path, struct slice text, struct buf *errors)
{
    struct notify_plan *plan = notify_plan_create();
    if (plan == NULL) {
        buf_append_text(errors, "thaw: no memory\n");
        return CHECK_UNREADABLE;
    }
    enum status status = notify_plan_read(plan, text, path, errors);
    if (status == STATUS_FULL) {
        buf_printf(errors, "%s: it takes too much memory\n", path);
    }
    if (status == STATUS_OK) {
        (void)printf("%s: %zu %s\n", path, plan->target_count,
                     cli_text_form(plan->target_count, "target", "targets"));
    }
    notify_plan_drop(plan);
    return status == STATUS_OK ? CHECK_GOOD : CHECK_WRONG;
}

static int check_file(const char *path)
{
    struct buf text;
    struct buf errors;
    int code = CHECK_UNREADABLE;
    buf_init_growing(&text, NOTIFY_FILE_SIZE_MAX + 1);
    buf_init_growing(&errors, 65536);
    if (read_whole(path, &text)) {
        code = check_text(path, buf_bytes(&text), &errors);
    } else {
        buf_printf(&errors, "thaw: %s: %s\n", path, strerror(errno));
    }
    (void)fwrite(errors.base, 1, errors.size, stderr);
    if (text.size > 0) {
        explicit_bzero(text.base, text.size);
    }
    buf_fini(&errors);
    buf_fini(&text);
    return code;
}

int cli_notify_check(const struct cli_options *options)
{
    int code = CHECK_GOOD;
    for (size_t i = 0; i < options->word_count; i++) {
        int checked = check_file((const char *)options->words[i].base); /* A word of argv. */
        code = checked > code ? checked : code;
    }
    return code;
}
