/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pages.h"

#include <stdlib.h>

/* Pages are read together up to so many bytes, with so many that are not needed between two that
 * are: a read of a few pages more costs less than another one. */
#define PAGES_WINDOW_SIZE ((size_t)64 << 10)
#define PAGES_GAP_SIZE    ((size_t)4 << 10)

/* Whether a page is among those that were read. */
static bool pages_have(const struct pages *pages, struct lookup_page page)
{
    return pages->bytes != NULL && page.offset >= pages->offset &&
           page.offset - pages->offset <= pages->count &&
           page.size <= pages->count - (size_t)(page.offset - pages->offset);
}

/* Read a page, and those behind it that are needed next, as long as they lie close together. */
static enum status pages_read(struct pages *pages, struct lookup_page page, const uint64_t *hashes,
                              size_t count)
{
    uint64_t end = page.offset + page.size;
    for (size_t i = 0; i < count; i++) {
        struct lookup_page next = pages->page_of(pages->map, hashes[i]);
        if (next.offset + next.size - page.offset > PAGES_WINDOW_SIZE ||
            (next.offset > end && next.offset - end > PAGES_GAP_SIZE)) {
            break;
        }
        end = next.offset + next.size;
    }
    if (end > pages->size) {
        return STATUS_BAD;
    }
    size_t wanted = (size_t)(end - page.offset);
    pages->count = 0;
    if (wanted > pages->capacity) {
        unsigned char *bytes = realloc(pages->bytes, wanted);
        if (bytes == NULL) {
            return STATUS_FULL;
        }
        pages->bytes = bytes;
        pages->capacity = wanted;
    }
    size_t got = 0;
    enum status status = pages->disk->read(pages->disk->self, pages->file,
                                           pages->base + page.offset, pages->bytes, wanted, &got);
    if (status != STATUS_OK || got != wanted) {
        return status != STATUS_OK ? status : STATUS_BAD;
    }
    pages->offset = page.offset;
    pages->count = wanted;
    return STATUS_OK;
}

enum status pages_get(struct pages *pages, const uint64_t *hashes, size_t count, struct slice *page)
{
    struct lookup_page wanted = pages->page_of(pages->map, hashes[0]);
    if (!pages_have(pages, wanted)) {
        enum status status = pages_read(pages, wanted, hashes + 1, count - 1);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *page = slice_of(pages->bytes + (wanted.offset - pages->offset), wanted.size);
    return STATUS_OK;
}

void pages_fini(struct pages *pages)
{
    free(pages->bytes);
    pages->bytes = NULL;
}
