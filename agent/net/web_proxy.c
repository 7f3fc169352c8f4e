/* SPDX-License-Identifier: Apache-2.0 */
#include "net/web_proxy.h"

#include "agent_limits.h"

#include "base/base64.h"
#include "base/number.h"
#include "base/percent.h"
#include "net/address.h"

#include <string.h>

#define PORT_DEFAULT 80

/* "user:password" as the header has it.  False: it is malformed or too long. */
static bool take_credentials(struct slice text, struct arena *arena, struct web_proxy *proxy)
{
    unsigned char plain[AGENT_PROXY_CREDENTIALS_MAX];
    struct buf decoded;
    struct buf header;
    size_t room = sizeof("Basic ") + (AGENT_PROXY_CREDENTIALS_MAX + 2) / 3 * 4;
    void *memory = arena_alloc(arena, room);
    buf_init_fixed(&decoded, plain, sizeof(plain));
    if (memory == NULL || !percent_decode(text, &decoded) || buf_overflowed(&decoded)) {
        return false;
    }
    buf_init_fixed(&header, memory, room);
    buf_append_text(&header, "Basic ");
    base64_encode(buf_bytes(&decoded), &header);
    proxy->authorization = buf_bytes(&header);
    return !buf_overflowed(&header);
}

const char *web_proxy_parse(struct slice url, struct arena *arena, struct web_proxy *proxy)
{
    const struct slice scheme = SLICE("http://");
    struct slice rest = slice_trim(url);
    *proxy = (struct web_proxy){.port = PORT_DEFAULT};
    for (size_t i = 0; i < rest.size; i++) {
        if (rest.base[i] <= ' ' || rest.base[i] >= 0x7f) {
            return "holds a character that is not allowed there";
        }
    }
    if (rest.size >= scheme.size && slice_equal_nocase(slice_take(rest, scheme.size), scheme)) {
        rest = slice_skip(rest, scheme.size);
    } else if (slice_find(rest, SLICE("://")) != SLICE_NONE) {
        return "is no HTTP proxy (http://)";
    }
    size_t slash = slice_find_byte(rest, '/');
    rest = slash == SLICE_NONE ? rest : slice_take(rest, slash);
    size_t at = slice_find_last_byte(rest, '@');
    if (at != SLICE_NONE) {
        if (!take_credentials(slice_take(rest, at), arena, proxy)) {
            return "has a user and password that cannot be used";
        }
        rest = slice_skip(rest, at + 1);
    }
    if (!address_split(rest, &proxy->host, &proxy->port) || proxy->port == 0 ||
        proxy->host.size > AGENT_HOST_MAX) {
        proxy->host = SLICE_EMPTY;
        return "names no host and port";
    }
    return NULL;
}

/* ---- What it is not for. ---- */

static struct slice bytes_of(const struct address *address)
{
    return address->any.sa_family == AF_INET6
               ? slice_of(&address->v6.sin6_addr, sizeof(address->v6.sin6_addr))
               : slice_of(&address->v4.sin_addr, sizeof(address->v4.sin_addr));
}

/* Whether the first bits of both are the same. */
static bool same_network(const struct address *one, const struct address *other, size_t bits)
{
    struct slice left = bytes_of(one);
    struct slice right = bytes_of(other);
    size_t whole = bits / 8;
    if (left.size != right.size || bits > left.size * 8 ||
        !slice_equal(slice_take(left, whole), slice_take(right, whole))) {
        return false;
    }
    unsigned mask = bits % 8 == 0 ? 0 : 0xffu << (8 - bits % 8) & 0xffu;
    return mask == 0 || ((left.base[whole] ^ right.base[whole]) & mask) == 0;
}

static bool in_network(const struct address *address, struct slice network)
{
    struct slice base;
    struct slice digits;
    struct address first;
    uint64_t bits = 0;
    bool has_bits = slice_cut(network, '/', &base, &digits);
    if (!address_literal(base, 0, &first)) {
        return false;
    }
    if (!has_bits) {
        bits = bytes_of(&first).size * 8;
    } else if (number_parse_u64(digits, &bits) != NUMBER_OK || bits > 128) {
        return false;
    }
    return same_network(address, &first, (size_t)bits);
}

static bool is_near(struct slice host, const struct address *address)
{
    static const char *const networks[] = {"127.0.0.0/8", "169.254.0.0/16", "::1", "fe80::/10"};
    if (slice_equal_nocase(host, SLICE("localhost"))) {
        return true;
    }
    for (size_t i = 0; address->size > 0 && i < sizeof(networks) / sizeof(networks[0]); i++) {
        if (in_network(address, slice_from(networks[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether the name is the domain or lies in it. */
static bool in_domain(struct slice name, struct slice domain)
{
    if (slice_starts(domain, SLICE("*"))) {
        domain = slice_skip(domain, 1);
    }
    if (slice_starts(domain, SLICE("."))) {
        domain = slice_skip(domain, 1);
    }
    if (domain.size == 0 || name.size < domain.size) {
        return false;
    }
    size_t before = name.size - domain.size;
    return slice_equal_nocase(slice_skip(name, before), domain) &&
           (before == 0 || name.base[before - 1] == '.');
}

static bool is_meant(struct slice entry, struct slice host, uint16_t port,
                     const struct address *address)
{
    struct slice entry_host;
    uint16_t entry_port = port;
    if (slice_equal(entry, SLICE("*")) || (address->size > 0 && in_network(address, entry))) {
        return true;
    }
    if (!address_split(entry, &entry_host, &entry_port) || entry_port != port) {
        return false;
    }
    return address->size > 0 ? in_network(address, entry_host) : in_domain(host, entry_host);
}

bool web_proxy_bypassed(struct slice no_proxy, struct slice host, uint16_t port)
{
    struct address address;
    if (!address_literal(host, port, &address)) {
        address.size = 0;
    }
    if (is_near(host, &address)) {
        return true;
    }
    while (no_proxy.size > 0) {
        size_t size = 0;
        while (size < no_proxy.size && no_proxy.base[size] != ',' && no_proxy.base[size] != ' ') {
            size++;
        }
        if (is_meant(slice_take(no_proxy, size), host, port, &address)) {
            return true;
        }
        no_proxy = slice_skip(no_proxy, size + 1);
    }
    return false;
}
