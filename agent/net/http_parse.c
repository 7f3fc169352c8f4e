/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_parse.h"

#include "base/number.h"

/* Content-Length has at most this many digits: 2^63 has 19, and no body of ours comes near it. */
#define LENGTH_DIGITS_MAX 18

/* The token characters of RFC 9110, 5.6.2. */
static bool is_token_byte(unsigned char byte)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9')) {
        return true;
    }
    return byte != 0 && slice_find_byte(slice_from(others), byte) != SLICE_NONE;
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_token_byte(text.base[i])) {
            return false;
        }
    }
    return text.size > 0;
}

/* Visible ASCII, blank and tab, and whatever is above ASCII. */
static bool is_value(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_target(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] <= ' ' || text.base[i] >= 0x7f) {
            return false;
        }
    }
    return text.size > 0;
}

static struct slice trim_blanks(struct slice text)
{
    while (text.size > 0 && (text.base[0] == ' ' || text.base[0] == '\t')) {
        text = slice_skip(text, 1);
    }
    while (text.size > 0 && (text.base[text.size - 1] == ' ' || text.base[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

/* Take one line off the front of the rest.  A CR or LF alone is no end of a line, and no text. */
static enum http_answer next_line(struct slice *rest, struct slice *line)
{
    size_t end = slice_find_byte(*rest, '\r');
    *line = end == SLICE_NONE ? *rest : slice_take(*rest, end);
    if (slice_find_byte(*line, '\n') != SLICE_NONE) {
        return HTTP_BAD;
    }
    if (end == SLICE_NONE || end + 1 == rest->size) {
        return HTTP_PARTIAL;
    }
    if (rest->base[end + 1] != '\n') {
        return HTTP_BAD;
    }
    *rest = slice_skip(*rest, end + 2);
    return HTTP_PARSED;
}

static bool take_version(struct slice text, struct http_head *head)
{
    if (slice_equal(text, SLICE("HTTP/1.1"))) {
        head->minor = 1;
        return true;
    }
    head->minor = 0;
    return slice_equal(text, SLICE("HTTP/1.0"));
}

static bool take_request_line(struct slice line, struct http_head *head)
{
    struct slice rest;
    struct slice version;
    if (!slice_cut(line, ' ', &head->method, &rest) ||
        !slice_cut(rest, ' ', &head->target, &version)) {
        return false;
    }
    return is_token(head->method) && is_target(head->target) && take_version(version, head);
}

static bool take_status_line(struct slice line, struct http_head *head)
{
    struct slice version;
    struct slice rest;
    struct slice code;
    uint64_t status = 0;
    if (!slice_cut(line, ' ', &version, &rest) || !take_version(version, head)) {
        return false;
    }
    /* The reason, and in some servers the blank before it, may be missing. */
    slice_cut(rest, ' ', &code, &rest);
    if (code.size != 3 || number_parse_u64(code, &status) != NUMBER_OK || status < 100 ||
        !is_value(rest)) {
        return false;
    }
    head->status = (unsigned)status;
    return true;
}

/* Whether a comma-separated list has this word. */
static bool list_has(struct slice list, struct slice word)
{
    struct slice item;
    bool more = true;
    while (more) {
        more = slice_cut(list, ',', &item, &list);
        if (slice_equal_nocase(trim_blanks(item), word)) {
            return true;
        }
    }
    return false;
}

/* What a header says about framing.  False: two parsers might disagree. */
static bool take_framing(const struct http_header *header, struct http_head *head)
{
    if (slice_equal_nocase(header->name, SLICE("content-length"))) {
        if (head->has_length || header->value.size > LENGTH_DIGITS_MAX ||
            number_parse_u64(header->value, &head->length) != NUMBER_OK) {
            return false;
        }
        head->has_length = true;
    } else if (slice_equal_nocase(header->name, SLICE("transfer-encoding"))) {
        if (head->chunked || !slice_equal_nocase(header->value, SLICE("chunked"))) {
            return false;
        }
        head->chunked = true;
    } else if (slice_equal_nocase(header->name, SLICE("connection"))) {
        if (list_has(header->value, SLICE("close"))) {
            head->keep_alive = false;
        } else if (list_has(header->value, SLICE("keep-alive"))) {
            head->keep_alive = true;
        }
    } else if (slice_equal_nocase(header->name, SLICE("expect"))) {
        head->expects_continue = slice_equal_nocase(header->value, SLICE("100-continue"));
    }
    return true;
}

static bool take_header(struct slice line, struct http_head *head)
{
    struct http_header header;
    if (head->header_count == AGENT_HTTP_HEADERS_MAX ||
        !slice_cut(line, ':', &header.name, &header.value) || !is_token(header.name)) {
        return false;
    }
    header.value = trim_blanks(header.value);
    if (!is_value(header.value)) {
        return false;
    }
    head->headers[head->header_count] = header;
    head->header_count++;
    return take_framing(&header, head);
}

static enum http_answer parse(struct slice input, struct http_head *head,
                              bool (*take_first)(struct slice, struct http_head *))
{
    struct slice rest = input;
    struct slice line;
    head->header_count = 0;
    head->method = SLICE_EMPTY;
    head->target = SLICE_EMPTY;
    head->status = 0;
    head->chunked = false;
    head->has_length = false;
    head->length = 0;
    head->expects_continue = false;

    enum http_answer answer = next_line(&rest, &line);
    if (answer != HTTP_PARSED) {
        return answer;
    }
    if (!take_first(line, head)) {
        return HTTP_BAD;
    }
    head->keep_alive = head->minor == 1;
    for (;;) {
        answer = next_line(&rest, &line);
        if (answer != HTTP_PARSED) {
            return answer;
        }
        if (line.size == 0) {
            break;
        }
        if (!take_header(line, head)) {
            return HTTP_BAD;
        }
    }
    if (head->chunked && (head->has_length || head->minor == 0)) {
        return HTTP_BAD;
    }
    head->size = input.size - rest.size;
    return HTTP_PARSED;
}

enum http_answer http_parse_request(struct slice input, struct http_head *head)
{
    return parse(input, head, take_request_line);
}

enum http_answer http_parse_response(struct slice input, struct http_head *head)
{
    return parse(input, head, take_status_line);
}

static void move(struct slice *slice, const unsigned char *from, const unsigned char *place)
{
    *slice = slice->size == 0 ? SLICE_EMPTY : slice_of(place + (slice->base - from), slice->size);
}

void http_head_move(struct http_head *head, const unsigned char *from, const unsigned char *place)
{
    move(&head->method, from, place);
    move(&head->target, from, place);
    for (size_t i = 0; i < head->header_count; i++) {
        move(&head->headers[i].name, from, place);
        move(&head->headers[i].value, from, place);
    }
}

struct slice http_header(const struct http_head *head, struct slice name)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (slice_equal_nocase(head->headers[i].name, name)) {
            return head->headers[i].value;
        }
    }
    return SLICE_EMPTY;
}
