/* SPDX-License-Identifier: Apache-2.0 */
#include "model/numbers.h"

static uint64_t print(struct view *view, uint32_t instance, const struct resource *resource,
                      uint64_t seq, uint64_t arrival_ns)
{
    const struct {
        uint64_t instance, epoch, seq, arrival_ns;
    } parts = {instance, resource->epoch, seq, arrival_ns};
    return hash_bulk64(&view->bulk, slice_of(&parts, sizeof(parts)));
}

bool numbers_block(struct view *view, uint32_t instance, const struct resource *resource,
                   uint64_t arrival_ns)
{
    if (!view->partial) {
        return instances_number(&view->instances.rows[instance], resource->epoch, resource->seq);
    }
    if (resource->epoch == 0 || resource->seq == 0) {
        return true;
    }
    uint64_t piece = print(view, instance, resource, resource->seq, arrival_ns);
    if (!repeats_add(&view->lines, print(view, instance, resource, resource->seq, 0))) {
        return repeats_holds(&view->lines, piece);
    }
    return repeats_add(&view->lines, piece);
}

bool numbers_record(struct view *view, uint32_t instance, const struct resource *resource,
                    uint64_t seq)
{
    if (!view->partial) {
        return instances_number(&view->instances.rows[instance], resource->epoch, seq);
    }
    return resource->epoch == 0 || seq == 0 ||
           repeats_add(&view->lines, print(view, instance, resource, seq, 0));
}
