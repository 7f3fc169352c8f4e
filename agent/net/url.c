/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include "agent_limits.h"

#include "net/address.h"

#define PORT_HTTP  80
#define PORT_HTTPS 443

const char *url_parse(struct slice text, struct url *url)
{
    struct slice rest;
    *url = (struct url){.tls = slice_starts(text, SLICE("https://"))};
    if (text.size > AGENT_ENDPOINT_MAX) {
        return "is too long";
    }
    if (url->tls) {
        url->port = PORT_HTTPS;
        rest = slice_skip(text, sizeof("https://") - 1);
    } else if (slice_starts(text, SLICE("http://"))) {
        url->port = PORT_HTTP;
        rest = slice_skip(text, sizeof("http://") - 1);
    } else {
        return "begins with neither https:// nor http://";
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] <= ' ' || text.base[i] >= 0x7f || text.base[i] == '?' ||
            text.base[i] == '#' || text.base[i] == '@') {
            return "holds a character that is not allowed here";
        }
    }
    size_t slash = slice_find_byte(rest, '/');
    url->authority = slash == SLICE_NONE ? rest : slice_take(rest, slash);
    url->path = slash == SLICE_NONE ? SLICE_EMPTY : slice_skip(rest, slash);
    if (!address_split(url->authority, &url->host, &url->port) || url->port == 0 ||
        url->host.size > AGENT_HOST_MAX) {
        return "names no host and port";
    }
    return NULL;
}
