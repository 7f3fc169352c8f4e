/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/park.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/format.h"
#include "base/hex.h"
#include "base/number.h"
#include "net/address.h"
#include "net/http_body.h"
#include "net/http_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_SYSTEM_FAILED 111

/* What is read ahead of a complete answer is handed over in hexadecimal. */
#define HANDED_OVER_MAX (2u * AGENT_RESPONSE_MAX + 16u * AGENT_RELAYS_MAX)

#define TELEMETRY_PEERS_MAX 4
#define RETRY_MS            1000

/* ---- The failing side: only async-signal-safe calls from here... ---- */

static const struct extension *armed_extension;
static const int *armed_telemetry;
static const struct relays *armed_relays;
static struct spool *armed_spool;
static park_hand_over *armed_other;
static const char *armed_option;
static pid_t armed_pid;

static char failure_bytes[512];
static char variable_bytes[HANDED_OVER_MAX + 512];
static char host_bytes[256];
static _Alignas(16) unsigned char signal_stack[32768];

static void keep_over_exec(int fd)
{
    if (fd >= 0) {
        (void)fcntl(fd, F_SETFD, 0);
    }
}

/* What of the current exchange the next process must know: "sent" if the request is out. */
static bool request_is_out(const struct client *client)
{
    return client->state == CLIENT_RECEIVE ||
           (client->state == CLIENT_SEND && client->request_at == client->request_count);
}

static void hand_over(struct buf *out)
{
    const struct extension *extension = armed_extension;
    const struct client *client = &extension->client;
    bool sent = request_is_out(client);
    bool asking = extension->state == EXTENSION_NEXT || extension->state == EXTENSION_SUBSCRIBE ||
                  extension->state == EXTENSION_REGISTER;
    buf_append_text(out, PARK_VARIABLE "=");
    buf_append_u64(out, sent && asking ? (uint64_t)client->source.fd + 1 : 0);
    buf_append_byte(out, ' ');
    buf_append_u64(out, (uint64_t)*armed_telemetry + 1);
    buf_append_byte(out, ' ');
    relay_hand_over(armed_relays, out);
    buf_append_byte(out, ' ');
    buf_append(out, slice_of(extension->id, extension->id_size));
    buf_append_byte(out, ' ');
    if (sent && asking) {
        /* Of a chunked answer the framing is off already, but the platform sends lengths. */
        char *place = (char *)buf_reserve(out, 2 * client->in_size);
        if (place != NULL) {
            hex_encode(slice_of(client->in, client->in_size), place);
            buf_commit(out, 2 * client->in_size);
        }
        keep_over_exec(client->source.fd);
    }
    buf_append_byte(out, 0);
    keep_over_exec(*armed_telemetry);
}

/* What is executed anew. */
static char program[] = "/proc/self/exe";

static _Noreturn void park_other(void)
{
    static char name[] = "thaw-agent";
    static char option[32];
    struct buf variable;
    buf_init_fixed(&variable, variable_bytes, sizeof(variable_bytes));
    armed_other(&variable);
    buf_append_byte(&variable, 0);
    (void)slice_copy_text(slice_from(armed_option), option, sizeof(option));
    char *const arguments[] = {name, option, NULL};
    char *const environment[] = {variable_bytes, NULL};
    execve(program, arguments, environment);
    _exit(EXIT_SYSTEM_FAILED);
}

_Noreturn static void park(struct slice what)
{
    static char name[AGENT_WORD_MAX];
    static char option[] = "--parked";
    struct buf line;
    struct buf variable;
    struct buf host;
    if ((armed_extension == NULL && armed_other == NULL) || getpid() != armed_pid) {
        _exit(EXIT_SYSTEM_FAILED);
    }
    buf_init_fixed(&line, failure_bytes, sizeof(failure_bytes));
    buf_append_text(&line, "thaw-agent: failed, and parks: nothing is collected any more: ");
    buf_append(&line, slice_take(what, 256));
    buf_append_byte(&line, '\n');
    (void)!write(STDERR_FILENO, line.base, line.size);
    if (armed_other != NULL) {
        park_other();
    }
    spool_blame(armed_spool);
    if (armed_extension->ended) {
        /* The platform waits for nothing but our end. */
        _exit(0);
    }

    buf_init_fixed(&variable, variable_bytes, sizeof(variable_bytes));
    hand_over(&variable);
    buf_init_fixed(&host, host_bytes, sizeof(host_bytes));
    buf_append_text(&host, "AWS_LAMBDA_RUNTIME_API=");
    buf_append(&host, armed_extension->options.host);
    buf_append_byte(&host, 0);
    (void)slice_copy_text(armed_extension->options.name, name, sizeof(name));
    char *const arguments[] = {name, option, NULL};
    char *const environment[] = {variable_bytes, host_bytes, NULL};
    execve(program, arguments, environment);
    _exit(EXIT_SYSTEM_FAILED);
}

static void on_signal(int number)
{
    char text[32];
    struct buf buf;
    buf_init_fixed(&buf, text, sizeof(text));
    buf_append_text(&buf, "signal ");
    buf_append_u64(&buf, (uint64_t)number);
    park(buf_bytes(&buf));
}

