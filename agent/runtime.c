/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/runtime.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/log.h"
#include "base/number.h"
#include "net/listen.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE_SIZE 4096u

static _Alignas(PAGE_SIZE) unsigned char relay_memory[AGENT_RELAY_BUFFER_SIZE];

/* ---- Events. ---- */

static struct runtime_reader *reader_of(struct runtime *runtime, size_t connection)
{
    for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
        struct runtime_reader *reader = &runtime->readers[i];
        if (reader->used && reader->connection == connection) {
            return reader;
        }
    }
    return NULL;
}

static void begin_capture(struct runtime *runtime, const struct proxy_fact *fact, bool answer)
{
    if (!captures_begin(&runtime->captures, fact->connection, answer)) {
        runtime->unseen++;
    }
}

static void begin_event(struct runtime *runtime, const struct proxy_fact *fact)
{
    begin_capture(runtime, fact, false);
    for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
        struct runtime_reader *reader = &runtime->readers[i];
        if (!reader->used) {
            reader->used = true;
            reader->connection = fact->connection;
            reader->left = AGENT_EVENT_LOOK_MAX;
            trigger_read_init(&reader->read);
            trigger_read_headers(&reader->read, fact->client_context, fact->trace_id);
            return;
        }
    }
    runtime->unseen++;
}

static void read_event(struct runtime *runtime, const struct proxy_fact *fact)
{
    struct runtime_reader *reader = reader_of(runtime, fact->connection);
    captures_take(&runtime->captures, fact->connection, false, fact->data);
    if (reader == NULL) {
        return;
    }
    if (fact->data.size > reader->left) {
        reader->used = false;
        runtime->unseen++;
        return;
    }
    reader->left -= fact->data.size;
    trigger_read_feed(&reader->read, fact->data);
}

