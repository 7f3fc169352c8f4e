/* SPDX-License-Identifier: Apache-2.0 */
#include "store/cabinet.h"

#include "base/ensure.h"
#include "store/scratch.h"
#include "store/store_limits.h"

#include <stdlib.h>
#include <string.h>

static void cabinet_desk_free(struct cabinet_desk *desk)
{
    bytes_reader_free(desk->reader);
    scratch_fini(&desk->kept);
    scratch_fini(&desk->scratch);
    free(desk);
}

static struct cabinet_desk *cabinet_desk_make(void)
{
    struct cabinet_desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL) {
        return NULL;
    }
    desk->reader = bytes_reader_create();
    if (desk->reader == NULL || scratch_init(&desk->kept) != STATUS_OK ||
        scratch_init(&desk->scratch) != STATUS_OK) {
        cabinet_desk_free(desk);
        return NULL;
    }
    return desk;
}

/* A list with room for so many, in one piece of memory. */
static struct cabinet_list *cabinet_list_make(size_t count, size_t guide_count)
{
    struct cabinet_list *list =
        malloc(sizeof(*list) + count * sizeof(list->items[0]) +
               guide_count * sizeof(list->guides[0]) + count * sizeof(list->guided[0]));
    if (list != NULL) {
        *list = (struct cabinet_list){.holders = 1, .count = 0};
        list->guides = (struct cabinet_guide **)(list->items + count);
        list->guided = (bool *)(list->guides + guide_count);
    }
    return list;
}

enum status cabinet_init(struct cabinet *cabinet)
{
    *cabinet = (struct cabinet){.list = cabinet_list_make(0, 0)};
    if (cabinet->list == NULL) {
        return STATUS_FULL;
    }
    if (pthread_mutex_init(&cabinet->mutex, NULL) != 0) {
        free(cabinet->list);
        return STATUS_FULL;
    }
    return STATUS_OK;
}

/* The mutex is held. */
static void cabinet_forget_dictionary(struct cabinet *cabinet, struct cabinet_item *item)
{
    cabinet->dictionary_memory -= item->dictionary_memory;
    dictionary_free(item->dictionary);
    item->dictionary = NULL;
    item->dictionary_memory = 0;
}

/* The mutex is held. */
static void cabinet_unhold(struct cabinet *cabinet, struct cabinet_list *list)
{
    ENSURE(list->holders > 0);
    if (--list->holders > 0) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct cabinet_item *item = list->items[i];
        if (--item->lists == 0) {
            ENSURE(item->users == 0);
            cabinet_forget_dictionary(cabinet, item);
            sealed_free(item->sealed);
            free(item);
        }
    }
    for (size_t i = 0; i < list->guide_count; i++) {
        if (--list->guides[i]->lists == 0) {
            guide_free(list->guides[i]->guide);
            free(list->guides[i]);
        }
    }
    free(list);
}

void cabinet_fini(struct cabinet *cabinet)
{
    ENSURE(cabinet->list->holders == 1);
    cabinet_unhold(cabinet, cabinet->list);
    while (cabinet->desks != NULL) {
        struct cabinet_desk *desk = cabinet->desks;
        cabinet->desks = desk->next;
        cabinet_desk_free(desk);
    }
    (void)pthread_mutex_destroy(&cabinet->mutex);
}

/* Which items are of a guide. */
static void cabinet_mark_guided(struct cabinet_list *list)
{
    memset(list->guided, 0, list->count * sizeof(list->guided[0]));
    for (size_t i = 0; i < list->guide_count; i++) {
        const struct guide *guide = list->guides[i]->guide;
        size_t at = 0;
        for (uint32_t k = 0; k < guide->head.members; k++) {
            while (at < list->count &&
                   list->items[at]->sealed->segment.number < guide->members[k].segment) {
                at++;
            }
            if (at < list->count &&
                list->items[at]->sealed->segment.number == guide->members[k].segment) {
                list->guided[at] = true;
            }
        }
    }
}

/* Let a list that was made of the present one take its place. */
static void cabinet_replace(struct cabinet *cabinet, struct cabinet_list *list)
{
    cabinet_mark_guided(list);
    (void)pthread_mutex_lock(&cabinet->mutex);
    for (size_t i = 0; i < list->count; i++) {
        list->items[i]->lists++;
    }
    for (size_t i = 0; i < list->guide_count; i++) {
        list->guides[i]->lists++;
    }
    struct cabinet_list *before = cabinet->list;
    cabinet->list = list;
    cabinet_unhold(cabinet, before);
    (void)pthread_mutex_unlock(&cabinet->mutex);
}

