/* SPDX-License-Identifier: Apache-2.0 */
#include "http/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>

struct slice host_name(struct slice host)
{
    host = slice_trim(host);
    /* Colons inside of brackets belong to the address. */
    size_t closing = slice_find_last_byte(host, ']');
    size_t colon = slice_find_last_byte(host, ':');
    if (colon == SLICE_NONE || (closing != SLICE_NONE && colon < closing)) {
        return host;
    }
    return slice_take(host, colon);
}

struct slice host_of_url(struct slice url)
{
    struct slice scheme;
    struct slice rest;
    (void)slice_cut(url, ':', &scheme, &rest);
    if (!slice_starts(rest, SLICE("//"))) {
        return SLICE_EMPTY;
    }
    rest = slice_skip(rest, 2);
    size_t end = 0;
    while (end < rest.size && rest.base[end] != '/' && rest.base[end] != '?' &&
           rest.base[end] != '#') {
        end++;
    }
    rest = slice_take(rest, end);
    size_t at = slice_find_last_byte(rest, '@');
    return host_name(at == SLICE_NONE ? rest : slice_skip(rest, at + 1));
}

static bool host_is_address(struct slice name)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    int family = AF_INET;
    if (name.size >= 2 && name.base[0] == '[' && name.base[name.size - 1] == ']') {
        name = slice_take(slice_skip(name, 1), name.size - 2);
        family = AF_INET6;
    }
    return slice_copy_text(name, text, sizeof(text)) && inet_pton(family, text, address) == 1;
}

bool host_allowed(struct slice host, struct slice own)
{
    struct slice name = host_name(host);
    return host_is_address(name) || slice_equal_nocase(name, SLICE("localhost")) ||
           (own.size > 0 && slice_equal_nocase(name, own));
}