static void on_ensure(const char *expression, const char *file, int line)
{
    char text[256];
    struct buf buf;
    buf_init_fixed(&buf, text, sizeof(text));
    buf_append(&buf, slice_take(slice_from(file), 64));
    buf_append_byte(&buf, ':');
    buf_append_u64(&buf, (uint64_t)line);
    buf_append_byte(&buf, ' ');
    buf_append(&buf, slice_take(slice_from(expression), 128));
    park(buf_bytes(&buf));
}

/* ---- ...to here. ---- */

static void arm(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
    struct sigaction action = {.sa_handler = on_signal};
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    armed_pid = getpid();
    (void)sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void)sigaction(signals[i], &action, NULL);
    }
    ensure_set_handler(on_ensure);
}

void park_arm(const struct extension *extension, const int *telemetry, const struct relays *relays,
              struct spool *spool)
{
    armed_extension = extension;
    armed_telemetry = telemetry;
    armed_relays = relays;
    armed_spool = spool;
    arm();
}

void park_arm_other(park_hand_over *hands_over, const char *option)
{
    armed_other = hands_over;
    armed_option = option;
    arm();
}

/* ---- The parked side: small, blocking where nothing else can happen. ---- */

struct parked {
    struct slice runtime_api;
    struct slice name;
    int platform;
    int telemetry;
    int peers[TELEMETRY_PEERS_MAX];
    struct loop loop; /* Of the relays. */
    bool relaying;
    struct relays relays;
    char id[AGENT_WORD_MAX];
    size_t id_size;
    size_t in_size;
    unsigned char in[AGENT_HTTP_HEAD_MAX + AGENT_RESPONSE_MAX];
    char out[1024];
};

/* Static and zero at first: of most of it no page is ever touched. */
static struct parked parked;
static unsigned char relay_memory[AGENT_RELAY_BUFFER_SIZE];

static bool connect_platform(void)
{
    struct slice host;
    struct address address;
    uint16_t port = 80;
    if (!address_split(parked.runtime_api, &host, &port) ||
        !address_look_up(host, port, &address)) {
        return false;
    }
    parked.platform = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return parked.platform >= 0 && connect(parked.platform, &address.any, address.size) == 0;
}

/* Register, or, once that is done, ask for the next event. */
static bool ask(void)
{
    struct buf out;
    buf_init_fixed(&out, parked.out, sizeof(parked.out));
    parked.in_size = 0;
    if (parked.id_size == 0) {
        format_append(&out,
                      "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: " SLICE_FMT
                      "\r\nLambda-Extension-Name: " SLICE_FMT
                      "\r\nContent-Type: application/json\r\nContent-Length: 23\r\n\r\n"
                      "{\"events\":[\"SHUTDOWN\"]}",
                      SLICE_ARG(parked.runtime_api), SLICE_ARG(parked.name));
    } else {
        format_append(&out,
                      "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: " SLICE_FMT
                      "\r\nLambda-Extension-Identifier: " SLICE_FMT "\r\n\r\n",
                      SLICE_ARG(parked.runtime_api),
                      SLICE_ARG(slice_of(parked.id, parked.id_size)));
    }
    return !buf_overflowed(&out) &&
           send(parked.platform, out.base, out.size, MSG_NOSIGNAL) == (ssize_t)out.size;
}

static bool ask_on_new_connection(void)
{
    if (parked.platform >= 0) {
        close(parked.platform);
        parked.platform = -1;
    }
    return connect_platform() && ask();
}

/* A complete answer with a length, or none yet. */
static enum http_answer read_answer(struct http_head *head, struct slice *body)
{
    enum http_answer answer = http_parse_response(slice_of(parked.in, parked.in_size), head);
    if (answer != HTTP_PARSED) {
        return answer;
    }
    size_t left = parked.in_size - head->size;
    if (head->chunked) {
        /* The last chunk is empty; what is between is only searched for a word. */
        *body = slice_of(parked.in + head->size, left);
        return slice_ends(*body, SLICE("0\r\n\r\n")) ? HTTP_PARSED : HTTP_PARTIAL;
    }
    *body = slice_of(parked.in + head->size, left);
    return left >= head->length ? HTTP_PARSED : HTTP_PARTIAL;
}

enum parked_turn {
    PARKED_GO_ON,
    PARKED_END,
    PARKED_LOST,
};

static enum parked_turn take_answer(void)
{
    static struct http_head head;
    struct slice body;
    switch (read_answer(&head, &body)) {
    case HTTP_PARTIAL:
        return parked.in_size < sizeof(parked.in) ? PARKED_GO_ON : PARKED_LOST;
    case HTTP_BAD:
        return PARKED_LOST;
    case HTTP_PARSED:
        break;
    }
    if (parked.id_size == 0) {
        struct slice id = http_header(&head, SLICE("lambda-extension-identifier"));
        if (head.status != 200 || id.size == 0 || id.size > sizeof(parked.id)) {
            return PARKED_LOST;
        }
        memcpy(parked.id, id.base, id.size);
        parked.id_size = id.size;
    } else if (head.status == 200 && slice_find(body, SLICE("\"SHUTDOWN\"")) != SLICE_NONE) {
        return PARKED_END;
    } else if (head.status == 403 || head.status == 500) {
        return PARKED_LOST;
    }
    return ask() || ask_on_new_connection() ? PARKED_GO_ON : PARKED_LOST;
}

