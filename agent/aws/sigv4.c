/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sigv4.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "base/timestamp.h"

#include <string.h>

#define ALGORITHM  "AWS4-HMAC-SHA256"
#define DATE_SIZE  8u
#define BLOCK_SIZE 64u

/* A canonical request: its headers, of which the session token is the largest, about 1.5 KiB today.
 */
#define CANONICAL_MAX 8192u

/* What is signed: an algorithm, a time, region, service and a hash. */
#define STRING_MAX 512u

/* A secret is 40 bytes today. */
#define SECRET_MAX 256u

void sigv4_time(uint64_t wall_ns, struct buf *out)
{
    /* ISO 8601 as elsewhere, without its marks. */
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(wall_ns, 0, text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '-' && text[i] != ':') {
            buf_append_byte(out, (unsigned char)text[i]);
        }
    }
}

struct digest {
    unsigned char bytes[SHA256_SIZE];
};

static void put_hex(struct buf *out, const struct digest *digest)
{
    char text[2 * SHA256_SIZE];
    hex_encode(slice_of(digest->bytes, SHA256_SIZE), text);
    buf_append(out, slice_of(text, sizeof(text)));
}

static void put_hash(struct buf *out, struct slice bytes)
{
    struct digest digest;
    sha256_digest(bytes, digest.bytes);
    put_hex(out, &digest);
}

/* HMAC with SHA-256 (RFC 2104).  False: it is too much for us. */
static bool hmac(struct slice key, struct slice text, struct digest *digest)
{
    unsigned char inner[BLOCK_SIZE + STRING_MAX];
    unsigned char outer[BLOCK_SIZE + SHA256_SIZE];
    struct digest short_key;
    if (key.size > BLOCK_SIZE) {
        sha256_digest(key, short_key.bytes);
        key = slice_of(short_key.bytes, SHA256_SIZE);
    }
    if (text.size > STRING_MAX) {
        return false;
    }
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        unsigned char byte = i < key.size ? key.base[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5c;
    }
    if (text.size > 0) {
        memcpy(inner + BLOCK_SIZE, text.base, text.size);
    }
    sha256_digest(slice_of(inner, BLOCK_SIZE + text.size), outer + BLOCK_SIZE);
    sha256_digest(slice_of(outer, sizeof(outer)), digest->bytes);
    return true;
}

static void put_signed_headers(const struct sigv4_request *request, struct buf *out)
{
    for (size_t i = 0; i < request->header_count; i++) {
        buf_append_text(out, i == 0 ? "" : ";");
        buf_append(out, request->headers[i].name);
    }
}

/* The request in the one form that both sides can make of it. */
static void put_canonical(const struct sigv4_request *request, struct buf *out)
{
    buf_append(out, request->method);
    buf_append_text(out, "\n");
    buf_append(out, request->path);
    buf_append_text(out, "\n");
    buf_append(out, request->query);
    buf_append_text(out, "\n");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct sigv4_header *header = &request->headers[i];
        ENSURE(i == 0 || slice_compare(request->headers[i - 1].name, header->name) < 0);
        buf_append(out, header->name);
        buf_append_text(out, ":");
        buf_append(out, slice_trim(header->value));
        buf_append_text(out, "\n");
    }
    buf_append_text(out, "\n");
    put_signed_headers(request, out);
    buf_append_text(out, "\n");
    put_hash(out, request->body);
}

/* The key of this day, region and service: each step signs the next word with the step before. */
static bool signing_key(const struct sigv4_request *request, struct slice secret,
                        struct digest *digest)
{
    unsigned char bytes[SECRET_MAX + sizeof("AWS4")];
    struct buf first;
    const struct slice words[] = {slice_take(request->time, DATE_SIZE), request->region,
                                  request->service, SLICE("aws4_request")};
    buf_init_fixed(&first, bytes, sizeof(bytes));
    buf_append_text(&first, "AWS4");
    buf_append(&first, secret);
    if (buf_overflowed(&first) || !hmac(buf_bytes(&first), words[0], digest)) {
        return false;
    }
    for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!hmac(slice_of(digest->bytes, SHA256_SIZE), words[i], digest)) {
            return false;
        }
    }
    return true;
}

static void put_scope(const struct sigv4_request *request, struct buf *out)
{
    buf_append(out, slice_take(request->time, DATE_SIZE));
    buf_append_text(out, "/");
    buf_append(out, request->region);
    buf_append_text(out, "/");
    buf_append(out, request->service);
    buf_append_text(out, "/aws4_request");
}

bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key, struct buf *out)
{
    char canonical_bytes[CANONICAL_MAX];
    char bytes[STRING_MAX];
    struct buf canonical;
    struct buf string;
    struct digest digest;
    ENSURE(request->time.size == SIGV4_TIME_SIZE);
    buf_init_fixed(&canonical, canonical_bytes, sizeof(canonical_bytes));
    buf_init_fixed(&string, bytes, sizeof(bytes));
    put_canonical(request, &canonical);
    buf_append_text(&string, ALGORITHM "\n");
    buf_append(&string, request->time);
    buf_append_text(&string, "\n");
    put_scope(request, &string);
    buf_append_text(&string, "\n");
    put_hash(&string, buf_bytes(&canonical));
    if (buf_overflowed(&canonical) || buf_overflowed(&string) ||
        !signing_key(request, key->secret, &digest) ||
        !hmac(slice_of(digest.bytes, SHA256_SIZE), buf_bytes(&string), &digest)) {
        return false;
    }
    buf_append_text(out, ALGORITHM " Credential=");
    buf_append(out, key->access_key_id);
    buf_append_text(out, "/");
    put_scope(request, out);
    buf_append_text(out, ", SignedHeaders=");
    put_signed_headers(request, out);
    buf_append_text(out, ", Signature=");
    put_hex(out, &digest);
    return true;
}
