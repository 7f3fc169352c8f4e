/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"

#include "check/check_private.h"
#include "store/guide.h"
#include "store/scratch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Telling. ---- */

void check_begin_file(struct check *check, const char *path)
{
    (void)snprintf(check->file, sizeof(check->file), "%s", path);
    check->told = 0;
}

THAW_PRINTF(4, 0)
static void check_tell_list(struct check *check, const struct check_words *words,
                            const struct check_finding *place, const char *what, va_list list)
{
    char text[256];
    check->totals.counts[words->grade]++;
    if (check->told > CHECK_FINDING_COUNT_MAX) {
        return;
    }
    (void)vsnprintf(text, sizeof(text), what, list);
    struct check_finding finding = *place;
    finding.grade = words->grade;
    finding.file = check->file;
    finding.what = text;
    finding.means = words->means;
    finding.advice = words->advice;
    if (check->told == CHECK_FINDING_COUNT_MAX) {
        finding.what = "there is more of it in this file, which is counted and not told";
        finding.placed = false;
    }
    check->told++;
    check->sink->finding(check->sink->context, &finding);
}

void check_tell(struct check *check, const struct check_words *words, const char *what, ...)
{
    static const struct check_finding nowhere = {.placed = false};
    va_list list;
    va_start(list, what);
    check_tell_list(check, words, &nowhere, what, list);
    va_end(list);
}

void check_tell_at(struct check *check, const struct check_words *words, uint64_t offset,
                   uint64_t size, const char *what, ...)
{
    const struct check_finding place = {.placed = true, .offset = offset, .size = size};
    va_list list;
    va_start(list, what);
    check_tell_list(check, words, &place, what, list);
    va_end(list);
}

void check_tell_refused(struct check *check, enum status status)
{
    static const struct check_words words = {
        CHECK_UNREADABLE, "nobody knows what is in it",
        "look at the messages of the kernel; copy the directory off this disk"};
    if (status == STATUS_FULL) {
        check->no_memory = true;
        return;
    }
    check_tell(check, &words, "it cannot be read (%s)", status_name(status));
}

/* ---- Segments. ---- */

struct check_found *check_segment_of(const struct check *check, uint32_t number)
{
    for (size_t i = 0; i < check->count; i++) {
        if (check->found[i].number == number) {
            return &check->found[i];
        }
    }
    return NULL;
}

struct check_found *check_add_segment(struct check *check, uint32_t number)
{
    struct check_found *found = check_segment_of(check, number);
    if (found == NULL && check->count == check->capacity) {
        size_t capacity = 2 * check->capacity + 16;
        found = realloc(check->found, capacity * sizeof(*found));
        if (found == NULL) {
            check->no_memory = true;
            return NULL;
        }
        check->found = found;
        check->capacity = capacity;
        found = NULL;
    }
    if (found == NULL) {
        found = &check->found[check->count++];
        *found = (struct check_found){.number = number};
    }
    return found;
}

/* A log and what was made of it say the same. */
static void check_both(struct check *check, const struct check_found *found)
{
    static const struct check_words words = {
        CHECK_DAMAGE, "one of the two is not what was written",
        "keep a copy of both; the collector uses what is sealed"};
    if (found->sealed == NULL || !found->has_log || !found->says_sealed ||
        (found->sealed->foot.frames == found->log_frames &&
         (found->log_frames == 0 || found->sealed->foot.seq_last == found->log_seq_last))) {
        return;
    }
    check_tell(
        check, &words, "what is sealed was made of %llu frames, and the log beside it has %llu",
        (unsigned long long)found->sealed->foot.frames, (unsigned long long)found->log_frames);
}

