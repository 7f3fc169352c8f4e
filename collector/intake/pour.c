/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/pour.h"

#include "base/ensure.h"
#include "clouds/azure.h"
#include "clouds/gcp.h"
#include "intake/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Read at once: large enough that system calls do not count, small enough for the cache. */
#define POUR_PIECE_SIZE ((size_t)1 << 17)

struct pour {
    const struct pour_options *options;
    struct pour_result *result;
    struct merge *merge;
    struct gcp *gcp;
    struct azure *azure;
    struct pour_progress progress;
    unsigned char *piece;
    uint64_t opened;
};

static void pour_event(void *context, const struct log_event *event)
{
    const struct pour *pour = context;
    merge_event(pour->merge, event);
}

static void pour_gcp(void *context, struct slice json)
{
    const struct pour *pour = context;
    gcp_entry(pour->gcp, json);
}

static void pour_azure(void *context, struct slice json)
{
    const struct pour *pour = context;
    azure_entry(pour->azure, json);
}

static void pour_refused(void *context, const struct stream_refusal *refusal)
{
    const struct pour *pour = context;
    const struct stream_sink *sink = pour->options->sink;
    if (!pour->result->stopped) {
        sink->refused(sink->context, refusal);
    }
}

static void pour_fail(struct pour *pour, const char *text)
{
    pour->result->files_failed++;
    if (pour->result->error[0] == '\0') {
        snprintf(pour->result->error, sizeof(pour->result->error), "%s", text);
    }
}

static void pour_fail_errno(struct pour *pour, const char *path, const char *what, int error)
{
    char text[sizeof(pour->result->error)];
    snprintf(text, sizeof(text), "%s: cannot be %s: %s", path, what, strerror(error));
    pour_fail(pour, text);
}

/* JSON that ends inside of a record, as a download does that was broken off. */
static void pour_fail_cut(struct pour *pour, const char *path)
{
    char text[sizeof(pour->result->error)];
    snprintf(text, sizeof(text), "%s: it was cut off: it ends inside of a JSON record", path);
    pour_fail(pour, text);
}

static bool pour_goes_on(struct pour *pour)
{
    const struct pour_options *options = pour->options;
    if (options->progress != NULL && !options->progress(options->context, &pour->progress)) {
        pour->result->stopped = true;
    }
    return !pour->result->stopped;
}

/* Read all of a file.  False: it could not be read to its end, or is broken; that was told. */
static bool pour_read(struct pour *pour, struct intake *intake, int file, const char *path)
{
    struct intake_counts counts;
    uint64_t text_before = pour->progress.text_bytes;
    while (pour_goes_on(pour)) {
        ssize_t size = read(file, pour->piece, POUR_PIECE_SIZE);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            pour_fail_errno(pour, path, "read", errno);
            return false;
        }
        if (size == 0) {
            break;
        }
        pour->progress.bytes += (uint64_t)size;
        if (intake_push(intake, slice_of(pour->piece, (size_t)size)) != STATUS_OK) {
            break; /* intake_finish() says it again. */
        }
        intake_counts(intake, &counts);
        pour->progress.text_bytes = text_before + counts.inflated;
    }
    return true;
}

static void pour_count(struct intake_counts *all, const struct intake_counts *one)
{
    all->bytes += one->bytes;
    all->inflated += one->inflated;
    all->events += one->events;
    all->refused += one->refused;
    all->control_messages += one->control_messages;
    all->files += one->files;
    if (all->format == INTAKE_UNKNOWN || all->format == INTAKE_EMPTY) {
        all->format = one->format;
    }
}

