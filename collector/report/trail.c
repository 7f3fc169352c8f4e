/* SPDX-License-Identifier: Apache-2.0 */
#include "report/trail.h"

#include "base/ensure.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define HALF (REPORT_TRAIL_SIZE_MAX / 2)

/* What stands before each line's text. */
struct head {
    int64_t time_ns;
    uint16_t size;
    uint8_t severity;
    uint8_t cut;
    uint32_t unused; /* So that no byte of it is padding. */
};

_Static_assert(sizeof(struct head) == 16, "no padding");
_Static_assert(REPORT_LINE_SIZE_MAX + sizeof(struct head) <= HALF / 4, "several lines fit");

enum status trails_init(struct trails *trails)
{
    *trails = (struct trails){.oldest = TRAIL_NONE, .newest = TRAIL_NONE, .free = TRAIL_NONE};
    map_init_growing(&trails->map, REPORT_TRAIL_COUNT_MAX);
    trails->rows = calloc(REPORT_TRAIL_COUNT_MAX, sizeof(trails->rows[0]));
    trails->memory = malloc((size_t)REPORT_TRAIL_COUNT_MAX * REPORT_TRAIL_SIZE_MAX);
    if (trails->rows == NULL || trails->memory == NULL) {
        trails_fini(trails);
        return STATUS_FULL;
    }
    return STATUS_OK;
}

void trails_fini(struct trails *trails)
{
    free(trails->rows);
    free(trails->memory);
    map_fini(&trails->map);
    *trails = (struct trails){.rows = NULL};
}

static uint32_t row_of(const struct trails *trails, const struct trail *trail)
{
    return (uint32_t)(trail - trails->rows);
}

static void unlink_row(struct trails *trails, struct trail *trail)
{
    if (trail->older == TRAIL_NONE) {
        trails->oldest = trail->newer;
    } else {
        trails->rows[trail->older].newer = trail->newer;
    }
    if (trail->newer == TRAIL_NONE) {
        trails->newest = trail->older;
    } else {
        trails->rows[trail->newer].older = trail->older;
    }
}

static void link_newest(struct trails *trails, struct trail *trail)
{
    trail->older = trails->newest;
    trail->newer = TRAIL_NONE;
    if (trails->newest == TRAIL_NONE) {
        trails->oldest = row_of(trails, trail);
    } else {
        trails->rows[trails->newest].newer = row_of(trails, trail);
    }
    trails->newest = row_of(trails, trail);
}

struct find {
    const struct trails *trails;
    uint64_t key;
};

static bool equal_key(const void *context, uint32_t row)
{
    const struct find *find = context;
    return find->trails->rows[row].key == find->key;
}

struct trail *trails_find(struct trails *trails, uint64_t key)
{
    /* Most lines are of the invocation that the line before was of. */
    if (trails->newest != TRAIL_NONE && trails->rows[trails->newest].key == key) {
        return &trails->rows[trails->newest];
    }
    uint32_t row = 0;
    const struct find find = {trails, key};
    return map_find(&trails->map, key, equal_key, &find, &row) ? &trails->rows[row] : NULL;
}

static struct trail *take_row(struct trails *trails)
{
    ENSURE(trails->rows != NULL);
    if (trails->free == TRAIL_NONE && trails->used == REPORT_TRAIL_COUNT_MAX) {
        trails_close(trails, &trails->rows[trails->oldest]);
    }
    if (trails->free != TRAIL_NONE) {
        struct trail *trail = &trails->rows[trails->free];
        trails->free = trail->newer;
        return trail;
    }
    struct trail *trail = &trails->rows[trails->used];
    trail->memory = trails->memory + (size_t)trails->used * REPORT_TRAIL_SIZE_MAX;
    trails->used++;
    return trail;
}

struct trail *trails_open(struct trails *trails, uint64_t key)
{
    struct trail *trail = trails_find(trails, key);
    if (trail != NULL) {
        if (row_of(trails, trail) != trails->newest) {
            unlink_row(trails, trail);
            link_newest(trails, trail);
        }
        return trail;
    }
    trail = take_row(trails);
    trail->key = key;
    trail->head_size = 0;
    trail->tail_size = 0;
    trail->lines = 0;
    trail->dropped = 0;
    trail->complaint.rank = COMPLAINT_NONE;
    link_newest(trails, trail);
    if (map_insert(&trails->map, key, row_of(trails, trail)) != STATUS_OK) {
        /* Without memory for the map it is not found again, and falls out as the oldest. */
        trail->key = ~key;
    }
    return trail;
}

void trails_close(struct trails *trails, struct trail *trail)
{
    (void)map_remove(&trails->map, trail->key, row_of(trails, trail));
    unlink_row(trails, trail);
    trail->newer = trails->free;
    trails->free = row_of(trails, trail);
}

static size_t packed_size(const struct head *head)
{
    return sizeof(*head) + head->size;
}

/* Forget the older half of the tail. */
static void forget(struct trail *trail)
{
    unsigned char *tail = trail->memory + HALF;
    size_t at = 0;
    while (at < trail->tail_size && at < HALF / 2) {
        struct head head;
        memcpy(&head, tail + at, sizeof(head));
        at += packed_size(&head);
        trail->dropped++;
    }
    memmove(tail, tail + at, trail->tail_size - at);
    trail->tail_size -= at;
}

void trail_add(struct trail *trail, const struct trail_line *line)
{
    struct slice text = line->text.size <= REPORT_LINE_SIZE_MAX
                            ? line->text
                            : utf8_truncate(line->text, REPORT_LINE_SIZE_MAX);
    struct head head = {.time_ns = line->time_ns,
                        .size = (uint16_t)text.size,
                        .severity = (uint8_t)(line->severity < 255 ? line->severity : 255),
                        .cut = line->cut || text.size < line->text.size};
    trail->lines++;
    unsigned char *at = trail->memory + trail->head_size;
    if (trail->tail_size == 0 && trail->dropped == 0 &&
        packed_size(&head) <= HALF - trail->head_size) {
        trail->head_size += packed_size(&head);
    } else {
        if (packed_size(&head) > HALF - trail->tail_size) {
            forget(trail);
        }
        at = trail->memory + HALF + trail->tail_size;
        trail->tail_size += packed_size(&head);
    }
    memcpy(at, &head, sizeof(head));
    if (text.size > 0) {
        memcpy(at + sizeof(head), text.base, text.size);
    }
}

size_t trail_size(const struct trail *trail)
{
    return trail->head_size + trail->tail_size;
}

void trail_copy(const struct trail *trail, unsigned char *to)
{
    memcpy(to, trail->memory, trail->head_size);
    memcpy(to + trail->head_size, trail->memory + HALF, trail->tail_size);
}

bool trail_next(struct slice *piece, struct trail_line *line)
{
    struct head head;
    if (piece->size == 0) {
        return false;
    }
    ENSURE(piece->size >= sizeof(head));
    memcpy(&head, piece->base, sizeof(head));
    *piece = slice_skip(*piece, sizeof(head));
    ENSURE(piece->size >= head.size);
    *line = (struct trail_line){.time_ns = head.time_ns,
                                .severity = head.severity,
                                .cut = head.cut != 0,
                                .text = slice_take(*piece, head.size)};
    *piece = slice_skip(*piece, head.size);
    return true;
}
