/* SPDX-License-Identifier: Apache-2.0 */
#include "http/whole.h"
#include "http/http_limits.h"
#include "http/web_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static enum status web_setup_listen(struct web *web, struct slice listen_on, char *error,
                                    size_t error_size)
{
    struct address address;
    if (!address_parse(listen_on, &address)) {
        (void)snprintf(error, error_size,
                       "'" SLICE_FMT "' is no address like 127.0.0.1:4318 or [::1]:4318",
                       SLICE_ARG(listen_on));
        return STATUS_BAD;
    }
    int listener = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    if (listener < 0) {
        goto failed;
    }
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(listener, (const struct sockaddr *)&address.storage, address.size) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address.storage, &address.size) != 0) {
        goto failed;
    }
    address_format(&address, web->address);
    web->hosts_checked = address_is_loopback(&address) && !web->tokens.required;
    web->listener = listener;
    return STATUS_OK;

failed:;
    int cause = errno;
    (void)snprintf(error, error_size, "cannot listen on " SLICE_FMT ": %s", SLICE_ARG(listen_on),
                   strerror(cause));
    if (listener >= 0) {
        (void)close(listener);
    }
    return STATUS_IO;
}

enum status web_setup_tls(struct web *web, const struct web_options *options, char *error,
                          size_t error_size)
{
    char reason[128];
    size_t size;
    unsigned char *text;
    if (options->tls_cert_file.size == 0 && options->tls_key_file.size == 0) {
        return STATUS_OK;
    }
    if (options->tls_cert_file.size == 0 || options->tls_key_file.size == 0) {
        (void)snprintf(error, error_size, "TLS needs both a certificate and a key");
        return STATUS_BAD;
    }
    enum status status = whole_read(options->tls_cert_file, HTTP_TLS_FILE_SIZE_MAX, &text, &size,
                                    reason, sizeof(reason));
    if (status == STATUS_OK) {
        web->tls_cert = (char *)text;
        status = whole_read(options->tls_key_file, HTTP_TLS_FILE_SIZE_MAX, &text, &size, reason,
                            sizeof(reason));
    }
    if (status == STATUS_OK) {
        web->tls_key = (char *)text;
    } else {
        (void)snprintf(error, error_size, "TLS certificate or key: %s", reason);
    }
    return status;
}

unsigned web_setup_connections(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur > HTTP_CONNECTIONS_MAX + HTTP_DESCRIPTORS_LEFT) {
        return HTTP_CONNECTIONS_MAX;
    }
    return limit.rlim_cur > 2 * HTTP_DESCRIPTORS_LEFT
               ? (unsigned)limit.rlim_cur - HTTP_DESCRIPTORS_LEFT
               : HTTP_DESCRIPTORS_LEFT;
}

static enum status web_setup_locks(struct web *web, const struct web_options *options, char *error,
                                   size_t error_size)
{
    enum status status = tokens_init(&web->tokens, options->token_file, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    if (arenas_init(&web->arenas) != STATUS_OK) {
        goto fini_tokens;
    }
    if (pthread_mutex_init(&web->mutex, NULL) != 0) {
        goto fini_arenas;
    }
    if (pthread_cond_init(&web->answered, NULL) != 0) {
        goto destroy_mutex;
    }
    if (sweep_start(&web->sweep) != STATUS_OK) {
        goto destroy_cond;
    }
    return STATUS_OK;

destroy_cond:
    (void)pthread_cond_destroy(&web->answered);
destroy_mutex:
    (void)pthread_mutex_destroy(&web->mutex);
fini_arenas:
    arenas_fini(&web->arenas);
fini_tokens:
    tokens_fini(&web->tokens);
    (void)snprintf(error, error_size, "out of memory or threads");
    return STATUS_FULL;
}

static void web_setup_fini_locks(struct web *web)
{
    sweep_stop(web->sweep);
    (void)pthread_cond_destroy(&web->answered);
    (void)pthread_mutex_destroy(&web->mutex);
    arenas_fini(&web->arenas);
    tokens_fini(&web->tokens);
}

enum status web_setup_init(struct web *web, const struct web_options *options, char *error,
                           size_t error_size)
{
    enum status status = web_setup_locks(web, options, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    status = web_setup_tls(web, options, error, error_size);
    if (status == STATUS_OK) {
        status = web_setup_listen(web, options->listen, error, error_size);
    }
    if (status != STATUS_OK) {
        web_setup_fini_locks(web);
        free(web->tls_cert);
        free(web->tls_key);
    }
    return status;
}

void web_setup_fini(struct web *web)
{
    (void)close(web->listener);
    web_setup_fini_locks(web);
    free(web->tls_cert);
    free(web->tls_key);
}

const char *web_address(const struct web *web)
{
    return web->address;
}

bool web_address_valid(struct slice listen_on)
{
    struct address address;
    return address_parse(listen_on, &address);
}

bool web_address_loopback(struct slice listen_on)
{
    struct address address;
    return address_parse(listen_on, &address) && address_is_loopback(&address);
}

bool web_reload(struct web *web, char *error, size_t error_size)
{
    return tokens_reload(&web->tokens, web->token_file, error, error_size) == STATUS_OK;
}
