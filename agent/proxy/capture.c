/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/capture.h"

#include "base/ensure.h"

#include <string.h>

static size_t find(const struct captures *captures, size_t connection, bool answer)
{
    size_t i = 0;
    while (captures->size_max > 0 && i < AGENT_CAPTURES_MAX) {
        const struct capture *capture = &captures->all[i];
        if (capture->used && capture->connection == connection && capture->answer == answer) {
            return i;
        }
        i++;
    }
    return AGENT_CAPTURES_MAX;
}

void captures_init(struct captures *captures, size_t told_max)
{
    captures->size_max = told_max == 0 ? 0 : told_max + AGENT_CAPTURE_AHEAD;
    ENSURE(captures->size_max <= AGENT_CAPTURE_SIZE);
}

bool captures_begin(struct captures *captures, size_t connection, bool answer)
{
    if (captures->size_max == 0) {
        return true;
    }
    size_t place = find(captures, connection, answer);
    for (size_t i = 0; place == AGENT_CAPTURES_MAX && i < AGENT_CAPTURES_MAX; i++) {
        place = captures->all[i].used ? place : i;
    }
    if (place == AGENT_CAPTURES_MAX) {
        return false;
    }
    struct capture *capture = &captures->all[place];
    capture->used = true;
    capture->answer = answer;
    capture->connection = connection;
    capture->size = 0;
    return true;
}

void captures_take(struct captures *captures, size_t connection, bool answer, struct slice bytes)
{
    size_t place = find(captures, connection, answer);
    if (place < AGENT_CAPTURES_MAX) {
        struct capture *capture = &captures->all[place];
        struct slice front = slice_take(bytes, captures->size_max - capture->size);
        if (front.size > 0) {
            memcpy(capture->bytes + capture->size, front.base, front.size);
            capture->size += front.size;
        }
    }
}

bool captures_want(const struct captures *captures, size_t connection, bool answer)
{
    size_t place = find(captures, connection, answer);
    return place < AGENT_CAPTURES_MAX && captures->all[place].size < captures->size_max;
}

bool captures_end(struct captures *captures, size_t connection, bool answer, struct slice *kept)
{
    size_t place = find(captures, connection, answer);
    *kept = SLICE_EMPTY;
    if (place == AGENT_CAPTURES_MAX) {
        return false;
    }
    struct capture *capture = &captures->all[place];
    capture->used = false;
    *kept = slice_of(capture->bytes, capture->size);
    return true;
}

void captures_gone(struct captures *captures, size_t connection)
{
    struct slice nothing;
    (void)!captures_end(captures, connection, false, &nothing);
    (void)!captures_end(captures, connection, true, &nothing);
}
