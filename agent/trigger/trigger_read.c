/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/trigger_read.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/number.h"
#include "trigger/parts.h"

#include <string.h>

_Static_assert(TREE_NODES <= 128, "seen has a bit for each node");
_Static_assert(FIELD_ABOVE < 32, "refused has a bit for each carrier");
_Static_assert(TRIGGER_EVENT_ROOM <= UINT16_MAX, "values are placed with 16 bits");

void trigger_read_init(struct trigger_read *reader)
{
    /* The memories are as long as what is used of them: they need no zeros. */
    memset(reader, 0, offsetof(struct trigger_read, message_text));
    reader->byte_count = 0;
    reader->queue_size = 0;
    reader->partition_differs = false;
    reader->detail_differs = false;
    memset(&reader->trigger, 0, offsetof(struct trigger, links));
    reader->trigger.link_count = 0;
    reader->trigger.links_more = 0;
    reader->trigger.cut = false;
    reader->inner_left = TRIGGER_INNER_BYTES_MAX;
}

static void layer_begin(struct trigger_layer *layer, struct tree_place place)
{
    layer->place = place;
    layer->input = SLICE_EMPTY;
    layer->form = TRIGGER_FORM_UNKNOWN;
    scan_init(&layer->scan, tree_want(place));
}

static bool is_carrier(enum tree_field field)
{
    return field > FIELD_NONE && field < FIELD_ABOVE;
}

/* Keep the first value of a field that has one. */
static void keep(struct trigger_read *reader, enum tree_field field, struct slice text)
{
    struct trigger_value *value = &reader->fields[field];
    bool of_message = field < FIELD_OF_MESSAGE;
    size_t *used = of_message ? &reader->message_used : &reader->event_used;
    unsigned char *room = of_message ? reader->message_text : reader->event_text;
    size_t size_max = of_message ? sizeof(reader->message_text) : sizeof(reader->event_text);
    if (field == FIELD_NONE || text.size == 0 || value->size > 0) {
        return;
    }
    if (text.size > size_max - *used) {
        reader->trigger.cut = true;
        return;
    }
    memcpy(room + *used, text.base, text.size);
    *value = (struct trigger_value){(uint16_t)*used, (uint16_t)text.size};
    *used += text.size;
}

static void note(struct trigger_read *reader, struct tree_place place)
{
    reader->seen[place.node / 64] |= UINT64_C(1) << (place.node % 64);
}

static void take_byte(struct trigger_read *reader, struct slice text)
{
    uint64_t byte = 0;
    /* What does not fit is longer than any carrier: it stays too long. */
    if (number_parse_u64(text, &byte) != NUMBER_OK || byte > 255 ||
        reader->byte_count >= sizeof(reader->bytes)) {
        reader->byte_count = sizeof(reader->bytes) + 1;
        return;
    }
    reader->bytes[reader->byte_count] = (unsigned char)byte;
    reader->byte_count++;
}

static void take_value(struct trigger_read *reader, const struct trigger_layer *layer)
{
    struct tree_place place = layer->place;
    struct slice text = scan_text(&layer->scan);
    if (place.node == TREE_BYTE) {
        take_byte(reader, text);
        return;
    }
    bool in_list = layer->scan.depth > 0 && layer->open[layer->scan.depth - 1].node == TREE_VALUES;
    if (in_list) {
        /* A header that was sent twice carries nothing. */
        reader->values++;
        if (reader->values > 1 && is_carrier(place.field)) {
            reader->refused |= UINT32_C(1) << place.field;
        }
    }
    keep(reader, place.field, text);
}

static void enter(struct trigger_read *reader, struct trigger_layer *layer, bool array)
{
    struct tree_place place = layer->place;
    ENSURE(layer->scan.depth > 0);
    layer->open[layer->scan.depth - 1] = place;
    switch (place.node) {
    case TREE_MESSAGE:
        message_begin(reader);
        break;
    case TREE_BYTES:
        reader->byte_count = 0;
        break;
    case TREE_VALUES:
        reader->values = 0;
        break;
    default:
        break;
    }
    layer->place = array ? tree_element(place) : layer->place;
    layer->scan.want = tree_want(layer->place);
}

static void leave(struct trigger_read *reader, struct trigger_layer *layer)
{
    struct tree_place left = layer->open[layer->scan.depth];
    if (left.node == TREE_MESSAGE) {
        message_end(reader);
    } else if (left.node == TREE_BYTES && reader->byte_count <= sizeof(reader->bytes)) {
        keep(reader, left.field, slice_of(reader->bytes, reader->byte_count));
    }
    if (layer->scan.depth > 0) {
        layer->place = tree_element(layer->open[layer->scan.depth - 1]);
        layer->scan.want = tree_want(layer->place);
    }
}

static void follow(struct trigger_read *reader, struct trigger_layer *layer)
{
    struct tree_place above = layer->open[layer->scan.depth - 1];
    struct slice key = scan_text(&layer->scan);
    if (tree_keys(above) == FIELD_QUEUE) {
        reader->queue_size = facts_keep(reader->queue, sizeof(reader->queue), key).size;
    }
    layer->place = tree_member(above, key);
    layer->scan.want = tree_want(layer->place);
    note(reader, layer->place);
}

