/* SPDX-License-Identifier: Apache-2.0 */
#include "http_call.h"

#include "pricing_limits.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Bytes asked of the socket at a time. */
#define READ_SIZE 4096

static bool parse_address(struct slice text, struct sockaddr_in *address)
{
    struct slice host;
    struct slice port;
    char host_text[INET_ADDRSTRLEN];
    uint64_t port_number = 0;

    if (!slice_cut(text, ':', &host, &port) || number_parse_u64(port, &port_number) != NUMBER_OK ||
        port_number > 65535 || !slice_copy_text(host, host_text, sizeof(host_text))) {
        return false;
    }
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port_number)};
    return inet_pton(AF_INET, host_text, &address->sin_addr) == 1;
}

static enum status connect_to(const struct http_call *call, int *connection)
{
    struct sockaddr_in address;
    if (!parse_address(call->address, &address)) {
        return STATUS_BAD;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return STATUS_IO;
    }
    struct timeval timeout = {.tv_sec = call->timeout_ms / 1000,
                              .tv_usec = (suseconds_t)(call->timeout_ms % 1000) * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return STATUS_IO;
    }
    *connection = fd;
    return STATUS_OK;
}

static enum status send_all(int connection, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(connection, bytes.base, bytes.size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return STATUS_IO;
        }
        bytes = slice_skip(bytes, (size_t)sent);
    }
    return STATUS_OK;
}

static enum status send_request(int connection, const struct http_call *call)
{
    unsigned char memory[REQUEST_SIZE_MAX];
    struct buf request;
    buf_init_fixed(&request, memory, sizeof(memory));
    buf_printf(&request,
               "%s %s HTTP/1.1\r\nHost: " SLICE_FMT "\r\nConnection: close\r\n"
               "%sContent-Length: %zu\r\n\r\n",
               call->method, call->path, SLICE_ARG(call->address), call->headers, call->body.size);
    buf_append(&request, call->body);
    if (buf_overflowed(&request)) {
        return STATUS_FULL;
    }
    return send_all(connection, buf_bytes(&request));
}

/* Until the other end closes, as we asked it to. */
static enum status receive_all(int connection, struct buf *room)
{
    for (;;) {
        unsigned char *space = buf_reserve(room, READ_SIZE);
        if (space == NULL) {
            return STATUS_FULL;
        }
        ssize_t received = recv(connection, space, READ_SIZE, 0);
        if (received < 0 && errno == EINTR) {
            continue;
        }
        if (received < 0) {
            return STATUS_IO;
        }
        if (received == 0) {
            return STATUS_OK;
        }
        buf_commit(room, (size_t)received);
    }
}

static enum status parse_answer(struct slice bytes, struct http_answer *answer)
{
    size_t head_size = slice_find(bytes, SLICE("\r\n\r\n"));
    if (head_size == SLICE_NONE || !slice_starts(bytes, SLICE("HTTP/1.1 "))) {
        return STATUS_BAD;
    }
    struct slice status_line;
    struct slice code;
    struct slice reason;
    uint64_t status = 0;
    (void)slice_cut(slice_take(bytes, head_size + 2), '\n', &status_line, &answer->headers);
    (void)slice_cut(slice_skip(status_line, sizeof("HTTP/1.1 ") - 1), ' ', &code, &reason);
    if (number_parse_u64(slice_trim(code), &status) != NUMBER_OK || status > 999) {
        return STATUS_BAD;
    }
    answer->status = (unsigned)status;
    answer->body = slice_skip(bytes, head_size + 4);

    uint64_t length = 0;
    struct slice length_text = http_call_header(answer, SLICE("Content-Length"));
    if (http_call_header(answer, SLICE("Transfer-Encoding")).size > 0) {
        return STATUS_BAD;
    }
    if (length_text.size > 0) {
        if (number_parse_u64(length_text, &length) != NUMBER_OK || length > answer->body.size) {
            return STATUS_BAD;
        }
        answer->body = slice_take(answer->body, (size_t)length);
    }
    return STATUS_OK;
}

enum status http_call_do(const struct http_call *call, struct buf *room, struct http_answer *answer)
{
    int connection = -1;
    enum status status = connect_to(call, &connection);
    if (status != STATUS_OK) {
        return status;
    }
    buf_reset(room);
    status = send_request(connection, call);
    if (status == STATUS_OK) {
        status = receive_all(connection, room);
    }
    (void)close(connection);
    if (status != STATUS_OK) {
        return status;
    }
    return parse_answer(buf_bytes(room), answer);
}

struct slice http_call_header(const struct http_answer *answer, struct slice name)
{
    struct slice rest = answer->headers;
    while (rest.size > 0) {
        struct slice line;
        struct slice key;
        struct slice value;
        (void)slice_cut(rest, '\n', &line, &rest);
        if (slice_cut(line, ':', &key, &value) && slice_equal_nocase(key, name)) {
            return slice_trim(value);
        }
    }
    return SLICE_EMPTY;
}
