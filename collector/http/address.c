/* SPDX-License-Identifier: Apache-2.0 */
#include "http/address.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool address_parse(struct slice text, struct address *address)
{
    size_t colon = slice_find_last_byte(text, ':');
    uint64_t port;
    char host[INET6_ADDRSTRLEN];
    if (colon == SLICE_NONE || number_parse_u64(slice_skip(text, colon + 1), &port) != NUMBER_OK ||
        port > UINT16_MAX) {
        return false;
    }
    memset(address, 0, sizeof(*address));
    struct slice name = slice_take(text, colon);
    if (name.size >= 2 && name.base[0] == '[' && name.base[name.size - 1] == ']') {
        struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        name = slice_take(slice_skip(name, 1), name.size - 2);
        if (!slice_copy_text(name, host, sizeof(host)) ||
            inet_pton(AF_INET6, host, &six.sin6_addr) != 1) {
            return false;
        }
        memcpy(&address->storage, &six, sizeof(six));
        address->size = sizeof(six);
        return true;
    }
    if (slice_equal(name, SLICE("localhost"))) {
        name = SLICE("127.0.0.1");
    }
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (!slice_copy_text(name, host, sizeof(host)) ||
        inet_pton(AF_INET, host, &four.sin_addr) != 1) {
        return false;
    }
    memcpy(&address->storage, &four, sizeof(four));
    address->size = sizeof(four);
    return true;
}

bool address_is_loopback(const struct address *address)
{
    if (address->storage.ss_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, &address->storage, sizeof(four));
        return ntohl(four.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 six;
    memcpy(&six, &address->storage, sizeof(six));
    return memcmp(&six.sin6_addr, &in6addr_loopback, sizeof(six.sin6_addr)) == 0;
}

void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->storage.ss_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, &address->storage, sizeof(four));
        (void)inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
        (void)snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, (unsigned)ntohs(four.sin_port));
        return;
    }
    struct sockaddr_in6 six;
    memcpy(&six, &address->storage, sizeof(six));
    (void)inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
    (void)snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", host, (unsigned)ntohs(six.sin6_port));
}
