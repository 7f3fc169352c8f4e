/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_http.h"

#include "cli/cli_limits.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct buf *body = context;
    size_t bytes = size * count;
    buf_append(body, slice_of(data, bytes));
    return buf_overflowed(body) ? 0 : bytes;
}

static void append_encoded(struct slice text, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '~' ||
                     byte == '.';
        if (plain) {
            buf_append_byte(out, byte);
        } else {
            buf_append_byte(out, '%');
            buf_append_byte(out, (unsigned char)digits[byte >> 4]);
            buf_append_byte(out, (unsigned char)digits[byte & 15]);
        }
    }
}

void cli_http_parameter(struct slice name, struct slice value, struct buf *path)
{
    bool first = slice_find_byte(buf_bytes(path), '?') == SLICE_NONE;
    buf_append_byte(path, first ? '?' : '&');
    append_encoded(name, path);
    buf_append_byte(path, '=');
    append_encoded(value, path);
}

void cli_http_segment(struct slice text, struct buf *path)
{
    append_encoded(text, path);
}

/* Set what all requests have; false if an option is not taken. */
static bool configure(CURL *curl, struct buf *body)
{
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1") == CURLE_OK &&
           /* Without it the library uses signals for time-outs, which threads must not. */
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CLI_CONNECT_MS_MAX) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CLI_ANSWER_MS_MAX) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "thaw/" THAW_VERSION) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK;
}

static enum status perform(CURL *curl, long *status, char *error, size_t error_size)
{
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        (void)snprintf(error, error_size, "%s", curl_easy_strerror(code));
        return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ? STATUS_BAD
                                                                                 : STATUS_IO;
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    return STATUS_OK;
}

/* The path behind the endpoint, which may end in slashes; false: it is too long. */
static bool make_url(const char *endpoint, const char *path, char *url, size_t url_size)
{
    size_t endpoint_size = strlen(endpoint);
    while (endpoint_size > 0 && endpoint[endpoint_size - 1] == '/') {
        endpoint_size--;
    }
    int size = snprintf(url, url_size, "%.*s%s", (int)endpoint_size, endpoint, path);
    return size >= 0 && (size_t)size < url_size;
}

/* Append a header to a list; without memory the list is freed and NULL. */
static struct curl_slist *add_header(struct curl_slist *headers, const char *text)
{
    struct curl_slist *more = curl_slist_append(headers, text);
    if (more == NULL) {
        curl_slist_free_all(headers);
    }
    return more;
}

/* The header of a token, empty without one; false: it is none. */
static bool token_header(const char *token, char *header, size_t header_size)
{
    header[0] = '\0';
    if (token == NULL || token[0] == '\0') {
        return true;
    }
    int size = snprintf(header, header_size, "Authorization: Bearer %s", token);
    return size >= 0 && (size_t)size < header_size && strpbrk(token, "\r\n") == NULL;
}

/* The headers of a request; NULL without memory. */
static struct curl_slist *headers_of(const struct cli_exchange *exchange, const char *token)
{
    struct curl_slist *headers = add_header(NULL, "Accept: application/json");
    if (headers != NULL && exchange->json.base != NULL) {
        headers = add_header(headers, "Content-Type: application/json");
    }
    if (headers != NULL && token[0] != '\0') {
        headers = add_header(headers, token);
    }
    return headers;
}

/* Let it post what is to be posted. */
static bool set_json(CURL *curl, struct slice json)
{
    return json.base == NULL ||
           (curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)json.base) == CURLE_OK &&
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)json.size) == CURLE_OK);
}

enum status cli_http_ask(struct cli_exchange *exchange)
{
    char url[8192];
    char header[4200];
    enum status status = STATUS_FULL;
    if (!make_url(exchange->endpoint, exchange->path, url, sizeof(url))) {
        (void)snprintf(exchange->error, sizeof(exchange->error), "the request is too long");
        return STATUS_BAD;
    }
    if (!token_header(exchange->token, header, sizeof(header))) {
        (void)snprintf(exchange->error, sizeof(exchange->error), "the token is none");
        return STATUS_BAD;
    }
    struct curl_slist *headers = headers_of(exchange, header);
    CURL *curl = curl_easy_init();
    if (curl != NULL && headers != NULL && configure(curl, exchange->body) &&
        set_json(curl, exchange->json) &&
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK) {
        status = perform(curl, &exchange->status, exchange->error, sizeof(exchange->error));
    } else {
        (void)snprintf(exchange->error, sizeof(exchange->error), "no memory");
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return status;
}

/* --- Answers that go on. --- */

struct following {
    struct cli_http_stream *stream;
    CURL *curl;
};

static size_t follow_take(char *data, size_t size, size_t count, void *context)
{
    struct following *following = context;
    struct cli_http_stream *stream = following->stream;
    size_t bytes = size * count;
    (void)curl_easy_getinfo(following->curl, CURLINFO_RESPONSE_CODE, &stream->status);
    return stream->take(stream->context, stream->status, slice_of(data, bytes)) ? bytes : 0;
}

static int follow_ask(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                      curl_off_t up)
{
    const struct following *following = context;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return following->stream->goes_on(following->stream->context) ? 0 : 1;
}

static bool configure_follow(struct following *following)
{
    CURL *curl = following->curl;
    return configure(curl, NULL) &&
           curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, CLI_TAIL_SILENT_S) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, follow_take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, following) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, follow_ask) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, following) == CURLE_OK;
}

