/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/contain.h"

#include "agent/park.h"
#include "event/event_read.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/format.h"
#include "base/log.h"
#include "base/number.h"
#include "base/prng.h"
#include "base/traceparent.h"
#include "base/uuid.h"
#include "net/listen.h"
#include "run/child.h"
#include "run/output.h"
#include "run/place.h"
#include "run/request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_SYSTEM_FAILED 111
#define EXIT_NOT_STARTED   127

#define SHUTDOWN_NS AGENT_NS_MS(2000) /* What waits is sent in this time. */

/* What a container is made of; all of it static. */
struct contain {
    struct shell *shell; /* NULL: nothing is collected any more. */
    struct loop *loop;
    struct place place;
    struct child child;
    struct output outputs[2];
    struct loop_source signals;
    struct relays relays;
    uint64_t seed;
    uint64_t began_ns;
    uint16_t port;     /* That the program was told to serve. */
    uint64_t probe_ns; /* When to see whether it does; UINT64_MAX: that is known. */
    uint64_t stop_ns;  /* When to end the collecting, though the program has not ended. */
    bool ended;        /* The program has. */
    bool stopping;     /* The core was told that this is the end. */
    uint64_t gone_ns;  /* Until then what the program has said may still be passed on. */
    uint64_t open[AGENT_INVOCATIONS_MAX]; /* Serials of requests that run; 0: free. */
    size_t open_count;                    /* All of them, also those that have no place. */
};

static struct contain contain;
static struct requests requests;
static unsigned char relay_memory[AGENT_RELAY_BUFFER_SIZE];

/* ---- What the core is told. ---- */

static void step(struct core_input input)
{
    if (contain.shell != NULL) {
        shell_step(contain.shell, &input);
    }
}

static void tell(struct event event)
{
    event.time_ns = event.time_ns > 0 ? event.time_ns : clock_wall_ns();
    step((struct core_input){.kind = CORE_EVENT, .event = &event});
}

/* The id of a request: no place tells one, so it is made of our seed and its number. */
static struct slice id_of(uint64_t serial, char text[UUID_TEXT_SIZE + 1])
{
    struct prng prng;
    prng_init(&prng, contain.seed ^ (serial * UINT64_C(0x9e3779b97f4a7c15)));
    struct uuid uuid = uuid_v4(&prng);
    uuid_format(&uuid, text);
    return slice_of(text, UUID_TEXT_SIZE);
}

/* ---- Requests. ---- */

static void tell_trigger(struct slice id, const struct request_fact *fact)
{
    struct trigger trigger = {
        .kind = TRIGGER_HTTP, .method = fact->method, .path = fact->path, .host = fact->host};
    struct traceparent parent;
    if (traceparent_parse(fact->traceparent, &parent)) {
        trigger.parent.known = true;
        trigger.parent.sampled = (parent.flags & TRACEPARENT_FLAG_SAMPLED) != 0;
        memcpy(trigger.parent.trace_id, parent.trace_id, sizeof(parent.trace_id));
        memcpy(trigger.parent.span_id, parent.parent_id, sizeof(parent.parent_id));
        trigger.tracestate = fact->tracestate;
    }
    step((struct core_input){
        .kind = CORE_TRIGGER, .more = true, .trigger = {.request_id = id, .trigger = &trigger}});
}

static void begin_request(const struct request_fact *fact)
{
    char text[UUID_TEXT_SIZE + 1];
    struct event event = event_read_blank(EVENT_START);
    contain.open_count++;
    for (size_t i = 0; i < AGENT_INVOCATIONS_MAX; i++) {
        if (contain.open[i] == 0) {
            contain.open[i] = fact->serial;
            break;
        }
    }
    event.request_id = id_of(fact->serial, text);
    tell_trigger(event.request_id, fact);
    tell(event);
}