static void cabinet_copy_guides(struct cabinet_list *list, const struct cabinet_list *before)
{
    for (size_t i = 0; i < before->guide_count; i++) {
        list->guides[list->guide_count++] = before->guides[i];
    }
}

enum status cabinet_put(struct cabinet *cabinet, struct sealed *sealed)
{
    /* Only the writer changes the list, and this is the writer. */
    const struct cabinet_list *before = cabinet->list;
    struct cabinet_list *list = cabinet_list_make(before->count + 1, before->guide_count);
    struct cabinet_item *item = calloc(1, sizeof(*item));
    if (list == NULL || item == NULL) {
        free(list);
        free(item);
        return STATUS_FULL;
    }
    item->sealed = sealed;
    bool placed = false;
    for (size_t i = 0; i < before->count; i++) {
        uint32_t number = before->items[i]->sealed->segment.number;
        ENSURE(number != sealed->segment.number);
        if (!placed && number > sealed->segment.number) {
            list->items[list->count++] = item;
            placed = true;
        }
        list->items[list->count++] = before->items[i];
    }
    if (!placed) {
        list->items[list->count++] = item;
    }
    cabinet_copy_guides(list, before);
    cabinet_replace(cabinet, list);
    return STATUS_OK;
}

enum status cabinet_take(struct cabinet *cabinet, uint32_t segment)
{
    const struct cabinet_list *before = cabinet->list;
    if (cabinet_find(before, segment) == NULL) {
        return STATUS_OK;
    }
    struct cabinet_list *list = cabinet_list_make(before->count, before->guide_count);
    if (list == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < before->count; i++) {
        if (before->items[i]->sealed->segment.number != segment) {
            list->items[list->count++] = before->items[i];
        }
    }
    cabinet_copy_guides(list, before);
    cabinet_replace(cabinet, list);
    return STATUS_OK;
}

static void cabinet_copy_items(struct cabinet_list *list, const struct cabinet_list *before)
{
    for (size_t i = 0; i < before->count; i++) {
        list->items[list->count++] = before->items[i];
    }
}

/* Whether all members of one guide that are there are among those of another. */
static bool cabinet_has_members(const struct cabinet_list *list, const struct guide *all,
                                const struct guide *some)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < some->head.members; i++) {
        uint32_t segment = some->members[i].segment;
        while (at < all->head.members && all->members[at].segment < segment) {
            at++;
        }
        if ((at == all->head.members || all->members[at].segment != segment) &&
            cabinet_find(list, segment) != NULL) {
            return false;
        }
    }
    return true;
}

enum status cabinet_put_guide(struct cabinet *cabinet, struct guide *guide)
{
    const struct cabinet_list *before = cabinet->list;
    struct cabinet_list *list = cabinet_list_make(before->count, before->guide_count + 1);
    struct cabinet_guide *added = calloc(1, sizeof(*added));
    if (list == NULL || added == NULL) {
        free(list);
        free(added);
        return STATUS_FULL;
    }
    added->guide = guide;
    cabinet_copy_items(list, before);
    for (size_t i = 0; i < before->guide_count; i++) {
        if (!cabinet_has_members(before, guide, before->guides[i]->guide)) {
            list->guides[list->guide_count++] = before->guides[i];
        }
    }
    list->guides[list->guide_count++] = added;
    cabinet_replace(cabinet, list);
    return STATUS_OK;
}

enum status cabinet_take_guide(struct cabinet *cabinet, const struct guide *guide)
{
    const struct cabinet_list *before = cabinet->list;
    struct cabinet_list *list = cabinet_list_make(before->count, before->guide_count);
    if (list == NULL) {
        return STATUS_FULL;
    }
    cabinet_copy_items(list, before);
    for (size_t i = 0; i < before->guide_count; i++) {
        if (before->guides[i]->guide != guide) {
            list->guides[list->guide_count++] = before->guides[i];
        }
    }
    cabinet_replace(cabinet, list);
    return STATUS_OK;
}