static struct curl_slist *follow_headers(const struct cli_http_stream *stream, const char *token)
{
    char last[512];
    struct curl_slist *headers = add_header(NULL, "Accept: text/event-stream");
    if (headers != NULL && token[0] != '\0') {
        headers = add_header(headers, token);
    }
    if (headers != NULL && stream->last_id.size > 0) {
        (void)snprintf(last, sizeof(last), "Last-Event-ID: " SLICE_FMT, SLICE_ARG(stream->last_id));
        headers = add_header(headers, last);
    }
    return headers;
}

enum status cli_http_follow(struct cli_http_stream *stream)
{
    char url[8192];
    char header[4200];
    enum status status = STATUS_FULL;
    stream->status = 0;
    stream->error[0] = '\0';
    if (!make_url(stream->endpoint, stream->path, url, sizeof(url)) ||
        !token_header(stream->token, header, sizeof(header))) {
        (void)snprintf(stream->error, sizeof(stream->error),
                       "the request is too long, or the token is none");
        return STATUS_BAD;
    }
    struct curl_slist *headers = follow_headers(stream, header);
    struct following following = {.stream = stream, .curl = curl_easy_init()};
    if (following.curl != NULL && headers != NULL && configure_follow(&following) &&
        curl_easy_setopt(following.curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        curl_easy_setopt(following.curl, CURLOPT_URL, url) == CURLE_OK) {
        status = perform(following.curl, &stream->status, stream->error, sizeof(stream->error));
    } else {
        (void)snprintf(stream->error, sizeof(stream->error), "no memory");
    }
    curl_easy_cleanup(following.curl);
    curl_slist_free_all(headers);
    return status;
}

/* --- Posts. --- */

struct cli_http_line {
    CURL *curl;
    const char *endpoint;
    struct curl_slist *plain; /* Headers. */
    struct curl_slist *gzip;  /* The same and Content-Encoding. */
};

static struct curl_slist *post_headers(const char *token, bool gzip)
{
    /* A body is not announced first: it is sent at once. */
    struct curl_slist *headers = add_header(NULL, "Expect:");
    if (headers != NULL) {
        headers = add_header(headers, "Content-Type: application/x-protobuf");
    }
    if (headers != NULL && gzip) {
        headers = add_header(headers, "Content-Encoding: gzip");
    }
    if (headers != NULL && token[0] != '\0') {
        headers = add_header(headers, token);
    }
    return headers;
}

struct cli_http_line *cli_http_open(const char *endpoint, const char *token)
{
    char header[4200];
    if (!token_header(token, header, sizeof(header))) {
        return NULL;
    }
    struct cli_http_line *line = calloc(1, sizeof(*line));
    if (line == NULL) {
        return NULL;
    }
    line->endpoint = endpoint;
    line->curl = curl_easy_init();
    line->plain = post_headers(header, false);
    line->gzip = post_headers(header, true);
    if (line->curl == NULL || line->plain == NULL || line->gzip == NULL) {
        cli_http_close(line);
        return NULL;
    }
    return line;
}

void cli_http_close(struct cli_http_line *line)
{
    if (line == NULL) {
        return;
    }
    curl_easy_cleanup(line->curl);
    curl_slist_free_all(line->plain);
    curl_slist_free_all(line->gzip);
    free(line);
}

enum status cli_http_post(struct cli_http_line *line, struct cli_http_post *post)
{
    char url[8192];
    CURL *curl = line->curl;
    curl_off_t retry_after_s = 0;
    if (!make_url(line->endpoint, post->path, url, sizeof(url))) {
        (void)snprintf(post->error, sizeof(post->error), "the request is too long");
        return STATUS_BAD;
    }
    buf_reset(post->answer);
    bool set =
        configure(curl, post->answer) && curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, post->gzip ? line->gzip : line->plain) ==
            CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, CLI_POST_PIECE) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)post->body.base) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.size) ==
            CURLE_OK;
    if (!set) {
        (void)snprintf(post->error, sizeof(post->error), "no memory");
        return STATUS_FULL;
    }
    enum status status = perform(curl, &post->status, post->error, sizeof(post->error));
    if (status == STATUS_OK &&
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s) == CURLE_OK) {
        post->retry_after_s = retry_after_s > 0 && retry_after_s < CLI_RETRY_AFTER_S_MAX
                                  ? (unsigned)retry_after_s
                                  : 0;
    }
    return status;
}
