/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_http.h"

#include "cli/cli_limits.h"

#include <curl/curl.h>

#include <stdio.h>
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

/* Set everything; false if an option is not taken. */
static bool configure(CURL *curl, const struct cli_exchange *exchange, const char *url,
                      struct curl_slist *headers)
{
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CLI_CONNECT_MS_MAX) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CLI_ANSWER_MS_MAX) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "thaw/" THAW_VERSION) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange->body) == CURLE_OK;
}

static enum status perform(CURL *curl, struct cli_exchange *exchange)
{
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        (void)snprintf(exchange->error, sizeof(exchange->error), "%s", curl_easy_strerror(code));
        return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ? STATUS_BAD
                                                                                 : STATUS_IO;
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange->status);
    return STATUS_OK;
}

enum status cli_http_get(struct cli_exchange *exchange)
{
    char url[8192];
    char header[4200] = "Accept: application/json";
    enum status status = STATUS_FULL;
    const char *token = exchange->token;
    size_t endpoint_size = strlen(exchange->endpoint);
    while (endpoint_size > 0 && exchange->endpoint[endpoint_size - 1] == '/') {
        endpoint_size--;
    }
    int size = snprintf(url, sizeof(url), "%.*s%s", (int)endpoint_size, exchange->endpoint,
                        exchange->path);
    if (size < 0 || (size_t)size >= sizeof(url)) {
        (void)snprintf(exchange->error, sizeof(exchange->error), "the request is too long");
        return STATUS_BAD;
    }
    struct curl_slist *headers = curl_slist_append(NULL, header);
    if (token != NULL && token[0] != '\0') {
        size = snprintf(header, sizeof(header), "Authorization: Bearer %s", token);
        if (size < 0 || (size_t)size >= sizeof(header) || strpbrk(token, "\r\n") != NULL) {
            curl_slist_free_all(headers);
            (void)snprintf(exchange->error, sizeof(exchange->error), "the token is none");
            return STATUS_BAD;
        }
        struct curl_slist *more = curl_slist_append(headers, header);
        headers = more == NULL ? headers : more;
    }
    CURL *curl = curl_easy_init();
    if (curl != NULL && headers != NULL && configure(curl, exchange, url, headers)) {
        status = perform(curl, exchange);
    } else {
        (void)snprintf(exchange->error, sizeof(exchange->error), "no memory");
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return status;
}
