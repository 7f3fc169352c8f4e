/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends generated requests to a collector as fast as it takes them.
 *
 *     load_gen PORT spans|lines COUNT PER_BODY [CONNECTIONS [gzip [SEED]]]
 *
 * Each connection is a thread with a generator of its own and one request at a time.  What is
 * written to stdout is the trace id of one transaction in a thousand, 32 digits a line; the last
 * line is "sent COUNT records, BYTES bytes before compression, SECONDS s".
 */
#include "lines_gen.h"
#include "spans_gen.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define CONNECTIONS_MAX 64
#define IDS_MAX         65536

struct load {
    uint16_t port;
    bool lines, gzip;
    uint64_t count; /* Of this connection. */
    size_t per_body;
    uint64_t seed, start_ns;
    pthread_t thread;
    uint64_t sent, bytes;
    uint64_t *ids; /* Two words each. */
    size_t id_count;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int one = 1;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0 || connect(file, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        fail("connect");
    }
    (void)setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return file;
}

static void send_all(int file, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t put = send(file, bytes.base, bytes.size, MSG_NOSIGNAL);
        if (put <= 0) {
            fail("send");
        }
        bytes = slice_skip(bytes, (size_t)put);
    }
}

/* Read an answer; its status. */
static int read_answer(int file)
{
    char answer[4096];
    size_t size = 0;
    for (;;) {
        ssize_t got = recv(file, answer + size, sizeof(answer) - 1 - size, 0);
        if (got <= 0) {
            fail("recv");
        }
        size += (size_t)got;
        answer[size] = '\0';
        const char *end = strstr(answer, "\r\n\r\n");
        const char *length = strcasestr(answer, "content-length:");
        if (end != NULL) {
            size_t body = length != NULL && length < end ? strtoul(length + 15, NULL, 10) : 0;
            if (size >= (size_t)(end - answer) + 4 + body) {
                return atoi(answer + 9);
            }
        }
    }
}

static void squeeze(const struct buf *body, struct buf *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof(stream));
    ENSURE(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t bound = deflateBound(&stream, body->size);
    buf_reset(out);
    stream.next_in = body->base;
    stream.avail_in = (unsigned)body->size;
    stream.next_out = buf_reserve(out, bound);
    stream.avail_out = (unsigned)bound;
    ENSURE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    buf_commit(out, bound - stream.avail_out);
    (void)deflateEnd(&stream);
}

static void post(const struct load *load, int file, struct slice body)
{
    char head[256];
    int size = snprintf(head, sizeof(head),
                        "POST /v1/%s HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Type: application/x-protobuf\r\n%sContent-Length: %zu\r\n\r\n",
                        load->lines ? "logs" : "traces",
                        load->gzip ? "Content-Encoding: gzip\r\n" : "", body.size);
    for (;;) {
        send_all(file, slice_of(head, (size_t)size));
        send_all(file, body);
        int status = read_answer(file);
        if (status == 200) {
            return;
        }
        if (status != 429 && status != 503) {
            (void)fprintf(stderr, "load_gen: status %d\n", status);
            exit(1);
        }
        (void)usleep(100000);
    }
}

static void *run(void *context)
{
    struct load *load = context;
    static _Thread_local struct spans_gen spans;
    static _Thread_local struct lines_gen lines;
    struct buf body;
    struct buf packed;
    buf_init_growing(&body, SIZE_MAX);
    buf_init_growing(&packed, SIZE_MAX);
    spans_gen_init(&spans, load->seed, load->start_ns);
    lines_gen_init(&lines, load->seed, load->start_ns);
    int file = connect_to(load->port);
    while (load->sent < load->count) {
        buf_reset(&body);
        if (load->lines) {
            lines_gen_request(&lines, load->per_body, &body);
        } else {
            spans_gen_request(&spans, load->per_body, &body);
            if (load->sent / load->per_body % 20 == 0 && load->id_count < IDS_MAX) {
                load->ids[2 * load->id_count] = spans.last_trace[0];
                load->ids[2 * load->id_count++ + 1] = spans.last_trace[1];
            }
        }
        load->bytes += body.size;
        if (load->gzip) {
            squeeze(&body, &packed);
        }
        post(load, file, buf_bytes(load->gzip ? &packed : &body));
        load->sent += load->per_body;
    }
    (void)close(file);
    buf_fini(&body);
    buf_fini(&packed);
    return NULL;
}

static void print_ids(const struct load *load)
{
    for (size_t i = 0; i < load->id_count; i++) {
        unsigned char bytes[16];
        memcpy(bytes, &load->ids[2 * i], sizeof(bytes));
        for (size_t k = 0; k < sizeof(bytes); k++) {
            (void)printf("%02x", bytes[k]);
        }
        (void)printf("\n");
    }
}

int main(int argc, char **argv)
{
    static struct load loads[CONNECTIONS_MAX];
    if (argc < 5) {
        (void)fprintf(stderr,
                      "load_gen PORT spans|lines COUNT PER_BODY [CONNECTIONS [gzip [SEED]]]\n");
        return 2;
    }
    uint64_t count = strtoull(argv[3], NULL, 10);
    unsigned connections = argc > 5 ? (unsigned)atoi(argv[5]) : 4;
    uint64_t seed = argc > 7 ? strtoull(argv[7], NULL, 10) : 1;
    ENSURE(connections >= 1 && connections <= CONNECTIONS_MAX);
    uint64_t begin_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < connections; i++) {
        loads[i] = (struct load){
            .port = (uint16_t)atoi(argv[1]),
            .lines = strcmp(argv[2], "lines") == 0,
            .gzip = argc > 6 && strcmp(argv[6], "gzip") == 0,
            .count = count / connections,
            .per_body = strtoul(argv[4], NULL, 10),
            .seed = seed * CONNECTIONS_MAX + i,
            .start_ns = clock_wall_ns() - UINT64_C(3600) * CLOCK_NS_PER_S,
            .ids = calloc(IDS_MAX, 2 * sizeof(uint64_t)),
        };
        if (loads[i].ids == NULL || pthread_create(&loads[i].thread, NULL, run, &loads[i]) != 0) {
            fail("thread");
        }
    }
    uint64_t sent = 0;
    uint64_t bytes = 0;
    for (unsigned i = 0; i < connections; i++) {
        (void)pthread_join(loads[i].thread, NULL);
        sent += loads[i].sent;
        bytes += loads[i].bytes;
        print_ids(&loads[i]);
        free(loads[i].ids);
    }
    (void)printf("sent %llu records, %llu bytes before compression, %.3f s\n",
                 (unsigned long long)sent, (unsigned long long)bytes,
                 (double)(clock_monotonic_ns() - begin_ns) / CLOCK_NS_PER_S);
    return 0;
}
