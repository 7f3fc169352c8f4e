/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "trigger/response_read.h"
#include "trigger/trigger_read.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trigger_read whole;
static struct trigger_read cut;

static void same_text(struct slice one, struct slice other)
{
    ENSURE(slice_equal(one, other));
}

static void same(const struct trigger *one, const struct trigger *other)
{
    ENSURE(one->kind == other->kind && one->messages == other->messages);
    ENSURE(one->link_count == other->link_count && one->links_more == other->links_more);
    ENSURE(one->source_count == other->source_count && one->cut == other->cut);
    ENSURE(memcmp(&one->parent, &other->parent, sizeof(one->parent)) == 0);
    same_text(one->method, other->method);
    same_text(one->route, other->route);
    same_text(one->path, other->path);
    same_text(one->detail, other->detail);
    same_text(one->xray, other->xray);
    for (size_t i = 0; i < one->source_count; i++) {
        ENSURE(one->sources[i].since_ns == other->sources[i].since_ns);
        ENSURE(one->sources[i].messages == other->sources[i].messages);
        same_text(one->sources[i].name, other->sources[i].name);
        same_text(one->sources[i].arn, other->sources[i].arn);
        same_text(one->sources[i].message_id, other->sources[i].message_id);
    }
    for (size_t i = 0; i < one->link_count; i++) {
        same_text(one->links[i].message_id, other->links[i].message_id);
        same_text(slice_of(one->links[i].context.trace_id, 16),
                  slice_of(other->links[i].context.trace_id, 16));
    }
}

/* An event tells the same in whatever pieces; the first byte says how it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct response_read answers[2];
    struct slice event = slice_of(data, size);
    size_t piece = size > 0 ? 1 + data[0] % 64u : 1;
    event = slice_skip(event, 1);
    trigger_read_init(&whole);
    trigger_read_init(&cut);
    response_read_init(&answers[0]);
    response_read_init(&answers[1]);
    if (piece == 64) {
        trigger_read_headers(&whole, event, event);
        trigger_read_headers(&cut, event, event);
    }
    trigger_read_feed(&whole, event);
    response_read_feed(&answers[0], event);
    while (event.size > 0) {
        trigger_read_feed(&cut, slice_take(event, piece));
        response_read_feed(&answers[1], slice_take(event, piece));
        event = slice_skip(event, piece);
    }
    same(trigger_read_end(&whole), trigger_read_end(&cut));
    ENSURE(response_read_end(&answers[0]) == response_read_end(&answers[1]));
    return 0;
}
