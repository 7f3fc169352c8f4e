/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event_fields.h"

#include "base/bytes.h"
#include "base/ensure.h"
#include "proto/names.h"

#include <pthread.h>

/* Names end differently, most of them: by the last eight bytes and the size they are put into a
 * table of which a third is taken. */
enum { SLOT_BITS = 7, SLOTS = 1 << SLOT_BITS, NAME_SIZE_MIN = 8 };

static struct slice field_names[EVENT_FIELD_COUNT];
static uint8_t slots[SLOTS]; /* Field plus 1; 0: free. */
static pthread_once_t slots_once = PTHREAD_ONCE_INIT;

static unsigned slot_of(struct slice name)
{
    uint64_t end = bytes_get64(name.base + name.size - NAME_SIZE_MIN);
    return (unsigned)((end + name.size) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SLOT_BITS));
}

static void fill_slots(void)
{
#define EVENT_FIELD(field, name) field_names[field] = name;
    EVENT_FIELDS(EVENT_FIELD)
#undef EVENT_FIELD
    for (unsigned i = 0; i < EVENT_FIELD_COUNT; i++) {
        ENSURE(field_names[i].size >= NAME_SIZE_MIN);
        unsigned slot = slot_of(field_names[i]);
        while (slots[slot] != 0) {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = (uint8_t)(i + 1);
    }
}

/* EVENT_FIELD_COUNT: it is none of them. */
static unsigned field_of(struct slice key)
{
    if (key.size < NAME_SIZE_MIN) {
        return EVENT_FIELD_COUNT;
    }
    for (unsigned slot = slot_of(key); slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        if (slice_equal(key, field_names[slots[slot] - 1])) {
            return slots[slot] - 1;
        }
    }
    return EVENT_FIELD_COUNT;
}

void event_fields_find(struct attrs attrs, const struct value *values[EVENT_FIELD_COUNT])
{
    ENSURE(pthread_once(&slots_once, fill_slots) == 0);
    for (unsigned i = 0; i < EVENT_FIELD_COUNT; i++) {
        values[i] = NULL;
    }
    for (size_t i = 0; i < attrs.count; i++) {
        unsigned field = field_of(attrs.items[i].key);
        if (field < EVENT_FIELD_COUNT) {
            values[field] = &attrs.items[i].value;
        }
    }
}
