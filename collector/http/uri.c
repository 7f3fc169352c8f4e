/* SPDX-License-Identifier: Apache-2.0 */
#include "http/uri.h"

#include "base/hex.h"

/* Decode text to *memory and move it on. */
static bool uri_decode(struct slice text, bool plus, unsigned char **memory, struct slice *out)
{
    unsigned char *next = *memory;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '+' && plus) {
            byte = ' ';
        } else if (byte == '%') {
            if (text.size - i < 3) {
                return false;
            }
            int high = hex_digit(text.base[i + 1]);
            int low = hex_digit(text.base[i + 2]);
            if (high < 0 || low < 0) {
                return false;
            }
            byte = (unsigned char)(high * 16 + low);
            i += 2;
        }
        if (byte == 0) {
            return false;
        }
        *next++ = byte;
    }
    *out = slice_of(*memory, (size_t)(next - *memory));
    *memory = next;
    return true;
}

bool uri_parse(struct slice target, unsigned char *memory, struct uri *uri)
{
    struct slice path;
    struct slice query;
    uri->parameter_count = 0;
    if (target.size == 0 || target.size > HTTP_URI_SIZE_MAX || target.base[0] != '/') {
        return false;
    }
    (void)slice_cut(target, '?', &path, &query);
    if (!uri_decode(path, false, &memory, &uri->path)) {
        return false;
    }
    while (query.size > 0) {
        struct slice pair;
        struct slice name;
        struct slice value;
        (void)slice_cut(query, '&', &pair, &query);
        if (pair.size == 0) {
            continue;
        }
        if (uri->parameter_count == HTTP_QUERY_COUNT_MAX) {
            return false;
        }
        (void)slice_cut(pair, '=', &name, &value);
        struct uri_parameter *parameter = &uri->parameters[uri->parameter_count];
        if (!uri_decode(name, true, &memory, &parameter->name) ||
            !uri_decode(value, true, &memory, &parameter->value)) {
            return false;
        }
        uri->parameter_count++;
    }
    return true;
}

bool uri_find(const struct uri *uri, struct slice name, struct slice *value)
{
    for (size_t i = 0; i < uri->parameter_count; i++) {
        if (slice_equal(uri->parameters[i].name, name)) {
            *value = uri->parameters[i].value;
            return true;
        }
    }
    return false;
}
