/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "base/bytes.h"
#include "store/guide.h"

#include <stdlib.h>

/*
 * A guide: its pages have their checksums and ascend, and every id of a segment that it is made of
 * is in them.  What is wrong with one costs nothing: the segments are asked, and it is made again.
 */
static const struct check_words guide_wrong = {CHECK_DAMAGE,
                                               "look-ups take a little longer; nothing is lost",
                                               "remove the file: it is made again"};

struct guide_check {
    struct check *check;
    struct guide *guide;
    unsigned char *pages;
    uint8_t member;  /* Whose ids come, */
    uint64_t missed; /* and how many of them are not there. */
    bool found;
};

static enum status guide_read_pages(struct guide_check *state)
{
    const struct guide *guide = state->guide;
    size_t size = (size_t)guide_pages_size(&guide->head);
    size_t got = 0;
    state->pages = malloc(size);
    if (state->pages == NULL) {
        return STATUS_FULL;
    }
    return guide->disk->read(guide->disk->self, guide->file,
                             guide->size - guide_pages_size(&guide->head), state->pages, size,
                             &got);
}

static struct slice guide_page(const struct guide_check *state, uint64_t hash)
{
    struct lookup_page page = guide_page_of(&state->guide->map, hash);
    return slice_of(state->pages + page.offset, page.size);
}

static void guide_ignore(void *context, uint8_t member)
{
    (void)context;
    (void)member;
}

static void guide_check_pages(struct guide_check *state)
{
    const struct guide *guide = state->guide;
    uint64_t front = guide->size - guide_pages_size(&guide->head);
    for (uint64_t i = 0; i < UINT64_C(1) << guide->head.bits; i++) {
        uint64_t hash = guide->head.bits == 0 ? 0 : i << (64 - guide->head.bits);
        struct slice page = guide_page(state, hash);
        uint64_t at = front + (uint64_t)(page.base - state->pages);
        uint32_t before = 0;
        if (guide_find(&guide->map, page, hash, guide_ignore, NULL) != STATUS_OK) {
            check_tell_at(state->check, &guide_wrong, at, page.size,
                          "a page does not have its checksum");
            continue;
        }
        for (size_t k = 0; k + GUIDE_CRC_SIZE < page.size; k += GUIDE_ENTRY_SIZE) {
            uint32_t entry = (uint32_t)bytes_get16(page.base + k) << 8 | (uint32_t)page.base[k + 2];
            if (page.base[k + 2] >= guide->head.members || (k > 0 && entry <= before)) {
                check_tell_at(state->check, &guide_wrong, at + k, GUIDE_ENTRY_SIZE,
                              "the ids of a page do not ascend, or are of no segment");
            }
            before = entry;
        }
    }
}

static void guide_found(void *context, uint8_t member)
{
    struct guide_check *state = context;
    state->found = state->found || member == state->member;
}

static void guide_top(void *context, uint32_t top)
{
    struct guide_check *state = context;
    uint64_t hash = (uint64_t)top << 32;
    state->found = false;
    (void)!guide_find(&state->guide->map, guide_page(state, hash), hash, guide_found, state);
    state->missed += state->found ? 0 : 1;
}

/* Every id of the segments that it says it is made of is in it. */
static void guide_check_members(struct guide_check *state)
{
    const struct guide *guide = state->guide;
    for (uint32_t i = 0; i < guide->head.members; i++) {
        const struct check_found *found = check_segment_of(state->check, guide->members[i].segment);
        if (found == NULL || found->sealed == NULL) {
            continue;
        }
        struct guide_member member = guide_member_of(found->sealed);
        if (member.ids != guide->members[i].ids ||
            member.starts_crc != guide->members[i].starts_crc) {
            continue; /* It is of another time, and will not be used. */
        }
        state->member = (uint8_t)i;
        state->missed = 0;
        enum status status = sealed_tops(found->sealed, 0, UINT32_MAX, guide_top, state);
        if (status == STATUS_OK && state->missed > 0) {
            check_tell_at(state->check, &guide_wrong, 0, guide->size,
                          "%llu ids of segment %08u are not in it",
                          (unsigned long long)state->missed, guide->members[i].segment);
        }
    }
}

enum status check_guide(struct check *check, const char *name)
{
    static const struct check_words unfinished = {
        CHECK_NOTE, "its making was cut short, or it is of an earlier time",
        "the next start removes it"};
    struct guide_check state = {.check = check};
    check_begin_file(check, name);
    enum status status = guide_open(&state.guide, check->options->disk, name, check->totals.store);
    if (status == STATUS_BAD) {
        check_tell(check, &unfinished, "its head, members or starts are not right");
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        check->totals.bytes += state.guide->size;
        status = guide_read_pages(&state);
    }
    if (status == STATUS_OK) {
        guide_check_pages(&state);
        guide_check_members(&state);
    } else {
        check_tell_refused(check, status);
    }
    free(state.pages);
    guide_free(state.guide);
    return check->no_memory ? STATUS_FULL : STATUS_OK;
}