static void end_request(const struct request_fact *fact)
{
    char text[UUID_TEXT_SIZE + 1];
    bool failed = fact->broken || fact->status == 0 || fact->status >= 500;
    struct event event = event_read_blank(EVENT_RUNTIME_DONE);
    contain.open_count--;
    for (size_t i = 0; i < AGENT_INVOCATIONS_MAX; i++) {
        contain.open[i] = contain.open[i] == fact->serial ? 0 : contain.open[i];
    }
    event.request_id = id_of(fact->serial, text);
    event.status = failed ? SLICE("error") : SLICE("success");
    event.duration_ns = (int64_t)fact->duration_ns;
    event.produced_bytes = (int64_t)fact->size;
    step((struct core_input){.kind = CORE_RESPONSE,
                             .more = true,
                             .response = {.request_id = event.request_id,
                                          .status_code = fact->status,
                                          .error = failed,
                                          .bytes = fact->size}});
    tell(event);
    /* Nobody reports what it cost: what is known of it is complete. */
    event.type = EVENT_REPORT;
    tell(event);
}

static void on_request(void *context, const struct request_fact *fact)
{
    (void)context;
    if (fact->ended) {
        end_request(fact);
    } else {
        begin_request(fact);
    }
}

/* ---- Output. ---- */

/* Of the only request that runs; of several the line itself has to tell. */
static void on_line(void *context, struct slice line)
{
    char text[UUID_TEXT_SIZE + 1];
    struct event event = event_read_blank(EVENT_LINE_FUNCTION);
    (void)context;
    if (line.base[0] == '{') {
        event.object = line;
    } else {
        event.text.raw = line;
    }
    for (size_t i = 0; contain.open_count == 1 && i < AGENT_INVOCATIONS_MAX; i++) {
        if (contain.open[i] != 0) {
            event.request_id = id_of(contain.open[i], text);
        }
    }
    tell(event);
}

/* ---- The program. ---- */

