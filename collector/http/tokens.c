/* SPDX-License-Identifier: Apache-2.0 */
#include "http/tokens.h"

#include "base/entropy.h"
#include "base/whole.h"
#include "http/http_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hash every token of text into an array that the caller frees. */
static enum status tokens_parse(const struct hash_key *key, struct slice text,
                                struct hash_128 **hashes, size_t *count, char *error,
                                size_t error_size)
{
    *count = 0;
    *hashes = calloc(HTTP_TOKENS_MAX, sizeof(**hashes));
    if (*hashes == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    unsigned number = 0;
    while (text.size > 0) {
        struct slice line;
        (void)slice_cut(text, '\n', &line, &text);
        line = slice_trim(line);
        number++;
        if (line.size == 0 || line.base[0] == '#') {
            continue;
        }
        if (line.size < HTTP_TOKEN_SIZE_MIN || line.size > HTTP_TOKEN_SIZE_MAX) {
            (void)snprintf(error, error_size, "line %u: a token has %u to %u characters", number,
                           HTTP_TOKEN_SIZE_MIN, HTTP_TOKEN_SIZE_MAX);
            return STATUS_BAD;
        }
        if (*count == HTTP_TOKENS_MAX) {
            (void)snprintf(error, error_size, "more than %u tokens", HTTP_TOKENS_MAX);
            return STATUS_FULL;
        }
        (*hashes)[(*count)++] = hash_sip128(key, line);
    }
    if (*count == 0) {
        (void)snprintf(error, error_size, "there is no token in it");
        return STATUS_BAD;
    }
    return STATUS_OK;
}

static enum status tokens_load(const struct hash_key *key, struct slice path,
                               struct hash_128 **hashes, size_t *count, char *error,
                               size_t error_size)
{
    char reason[128];
    unsigned char *text = NULL;
    size_t size = 0;
    *hashes = NULL;
    enum status status =
        whole_read(path, HTTP_TOKEN_FILE_SIZE_MAX, &text, &size, reason, sizeof(reason));
    if (status == STATUS_OK) {
        status = tokens_parse(key, slice_of(text, size), hashes, count, reason, sizeof(reason));
    }
    free(text);
    if (status != STATUS_OK) {
        free(*hashes);
        *hashes = NULL;
        (void)snprintf(error, error_size, "token file " SLICE_FMT ": %s", SLICE_ARG(path), reason);
    }
    return status;
}

enum status tokens_init(struct tokens *tokens, struct slice path, char *error, size_t error_size)
{
    *tokens = (struct tokens){.required = path.size > 0};
    if (entropy_fill(&tokens->key, sizeof(tokens->key)) != STATUS_OK ||
        pthread_rwlock_init(&tokens->lock, NULL) != 0) {
        (void)snprintf(error, error_size, "the system has no random bytes or no memory");
        return STATUS_IO;
    }
    if (!tokens->required) {
        return STATUS_OK;
    }
    enum status status =
        tokens_load(&tokens->key, path, &tokens->hashes, &tokens->count, error, error_size);
    if (status != STATUS_OK) {
        (void)pthread_rwlock_destroy(&tokens->lock);
    }
    return status;
}

void tokens_fini(struct tokens *tokens)
{
    free(tokens->hashes);
    (void)pthread_rwlock_destroy(&tokens->lock);
}

enum status tokens_reload(struct tokens *tokens, struct slice path, char *error, size_t error_size)
{
    if (!tokens->required) {
        return STATUS_OK;
    }
    struct hash_128 *hashes;
    size_t count;
    enum status status = tokens_load(&tokens->key, path, &hashes, &count, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    (void)pthread_rwlock_wrlock(&tokens->lock);
    struct hash_128 *before = tokens->hashes;
    tokens->hashes = hashes;
    tokens->count = count;
    (void)pthread_rwlock_unlock(&tokens->lock);
    free(before);
    return STATUS_OK;
}

/* Whether the token is one of the file's. */
static bool tokens_know(struct tokens *tokens, struct slice token)
{
    struct hash_128 hash = hash_sip128(&tokens->key, token);
    unsigned matches = 0;
    (void)pthread_rwlock_rdlock(&tokens->lock);
    for (size_t i = 0; i < tokens->count; i++) {
        unsigned difference = 0;
        for (size_t k = 0; k < sizeof(hash.bytes); k++) {
            difference |= (unsigned)(hash.bytes[k] ^ tokens->hashes[i].bytes[k]);
        }
        matches |= (difference - 1) >> 31;
    }
    (void)pthread_rwlock_unlock(&tokens->lock);
    return matches != 0;
}

bool tokens_allow(struct tokens *tokens, struct slice authorization)
{
    if (!tokens->required) {
        return true;
    }
    struct slice scheme;
    struct slice token;
    (void)slice_cut(slice_trim(authorization), ' ', &scheme, &token);
    token = slice_trim(token);
    return slice_equal_nocase(scheme, SLICE("Bearer")) && token.size > 0 &&
           tokens_know(tokens, token);
}

bool tokens_allow_key(struct tokens *tokens, struct slice key)
{
    key = slice_trim(key);
    return key.size > 0 && (!tokens->required || tokens_know(tokens, key));
}