static enum status pour_open_file(struct pour *pour, int file, const char *path)
{
    struct intake_options options = {
        .path = slice_from(path),
        .event = pour_event,
        .gcp = pour_gcp,
        .azure = pour_azure,
        .refused = pour_refused,
        .context = pour,
        .any_text = pour->options->function.size > 0 || pour->options->group.size > 0 ||
                    pour->options->stream.size > 0,
    };
    struct intake *intake = intake_create(&options);
    struct intake_counts counts;
    if (intake == NULL) {
        return STATUS_FULL;
    }
    bool read_well = pour_read(pour, intake, file, path);
    enum status status = intake_finish(intake);
    /* What was stopped ends anywhere: its last record is not broken, it was not read. */
    read_well = read_well && !pour->result->stopped;
    if (read_well && status != STATUS_OK) {
        pour_fail(pour, intake_error(intake));
    }
    intake_counts(intake, &counts);
    if (read_well && status == STATUS_OK && counts.cut) {
        pour_fail_cut(pour, path);
    }
    pour_count(&pour->result->intake, &counts);
    pour->result->formats[counts.format]++;
    intake_free(intake);
    return STATUS_OK;
}

static enum status pour_file(struct pour *pour, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        pour_fail_errno(pour, path, "opened", errno);
        return STATUS_OK;
    }
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
    pour->opened++;
    pour->progress.path = path;
    enum status status = pour_open_file(pour, file, path);
    if (!standard) {
        close(file);
    }
    pour->progress.files++;
    return status;
}

static enum status pour_files(struct pour *pour, const struct walk *walk)
{
    pour->progress.files_all = walk->count;
    pour->progress.bytes_all = walk->size_all;
    if (walk->failed > 0) {
        pour_fail_errno(pour, walk->failed_path, "opened", walk->failed_errno);
        pour->result->files_failed += walk->failed - 1;
    }
    for (size_t i = 0; i < walk->count && !pour->result->stopped; i++) {
        enum status status = pour_file(pour, walk->files[i].path);
        if (status != STATUS_OK) {
            return status;
        }
    }
    merge_finish(pour->merge);
    gcp_finish(pour->gcp);
    azure_finish(pour->azure);
    merge_counts(pour->merge, &pour->result->merge);
    if (pour->opened == 0) {
        return STATUS_NOT_FOUND;
    }
    return pour->result->files_failed > 0 ? STATUS_BAD : STATUS_OK;
}

static bool pour_init(struct pour *pour)
{
    const struct pour_options *options = pour->options;
    const struct merge_options merge_options = {
        .account = options->account,
        .region = options->region,
        .group = options->group,
        .stream = options->stream,
        .function = options->function,
    };
    const struct cloud_options cloud_options = {
        .function = options->function,
        .memory_mb = options->memory_mb,
        .azure_flex = options->azure_flex,
    };
    pour->merge = merge_create(&merge_options, options->sink);
    pour->gcp = gcp_create(&cloud_options, options->sink);
    pour->azure = azure_create(&cloud_options, options->sink);
    pour->piece = malloc(POUR_PIECE_SIZE);
    return pour->merge != NULL && pour->gcp != NULL && pour->azure != NULL && pour->piece != NULL;
}

enum status pour(const struct pour_options *options, struct pour_result *result)
{
    struct pour pour = {.options = options, .result = result};
    struct walk files;
    *result = (struct pour_result){.stopped = false};
    ENSURE(options->sink != NULL && options->sink->refused != NULL);
    enum status status = walk(&files, options->paths, options->path_count);
    if (status == STATUS_OK) {
        status = pour_init(&pour) ? pour_files(&pour, &files) : STATUS_FULL;
    }
    if (status == STATUS_FULL && result->error[0] == '\0') {
        snprintf(result->error, sizeof(result->error), "there is no memory left");
    }
    walk_fini(&files);
    free(pour.piece);
    merge_free(pour.merge);
    gcp_free(pour.gcp);
    azure_free(pour.azure);
    return status;
}

const char *pour_format(const struct pour_result *result)
{
    const char *name = NULL;
    for (unsigned i = 0; i < INTAKE_FORMAT_COUNT; i++) {
        if (result->formats[i] > 0 && i != INTAKE_UNKNOWN && i != INTAKE_EMPTY) {
            name = name == NULL ? intake_format_name((enum intake_format)i) : "mixed";
        }
    }
    return name;
}
