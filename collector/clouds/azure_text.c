/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/azure_text.h"

#include "clouds/fields.h"
#include "streams/log_event.h"

struct slice azure_text_function(struct slice full_name)
{
    /* In-process classes have a longer name: what is called is the last word. */
    size_t at = slice_find_last_byte(full_name, '.');
    return at == SLICE_NONE ? full_name : slice_skip(full_name, at + 1);
}

struct slice azure_text_trigger(struct slice reason)
{
    static const struct {
        struct slice word;
        struct slice trigger;
    } words[] = {
        {SLICE_INIT("programmatically called via the host APIs"), SLICE_INIT("http")},
        {SLICE_INIT("Timer fired"), SLICE_INIT("timer")},
        {SLICE_INIT("New queue message"), SLICE_INIT("pubsub")},
        {SLICE_INIT("ServiceBus"), SLICE_INIT("pubsub")},
        {SLICE_INIT("EventHub"), SLICE_INIT("pubsub")},
        {SLICE_INIT("EventGrid"), SLICE_INIT("pubsub")},
        {SLICE_INIT("New changes on"), SLICE_INIT("datasource")},
        {SLICE_INIT("blob detected"), SLICE_INIT("datasource")},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (slice_find(reason, words[i].word) != SLICE_NONE) {
            return words[i].trigger;
        }
    }
    return SLICE_EMPTY;
}

/* The value behind the last "key=", up to a comma or the closing parenthesis. */
static struct slice value_of(struct slice list, struct slice key)
{
    size_t at = slice_find(list, key);
    if (at == SLICE_NONE) {
        return SLICE_EMPTY;
    }
    struct slice value = slice_skip(list, at + key.size);
    size_t end = 0;
    while (end < value.size && value.base[end] != ',' && value.base[end] != ')') {
        end++;
    }
    return slice_trim(slice_take(value, end));
}

static void read_executing(struct slice list, struct azure_text *said)
{
    said->kind = AZURE_TEXT_EXECUTING;
    if (!slice_starts(list, SLICE("Reason='"))) {
        said->id = value_of(list, SLICE("Id="));
        return;
    }
    /* The reason may hold anything: what follows it begins behind its last quote. */
    struct slice rest = slice_skip(list, sizeof("Reason='") - 1);
    size_t end = slice_find_last_byte(rest, '\'');
    end = end == SLICE_NONE ? rest.size : end;
    said->reason = slice_take(rest, end);
    said->id = value_of(slice_skip(rest, end), SLICE("Id="));
}

static void read_executed(struct slice list, struct azure_text *said)
{
    said->kind = AZURE_TEXT_EXECUTED;
    said->succeeded = slice_starts(list, SLICE("Succeeded"));
    said->id = value_of(list, SLICE("Id="));
    struct slice duration = value_of(list, SLICE("Duration="));
    if (!said->succeeded && !slice_starts(list, SLICE("Failed"))) {
        said->kind = AZURE_TEXT_OTHER;
    } else if (duration.size > 0 &&
               (!slice_ends(duration, SLICE("ms")) ||
                !fields_duration(slice_take(duration, duration.size - 2), 6, &said->duration_ns))) {
        said->kind = AZURE_TEXT_REFUSED;
    }
}

void azure_text(struct slice text, struct azure_text *said)
{
    *said = (struct azure_text){.kind = AZURE_TEXT_OTHER, .duration_ns = STREAMS_UNKNOWN};
    bool executing = slice_starts(text, SLICE("Executing '"));
    if (!executing && !slice_starts(text, SLICE("Executed '"))) {
        return;
    }
    struct slice name;
    struct slice list;
    (void)slice_cut(text, '\'', &name, &list);
    if (!slice_cut(list, '\'', &name, &list)) {
        return;
    }
    list = slice_trim(list);
    if (!slice_starts(list, SLICE("("))) {
        return;
    }
    said->function = azure_text_function(name);
    if (executing) {
        read_executing(slice_skip(list, 1), said);
    } else {
        read_executed(slice_skip(list, 1), said);
    }
    if (said->id.size == 0 && said->kind != AZURE_TEXT_REFUSED) {
        said->kind = AZURE_TEXT_OTHER;
    }
}
