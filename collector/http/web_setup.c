/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/whole.h"
#include "http/http_limits.h"
#include "http/web_private.h"
#include "self/counters.h"

#include <errno.h>
#include <stdarg.h>
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

static enum status web_load_tokens(void *context, char *error, size_t error_size)
{
    struct web *web = context;
    return tokens_reload(&web->tokens, web->token_file, error, error_size);
}

static const struct reload_kind web_reload_tokens = {
    .done = "tokens reloaded",
    .failed = "tokens not reloaded",
    .done_count = COUNTER_RELOADS_TOKENS,
    .failed_count = COUNTER_RELOADS_TOKENS_FAILED,
    .load = web_load_tokens,
};

static const struct reload_kind web_reload_tls = {
    .done = "TLS certificate reloaded",
    .failed = "TLS certificate not reloaded",
    .done_count = COUNTER_RELOADS_TLS,
    .failed_count = COUNTER_RELOADS_TLS_FAILED,
    .load = tls_reload,
};

/* Files are looked at before they are read: what changes in between is seen later. */
static enum status web_setup_tokens(struct web *web, const struct web_options *options, char *error,
                                    size_t error_size)
{
    web->token_file = options->token_file;
    enum status status = reload_init(&web->reload_tokens, &web_reload_tokens, web, &web->token_file,
                                     web->token_file.size > 0 ? 1 : 0);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "out of memory");
        return status;
    }
    status = tokens_init(&web->tokens, options->token_file, error, error_size);
    if (status != STATUS_OK) {
        reload_fini(&web->reload_tokens);
    }
    return status;
}

static void web_setup_fini_tokens(struct web *web)
{
    tokens_fini(&web->tokens);
    reload_fini(&web->reload_tokens);
}

static enum status web_setup_tls(struct web *web, const struct web_options *options, char *error,
                                 size_t error_size)
{
    const struct slice files[] = {options->tls_cert_file, options->tls_key_file};
    bool used = files[0].size > 0 || files[1].size > 0;
    if (used && (files[0].size == 0 || files[1].size == 0)) {
        (void)snprintf(error, error_size, "TLS needs both a certificate and a key");
        return STATUS_BAD;
    }
    enum status status = reload_init(&web->reload_tls, &web_reload_tls, NULL, files, used ? 2 : 0);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "out of memory");
        return status;
    }
    if (used) {
        status = tls_create(&web->tls, files[0], files[1], error, error_size);
        web->reload_tls.context = web->tls;
    }
    if (status != STATUS_OK) {
        reload_fini(&web->reload_tls);
    }
    return status;
}

static void web_setup_fini_tls(struct web *web)
{
    tls_free(web->tls);
    reload_fini(&web->reload_tls);
}

enum status web_check(const struct web_options *options, char *error, size_t error_size)
{
    struct web web = {.tls = NULL};
    enum status status = web_setup_tokens(&web, options, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    web_setup_fini_tokens(&web);
    status = web_setup_tls(&web, options, error, error_size);
    if (status == STATUS_OK) {
        web_setup_fini_tls(&web);
    }
    return status;
}

unsigned web_setup_connections(uint64_t wanted)
{
    const uint64_t left = HTTP_DESCRIPTORS_LEFT;
    struct rlimit limit;
    uint64_t most = wanted > 0 ? wanted : HTTP_CONNECTIONS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most + left) {
        most = limit.rlim_cur > 2 * left ? limit.rlim_cur - left : left;
    }
    return (unsigned)most;
}

static enum status web_setup_locks(struct web *web, const struct web_options *options, char *error,
                                   size_t error_size)
{
    enum status status = web_setup_tokens(web, options, error, error_size);
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
    if (web_desk_start(web, options) != STATUS_OK) {
        goto stop_sweep;
    }
    return STATUS_OK;

stop_sweep:
    sweep_stop(web->sweep);
destroy_cond:
    (void)pthread_cond_destroy(&web->answered);
destroy_mutex:
    (void)pthread_mutex_destroy(&web->mutex);
fini_arenas:
    arenas_fini(&web->arenas);
fini_tokens:
    web_setup_fini_tokens(web);
    (void)snprintf(error, error_size, "out of memory or threads");
    return STATUS_FULL;
}

static void web_setup_fini_locks(struct web *web)
{
    web_desk_stop(web);
    sweep_stop(web->sweep);
    (void)pthread_cond_destroy(&web->answered);
    (void)pthread_mutex_destroy(&web->mutex);
    arenas_fini(&web->arenas);
    web_setup_fini_tokens(web);
}

enum status web_setup_init(struct web *web, const struct web_options *options, char *error,
                           size_t error_size)
{
    web->connections_max = web_setup_connections(options->connections);
    enum status status = web_setup_locks(web, options, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    status = web_setup_tls(web, options, error, error_size);
    if (status != STATUS_OK) {
        goto fini_locks;
    }
    status = web_setup_listen(web, options->listen, error, error_size);
    if (status != STATUS_OK) {
        goto fini_tls;
    }
    return STATUS_OK;

fini_tls:
    web_setup_fini_tls(web);
fini_locks:
    web_setup_fini_locks(web);
    return status;
}

void web_setup_fini(struct web *web)
{
    (void)close(web->listener);
    web_setup_fini_tls(web);
    web_setup_fini_locks(web);
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

void web_reload(struct web *web, bool forced)
{
    reload_step(&web->reload_tokens, forced);
    reload_step(&web->reload_tls, forced);
}

void web_stats(struct web *web, struct web_stats *stats)
{
    *stats = (struct web_stats){.connections = atomic_load(&web->connections)};
    stats->connections_max = web->connections_max;
    reload_facts(&web->reload_tokens, &stats->tokens);
    reload_facts(&web->reload_tls, &stats->tls);
    if (web->tls != NULL) {
        tls_facts(web->tls, &stats->certificate);
    }
}

_Noreturn void web_setup_panic(void *context, const char *file, unsigned line, const char *reason)
{
    (void)context;
    log_error("http library panics", log_string("reason", reason), log_string("file", file),
              log_u64("line", line));
    abort();
}

/* What the library says is about single connections, whoever makes them. */
__attribute__((format(printf, 2, 0))) void web_setup_log(void *context, const char *format,
                                                         va_list arguments)
{
    char text[256];
    (void)context;
    if (log_shows(LOG_DEBUG)) {
        (void)vsnprintf(text, sizeof(text), format, arguments);
        log_debug("http library", log_text("says", slice_trim(slice_from(text))));
    }
}

/* Options of the library are pointers to data. */
void *web_setup_retrieve(void)
{
    int (*retrieve)(struct gnutls_session_int *, const struct gnutls_cert_retr_st *,
                    struct gnutls_pcert_st **, unsigned *, struct gnutls_ocsp_data_st **,
                    unsigned *, struct gnutls_privkey_st **, unsigned *) = tls_retrieve;
    void *pointer;
    memcpy(&pointer, &retrieve, sizeof(pointer));
    return pointer;
}