/* What kind of text it is, by its first byte: an object of JSON begins with a brace, and so its
 * base64 with an e. */
static enum trigger_form form_of(struct slice text)
{
    text = slice_trim(text);
    if (text.size > 0 && text.base[0] == '{') {
        return TRIGGER_FORM_JSON;
    }
    return text.size > 0 && text.base[0] == 'e' ? TRIGGER_FORM_BASE64 : TRIGGER_FORM_UNKNOWN;
}

/* Decode base64 where it stands: what it stands for is shorter. */
static struct slice decode(struct trigger_layer *layer)
{
    unsigned char *text = layer->scan.text;
    size_t size = 0;
    for (size_t i = 0; i < layer->scan.size; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0) {
            continue; /* Padding, or nothing that could be JSON. */
        }
        layer->bits = layer->bits << 6 | (uint32_t)digit;
        layer->bit_count += 6;
        if (layer->bit_count >= 8) {
            layer->bit_count -= 8;
            text[size] = (unsigned char)(layer->bits >> layer->bit_count);
            size++;
        }
    }
    return slice_of(text, size);
}

/* The rest of the text is nobody's. */
static void drop(struct trigger_layer *layer)
{
    layer->form = TRIGGER_FORM_UNKNOWN;
    scan_drop(&layer->scan);
}

/* Hand a piece of a text to the layer above. */
static void hand_up(struct trigger_read *reader, size_t index)
{
    struct trigger_layer *layer = &reader->layers[index];
    struct slice text = scan_text(&layer->scan);
    if (index + 1 == TRIGGER_LAYERS_MAX || text.size > reader->inner_left) {
        reader->trigger.cut = true;
        drop(layer);
        return;
    }
    struct trigger_layer *above = &reader->layers[index + 1];
    if (layer->form == TRIGGER_FORM_UNKNOWN) {
        layer->form = form_of(text);
        if (layer->form == TRIGGER_FORM_UNKNOWN) {
            drop(layer);
            return;
        }
        layer->bit_count = 0;
        layer_begin(above, tree_inside(layer->place));
    }
    reader->inner_left -= text.size;
    above->input = layer->form == TRIGGER_FORM_BASE64 ? decode(layer) : text;
}

static void take(struct trigger_read *reader, size_t index, enum scan_token token)
{
    struct trigger_layer *layer = &reader->layers[index];
    switch (token) {
    case SCAN_MORE:
        break;
    case SCAN_OBJECT:
    case SCAN_ARRAY:
        enter(reader, layer, token == SCAN_ARRAY);
        break;
    case SCAN_CLOSE:
        leave(reader, layer);
        break;
    case SCAN_KEY:
        follow(reader, layer);
        break;
    case SCAN_VALUE:
        take_value(reader, layer);
        break;
    case SCAN_PIECE:
        hand_up(reader, index);
        break;
    case SCAN_LAST:
        hand_up(reader, index);
        layer->form = TRIGGER_FORM_UNKNOWN;
        break;
    case SCAN_BAD:
        layer->input = SLICE_EMPTY;
        if (index > 0) {
            /* It was no JSON after all. */
            drop(&reader->layers[index - 1]);
        }
        break;
    }
}

/* Read all input, that of the highest layer first: it lies in the one below. */
static void run(struct trigger_read *reader)
{
    size_t index = 0;
    for (;;) {
        struct trigger_layer *layer = &reader->layers[index];
        if (layer->input.size == 0) {
            if (index == 0) {
                return;
            }
            index--;
            continue;
        }
        take(reader, index, scan_step(&layer->scan, &layer->input));
        if (index + 1 < TRIGGER_LAYERS_MAX && reader->layers[index + 1].input.size > 0) {
            index++;
        }
    }
}

void trigger_read_headers(struct trigger_read *reader, struct slice client_context,
                          struct slice tracing)
{
    ENSURE(!reader->begun);
    reader->trigger.tracing = facts_keep(reader->tracing, sizeof(reader->tracing), tracing);
    if (client_context.size > 0) {
        reader->client_context = true;
        layer_begin(&reader->layers[0], (struct tree_place){TREE_CLIENT_CONTEXT, FIELD_NONE});
        reader->layers[0].input = client_context;
        run(reader);
    }
}

void trigger_read_feed(struct trigger_read *reader, struct slice bytes)
{
    if (bytes.size == 0) {
        return;
    }
    if (!reader->begun) {
        reader->begun = true;
        layer_begin(&reader->layers[0], (struct tree_place){TREE_ROOT, FIELD_NONE});
    }
    reader->layers[0].input = bytes;
    run(reader);
}

const struct trigger *trigger_read_end(struct trigger_read *reader)
{
    conclude_all(reader, reader->begun && scan_complete(&reader->layers[0].scan));
    return &reader->trigger;
}