struct cabinet_list *cabinet_hold(struct cabinet *cabinet)
{
    (void)pthread_mutex_lock(&cabinet->mutex);
    struct cabinet_list *list = cabinet->list;
    list->holders++;
    (void)pthread_mutex_unlock(&cabinet->mutex);
    return list;
}

void cabinet_release(struct cabinet *cabinet, struct cabinet_list *list)
{
    (void)pthread_mutex_lock(&cabinet->mutex);
    cabinet_unhold(cabinet, list);
    (void)pthread_mutex_unlock(&cabinet->mutex);
}

struct cabinet_item *cabinet_find(const struct cabinet_list *list, uint32_t segment)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle]->sealed->segment.number < segment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < list->count && list->items[low]->sealed->segment.number == segment
               ? list->items[low]
               : NULL;
}

/* A dictionary grows while it is used.  The mutex is held. */
static void cabinet_weigh_dictionary(struct cabinet *cabinet, struct cabinet_item *item)
{
    cabinet->dictionary_memory -= item->dictionary_memory;
    item->dictionary_memory = dictionary_memory(item->dictionary);
    cabinet->dictionary_memory += item->dictionary_memory;
}

/* Forget dictionaries that nobody uses until there is room.  The mutex is held. */
static void cabinet_make_room(struct cabinet *cabinet)
{
    while (cabinet->dictionary_memory > CABINET_DICTIONARY_SIZE_MAX) {
        struct cabinet_item *oldest = NULL;
        for (size_t i = 0; i < cabinet->list->count; i++) {
            struct cabinet_item *item = cabinet->list->items[i];
            if (item->dictionary != NULL && item->users == 0 &&
                (oldest == NULL || item->used < oldest->used)) {
                oldest = item;
            }
        }
        if (oldest == NULL) {
            return;
        }
        cabinet_forget_dictionary(cabinet, oldest);
    }
}

enum status cabinet_dictionary(struct cabinet *cabinet, struct cabinet_item *item,
                               const struct dictionary **dictionary)
{
    (void)pthread_mutex_lock(&cabinet->mutex);
    item->users++;
    item->used = ++cabinet->used;
    *dictionary = item->dictionary;
    (void)pthread_mutex_unlock(&cabinet->mutex);
    if (*dictionary != NULL) {
        return STATUS_OK;
    }
    struct dictionary *read;
    enum status status = sealed_dictionary(item->sealed, &read);
    (void)pthread_mutex_lock(&cabinet->mutex);
    if (status != STATUS_OK) {
        item->users--;
    } else if (item->dictionary == NULL) {
        item->dictionary = read;
        cabinet_weigh_dictionary(cabinet, item);
        read = NULL;
        cabinet_make_room(cabinet);
    }
    *dictionary = item->dictionary;
    (void)pthread_mutex_unlock(&cabinet->mutex);
    if (status == STATUS_OK) {
        dictionary_free(read); /* Somebody was quicker. */
    }
    return status;
}

void cabinet_dictionary_done(struct cabinet *cabinet, struct cabinet_item *item)
{
    (void)pthread_mutex_lock(&cabinet->mutex);
    ENSURE(item->users > 0);
    item->users--;
    cabinet_weigh_dictionary(cabinet, item);
    cabinet_make_room(cabinet);
    (void)pthread_mutex_unlock(&cabinet->mutex);
}

struct cabinet_desk *cabinet_desk(struct cabinet *cabinet)
{
    (void)pthread_mutex_lock(&cabinet->mutex);
    struct cabinet_desk *idle = cabinet->desks;
    if (idle != NULL) {
        cabinet->desks = idle->next;
        cabinet->desk_count--;
    }
    (void)pthread_mutex_unlock(&cabinet->mutex);
    return idle != NULL ? idle : cabinet_desk_make();
}

void cabinet_desk_done(struct cabinet *cabinet, struct cabinet_desk *desk)
{
    if (desk == NULL) {
        return;
    }
    scratch_clear(&desk->kept, CABINET_DESK_KEEP);
    scratch_clear(&desk->scratch, CABINET_DESK_KEEP);
    (void)pthread_mutex_lock(&cabinet->mutex);
    bool room = cabinet->desk_count < CABINET_DESK_COUNT_MAX;
    if (room) {
        desk->next = cabinet->desks;
        cabinet->desks = desk;
        cabinet->desk_count++;
    }
    (void)pthread_mutex_unlock(&cabinet->mutex);
    if (!room) {
        cabinet_desk_free(desk);
    }
}
