/* SPDX-License-Identifier: Apache-2.0 */

/* A proxy's URL, a line with hosts that it is not for, and a host: whatever they say, what is made
 * of it can stand in a request. */
#include "agent_limits.h"

#include "base/ensure.h"
#include "net/web_proxy.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static char arena_bytes[8192];
    struct arena arena;
    struct web_proxy proxy;
    struct slice url;
    struct slice list;
    struct slice host;
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    slice_cut(slice_of(data, size), '\n', &url, &list);
    slice_cut(list, '\n', &list, &host);
    if (web_proxy_parse(url, &arena, &proxy) == NULL) {
        ENSURE(proxy.host.size > 0 && proxy.host.size <= AGENT_HOST_MAX && proxy.port > 0);
        for (size_t i = 0; i < proxy.host.size; i++) {
            ENSURE(proxy.host.base[i] > ' ' && proxy.host.base[i] < 0x7f);
        }
        ENSURE(slice_find_byte(proxy.authorization, '\n') == SLICE_NONE);
    }
    if (slice_find_byte(list, '*') == SLICE_NONE && list.size == 0 &&
        slice_equal(host, SLICE("collector.example"))) {
        ENSURE(!web_proxy_bypassed(list, host, 443));
    }
    (void)!web_proxy_bypassed(list, host, 443);
    return 0;
}
