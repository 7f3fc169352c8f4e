/* SPDX-License-Identifier: Apache-2.0 */

/* The settings of a proxy to the outside. */
#include "agent/settings.h"

#include "base/format.h"

/* As curl has it: small letters first, and for http none but those, because HTTP_PROXY may be a
 * header of a request in some environments. */
bool agent_settings_proxy(struct agent_settings *settings, const char *const *environment,
                          struct arena *arena, struct buf *errors)
{
    const char *name = settings->tls ? "https_proxy" : "http_proxy";
    struct slice url = agent_settings_variable(environment, name);
    struct slice not_for = agent_settings_variable(environment, "no_proxy");
    if (url.size == 0 && settings->tls) {
        name = "HTTPS_PROXY";
        url = agent_settings_variable(environment, name);
    }
    if (not_for.size == 0) {
        not_for = agent_settings_variable(environment, "NO_PROXY");
    }
    if (settings->passive || url.size == 0 ||
        web_proxy_bypassed(not_for, settings->host, settings->port)) {
        return true;
    }
    const char *why = web_proxy_parse(url, arena, &settings->proxy);
    if (why != NULL) {
        /* The URL may hold a password. */
        return agent_settings_wrong(errors, name, SLICE("..."), why);
    }
    if (!settings->tls) {
        /* Without a tunnel the proxy reads our requests: they name the whole URL. */
        settings->path_prefix =
            format_arena(arena, "http://" SLICE_FMT SLICE_FMT, SLICE_ARG(settings->host_text),
                         SLICE_ARG(settings->path_prefix));
    }
    return true;
}
