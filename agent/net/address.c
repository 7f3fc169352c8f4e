/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include "agent_limits.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

bool address_split(struct slice text, struct slice *host, uint16_t *port)
{
    struct slice digits = SLICE_EMPTY;
    uint64_t number = 0;
    bool has_port;
    if (text.size > 0 && text.base[0] == '[') {
        struct slice rest;
        if (!slice_cut(slice_skip(text, 1), ']', host, &rest)) {
            return false;
        }
        has_port = rest.size > 0;
        if (has_port && rest.base[0] != ':') {
            return false;
        }
        digits = slice_skip(rest, 1);
    } else {
        has_port = slice_cut(text, ':', host, &digits);
    }
    if (host->size == 0) {
        return false;
    }
    if (!has_port) {
        return true;
    }
    if (number_parse_u64(digits, &number) != NUMBER_OK || number > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

bool address_literal(struct slice host, uint16_t port, struct address *address)
{
    char text[INET6_ADDRSTRLEN];
    *address = (struct address){.size = 0};
    if (!slice_copy_text(host, text, sizeof(text))) {
        return false;
    }
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        address->size = sizeof(address->v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        address->size = sizeof(address->v6);
        return true;
    }
    return false;
}

bool address_look_up(struct slice host, uint16_t port, struct address *address)
{
    char name[AGENT_HOST_MAX + 1];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (address_literal(slice_equal_nocase(host, SLICE("localhost")) ? SLICE("127.0.0.1") : host,
                        port, address)) {
        return true;
    }
    if (!slice_copy_text(host, name, sizeof(name)) ||
        getaddrinfo(name, NULL, &hints, &found) != 0 || found == NULL) {
        return false;
    }
    bool fits = found->ai_addrlen <= sizeof(address->v6);
    if (fits) {
        memcpy(&address->v6, found->ai_addr, found->ai_addrlen);
        address->size = found->ai_addrlen;
        *(found->ai_family == AF_INET6 ? &address->v6.sin6_port : &address->v4.sin_port) =
            htons(port);
    }
    freeaddrinfo(found);
    return fits;
}
