/* SPDX-License-Identifier: Apache-2.0 */

/* What topics and buses are told: it is refused, or becomes an event that is JSON. */
#include "base/ensure.h"
#include "base/json_read.h"
#include "sandbox/fan_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX ((size_t)1 << 26)

static void check_event(const struct buf *event)
{
    struct json_read reader;
    ENSURE(!buf_overflowed(event));
    json_read_init(&reader, buf_bytes(event), 64);
    json_read_skip(&reader);
    ENSURE(json_read_finish(&reader));
}

static void check_topic(struct slice form, const struct fan_place *place)
{
    struct buf action;
    struct buf event;
    buf_init_growing(&action, 4096);
    buf_init_growing(&event, OUT_MAX);
    (void)fan_event_form(form, "Action", &action);
    if (fan_event_topic(form, SLICE("topic"), place, &event)) {
        check_event(&event);
    }
    buf_fini(&action);
    buf_fini(&event);
}

/* As many entries as there are. */
static void check_bus(struct slice entries, const struct fan_place *place)
{
    struct json_read reader;
    json_read_init(&reader, entries, 32);
    if (json_read_array(&reader) != JSON_GOT) {
        return;
    }
    while (json_read_element(&reader)) {
        struct buf trace;
        struct buf bus;
        struct buf event;
        buf_init_growing(&trace, 16384);
        buf_init_growing(&bus, 4096);
        buf_init_growing(&event, OUT_MAX);
        if (fan_event_bus(&reader, place, &trace, &bus, &event)) {
            check_event(&event);
        }
        buf_fini(&trace);
        buf_fini(&bus);
        buf_fini(&event);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fan_place place = {.region = SLICE("us-east-1"),
                                    .account = SLICE("123456789012"),
                                    .id = SLICE("5b8efff7-9803-81d2-69b6-33813fc60c01"),
                                    .wall_ns = UINT64_C(1790000000123456789)};
    check_topic(slice_of(data, size), &place);
    check_bus(slice_of(data, size), &place);
    return 0;
}