static enum status check_segment(struct check *check, struct check_found *found)
{
    static const struct check_words lost = {CHECK_DAMAGE, "all that was kept in it is lost",
                                            "restore the directory from a backup"};
    static const struct check_words empty = {
        CHECK_NOTE, "its making was cut short, and nothing was ever kept in it",
        "the next start removes it"};
    struct check_segment segment = {
        .name = found->name, .has_log = found->has_log, .has_sealed = found->has_sealed};
    enum status status = STATUS_OK;
    if (found->has_log) {
        status = check_log(check, found, &segment);
    }
    if (status == STATUS_OK && found->has_sealed) {
        status = check_sealed(check, found, &segment);
    }
    if (status == STATUS_OK && !found->has_log && !found->has_sealed) {
        char path[STORE_PATH_SIZE];
        (void)snprintf(path, sizeof(path), "segments/%s", found->name);
        check_begin_file(check, path);
        check_tell(check, found->listed ? &lost : &empty,
                   "there is neither a log nor a sealed file");
    }
    check_both(check, found);
    check->totals.segments++;
    check->sink->segment(check->sink->context, &segment);
    return check->no_memory ? STATUS_FULL : status;
}

static enum status check_all(struct check *check)
{
    enum status status = check_read_catalog(check);
    if (status == STATUS_OK) {
        status = check_files(check);
    }
    if (status == STATUS_OK) {
        check_catalog_listed(check);
    }
    for (size_t i = 0; status == STATUS_OK && i < check->count; i++) {
        if (check->found[i].there && check->found[i].number >= check->first) {
            status = check_segment(check, &check->found[i]);
        }
    }
    return status;
}

/* The files of the front of the directory come last: they speak of the segments. */
struct check_guide_name {
    uint32_t segment, count;
};

struct check_views {
    struct frame_ref places[STORE_SAVED_COUNT_MAX];
    size_t count;
    struct check_guide_name guides[STORE_GUIDE_COUNT_MAX];
    size_t guide_count;
};

static void check_view(void *context, const char *name)
{
    struct check_views *views = context;
    struct frame_ref place;
    if (saved_name_parse(name, &place) && views->count < STORE_SAVED_COUNT_MAX) {
        views->places[views->count++] = place;
    }
    struct check_guide_name guide;
    if (guide_name_parse(name, &guide.segment, &guide.count) &&
        views->guide_count < STORE_GUIDE_COUNT_MAX) {
        views->guides[views->guide_count++] = guide;
    }
}

static enum status check_views(struct check *check)
{
    const struct disk *disk = check->options->disk;
    struct check_views views = {.count = 0};
    enum status status = disk->list(disk->self, ".", check_view, &views);
    for (size_t i = 0; status == STATUS_OK && i < views.count; i++) {
        status = check_saved(check, views.places[i]);
    }
    for (size_t i = 0; status == STATUS_OK && i < views.guide_count; i++) {
        char name[STORE_PATH_SIZE];
        guide_name(views.guides[i].segment, views.guides[i].count, name);
        status = check_guide(check, name);
    }
    return check->no_memory ? STATUS_FULL : status;
}

enum status check_run(const struct check_options *options, const struct check_sink *sink,
                      struct check_totals *totals)
{
    struct check check = {.options = options, .sink = sink};
    enum status status = scratch_init(&check.scratch);
    check.reader = bytes_reader_create();
    if (status == STATUS_OK && check.reader == NULL) {
        status = STATUS_FULL;
    }
    if (status == STATUS_OK) {
        status = check_all(&check);
    }
    if (status == STATUS_OK) {
        status = check_views(&check);
    }
    for (size_t i = 0; i < check.count; i++) {
        sealed_free(check.found[i].sealed);
    }
    free(check.found);
    free(check.aside);
    free(check.body);
    scratch_fini(&check.scratch);
    bytes_reader_free(check.reader);
    *totals = check.totals;
    return status;
}

enum check_verdict check_verdict(const struct check_totals *totals)
{
    if (totals->counts[CHECK_DAMAGE] > 0) {
        return CHECK_DAMAGED;
    }
    return totals->counts[CHECK_UNREADABLE] > 0 ? CHECK_CANNOT_READ : CHECK_GOOD;
}
