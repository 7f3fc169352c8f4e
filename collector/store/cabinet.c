/* SPDX-License-Identifier: Apache-2.0 */
#include "store/cabinet.h"

#include "base/ensure.h"
#include "store/store_limits.h"

#include <stdlib.h>

struct cabinet_reader {
    struct cabinet_reader *next;
    struct bytes_reader *reader;
};

static struct cabinet_list *cabinet_list_make(size_t count)
{
    struct cabinet_list *list = malloc(sizeof(*list) + count * sizeof(list->items[0]));
    if (list != NULL) {
        *list = (struct cabinet_list){.holders = 1, .count = 0};
    }
    return list;
}

enum status cabinet_init(struct cabinet *cabinet)
{
    *cabinet = (struct cabinet){.list = cabinet_list_make(0)};
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
    free(list);
}

void cabinet_fini(struct cabinet *cabinet)
{
    ENSURE(cabinet->list->holders == 1);
    cabinet_unhold(cabinet, cabinet->list);
    while (cabinet->readers != NULL) {
        struct cabinet_reader *reader = cabinet->readers;
        cabinet->readers = reader->next;
        bytes_reader_free(reader->reader);
        free(reader);
    }
    (void)pthread_mutex_destroy(&cabinet->mutex);
}

/* Let a list that was made of the present one take its place.  The mutex is held. */
static void cabinet_replace(struct cabinet *cabinet, struct cabinet_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        list->items[i]->lists++;
    }
    struct cabinet_list *before = cabinet->list;
    cabinet->list = list;
    cabinet_unhold(cabinet, before);
}

enum status cabinet_put(struct cabinet *cabinet, struct sealed *sealed)
{
    /* Only the writer changes the list, and this is the writer. */
    const struct cabinet_list *before = cabinet->list;
    struct cabinet_list *list = cabinet_list_make(before->count + 1);
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
    (void)pthread_mutex_lock(&cabinet->mutex);
    cabinet_replace(cabinet, list);
    (void)pthread_mutex_unlock(&cabinet->mutex);
    return STATUS_OK;
}

enum status cabinet_take(struct cabinet *cabinet, uint32_t segment)
{
    const struct cabinet_list *before = cabinet->list;
    if (cabinet_find(before, segment) == NULL) {
        return STATUS_OK;
    }
    struct cabinet_list *list = cabinet_list_make(before->count);
    if (list == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < before->count; i++) {
        if (before->items[i]->sealed->segment.number != segment) {
            list->items[list->count++] = before->items[i];
        }
    }
    (void)pthread_mutex_lock(&cabinet->mutex);
    cabinet_replace(cabinet, list);
    (void)pthread_mutex_unlock(&cabinet->mutex);
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
        item->dictionary_memory = dictionary_memory(read);
        cabinet->dictionary_memory += item->dictionary_memory;
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
    cabinet_make_room(cabinet);
    (void)pthread_mutex_unlock(&cabinet->mutex);
}

struct bytes_reader *cabinet_reader(struct cabinet *cabinet)
{
    (void)pthread_mutex_lock(&cabinet->mutex);
    struct cabinet_reader *idle = cabinet->readers;
    if (idle != NULL) {
        cabinet->readers = idle->next;
    }
    (void)pthread_mutex_unlock(&cabinet->mutex);
    struct bytes_reader *reader = idle != NULL ? idle->reader : bytes_reader_create();
    free(idle);
    return reader;
}

void cabinet_reader_done(struct cabinet *cabinet, struct bytes_reader *reader)
{
    struct cabinet_reader *idle = malloc(sizeof(*idle));
    if (idle == NULL) {
        bytes_reader_free(reader);
        return;
    }
    idle->reader = reader;
    (void)pthread_mutex_lock(&cabinet->mutex);
    idle->next = cabinet->readers;
    cabinet->readers = idle;
    (void)pthread_mutex_unlock(&cabinet->mutex);
}