static enum parked_turn read_platform(void)
{
    ssize_t got = recv(parked.platform, parked.in + parked.in_size,
                       sizeof(parked.in) - parked.in_size, MSG_DONTWAIT);
    if (got > 0) {
        parked.in_size += (size_t)got;
        return take_answer();
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return PARKED_GO_ON;
    }
    return ask_on_new_connection() ? PARKED_GO_ON : PARKED_LOST;
}

/* Whatever a peer sends is read away; at the end of what looks like a request stands an answer. */
static void read_peer(int *peer)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    unsigned char bytes[16384];
    ssize_t got = recv(*peer, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    bool more = got == (ssize_t)sizeof(bytes);
    if (got > 0 && (more || send(*peer, answer, sizeof(answer) - 1, MSG_NOSIGNAL) > 0)) {
        return;
    }
    close(*peer);
    *peer = -1;
}

static void accept_peer(void)
{
    int fd = accept4(parked.telemetry, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < TELEMETRY_PEERS_MAX; i++) {
        if (parked.peers[i] < 0) {
            parked.peers[i] = fd;
            return;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
}

static int serve(void)
{
    for (;;) {
        struct pollfd fds[3 + TELEMETRY_PEERS_MAX];
        fds[0] = (struct pollfd){.fd = parked.platform, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = parked.telemetry, .events = POLLIN};
        for (size_t i = 0; i < TELEMETRY_PEERS_MAX; i++) {
            fds[2 + i] = (struct pollfd){.fd = parked.peers[i], .events = POLLIN};
        }
        fds[2 + TELEMETRY_PEERS_MAX] =
            (struct pollfd){.fd = parked.relaying ? parked.loop.fd : -1, .events = POLLIN};
        if (poll(fds, 3 + TELEMETRY_PEERS_MAX, -1) < 0) {
            continue;
        }
        if (fds[2 + TELEMETRY_PEERS_MAX].revents != 0) {
            loop_wait(&parked.loop, 0);
        }
        for (size_t i = 0; i < TELEMETRY_PEERS_MAX; i++) {
            if (fds[2 + i].revents != 0) {
                read_peer(&parked.peers[i]);
            }
        }
        if (fds[1].revents != 0) {
            accept_peer();
        }
        if (fds[0].revents != 0) {
            switch (read_platform()) {
            case PARKED_GO_ON:
                break;
            case PARKED_END:
                return 0;
            case PARKED_LOST:
                return EXIT_SYSTEM_FAILED;
            }
        }
    }
}

static void parked_init(struct slice runtime_api, struct slice name)
{
    parked.runtime_api = runtime_api;
    parked.name = name;
    parked.platform = -1;
    parked.telemetry = -1;
    for (size_t i = 0; i < TELEMETRY_PEERS_MAX; i++) {
        parked.peers[i] = -1;
    }
}

int park_run(struct slice runtime_api, struct slice name)
{
    parked_init(runtime_api, name);
    return ask_on_new_connection() ? serve() : EXIT_SYSTEM_FAILED;
}

/* The descriptor that "0" or "fd + 1" stands for. */
static int descriptor_of(struct slice text)
{
    uint64_t number = 0;
    if (number_parse_u64(text, &number) != NUMBER_OK || number == 0 || number > 65536) {
        return -1;
    }
    return (int)number - 1;
}

int park_resume(struct slice runtime_api, struct slice name, struct slice handed_over)
{
    struct slice platform;
    struct slice telemetry;
    struct slice relays;
    struct slice id;
    struct slice rest;
    parked_init(runtime_api, name);
    slice_cut(handed_over, ' ', &platform, &rest);
    slice_cut(rest, ' ', &telemetry, &rest);
    slice_cut(rest, ' ', &relays, &rest);
    slice_cut(rest, ' ', &id, &rest);
    parked.platform = descriptor_of(platform);
    parked.telemetry = descriptor_of(telemetry);
    if (id.size > 0 && id.size <= sizeof(parked.id)) {
        memcpy(parked.id, id.base, id.size);
        parked.id_size = id.size;
    }
    if (loop_init(&parked.loop) == STATUS_OK) {
        relay_set_buffer(&parked.relays, relay_memory, sizeof(relay_memory));
        parked.relaying = relay_take_over(&parked.relays, &parked.loop, relays);
    }
    if (parked.platform < 0) {
        return ask_on_new_connection() ? serve() : EXIT_SYSTEM_FAILED;
    }
    if (rest.size / 2 <= sizeof(parked.in) && hex_decode(rest, parked.in, rest.size / 2)) {
        parked.in_size = rest.size / 2;
    }
    enum parked_turn turn = parked.in_size > 0 ? take_answer() : PARKED_GO_ON;
    if (turn != PARKED_GO_ON) {
        return turn == PARKED_END ? 0 : EXIT_SYSTEM_FAILED;
    }
    return serve();
}