/* Processor time of the runtime's process. */
static int64_t cpu_ns(const struct runtime *runtime)
{
    struct timespec time;
    if (!runtime->processor_known || clock_gettime(runtime->processor, &time) != 0) {
        return ACCOUNT_UNKNOWN;
    }
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The runtime has it now. */
static void open_invocation(struct runtime *runtime, const struct proxy_fact *fact)
{
    struct runtime_open *place = &runtime->open[0];
    for (size_t i = 1; i < AGENT_INVOCATIONS_MAX; i++) {
        if (runtime->open[i].order < place->order) {
            place = &runtime->open[i];
        }
    }
    if (fact->request_id.size == 0 || fact->request_id.size > sizeof(place->id)) {
        return;
    }
    runtime->order++;
    place->order = runtime->order;
    place->connection = fact->connection;
    place->since_ns = clock_monotonic_ns();
    place->cpu_ns = cpu_ns(runtime);
    place->id_size = fact->request_id.size;
    memcpy(place->id, fact->request_id.base, fact->request_id.size);
}

/* What it was itself, where that is kept. */
static void tell_payload(struct runtime *runtime, const struct proxy_fact *fact, bool answer)
{
    struct core_input input = {
        .kind = CORE_PAYLOAD,
        .more = answer,
        .payload = {.request_id = fact->request_id, .answer = answer, .size = fact->size}};
    if (captures_end(&runtime->captures, fact->connection, answer, &input.payload.bytes)) {
        runtime->tell(runtime->context, &input);
    }
}

static void end_event(struct runtime *runtime, const struct proxy_fact *fact)
{
    struct runtime_reader *reader = reader_of(runtime, fact->connection);
    open_invocation(runtime, fact);
    if (reader != NULL) {
        const struct core_input input = {.kind = CORE_TRIGGER,
                                         .trigger = {.request_id = fact->request_id,
                                                     .trigger = trigger_read_end(&reader->read)}};
        runtime->tell(runtime->context, &input);
        reader->used = false;
    }
    tell_payload(runtime, fact, false);
}

/* ---- Answers. ---- */

static void end_answer(struct runtime *runtime, const struct proxy_fact *fact)
{
    const struct core_input input = {
        .kind = CORE_RESPONSE,
        .response = {.request_id = fact->request_id,
                     .status_code =
                         fact->failed ? 0 : response_read_end(&runtime->answers[fact->connection]),
                     .error = fact->failed || fact->error_type.size > 0,
                     .bytes = fact->size,
                     .error_type = fact->error_type}};
    tell_payload(runtime, fact, true);
    runtime->tell(runtime->context, &input);
}

/* The runtime asks again.  What it got on this connection is over; if it uses another one each
 * time, that is what is open if only one is. */
static void close_invocation(struct runtime *runtime, size_t connection)
{
    struct runtime_open *only = NULL;
    struct runtime_open *same = NULL;
    size_t count = 0;
    for (size_t i = 0; i < AGENT_INVOCATIONS_MAX; i++) {
        struct runtime_open *open = &runtime->open[i];
        if (open->order != 0) {
            count++;
            only = open;
            same = open->connection == connection ? open : same;
        }
    }
    struct runtime_open *over = same != NULL ? same : only;
    if (same == NULL && count != 1) {
        return;
    }
    int64_t used_ns = cpu_ns(runtime);
    const struct core_input input = {
        .kind = CORE_ASKED,
        .asked = {.request_id = slice_of(over->id, over->id_size),
                  .handler_ns = (int64_t)(clock_monotonic_ns() - over->since_ns),
                  .cpu_ns = used_ns == ACCOUNT_UNKNOWN || over->cpu_ns == ACCOUNT_UNKNOWN
                                ? ACCOUNT_UNKNOWN
                                : used_ns - over->cpu_ns}};
    over->order = 0;
    runtime->tell(runtime->context, &input);
}

/* ---- What passes. ---- */

static void on_fact(void *context, const struct proxy_fact *fact)
{
    struct runtime *runtime = context;
    struct runtime_reader *reader = NULL;
    switch (fact->kind) {
    case PROXY_ASKED:
        close_invocation(runtime, fact->connection);
        break;
    case PROXY_EVENT:
        begin_event(runtime, fact);
        break;
    case PROXY_EVENT_DATA:
        read_event(runtime, fact);
        break;
    case PROXY_EVENT_END:
        end_event(runtime, fact);
        break;
    case PROXY_ANSWER:
        response_read_init(&runtime->answers[fact->connection]);
        begin_capture(runtime, fact, true);
        break;
    case PROXY_ANSWER_DATA:
        response_read_feed(&runtime->answers[fact->connection], fact->data);
        captures_take(&runtime->captures, fact->connection, true, fact->data);
        break;
    case PROXY_ANSWER_END:
        end_answer(runtime, fact);
        break;
    case PROXY_INIT_ERROR:
        /* The platform tells that with the end of the init. */
        break;
    case PROXY_GONE:
        reader = reader_of(runtime, fact->connection);
        if (reader != NULL) {
            reader->used = false;
        }
        captures_gone(&runtime->captures, fact->connection);
        break;
    }
}

static bool wants(void *context, size_t connection, bool answer)
{
    struct runtime *runtime = context;
    bool read =
        answer ? !runtime->answers[connection].over : reader_of(runtime, connection) != NULL;
    return read || captures_want(&runtime->captures, connection, answer);
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
    runtime->wrapper_asked = true;
    runtime->processor_known = clock_getcpuclockid(process, &runtime->processor) == 0;
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
    captures_init(&runtime->captures,
                  settings->payloads == CORE_PAYLOADS_OFF ? 0 : settings->payloads_kb * AGENT_KIB);
    proxy_init(&runtime->proxy, on_fact, wants, runtime);
    buf_init_fixed(&address, runtime->address, sizeof(runtime->address));
    format_append(&address, "127.0.0.1:%u", listen_port(fd));
    runtime->address_size = address.size;
    if (wrapped_init(&runtime->wrapped, loop, port, on_wrapped, runtime) != STATUS_OK) {
        log_warn("cannot wait for the wrapper; the runtime goes its own way", log_errno(errno));
    }
}

void runtime_hear(struct runtime *runtime, runtime_tell *tell, void *context)
{
    runtime->tell = tell;
    runtime->context = context;
}

bool runtime_wrapped(const struct runtime *runtime)
{
    return runtime->wrapper_asked;
}

uint64_t runtime_unseen(const struct runtime *runtime)
{
    return runtime->unseen + runtime->proxy.lost;
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
