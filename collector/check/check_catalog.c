/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The catalog: what it says of itself, and what it says of segments.  Its bytes have no checksums;
 * most of what it says stands in the segments, too.
 */
static const struct check_words catalog_wrong = {
    CHECK_DAMAGE, "the collector may take the directory for another one",
    "move catalog.lmdb away: it is made anew from the segments, without the state of alerts"};

/* The numbers of a key: kind/00000001, or kind/00000001/0000000064 if there are two. */
static bool catalog_numbers(struct slice key, const char *kind, uint32_t *one, uint32_t *other)
{
    char text[STORE_PATH_SIZE];
    char again[STORE_PATH_SIZE];
    int size = snprintf(again, sizeof(again), "%s/", kind);
    if (!slice_starts(key, slice_from(again)) || !slice_copy_text(key, text, sizeof(text))) {
        return false;
    }
    char *end = NULL;
    *one = (uint32_t)strtoul(text + size, &end, 10);
    if (other == NULL) {
        (void)snprintf(again, sizeof(again), "%s/%08u", kind, *one);
    } else {
        *other = *end == '/' ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
        (void)snprintf(again, sizeof(again), "%s/%08u/%010u", kind, *one, *other);
    }
    return strcmp(text, again) == 0;
}

static void catalog_aside(struct check *check, uint32_t segment, uint32_t offset)
{
    struct check_aside *aside =
        realloc(check->aside, (check->aside_count + 1) * sizeof(check->aside[0]));
    if (aside == NULL) {
        check->no_memory = true;
        return;
    }
    check->aside = aside;
    check->aside[check->aside_count++] = (struct check_aside){segment, offset};
}

static bool catalog_take_store(struct check *check, struct slice key, struct slice value)
{
    if (slice_equal(key, SLICE("store"))) {
        check->identified = value.size == sizeof(check->totals.store);
        if (check->identified) {
            memcpy(check->totals.store, value.base, value.size);
            check->seed = frame_seed(check->totals.store);
        }
        return check->identified;
    }
    if (slice_equal(key, SLICE("secret"))) {
        check->has_secret = value.size == 16;
        if (check->has_secret) {
            check->secret.words[0] = bytes_get64(value.base);
            check->secret.words[1] = bytes_get64(value.base + 8);
        }
        return check->has_secret;
    }
    if (slice_equal(key, SLICE("first"))) {
        check->first = value.size == 4 ? bytes_get32(value.base) : 0;
        return value.size == 4;
    }
    return slice_starts(key, SLICE("state/"));
}

static bool catalog_take_segment(struct check *check, struct slice key, struct slice value)
{
    uint32_t number;
    uint32_t offset;
    if (slice_starts(key, SLICE("segment/"))) {
        char name[SEGMENT_NAME_SIZE];
        uint32_t named = 0;
        bool right = catalog_numbers(key, "segment", &number, NULL) &&
                     slice_copy_text(value, name, sizeof(name)) &&
                     segment_name_parse(name, &named) && named == number;
        struct check_found *found = right ? check_add_segment(check, number) : NULL;
        if (found != NULL) {
            found->listed = true;
            memcpy(found->name, name, sizeof(found->name));
        }
        return right;
    }
    if (slice_starts(key, SLICE("sealed/"))) {
        bool right = catalog_numbers(key, "sealed", &number, NULL);
        struct check_found *found = right ? check_add_segment(check, number) : NULL;
        if (found != NULL) {
            found->says_sealed = true;
        }
        return right;
    }
    if (slice_starts(key, SLICE("skip/"))) {
        bool right = catalog_numbers(key, "skip", &number, &offset);
        if (right) {
            catalog_aside(check, number, offset);
        }
        return right;
    }
    return slice_starts(key, SLICE("sealing/")) && value.size == 1 &&
           catalog_numbers(key, "sealing", &number, NULL);
}

/* The longest beginning of a key that is told, each byte as up to four. */
#define KEY_SHOWN_MAX 64
#define KEY_TEXT_SIZE (4 * KEY_SHOWN_MAX + 1)

/* A key as text: what damage has made of one may be anything. */
static struct slice key_text(struct slice key, char text[KEY_TEXT_SIZE])
{
    struct buf out;
    buf_init_fixed(&out, text, KEY_TEXT_SIZE);
    for (size_t i = 0; i < key.size && i < KEY_SHOWN_MAX; i++) {
        unsigned char byte = key.base[i];
        if (byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\') {
            buf_append_byte(&out, byte);
        } else {
            buf_printf(&out, "\\x%02x", byte);
        }
    }
    return buf_bytes(&out);
}

static void catalog_take(void *context, struct slice key, struct slice value)
{
    struct check *check = context;
    if (catalog_take_store(check, key, value) || catalog_take_segment(check, key, value)) {
        return;
    }
    char text[KEY_TEXT_SIZE];
    struct slice shown = key_text(key, text);
    check_tell(check, &catalog_wrong, "the entry \"" SLICE_FMT "\" is none of a catalog",
               SLICE_ARG(shown));
}

enum status check_read_catalog(struct check *check)
{
    const struct catalog *catalog = check->options->catalog;
    if (catalog == NULL) {
        return STATUS_OK; /* Whoever opened it has told. */
    }
    check_begin_file(check, "catalog.lmdb");
    enum status status = catalog->each(catalog->self, SLICE(""), catalog_take, check);
    if (status != STATUS_OK) {
        check_tell_refused(check, status);
    }
    if (status == STATUS_OK && !check->identified) {
        check_tell(check, &catalog_wrong, "it has no identity");
    }
    if (status == STATUS_OK && !check->has_secret) {
        check_tell(check, &catalog_wrong, "it has no secret");
    }
    return check->no_memory ? STATUS_FULL : STATUS_OK;
}

/* Compare what is listed with what is there; and what is set aside. */
void check_catalog_listed(struct check *check)
{
    static const struct check_words missing = {CHECK_DAMAGE, "all that was kept in it is lost",
                                               "restore the directory from a backup"};
    static const struct check_words unsealed = {CHECK_DAMAGE, "all that was kept in it is lost",
                                                "restore the file from a backup"};
    static const struct check_words logged = {CHECK_NOTE, "its log has the same",
                                              "it is sealed again"};
    static const struct check_words leftover = {CHECK_NOTE, "retention has dropped it",
                                                "the next start removes it"};
    static const struct check_words aside = {
        CHECK_NOTE, "it ended the process twice, and is kept, but not shown",
        "report it with the program's version"};
    bool any = false; /* A segment that is there was seen: those before it were dropped. */
    check_begin_file(check, "catalog.lmdb");
    for (size_t i = 0; i < check->count; i++) {
        struct check_found *found = &check->found[i];
        bool there = found->there;
        any = any || (there && found->number >= check->first);
        if (there && found->number < check->first) {
            check_tell(check, &leftover, "segment %08u is there", found->number);
        } else if (found->listed && !there && any) {
            check_tell(check, &missing, "segment %s is listed, and is not there", found->name);
        } else if (found->says_sealed && there && !found->has_sealed) {
            check_tell(check, found->has_log ? &logged : &unsealed,
                       "segment %s is sealed, and has no sealed file", found->name);
        }
    }
    for (size_t i = 0; i < check->aside_count; i++) {
        check_tell(check, &aside, "the frame of segment %08u at %u is set aside",
                   check->aside[i].segment, check->aside[i].offset);
    }
}
