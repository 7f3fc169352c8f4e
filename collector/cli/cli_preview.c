/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_preview.h"

#include "cli/cli_rules.h"

#include "base/json_write.h"
#include "base/number.h"
#include "base/settings.h"
#include "base/timestamp.h"
#include "rules/rules_file.h"
#include "rules/rules_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_GOOD = 0, BODY_WRONG = 2, BODY_UNREADABLE = 3 };

#define MS_NS UINT64_C(1000000)

static int wrong(struct buf *error, const char *what, struct slice text)
{
    buf_printf(error, "%s" SLICE_FMT, what, SLICE_ARG(text));
    return BODY_WRONG;
}

/* An instant, as it is typed: a number of milliseconds or a text. */
static int add_instant(struct json_write *writer, const char *name, struct slice text,
                       struct buf *error)
{
    uint64_t value = 0;
    if (text.size == 0) {
        return BODY_GOOD;
    }
    if (number_parse_u64(text, &value) == NUMBER_OK) {
        json_write_member_u64(writer, slice_from(name), value);
        return BODY_GOOD;
    }
    if (!timestamp_parse(text, &value)) {
        buf_printf(error,
                   "--%s is an instant such as 2026-11-23T14:00:00Z, or epoch ms, not " SLICE_FMT,
                   name, SLICE_ARG(text));
        return BODY_WRONG;
    }
    json_write_member_string(writer, slice_from(name), text);
    return BODY_GOOD;
}

static int add_span(const struct cli_options *options, uint64_t now_ns, struct json_write *writer,
                    struct buf *error)
{
    uint64_t since_ns = 0;
    if (options->since.size > 0 && options->from.size > 0) {
        return wrong(error, "--since and --from are two beginnings: give one", SLICE_EMPTY);
    }
    if (options->since.size > 0) {
        if (!settings_parse_duration(options->since, &since_ns)) {
            return wrong(error, "--since is a time such as 30m, 6h or 7d, not ", options->since);
        }
        json_write_member_u64(writer, SLICE("from"),
                              (since_ns < now_ns ? now_ns - since_ns : 0) / MS_NS);
    }
    int code = add_instant(writer, "from", options->from, error);
    return code != BODY_GOOD ? code : add_instant(writer, "to", options->to, error);
}

/* Mistakes of the file, told here with its name. */
static int check_file(struct slice text, const char *path)
{
    struct arena arena;
    struct buf errors;
    struct rules_file file;
    void *memory = malloc(RULES_MEMORY_SIZE_MAX);
    if (memory == NULL) {
        (void)fprintf(stderr, "thaw: no memory\n");
        return BODY_UNREADABLE;
    }
    arena_init(&arena, memory, RULES_MEMORY_SIZE_MAX);
    buf_init_growing(&errors, CLI_OUTPUT_SIZE_MAX);
    enum status status = rules_file_read_draft(text, path, &arena, &errors, &file);
    if (status == STATUS_FULL) {
        buf_printf(&errors, "%s: it takes too much memory: make two of it\n", path);
    }
    (void)fwrite(errors.base, 1, errors.size, stderr);
    buf_fini(&errors);
    free(memory);
    return status == STATUS_OK ? BODY_GOOD : BODY_WRONG;
}

static int add_file(const char *path, struct json_write *writer, struct buf *error)
{
    struct buf text;
    int code = BODY_UNREADABLE;
    buf_init_growing(&text, RULES_FILE_SIZE_MAX + 65536 * 2);
    if (cli_rules_read(path, &text)) {
        code = check_file(buf_bytes(&text), path);
        json_write_member_string(writer, SLICE("rules"), buf_bytes(&text));
    } else {
        buf_printf(error, "%s: %s", path, strerror(errno));
    }
    buf_fini(&text);
    return code;
}

int cli_preview_body(const struct cli_options *options, uint64_t now_ns, struct buf *json,
                     struct buf *error)
{
    struct json_write writer;
    int code = BODY_GOOD;
    if (options->word_count == 0 && options->rule.size == 0) {
        return wrong(error, "thaw rules preview needs a FILE, or --rule", SLICE_EMPTY);
    }
    json_write_init(&writer, json);
    json_write_object_begin(&writer);
    if (options->word_count > 0) {
        code = add_file((const char *)options->words[0].base, &writer, error); /* Of argv. */
    }
    if (options->rule.size > 0) {
        json_write_member_string(&writer, SLICE("rule"), options->rule);
    }
    if (options->step.size > 0) {
        json_write_member_string(&writer, SLICE("step"), options->step);
    }
    if (code == BODY_GOOD) {
        code = add_span(options, now_ns, &writer, error);
    }
    json_write_object_end(&writer);
    return code;
}
