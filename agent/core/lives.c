/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lives.h"

#include "base/ensure.h"

#include <string.h>

void lives_init(struct lives *lives)
{
    lives->latest = 0;
    lives->used = 0;
}

bool lives_has(const struct lives *lives, unsigned life)
{
    return life < AGENT_LIVES_MAX && (lives->used >> life & 1) != 0;
}

struct slice lives_instance(const struct life *life)
{
    return slice_of(life->instance, life->instance_size);
}

void lives_set_instance(struct life *life, struct slice instance)
{
    life->instance_size = 0;
    if (instance.size > 0 && instance.size <= sizeof(life->instance)) {
        memcpy(life->instance, instance.base, instance.size);
        life->instance_size = (uint16_t)instance.size;
    }
}

struct resource lives_resource(const struct lives *lives, unsigned life, const struct resource *own)
{
    struct resource resource = *own;
    if (life > 0) {
        ENSURE(lives_has(lives, life));
        const struct life *row = &lives->rows[life];
        resource.epoch_ns = row->epoch_ns;
        if (row->instance_size > 0) {
            resource.instance = lives_instance(row);
            resource.instance_made_up = row->made_up;
        }
    }
    return resource;
}

unsigned lives_free(const struct lives *lives)
{
    for (unsigned life = 1; life < AGENT_LIVES_MAX; life++) {
        if (!lives_has(lives, life)) {
            return life;
        }
    }
    return 0;
}

unsigned lives_oldest(const struct lives *lives)
{
    unsigned oldest = 0;
    for (unsigned life = 1; life < AGENT_LIVES_MAX; life++) {
        if (lives_has(lives, life) &&
            (oldest == 0 || lives->rows[life].epoch_ns < lives->rows[oldest].epoch_ns)) {
            oldest = life;
        }
    }
    return oldest;
}

unsigned lives_newest(const struct lives *lives)
{
    unsigned newest = 0;
    for (unsigned life = 1; life < AGENT_LIVES_MAX; life++) {
        if (lives_has(lives, life) &&
            (newest == 0 || lives->rows[life].epoch_ns > lives->rows[newest].epoch_ns)) {
            newest = life;
        }
    }
    return newest;
}
