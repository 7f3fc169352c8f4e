/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/trace.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/xray.h"

#include <string.h>

/* A Root is the second of its birth and 96 random bits. */
static void root_make(uint64_t wall_ns, struct prng *prng, unsigned char root[16])
{
    uint64_t second = wall_ns / CLOCK_NS_PER_S;
    for (unsigned i = 0; i < 4; i++) {
        root[i] = (unsigned char)(second >> (24 - 8 * i));
    }
    prng_fill(prng, root + 4, 12);
}

static bool incoming_root(struct slice incoming, struct xray *header)
{
    return incoming.size > 0 && xray_parse(incoming, header) && header->has_root;
}

void trace_next(struct slice incoming, bool sampled, uint64_t wall_ns, struct prng *prng,
                struct trace *trace, struct buf *out)
{
    struct xray header;
    if (!incoming_root(incoming, &header)) {
        memset(&header, 0, sizeof(header));
        root_make(wall_ns, prng, header.root);
        header.has_root = true;
    }
    prng_fill(prng, header.parent, sizeof(header.parent));
    header.parent[0] |= 0x10; /* Never all zero, which would be no id. */
    header.has_parent = true;
    if (header.sampled != XRAY_SAMPLED_NO && header.sampled != XRAY_SAMPLED_YES) {
        header.sampled = sampled ? XRAY_SAMPLED_YES : XRAY_SAMPLED_NO;
    }
    xray_root_format(header.root, trace->root);
    hex_encode(slice_of(header.parent, sizeof(header.parent)), trace->span_id);
    trace->span_id[16] = '\0';
    trace->sampled = header.sampled == XRAY_SAMPLED_YES;
    xray_format(&header, out);
}

void trace_front(struct slice incoming, uint64_t wall_ns, struct prng *prng, struct buf *out)
{
    struct xray header;
    if (incoming_root(incoming, &header)) {
        buf_append(out, incoming);
        return;
    }
    memset(&header, 0, sizeof(header));
    root_make(wall_ns, prng, header.root);
    header.has_root = true;
    xray_format(&header, out);
}
