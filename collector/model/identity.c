/* SPDX-License-Identifier: Apache-2.0 */
#include "model/identity.h"
#include "model/derive.h"
#include "model/record_key.h"
#include "model/room.h"
#include "model/window.h"

#include "base/ensure.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

static uint32_t known(uint32_t one, uint32_t other)
{
    return one != TEXT_EMPTY ? one : other;
}

static struct identity join(const struct identity *one, const struct identity *other)
{
    return (struct identity){
        .account = known(one->account, other->account),
        .region = known(one->region, other->region),
        .name = one->name,
        .version = known(one->version, other->version),
    };
}

/* Invocations count anew, in the line of their function. */
static void touch_all(struct view *view, uint32_t row)
{
    const struct instance *instance = &view->instances.rows[row];
    derive_retract_inits(view, row);
    derive_touch_instance(view, row);
    for (uint32_t i = 0; i < instance->invocation_count; i++) {
        derive_touch_invocation(view, instance->invocations[i]);
    }
    for (uint32_t i = 0; instance->pool && i < view->invocations.count; i++) {
        if (!view->invocations.rows[i].dead && view->invocations.rows[i].instance == row) {
            derive_touch_invocation(view, i);
        }
    }
}

static void move(struct view *view, uint32_t row, uint32_t function)
{
    struct instance *instance = &view->instances.rows[row];
    uint32_t from = instance->function;
    struct function *to = &view->functions.rows[function];
    instances_move(&view->instances, &view->functions, row, function);
    to->sources |= instance->sources;
    if (instance->first_seen_ns != UNKNOWN_NS) {
        functions_seen(to, instance->first_seen_ns);
        functions_seen(to, instance->last_seen_ns);
    }
    functions_inherit(&view->functions, &view->texts, function, from);
    touch_all(view, row);
}

/* What comes without the name of an instance is put into a pool: nothing in it is ordered. */
static void note_pool(struct view *view, uint32_t row, const struct resource *resource)
{
    struct instance *instance = &view->instances.rows[row];
    bool made_up;
    if (instance->pool || !attrs_find_bool(resource->attrs, NAME_THAW_INSTANCE_MADE_UP, &made_up) ||
        !made_up) {
        return;
    }
    instance->made_up = instance->made_up || resource->epoch != 0;
    if (resource->epoch != 0) {
        return;
    }
    instance->pool = true;
    while (instance->invocation_count > 0) {
        uint32_t last = instance->invocations[instance->invocation_count - 1];
        window_unlist(view, last);
        derive_touch_invocation(view, last);
    }
    derive_retract_inits(view, row);
    instance->init_count = 0;
    instance->pending_count = 0;
    instance->waiting = false;
}

static uint32_t touch_instance(struct view *view, const struct resource *resource,
                               const struct identity *told, uint32_t *function)
{
    uint32_t row = instances_find(&view->instances, told, resource->instance);
    if (row == ROW_NONE) {
        *function = functions_touch(&view->functions, told);
        row = *function != ROW_NONE ? instances_add(&view->instances, &view->functions, *function,
                                                    told, resource->instance)
                                    : ROW_NONE;
        if (row != ROW_NONE) {
            struct instance *instance = &view->instances.rows[row];
            instance->returned = room_instance_printed(view, instance);
        }
        return row;
    }
    struct instance *instance = &view->instances.rows[row];
    struct identity identity = join(&instance->identity, told);
    *function = instance->function;
    if (memcmp(&identity, &instance->identity, sizeof(identity)) != 0) {
        uint32_t better = functions_touch(&view->functions, &identity);
        if (better != ROW_NONE) {
            instance->identity = identity;
            *function = better;
            move(view, row, better);
        }
    }
    return row;
}

static struct identity_rows touch(struct view *view, const struct resource *resource)
{
    struct identity_rows rows = {
        .function = ROW_NONE,
        .instance = ROW_NONE,
        .name = hash_bulk64(&view->bulk, resource->instance),
    };
    if (resource->function.size == 0) {
        return rows;
    }
    struct identity told = functions_identity(&view->texts, resource);
    if (resource->instance.size == 0) {
        rows.function = functions_touch(&view->functions, &told);
        rows.full = rows.function == ROW_NONE;
    } else {
        rows.instance = touch_instance(view, resource, &told, &rows.function);
        rows.full = rows.instance == ROW_NONE;
    }
    if (rows.function == ROW_NONE) {
        return rows;
    }
    struct function *function = &view->functions.rows[rows.function];
    function->bare = function->bare || rows.instance == ROW_NONE;
    functions_tell(&view->functions, &view->texts, rows.function, resource);
    if (rows.instance != ROW_NONE) {
        note_pool(view, rows.instance, resource);
    }
    return rows;
}

/* The places of a key; NULL while there are none. */
static struct identity_known *places_of(const struct view *view, struct record_key key)
{
    return view->known != NULL ? view->known[key.words[1] & view->known_mask] : NULL;
}

void identity_expect(const struct view *view, const struct resource *resource)
{
    const struct identity_known *places = places_of(view, resource->key);
    for (unsigned i = 0; i < IDENTITY_PLACES && places != NULL; i++) {
        __builtin_prefetch(&places[i]);
    }
}

static const struct identity_known *known_find(const struct view *view, struct record_key key)
{
    const struct identity_known *places = places_of(view, key);
    for (unsigned i = 0; i < IDENTITY_PLACES && places != NULL; i++) {
        if (record_key_equal(places[i].key, key) && places[i].generation == view->generation) {
            return &places[i];
        }
    }
    return NULL;
}

/* Room for those that are known: a view that lives for one answer has few, and is made for each. */
static void known_begin(struct view *view)
{
    size_t count =
        (view->partial ? IDENTITIES_KNOWN_PARTIAL : IDENTITIES_KNOWN) / (size_t)IDENTITY_PLACES;
    ENSURE((count & (count - 1)) == 0);
    view->known = calloc(count, sizeof(view->known[0]));
    view->known_mask = count - 1;
}

/* In the place of one that is of no use any more, or of any; without memory it is found again. */
static void known_add(struct view *view, const struct identity_known *known)
{
    if (view->known == NULL) {
        known_begin(view);
    }
    struct identity_known *places = places_of(view, known->key);
    if (places == NULL) {
        return;
    }
    unsigned place = 0;
    while (place < IDENTITY_PLACES && record_key_is(places[place].key) &&
           places[place].generation == view->generation) {
        place++;
    }
    place = place < IDENTITY_PLACES ? place : (unsigned)(known->key.words[0] >> 32);
    places[place % IDENTITY_PLACES] = *known;
}

struct identity_rows identity_touch(struct view *view, const struct resource *resource)
{
    if (!record_key_is(resource->key)) {
        return touch(view, resource);
    }
    const struct identity_known *known = known_find(view, resource->key);
    if (known != NULL) {
        return (struct identity_rows){
            .function = known->instance != ROW_NONE ? view->instances.rows[known->instance].function
                                                    : known->function,
            .instance = known->instance,
            .name = known->name,
        };
    }
    struct identity_rows rows = touch(view, resource);
    if (!rows.full) {
        const struct identity_known one = {resource->key, view->generation, rows.name,
                                           rows.function, rows.instance};
        known_add(view, &one);
    }
    return rows;
}
