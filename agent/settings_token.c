/* SPDX-License-Identifier: Apache-2.0 */

/* The settings of a token that AWS keeps. */
#include "agent/settings.h"

#include "base/format.h"
#include "net/tls.h"
#include "net/url.h"

/* Where AWS is asked: as its own SDKs have it, for tests and for endpoints of one's own. */
static const char *read_api(struct token_settings *token, const char *const *environment,
                            struct arena *arena)
{
    struct slice url = agent_settings_variable(
        environment,
        token->name.parameter ? "AWS_ENDPOINT_URL_SSM" : "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    if (url.size == 0) {
        url = agent_settings_variable(environment, "AWS_ENDPOINT_URL");
    }
    if (url.size == 0) {
        char bytes[AGENT_ENDPOINT_MAX];
        struct buf host;
        buf_init_fixed(&host, bytes, sizeof(bytes));
        secret_host(&token->name, &host);
        url = format_arena(arena, "https://" SLICE_FMT, SLICE_ARG(buf_bytes(&host)));
    }
    return url_parse(url, &token->api);
}

bool agent_settings_token_arn(struct agent_settings *settings, const char *const *environment,
                              struct arena *arena, struct buf *errors)
{
    const char *name = "THAW_TOKEN_ARN";
    struct token_settings *token = &settings->token;
    struct slice arn = settings->token_arn;
    struct slice container =
        agent_settings_variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (arn.size == 0 || settings->passive) {
        return true;
    }
    if (!tls_available()) {
        return agent_settings_wrong(errors, name, arn, "needs TLS, which this build does not have");
    }
    if (!secret_parse_arn(arn, &token->name)) {
        token->name.arn = SLICE_EMPTY;
        return agent_settings_wrong(errors, name, arn, "is no ARN of a secret or a parameter");
    }
    const char *why = read_api(token, environment, arena);
    token->key = (struct sigv4_key){
        .access_key_id = agent_settings_variable(environment, "AWS_ACCESS_KEY_ID"),
        .secret = agent_settings_variable(environment, "AWS_SECRET_ACCESS_KEY"),
        .session_token = agent_settings_variable(environment, "AWS_SESSION_TOKEN"),
    };
    token->roots_path = agent_settings_variable(environment, "AWS_CA_BUNDLE");
    token->container_authorization =
        agent_settings_variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (why == NULL && token->key.access_key_id.size == 0 &&
        (url_parse(container, &token->container) != NULL || token->container.tls ||
         !web_proxy_bypassed(SLICE_EMPTY, token->container.host, token->container.port))) {
        why = "cannot be used: the environment has no credentials of AWS";
    }
    if (why != NULL) {
        token->name.arn = SLICE_EMPTY;
        return agent_settings_wrong(errors, name, arn, why);
    }
    if (!slice_equal(settings->spool, SLICE("off"))) {
        token->cache = format_arena(arena, SLICE_FMT ".token", SLICE_ARG(settings->spool));
    }
    struct slice not_for = agent_settings_variable(environment, "no_proxy");
    not_for = not_for.size > 0 ? not_for : agent_settings_variable(environment, "NO_PROXY");
    token->proxy = web_proxy_bypassed(not_for, token->api.host, token->api.port) || !settings->tls
                       ? NULL
                       : &settings->proxy;
    return true;
}
