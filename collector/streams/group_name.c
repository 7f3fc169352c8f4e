/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/group_name.h"

#include <string.h>

enum {
    ACCOUNT_SIZE = 12,
    DATE_SIZE = 11, /* "2026/11/23/" */
    INSTANCE_SIZE = 32,
};

static const struct slice lambda = SLICE_INIT("/aws/lambda/");
static const struct slice edge = SLICE_INIT("us-east-1.");

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_account(struct slice text)
{
    if (text.size != ACCOUNT_SIZE) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.base[i])) {
            return false;
        }
    }
    return true;
}

/* arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*], and anything behind it. */
static void read_arn(struct slice text, struct group_name *name)
{
    struct slice part;
    struct slice rest = text;
    for (unsigned i = 0; i < 6; i++) {
        if (!slice_cut(rest, ':', &part, &rest)) {
            return; /* No ARN of a group: a name that happens to begin like one. */
        }
        if (i == 3) {
            name->region = part;
        } else if (i == 4 && is_account(part)) {
            name->account = part;
        }
    }
    (void)slice_cut(rest, ':', &name->group, &rest);
}

bool group_name_is_edge(struct slice group)
{
    return group.size > lambda.size + edge.size && slice_starts(group, lambda) &&
           slice_starts(slice_skip(group, lambda.size), edge);
}

void group_name_read(struct slice text, struct group_name *name)
{
    *name = (struct group_name){.group = text};
    if (slice_starts(text, SLICE("arn:"))) {
        read_arn(text, name);
    } else if (text.size > ACCOUNT_SIZE && text.base[ACCOUNT_SIZE] == ':' &&
               is_account(slice_take(text, ACCOUNT_SIZE))) {
        name->account = slice_take(text, ACCOUNT_SIZE);
        name->group = slice_skip(text, ACCOUNT_SIZE + 1);
    }
    if (slice_ends(name->group, SLICE(":*"))) {
        name->group = slice_take(name->group, name->group.size - 2);
    }
    if (slice_starts(name->group, lambda) && name->group.size > lambda.size) {
        name->function = slice_skip(name->group, lambda.size);
        if (group_name_is_edge(name->group)) {
            name->function = slice_skip(name->function, edge.size);
        }
    }
    name->foreign = name->group.size > 0 && name->function.size == 0;
}

/* Whether text begins with a date whose parts this byte divides and ends. */
static bool begins_with_date(struct slice text, unsigned char divider)
{
    if (text.size <= DATE_SIZE) {
        return false;
    }
    for (size_t i = 0; i < DATE_SIZE; i++) {
        bool divides = i == 4 || i == 7 || i == 10;
        if (divides ? text.base[i] != divider : !is_digit(text.base[i])) {
            return false;
        }
    }
    return true;
}

static bool is_instance(struct slice text)
{
    if (text.size != INSTANCE_SIZE) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.base[i]) && (text.base[i] < 'a' || text.base[i] > 'f')) {
            return false;
        }
    }
    return true;
}

void group_name_read_stream(struct slice text, char buffer[MERGE_NAME_SIZE_MAX],
                            struct stream_name *name)
{
    *name = (struct stream_name){.stream = text};
    if (begins_with_date(text, '-') && text.size <= MERGE_NAME_SIZE_MAX &&
        slice_find_byte(text, '[') != SLICE_NONE) {
        memcpy(buffer, text.base, text.size);
        buffer[4] = '/';
        buffer[7] = '/';
        buffer[10] = '/';
        name->stream = slice_of(buffer, text.size);
    } else if (!begins_with_date(text, '/')) {
        return;
    }
    struct slice rest = slice_skip(name->stream, DATE_SIZE);
    struct slice function;
    struct slice version;
    if (slice_cut(rest, '[', &function, &rest) && slice_cut(rest, ']', &version, &rest) &&
        rest.size > 0) {
        name->function = function;
        name->version = version;
        name->function_like = true;
        name->unique = is_instance(rest);
    }
}
