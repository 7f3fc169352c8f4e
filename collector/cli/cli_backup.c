/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_backup.h"

#include "backup/backup.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/number.h"
#include "ingest/otlp_decode.h"

#include <limits.h>
#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_DAMAGED = 1, EXIT_WRONG = 2, EXIT_FAILED = 3 };

#define BACKUP_TEXT_SIZE (64u << 10)

static int backup_answer(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EXIT_DONE;
    case STATUS_BAD:
        return EXIT_DAMAGED;
    case STATUS_DENIED:
    case STATUS_EXISTS:
    case STATUS_NOT_FOUND:
        return EXIT_WRONG;
    case STATUS_AGAIN:
    case STATUS_FULL:
    case STATUS_IO:
    case STATUS_CLOSED:
    case STATUS_TIMEOUT:
        break;
    }
    return EXIT_FAILED;
}

static int backup_print(struct buf *text)
{
    bool printed = fwrite(text->base, 1, text->size, stdout) == text->size;
    printed = fflush(stdout) == 0 && printed;
    buf_fini(text);
    return printed ? EXIT_DONE : EXIT_FAILED;
}

static int backup_complain(const char *command, const char *error, enum status status)
{
    (void)fprintf(stderr, "thaw: %s: %s\n", command, error);
    return backup_answer(status);
}

static void backup_json(const struct backup_done *done, struct slice path, struct buf *text)
{
    struct json_write writer;
    json_write_init(&writer, text);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("path"), path);
    json_write_member_string(&writer, SLICE("name"), slice_from(done->name));
    json_write_member_u64(&writer, SLICE("files"), done->files);
    json_write_member_u64(&writer, SLICE("bytes"), done->bytes);
    json_write_member_u64(&writer, SLICE("linkedFiles"), done->linked_files);
    json_write_member_u64(&writer, SLICE("linkedBytes"), done->linked_bytes);
    json_write_member_u64(&writer, SLICE("removed"), done->removed);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    buf_append_byte(text, '\n');
}

int cli_backup(const struct cli_options *options)
{
    struct buf text;
    char error[512] = "";
    char into[PATH_MAX];
    struct backup_done done;
    struct backup_options how = {.data = options->data, .into = into, .link = options->link};
    if (!slice_copy_text(options->words[0], into, sizeof(into))) {
        return backup_complain("backup", "the path is too long", STATUS_DENIED);
    }
    if (options->keep.size > 0 &&
        (number_parse_u64(options->keep, &how.keep) != NUMBER_OK || how.keep == 0)) {
        return backup_complain("backup", "--keep is how many backups stay: 1 or more",
                               STATUS_DENIED);
    }
    enum status status = backup_make(&how, &done, error, sizeof(error));
    if (status != STATUS_OK) {
        return backup_complain("backup", error, status);
    }
    buf_init_growing(&text, BACKUP_TEXT_SIZE);
    if (options->json) {
        backup_json(&done, options->words[0], &text);
    } else {
        buf_printf(&text, "backup %s/%s: %llu files, %llu bytes; %llu bytes of them were copied\n",
                   into, done.name, (unsigned long long)done.files, (unsigned long long)done.bytes,
                   (unsigned long long)(done.bytes - done.linked_bytes));
    }
    return backup_print(&text);
}

int cli_restore(const struct cli_options *options)
{
    struct buf text;
    char error[512] = "";
    char backup[PATH_MAX];
    char data[PATH_MAX];
    struct backup_done done;
    const struct backup_restore how = {.backup = backup, .data = data, .decode = otlp_decode};
    if (!slice_copy_text(options->words[0], backup, sizeof(backup)) ||
        !slice_copy_text(options->words[1], data, sizeof(data))) {
        return backup_complain("restore", "a path is too long", STATUS_DENIED);
    }
    enum status status = backup_restore(&how, &done, error, sizeof(error));
    if (status != STATUS_OK) {
        return backup_complain("restore", error, status);
    }
    buf_init_growing(&text, BACKUP_TEXT_SIZE);
    if (options->json) {
        backup_json(&done, options->words[1], &text);
    } else {
        buf_printf(&text,
                   "restored and checked: %llu files, %llu bytes\nthaw-collector --data %s\n",
                   (unsigned long long)done.files, (unsigned long long)done.bytes, data);
    }
    return backup_print(&text);
}
