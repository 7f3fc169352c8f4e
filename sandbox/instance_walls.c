/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/function.h"
#include "sandbox/instance.h"
#include "sandbox/platform.h"

#include "base/clock.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Space of /tmp: the platform's default. */
#define TMP_MB 512

static size_t addresses_of(const struct config *config, uint32_t addresses[NAMESPACE_ADDRESS_MAX])
{
    size_t count = 0;
    addresses[count++] = inet_addr(PLATFORM_INSIDE_ADDRESS);
    for (const struct config_relay *relay = config->relays; relay != NULL; relay = relay->next) {
        bool known = relay->inside_address == htonl(INADDR_LOOPBACK);
        for (size_t i = 0; i < count; i++) {
            known = known || addresses[i] == relay->inside_address;
        }
        if (!known && count < NAMESPACE_ADDRESS_MAX) {
            addresses[count++] = relay->inside_address;
        }
    }
    return count;
}

static void hosts_write(const struct config *config, struct buf *hosts)
{
    buf_append_text(hosts, "127.0.0.1 localhost sandbox.localdomain sandbox\n"
                           "::1 localhost\n" PLATFORM_INSIDE_ADDRESS " sandbox.internal\n");
    for (const struct config_relay *relay = config->relays; relay != NULL; relay = relay->next) {
        char address[INET_ADDRSTRLEN];
        if (relay->name != NULL &&
            inet_ntop(AF_INET, &relay->inside_address, address, sizeof(address)) != NULL) {
            buf_printf(hosts, "%s %s\n", address, relay->name);
        }
    }
    buf_append_byte(hosts, '\0');
}

static enum status space_build(struct instance *instance)
{
    const struct config *config = instance->platform->config;
    const struct config_function *function = instance->function->config;
    uint32_t addresses[NAMESPACE_ADDRESS_MAX];
    char message[512];
    struct buf hosts;
    buf_init_growing(&hosts, 65536);
    hosts_write(config, &hosts);
    struct namespace_plan plan = {
        .code = function->code,
        .layers = function->layers,
        .extensions = function->extensions,
        .hosts = (const char *)hosts.base,
        .addresses = addresses,
        .address_count = addresses_of(config, addresses),
        .tmp_mb = TMP_MB,
        .group = &instance->group,
    };
    enum status status = namespace_init(&instance->space, &plan, message, sizeof(message));
    buf_fini(&hosts);
    if (status != STATUS_OK) {
        log_error("cannot-build-instance", log_string("function", function->name),
                  log_string("why", message));
    }
    return status;
}

static int on_listen(void *owner, uint32_t address, uint16_t port)
{
    struct instance *instance = owner;
    return namespace_listen(&instance->space, address, port);
}

static enum status relay_build(struct instance *instance)
{
    struct platform *platform = instance->platform;
    enum status status = relay_create(&instance->relay, &platform->loop, on_listen, instance);
    if (status != STATUS_OK) {
        return status;
    }
    struct relay_place self = {
        .inside_address = inet_addr(PLATFORM_INSIDE_ADDRESS),
        .inside_port = PLATFORM_ENDPOINT_PORT,
        .outside_address = platform->listen_address.sin_addr.s_addr,
        .outside_port = ntohs(platform->listen_address.sin_port),
        .label = "sandbox",
    };
    if (self.outside_address == htonl(INADDR_ANY)) {
        self.outside_address = htonl(INADDR_LOOPBACK);
    }
    status = relay_add(instance->relay, &self);
    for (const struct config_relay *row = platform->config->relays;
         row != NULL && status == STATUS_OK; row = row->next) {
        struct relay_place place = {row->inside_address, row->inside_port, row->outside_address,
                                    row->outside_port, row->label};
        status = relay_add(instance->relay, &place);
    }
    platform_spoil_relay(platform, instance->relay);
    return status;
}

static void on_accept(void *owner, unsigned events)
{
    (void)events;
    struct instance *instance = owner;
    int descriptor = accept4(instance->api.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0 && web_add(instance->platform->web, descriptor, instance) != STATUS_OK) {
        log_warn("connection-refused", log_string("instance", instance->id));
    }
}

static enum status api_open(struct instance *instance)
{
    int descriptor =
        namespace_listen(&instance->space, inet_addr(PLATFORM_INSIDE_ADDRESS), PLATFORM_API_PORT);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    instance->api =
        (struct loop_source){.descriptor = descriptor, .ready = on_accept, .owner = instance};
    return loop_watch(&instance->platform->loop, &instance->api, LOOP_READ);
}

enum status instance_limit_memory(struct instance *instance)
{
    const struct config_function *function = instance->function->config;
    enum status status = cgroup_limit(&instance->group, function->memory_mb << 20);
    if (status == STATUS_NOT_FOUND) {
        log_error("cannot-limit-memory", log_string("function", function->name),
                  log_string("why", "no control group of memory can be had"));
    }
    return status;
}

bool instance_out_of_memory(struct instance *instance)
{
    uint64_t kills = cgroup_memory_kills(&instance->group);
    bool more = kills > instance->memory_kills;
    instance->memory_kills = kills;
    if (more) {
        /* Somebody wanted more than there is, so all of it was used. */
        instance->memory_peak_kb = instance->function->config->memory_mb * 1024;
    }
    return more;
}

enum status instance_walls_build(struct instance *instance)
{
    enum status status = space_build(instance);
    if (status == STATUS_OK) {
        status = api_open(instance);
    }
    if (status == STATUS_OK) {
        status = relay_build(instance);
    }
    return status;
}

void instance_freeze(struct instance *instance)
{
    instance->frozen_ns = clock_monotonic_ns();
    relay_freeze(instance->relay);
    if (instance->group.kind == CGROUP_NONE) {
        namespace_signal(&instance->space, SIGSTOP);
    } else if (cgroup_freeze(&instance->group, true) != STATUS_OK) {
        log_warn("cannot-freeze", log_string("instance", instance->id));
    }
    instance_telemetry_schedule(instance);
}

void instance_thaw(struct instance *instance, bool elsewhere)
{
    uint64_t frozen_ns = clock_monotonic_ns() - instance->frozen_ns;
    bool dead = elsewhere || frozen_ns >= instance->platform->config->connection_death_ns;
    instance->frozen_ns = 0;
    /* Connections that are to be dead die before anything inside can use them. */
    relay_thaw(instance->relay, dead);
    if (instance->group.kind == CGROUP_NONE) {
        namespace_signal(&instance->space, SIGCONT);
    } else if (cgroup_freeze(&instance->group, false) != STATUS_OK) {
        log_warn("cannot-thaw", log_string("instance", instance->id));
    }
    instance_telemetry_schedule(instance);
}

void instance_walls_fall(struct instance *instance)
{
    relay_free(instance->relay);
    if (instance->api.descriptor >= 0) {
        loop_forget(&instance->platform->loop, &instance->api);
        close(instance->api.descriptor);
    }
    namespace_fini(&instance->space);
}
