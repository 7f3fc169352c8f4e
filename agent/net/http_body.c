/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_body.h"

#include "base/ensure.h"
#include "base/hex.h"

/* A chunk-size line: 8 hexadecimal digits are 4 GiB; extensions are allowed and ignored. */
#define CHUNK_DIGITS_MAX 8
#define CHUNK_LINE_MAX   256
#define TRAILER_MAX      4096

void http_body_of_request(struct http_body *body, const struct http_head *head)
{
    body->trailer_size = 0;
    body->left = head->length;
    body->state = head->chunked      ? HTTP_BODY_CHUNK_SIZE
                  : head->length > 0 ? HTTP_BODY_LENGTH
                                     : HTTP_BODY_DONE;
}

void http_body_of_response(struct http_body *body, const struct http_head *head)
{
    bool none = head->status < 200 || head->status == 204 || head->status == 304;
    http_body_of_request(body, head);
    if (none) {
        body->state = HTTP_BODY_DONE;
    } else if (!head->chunked && !head->has_length) {
        body->state = HTTP_BODY_CLOSE;
    }
}

/* The size of the line at the front with its CR LF, 0 if it is not complete yet, or SLICE_NONE. */
static size_t line_size(struct slice input, size_t size_max)
{
    for (size_t i = 0; i < input.size && i < size_max; i++) {
        if (input.base[i] == '\n') {
            return i > 0 && input.base[i - 1] == '\r' ? i + 1 : SLICE_NONE;
        }
    }
    return input.size >= size_max ? SLICE_NONE : 0;
}

static bool parse_size(struct slice line, uint64_t *size)
{
    size_t digits = 0;
    *size = 0;
    while (digits < line.size && hex_digit(line.base[digits]) >= 0) {
        *size = *size * 16 + (uint64_t)hex_digit(line.base[digits]);
        digits++;
        if (digits > CHUNK_DIGITS_MAX) {
            return false;
        }
    }
    if (digits == 0) {
        return false;
    }
    return digits == line.size || line.base[digits] == ';' || line.base[digits] == ' ' ||
           line.base[digits] == '\t';
}

static enum http_answer take_size(struct http_body *body, struct slice input, size_t *consumed)
{
    size_t size = line_size(input, CHUNK_LINE_MAX);
    if (size == 0) {
        return HTTP_PARTIAL;
    }
    if (size == SLICE_NONE || !parse_size(slice_take(input, size - 2), &body->left)) {
        return HTTP_BAD;
    }
    *consumed = size;
    body->state = body->left == 0 ? HTTP_BODY_TRAILER : HTTP_BODY_CHUNK_DATA;
    return HTTP_PARTIAL;
}

static enum http_answer take_trailer(struct http_body *body, struct slice input, size_t *consumed)
{
    size_t size = line_size(input, TRAILER_MAX - body->trailer_size);
    if (size == 0) {
        return HTTP_PARTIAL;
    }
    if (size == SLICE_NONE) {
        return HTTP_BAD;
    }
    *consumed = size;
    body->trailer_size += size;
    if (size == 2) {
        body->state = HTTP_BODY_DONE;
        return HTTP_PARSED;
    }
    return HTTP_PARTIAL;
}

static struct slice take_data(struct http_body *body, struct slice input, size_t *consumed)
{
    struct slice data =
        slice_take(input, body->left < input.size ? (size_t)body->left : input.size);
    body->left -= data.size;
    *consumed = data.size;
    return data;
}

void http_body_passed(struct http_body *body, size_t size)
{
    ENSURE(body->state == HTTP_BODY_LENGTH && size <= body->left);
    body->left -= size;
    body->state = body->left == 0 ? HTTP_BODY_DONE : HTTP_BODY_LENGTH;
}

enum http_answer http_body_next(struct http_body *body, struct slice input, size_t *consumed,
                                struct slice *data)
{
    *consumed = 0;
    *data = SLICE_EMPTY;
    switch (body->state) {
    case HTTP_BODY_DONE:
        return HTTP_PARSED;
    case HTTP_BODY_CLOSE:
        *consumed = input.size;
        *data = input;
        return HTTP_PARTIAL;
    case HTTP_BODY_LENGTH:
        *data = take_data(body, input, consumed);
        if (body->left == 0) {
            body->state = HTTP_BODY_DONE;
            return HTTP_PARSED;
        }
        return HTTP_PARTIAL;
    case HTTP_BODY_CHUNK_SIZE:
        return take_size(body, input, consumed);
    case HTTP_BODY_CHUNK_DATA:
        *data = take_data(body, input, consumed);
        if (body->left == 0) {
            body->state = HTTP_BODY_CHUNK_END;
        }
        return HTTP_PARTIAL;
    case HTTP_BODY_CHUNK_END:
        if (input.size > 0 && input.base[0] != '\r') {
            return HTTP_BAD;
        }
        if (input.size < 2) {
            return HTTP_PARTIAL;
        }
        if (input.base[1] != '\n') {
            return HTTP_BAD;
        }
        *consumed = 2;
        body->state = HTTP_BODY_CHUNK_SIZE;
        return HTTP_PARTIAL;
    case HTTP_BODY_TRAILER:
        return take_trailer(body, input, consumed);
    }
    return HTTP_BAD;
}
