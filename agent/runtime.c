/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/runtime.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/number.h"
#include "net/listen.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_SIZE 4096u

static _Alignas(PAGE_SIZE) unsigned char relay_memory[AGENT_RELAY_BUFFER_SIZE];

/* ---- What passes. ---- */

static void on_fact(void *context, const struct proxy_fact *fact)
{
    struct runtime *runtime = context;
    (void)runtime;
    (void)fact;
}

/* ---- The wrapper. ---- */

static bool is_own(const struct runtime *runtime, const struct address *address)
{
    int listener = runtime->proxy.relays.listener.fd;
    return address->any.sa_family == AF_INET &&
           ntohl(address->v4.sin_addr.s_addr) == INADDR_LOOPBACK &&
           ntohs(address->v4.sin_port) == listen_port(listener);
}

static struct slice on_wrapped(void *context, pid_t process, struct slice upstream)
{
    struct runtime *runtime = context;
    struct slice host;
    struct address address;
    uint16_t port = 80;
    if (!address_split(upstream, &host, &port) ||
        !address_literal(slice_equal_nocase(host, SLICE("localhost")) ? SLICE("127.0.0.1") : host,
                         port, &address)) {
        log_warn("the runtime goes its own way: its Runtime API is no address",
                 log_text("value", upstream));
        return SLICE_EMPTY;
    }
    if (is_own(runtime, &address)) {
        /* Wrapped twice. */
        return SLICE_EMPTY;
    }
    runtime->process = process;
    relay_set_upstream(&runtime->proxy.relays, &address);
    return slice_of(runtime->address, runtime->address_size);
}

/* ---- Life. ---- */

/* Where to listen as the settings say, and the port that tells this agent from others.  False:
 * nowhere. */
static bool place_of(const struct agent_settings *settings, struct slice *place, uint16_t *port)
{
    struct slice host;
    *place = settings->proxy_listen;
    if (slice_equal(*place, SLICE("auto"))) {
        *place = settings->wrapped ? SLICE("127.0.0.1:4327") : SLICE("off");
    }
    *port = 0;
    return !slice_equal(*place, SLICE("off")) && address_split(*place, &host, port);
}

/* Another program may have the port: then any will do, since the wrapper is told. */
static int listen_at(struct slice place)
{
    int fd = -1;
    enum status status = listen_open(place, &fd);
    if (status == STATUS_IO) {
        status = listen_open(SLICE("127.0.0.1:0"), &fd);
    }
    if (status != STATUS_OK) {
        log_warn("cannot listen for the runtime", log_text("THAW_PROXY_LISTEN", place),
                 log_status(status));
    }
    return fd;
}

void runtime_init(struct runtime *runtime, struct loop *loop, const struct agent_settings *settings,
                  const struct address *platform)
{
    struct slice place;
    uint16_t port = 0;
    struct buf address;
    runtime->proxy.relays.listener.fd = -1;
    if (!place_of(settings, &place, &port)) {
        return;
    }
    int fd = listen_at(place);
    if (fd < 0 || relay_init(&runtime->proxy.relays, loop, fd, platform) != STATUS_OK) {
        return;
    }
    relay_set_buffer(&runtime->proxy.relays, relay_memory, sizeof(relay_memory));
    proxy_init(&runtime->proxy, on_fact, runtime);
    buf_init_fixed(&address, runtime->address, sizeof(runtime->address));
    buf_printf(&address, "127.0.0.1:%u", listen_port(fd));
    runtime->address_size = address.size;
    if (wrapped_init(&runtime->wrapped, loop, port, on_wrapped, runtime) != STATUS_OK) {
        log_warn("cannot wait for the wrapper; the runtime goes its own way", log_errno(errno));
    }
}

void runtime_stop(struct runtime *runtime)
{
    if (runtime->address_size > 0) {
        relay_stop(&runtime->proxy.relays);
        wrapped_stop(&runtime->wrapped);
        runtime->address_size = 0;
    }
}

void runtime_print_address(const struct agent_settings *settings, struct slice process)
{
    char address[64];
    struct slice place;
    uint16_t port = 0;
    if (settings->workers > AGENT_RELAYS_MAX / 2 || !place_of(settings, &place, &port)) {
        return;
    }
    size_t size = wrapped_ask(port, process, settings->runtime_api, address, sizeof(address));
    (void)!write(STDOUT_FILENO, address, size);
}
