/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/instance.h"

#include <string.h>

bool instance_managed(const struct instance *instance)
{
    return instance->life.limits.slots > 0;
}

unsigned instance_load(const struct instance *instance)
{
    unsigned load = instance->invocation != NULL;
    for (unsigned i = 0; i < instance->life.limits.slots; i++) {
        load += instance->slots[i] != NULL;
    }
    return load;
}

struct invocation *instance_invocation_find(struct instance *instance, struct slice request_id,
                                            unsigned *slot)
{
    struct invocation *invocation =
        instance->life.state == LIFE_INVOKE ? instance->invocation : NULL;
    *slot = 0;
    for (unsigned i = 0; i < instance->life.limits.slots && invocation == NULL; i++) {
        if (instance->slots[i] != NULL && instance->life.slots[i].state == LIFE_SLOT_SENT &&
            slice_equal(slice_from(instance->slots[i]->request_id), request_id)) {
            *slot = i;
            return instance->slots[i];
        }
    }
    bool same = invocation != NULL && slice_equal(slice_from(invocation->request_id), request_id);
    return same ? invocation : NULL;
}

struct web_request *instance_worker_take(struct instance *instance)
{
    if (instance->worker_count == 0) {
        return NULL;
    }
    struct web_request *worker = instance->workers[0];
    instance->worker_count--;
    memmove(&instance->workers[0], &instance->workers[1],
            instance->worker_count * sizeof(instance->workers[0]));
    return worker;
}
