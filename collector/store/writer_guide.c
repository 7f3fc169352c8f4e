/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include "base/ensure.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * When guides are made and go.  So many sealed segments as are without one get one, the oldest
 * first; so many of these guides become one of all their segments, and that is the last.
 */
static uint32_t guide_fan_in(const struct writer *writer)
{
    uint32_t fan_in = writer->options.guide_fan_in;
    return fan_in > 0 ? fan_in : STORE_GUIDE_FAN_IN;
}

static void guide_remove(const struct writer *writer, const char *name)
{
    enum status status = writer->disk->remove_file(writer->disk->self, name);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        log_warn("guide not removed", log_string("guide", name), log_status(status));
    }
}

/* Take a guide out of service; where there is no memory for it, it stays. */
static void guide_drop(struct writer *writer, const struct guide *guide)
{
    char name[STORE_PATH_SIZE];
    guide_name(guide_last(guide), guide->head.members, name);
    if (cabinet_take_guide(&writer->cabinet, guide) == STATUS_OK) {
        guide_remove(writer, name);
    }
}

/* ---- At a start. ---- */

struct guide_names {
    struct guide_file {
        uint32_t segment, count;
    } files[STORE_GUIDE_COUNT_MAX];
    size_t count;
};

static void guide_listed(void *context, const char *name)
{
    struct guide_names *names = context;
    struct guide_file file;
    if (guide_name_parse(name, &file.segment, &file.count) &&
        names->count < STORE_GUIDE_COUNT_MAX) {
        names->files[names->count++] = file;
    }
}

/* Of the most segments first, then the oldest. */
static int guide_compare(const void *one, const void *other)
{
    const struct guide_file *a = one;
    const struct guide_file *b = other;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return (a->segment > b->segment) - (a->segment < b->segment);
}

/* Whether a guide knows the ids of all members that are there, and of some that no other does. */
static bool guide_fits(struct writer *writer, const struct guide *guide)
{
    const struct cabinet_list *list = writer->cabinet.list; /* This is the writer. */
    bool any = false;
    if (memcmp(&guide->head.key, &writer->key, sizeof(writer->key)) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < guide->head.members; i++) {
        struct segment segment;
        const struct cabinet_item *item = cabinet_find(list, guide->members[i].segment);
        if (item == NULL && !shelf_get(&writer->shelf, guide->members[i].segment, &segment)) {
            continue; /* It is gone. */
        }
        if (item == NULL) {
            return false; /* It may be sealed another time. */
        }
        struct guide_member member = guide_member_of(item->sealed);
        if (member.ids != guide->members[i].ids ||
            member.starts_crc != guide->members[i].starts_crc) {
            return false;
        }
        size_t at = 0;
        while (list->items[at] != item) {
            at++;
        }
        if (list->guided[at]) {
            return false;
        }
        any = true;
    }
    return any;
}

static void guide_adopt(struct writer *writer, const struct guide_file *file)
{
    char name[STORE_PATH_SIZE];
    struct guide *guide;
    guide_name(file->segment, file->count, name);
    enum status status = guide_open(&guide, writer->disk, name, writer->id);
    bool fits = status == STATUS_OK && guide_last(guide) == file->segment &&
                guide->head.members == file->count && guide_fits(writer, guide);
    if (status == STATUS_BAD || (status == STATUS_OK && !fits)) {
        log_info("guide is made again", log_string("guide", name));
        guide_remove(writer, name);
    } else if (status != STATUS_OK) {
        log_warn("guide not read", log_string("guide", name), log_status(status));
    }
    if (status == STATUS_OK && (!fits || cabinet_put_guide(&writer->cabinet, guide) != STATUS_OK)) {
        guide_free(guide);
    }
}

void writer_guide_open(struct writer *writer)
{
    struct guide_names *names = calloc(1, sizeof(*names));
    if (names == NULL ||
        writer->disk->list(writer->disk->self, ".", guide_listed, names) != STATUS_OK) {
        free(names);
        return; /* They are not needed. */
    }
    if (names->count > 0) {
        qsort(names->files, names->count, sizeof(names->files[0]), guide_compare);
    }
    for (size_t i = 0; i < names->count; i++) {
        guide_adopt(writer, &names->files[i]);
    }
    free(names);
}

/* ---- Making. ---- */

/* The oldest that have none, if they are enough. */
static void guide_plan_items(const struct writer *writer, const struct cabinet_list *list,
                             struct guide_make *make)
{
    uint32_t wanted = guide_fan_in(writer);
    make->count = 0;
    for (size_t i = 0; i < list->count && make->count < wanted; i++) {
        const struct cabinet_item *item = list->items[i];
        if (!list->guided[i] && !item->no_guide &&
            memcmp(&item->sealed->head.key, &writer->key, sizeof(writer->key)) == 0) {
            make->members[make->count++] = item->sealed;
        }
    }
    make->count = make->count == wanted ? make->count : 0;
}

static bool guide_has(const struct guide *guide, uint32_t segment)
{
    for (uint32_t i = 0; i < guide->head.members; i++) {
        if (guide->members[i].segment == segment) {
            return true;
        }
    }
    return false;
}