static bool accepts(unsigned port)
{
    struct address address;
    if (!address_literal(SLICE("127.0.0.1"), (uint16_t)port, &address)) {
        return false;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    bool good = connect(fd, &address.any, address.size) == 0;
    if (!good && errno == EINPROGRESS) {
        struct pollfd poller = {.fd = fd, .events = POLLOUT};
        int error = 0;
        socklen_t size = sizeof(error);
        good = poll(&poller, 1, 0) == 1 &&
               getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    }
    close(fd);
    return good;
}

static void tell_init(bool good)
{
    struct event event = event_read_blank(EVENT_INIT_RUNTIME_DONE);
    event.phase = SLICE("init");
    event.status = good ? SLICE("success") : SLICE("error");
    tell(event);
    event.type = EVENT_INIT_REPORT;
    event.duration_ns = (int64_t)(clock_monotonic_ns() - contain.began_ns);
    tell(event);
}

/* It serves: now we do, too.  Not before: who asks whether the container is ready asks our port. */
static void begin_relaying(void)
{
    char text[32];
    struct buf place;
    struct address upstream;
    int listener = -1;
    buf_init_fixed(&place, text, sizeof(text));
    format_append(&place, "0.0.0.0:%u", (unsigned)contain.place.port);
    if (!address_literal(SLICE("127.0.0.1"), contain.port, &upstream) ||
        listen_open(buf_bytes(&place), &listener) != STATUS_OK ||
        relay_init(&contain.relays, contain.loop, listener, &upstream) != STATUS_OK) {
        log_error("cannot serve for the program", log_text("address", buf_bytes(&place)),
                  log_errno(errno));
        return;
    }
    request_init(&requests, &contain.relays, clock_monotonic_ns, on_request, NULL);
}

static void probe(uint64_t now_ns)
{
    if (accepts(contain.port)) {
        contain.probe_ns = UINT64_MAX;
        tell_init(true);
        begin_relaying();
    } else if (accepts(contain.place.port)) {
        contain.probe_ns = UINT64_MAX;
        tell_init(true);
        log_warn("the program serves its port itself: its requests are not seen",
                 log_string("variable", contain.place.port_variable),
                 log_u64("port", contain.port));
    } else {
        contain.probe_ns = now_ns + AGENT_PROBE_EVERY_NS;
    }
}

/* The last that the core hears. */
static void stop_collecting(void)
{
    if (!contain.stopping && contain.shell != NULL) {
        bool good = !contain.ended || contain.child.status == 0;
        contain.stopping = true;
        contain.shell->core.counters.runtime_unseen = requests.unseen;
        step((struct core_input){.kind = CORE_SHUTDOWN,
                                 .shutdown = {.reason = good ? SLICE("spindown") : SLICE("failure"),
                                              .deadline_ns = clock_wall_ns() + SHUTDOWN_NS}});
    }
}

static void end_program(void)
{
    contain.ended = true;
    for (size_t i = 0; i < 2; i++) {
        output_finish(&contain.outputs[i]);
    }
    if (contain.probe_ns != UINT64_MAX) {
        contain.probe_ns = UINT64_MAX;
        tell_init(false);
    }
    relay_stop(&contain.relays);
    contain.gone_ns = clock_monotonic_ns() + AGENT_LAST_WORDS_NS;
    stop_collecting();
}

static void on_signals(void *context, unsigned events)
{
    struct signalfd_siginfo told;
    (void)context;
    (void)events;
    while (read(contain.signals.fd, &told, sizeof(told)) == (ssize_t)sizeof(told)) {
        int number = (int)told.ssi_signo;
        if (number == SIGCHLD) {
            if (child_reap(&contain.child)) {
                end_program();
            }
            continue;
        }
        if (number == SIGTERM && contain.stop_ns == UINT64_MAX) {
            contain.stop_ns = clock_monotonic_ns() + AGENT_GRACE_NS - SHUTDOWN_NS;
        }
        child_signal(&contain.child, number);
    }
}

static bool watch_signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sigaddset(&set, numbers[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    contain.signals = (struct loop_source){.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
                                           .ready = on_signals};
    return contain.signals.fd >= 0 &&
           loop_watch(contain.loop, &contain.signals, LOOP_READABLE) == STATUS_OK;
}

/* ---- Life. ---- */

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t due_ns(void)
{
    uint64_t due = earlier(contain.probe_ns, contain.stopping ? UINT64_MAX : contain.stop_ns);
    due = earlier(due, contain.ended ? contain.gone_ns : UINT64_MAX);
    return earlier(due, earlier(contain.outputs[0].retry_ns, contain.outputs[1].retry_ns));
}

static void on_time(uint64_t now_ns)
{
    for (size_t i = 0; i < 2; i++) {
        output_time(&contain.outputs[i], now_ns);
    }
    if (now_ns >= contain.probe_ns) {
        probe(now_ns);
    }
    if (now_ns >= contain.stop_ns) {
        stop_collecting();
    }
}

static void wait_without_shell(void)
{
    uint64_t due = due_ns();
    uint64_t now_ns = clock_monotonic_ns();
    loop_wait(contain.loop, due == UINT64_MAX ? UINT64_MAX : due > now_ns ? due - now_ns : 0);
}

static int live(void)
{
    while (!contain.ended || contain.shell != NULL ||
           (relay_busy(&contain.relays) && clock_monotonic_ns() < contain.gone_ns)) {
        if (contain.shell != NULL) {
            if (!shell_turn(contain.shell, due_ns())) {
                contain.shell = NULL;
            }
        } else {
            wait_without_shell();
        }
        on_time(clock_monotonic_ns());
    }
    return child_exit_status(&contain.child);
}

void contain_place(struct agent_settings *settings, const char *const *environment)
{
    struct resource *resource = &settings->resource;
    struct place *place = &contain.place;
    place_find(place, environment);
    resource->elsewhere = true;
    resource->provider = place->provider;
    resource->platform = place->platform;
    resource->region = place->region;
    resource->account_id = place->account;
    resource->function_name = place->name.size > 0 ? place->name : resource->service_name;
    resource->function_version = place->version;
    if (resource->service_name.size == 0) {
        resource->service_name = resource->function_name;
    }
}

/* A port for the program that nobody has. */
static uint16_t free_port(void)
{
    int fd = -1;
    if (listen_open(SLICE("127.0.0.1:0"), &fd) != STATUS_OK) {
        return 0;
    }
    unsigned port = listen_port(fd);
    close(fd);
    return (uint16_t)port;
}

static _Noreturn void become(char *const *arguments)
{
    execvp(arguments[0], arguments);
    log_error("cannot execute the program", log_string("program", arguments[0]), log_errno(errno));
    _exit(EXIT_NOT_STARTED);
}

/* ---- A failure of our own. ---- */

static void keep_descriptor(struct buf *out, int fd)
{
    buf_append_byte(out, ' ');
    buf_append_u64(out, (uint64_t)(fd + 1));
    if (fd >= 0) {
        (void)fcntl(fd, F_SETFD, 0);
    }
}

static void hand_over(struct buf *out)
{
    buf_append_text(out, CONTAIN_VARIABLE "=");
    buf_append_u64(out, (uint64_t)contain.child.id);
    keep_descriptor(out, contain.outputs[0].source.fd);
    keep_descriptor(out, contain.outputs[1].source.fd);
    buf_append_byte(out, ' ');
    buf_append_u64(out, contain.port);
    buf_append_byte(out, ' ');
    buf_append_u64(out, contain.place.port);
    buf_append_byte(out, ' ');
    relay_hand_over(&contain.relays, out);
}

/* The next number of the list; 0 if there is none. */
static uint64_t take_number(struct slice *list)
{
    struct slice text;
    uint64_t number = 0;
    slice_cut(*list, ' ', &text, list);
    return number_parse_u64(text, &number) == NUMBER_OK && number <= INT32_MAX ? number : 0;
}

static void resume_output(struct output *output, uint64_t number, int target)
{
    output->ended = true;
    output->retry_ns = UINT64_MAX;
    if (number > 0) {
        (void)fcntl((int)number - 1, F_SETFD, FD_CLOEXEC);
        output_init(output, contain.loop, (int)number - 1, target, on_line, NULL);
    }
}

int contain_resume(struct slice handed_over)
{
    static struct loop loop;
    contain.loop = &loop;
    contain.stop_ns = UINT64_MAX;
    contain.probe_ns = UINT64_MAX;
    if (loop_init(&loop) != STATUS_OK) {
        return EXIT_SYSTEM_FAILED;
    }
    contain.child.id = (pid_t)take_number(&handed_over);
    resume_output(&contain.outputs[0], take_number(&handed_over), STDOUT_FILENO);
    resume_output(&contain.outputs[1], take_number(&handed_over), STDERR_FILENO);
    contain.port = (uint16_t)take_number(&handed_over);
    contain.place.port = (uint16_t)take_number(&handed_over);
    contain.place.port_variable = "";
    relay_set_buffer(&contain.relays, relay_memory, sizeof(relay_memory));
    if (!relay_take_over(&contain.relays, &loop, handed_over)) {
        contain.probe_ns = clock_monotonic_ns();
    }
    if (!watch_signals()) {
        return EXIT_SYSTEM_FAILED;
    }
    if (contain.child.id == 0 || child_reap(&contain.child)) {
        end_program();
    }
    return live();
}

static void begin_life(void)
{
    struct event event = event_read_blank(EVENT_INIT_START);
    step((struct core_input){.kind = CORE_MANAGED, .more = true});
    event.phase = SLICE("init");
    event.instance_id = contain.place.instance;
    contain.began_ns = clock_monotonic_ns();
    contain.probe_ns = contain.began_ns;
    tell(event);
}

int contain_run(struct shell *shell, const struct agent_settings *settings, char *const *arguments)
{
    uint64_t seed[1];
    contain.port = settings->run_port > 0 ? (uint16_t)settings->run_port : free_port();
    if (settings->disabled || settings->passive || contain.port == 0) {
        if (!settings->disabled) {
            log_warn("nothing is collected", log_text("reason", settings->passive_reason));
        }
        become(arguments);
    }
    if (entropy_fill(seed, sizeof(seed)) != STATUS_OK) {
        seed[0] = clock_wall_ns();
    }
    contain.seed = seed[0];
    contain.relays.listener.fd = -1;
    contain.stop_ns = UINT64_MAX;
    relay_set_buffer(&contain.relays, relay_memory, sizeof(relay_memory));
    if (!shell_start_alone(shell, settings)) {
        become(arguments);
    }
    contain.shell = shell;
    contain.loop = &shell->loop;
    if (!watch_signals()) {
        become(arguments);
    }
    begin_life();
    if (child_start(&contain.child, arguments, contain.place.port_variable, contain.port) !=
        STATUS_OK) {
        log_error("cannot execute the program", log_string("program", arguments[0]),
                  log_errno(errno));
        return EXIT_NOT_STARTED;
    }
    for (size_t i = 0; i < 2; i++) {
        output_init(&contain.outputs[i], contain.loop, contain.child.outputs[i], (int)i + 1,
                    on_line, NULL);
    }
    park_arm_other(hand_over, "--contained");
    return live();
}
