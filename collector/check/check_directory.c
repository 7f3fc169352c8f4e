/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"

#include "base/log.h"
#include "check/check_lmdb.h"
#include "check/check_print.h"
#include "model/save.h"
#include "model/snapshot.h"
#include "model/view.h"
#include "series/series_tail.h"

#include <stdio.h>
#include <string.h>

static enum status directory_series(const struct hash_key *secret, struct slice bytes,
                                    const char **reason)
{
    struct series_store *series = series_create(secret);
    if (series == NULL) {
        return STATUS_FULL;
    }
    enum status status = series_load(series, bytes, reason);
    series_free(series);
    return status;
}

/* Whether bytes are a view, and series, of this version. */
static enum status directory_view(const struct hash_key *secret, struct slice bytes,
                                  const char **reason)
{
    if (bytes.size > SAVE_MAGIC_SIZE && memcmp(bytes.base, SAVE_MAGIC, SAVE_MAGIC_SIZE) == 0 &&
        bytes.base[SAVE_MAGIC_SIZE] != SAVE_VERSION) {
        *reason = "it is of another version of the program";
        return STATUS_DENIED;
    }
    struct view *view = view_create(secret);
    if (view == NULL) {
        return STATUS_FULL;
    }
    struct slice series;
    series_tail_split(bytes, &bytes, &series);
    enum status status = view_load(view, bytes, reason);
    view_free(view);
    return status == STATUS_OK && series.size > 0 ? directory_series(secret, series, reason)
                                                  : status;
}

/* Read the catalog; what is wrong with it is a finding. */
static enum status directory_catalog(const struct check_directory *directory,
                                     const struct check_sink *sink, struct check_lmdb *lmdb,
                                     uint64_t counts[CHECK_GRADE_COUNT])
{
    char reason[128] = "";
    enum status status = check_lmdb_read(lmdb, directory->path, reason, sizeof(reason));
    struct check_finding finding = {
        .grade = CHECK_DAMAGE,
        .file = "catalog.lmdb",
        .what = reason,
        .means = "the collector does not start",
        .advice = "move catalog.lmdb away: it is made anew from the segments, without the state of "
                  "alerts",
    };
    if (status == STATUS_NOT_FOUND) {
        finding.what = "it is missing";
        finding.means = "the list of segments is taken from the directory; the state of alerts and "
                        "which frames are set aside is lost";
        finding.advice = "restore the file from a backup, or let it be made anew";
    }
    if (status == STATUS_BAD || status == STATUS_NOT_FOUND) {
        counts[finding.grade]++;
        sink->finding(sink->context, &finding);
    }
    return status;
}

static enum status directory_run(const struct check_directory *directory, const struct disk *disk,
                                 struct check_totals *totals)
{
    struct check_print print = {
        .path = directory->path, .json = directory->json, .quiet = directory->quiet};
    struct check_lmdb lmdb;
    uint64_t counts[CHECK_GRADE_COUNT] = {0};
    check_print_begin(&print);
    struct check_sink sink = check_print_sink(&print);
    struct check_options options = {
        .disk = disk,
        .decode = directory->decode,
        .restoring = directory->restoring,
        .load = directory_view,
    };
    enum status status = directory_catalog(directory, &sink, &lmdb, counts);
    if (status == STATUS_OK) {
        options.catalog = &lmdb.catalog;
    }
    if (status == STATUS_OK || status == STATUS_BAD || status == STATUS_NOT_FOUND) {
        status = check_run(&options, &sink, totals);
    }
    if (status == STATUS_OK) {
        for (unsigned i = 0; i < CHECK_GRADE_COUNT; i++) {
            totals->counts[i] += counts[i];
        }
        check_print_end(&print, totals);
    }
    check_lmdb_fini(&lmdb);
    check_print_fini(&print);
    return status;
}

enum check_verdict check_directory(const struct check_directory *directory)
{
    char error[512];
    struct disk disk;
    struct check_totals totals = {.segments = 0};
    enum status status =
        disk_posix_open_to_read(&disk, directory->path, true, error, sizeof(error));
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "check: %s\n", error);
        return CHECK_CANNOT_READ;
    }
    log_set_level(LOG_OFF); /* Findings say it better. */
    status = directory_run(directory, &disk, &totals);
    disk_posix_close(&disk);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "check: " SLICE_FMT ": %s\n", SLICE_ARG(directory->path),
                      status == STATUS_FULL ? "out of memory" : status_name(status));
        return CHECK_CANNOT_READ;
    }
    return check_verdict(&totals);
}