/* What is left of the members of small guides, if there are enough of these. */
static void guide_plan_guides(const struct writer *writer, const struct cabinet_list *list,
                              struct guide_make *make)
{
    const struct guide *small[GUIDE_MEMBERS_MAX];
    uint32_t wanted = guide_fan_in(writer);
    uint32_t count = 0;
    make->count = 0;
    for (size_t i = 0; i < list->guide_count && count < wanted; i++) {
        if (list->guides[i]->guide->head.members <= wanted) {
            small[count++] = list->guides[i]->guide;
        }
    }
    for (size_t i = 0; i < list->count && count == wanted; i++) {
        const struct sealed *sealed = list->items[i]->sealed;
        bool has = false;
        for (uint32_t k = 0; k < count && !has; k++) {
            has = guide_has(small[k], sealed->segment.number);
        }
        if (has) {
            make->members[make->count++] = sealed;
        }
    }
}

static bool guide_has_room(const struct writer *writer)
{
    uint64_t free_bytes;
    return writer->disk->free_bytes(writer->disk->self, &free_bytes) == STATUS_OK &&
           free_bytes / 2 > STORE_DISK_RESERVE;
}

/* Ask for the next guide, if one is to be made. */
static void guide_ask(struct writer *writer)
{
    struct guide_make *make = &writer->guide;
    if (writer->wall_ns() < writer->guide_at_ns) {
        return;
    }
    writer->guide_list = cabinet_hold(&writer->cabinet);
    *make = (struct guide_make){.disk = writer->disk};
    guide_plan_items(writer, writer->guide_list, make);
    if (make->count == 0) {
        guide_plan_guides(writer, writer->guide_list, make);
    }
    if (make->count > 0 && guide_has_room(writer)) {
        sealer_ask_guide(&writer->sealer, make);
    } else {
        writer_guide_end(writer);
    }
}

static bool guide_serves(const struct cabinet_list *list, const struct guide *guide)
{
    for (size_t i = 0; i < list->guide_count; i++) {
        if (list->guides[i]->guide == guide) {
            return true;
        }
    }
    return false;
}

/* Take a guide into service, and those that it replaces out of it. */
static enum status guide_publish(struct writer *writer)
{
    const struct guide_make *make = &writer->guide;
    const struct cabinet_list *before = writer->guide_list;
    char name[STORE_PATH_SIZE];
    struct guide *guide;
    guide_name(make->members[make->count - 1]->segment.number, make->count, name);
    enum status status = guide_open(&guide, writer->disk, name, writer->id);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t size = guide->size;
    status = cabinet_put_guide(&writer->cabinet, guide);
    if (status != STATUS_OK) {
        guide_free(guide);
        return status;
    }
    for (size_t i = 0; i < before->guide_count; i++) {
        const struct guide *old = before->guides[i]->guide;
        if (!guide_serves(writer->cabinet.list, old)) {
            char old_name[STORE_PATH_SIZE];
            guide_name(guide_last(old), old->head.members, old_name);
            guide_remove(writer, old_name);
        }
    }
    log_info("ids merged", log_string("guide", name), log_u64("segments", make->count),
             log_u64("bytes", size));
    (void)pthread_mutex_lock(&writer->mutex);
    writer->stats.merges++;
    writer->stats.merged_bytes += size;
    (void)pthread_mutex_unlock(&writer->mutex);
    return STATUS_OK;
}

static void guide_answer(struct writer *writer, enum status status)
{
    const struct guide_make *make = &writer->guide;
    if (status == STATUS_BAD) {
        const struct sealed *bad = make->members[make->bad];
        log_error("ids of a sealed segment are damaged", log_string("segment", bad->segment.name));
        struct cabinet_item *item = cabinet_find(writer->guide_list, bad->segment.number);
        item->no_guide = true;
    }
    if (status == STATUS_OK) {
        status = guide_publish(writer);
    }
    if (status != STATUS_OK) {
        log_error("ids not merged", log_u64("segments", make->count), log_status(status));
        writer->guide_at_ns = writer->wall_ns() + STORE_SEAL_RETRY_NS;
        (void)pthread_mutex_lock(&writer->mutex);
        writer->stats.merges_failed++;
        (void)pthread_mutex_unlock(&writer->mutex);
    }
    writer_guide_end(writer);
    /* Its segments may have gone meanwhile. */
    struct segment oldest;
    if (shelf_oldest(&writer->shelf, &oldest)) {
        writer_guide_forget(writer, oldest.number - 1);
    }
}

void writer_guide_end(struct writer *writer)
{
    if (writer->guide_list != NULL) {
        cabinet_release(&writer->cabinet, writer->guide_list);
        writer->guide_list = NULL;
    }
}

void writer_guide_forget(struct writer *writer, uint32_t segment_last)
{
    struct cabinet_list *list = cabinet_hold(&writer->cabinet);
    for (size_t i = 0; i < list->guide_count; i++) {
        if (guide_last(list->guides[i]->guide) <= segment_last) {
            guide_drop(writer, list->guides[i]->guide);
        }
    }
    cabinet_release(&writer->cabinet, list);
}

/* One that is damaged is made again. */
static void guide_drop_damaged(struct writer *writer)
{
    struct cabinet_list *list = cabinet_hold(&writer->cabinet);
    for (size_t i = 0; i < list->guide_count; i++) {
        struct guide *guide = list->guides[i]->guide;
        if (atomic_load(&guide->damaged)) {
            log_error("guide damaged", log_u64("segment", guide_last(guide)));
            guide_drop(writer, guide);
        }
    }
    cabinet_release(&writer->cabinet, list);
}

void writer_guide(struct writer *writer)
{
    enum status status;
    if (sealer_take_guide(&writer->sealer, &status)) {
        guide_answer(writer, status);
    }
    guide_drop_damaged(writer);
    if (sealer_idle(&writer->sealer)) {
        guide_ask(writer);
    }
}
